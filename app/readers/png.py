"""Pixels become a PNG file, without a library (RFC 2083)."""

from __future__ import annotations

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LEVEL = 4


def encode_png(rgb: bytes, width_px: int, height_px: int, stride: int) -> bytes:
    """Return a PNG of 8-bit RGB rows that are `stride` bytes apart."""
    rows = (
        b"\0" + rgb[y * stride : y * stride + 3 * width_px] for y in range(height_px)
    )
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(rows), _LEVEL)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
