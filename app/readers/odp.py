"""OpenDocument presentations: slides with title, texts, tables and notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from app.readers.archive import checked_archive
from app.readers.builder import TextBuilder
from app.readers.failures import failure, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.odt import add_blocks, document_body, document_title, joined
from app.values.documents import ExtractedDocument

_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CLASS = f"{_PRESENTATION}class"
_FURNITURE = ("page-number", "date-time", "footer", "header", "page")


class OdpReader:
    """Reads presentations as LibreOffice Impress writes them."""

    name = "odp"
    suffixes = SUFFIXES_OF["odp"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; what is on the masters of the slides is left out."""
        builder = TextBuilder()
        with (
            checked_archive(path) as archive,
            reading(path, ElementTree.ParseError, LookupError),
        ):
            for kind in document_body(path, archive):
                for number, slide in enumerate(kind.findall(f"{_DRAW}page"), 1):
                    _add_slide(builder, number, slide)
            title = document_title(path, archive)
            has_pictures = any(n.startswith("Pictures/") for n in archive.namelist())
        document = builder.build("odp", title)
        if not document.text:
            raise failure("no_text" if has_pictures else "empty", path)
        return document


def _add_slide(builder: TextBuilder, number: int, slide: Element) -> None:
    titles = [frame for frame in slide if frame.get(_CLASS) == "title"]
    title = " ".join(text for frame in titles for text in _paragraphs(frame))
    builder.begin_part("slide", number, title)
    builder.heading(title, 1)
    for element in slide:
        if element in titles or element.get(_CLASS) in _FURNITURE:
            continue
        if element.tag == f"{_PRESENTATION}notes":
            for frame in element:
                if frame.get(_CLASS) == "notes":
                    _add_frame(builder, frame)
        else:
            _add_frame(builder, element)


def _add_frame(builder: TextBuilder, frame: Element) -> None:
    """Add a frame, a drawn shape or a group."""
    builder.end_list()
    holder = ElementTree.Element("frame")
    holder.append(frame)
    add_blocks(holder, builder)
    builder.end_list()


def _paragraphs(frame: Element) -> Iterator[str]:
    for element in frame.iter(f"{_TEXT}p"):
        if text := joined(element).strip():
            yield text
