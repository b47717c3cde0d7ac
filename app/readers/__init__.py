"""Files become text: one reader for each format, all behind one function.

    file ── recognise (first bytes, then name) ── reader ── ExtractedDocument

`pdf` owns PDFium, `pdf_pypdf` pypdf, `ocr` Tesseract, `images` Pillow, `docx`
python-docx, `excel` python-calamine, `rtf` striprtf, `msg` olefile, `html` selectolax
and `encoding` charset-normalizer; the others need only Python. A reader opens nothing but its file (`opening`), resolves no reference in it and writes
nothing; only `libreoffice` lets LibreOffice, where there is one, write into a
temporary folder what old formats hold. What holds documents of
its own (archives, courses, mails) has `members`. Whatever is wrong with a file is
a DocumentError with a sentence; the other files of a folder are not affected.

Invariant: offsets point into `ExtractedDocument.text`, and for text files that text is
the file itself; kept by `tests/readers`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.readers import libreoffice as office
from app.readers.failures import failure, no_room, too_deep
from app.readers.formats import CONTAINERS, SUFFIXES, recognise
from app.readers.leftovers import sweep
from app.readers.members import (
    COPIES,
    MAX_DEPTH,
    container_reader,
    is_archive,
    may_hold_members,
    members,
    opened,
    private_copy,
    write_member,
)
from app.readers.ocr import data_folders as recognition_folders
from app.readers.ocr import is_available as can_recognise
from app.readers.ocr import worker_count as recognising_threads
from app.readers.opening import handed
from app.readers.progress import Progress, listening, unheard
from app.values.documents import ExtractedDocument, PagePicture
from app.values.ports import Reader

__all__ = [
    "MAX_DEPTH",
    "SUFFIXES",
    "can_recognise",
    "handed",
    "is_archive",
    "is_supported",
    "COPIES",
    "may_hold_members",
    "members",
    "opened",
    "page_picture",
    "no_room",
    "office",
    "private_copy",
    "write_member",
    "read_document",
    "recognising_threads",
    "recognition_folders",
    "sweep",
    "too_deep",
]


def is_supported(path: Path) -> bool:
    """Tell by its name whether a file is worth trying."""
    return path.suffix.lower() in SUFFIXES


def read_document(path: Path, progress: Progress = unheard) -> ExtractedDocument:
    """Read any supported file as what its content says it is.

    `progress` gets (done, total) after each page or the like; it may wait, and what it
    raises ends the reading; see `progress.py`. Where the name claims another format,
    `warnings` holds "mislabelled". Raises DocumentError when there is nothing to read.
    """
    kind, mislabelled = recognise(path)
    with listening(progress):
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
    """Draw page `number` of a PDF or picture file with `document.text[start:end]` marked on it.

    `document` is what `read_document` returned for this file; a passage that runs over
    two pages is marked on each of them.
    """
    if document.format == "image":
        from app.readers import images

        return images.page_picture(path, document, number, width_px, start, end)
    from app.readers import pdf

    return pdf.page_picture(path, document, number, width_px, start, end)


def _reader(kind: str) -> Reader:
    """Return the reader called `kind`; only then is its library loaded."""
    if kind in CONTAINERS:
        return container_reader(kind)
    match kind:
        case "pdf":
            from app.readers.pdf import PdfReader

            return PdfReader()
        case "image":
            from app.readers.images import ImageReader

            return ImageReader()
        case "docx":
            from app.readers.docx import DocxReader

            return DocxReader()
        case "odt":
            from app.readers.odt import OdtReader

            return OdtReader()
        case "html":
            from app.readers.html import HtmlReader

            return HtmlReader()
        case "epub":
            from app.readers.epub import EpubReader

            return EpubReader()
        case _:
            return _office_reader(kind) or _data_reader(kind)


def _office_reader(kind: str) -> Reader | None:
    """Return the reader of what other office programs write, None for other kinds."""
    match kind:
        case "rtf":
            from app.readers.rtf import RtfReader

            return RtfReader()
        case "libreoffice":
            from app.readers.libreoffice import LibreOfficeReader

            return LibreOfficeReader()
        case "pptx":
            from app.readers.pptx import PptxReader

            return PptxReader()
        case "odp":
            from app.readers.odp import OdpReader

            return OdpReader()
        case "excel":
            from app.readers.excel import ExcelReader

            return ExcelReader()
        case "ods":
            from app.readers.ods import OdsReader

            return OdsReader()
        case _:
            return None


def _data_reader(kind: str) -> Reader:
    """Return the reader of data and plain text."""
    match kind:
        case "delimited":
            from app.readers.delimited import DelimitedReader

            return DelimitedReader()
        case "json":
            from app.readers.json_lines import JsonReader

            return JsonReader()
        case "subtitles":
            from app.readers.subtitles import SubtitleReader

            return SubtitleReader()
        case "mhtml":
            from app.readers.mhtml import WebArchiveReader

            return WebArchiveReader()
        case _:
            from app.readers.text import TextReader

            return TextReader()
