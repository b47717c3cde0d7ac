"""A Debian of its own for a test: no network, no terminal, nothing but what is put in.

    python -m tests.packaging.debian      fetch what the tests need into build/debian

`build/debian/base.tar` is a bare Debian 12 (debootstrap, minbase), `build/debian/debs`
the packages that Allmende depends on. Both are fetched once, by `make test-packages`;
the tests themselves have no network.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from app.version import __version__

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "build" / "debian"
BASE = CACHE / "base.tar"
DEBS = CACHE / "debs"
PACKAGES = ROOT / "dist" / "packages"
SUITE = "bookworm"
EXTRA = ("tesseract-ocr-deu", "tesseract-ocr-eng", "libwayland-client0",
         "libwayland-cursor0", "libwayland-egl1")  # fmt: skip
_ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a command."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Debian:
    """A root folder and how to run something in it."""

    root: Path

    def run(self, command: str, user: str = "root", timeout_s: float = 600) -> Done:
        """Run a command with nothing to read, no network and a process table of its own."""
        inner = (
            command
            if user == "root"
            else f"exec su {user} -s /bin/sh -c 'cd; . /tmp/command'"
        )
        if user != "root":
            (self.root / "tmp" / "command").write_text(command + "\n", "utf-8")
        mounts = (
            "ip link set lo up 2>/dev/null; mount -t proc proc proc;"
            ' mount -t tmpfs tmpfs dev/shm; exec chroot . /bin/sh -c "$1"'
        )
        done = subprocess.run(
            ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child",
             "sh", "-c", mounts, "sh", inner],
            cwd=self.root, env=_ENVIRONMENT, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", timeout=timeout_s, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def put(self, path: Path, target: str) -> None:
        """Copy a file in."""
        inside = self.root / target.lstrip("/")
        inside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, inside)

    def write(self, target: str, text: str) -> None:
        """Write a file inside."""
        inside = self.root / target.lstrip("/")
        inside.parent.mkdir(parents=True, exist_ok=True)
        inside.write_text(text, "utf-8")


def unpack(folder: Path) -> Debian:
    """Return a fresh Debian in a folder."""
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-xf", BASE, "-C", folder], check=True)
    return Debian(folder)


def program_deb() -> Path | None:
    """Return the built package, None where there is none."""
    found = sorted(PACKAGES.glob(f"allmende_{__version__}_*.deb"))
    return found[-1] if found else None


def other_version(package: Path, version: str, folder: Path) -> Path:
    """Return the same package under another version, hardly compressed."""
    tree = folder / f"tree-{version}"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    text = control.read_text("utf-8")
    control.write_text(
        re.sub(r"(?m)^Version: .*$", f"Version: {version}", text), "utf-8"
    )
    preinst = tree / "DEBIAN" / "preinst"
    if preinst.exists():
        preinst.write_text(
            preinst.read_text("utf-8").replace(__version__, version), "utf-8"
        )
    made = folder / f"{package.name.partition('_')[0]}_{version}.deb"
    subprocess.run(
        ["dpkg-deb", "-Zzstd", "-z1", "-b", tree, made],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shutil.rmtree(tree)
    return made


def missing() -> str:
    """Return what keeps the tests from running here, "" for nothing."""
    if not os.environ.get("ALLMENDE_PACKAGES"):
        return "takes minutes: make test-packages"
    if os.geteuid() != 0:
        return "needs root, for a Debian of its own"
    if program_deb() is None:
        return "there are no packages: make packages"
    if not BASE.exists() or not DEBS.is_dir():
        return "there is no Debian to install into: make test-packages"
    return ""


def fetch() -> None:
    """Fetch a bare Debian and what the package depends on, unless they are there."""
    package = program_deb()
    if package is None:
        sys.exit("There are no packages: make packages")
    CACHE.mkdir(parents=True, exist_ok=True)
    tree = CACHE / "tree"
    if not BASE.exists():
        shutil.rmtree(tree, ignore_errors=True)
        subprocess.run(["debootstrap", "--variant=minbase", SUITE, tree], check=True)
        (tree / "etc/apt/apt.conf.d/20quick").write_text(
            'Acquire::Languages "none";\n', "ascii"
        )
        subprocess.run(["tar", "-cf", f"{BASE}.part", "-C", tree, "."], check=True)
        Path(f"{BASE}.part").rename(BASE)
    if not DEBS.is_dir():
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir()
        subprocess.run(["tar", "-xf", BASE, "-C", tree], check=True)
        shutil.copyfile("/etc/resolv.conf", tree / "etc/resolv.conf")
        shutil.copyfile(package, tree / "tmp/allmende.deb")
        # debootstrap leaves the packages of the system itself there.
        command = (
            "apt-get clean && apt-get update -qq &&"
            " apt-get install -y -qq --download-only --no-install-recommends"
        )
        subprocess.run(
            ["chroot", tree, "sh", "-c", f"{command} /tmp/allmende.deb {' '.join(EXTRA)}"],
            env={**os.environ, **_ENVIRONMENT}, check=True,
        )  # fmt: skip
        part = CACHE / "debs.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for path in (tree / "var/cache/apt/archives").glob("*.deb"):
            shutil.copyfile(path, part / path.name)
        part.rename(DEBS)
    shutil.rmtree(tree, ignore_errors=True)


if __name__ == "__main__":
    fetch()
