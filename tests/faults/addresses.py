"""Addresses of the web in the binaries of a folder that was built.

`addresses.txt` names what may stand there: one beginning a line, with why. Names of
formats (XML namespaces, licences) are never fetched.
"""

from __future__ import annotations

import re
from pathlib import Path

_LIST = Path(__file__).with_name("addresses.txt")
_ADDRESS = re.compile(rb"(?:https?|wss?|ftp)://[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2,}")
_BINARY = {".so", ".dll", ".pyd", ".dylib", ".exe", ""}


def allowed() -> tuple[str, ...]:
    """Return the hosts that may be named in a binary."""
    if not _LIST.exists():
        return ()
    lines = _LIST.read_text("utf-8").splitlines()
    return tuple(
        line.split("#")[0].strip()
        for line in lines
        if line.strip() and not line.startswith("#")
    )


def foreign_addresses(folder: Path) -> dict[str, set[str]]:
    """Return hosts in binaries that are not on the list, with the files naming them."""
    known = allowed()
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*"):
        is_binary = path.suffix in _BINARY or ".so." in path.name
        if not path.is_file() or path.is_symlink() or not is_binary:
            continue
        for match in set(_ADDRESS.findall(path.read_bytes())):
            host = match.decode("ascii").split("://")[1].lower()
            if not host.endswith(known):
                found.setdefault(host, set()).add(path.name)
    return found
