"""What the recipes share: the versions of constraints.txt, and sources that are checked."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def pinned_version(name: str) -> str:
    """Return the version of a library that constraints.txt names."""
    text = (ROOT / "constraints.txt").read_text("utf-8")
    found = re.search(rf"^{re.escape(name)}==(\S+)$", text, re.MULTILINE)
    if found is None:
        sys.exit(f"constraints.txt names no version of {name}.")
    return found[1]


def pinned_source(
    folder: Path, name: str, sdists: Mapping[str, str], *settings: str
) -> list[str]:
    """Return pip's arguments for the source of a library; `folder` gets a file for it.

    `sdists` holds the SHA-256 of each version that was looked at: pip ends when the
    source is another. `settings` are for its build.
    """
    version = pinned_version(name)
    if version not in sdists:
        sys.exit(f"{name} {version} is not a source that this recipe knows.")
    # In the file and not behind the command: there, pip 23 passes settings over.
    parts = [f"{name}=={version}", f"--hash=sha256:{sdists[version]}", *settings]
    wanted = folder / "wanted.txt"
    wanted.write_text(" ".join(parts) + "\n", encoding="ascii")
    source = (f"--no-binary={name}", "--no-deps", "--require-hashes")
    return [*source, "--requirement", str(wanted)]


def unpacked(sdist: Path, folder: Path) -> Path:
    """Return the folder of sources whose checksum is that of a recipe."""
    with tarfile.open(sdist) as archive:
        # Their checksum was compared; Debian 12's Python has no filter for this.
        archive.extractall(folder)  # noqa: S202
    return folder / sdist.name.removesuffix(".tar.gz")


def pip(*arguments: str) -> None:
    """Run pip of this Python; end when it fails."""
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        check=True,
    )
