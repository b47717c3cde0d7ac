"""The RPM: installed into a folder of its own, tried, upgraded and removed.

Whether a Fedora finds what it requires is not tried here: there is none at hand.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.version import __version__

PACKAGES = Path(__file__).parents[2] / "dist" / "packages"
RPM = next(iter(PACKAGES.glob(f"allmende-{__version__}-1.*.rpm")), None)

# Asked for by what they hold: each distribution calls the packages otherwise.
SYSTEM = {
    f"lib{name}()(64bit)"
    for name in (
        "EGL.so.1", "GL.so.1", "X11-xcb.so.1", "X11.so.6", "crypto.so.3", "dbus-1.so.3",
        "expat.so.1", "fontconfig.so.1", "freetype.so.6", "glib-2.0.so.0",
        "gssapi_krb5.so.2", "ssl.so.3", "xcb.so.1", "z.so.1", "zstd.so.1",
    )
}  # fmt: skip
RUNTIME = {
    "libc.so.6(GLIBC)(64bit)", "libgcc_s.so.1()(64bit)", "libstdc++.so.6(GLIBCXX)(64bit)",
}  # fmt: skip

pytestmark = [
    pytest.mark.packages,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not os.environ.get("ALLMENDE_PACKAGES")
        or RPM is None
        or not shutil.which("rpm")
        or os.geteuid() != 0,
        reason="needs root, rpm and a built package (make packages)",
    ),
]


def rpm(root: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["rpm", "--root", root, *arguments], capture_output=True, text=True, check=False
    )


def test_it_installs_runs_and_goes_again(tmp_path: Path) -> None:
    assert RPM is not None
    root = tmp_path / "root"
    root.mkdir()
    done = rpm(root, "-i", "--nodeps", RPM)
    assert done.returncode == 0, done.stderr
    program = root / "opt/allmende/allmende"
    said = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=True,
        env={**os.environ, "ALLMENDE_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert said.stdout.strip() == f"allmende {__version__}"
    assert (root / "usr/bin/allmende").readlink() == Path("../../opt/allmende/allmende")
    assert (root / "etc/allmende/policies.d").is_dir()
    assert (root / "usr/share/allmende/models").is_dir()
    assert rpm(root, "-V", "--nodeps", "allmende").stdout == ""
    policy = root / "etc/allmende/policies.json"
    policy.write_text("{}", "ascii")
    assert rpm(root, "-U", "--nodeps", RPM).returncode != 0
    assert rpm(root, "-e", "allmende").returncode == 0
    assert not (root / "opt/allmende").exists()
    assert policy.exists()


def test_it_brings_no_scripts_and_asks_for_what_is_missing(tmp_path: Path) -> None:
    assert RPM is not None
    told = subprocess.run(
        ["rpm", "-qp", "--requires", RPM], capture_output=True, text=True, check=True
    )
    names = {line.split()[0] for line in told.stdout.splitlines()}
    assert "xkeyboard-config" in names
    # Otherwise rpm would ask for every library that lies in the bundle itself.
    # Of libc and the C++ library a version, which is read from the bundle's.
    libraries = {re.sub(r"_[\d.]+\)", ")", name) for name in names if ".so" in name}
    assert libraries == SYSTEM | RUNTIME
    scripts = subprocess.run(
        ["rpm", "-qp", "--scripts", RPM], capture_output=True, text=True, check=True
    )
    assert scripts.stdout == ""
