# Signs the files named, with the certificate of the environment; without one it says so.
#
#   sign.ps1 FILE...      SIGNING_PFX (base64) and SIGNING_PASSWORD
param([Parameter(Mandatory = $true)][string[]]$Files)
$ErrorActionPreference = 'Stop'
if (-not $env:SIGNING_PFX) {
    Write-Host 'No certificate: the files stay unsigned.'
    exit 0
}
$pfx = Join-Path $env:TEMP 'certificate.pfx'
[IO.File]::WriteAllBytes($pfx, [Convert]::FromBase64String($env:SIGNING_PFX))
try {
    $signtool = Get-ChildItem "${env:ProgramFiles(x86)}\Windows Kits\10\bin\*\x64\signtool.exe" |
        Sort-Object FullName | Select-Object -Last 1 -ExpandProperty FullName
    foreach ($file in $Files) {
        # What its maker signed (Python, Qt, Microsoft's runtime) keeps that signature.
        if ((Get-AuthenticodeSignature $file).Status -eq 'Valid') { continue }
        & $signtool sign /q /fd sha256 /f $pfx /p $env:SIGNING_PASSWORD `
            /tr http://timestamp.digicert.com /td sha256 $file
        if ($LASTEXITCODE -ne 0) { exit 1 }
    }
}
finally {
    Remove-Item $pfx
}
