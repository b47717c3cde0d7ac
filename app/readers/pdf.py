"""PDF: text by PDFium, a second opinion by pypdf, and pictures of marked pages.

Owner of pypdfium2 and pypdf. PDFium is not safe for threads: one process reads one
file at a time.

Invariant: `page_text` alone decides how the glyphs of a page become text, for reading
and for marking, and keeps the glyph of every character. Heads and feet are cut only
at the ends of that text, so a page of a document is always one slice of it; kept by
`tests/readers/test_pdf_marks.py`.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ctypes import byref, c_double, c_int, create_string_buffer
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2
from pypdf.errors import FileNotDecryptedError, WrongPasswordError
from pypdfium2 import raw

from app.errors import DocumentError
from app.readers.failures import failure, page_gone, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.pdf_document import assembled, by_line
from app.readers.pdf_page import INSERTED, Metrics, PageText, page_text, tidy
from app.readers.png import encode_png
from app.readers.progress import step
from app.values.documents import Box, ExtractedDocument, PagePicture

MAX_PAGES = 10_000
MAX_PIXELS = 16_000_000
MAX_OUTLINE = 5_000
_PASSWORD_ERRORS = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
_SECOND_OPINIONS = 5
_DEVICE = 1_000_000


class PdfReader:
    """Reads PDF files page by page."""

    name = "pdf"
    suffixes = SUFFIXES_OF["pdf"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; scans and files with a password raise DocumentError."""
        try:
            with _opened(path) as pdf:
                return _read_by_pdfium(path, pdf)
        except _Damaged:
            return _read_by_pypdf(path)


class _Damaged(Exception):
    """PDFium cannot open the file; pypdf may."""


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a PDF with PDFium; raises _Damaged where pypdf may still help."""
    with reading(path, pypdfium2.PdfiumError):
        try:
            pdf = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            if error.err_code in _PASSWORD_ERRORS and _names_encryption(path):
                raise failure("encrypted", path) from error
            raise _Damaged from error
        try:
            if len(pdf) > MAX_PAGES:
                raise failure("too_big", path)
            yield pdf
        finally:
            pdf.close()


def _names_encryption(path: Path) -> bool:
    """Tell whether the file says itself that it is encrypted.

    For a file without pages PDFium reports the error of the file before.
    """
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        return data.find(b"/Encrypt") >= 0


def _read_by_pdfium(path: Path, pdf: Any) -> ExtractedDocument:
    texts: list[PageText] = []
    blank: list[int] = []
    for index in range(len(pdf)):
        texts.append(_text_of(pdf, index))
        if not texts[-1].text:
            blank.append(index)
        step(index + 1, len(pdf))
    with_pictures = [index for index in blank if _has_pictures(pdf, index)]
    seconds = _second_opinion(path, [i for i in blank if i not in set(with_pictures)])
    warnings = ("no_text",) if with_pictures else ()
    outline = list(_outline(pdf))
    title = pdf.get_metadata_value("Title")
    document = assembled(texts, seconds, outline, title, warnings)
    if not document.text.strip():
        raise failure("no_text" if with_pictures else "empty", path)
    return document


def _text_of(pdf: Any, index: int) -> PageText:
    """Return the text of a page; a page that PDFium cannot load has none."""
    try:
        with _page(pdf, index) as (page, textpage):
            return page_text(_PdfiumGlyphs(page, textpage))
    except pypdfium2.PdfiumError:
        return PageText()


@contextmanager
def _page(pdf: Any, index: int) -> Iterator[tuple[Any, Any]]:
    page = pdf[index]
    try:
        textpage = page.get_textpage()
        try:
            yield page, textpage
        finally:
            textpage.close()
    finally:
        page.close()


def _has_pictures(pdf: Any, index: int) -> bool:
    """Tell whether something is drawn on a page: an image, or letters as outlines."""
    try:
        page = pdf[index]
        try:
            return next(page.get_objects(max_depth=3), None) is not None
        finally:
            page.close()
    except pypdfium2.PdfiumError:
        return False


def _outline(pdf: Any) -> Iterator[tuple[int, int, str]]:
    """Yield level, page index and title of the outline's entries."""
    for bookmark in islice(pdf.get_toc(max_depth=6), MAX_OUTLINE):
        destination = bookmark.get_dest()
        index = destination.get_index() if destination else None
        if index is not None:
            yield bookmark.level + 1, index, bookmark.get_title()


