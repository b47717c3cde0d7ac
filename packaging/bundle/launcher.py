"""Links PyInstaller's launcher with Python inside: half the time for what Python does.

    PyInstaller's sdist ─► pip checks its hash ─► its own build, linked with libpython.a

Debian and Ubuntu build two Pythons: the program with profiles of how it is used, and the
shared library without. PyInstaller's published launcher loads the library. Here the same
launcher is compiled from its source, unchanged, and linked with the static library that
the program was made of; where it would load Python, `launcher.c` gives it itself.

Invariant: without that static library (`python3-dev`) there is no such launcher, and the
bundle takes PyInstaller's own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from pinned import pinned_source, pinned_version, pip, unpacked  # noqa: E402 - in the folder above

# By version, as published on the Python package index.
SDISTS = {"6.22.3": "05eb2f5615503e72939a7224d68b4aff572c6b0438ee4a17d0a4b481f399362d"}


def built_launcher(folder: Path) -> Path | None:
    """Return the launcher, built in `folder` unless it is there; None without Python's."""
    library = static_python()
    if library is None:
        return None
    python = sys.version.split()[0]
    made = folder / f"pyinstaller-{pinned_version('pyinstaller')}-python-{python}"
    if not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pip(
            "download",
            "--dest",
            str(folder),
            *pinned_source(folder, "pyinstaller", SDISTS),
        )
        source = unpacked(next(folder.glob("pyinstaller-*.tar.gz")), folder)
        link(source / "bootloader", library)
        built = source / "bootloader" / "build" / "release" / "run"
        built.replace(made)
    return made


def static_python() -> Path | None:
    """Return Debian's static library; others' are no faster than their shared one."""
    if not sys.platform.startswith("linux") or sys.base_prefix != "/usr":
        return None
    names = sysconfig.get_config_var("LIBPL"), sysconfig.get_config_var("LIBRARY")
    library = Path(*names)
    return library if library.is_file() else None


def link(bootloader: Path, library: Path) -> None:
    """Let PyInstaller's own build compile the launcher and link it with Python."""
    between = bootloader / "between.o"
    subprocess.run(
        ["gcc", "-O2", "-Wall", "-c", HERE / "launcher.c", "-o", between], check=True
    )
    names = ("LINKFORSHARED", "LIBS", "MODLIBS", "SYSLIBS")
    told = [str(sysconfig.get_config_var(name) or "") for name in names]
    # Debian's is for a program at a fixed address, as its Python is one.
    flags = ["-no-pie", "-Wl,-z,relro,-z,now", "-Wl,--wrap=dlopen", str(between)]
    flags += ["-Wl,--whole-archive", str(library), "-Wl,--no-whole-archive", *told]
    subprocess.run(
        [sys.executable, "./waf", "configure", "build_release"],
        cwd=bootloader,
        env={**os.environ, "CFLAGS": "-fno-pie", "LINKFLAGS": " ".join(flags)},
        check=True,
    )
