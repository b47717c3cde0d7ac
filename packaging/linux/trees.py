"""Trees of files that become packages: written, copied, and their rights set."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from pathlib import Path


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder with its links, each file as a hard link where that works."""

    def copy(one: str, other: str) -> str:
        try:
            os.link(one, other, follow_symlinks=False)
        except OSError:
            shutil.copy2(one, other, follow_symlinks=False)
        return other

    shutil.copytree(source, target, symlinks=True, copy_function=copy)


def put(source: Path, target: Path) -> None:
    """Copy a file; folders are made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def write(path: Path, text: str) -> None:
    """Write a text; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def write_gz(path: Path, text: str) -> None:
    """Write a text compressed, the same bytes each time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def link(path: Path, target: str) -> None:
    """Make a symbolic link; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def modes(root: Path) -> None:
    """Let everybody read everything, and nobody but root write it."""
    for path in (root, *root.rglob("*")):
        if path.is_symlink():
            continue
        executable = path.is_dir() or bool(path.stat().st_mode & 0o100)
        path.chmod(0o755 if executable else 0o644)


def md5sums(root: Path) -> str:
    """Return the list of checksums that dpkg wants."""
    lines = []
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if path.is_file() and not path.is_symlink() and inside.parts[0] != "DEBIAN":
            with path.open("rb") as file:
                lines.append(
                    f"{hashlib.file_digest(file, 'md5').hexdigest()}  {inside}\n"
                )
    return "".join(lines)


def size_kb(root: Path) -> int:
    """Return the size of all files in KiB."""
    files = (
        path for path in root.rglob("*") if path.is_file() and not path.is_symlink()
    )
    return sum(path.stat().st_size for path in files) // 1024
