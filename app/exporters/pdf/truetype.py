"""A TrueType font: which glyph a character has, how wide it is, and a small copy of it.

Read are only the tables that a PDF needs (OpenType 1.9: cmap formats 4 and 12, glyf,
head, hhea, hmtx, loca, maxp). In the copy every glyph that is not used is empty; glyphs
keep their numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path

# What a PDF needs of a font (ISO 32000-1, 9.9).
_KEPT = ("cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep")
# Flags of the parts that a composed glyph is made of.
_WORDS, _MORE, _SCALE, _TWO_SCALES, _MATRIX = 0x1, 0x20, 0x8, 0x40, 0x80


class TrueType:
    """One font file. Lengths are in thousandths of the font's size."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        count = struct.unpack_from(">H", data, 4)[0]
        self._tables: dict[str, bytes] = {}
        for number in range(count):
            tag, _, start, length = struct.unpack_from(">4sIII", data, 12 + 16 * number)
            self._tables[tag.decode("ascii")] = data[start : start + length]
        head = self._tables["head"]
        self._units: int = struct.unpack_from(">H", head, 18)[0]
        self._long_loca = struct.unpack_from(">h", head, 50)[0] == 1
        box = struct.unpack_from(">4h", head, 36)
        self.box = tuple(self._scaled(value) for value in box)
        hhea = self._tables["hhea"]
        ascent, descent = struct.unpack_from(">2h", hhea, 4)
        self.ascent, self.descent = self._scaled(ascent), self._scaled(descent)
        self._metrics: int = struct.unpack_from(">H", hhea, 34)[0]
        self.glyphs: int = struct.unpack_from(">H", self._tables["maxp"], 4)[0]

    def _scaled(self, value: int) -> int:
        return round(value * 1000 / self._units)

    def glyph(self, sign: str) -> int:
        """Return the glyph of a character, 0 where there is none."""
        return self._characters.get(ord(sign), 0)

    def width(self, glyph: int) -> int:
        """Return how far a glyph goes on."""
        place = min(glyph, self._metrics - 1)
        found = struct.unpack_from(">H", self._tables["hmtx"], 4 * place)[0]
        return self._scaled(found)

    def length(self, text: str) -> int:
        """Return how long a text is on one line."""
        return sum(self.width(self.glyph(sign)) for sign in text)

    @cached_property
    def _characters(self) -> dict[int, int]:
        cmap = self._tables["cmap"]
        count = struct.unpack_from(">H", cmap, 2)[0]
        best = (-1, 0)
        for number in range(count):
            row = struct.unpack_from(">HHI", cmap, 4 + 8 * number)
            form = struct.unpack_from(">H", cmap, row[2])[0]
            if form in (4, 12):
                best = max(best, (form, row[2]))
        form, start = best
        if form == 12:
            return _format_12(cmap, start)
        return _format_4(cmap, start) if form == 4 else {}

    # -- a copy with only what is used -------------------------------------------

    def subset(self, used: Iterable[int]) -> bytes:
        """Return a font in which only these glyphs have an outline."""
        kept = self._with_parts({0, *used})
        glyf, loca = bytearray(), bytearray(struct.pack(">I", 0))
        for glyph in range(self.glyphs):
            if glyph in kept:
                outline = self._outline(glyph)
                glyf += outline + b"\0" * (-len(outline) % 4)
            loca += struct.pack(">I", len(glyf))
        head = bytearray(self._tables["head"])
        struct.pack_into(">I", head, 8, 0)
        struct.pack_into(">h", head, 50, 1)
        new = {"glyf": bytes(glyf), "loca": bytes(loca), "head": bytes(head)}
        tables = {
            name: new.get(name, self._tables[name])
            for name in _KEPT
            if name in self._tables
        }
        return _font_file(tables)

    def _outline(self, glyph: int) -> bytes:
        loca = self._tables["loca"]
        if self._long_loca:
            start, end = struct.unpack_from(">2I", loca, 4 * glyph)
        else:
            start, end = (2 * n for n in struct.unpack_from(">2H", loca, 2 * glyph))
        return self._tables["glyf"][start:end]

    def _with_parts(self, glyphs: set[int]) -> set[int]:
        """Return glyphs with those that they are composed of."""
        found: set[int] = set()
        left = [glyph for glyph in glyphs if glyph < self.glyphs]
        while left:
            glyph = left.pop()
            if glyph not in found:
                found.add(glyph)
                left += _parts(self._outline(glyph))
        return found


def _parts(outline: bytes) -> list[int]:
    if len(outline) < 10 or struct.unpack_from(">h", outline, 0)[0] >= 0:
        return []
    found, place, flags = [], 10, _MORE
    while flags & _MORE:
        flags, glyph = struct.unpack_from(">HH", outline, place)
        found.append(glyph)
        place += 4 + (4 if flags & _WORDS else 2)
        if flags & _SCALE:
            place += 2
        elif flags & _TWO_SCALES:
            place += 4
        elif flags & _MATRIX:
            place += 8
    return found


def _format_4(cmap: bytes, start: int) -> dict[int, int]:
    double = struct.unpack_from(">H", cmap, start + 6)[0]
    count = double // 2
    ends, firsts = start + 14, start + 16 + double
    deltas, offsets = firsts + double, firsts + 2 * double
    found: dict[int, int] = {}
    for number in range(count):
        end = struct.unpack_from(">H", cmap, ends + 2 * number)[0]
        first = struct.unpack_from(">H", cmap, firsts + 2 * number)[0]
        delta = struct.unpack_from(">H", cmap, deltas + 2 * number)[0]
        here = offsets + 2 * number
        offset = struct.unpack_from(">H", cmap, here)[0]
        for code in range(first, min(end, 0xFFFE) + 1):
            if offset:
                place = here + offset + 2 * (code - first)
                glyph = struct.unpack_from(">H", cmap, place)[0]
                glyph = (glyph + delta) & 0xFFFF if glyph else 0
            else:
                glyph = (code + delta) & 0xFFFF
            if glyph:
                found[code] = glyph
    return found


def _format_12(cmap: bytes, start: int) -> dict[int, int]:
    count = struct.unpack_from(">I", cmap, start + 12)[0]
    found: dict[int, int] = {}
    for number in range(count):
        first, last, glyph = struct.unpack_from(">3I", cmap, start + 16 + 12 * number)
        for code in range(first, last + 1):
            found[code] = glyph + code - first
    return found


def _font_file(tables: dict[str, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(
        ">IHHHH",
        0x00010000,
        count,
        16 * power,
        power.bit_length() - 1,
        16 * (count - power),
    )
    start = 12 + 16 * count
    rows, body = b"", b""
    for name, data in sorted(tables.items()):
        padded = data + b"\0" * (-len(data) % 4)
        words = struct.unpack(f">{len(padded) // 4}I", padded)
        rows += struct.pack(
            ">4sIII",
            name.encode("ascii"),
            sum(words) & 0xFFFFFFFF,
            start + len(body),
            len(data),
        )
        body += padded
    return head + rows + body


@lru_cache
def font_of(path: Path) -> TrueType:
    """Return the font of a file, read once."""
    return TrueType(path.read_bytes())
