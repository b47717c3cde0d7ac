; setup.exe for small firms and single computers; the MSI is for managed ones.
;
;   setup.exe /S                         silently, for all users of the computer
;     /DIR="C:\Programs\Allmende"        where (may be quoted, unlike NSIS' own /D=, which
;                                        must be last and must not)
;     /NODESKTOP /NOSTARTMENU            without shortcuts
;     /LANGUAGE=de                       language to begin with, which users may change
;     /POLICY="\\server\it\policies.json"  what is locked on this computer
;
; Exit codes are Windows' own: 0 done, 112 the disk is full, 740 needs an administrator,
; 1602 stopped by hand, 1603 could not be copied, 1618 Allmende is running, 1638 a newer
; version or that of the MSI is installed. After any of them the computer is as before.

Unicode true
Target amd64-unicode
!define APP "Allmende"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${APP}"
!define KEY "Software\${APP}"
!define POLICY_KEY "Software\Policies\${APP}\Recommended"
!ifdef QUICK
  SetCompress off
!else
  SetCompressor /SOLID lzma
  ; Both programs hold the same archive; the second is found again within this distance.
  SetCompressorDictSize 64
!endif
Name "${APP} ${VERSION}"
OutFile "${OUT}"
Icon "${ICON}"
UninstallIcon "${ICON}"
InstallDir "$PROGRAMFILES64\${APP}"
InstallDirRegKey HKLM "${KEY}" "InstallDir"
RequestExecutionLevel admin
ManifestSupportedOS all
ManifestDPIAware true
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${APP}"
VIAddVersionKey "CompanyName" "Allmende contributors"
VIAddVersionKey "FileDescription" "${APP} setup"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "EUPL-1.2"
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include WordFunc.nsh
!include x64.nsh
!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"
LangString NEWER ${LANG_ENGLISH} "A newer version of Allmende is installed. An older one could not read its data. Remove the newer one first."
LangString NEWER ${LANG_GERMAN} "Eine neuere Version von Allmende ist installiert. Eine ältere könnte deren Daten nicht lesen. Entfernen Sie zuerst die neuere."
LangString MANAGED ${LANG_ENGLISH} "Allmende was installed here by its MSI. Use the MSI again, or remove it first."
LangString MANAGED ${LANG_GERMAN} "Allmende wurde hier mit der MSI installiert. Nehmen Sie wieder die MSI, oder entfernen Sie sie zuerst."
LangString RUNNING ${LANG_ENGLISH} "Allmende is running. Close it, then try again."
LangString RUNNING ${LANG_GERMAN} "Allmende läuft. Schließen Sie es und versuchen Sie es noch einmal."
LangString FULL ${LANG_ENGLISH} "There is not enough room on this disk. Make room, or choose another folder."
LangString FULL ${LANG_GERMAN} "Auf diesem Laufwerk ist nicht genug Platz. Schaffen Sie Platz, oder wählen Sie einen anderen Ordner."
LangString NOPOLICY ${LANG_ENGLISH} "The policy file named with /POLICY= is not there."
LangString NOPOLICY ${LANG_GERMAN} "Die Richtliniendatei, die hinter /POLICY= steht, gibt es nicht."

Var WantsDesktop
Var WantsStartMenu
Var FirstLanguage
Var PolicyFile

!macro Refuse CODE TEXT
  SetErrorLevel ${CODE}
  IfSilent +2
    MessageBox MB_OK|MB_ICONSTOP "${TEXT}"
  Quit
!macroend

; Windows lets nobody write to a program that runs.
!macro RefuseIfRunning PROGRAM
  ${If} ${FileExists} "$INSTDIR\${PROGRAM}"
    ClearErrors
    FileOpen $1 "$INSTDIR\${PROGRAM}" a
    ${If} ${Errors}
      !insertmacro Refuse 1618 "$(RUNNING)"
    ${EndIf}
    FileClose $1
  ${EndIf}
!macroend

