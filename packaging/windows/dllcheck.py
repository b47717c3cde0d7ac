"""Checks that every program and library of a payload would load on a bare Windows.

    python packaging/windows/dllcheck.py FOLDER

Each import must lie beside its importer, in `_internal` (which is where the loader looks
for a frozen program's libraries), or be a part of Windows itself. Wine has runtime
libraries of its own, so that trying under Wine does not show what is missing. Exit code 1
and one line for each missing library.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from pe import imports

# Brought by the driver of a graphics card. Where there is none, the library that needs
# it is not loaded (`app/backends.py`).
OF_DRIVERS = {"ggml-vulkan.dll": "vulkan-1.dll"}
# Parts of Windows 10 1809 and newer.
WINDOWS = frozenset(
    [
        "advapi32",
        "authz",
        "avrt",
        "bcrypt",
        "bcryptprimitives",
        "cfgmgr32",
        "combase",
        "comctl32",
        "comdlg32",
        "crypt32",
        "d2d1",
        "d3d11",
        "d3d12",
        "d3d9",
        "dbghelp",
        "dcomp",
        "dnsapi",
        "dwmapi",
        "dwrite",
        "dxgi",
        "evr",
        "gdi32",
        "hid",
        "icuuc",
        "imm32",
        "iphlpapi",
        "kernel32",
        "mf",
        "mfplat",
        "mpr",
        "mscms",
        "msvcrt",
        "mswsock",
        "ncrypt",
        "netapi32",
        "normaliz",
        "ntdll",
        "ole32",
        "oleaut32",
        "opengl32",
        "pdh",
        "powrprof",
        "propsys",
        "psapi",
        "rpcrt4",
        "secur32",
        "setupapi",
        "shcore",
        "shell32",
        "shlwapi",
        "synchronization",
        "ucrtbase",
        "uiautomationcore",
        "user32",
        "userenv",
        "usp10",
        "uxtheme",
        "version",
        "windowscodecs",
        "winhttp",
        "wininet",
        "winmm",
        "winspool",
        "wldap32",
        "ws2_32",
        "wsock32",
        "wtsapi32",
    ]
)


def main(arguments: list[str]) -> int:
    """Tell what is missing; 0 when nothing is."""
    lost = missing(Path(arguments[0]))
    for name, importers in sorted(lost.items()):
        print(f"{name}: needed by {', '.join(importers[:4])} ({len(importers)})")
    return 1 if lost else 0


def missing(root: Path) -> dict[str, list[str]]:
    """Return the libraries that nobody brings, with those that need them."""
    files = [p for p in root.rglob("*") if p.suffix.lower() in (".dll", ".pyd", ".exe")]
    shared = {path.name.lower() for path in (root / "_internal").glob("*.dll")}
    shared |= {path.name.lower() for path in root.glob("*.dll")}
    # A package may add the folder of its libraries itself (numpy.libs, Qt's own).
    added = {
        path.name.lower()
        for path in files
        if path.parent.name.endswith((".libs", "PySide6", "shiboken6"))
    }
    lost: dict[str, list[str]] = defaultdict(list)
    for path in files:
        beside = {other.name.lower() for other in path.parent.iterdir()}
        own = added if _is_of_package(path) else set()
        for name in imports(path):
            lower = name.lower()
            if OF_DRIVERS.get(path.name.lower()) == lower:
                continue
            if not (is_windows(lower) or lower in beside | shared | own):
                lost[name].append(path.relative_to(root).as_posix())
    return lost


def _is_of_package(path: Path) -> bool:
    """Tell whether a file belongs to a package that adds its own folder of libraries."""
    parts = set(path.parts)
    return any(part.endswith(".libs") for part in parts) or bool(
        parts & {"numpy", "PySide6", "shiboken6", "tesserocr", "PIL"}
    )


def is_windows(name: str) -> bool:
    """Tell whether a library is a part of Windows."""
    plain = name.lower().removesuffix(".dll").removesuffix(".drv")
    return plain in WINDOWS or plain.startswith(("api-ms-win-", "ext-ms-win-"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
