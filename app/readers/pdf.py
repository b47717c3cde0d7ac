"""PDF: text by PDFium, of scanned pages by recognition, and pictures of marked pages.

With its neighbours `pdf_glyphs` and `pdf_hidden` the owner of pypdfium2; `pdf_pypdf`
owns pypdf. PDFium is not safe for threads: whoever uses it holds `_pdfium`, page by
page, so that a source can be looked at while a long scan is being recognised.

Invariant: `page_text` alone decides how the glyphs of a page become text, for reading
and for marking, and keeps the glyph of every character. Heads and feet are cut only
at the ends of that text, so a page of a document is always one slice of it; kept by
`tests/readers/test_pdf_marks.py`.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import pypdfium2
from pypdfium2 import raw

from app.readers import ocr, pdf_pypdf
from app.readers.failures import failure, page_gone, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.ocr import Raster
from app.readers.opening import is_handed, open_file
from app.readers.pdf_document import (
    NOWHERE,
    Sheet,
    assembled,
    by_line,
    marked_boxes,
    placed_on,
)
from app.readers.pdf_glyphs import PdfiumGlyphs, textpage_of
from app.readers.pdf_look import Seen, attachment_names, look_at
from app.readers.pdf_page import INSERTED, PageText, page_text, tidy
from app.readers.png import encode_png
from app.readers.progress import step
from app.readers.scans import recognise_all
from app.values.documents import Box, ExtractedDocument, Page, PagePicture

MAX_PAGES = 10_000
MAX_PIXELS = 16_000_000
MAX_OUTLINE = 5_000
_SCAN_DPI = 300
_MAX_SCAN_PIXELS = 25_000_000
_PASSWORD_ERRORS = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
_pdfium = threading.RLock()


class PdfReader:
    """Reads PDF files page by page."""

    name = "pdf"
    suffixes = SUFFIXES_OF["pdf"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; unreadable scans and files with a password raise DocumentError."""
        try:
            with _opened(path) as pdf:
                return _Reading(path, pdf).document()
        except _Damaged:
            return _read_by_pypdf(path)


class _Damaged(Exception):
    """PDFium cannot open the file; pypdf may."""


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a PDF with PDFium; raises _Damaged where pypdf may still help."""
    with reading(path, pypdfium2.PdfiumError):
        try:
            with _pdfium:
                pdf = (
                    pypdfium2.PdfDocument(open_file(path), autoclose=True)
                    if is_handed(path)
                    else pypdfium2.PdfDocument(path)
                )
        except pypdfium2.PdfiumError as error:
            if error.err_code in _PASSWORD_ERRORS and _names_encryption(path):
                raise failure("encrypted", path) from error
            raise _Damaged from error
        try:
            if len(pdf) > MAX_PAGES:
                raise failure("too_big", path)
            yield pdf
        finally:
            with _pdfium:
                pdf.close()


def _names_encryption(path: Path) -> bool:
    """Tell whether the file says itself that it is encrypted.

    For a file without pages PDFium reports the error of the file before.
    """
    with open_file(path) as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        return data.find(b"/Encrypt") >= 0


class _Reading:
    """One PDF while its pages become sheets."""

    def __init__(self, path: Path, pdf: Any) -> None:
        self._path = path
        self._pdf = pdf
        self._warnings: dict[str, None] = {}

    def document(self) -> ExtractedDocument:
        """Look at every page, recognise the scanned ones, and join them all."""
        seen = [self._look(index) for index in range(len(self._pdf))]
        with _pdfium:
            outline = list(_outline(self._pdf))
            title = self._pdf.get_metadata_value("Title")
        sheets = [Sheet(page.text) for page in seen]
        scans = [index for index, page in enumerate(seen) if page.is_scan]
        blank = [i for i, page in enumerate(seen) if page.is_blank]
        for index, text in pdf_pypdf.second_opinion(self._path, blank).items():
            sheets[index] = replace(sheets[index], second=text)
        self._recognise(scans, sheets)
        self._add_notes([i for i, page in enumerate(seen) if page.has_notes], sheets)
        for page in seen:
            self._warn("hidden_text", page.has_hidden)
            self._warn("invisible_characters", page.has_invisible)
        document = assembled(sheets, outline, title, "pdf", tuple(self._warnings))
        if not document.text.strip():
            raise failure(_why_empty(scans), self._path)
        return document

    def _warn(self, word: str, condition: bool) -> None:
        if condition:
            self._warnings[word] = None

    def _look(self, index: int) -> Seen:
        """Look at a page; one that PDFium cannot load has no text."""
        step(index, len(self._pdf))
        try:
            with _page(self._pdf, index) as (page, textpage):
                return look_at(page, textpage)
        except pypdfium2.PdfiumError:
            return Seen(PageText(), is_blank=True)

    def _recognise(self, scans: list[int], sheets: list[Sheet]) -> None:
        """Put what is recognised in the place of pages without usable text."""
        if scans and not ocr.is_available():
            self._warn("no_ocr", True)
            return
        unread = 0
        for index, page in recognise_all(self._rasters(scans), len(scans)):
            if _is_better(page.text.text, sheets[index].text.text):
                sheets[index] = Sheet(
                    page.text, boxes=page.boxes, confidence=page.confidence
                )
                self._warn("ocr", True)
                self._warn("ocr_weak", page.confidence < ocr.WEAK)
            else:
                unread += not sheets[index].text.text
        self._warn("no_text", bool(unread))

    def _rasters(self, indices: Sequence[int]) -> Iterator[tuple[int, Raster]]:
        """Draw pages as Tesseract likes them best."""
        for index in indices:
            try:
                with _page(self._pdf, index) as (page, _):
                    raster = _raster(page)
            except pypdfium2.PdfiumError:
                continue
            yield index, raster

    def _add_notes(self, indices: list[int], sheets: list[Sheet]) -> None:
        """Put fields, comments and the names of attachments below their pages."""
        notes, has_hidden = pdf_pypdf.notes_on(self._path, indices)
        self._warn("hidden_text", has_hidden)
        for index, found in notes.items():
            with _page(self._pdf, index) as (page, textpage):
                glyphs = PdfiumGlyphs(page, textpage)
                placed = [
                    (note.text, glyphs.drawn(*note.rectangle) or NOWHERE)
                    for note in found
                ]
            sheets[index] = replace(sheets[index], notes=placed)
        with _pdfium:
            names = attachment_names(self._pdf)
        if names and sheets:
            listed = [(f"Anhang: {name}", NOWHERE) for name in names]
            sheets[-1] = replace(sheets[-1], notes=[*sheets[-1].notes, *listed])


def _why_empty(scans: Sequence[int]) -> str:
    if not scans:
        return "empty"
    return "no_text" if ocr.is_available() else "no_ocr"


def _is_better(recognised: str, own: str) -> bool:
    """Tell whether recognition found more letters than the page's own text holds."""
    return _letters(recognised) > _letters(own)


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


