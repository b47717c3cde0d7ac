"""A first look at a PDF page: its text, and whether that is the text one sees.

Pages whose text is missing or garbage are to be recognised; fields and comments are
only noticed here, because reading them takes much longer.
"""

from __future__ import annotations

import re
from ctypes import POINTER, cast, create_string_buffer
from dataclasses import dataclass
from typing import Any

from pypdfium2 import raw

from app.readers.pdf_glyphs import PdfiumGlyphs
from app.readers.pdf_hidden import picture_share
from app.readers.pdf_page import PageText, page_text

_FEW_CHARACTERS = 20
_FILLS_PAGE = 0.5
_GARBAGE_SHARE = 0.3
_LETTERS_TELL = 80
_LEAST_VOWELS = 0.12
_LATIN = re.compile("[a-zß-öø-ÿ]", re.IGNORECASE)
_VOWEL = re.compile("[aeiouyà-æè-ïò-öø-ýÿ]", re.IGNORECASE)
_ODD_SYMBOL = re.compile(r"[!\"#$%&*+<=>@\[\\\]^`{|}~\ufffd]")
_MAX_ATTACHMENTS = 200
_NO_NOTES = frozenset((
    raw.FPDF_ANNOT_UNKNOWN, raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP,
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What a first look tells about a page.

    `is_scan`: it has to be recognised; `is_blank`: nothing is drawn on it at all, so
    that a second library is asked; `has_notes`: there are fields or comments.
    """

    text: PageText
    is_scan: bool = False
    is_blank: bool = False
    has_notes: bool = False
    has_hidden: bool = False
    has_invisible: bool = False


def look_at(page: Any, textpage: Any) -> Seen:
    """Look at an open page."""
    glyphs = PdfiumGlyphs(page, textpage)
    text = page_text(glyphs)
    is_drawn = bool(text.text) or next(page.get_objects(max_depth=3), None) is not None
    return Seen(
        text=text,
        is_scan=is_drawn and _needs_recognition(page, text.text),
        is_blank=not is_drawn,
        has_notes=_has_notes(page),
        has_hidden=glyphs.has_hidden,
        has_invisible=glyphs.has_invisible(),
    )


def _needs_recognition(page: Any, text: str) -> bool:
    if not text:
        return True
    if len(text) < _FEW_CHARACTERS:
        return picture_share(page) >= _FILLS_PAGE
    return is_garbage(text)


def is_garbage(text: str) -> bool:
    """Tell whether a text consists of signs or letters that no language puts so.

    Fonts without a table of their characters give such texts, and bad recognition.
    """
    characters = len("".join(text.split()))
    odd = len(_ODD_SYMBOL.findall(text))
    if characters >= _FEW_CHARACTERS and odd > _GARBAGE_SHARE * characters:
        return True
    letters = len(_LATIN.findall(text))
    vowels = len(_VOWEL.findall(text))
    return letters >= _LETTERS_TELL and vowels < _LEAST_VOWELS * letters


def _has_notes(page: Any) -> bool:
    for index in range(raw.FPDFPage_GetAnnotCount(page.raw)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind not in _NO_NOTES:
            return True
    return False


def attachment_names(pdf: Any) -> list[str]:
    """Return the names of the files that a PDF carries."""
    names: list[str] = []
    count = min(raw.FPDFDoc_GetAttachmentCount(pdf.raw), _MAX_ATTACHMENTS)
    for index in range(count):
        attachment = raw.FPDFDoc_GetAttachment(pdf.raw, index)
        if not attachment:
            continue
        size = raw.FPDFAttachment_GetName(attachment, None, 0)
        buffer = create_string_buffer(max(2, size))
        wide = cast(buffer, POINTER(raw.FPDF_WCHAR))
        raw.FPDFAttachment_GetName(attachment, wide, size)
        name = buffer.raw[: max(0, size - 2)].decode("utf-16-le", "replace")
        if name := " ".join(name.split()):
            names.append(name)
    return names
