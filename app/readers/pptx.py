"""PowerPoint presentations, read from their XML with Python's own parser.

python-pptx would bring 34 MB to find what stands in three kinds of elements. Slides come
in the order of the presentation, each with title, texts, tables, diagrams and notes;
hidden slides are left out with a warning.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from app.readers.archive import checked_archive
from app.readers.builder import TextBuilder
from app.readers.failures import failure, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.odt import parse_xml
from app.values.documents import ExtractedDocument

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_STRICT = (
    (b"http://purl.oclc.org/ooxml/drawingml/", b"/drawingml/2006/"),
    (b"http://purl.oclc.org/ooxml/presentationml/", b"/presentationml/2006/"),
    (b"http://purl.oclc.org/ooxml/officeDocument/", b"/officeDocument/2006/"),
)
_TITLES = ("title", "ctrTitle")
_FURNITURE = ("sldNum", "dt", "ftr", "hdr", "sldImg")
_LISTS = ("body", "obj", "")
_DEEPEST = 50


class PptxReader:
    """Reads presentations as PowerPoint and LibreOffice write them."""

    name = "pptx"
    suffixes = SUFFIXES_OF["pptx"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; what is on the masters of the slides is left out."""
        with (
            checked_archive(path) as archive,
            reading(path, ElementTree.ParseError, LookupError, ValueError),
        ):
            package = _Package(path, archive)
            builder, hidden = TextBuilder(), False
            for number, name in enumerate(package.slides(), 1):
                slide = package.xml(name)
                if slide.get("show", "1") in ("0", "false"):
                    hidden = True
                    continue
                builder.begin_part("slide", number, _title(slide))
                _add_slide(builder, package, name, slide)
            title = package.title()
        warnings = ("hidden",) if hidden else ()
        document = builder.build("pptx", title, warnings)
        if not document.text:
            raise failure("no_text" if package.has_pictures else "empty", path)
        return document


class _Package:
    """The members of the archive and how they refer to each other."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path = path
        self._archive = archive
        self._names = frozenset(archive.namelist())
        self.has_pictures = any(name.startswith("ppt/media/") for name in self._names)

    def xml(self, name: str) -> Element:
        """Return the root of a member."""
        data = self._archive.read(name)
        for strict, usual in _STRICT:
            data = data.replace(strict, b"http://schemas.openxmlformats.org" + usual)
        return parse_xml(self._path, data)

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """Return kind and member of each relation of a member, by its id."""
        folder, file = posixpath.split(name)
        relations = f"{folder}/_rels/{file}.rels"
        if relations not in self._names:
            return {}
        result = {}
        for element in self.xml(relations):
            target = element.get("Target", "")
            member = posixpath.normpath(posixpath.join(folder, target)).lstrip("/")
            kind = element.get("Type", "").rsplit("/", 1)[-1]
            if member in self._names:
                result[element.get("Id", "")] = (kind, member)
        return result

    def slides(self) -> Iterator[str]:
        """Yield the members that are slides, in the order of the presentation."""
        name = "ppt/presentation.xml"
        relations = self.related(name)
        for element in self.xml(name).iter(f"{_P}sldId"):
            kind, member = relations.get(element.get(f"{_R}id", ""), ("", ""))
            if kind == "slide":
                yield member

    def beside(self, name: str, wanted: str) -> Iterator[Element]:
        """Yield what a slide refers to as `wanted`."""
        for kind, member in self.related(name).values():
            if kind == wanted:
                yield self.xml(member)

    def title(self) -> str:
        """Return the title among the properties, or ""."""
        name = "docProps/core.xml"
        if name not in self._names:
            return ""
        return self.xml(name).findtext(f".//{_DC}title") or ""


def _add_slide(
    builder: TextBuilder, package: _Package, name: str, slide: Element
) -> None:
    shapes = [*_shapes(slide.find(f".//{_P}spTree"))]
    for shape in sorted(shapes, key=lambda shape: _role(shape) not in _TITLES):
        _add_shape(builder, shape)
    for diagram in package.beside(name, "diagramData"):
        builder.end_list()
        for point in diagram.iter(f"{_D}pt"):
            _add_texts(builder, point.iter(f"{_A}p"), marker="•")
    for notes in package.beside(name, "notesSlide"):
        for shape in _shapes(notes.find(f".//{_P}spTree")):
            if _role(shape) == "body":
                builder.end_list()
                for text in filter(None, map(_joined, shape.iter(f"{_A}p"))):
                    builder.paragraph(text)


def _shapes(tree: Element | None, depth: int = 0) -> Iterator[Element]:
    """Yield the shapes of a slide, those of groups included, in reading order."""
    if tree is None or depth > _DEEPEST:
        return
    for element in tree:
        if element.tag in (f"{_P}sp", f"{_P}graphicFrame"):
            yield element
        elif element.tag == f"{_P}grpSp":
            yield from _shapes(element, depth + 1)
        elif element.tag == f"{_MC}AlternateContent":
            # Two ways to draw the same: the first that any program may understand.
            choice = element.find(f"{_MC}Choice")
            fallback = element.find(f"{_MC}Fallback")
            yield from _shapes(choice if choice is not None else fallback, depth + 1)


def _role(shape: Element) -> str | None:
    """Return the kind of a placeholder, None for other shapes."""
    place = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    return None if place is None else place.get("type", "")


def _title(slide: Element) -> str:
    """Return the title of a slide, or ""."""
    for shape in _shapes(slide.find(f".//{_P}spTree")):
        if _role(shape) in _TITLES:
            return " ".join(filter(None, map(_joined, shape.iter(f"{_A}p"))))
    return ""


def _add_shape(builder: TextBuilder, shape: Element) -> None:
    role = _role(shape)
    if role in _FURNITURE:
        return
    builder.end_list()
    if (table := shape.find(f".//{_A}tbl")) is not None:
        for row in table.iter(f"{_A}tr"):
            builder.row([_cell(cell) for cell in row.iter(f"{_A}tc")])
    elif role in _TITLES:
        builder.heading(" ".join(map(_joined, shape.iter(f"{_A}p"))), 1)
    else:
        is_list = role in _LISTS and len(shape.findall(f".//{_A}p")) > 1
        _add_texts(builder, shape.iter(f"{_A}p"), "•" if is_list else "")
    builder.end_list()


def _add_texts(
    builder: TextBuilder, paragraphs: Iterator[Element], marker: str
) -> None:
    for paragraph in paragraphs:
        plain = paragraph.find(f"{_A}pPr/{_A}buNone") is not None
        builder.item(_joined(paragraph), "" if plain else marker)


def _cell(cell: Element) -> str:
    return " ".join(filter(None, map(_joined, cell.iter(f"{_A}p"))))


def _joined(paragraph: Element) -> str:
    """Return the text of a paragraph with its line breaks."""
    texts = []
    for element in paragraph.iter():
        if element.tag == f"{_A}t":
            texts.append(element.text or "")
        elif element.tag == f"{_A}br":
            texts.append("\n")
    return "".join(texts).strip()
