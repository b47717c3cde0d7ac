"""Puts the licences of everything that is in a bundle beside it.

    packages (by their metadata) ─┐
    Python, the launcher ─────────┼─► licences/<name>.txt
    Debian's libraries (by dpkg) ─┘

Invariant: what cannot be found is left out here and asked for by `sbom.py --check` and the
tests; nothing is made up.
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# They build the bundle and are no part of it.
_TOOLS = (
    "altgraph",
    "pefile",
    "pyinstaller-hooks-contrib",
    "setuptools",
)
_LICENCE_NAMES = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)


def licences(folder: Path, site: Path | None = None) -> None:
    """Put the licences of everything that came along beside it.

    `site` is the folder of packages for another system that the bundle was made from;
    what it lacks is looked for in this environment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "LICENSE", folder / "Allmende.txt")
    shutil.copy(_of_python(site), folder / "Python.txt")
    inner = folder.parent
    for name, texts in (*_of_packages(inner, site), *_of_system(inner)):
        (folder / f"{name}.txt").write_text("\n\n".join(texts), "utf-8")


def _of_python(site: Path | None) -> Path:
    """Return the licence of the Python that is inside."""
    theirs = site.parents[1] / "LICENSE.txt" if site else None
    if theirs is not None and theirs.is_file():
        return theirs
    return Path(sysconfig.get_path("stdlib"), "LICENSE.txt")


def _of_system(inner: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the copyright of each Debian package a library of which came along."""
    libraries = Path("/usr/lib", str(sysconfig.get_config_var("MULTIARCH")))
    if not shutil.which("dpkg-query"):
        return
    for path in sorted(inner.glob("lib*.so*")):
        real = (libraries / path.name).resolve()
        if path.is_symlink() or not real.is_file():
            continue
        # Since Debian 12 /lib is a link, and packages still say either.
        names = [str(real), str(real).removeprefix("/usr")]
        told = subprocess.run(
            ["dpkg-query", "--search", *names],
            capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
        package = told.partition(":")[0]
        text = Path("/usr/share/doc", package, "copyright")
        if package and text.is_file():
            yield f"Debian-{package}", [text.read_text("utf-8", "replace")]


def _of_packages(inner: Path, site: Path | None) -> Iterator[tuple[str, list[str]]]:
    there = inner.rglob("*.dist-info")
    # PyInstaller copies no metadata of most packages; so those of our requirements count,
    # and its own: the program begins with its launcher.
    wanted = {path.name.split("-")[0].lower() for path in there} | _requirements()
    wanted.add("pyinstaller")
    theirs = importlib.metadata.distributions(path=[str(site)]) if site else ()
    seen = set(_TOOLS)
    for distribution in (*theirs, *importlib.metadata.distributions()):
        name = distribution.metadata["Name"]
        is_theirs = site is not None and distribution.locate_file("") == site
        if _plain(name) in seen or not (is_theirs or _plain(name) in wanted):
            continue
        seen.add(_plain(name))
        files = [f for f in distribution.files or () if _LICENCE_NAMES.search(f.name)]
        texts = [
            Path(str(f.locate())).read_text("utf-8", "replace")
            for f in files
            if ".dist-info" in str(f) and Path(str(f.locate())).is_file()
        ]
        said = distribution.metadata.get(
            "License-Expression"
        ) or distribution.metadata.get("License")
        head = f"{name} {distribution.version}\nLicence: {said or 'see below'}"
        yield name, [head, *texts]


def _requirements() -> set[str]:
    """Return the names of all packages that Allmende needs, plainly written."""
    found: set[str] = set()
    waiting = ["allmende"]
    while waiting:
        name = _plain(waiting.pop())
        if name in found:
            continue
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(name)
        waiting += [
            re.split(r"[ ;<>=!~\[(]", need)[0]
            for need in needs
            if "extra ==" not in need
        ]
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
