"""Addresses of the web in the binaries of a folder that was built.

    python -m tests.faults.addresses FOLDER

`addresses.txt` names the hosts that may stand there, with why. A host that is new (with
a new version of a library, say) fails until somebody has looked where it comes from.
That nothing connects there is proved by `no_way_out.py`; this tells what to look for.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_LIST = Path(__file__).with_name("addresses.txt")
_ADDRESS = re.compile(rb"(?:https?|wss?|ftp)://[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2,}")
# ELF, Windows' PE, Mach-O in both orders of bytes, and several processors in one.
_MAGIC = (
    b"\x7fELF",
    b"MZ",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa\xcf",
    b"\xca\xfe\xba\xbe",
)


def allowed() -> frozenset[str]:
    """Return the hosts that may be named in a binary."""
    lines = _LIST.read_text("utf-8").splitlines()
    return frozenset(host for line in lines if (host := line.split("#")[0].strip()))


def foreign_addresses(folder: Path) -> dict[str, set[str]]:
    """Return hosts in binaries that are not on the list, with the files naming them."""
    known = allowed()
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        data = path.read_bytes()
        if not data.startswith(_MAGIC):
            continue
        for match in set(_ADDRESS.findall(data)):
            host = match.decode("ascii").split("://")[1].lower()
            if host not in known:
                found.setdefault(host, set()).add(path.name)
    return found


def main() -> int:
    """Print what is not on the list; 1 when there is any."""
    foreign = foreign_addresses(Path(sys.argv[1]))
    for host, files in sorted(foreign.items()):
        print(f"{host}  # {', '.join(sorted(files))}")
    print(f"{len(foreign)} hosts are not on the list", file=sys.stderr)
    return int(bool(foreign))


if __name__ == "__main__":
    sys.exit(main())
