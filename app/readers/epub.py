"""Electronic books: the chapters in reading order, named as in their table of contents.

The pages of a book are web pages, so `html` reads them. A page that the table of
contents does not name goes on with the chapter before it.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from app.readers.archive import checked_archive
from app.readers.builder import TextBuilder, one_line
from app.readers.failures import failure, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.html import HTML_ERRORS, add_html
from app.readers.odt import parse_xml
from app.values.documents import ExtractedDocument

_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*>")
# What LibreOffice and Calibre write where nobody gave a title.
_NO_TITLES = ("Unknown Title", "Unknown", "Unbekannt")
_QUOTED = re.compile(rb"%([0-9A-Fa-f]{2})")
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"


class EpubReader:
    """Reads EPUB 2 and 3."""

    name = "epub"
    suffixes = SUFFIXES_OF["epub"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; a book with copy protection is "encrypted"."""
        builder = TextBuilder()
        with (
            checked_archive(path) as archive,
            reading(path, ElementTree.ParseError, LookupError, *HTML_ERRORS),
        ):
            book = _Book(path, archive)
            pages = [*book.pages()]
            if set(pages) & book.encrypted():
                raise failure("encrypted", path)
            _add_chapters(builder, book, pages)
        document = builder.build("epub", book.title)
        if not document.text:
            raise failure("no_text" if book.has_pictures else "empty", path)
        return document


def _add_chapters(builder: TextBuilder, book: _Book, pages: list[str]) -> None:
    labels = book.labels()
    named = set(labels) & set(pages)
    number = 0
    for page in pages:
        if page in named or not named:
            number += 1
            builder.begin_part("chapter", number, labels.get(page, ""))
        add_html(book.read(page), builder)


class _Book:
    """The package of a book: its pages, their order and their names."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path = path
        self._archive = archive
        self._names = frozenset(archive.namelist())
        self._package = self._package_name()
        root = self._xml(self._package)
        self._items = {element.get("id", ""): element for element in _all(root, "item")}
        self._spine = [element.get("idref", "") for element in _all(root, "itemref")]
        self._contents = next(
            (element.get("toc", "") for element in _all(root, "spine")), ""
        )
        titles = (element.text or "" for element in _all(root, "title"))
        title = next(titles, "")
        self.title = "" if title in _NO_TITLES else title
        self.has_pictures = any(
            item.get("media-type", "").startswith("image/")
            for item in self._items.values()
        )

    def pages(self) -> Iterator[str]:
        """Yield the members with the text, in reading order."""
        for id_ in self._spine:
            item = self._items.get(id_)
            if item is None or item.get("media-type") not in _PAGES:
                continue
            member = self._member(self._package, item.get("href", ""))
            is_contents = "nav" in item.get("properties", "").split()
            if member in self._names and not is_contents:
                yield member

    def read(self, name: str) -> bytes:
        """Return the bytes of a member."""
        return self._archive.read(name)

    def labels(self) -> dict[str, str]:
        """Return what the table of contents calls each page."""
        for item in self._items.values():
            if "nav" in item.get("properties", "").split():
                return self._nav_labels(
                    self._member(self._package, item.get("href", ""))
                )
        contents = self._items.get(self._contents)
        if contents is None:
            return {}
        return self._ncx_labels(self._member(self._package, contents.get("href", "")))

    def encrypted(self) -> set[str]:
        """Return the members that copy protection made unreadable."""
        if _ENCRYPTION not in self._names:
            return set()
        root = self._xml(_ENCRYPTION)
        uris = (element.get("URI", "") for element in _all(root, "CipherReference"))
        return {self._member("", uri) for uri in uris}

    def _package_name(self) -> str:
        for element in _all(self._xml(_CONTAINER), "rootfile"):
            if (name := element.get("full-path", "")) in self._names:
                return name
        raise failure("unreadable", self._path)

    def _nav_labels(self, name: str) -> dict[str, str]:
        labels: dict[str, str] = {}
        if name not in self._names:
            return labels
        navs = [*_all(self._xml(name), "nav")]
        for link in (link for nav in navs[:1] for link in _all(nav, "a")):
            label = one_line("".join(link.itertext()))
            labels.setdefault(self._member(name, link.get("href", "")), label)
        return labels

    def _ncx_labels(self, name: str) -> dict[str, str]:
        labels: dict[str, str] = {}
        if name not in self._names:
            return labels
        for point in _all(self._xml(name), "navPoint"):
            text = next(_all(point, "text"), None)
            content = next(_all(point, "content"), None)
            if text is not None and content is not None:
                member = self._member(name, content.get("src", ""))
                labels.setdefault(member, one_line(text.text or ""))
        return labels

    def _xml(self, name: str) -> Element:
        return parse_xml(self._path, _DOCTYPE.sub(b"", self._archive.read(name)))

    def _member(self, base: str, reference: str) -> str:
        """Return the member that a reference in another member means."""
        file = _unquoted(reference.split("#", 1)[0])
        joined = posixpath.join(posixpath.dirname(base), file)
        return posixpath.normpath(joined).lstrip("/")


def _all(root: Element, name: str) -> Iterator[Element]:
    """Yield the elements of this name in any namespace."""
    return (
        element for element in root.iter() if element.tag.rpartition("}")[2] == name
    )


def _unquoted(reference: str) -> str:
    """Return a reference with its %20 and the like as characters."""
    data = _QUOTED.sub(lambda match: bytes([int(match[1], 16)]), reference.encode())
    return data.decode("utf-8", "replace")
