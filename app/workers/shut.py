"""A child gives up the network before it touches anything that others wrote.

A second line behind `app/net`: should a document or a model take over a child, the
kernel still refuses every socket but those between processes of this computer. On Linux
this is a seccomp filter (kernel documentation, "Seccomp BPF"): inherited by children,
never to be taken back. It forbids the system calls `socket` with any family but AF_UNIX
and `io_uring_setup`, which could open sockets too, and every call of another
architecture than the program's own. With `alone` it refuses AF_UNIX as well: a session's
services (D-Bus, systemd) listen there and start programs for whoever asks.

Invariant: a filter that cannot be set is no error; `is_shut` tells what really counts.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from pathlib import Path

from app.log import get_logger

_log = get_logger("workers")

# linux/seccomp.h, linux/prctl.h, linux/audit.h
_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _ALL_THREADS, _SPECULATES = 1, 1, 4
# Before 5.16 the kernel takes store bypass and branch prediction from whoever sets a
# filter, a tenth of a model's speed; the filter shuts a network, it parts no secrets.
# Before 4.17 it did neither, and does not know that flag.
_FLAGS = (_ALL_THREADS | _SPECULATES, _ALL_THREADS)
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EACCES
_NOT_THERE = 0x00050000 | errno.ENOSYS
_TRAP = 0x00030000
# linux/bpf_common.h: load a word, jump if equal, jump if a bit is set, return.
_LOAD, _EQUAL, _BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
# Where struct seccomp_data has number, architecture and the low half of argument 0.
_NUMBER, _ARCHITECTURE, _FIRST = 0, 4, 16
_X32 = 0x40000000
_AF_UNIX = 1
_AF_NOBODY = 0xFFFF_FFFF
_IO_URING_SETUP = 425
# Machine → (architecture of linux/audit.h, numbers of `socket` and `seccomp`).
_MACHINES = {
    "x86_64": (0xC000003E, 41, 317),
    "aarch64": (0xC00000B7, 198, 277),
}


def shut_the_network(alone: bool = False) -> bool:
    """Refuse every connection of this process from now on; tell whether that works.

    With `alone` also those to programs of this computer; what is open stays so, and
    pairs of sockets can be made.
    """
    return _set_filter(_REFUSE, _AF_NOBODY if alone else _AF_UNIX)


def trap_the_network() -> bool:
    """Send SIGSYS to whoever opens a socket from now on; tell whether that works.

    A process without a handler for it ends, so that no attempt goes unseen. It counts
    for all children, and before a filter of their own that only refuses.
    """
    return _set_filter(_TRAP)


def _set_filter(answer: int, allowed: int = _AF_UNIX) -> bool:
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        return False
    architecture, socket_number, seccomp_number = machine
    program = _program(architecture, socket_number, answer, allowed)
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, then a pointer, aligned.
    whole = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    libc.syscall.argtypes = [
        ctypes.c_long,
        ctypes.c_ulong,
        ctypes.c_ulong,
        ctypes.c_char_p,
    ]
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or all(
        libc.syscall(seccomp_number, _SET_MODE_FILTER, flags, whole) for flags in _FLAGS
    ):
        reason = os.strerror(ctypes.get_errno())
        _log.info("the network cannot be refused by the kernel: %s", reason)
        return False
    return True


def _program(
    architecture: int,
    socket_number: int,
    answer: int = _REFUSE,
    allowed: int = _AF_UNIX,
) -> bytes:
    """Return the filter: jumps count instructions from the next one on."""
    lines = (
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, 6, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_BIT, 4, 0, _X32),
        (_EQUAL, 4, 0, _IO_URING_SETUP),
        (_EQUAL, 0, 4, socket_number),
        (_LOAD, 0, 0, _FIRST),
        (_EQUAL, 2, 0, allowed),
        (_RETURN, 0, 0, answer),
        (_RETURN, 0, 0, _NOT_THERE),
        (_RETURN, 0, 0, _ALLOW),
    )
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def is_shut(process: int) -> bool:
    """Tell whether the kernel refuses a running process the network."""
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii", "replace")
    except OSError:
        return False
    return "\nSeccomp:\t2\n" in status
