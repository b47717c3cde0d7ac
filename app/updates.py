"""Looks whether a newer Allmende lies in the folder that the administrators named.

    folder ─ allmende_0.2.0_amd64.deb, allmende-0.2.0-x64.msi … ─ SHA256SUMS

Nothing is fetched, installed or started: it is only told, so that somebody who may
install it knows. The folder may be a network share; no connection is opened by us.

Invariant: a package counts only when SHA256SUMS beside it names its hash and the file has
it (`tests/test_updates.py`). Who wrote that list is checked where it is installed: by
Windows (signature), apt or rpm.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from app.files import sha256_of
from app.version import __version__

SUMS = "SHA256SUMS"
_MOST_FILES = 2_000
_LARGEST_LIST = 1 << 20
_KINDS = {"win32": ("exe", "msi"), "darwin": ("pkg",)}
_NAME = re.compile(r"allmende[_-](\d{1,4}(?:\.\d{1,4}){1,3})[-_.].*\.(\w+)")
_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](.+)")


@dataclass(frozen=True, slots=True)
class Update:
    """A newer package. `sound` is False where its hash is not the one that is listed.

    `has_list` is False where there is no such list that can be read.
    """

    version: str
    path: str
    sound: bool
    has_list: bool = True


def newest(folder: str, current: str = __version__) -> Update | None:
    """Return the newest package for this system that is newer than `current`, if any.

    Of versions that lie there in several kinds the first by name is told. A folder that
    is not there, or cannot be read, holds none.
    """
    place = Path(folder).expanduser()
    if not folder or not place.is_absolute():
        return None
    try:
        found = _newer(place, current)
        if found is None:
            return None
        path, version = found
        sums = _sums(place / SUMS)
        if not sums:
            return Update(version, str(path), sound=False, has_list=False)
        is_sound = sums.get(path.name, "") == sha256_of(path)
        return Update(version, str(path), is_sound)
    except OSError:
        return None


def _newer(folder: Path, current: str) -> tuple[Path, str] | None:
    best: tuple[tuple[int, ...], Path, str] | None = None
    for number, path in enumerate(sorted(folder.iterdir())):
        if number >= _MOST_FILES:
            break
        match = _NAME.fullmatch(path.name)
        if match is None or match[2] not in _KINDS.get(sys.platform, ("deb", "rpm")):
            continue
        version = numbers(match[1])
        if version > numbers(current) and (best is None or version > best[0]):
            best = (version, path, match[1])
    return None if best is None else (best[1], best[2])


def numbers(version: str) -> tuple[int, ...]:
    """Return a version in a form that can be compared: 0.10 comes after 0.9."""
    parts = [int(part) for part in re.findall(r"\d+", version)]
    return tuple(parts + [0] * (4 - len(parts)))


def _sums(path: Path) -> dict[str, str]:
    """Return hashes by name from a list as `sha256sum` writes it; {} without one."""
    try:
        if path.stat().st_size > _LARGEST_LIST:
            return {}
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    rows = (_LINE.fullmatch(line) for line in text.splitlines())
    return {Path(row[2].replace("\\", "/")).name: row[1].lower() for row in rows if row}
