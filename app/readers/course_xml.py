"""XML of course archives: read without declarations, shown as small pages.

Moodle and Common Cartridge keep what people wrote as pages (HTML) inside of XML. Each
becomes a document of its own; `as_page` puts it together, `Outline` the course's overview.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from app.readers.builder import TextBuilder, tidy
from app.readers.html import HTML_ERRORS, html_document
from app.readers.letter import Joined
from app.values.documents import ExtractedDocument

MAX_XML_BYTES = 50 << 20
# Moodle writes this where its database has nothing.
_NULL = "$@NULL@$"


def parsed(data: bytes | None) -> Element | None:
    """Return the root of an XML file; None where it is missing, broken or a bomb."""
    if not data:
        return None
    try:
        # Decoded first, so that no other encoding can hide a declaration of entities.
        text = data.decode("utf-8-sig")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            return None
        root = ElementTree.fromstring(text)  # noqa: S314 - no declaration, no bomb
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError):
        return None
    for element in root.iter():
        # The many versions of a format differ in their namespaces only.
        element.tag = str(element.tag).rpartition("}")[2]
    return root


def text_at(element: Element | None, path: str) -> str:
    """Return the text at `path` below an element, "" where there is none."""
    text = (element.findtext(path) or "").strip() if element is not None else ""
    return "" if text == _NULL else text


def line_at(element: Element | None, path: str) -> str:
    """Return a title: the text at `path` on one line, without the marks of a page."""
    text = text_at(element, path)
    return one_line(text)


def one_line(text: str) -> str:
    """Return text without marks and line ends."""
    if "<" in text or "&" in text:
        text = shown(text).text
    return tidy(text).replace("\n", " ")[:500]


def shown(page: str) -> ExtractedDocument:
    """Return what a piece of a page shows, often nothing."""
    try:
        return html_document(page)
    except HTML_ERRORS:
        return ExtractedDocument("")


def as_page(title: str, pieces: Iterable[tuple[str, str]]) -> bytes:
    """Return a page with a title and pieces of (heading, page), each heading optional."""
    body = [f"<h1>{html.escape(title)}</h1>"] if title else []
    for heading, piece in pieces:
        if heading:
            body.append(f"<h2>{html.escape(heading)}</h2>")
        if piece.strip():
            body.append(f"<div>{piece}</div>")
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title></head><body>{''.join(body)}</body></html>"
    ).encode("utf-8", "replace")


class Outline:
    """The table of contents of a course, with what stands on its page itself."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._joined = Joined()
        self._list: list[str] = []
        self.heading(title, 1)

    def heading(self, title: str, level: int) -> None:
        """Begin a section."""
        self._end_list()
        builder = TextBuilder()
        builder.heading(title, level)
        self._joined.add(builder.build("course"))

    def page(self, piece: str) -> None:
        """Add what somebody wrote on the course's page."""
        if piece.strip():
            self._end_list()
            self._joined.add(shown(piece), deeper=2)

    def item(self, title: str) -> None:
        """Add what one can open there; items in a row become a list."""
        self._list.append(title)

    def build(self, name: str) -> ExtractedDocument:
        """Return the overview."""
        self._end_list()
        return self._joined.build(name, self._title)

    def _end_list(self) -> None:
        builder = TextBuilder()
        for title in self._list:
            builder.item(title)
        self._list.clear()
        self._joined.add(builder.build("course"))