class _PdfiumGlyphs:
    """The glyphs of one open page, as `page_text` wants them."""

    def __init__(self, page: Any, textpage: Any) -> None:
        self._page = page
        self._text = textpage.raw
        count = max(0, textpage.count_chars())
        self.codes: Sequence[int] = [
            raw.FPDFText_GetUnicode(self._text, i) for i in range(count)
        ]

    def is_hyphen(self, index: int) -> bool:
        return bool(raw.FPDFText_IsHyphen(self._text, index) == 1)

    def measure(self, index: int) -> Metrics:
        """Measure a glyph in the direction in which its text runs."""
        x, y = c_double(), c_double()
        raw.FPDFText_GetCharOrigin(self._text, index, byref(x), byref(y))
        box = self.box(index)
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self._text, index, byref(matrix))
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        turn = round(raw.FPDFText_GetCharAngle(self._text, index) / (math.pi / 2)) % 4
        left, right, down = _turned(box, (x.value, y.value), turn)
        size = raw.FPDFText_GetFontSize(self._text, index) * scale
        return Metrics(left, right, down, size, self._is_bold(index))

    def box(self, index: int) -> tuple[float, float, float, float]:
        """Return left, bottom, right and top of a glyph's cell on the page."""
        rectangle = raw.FS_RECTF()
        raw.FPDFText_GetLooseCharBox(self._text, index, byref(rectangle))
        return rectangle.left, rectangle.bottom, rectangle.right, rectangle.top

    def on_picture(self, index: int) -> Box | None:
        """Return a glyph's cell as drawn, rotation and crop box applied.

        None where it has no area or lies outside the visible page.
        """
        left, bottom, right, top = self.box(index)
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


def page_picture(
    path: Path,
    document: ExtractedDocument,
    number: int,
    width_px: int,
    start: int,
    end: int,
) -> PagePicture:
    """Draw page `number` (from 1) and mark `document.text[start:end]` on it.

    There are no marks where the file has changed since it was read, and none on pages
    that only pypdf could read.
    """
    try:
        with _opened(path) as pdf:
            if not 1 <= number <= len(pdf):
                raise page_gone(path, number)
            with _page(pdf, number - 1) as (page, textpage):
                png, width_px, height_px = _drawn(page, width_px)
                marks = _marks(
                    _PdfiumGlyphs(page, textpage), document, number, start, end
                )
            return PagePicture(number, len(pdf), png, width_px, height_px, marks)
    except _Damaged as error:
        raise failure("unreadable", path) from error


def _drawn(page: Any, width_px: int) -> tuple[bytes, int, int]:
    """Return a PNG of the page and its size in pixels, at most MAX_PIXELS."""
    width, height = page.get_size()
    width, height = max(width, 1.0), max(height, 1.0)
    scale = max(width_px, 1) / width
    scale = min(scale, math.sqrt(MAX_PIXELS / (width * height)))
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
    try:
        png = encode_png(
            bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride
        )
        return png, bitmap.width, bitmap.height
    finally:
        bitmap.close()


def _marks(
    glyphs: _PdfiumGlyphs,
    document: ExtractedDocument,
    number: int,
    start: int,
    end: int,
) -> tuple[Box, ...]:
    page = next((page for page in document.pages if page.number == number), None)
    if page is None:
        return ()
    start, end = max(start, page.start), min(end, page.end)
    text = page_text(glyphs)
    offset = text.text.find(document.text[page.start : page.end])
    if start >= end or offset < 0:
        return ()
    shift = offset - page.start
    marked = text.glyphs[start + shift : end + shift]
    boxes = (glyphs.on_picture(glyph) for glyph in marked if glyph != INSERTED)
    return tuple(by_line(box for box in boxes if box))


def _read_by_pypdf(path: Path) -> ExtractedDocument:
    """Read a whole file that PDFium cannot open."""
    with reading(path, _PypdfFailed), _pypdf_reader(path) as reader:
        count = len(reader.pages)
        if count > MAX_PAGES:
            raise failure("too_big", path)
        texts = {i: tidy(page.extract_text()) for i, page in enumerate(reader.pages)}
    document = assembled([PageText()] * count, texts, (), "", ())
    if not document.text.strip():
        raise failure("empty" if not count else "unreadable", path)
    return document


def _second_opinion(path: Path, indices: Sequence[int]) -> dict[int, str]:
    """Return what pypdf reads on pages where PDFium finds nothing at all."""
    texts: dict[int, str] = {}
    if not indices:
        return texts
    try:
        with _pypdf_reader(path) as reader:
            for asked, index in enumerate(indices):
                if asked >= _SECOND_OPINIONS and not any(texts.values()):
                    break
                texts[index] = tidy(reader.pages[index].extract_text())
    except _PypdfFailed:
        pass
    return texts


class _PypdfFailed(Exception):
    """pypdf cannot read the file or one of its pages."""


@contextmanager
def _pypdf_reader(path: Path) -> Iterator[pypdf.PdfReader]:
    """Open a PDF with pypdf, which then starts no program and writes no log.

    Damaged files make pypdf raise almost anything (its documentation says so); every
    exception becomes _PypdfFailed, a password a DocumentError.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    with path.open("rb") as file:
        try:
            with pypdf.apply_configuration(jbig2dec_binary=None):
                yield pypdf.PdfReader(file)
        except (FileNotDecryptedError, WrongPasswordError) as error:
            raise failure("encrypted", path) from error
        except DocumentError:
            raise
        except Exception as error:
            raise _PypdfFailed from error
