"""OpenDocument texts, read from their XML with Python's own parser.

The document type declarations that entity bombs need are refused before parsing;
comments, tracked deletions, hidden text and generated indexes are left out.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from app.readers.archive import checked_archive
from app.readers.builder import TextBuilder
from app.readers.failures import failure, reading
from app.readers.formats import SUFFIXES_OF
from app.values.documents import ExtractedDocument

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_SKIPPED = frozenset((
    f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_OFFICE}forms",
    f"{_TEXT}table-of-content", f"{_TEXT}illustration-index", f"{_TEXT}table-index",
    f"{_TEXT}alphabetical-index", f"{_TEXT}sequence-decls", f"{_TEXT}hidden-text",
    f"{_TEXT}hidden-paragraph", f"{_TEXT}note-citation", f"{_TEXT}ruby-text",
))  # fmt: skip
_BOX, _NOTE = f"{_DRAW}text-box", f"{_TEXT}note-body"
_MAX_SPACES = 100


class OdtReader:
    """Reads OpenDocument texts as LibreOffice writes them."""

    name = "odt"
    suffixes = SUFFIXES_OF["odt"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; raises DocumentError also for archives that unpack too big."""
        with (
            checked_archive(path) as archive,
            reading(path, ElementTree.ParseError, LookupError),
        ):
            body = document_body(path, archive)
            names = archive.namelist()
            title = document_title(path, archive)
            builder = TextBuilder()
            for element in body:
                add_blocks(element, builder)
        document = builder.build("odt", title)
        if not document.text:
            has_pictures = any(name.startswith("Pictures/") for name in names)
            raise failure("no_text" if has_pictures else "empty", path)
        return document


def document_body(path: Path, archive: zipfile.ZipFile) -> Iterable[Element]:
    """Return what an OpenDocument file holds: one element for its kind of document.

    Raises DocumentError "encrypted" for files with a password.
    """
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise failure("encrypted", path)
    body = parse_xml(path, archive.read("content.xml")).find(f"{_OFFICE}body")
    return () if body is None else body


def document_title(path: Path, archive: zipfile.ZipFile) -> str:
    """Return the title among the properties of an OpenDocument file, or ""."""
    if "meta.xml" not in archive.namelist():
        return ""
    meta = parse_xml(path, archive.read("meta.xml"))
    return meta.findtext(f".//{_DC}title") or ""


def parse_xml(path: Path, xml: bytes) -> Element:
    """Return the root of an XML file from a stranger's archive."""
    # Decoded first, so that no other encoding can hide a declaration of entities.
    text = xml.decode("utf-8-sig")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise failure("unreadable", path)
    return ElementTree.fromstring(text)  # noqa: S314 - no declaration, no bomb


def add_blocks(container: Element, builder: TextBuilder) -> None:
    """Add all blocks in `container`, nested containers included."""
    for element in container:
        tag = element.tag
        if tag in _SKIPPED:
            continue
        if tag == f"{_TEXT}h":
            level = element.get(f"{_TEXT}outline-level", "1")
            builder.heading(joined(element), int(level) if level.isdecimal() else 1)
            _add_nested(element, builder)
        elif tag == f"{_TEXT}p":
            builder.paragraph(joined(element))
            _add_nested(element, builder)
        elif tag == f"{_TEXT}list":
            builder.end_list()
            _add_list(element, builder)
            builder.end_list()
        elif tag == f"{_TABLE}table":
            _add_table(element, builder)
        else:
            add_blocks(element, builder)


def _add_list(element: Element, builder: TextBuilder) -> None:
    for item in element:
        marker = item.findtext(f"{_TEXT}number") or "•"
        for child in item:
            if child.tag == f"{_TEXT}p":
                builder.item(joined(child), marker)
                marker = ""
            elif child.tag == f"{_TEXT}list":
                _add_list(child, builder)
            elif child.tag == f"{_TEXT}h":
                level = child.get(f"{_TEXT}outline-level", "1")
                builder.heading(joined(child), int(level) if level.isdecimal() else 1)


def _add_table(table: Element, builder: TextBuilder) -> None:
    rows = [[*_cells(row)] for row in table.iter(f"{_TABLE}table-row")]
    if all(len(cells) <= 1 for cells in rows):
        for cells in rows:
            for cell in cells:
                add_blocks(cell, builder)
        return
    builder.end_list()
    for cells in rows:
        builder.row([" ".join(_paragraphs(cell)) for cell in cells])
    builder.end_list()


def _cells(row: Element) -> Iterator[Element]:
    return (cell for cell in row if cell.tag == f"{_TABLE}table-cell")


def _paragraphs(cell: Element) -> Iterator[str]:
    for element in cell.iter():
        if element.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            yield joined(element)


def _add_nested(element: Element, builder: TextBuilder) -> None:
    """Add the text boxes and footnotes anchored in a paragraph after it."""
    for child in element:
        if child.tag in (_BOX, _NOTE):
            add_blocks(child, builder)
        elif child.tag not in _SKIPPED:
            _add_nested(child, builder)


def joined(element: Element) -> str:
    """Return the text of a paragraph with its spaces, tabs and line breaks."""
    return "".join(_inline_text(element))


def _inline_text(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        tag = child.tag
        if tag == f"{_TEXT}s":
            count = child.get(f"{_TEXT}c", "1")
            yield " " * min(int(count) if count.isdecimal() else 1, _MAX_SPACES)
        elif tag == f"{_TEXT}tab":
            yield "\t"
        elif tag == f"{_TEXT}line-break":
            yield "\n"
        elif tag not in _SKIPPED and tag not in (_BOX, _NOTE):
            yield from _inline_text(child)
        yield child.tail or ""
