"""Does a folder lie on another computer: homes of schools often do, over NFS or SMB.

SQLite's write-ahead log needs memory that all processes share, which no network file
system gives; so it matters where the data lie (sqlite.org/wal.html, "WAL does not work
over a network filesystem").

Only the list of mounts is looked at, never the folder itself: a share that sleeps must
not hold up whoever asks. On macOS nothing is known.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from app.i18n import N_

# What people are told; {kind} is like "nfs4".
ON_SHARE = N_(
    "Your data lie on a network share ({kind}). Allmende writes more carefully there,"
    " and more slowly. Administrators can move them to this computer's own disk with the"
    " variable ALLMENDE_HOME; one person must not use them on two computers at once."
)
MOUNTS = Path("/proc/self/mounts")
_KINDS = {
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "coda", "9p", "ceph",
    "glusterfs", "lustre", "gpfs", "beegfs", "davfs", "vboxsf", "vmhgfs", "prl_fs",
    "fuse.sshfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.vmhgfs-fuse",
    "fuse.gvfsd-fuse", "fuse.smbnetfs", "fuse.mergerfs-nfs",
}  # fmt: skip
_DRIVE_REMOTE = 4


def network_kind(folder: Path) -> str:
    """Return the kind of network file system a folder lies on; "" for none."""
    if sys.platform == "win32":
        return "SMB" if _is_remote(str(folder)) else ""
    kind = kind_of(os.path.realpath(folder), _mounts())
    return kind if kind in _KINDS else ""


def kind_of(path: str, mounts: list[tuple[str, str]]) -> str:
    """Return the kind of the file system at a whole path, "" where it is not known.

    `mounts` are pairs (place, kind), a later one lies over an earlier one.
    """
    best, found = "", ""
    for place, kind in mounts:
        inside = path == place or path.startswith(place.rstrip("/") + "/")
        if inside and len(place) >= len(best):
            best, found = place, kind
    return found


def _mounts() -> list[tuple[str, str]]:
    r"""Return the mounts of Linux, none elsewhere. Spaces are written as \040."""
    try:
        lines = MOUNTS.read_bytes().splitlines()
    except OSError:
        return []
    rows = [line.split() for line in lines]
    return [(_plain(row[1]), row[2].decode("ascii", "replace")) for row in rows if len(row) > 2]  # fmt: skip


def _plain(written: bytes) -> str:
    parts = written.split(b"\\")
    whole = parts[0] + b"".join(_octal(part) for part in parts[1:])
    return os.fsdecode(whole)


def _octal(part: bytes) -> bytes:
    code, rest = part[:3], part[3:]
    try:
        return bytes([int(code, 8)]) + rest
    except ValueError:
        return b"\\" + part


if sys.platform == "win32":  # pragma: no cover - runs on Windows only

    def _is_remote(folder: str) -> bool:
        drive = os.path.splitdrive(os.path.realpath(folder))[0]
        if drive.startswith("\\\\"):
            return True
        kind: int = ctypes.windll.kernel32.GetDriveTypeW(drive + "\\")
        return kind == _DRIVE_REMOTE
