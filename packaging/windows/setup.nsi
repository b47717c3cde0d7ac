; setup.exe for small firms and single computers; the MSI is for managed ones.
;
;   setup.exe /S                         silently, for all users of the computer
;     /DIR="C:\Programs\Allmende"        where (may be quoted, unlike NSIS' own /D=, which
;                                        must be last and must not)
;     /NODESKTOP /NOSTARTMENU            without shortcuts
;     /LANGUAGE=de                       language to begin with, which users may change
;     /POLICY="\\server\it\policies.json"  what is locked on this computer
;
; Exit codes are those of Windows Installer: 0 done, 740 needs an administrator,
; 1602 stopped by hand, 1603 could not be copied, 1618 Allmende is running,
; 1638 a newer version is installed.

Unicode true
Target amd64-unicode
!define APP "Allmende"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${APP}"
!define KEY "Software\${APP}"
!define POLICY_KEY "Software\Policies\${APP}\Recommended"
SetCompressor /SOLID ${COMPRESSION}
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
LangString RUNNING ${LANG_ENGLISH} "Allmende is running. Close it, then start the setup again."
LangString RUNNING ${LANG_GERMAN} "Allmende läuft. Schließen Sie es und starten Sie die Einrichtung noch einmal."

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

Function .onInit
  SetRegView 64
  SetShellVarContext all
  StrCpy $WantsDesktop 1
  StrCpy $WantsStartMenu 1
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
  UserInfo::GetAccountType
  Pop $0
  ${If} $0 != "Admin"
    SetErrorLevel 740
    Quit
  ${EndIf}
  ReadRegStr $0 HKLM "${KEY}" "Version"
  ${If} $0 != ""
    ${VersionCompare} "$0" "${VERSION}" $1
    ${If} $1 == 1
      !insertmacro Refuse 1638 "$(NEWER)"
    ${EndIf}
  ${EndIf}
  ${If} ${FileExists} "$INSTDIR\allmende.exe"
    ClearErrors
    FileOpen $1 "$INSTDIR\allmende.exe" a
    ${If} ${Errors}
      !insertmacro Refuse 1618 "$(RUNNING)"
    ${EndIf}
    FileClose $1
  ${EndIf}
FunctionEnd

Section "program"
  SetOutPath "$INSTDIR"
  ; What an older version had and this one has not must not stay.
  RMDir /r "$INSTDIR\_internal"
  ClearErrors
  File /r "${STAGE}/*.*"
  ${If} ${Errors}
    SetErrorLevel 1603
    Abort
  ${EndIf}
  SetOutPath "$INSTDIR\policies"
  File /r "${POLICIES}/*.*"
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "${KEY}" "InstallDir" "$INSTDIR"
  WriteRegStr HKLM "${KEY}" "Version" "${VERSION}"
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
  ${If} $WantsStartMenu == 1
    CreateShortCut "$SMPROGRAMS\${APP}.lnk" "$INSTDIR\allmende-window.exe"
  ${EndIf}
  ${If} $WantsDesktop == 1
    CreateShortCut "$DESKTOP\${APP}.lnk" "$INSTDIR\allmende-window.exe"
  ${EndIf}
  ; $APPDATA is C:\ProgramData here. Windows lets every user write below it: not here.
  CreateDirectory "$APPDATA\${APP}\models"
  nsExec::Exec '"$SYSDIR\icacls.exe" "$APPDATA\${APP}" /inheritance:r /grant *S-1-5-32-544:(OI)(CI)F /grant *S-1-5-18:(OI)(CI)F /grant *S-1-5-32-545:(OI)(CI)RX'
  Pop $0
  ${If} $FirstLanguage != ""
    WriteRegStr HKLM "${POLICY_KEY}" "language" "$FirstLanguage"
  ${EndIf}
  ${If} $PolicyFile != ""
    ClearErrors
    CopyFiles /SILENT "$PolicyFile" "$APPDATA\${APP}\policies.json"
    ${If} ${Errors}
      SetErrorLevel 1603
    ${EndIf}
  ${EndIf}
SectionEnd

Function un.onInit
  SetRegView 64
  SetShellVarContext all
FunctionEnd

; Users' documents, conversations and settings stay, and so do models and policies.
Section "Uninstall"
  RMDir /r "$INSTDIR\_internal"
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