Function .onInit
  SetRegView 64
  SetShellVarContext all
  UserInfo::GetAccountType
  Pop $0
  ${If} $0 != "Admin"
    SetErrorLevel 740
    Quit
  ${EndIf}
  Call ReadOptions
  ReadRegStr $0 HKLM "${KEY}" "Version"
  ${If} $0 != ""
    ${VersionCompare} "$0" "${VERSION}" $1
    ${If} $1 == 1
      !insertmacro Refuse 1638 "$(NEWER)"
    ${EndIf}
    ReadRegStr $1 HKLM "${UNINSTALL}" "UninstallString"
    ${If} $1 == ""
      !insertmacro Refuse 1638 "$(MANAGED)"
    ${EndIf}
  ${EndIf}
  ${If} $PolicyFile != ""
  ${AndIfNot} ${FileExists} "$PolicyFile"
    !insertmacro Refuse 1603 "$(NOPOLICY)"
  ${EndIf}
  !insertmacro RefuseIfRunning "allmende.exe"
  !insertmacro RefuseIfRunning "allmende-window.exe"
  ${If} ${Silent}
    Call RefuseIfFull
  ${EndIf}
FunctionEnd

; What was chosen last time holds until something else is said.
Function ReadOptions
  StrCpy $WantsDesktop 1
  StrCpy $WantsStartMenu 1
  ReadRegStr $0 HKLM "${KEY}" "Version"
  ${If} $0 != ""
    ReadRegDWORD $WantsDesktop HKLM "${KEY}" "Desktop"
    ReadRegDWORD $WantsStartMenu HKLM "${KEY}" "StartMenu"
  ${EndIf}
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/NODESKTOP" $1
  ${IfNot} ${Errors}
    StrCpy $WantsDesktop 0
  ${EndIf}
  ClearErrors
  ${GetOptions} $0 "/NOSTARTMENU" $1
  ${IfNot} ${Errors}
    StrCpy $WantsStartMenu 0
  ${EndIf}
  ClearErrors
  ${GetOptions} $0 "/DIR=" $1
  ${IfNot} ${Errors}
    StrCpy $INSTDIR $1
  ${EndIf}
  ${GetOptions} $0 "/LANGUAGE=" $FirstLanguage
  ${GetOptions} $0 "/POLICY=" $PolicyFile
FunctionEnd

; Silently, NSIS itself does not look. Room is needed beside the version that is there.
Function RefuseIfFull
  ${GetRoot} "$INSTDIR" $0
  SectionGetSize 0 $1
  IntOp $1 $1 / 1024
  ClearErrors
  ${DriveSpace} "$0\" "/D=F /S=M" $2
  ${IfNot} ${Errors}
  ${AndIf} $2 <= $1
    !insertmacro Refuse 112 "$(FULL)"
  ${EndIf}
FunctionEnd

; The version that is there is put aside, and removed when the new one is in place.
Section "program"
  SetErrorLevel 1603
  ClearErrors
  SetOutPath "$INSTDIR"
  ${If} ${Errors}
    Abort
  ${EndIf}
  ${If} ${FileExists} "$INSTDIR\_internal\*.*"
    RMDir /r "$INSTDIR\_before"
    CreateDirectory "$INSTDIR\_before"
    ClearErrors
    Rename "$INSTDIR\_internal" "$INSTDIR\_before\_internal"
    Rename "$INSTDIR\allmende.exe" "$INSTDIR\_before\allmende.exe"
    Rename "$INSTDIR\allmende-window.exe" "$INSTDIR\_before\allmende-window.exe"
    ${If} ${Errors}
      SetErrorLevel 1618
      Abort
    ${EndIf}
  ${EndIf}
  ClearErrors
  File /r "${STAGE}/*.*"
  SetOutPath "$INSTDIR\policies"
  File /r "${POLICIES}/*.*"
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  ${If} ${Errors}
    Abort
  ${EndIf}
  ; $APPDATA is C:\ProgramData here. Windows lets every user write below it: not here.
  CreateDirectory "$APPDATA\${APP}\models"
  CreateDirectory "$APPDATA\${APP}\bases"
  nsExec::Exec '"$SYSDIR\icacls.exe" "$APPDATA\${APP}" /inheritance:r /grant *S-1-5-32-544:(OI)(CI)F /grant *S-1-5-18:(OI)(CI)F /grant *S-1-5-32-545:(OI)(CI)RX'
  Pop $0
  ${If} $PolicyFile != ""
    ClearErrors
    CopyFiles /SILENT "$PolicyFile" "$APPDATA\${APP}\policies.json"
    ${If} ${Errors}
      Abort
    ${EndIf}
  ${EndIf}
  RMDir /r "$INSTDIR\_before"
  Call Register
  SetErrorLevel 0
