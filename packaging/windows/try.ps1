# Installs what lies in dist\packages on a real Windows, tries it and removes it again.
$ErrorActionPreference = 'Stop'
$program = "$env:ProgramFiles\Allmende\allmende.exe"
$data = "$env:LOCALAPPDATA\Allmende"

function Invoke-Silently($what, $arguments) {
    $done = Start-Process $what -ArgumentList $arguments -Wait -PassThru
    if ($done.ExitCode -notin 0, 3010) { throw "$what $arguments ended with $($done.ExitCode)" }
}

function Test-Installed {
    if ((Get-ItemProperty 'HKLM:\Software\Allmende').InstallDir -notlike '*Allmende*') { throw 'no InstallDir' }
    & $program --selftest
    if ($LASTEXITCODE -ne 0) { throw 'the self-test failed' }
    # An ordinary user must not be able to put a policy there.
    $rights = (Get-Acl "$env:ProgramData\Allmende").Access |
        Where-Object { $_.IdentityReference -match 'Users|Benutzer' -and $_.FileSystemRights -match 'Write|Modify|FullControl' }
    if ($rights) { throw 'users may write below ProgramData\Allmende' }
}

New-Item -ItemType Directory -Force $data | Out-Null
Set-Content "$data\kept.txt" 'kept'
foreach ($setup in Get-ChildItem dist\packages\*.exe -ErrorAction SilentlyContinue) {
    Invoke-Silently $setup.FullName '/S'
    Test-Installed
    Invoke-Silently "$env:ProgramFiles\Allmende\uninstall.exe" '/S', "_?=$env:ProgramFiles\Allmende"
    if (Test-Path $program) { throw 'setup.exe left the program' }
}
foreach ($msi in Get-ChildItem dist\packages\allmende-[0-9]*.msi -ErrorAction SilentlyContinue) {
    Invoke-Silently msiexec.exe "/i `"$($msi.FullName)`" /qn /norestart ALLMENDELANGUAGE=de /l*v install.log"
    Test-Installed
    Invoke-Silently msiexec.exe "/fa `"$($msi.FullName)`" /qn /norestart"
    Test-Installed
    Invoke-Silently msiexec.exe "/x `"$($msi.FullName)`" /qn /norestart"
    if (Test-Path $program) { throw 'the MSI left the program' }
}
foreach ($msi in Get-ChildItem dist\packages\allmende-model-*.msi -ErrorAction SilentlyContinue) {
    Invoke-Silently msiexec.exe "/i `"$($msi.FullName)`" /qn /norestart"
    if (-not (Get-ChildItem "$env:ProgramData\Allmende\models")) { throw 'the model is not there' }
    Invoke-Silently msiexec.exe "/x `"$($msi.FullName)`" /qn /norestart"
}
if (-not (Test-Path "$data\kept.txt")) { throw 'data of the user are gone' }
