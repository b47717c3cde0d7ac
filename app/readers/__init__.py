"""Files become text: one reader for each format, all behind one function.

    file ── recognise (first bytes, then name) ── reader ── ExtractedDocument

`pdf` owns PDFium, `pdf_pypdf` pypdf, `ocr` Tesseract, `images` Pillow, `docx`
python-docx, `html` selectolax and `encoding` charset-normalizer; `odt` and `text` need
only Python. A reader opens nothing but its
file, resolves no reference in it and writes nothing. Whatever is wrong with a file is
a DocumentError with a sentence; the other files of a folder are not affected.

Invariant: offsets point into `ExtractedDocument.text`, and for text files that text is
the file itself; kept by `tests/readers`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.readers.failures import failure
from app.readers.formats import SUFFIXES, recognise
from app.readers.ocr import is_available as can_recognise
from app.readers.scans import Heartbeat, silent
from app.values.documents import ExtractedDocument, PagePicture
from app.values.ports import Reader

__all__ = [
    "SUFFIXES",
    "Heartbeat",
    "can_recognise",
    "is_supported",
    "page_picture",
    "read_document",
]


def is_supported(path: Path) -> bool:
    """Tell by its name whether a file is worth trying."""
    return path.suffix.lower() in SUFFIXES


def read_document(path: Path, heartbeat: Heartbeat = silent) -> ExtractedDocument:
    """Read any supported file as what its content says it is.

    Where the name claims another format, `warnings` holds "mislabelled". `heartbeat`
    is called between pages whose text is recognised, which takes seconds for each; it
    may wait, and what it raises ends the reading. Raises DocumentError when there is
    nothing to read.
    """
    kind, mislabelled = recognise(path)
    document = _reader(kind, heartbeat).read(path)
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
    """Draw page `number` of a PDF or picture file with `document.text[start:end]` marked on it.

    `document` is what `read_document` returned for this file; a passage that runs over
    two pages is marked on each of them.
    """
    if document.format == "image":
        from app.readers import images

        return images.page_picture(path, document, number, width_px, start, end)
    from app.readers import pdf

    return pdf.page_picture(path, document, number, width_px, start, end)


def _reader(kind: str, heartbeat: Heartbeat) -> Reader:
    """Return the reader called `kind`; only then is its library loaded."""
    match kind:
        case "pdf":
            from app.readers.pdf import PdfReader

            return PdfReader(heartbeat)
        case "image":
            from app.readers.images import ImageReader

            return ImageReader(heartbeat)
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
