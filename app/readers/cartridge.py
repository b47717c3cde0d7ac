"""Common Cartridges and other IMS packages: what imsmanifest.xml says about its files.

The package reads as its table of contents. Files are members under their own names;
discussions, web links and tests (QTI 1.2) are XML and become pages with their titles.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from xml.etree.ElementTree import Element

from app.readers.course_xml import (
    MAX_XML_BYTES,
    Outline,
    as_page,
    line_at,
    parsed,
    text_at,
)
from app.readers.failures import failure
from app.readers.formats import SUFFIXES_OF
from app.readers.names import shortened
from app.readers.packed import Member, entries, readable
from app.values.documents import ExtractedDocument

MANIFEST = "imsmanifest.xml"
_DEEPEST = 5

Pieces = list[tuple[str, str]]


class CartridgeReader:
    """Reads a package's table of contents."""

    name = "cartridge"
    suffixes = SUFFIXES_OF["cartridge"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; what it lists are members."""
        manifest = _manifest(path)
        title = line_at(manifest, ".//metadata//title/string") or line_at(
            manifest, ".//metadata//title/langstring"
        )
        organization = manifest.find(".//organization")
        title = title or line_at(organization, "title") or path.stem
        outline = Outline(title)
        for item in organization.iterfind("item") if organization is not None else ():
            _list(outline, item, 2)
        return outline.build("cartridge")


def cartridge_members(path: Path) -> Iterator[Member]:
    """Yield the files of a package; those that are XML as pages."""
    for entry in entries(path):
        if entry.name.rpartition("/")[2] == MANIFEST:
            continue
        page = _page_of(entry) if entry.name.lower().endswith(".xml") else None
        if page is None:
            yield Member(entry.name, entry.size_bytes, entry.blocks)
            continue
        title, data = page
        folder = entry.name.rpartition("/")[0]
        name = f"{folder}/{shortened(title)}.html"
        yield Member(name, len(data), partial(_once, data))


def _once(data: bytes) -> Iterator[bytes]:
    yield data


def _manifest(path: Path) -> Element:
    for entry in entries(path):
        if entry.name == MANIFEST:
            root = parsed(readable(entry, MAX_XML_BYTES))
            if root is not None:
                return root
    raise failure("unreadable", path)


def _list(outline: Outline, item: Element, level: int) -> None:
    """Add an item: a folder as heading, all else as a line. The outermost has no title."""
    title = line_at(item, "title")
    inner = item.findall("item")
    if not inner:
        outline.item(title)
        return
    if title:
        outline.heading(title, min(level, _DEEPEST))
    # A file may nest its folders as deep as it likes; people do not.
    if level < 2 * _DEEPEST:
        for child in inner:
            _list(outline, child, level + 1 if title else level)


def _page_of(entry: Member) -> tuple[str, bytes] | None:
    """Return title and page of a discussion, link or test, None for any other XML."""
    root = parsed(readable(entry, MAX_XML_BYTES))
    if root is None:
        return None
    if root.tag == "topic":
        title, pieces = line_at(root, "title"), [("", text_at(root, "text"))]
    elif root.tag == "webLink":
        url = root.find("url")
        address = (url.get("href") or "") if url is not None else ""
        title, pieces = line_at(root, "title"), [("", html.escape(address))]
    elif root.tag == "questestinterop":
        title, pieces = _test(root)
    else:
        return None
    title = title or Path(entry.name).stem
    return title, as_page(title, pieces)


def _test(root: Element) -> tuple[str, Pieces]:
    top = root.find("assessment")
    title = (top.get("title") or "") if top is not None else ""
    pieces: Pieces = []
    for item in root.iter("item"):
        texts = [
            (text.text or "").strip()
            for text in item.iterfind("./presentation//mattext")
        ]
        question, *answers = [text for text in texts if text] or [""]
        listed = "".join(f"<li>{answer}</li>" for answer in answers)
        heading = item.get("title") or ""
        pieces.append((heading, question + (f"<ul>{listed}</ul>" if listed else "")))
    return title, pieces
