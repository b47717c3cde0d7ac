"""The frames between parent and child.

A frame is one byte of kind, eight bytes of request number (big endian), then the
body: `ASK`, `VALUE` hold an encoded message, `FAIL` an error as JSON, `CANCEL`, `END`
nothing. `FILE` has nothing either; an open file follows it on the same connection
(`multiprocessing.reduction`), which belongs to the `ASK` of the same number.
"""

from __future__ import annotations

import enum
import struct

_HEADER = struct.Struct(">BQ")


class Frame(enum.IntEnum):
    """What a frame says."""

    ASK = 1
    CANCEL = 2
    VALUE = 3
    FAIL = 4
    END = 5
    QUIT = 6
    FILE = 7


def pack(kind: Frame, number: int, body: bytes = b"") -> bytes:
    """Return a frame as bytes."""
    return _HEADER.pack(kind, number) + body


def unpack(data: bytes) -> tuple[Frame, int, bytes]:
    """Return kind, request number and body of a frame."""
    kind, number = _HEADER.unpack_from(data)
    return Frame(kind), number, data[_HEADER.size :]
