"""A child gives up the files it does not need before it touches what others wrote.

A second line behind the readers' own care: should a document or a model take over a
child, the kernel opens nothing for it but what was named here, and what its parent
handed over already open (`Worker.ask`). On Linux this is Landlock (kernel
documentation, "Landlock: unprivileged access control"): inherited by children, never to
be taken back. From its sixth version on it also keeps the child from signalling other
processes and from their abstract sockets.

Invariant: what the kernel does not know is left out, and is no error; `known_rights`
tells what there is, and `app.knowledge.holding` tries what really counts.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.log import get_logger, keep_log_as_it_is
from app.paths import assets_dir

_log = get_logger("workers")

# include/uapi/linux/landlock.h; the numbers are the same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
_SET_NO_NEW_PRIVS = 38
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_REMOVE_FILE, _MAKE_SOCKET = 1 << 5, 1 << 9
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
# All rights that the first, second, third and fifth version know.
_RIGHTS = ((1, (1 << 13) - 1), (2, 1 << 13), (3, _TRUNCATE), (5, _IOCTL_DEVICE))
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_OF_CONNECTIONS = (4, 3)
_SCOPES = (6, 3)

# Where systems keep programs, libraries, fonts and what describes the computer.
_SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc", "/opt", "/sys",
    # Of processes only this one: the environment of others may hold what is secret.
    "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys",
    "/proc/filesystems", "/proc/version",
    "/var/cache/fontconfig", "/nix", "/gnu", "/snap", "/app", "/run/current-system", "/run/opengl-driver",
)  # fmt: skip
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def known_rights() -> int:
    """Return which version of Landlock this system has, 0 for none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(_libc().syscall(_CREATE_RULESET, None, 0, _VERSION)))


def confine(
    readable: Iterable[str | Path] = (),
    writable: Iterable[str | Path] = (),
    sockets: Iterable[str | Path] = (),
) -> bool:
    """Open nothing from now on but these paths, the program and the system's own files.

    What is named counts with everything below it; what is not there is passed over.
    `readable` files may be run as programs too; in the folders `sockets` only sockets
    can be made, and files removed. Call it while the process has one
    thread: others would keep what they may. Tells whether it works.
    """
    version = known_rights()
    if not version or not _has_one_thread():
        _log.info("files cannot be refused by the kernel (%d)", version)
        return False
    handled = sum(rights for since, rights in _RIGHTS if version >= since)
    connections = _OF_CONNECTIONS[1] if version >= _OF_CONNECTIONS[0] else 0
    scopes = _SCOPES[1] if version >= _SCOPES[0] else 0
    libc = _libc()
    # struct landlock_ruleset_attr; older kernels know a shorter one.
    whole = struct.pack("=QQQ", handled, connections, scopes)
    known = whole[: 24 if version >= 6 else 16 if version >= 4 else 8]
    ruleset = libc.syscall(_CREATE_RULESET, known, len(known), 0)
    if ruleset < 0:
        return False
    try:
        for path in (*program_folders(), *readable):
            _allow(ruleset, path, handled & _READ)
        for path in _DEVICES:
            _allow(ruleset, path, handled & (_READ | _WRITE_FILE | _TRUNCATE))
        for path in writable:
            _allow(ruleset, path, handled)
        for path in sockets:
            _allow(ruleset, path, _MAKE_SOCKET | _REMOVE_FILE)
        keep_log_as_it_is()
        return not (
            libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            or libc.syscall(_RESTRICT_SELF, ruleset, 0, 0)
        )
    finally:
        os.close(ruleset)


def program_folders() -> Iterator[Path]:
    """Yield where this program, Python and the libraries lie, and the system's files."""
    yield from map(Path, _SYSTEM)
    yield Path(__file__).parents[1]
    yield assets_dir()
    yield from map(Path, {sys.prefix, sys.base_prefix, sys.exec_prefix})
    yield from map(Path, sysconfig.get_paths().values())
    if bundled := getattr(sys, "_MEIPASS", None):
        yield Path(bundled)
        # A bundle's own modules lie in its program file, and are read when imported.
        yield Path(sys.executable)
    # Libraries that somebody installed for himself; never a folder that holds others.
    mine = {Path.home(), Path.cwd(), Path(tempfile.gettempdir())}
    for entry in map(Path, filter(None, sys.path)):
        if not any(folder.is_relative_to(entry) for folder in mine):
            yield entry


def _has_one_thread() -> bool:
    with contextlib.suppress(OSError):
        return len(list(Path("/proc/self/task").iterdir())) == 1
    return threading.active_count() == 1


def _allow(ruleset: int, path: str | Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        # struct landlock_path_beneath_attr, which has no gap.
        rule = struct.pack("=Qi", rights, place)
        if _libc().syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0):
            _log.info("a folder cannot be allowed: %d", ctypes.get_errno())
    finally:
        os.close(place)


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    return libc