SectionEnd

Function .onInstFailed
  SetOutPath "$TEMP"
  ${If} ${FileExists} "$INSTDIR\_before\*.*"
    ${If} ${FileExists} "$INSTDIR\_before\_internal\*.*"
      RMDir /r "$INSTDIR\_internal"
      Rename "$INSTDIR\_before\_internal" "$INSTDIR\_internal"
    ${EndIf}
    ${If} ${FileExists} "$INSTDIR\_before\allmende.exe"
      Delete "$INSTDIR\allmende.exe"
      Rename "$INSTDIR\_before\allmende.exe" "$INSTDIR\allmende.exe"
    ${EndIf}
    ${If} ${FileExists} "$INSTDIR\_before\allmende-window.exe"
      Delete "$INSTDIR\allmende-window.exe"
      Rename "$INSTDIR\_before\allmende-window.exe" "$INSTDIR\allmende-window.exe"
    ${EndIf}
    RMDir "$INSTDIR\_before"
  ${Else}
    RMDir /r "$INSTDIR\_internal"
    RMDir /r "$INSTDIR\policies"
    Delete "$INSTDIR\allmende.exe"
    Delete "$INSTDIR\allmende-window.exe"
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
  ${EndIf}
FunctionEnd

Function Register
  WriteRegStr HKLM "${KEY}" "InstallDir" "$INSTDIR"
  WriteRegStr HKLM "${KEY}" "Version" "${VERSION}"
  WriteRegDWORD HKLM "${KEY}" "Desktop" $WantsDesktop
  WriteRegDWORD HKLM "${KEY}" "StartMenu" $WantsStartMenu
  WriteRegStr HKLM "${UNINSTALL}" "DisplayName" "${APP}"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL}" "Publisher" "Allmende contributors"
  WriteRegStr HKLM "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayIcon" "$INSTDIR\allmende-window.exe,0"
  WriteRegStr HKLM "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKLM "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKLM "${UNINSTALL}" "EstimatedSize" "$0"
  Delete "$SMPROGRAMS\${APP}.lnk"
  ${If} $WantsStartMenu == 1
    CreateShortCut "$SMPROGRAMS\${APP}.lnk" "$INSTDIR\allmende-window.exe"
  ${EndIf}
  Delete "$DESKTOP\${APP}.lnk"
  ${If} $WantsDesktop == 1
    CreateShortCut "$DESKTOP\${APP}.lnk" "$INSTDIR\allmende-window.exe"
  ${EndIf}
  ${If} $FirstLanguage != ""
    WriteRegStr HKLM "${POLICY_KEY}" "language" "$FirstLanguage"
  ${EndIf}
FunctionEnd

Function un.onInit
  SetRegView 64
  SetShellVarContext all
  !insertmacro RefuseIfRunning "allmende.exe"
  !insertmacro RefuseIfRunning "allmende-window.exe"
FunctionEnd

; Users' documents, conversations and settings stay, and so do models and policies.
Section "Uninstall"
  RMDir /r "$INSTDIR\_internal"
  RMDir /r "$INSTDIR\_before"
  RMDir /r "$INSTDIR\policies"
  Delete "$INSTDIR\allmende.exe"
  Delete "$INSTDIR\allmende-window.exe"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${APP}.lnk"
  Delete "$DESKTOP\${APP}.lnk"
  DeleteRegKey HKLM "${UNINSTALL}"
  DeleteRegKey HKLM "${KEY}"
SectionEnd
