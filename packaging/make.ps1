<#
Allmende on Windows: the Makefile's two steps.

    powershell -ExecutionPolicy Bypass -File packaging\make.ps1 run
    powershell -ExecutionPolicy Bypass -File packaging\make.ps1 test

NOT YET TESTED on a real Windows: the steps mirror the Makefile line by line, but
nobody has reported a run. Python 3.11 or newer, CMake and the C++ build tools of
Visual Studio must be there before (see README.md).
#>
param(
    [ValidateSet('setup', 'run', 'test')]
    [string]$Target = 'run'
)
$ErrorActionPreference = 'Stop'
Set-Location (Split-Path -Parent $PSScriptRoot)

$Python = '.venv\Scripts\python.exe'
$Stamp = '.venv\.stamp-setup'
# llama.cpp without pictures and without TLS: neither is used here.
$env:CMAKE_ARGS = '-DLLAVA_BUILD=OFF -DLLAMA_OPENSSL=OFF'

function Invoke-Step([string]$Program, [string[]]$Arguments) {
    & $Program @Arguments
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}

function Test-Newer([string]$Path, [string]$Than) {
    (Get-Item $Path).LastWriteTimeUtc -gt (Get-Item $Than -Force).LastWriteTimeUtc
}

function Install-Allmende {
    $done = (Test-Path $Stamp) -and
        -not (Test-Newer 'pyproject.toml' $Stamp) -and
        -not (Test-Newer 'constraints.txt' $Stamp)
    if ($done) { return }
    if (-not (Get-Command cmake -ErrorAction SilentlyContinue)) {
        Write-Host 'CMake is missing. README.md names the line that installs it.'
        exit 1
    }
    if (-not (Test-Path $Python)) { Invoke-Step 'py' @('-3.11', '-m', 'venv', '.venv') }
    Write-Host 'Installing the libraries. The first time llama.cpp is built: some minutes.'
    Invoke-Step $Python @('-m', 'pip', 'install', '--quiet', '-c', 'constraints.txt',
        '--editable', '.[setup,dev]')
    Invoke-Step $Python @('packaging\catalogues.py', 'compile')
    Invoke-Step $Python @('models\fetch.py')
    New-Item -ItemType File -Force $Stamp | Out-Null
}

Install-Allmende
switch ($Target) {
    'run' { Invoke-Step $Python @('-m', 'app', 'first-run') }
    'test' {
        $env:QT_QPA_PLATFORM = 'offscreen'
        Invoke-Step $Python @('-m', 'pytest')
    }
}
