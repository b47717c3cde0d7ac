"""What the packages ask of the system: its libraries, by Debian's names and by RPM's.

Which libc and libstdc++ is read from the libraries that come along, since a package that
installs must also start.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bundle"))

from shrink import is_elf

# What the bundle does not bring: the system's own libraries (packaging/bundle/shrink.py),
# drivers, keyboard tables and a font. Text recognition, graphics cards
# and old Office files work with what is recommended. Which libc and libstdc++ it needs
# is read from its libraries (`runtime_versions`).
DEPENDS = (
    "libexpat1, zlib1g, libgl1, libegl1, libx11-6, libx11-xcb1, libxcb1, libdbus-1-3,"
    " libfontconfig1, libfreetype6, libglib2.0-0 | libglib2.0-0t64, libgssapi-krb5-2,"
    " libssl3 | libssl3t64, libzstd1,"
    " xkb-data, fonts-dejavu-core | fonts-freefont-ttf | fonts-liberation"
)
RECOMMENDS = (
    "libwayland-client0, libwayland-cursor0, libwayland-egl1, libvulkan1,"
    " tesseract-ocr-deu, tesseract-ocr-eng"
)
SUGGESTS = "libreoffice-writer-nogui, tesseract-ocr-script-frak"
# By what they hold: each distribution calls the packages otherwise.
RPM_REQUIRES = ", ".join(
    [
        "xkeyboard-config",
        *(
            f"lib{name}()(64bit)"
            for name in (
                "EGL.so.1", "GL.so.1", "X11-xcb.so.1", "X11.so.6", "crypto.so.3",
                "dbus-1.so.3", "expat.so.1", "fontconfig.so.1", "freetype.so.6",
                "glib-2.0.so.0", "gssapi_krb5.so.2", "ssl.so.3", "xcb.so.1", "z.so.1",
                "zstd.so.1",
            )
        ),
    ]
)  # fmt: skip
# The first GCC whose libstdc++ has these versions (gcc.gnu.org, "ABI Policy and Guidelines").
_GCC = (
    ((3, 4, 28), "9"), ((3, 4, 29), "11"), ((3, 4, 30), "12"), ((3, 4, 32), "13.2"),
    ((3, 4, 33), "14"), ((3, 4, 34), "15"),
)  # fmt: skip


def deb_needs(root: Path) -> str:
    """Return what Debian's field Depends holds for a tree with libraries."""
    return f"{deb_runtime(runtime_versions(root))}, {DEPENDS}"


def rpm_needs(root: Path) -> str:
    """Return what RPM's tag Requires holds for a tree with libraries."""
    return f"{_rpm_runtime(runtime_versions(root))}, {RPM_REQUIRES}"


def runtime_versions(root: Path) -> dict[str, tuple[int, ...]]:
    """Return the newest version of libc and libstdc++ that any library asks for.

    By the names of their symbols' versions: {"GLIBC": (2, 35), "GLIBCXX": (3, 4, 30)}.
    """
    libraries = [path for path in root.rglob("*") if is_elf(path)]
    told = subprocess.run(
        ["readelf", "-VW", *libraries],
        capture_output=True, text=True, check=True, errors="replace",
    ).stdout  # fmt: skip
    newest: dict[str, tuple[int, ...]] = {}
    for name, number in re.findall(r"\b(GLIBC|GLIBCXX)_(\d[\d.]*)\b", told):
        version = tuple(int(part) for part in number.split("."))
        newest[name] = max(version, newest.get(name, ()))
    return newest


def deb_runtime(newest: dict[str, tuple[int, ...]]) -> str:
    """Return Debian's names and versions for what `runtime_versions` found."""
    libc, cxx = newest["GLIBC"], newest["GLIBCXX"]
    gcc = next(gcc for version, gcc in _GCC if cxx <= version)
    return f"libc6 (>= {_dotted(libc)}), libgcc-s1, libstdc++6 (>= {gcc})"


def _rpm_runtime(newest: dict[str, tuple[int, ...]]) -> str:
    libc, cxx = _dotted(newest["GLIBC"]), _dotted(newest["GLIBCXX"])
    return (
        f"libc.so.6(GLIBC_{libc})(64bit), libgcc_s.so.1()(64bit),"
        f" libstdc++.so.6(GLIBCXX_{cxx})(64bit)"
    )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