@contextmanager
def _page(pdf: Any, index: int) -> Iterator[tuple[Any, Any]]:
    with _pdfium:
        page = pdf[index]
        try:
            textpage = textpage_of(page)
            try:
                yield page, textpage
            finally:
                textpage.close()
        finally:
            page.close()


def _raster(page: Any) -> Raster:
    width, height = page.get_size()
    scale = _SCAN_DPI / 72
    scale = min(scale, math.sqrt(_MAX_SCAN_PIXELS / max(width * height, 1.0)))
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        grey = bytes(bitmap.buffer)
        dpi = max(70, round(72 * scale))
        return Raster(grey, bitmap.width, bitmap.height, bitmap.stride, dpi)
    finally:
        bitmap.close()


def _outline(pdf: Any) -> Iterator[tuple[int, int, str]]:
    """Yield level, page index and title of the outline's entries."""
    for bookmark in islice(pdf.get_toc(max_depth=6), MAX_OUTLINE):
        destination = bookmark.get_dest()
        index = destination.get_index() if destination else None
        if index is not None:
            yield bookmark.level + 1, index, bookmark.get_title()


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
            with _pdfium:
                if pdf.get_formtype() != raw.FORMTYPE_NONE:
                    pdf.init_forms()
            with _page(pdf, number - 1) as (page, textpage):
                png, width_px, height_px = _drawn(page, width_px)
                marks = _marks(page, textpage, document, number, start, end)
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
    page: Any,
    textpage: Any,
    document: ExtractedDocument,
    number: int,
    start: int,
    end: int,
) -> tuple[Box, ...]:
    whole = next((page for page in document.pages if page.number == number), None)
    if whole is None:
        return ()
    start, end = max(start, whole.start), min(end, whole.end)
    if start >= end:
        return ()
    places = placed_on(document, whole)
    boxes = list(marked_boxes(places, start, end))
    if not any(one.number == number for one in document.recognised):
        printed = Page(number, whole.start, places[0].start if places else whole.end)
        glyphs = PdfiumGlyphs(page, textpage)
        boxes = [*_glyph_boxes(glyphs, document, printed, start, end), *boxes]
    return tuple(by_line(boxes))


def _glyph_boxes(
    glyphs: PdfiumGlyphs, document: ExtractedDocument, page: Page, start: int, end: int
) -> Iterator[Box]:
    """Yield the boxes of the printed part of a page that lies in `start`..`end`."""
    text = page_text(glyphs)
    offset = text.text.find(document.text[page.start : page.end].rstrip())
    if start >= page.end or offset < 0:
        return
    shift = offset - page.start
    for glyph in text.glyphs[start + shift : min(end, page.end) + shift]:
        box = glyphs.on_picture(glyph) if glyph != INSERTED else None
        if box:
            yield box


def _read_by_pypdf(path: Path) -> ExtractedDocument:
    """Read a whole file that PDFium cannot open."""
    with reading(path, pdf_pypdf.PypdfFailed), pdf_pypdf.opened(path) as reader:
        count = len(reader.pages)
        if count > MAX_PAGES:
            raise failure("too_big", path)
        texts = [tidy(page.extract_text()) for page in reader.pages]
    sheets = [Sheet(PageText(), text) for text in texts]
    document = assembled(sheets, (), "", "pdf", ())
    if not document.text.strip():
        raise failure("empty" if not count else "unreadable", path)
    return document
