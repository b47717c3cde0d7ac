"""The glyphs of one PDF page, measured by PDFium; those that nobody sees are left out."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from ctypes import byref, c_double, c_int, create_string_buffer
from typing import Any

from pypdfium2 import raw

from app.invisible import hides_text
from app.readers.pdf_hidden import hidden_glyphs
from app.readers.pdf_page import Metrics
from app.values.documents import Box

_DEVICE = 1_000_000
_LEFT_OUT = 0


_SAMPLES = 24


def textpage_of(page: Any) -> Any:
    """Return the glyphs of a page in the order in which its text is read.

    PDFium orders lines as the page lies. Where most text lies another way, as on a
    table that was printed sideways, the page is turned while PDFium looks at it.
    """
    textpage = page.get_textpage()
    lies = page.get_rotation()
    runs = 90 * _usual_turn(textpage, lies // 90)
    if runs == lies:
        return textpage
    textpage.close()
    page.set_rotation(runs)
    try:
        return page.get_textpage()
    finally:
        page.set_rotation(lies)


def _usual_turn(textpage: Any, otherwise: int) -> int:
    """Return the quarter turns to the left of most of the text, if there is any."""
    count = textpage.count_chars()
    step = max(1, count // _SAMPLES)
    turns = Counter(
        _turn_of(textpage.raw, index)
        for index in range(0, count, step)
        if raw.FPDFText_GetUnicode(textpage.raw, index) > ord(" ")
    )
    return turns.most_common(1)[0][0] if turns else otherwise


def _turn_of(text: Any, index: int) -> int:
    angle = float(raw.FPDFText_GetCharAngle(text, index))
    return round(angle / (math.pi / 2)) % 4


class PdfiumGlyphs:
    """The glyphs of one open page, as `page_text` wants them."""

    def __init__(self, page: Any, textpage: Any) -> None:
        self._page = page
        self._text = textpage.raw
        count = max(0, textpage.count_chars())
        codes = [raw.FPDFText_GetUnicode(self._text, i) for i in range(count)]
        hidden = hidden_glyphs(page, textpage, count)
        self.has_hidden = any(_is_ink(codes[index]) for index in hidden)
        for index in hidden:
            codes[index] = _LEFT_OUT
        self.codes: Sequence[int] = codes

    def has_invisible(self) -> bool:
        """Tell whether characters without a shape may carry a message."""
        return max(self.codes, default=0) > _FIRST_ODD and hides_text(
            "".join(chr(min(code, _LAST)) for code in self.codes)
        )

    def is_hyphen(self, index: int) -> bool:
        """Tell whether a glyph is a hyphen that only the line end made necessary."""
        return bool(raw.FPDFText_IsHyphen(self._text, index) == 1)

    def measure(self, index: int) -> Metrics:
        """Measure a glyph in the direction in which its text runs."""
        x, y = c_double(), c_double()
        raw.FPDFText_GetCharOrigin(self._text, index, byref(x), byref(y))
        box = self.box(index)
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self._text, index, byref(matrix))
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        turn = _turn_of(self._text, index)
        left, right, down = _turned(box, (x.value, y.value), turn)
        size = raw.FPDFText_GetFontSize(self._text, index) * scale
        return Metrics(left, right, down, size, self._is_bold(index))

    def box(self, index: int) -> tuple[float, float, float, float]:
        """Return left, bottom, right and top of a glyph's cell on the page."""
        rectangle = raw.FS_RECTF()
        raw.FPDFText_GetLooseCharBox(self._text, index, byref(rectangle))
        return rectangle.left, rectangle.bottom, rectangle.right, rectangle.top

    def on_picture(self, index: int) -> Box | None:
        """Return a glyph's cell as drawn; None where it lies outside the page."""
        return self.drawn(*self.box(index))

    def drawn(self, left: float, bottom: float, right: float, top: float) -> Box | None:
        """Return a rectangle of the page as drawn, rotation and crop box applied.

        None where it has no area or lies outside the visible page.
        """
        corners = (self._on_device(left, bottom), self._on_device(right, top))
        xs, ys = zip(*corners, strict=True)
        box = Box(
            max(0.0, min(xs)), max(0.0, min(ys)), min(1.0, max(xs)), min(1.0, max(ys))
        )
        return box if box.left < box.right and box.top < box.bottom else None

    def _on_device(self, x: float, y: float) -> tuple[float, float]:
        across, down = c_int(), c_int()
        raw.FPDF_PageToDevice(
            self._page.raw, 0, 0, _DEVICE, _DEVICE, 0, x, y, byref(across), byref(down)
        )
        return across.value / _DEVICE, down.value / _DEVICE

    def _is_bold(self, index: int) -> bool:
        if raw.FPDFText_GetFontWeight(self._text, index) >= _BOLD_WEIGHT:
            return True
        name = create_string_buffer(128)
        raw.FPDFText_GetFontInfo(self._text, index, name, len(name), byref(c_int()))
        return bool(_BOLD_NAME.search(name.value))


def _is_ink(code: int) -> bool:
    return code > 32 and not chr(min(code, _LAST)).isspace()


_FIRST_ODD, _LAST = 0x2000, 0x10FFFF
_BOLD_WEIGHT = 600
_BOLD_NAME = re.compile(rb"bold|black|heavy|demi|cmbx|sfbx", re.IGNORECASE)


def _turned(
    box: tuple[float, float, float, float], origin: tuple[float, float], turn: int
) -> tuple[float, float, float]:
    """Return left, right and down of a glyph after `turn` quarter turns of its text."""
    left, bottom, right, top = box
    x, y = origin
    match turn:
        case 0:
            return left, right, -y
        case 1:
            return bottom, top, x
        case 2:
            return -right, -left, y
        case _:
            return -top, -bottom, -x
