"""Which glyphs of a PDF page nobody can see.

White on white, smaller than a point, drawn without ink or fully transparent, or off
the page: such text is where orders to a model hide, so it is no part of a document.
The layer of text that lies unseen over a page-filling scan is no such thing.

Light text is looked for on a picture of the page: a white heading on a dark bar is
seen well.
"""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref, c_int, c_uint, c_void_p, cast
from dataclasses import dataclass
from math import hypot
from typing import Any

from pypdfium2 import raw

_TINY_PT = 1.0
_OPAQUE_FROM = 13
_LIGHT_FROM = 0xE8
_CONTRAST = 24
_SEEN_SHARE = 0.2
_LOOK_PX = 1200
_FILLS_PAGE = 0.5
_FILL, _STROKE, _FILL_STROKE, _UNSEEN = 0, 1, 2, 3
_CLIPS_ONLY = 7


@dataclass(frozen=True, slots=True)
class _Run:
    """Glyphs `first`..`last` that one text object draws."""

    object: Any
    first: int
    last: int


def hidden_glyphs(page: Any, textpage: Any, count: int) -> list[int]:
    """Return the indices of glyphs that nobody can see."""
    look = _Look(page, textpage.raw)
    found: list[int] = []
    for run in _runs(textpage.raw, count):
        if look.is_hidden(run):
            found += range(run.first, run.last + 1)
    return found


def picture_share(page: Any) -> float:
    """Return how much of a page its pictures cover, from 0 to 1."""
    left, bottom, right, top = page.get_bbox()
    area = max((right - left) * (top - bottom), 1.0)
    covered = 0.0
    for picture in page.get_objects([raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        x0, y0, x1, y1 = picture.get_bounds()
        width = min(x1, right) - max(x0, left)
        height = min(y1, top) - max(y0, bottom)
        covered += max(0.0, width) * max(0.0, height)
    return float(min(1.0, covered / area))


def _runs(text: Any, count: int) -> Iterator[_Run]:
    """Yield the text objects in the order of their glyphs, spaces between left out.

    The glyphs of an object follow each other: not every one is asked whose it is.
    """
    first = 0
    while first < count:
        object_, address = _object_at(text, first)
        last = first
        if address is not None:
            last = _last_of(text, address, first, count)
            yield _Run(object_, first, last)
        first = last + 1


def _object_at(text: Any, index: int) -> tuple[Any, int | None]:
    found = raw.FPDFText_GetTextObject(text, index)
    return found, cast(found, c_void_p).value


def _last_of(text: Any, address: int, first: int, count: int) -> int:
    """Return the last glyph of the object that draws `first`, by doubling steps."""
    known, step = first, 1
    while known + step < count and _object_at(text, known + step)[1] == address:
        known += step
        step *= 2
    beyond = min(known + step, count)
    while beyond - known > 1:
        middle = (known + beyond) // 2
        if _object_at(text, middle)[1] == address:
            known = middle
        else:
            beyond = middle
    return known


class _Look:
    """Looks at the text of one page; what is asked twice is kept."""

    def __init__(self, page: Any, text: Any) -> None:
        self._page = page
        self._text = text
        self._visible = page.get_bbox()
        self._picture: tuple[bytes, int, int, int] | None = None
        self._is_scan: bool | None = None

    def is_hidden(self, run: _Run) -> bool:
        mode = raw.FPDFTextObj_GetTextRenderMode(run.object)
        if mode in (_UNSEEN, _CLIPS_ONLY):
            return not self._fills_picture()
        if self._size(run) < _TINY_PT or self._is_off_page(run):
            return True
        if mode not in (_FILL, _FILL_STROKE):
            return False
        *colour, alpha = self._colour(run.first)
        if alpha < _OPAQUE_FROM:
            return bool(mode == _FILL)
        return min(colour) >= _LIGHT_FROM and not self._stands_out(run, min(colour))

    def _fills_picture(self) -> bool:
        if self._is_scan is None:
            self._is_scan = picture_share(self._page) >= _FILLS_PAGE
        return self._is_scan

    def _size(self, run: _Run) -> float:
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self._text, run.first, byref(matrix))
        scale = hypot(matrix.c, matrix.d) or 1.0
        return float(raw.FPDFText_GetFontSize(self._text, run.first)) * scale

    def _colour(self, index: int) -> tuple[int, int, int, int]:
        parts = [c_uint(0) for _ in range(4)]
        if not raw.FPDFText_GetFillColor(self._text, index, *map(byref, parts)):
            return 0, 0, 0, 255
        red, green, blue, alpha = (part.value for part in parts)
        return red, green, blue, alpha

    def _is_off_page(self, run: _Run) -> bool:
        """Tell whether beginning and end of a run lie on the same side of the page."""
        left, bottom, right, top = self._visible
        ends = (self._box(run.first), self._box(run.last))
        if any(box.left >= box.right or box.bottom >= box.top for box in ends):
            return False
        return (
            all(box.right <= left for box in ends)
            or all(box.left >= right for box in ends)
            or all(box.top <= bottom for box in ends)
            or all(box.bottom >= top for box in ends)
        )

    def _box(self, index: int) -> Any:
        box = raw.FS_RECTF()
        raw.FPDFText_GetLooseCharBox(self._text, index, byref(box))
        return box

    def _stands_out(self, run: _Run, light: int) -> bool:
        """Tell whether what is drawn around a light text is darker than the text."""
        grey, width, height, stride = self._drawn()
        corners = []
        for box in (self._box(run.first), self._box(run.last)):
            for x, y in ((box.left, box.bottom), (box.right, box.top)):
                across, down = c_int(), c_int()
                raw.FPDF_PageToDevice(
                    self._page.raw, 0, 0, width, height, 0, x, y,
                    byref(across), byref(down),
                )  # fmt: skip
                corners.append((across.value, down.value))
        xs, ys = zip(*corners, strict=True)
        left, right = max(0, min(xs)), min(width, max(xs) + 1)
        rows = range(max(0, min(ys)), min(height, max(ys) + 1))
        dark = bytes(value < light - _CONTRAST for value in range(256))
        seen = sum(
            grey[y * stride + left : y * stride + right].translate(dark).count(1)
            for y in rows
        )
        area = max(1, (right - left) * len(rows))
        return bool(seen > _SEEN_SHARE * area)

    def _drawn(self) -> tuple[bytes, int, int, int]:
        if self._picture is None:
            scale = _LOOK_PX / max(*self._page.get_size(), 1.0)
            bitmap = self._page.render(scale=scale, grayscale=True)
            try:
                self._picture = (
                    bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride,
                )  # fmt: skip
            finally:
                bitmap.close()
        return self._picture
