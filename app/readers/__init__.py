"""Files become text: one reader for each format, all behind one function.

    file ── recognise (first bytes, then name) ── reader ── ExtractedDocument

`pdf` owns PDFium and pypdf, `docx` python-docx, `html` selectolax and `encoding`
charset-normalizer; `odt` and `text` need only Python. A reader opens nothing but its
file, resolves no reference in it and writes nothing. Whatever is wrong with a file is
a DocumentError with a sentence; the other files of a folder are not affected.

Invariant: offsets point into `ExtractedDocument.text`, and for text files that text is
the file itself; kept by `tests/readers`.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from app.readers.failures import failure
from app.readers.formats import SUFFIXES, recognise
from app.readers.progress import Progress, listening, unheard
from app.values.documents import ExtractedDocument, PagePicture
from app.values.ports import Reader

# PDFium must not be entered by two threads; a page waits for the file being read.
_one_at_a_time = threading.Lock()

__all__ = ["SUFFIXES", "is_supported", "page_picture", "read_document"]


def is_supported(path: Path) -> bool:
    """Tell by its name whether a file is worth trying."""
    return path.suffix.lower() in SUFFIXES


def read_document(path: Path, progress: Progress = unheard) -> ExtractedDocument:
    """Read any supported file as what its content says it is.

    `progress` gets (done, total) after each page or the like; see `progress.py`. Where the name claims another format, `warnings` holds "mislabelled". Raises
    DocumentError when there is nothing to read.
    """
    kind, mislabelled = recognise(path)
    with _one_at_a_time, listening(progress):
        document = _reader(kind).read(path)
    if not document.text.strip():
        raise failure("empty", path)
    if mislabelled:
        document = replace(document, warnings=(*document.warnings, "mislabelled"))
    return document


def page_picture(
    path: Path,
    document: ExtractedDocument,
    number: int,
    width_px: int,
    start: int,
    end: int,
) -> PagePicture:
    """Draw page `number` of a PDF with `document.text[start:end]` marked on it.

    `document` is what `read_document` returned for this file; a passage that runs over
    two pages is marked on each of them.
    """
    from app.readers import pdf

    with _one_at_a_time:
        return pdf.page_picture(path, document, number, width_px, start, end)


def _reader(kind: str) -> Reader:
    """Return the reader called `kind`; only then is its library loaded."""
    match kind:
        case "pdf":
            from app.readers.pdf import PdfReader

            return PdfReader()
        case "docx":
            from app.readers.docx import DocxReader

            return DocxReader()
        case "odt":
            from app.readers.odt import OdtReader

            return OdtReader()
        case "html":
            from app.readers.html import HtmlReader

            return HtmlReader()
        case _:
            from app.readers.text import TextReader

            return TextReader()
