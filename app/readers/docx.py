"""Word documents: body, tables, text boxes and footnotes in the order of reading.

Owner of python-docx. It opens the container and finds its parts; the walk over them
goes through the XML itself, because text boxes, content controls and tracked
insertions are text as well. Deleted and hidden text is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from app.readers.archive import checked_archive
from app.readers.builder import TextBuilder
from app.readers.docx_numbers import Numbering
from app.readers.failures import failure, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.opening import open_file
from app.values.documents import ExtractedDocument

_HEADING_STYLE = re.compile(
    r"(?:heading|überschrift|titre|título|titolo|kop|rubrik|overskrift|nagłówek"
    r"|заголовок|başlık|otsikko) ?([1-9])$"
)
_TITLE_STYLES = ("title", "titel")
_CONTENTS_STYLE = re.compile(r"(?:toc|verzeichnis|inhaltsverzeichnis) ?[1-9]$")
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_SKIPPED = frozenset(
    qn(tag) for tag in ("w:del", "w:moveFrom", "w:rPr", "w:pPr", "w:instrText",
                        "w:sdtPr", "w:tblPr", "w:trPr", "w:tcPr", "w:delText")
) | {f"{_COMPATIBILITY}Fallback"}  # fmt: skip
_TEXT = frozenset((qn("w:t"), f"{_MATH}t"))
_BREAKS = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n",
           qn("w:noBreakHyphen"): "-"}  # fmt: skip
_NOTE_REFERENCES = {
    qn("w:footnoteReference"): "footnote",
    qn("w:endnoteReference"): "endnote",
}
_NOTE_PARTS = {
    "footnote": RELATIONSHIP_TYPE.FOOTNOTES,
    "endnote": RELATIONSHIP_TYPE.ENDNOTES,
}
_P, _R, _TBL, _TR, _TC = (qn(f"w:{tag}") for tag in ("p", "r", "tbl", "tr", "tc"))
_TEXT_BOX, _DOCUMENT = qn("w:txbxContent"), qn("w:document")
_PROPERTIES = {_R: qn("w:rPr"), _P: qn("w:pPr"), _TC: qn("w:tcPr"), _TR: qn("w:trPr"),
               _TBL: qn("w:tblPr")}  # fmt: skip
_NOTHING, _HIGHLIGHT = qn("w:nothing"), qn("w:highlight")
_FALSE = ("0", "false", "off")
_TINY_HALF_POINTS = ("0", "1")
_WHITE = "FFFFFF"
_VAL = qn("w:val")


class DocxReader:
    """Reads Word documents from 2007 on."""

    name = "docx"
    suffixes = SUFFIXES_OF["docx"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; raises DocumentError also for archives that unpack too big."""
        with checked_archive(path):
            pass
        # python-docx lets any error of zipfile, lxml or its own through.
        with reading(path, Exception), open_file(path) as file:
            opened = docx.Document(file)
            body = _Body(opened)
            body.add(opened.element.body)
            if _hides_text(opened.element.body):
                body.builder.warn("hidden_text")
            document = body.builder.build("docx", _title(opened))
        if not document.text:
            has_pictures = bool(opened.inline_shapes) or _has_drawings(opened)
            raise failure("no_text" if has_pictures else "empty", path)
        return document


def _title(opened: Any) -> str:
    title = opened.core_properties.title or ""
    return "" if title.lower() in ("word document", "dokument") else title


def _has_drawings(opened: Any) -> bool:
    return (
        next(opened.element.body.iter(qn("w:drawing"), qn("w:pict")), None) is not None
    )


class _Body:
    """Walks over the body and adds what it reads to `builder`."""

    def __init__(self, opened: Any) -> None:
        self.builder = TextBuilder()
        self._styles = _Styles(opened.styles.element)
        self._numbering = Numbering(_part_xml(opened, RELATIONSHIP_TYPE.NUMBERING))
        self._notes = {
            kind: _notes(_part_xml(opened, part)) for kind, part in _NOTE_PARTS.items()
        }

    def add(self, container: Any) -> None:
        """Add all paragraphs and tables in `container`, nested containers included."""
        for element in container:
            if element.tag == _P:
                self._add_paragraph(element)
            elif element.tag == _TBL:
                self._add_table(element)
            elif element.tag not in _SKIPPED and len(element):
                self.add(element)

    def _add_paragraph(self, paragraph: Any) -> None:
        style = self._styles.of(paragraph)
        if _CONTENTS_STYLE.match(self._styles.name(style)):
            return
        text = "".join(_inline_text(paragraph))
        level = _outline_level(paragraph) or self._styles.level(style)
        label = self._numbering.label(paragraph, self._styles.numbering(style))
        if not text.strip():
            pass
        elif level:
            self.builder.heading(f"{label} {text}", level)
        elif label:
            self.builder.item(text, label)
        else:
            self.builder.paragraph(text)
        for box in _text_boxes(paragraph):
            self.add(box)
        for note in self._note_texts(paragraph):
            self.builder.paragraph(note)

    def _add_table(self, table: Any) -> None:
        rows = [[*_nearest(row, _TC)] for row in _nearest(table, _TR)]
        if all(len(cells) <= 1 for cells in rows):
            for cells in rows:
                for cell in cells:
                    self.add(cell)
            return
        self.builder.end_list()
        for cells in rows:
            self.builder.row([_cell_text(cell) for cell in cells])
        self.builder.end_list()

    def _note_texts(self, paragraph: Any) -> Iterator[str]:
        for tag, kind in _NOTE_REFERENCES.items():
            for reference in paragraph.iter(tag):
                yield self._notes[kind].get(reference.get(qn("w:id"), ""), "")


class _Styles:
    """Names, heading levels and numbering of paragraph styles, inherited ones too."""

    def __init__(self, root: Any) -> None:
        self._elements = {
            style.get(qn("w:styleId")): style for style in root.iter(qn("w:style"))
        }

    def of(self, paragraph: Any) -> str:
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        return "" if style is None else style.get(_VAL, "")

    def name(self, style_id: str) -> str:
        element = self._elements.get(style_id)
        name = None if element is None else element.find(qn("w:name"))
        return style_id.lower() if name is None else name.get(_VAL, "").lower()

    def level(self, style_id: str) -> int:
        """Return the heading level of a style, 0 for body text."""
        for ancestor in self._ancestors(style_id):
            name = self.name(ancestor)
            if match := _HEADING_STYLE.match(name):
                return int(match[1])
            if name in _TITLE_STYLES:
                return 1
            if level := _outline_level(self._elements[ancestor]):
                return level
        return 0

    def numbering(self, style_id: str) -> Any:
        """Return the numbering properties that a style gives its paragraphs."""
        for ancestor in self._ancestors(style_id):
            found = self._elements[ancestor].find(f"{qn('w:pPr')}/{qn('w:numPr')}")
            if found is not None:
                return found
        return None

    def _ancestors(self, style_id: str) -> Iterator[str]:
        seen: set[str] = set()
        while style_id in self._elements and style_id not in seen:
            seen.add(style_id)
            yield style_id
            base = self._elements[style_id].find(qn("w:basedOn"))
            style_id = "" if base is None else base.get(_VAL, "")


def _outline_level(element: Any) -> int:
    level = element.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    number = "9" if level is None else level.get(_VAL, "9")
    return int(number) + 1 if number in tuple("012345678") else 0


def _part_xml(opened: Any, relationship: str) -> Any:
    """Return the root of a part next to the document, None where there is none."""
    try:
        part = opened.part.part_related_by(relationship)
    except KeyError:
        return None
    return parse_xml(part.blob)


def _notes(root: Any) -> dict[str, str]:
    """Return the text of each footnote or endnote by its id."""
    if root is None:
        return {}
    return {
        note.get(qn("w:id"), ""): " ".join(
            "".join(_inline_text(paragraph)) for paragraph in note.iter(_P)
        )
        for note in root
        if note.get(qn("w:type")) is None
    }


def _nearest(container: Any, tag: str) -> Iterator[Any]:
    """Yield rows of a table or cells of a row, not those of tables within."""
    for element in container:
        if element.tag == tag:
            yield element
        elif element.tag not in _SKIPPED and element.tag != _TBL:
            yield from _nearest(element, tag)


def _cell_text(cell: Any) -> str:
    return " ".join("".join(_inline_text(p)) for p in cell.iter(_P))


def _inline_text(element: Any) -> Iterator[str]:
    """Yield the visible text of a paragraph without that of its text boxes."""
    for child in element:
        tag = child.tag
        if tag in _TEXT:
            yield child.text or ""
        elif tag in _BREAKS:
            yield _BREAKS[tag]
        elif tag in _SKIPPED or tag == _TEXT_BOX or (tag == _R and _is_hidden(child)):
            continue
        elif len(child):
            yield from _inline_text(child)


def _is_hidden(run: Any) -> bool:
    """Tell whether nobody sees a run: marked hidden, tiny, or white on white."""
    look = run.find(qn("w:rPr"))
    if look is None:
        return False
    vanish = look.find(qn("w:vanish"))
    if vanish is not None and vanish.get(_VAL, "1") not in _FALSE:
        return True
    size = look.find(qn("w:sz"))
    if size is not None and size.get(_VAL, "") in _TINY_HALF_POINTS:
        return True
    colour = look.find(qn("w:color"))
    is_white = colour is not None and colour.get(_VAL, "").upper() == _WHITE
    return is_white and not _has_ground(run)


def _has_ground(run: Any) -> bool:
    """Tell whether something other than white may lie behind a run.

    Text boxes and the styles of tables bring grounds of their own.
    """
    for element in (run, *run.iterancestors()):
        if element.tag in (_TEXT_BOX, _TBL):
            style = element.find(f"{qn('w:tblPr')}/{qn('w:tblStyle')}")
            if element.tag == _TEXT_BOX or style is not None:
                return True
        properties = element.find(_PROPERTIES.get(element.tag, _NOTHING))
        if properties is not None and _is_shaded(properties):
            return True
        if element.tag == _DOCUMENT and element.find(qn("w:background")) is not None:
            return True
    return False


def _is_shaded(properties: Any) -> bool:
    shade = properties.find(qn("w:shd"))
    fill = "" if shade is None else shade.get(qn("w:fill"), "").upper()
    return fill not in ("", "AUTO", _WHITE) or properties.find(_HIGHLIGHT) is not None


def _hides_text(body: Any) -> bool:
    """Tell whether a run with text was left out because nobody sees it."""
    return any(
        _is_hidden(run) and any((t.text or "").strip() for t in run.iter(qn("w:t")))
        for run in body.iter(_R)
    )


def _text_boxes(element: Any) -> Iterator[Any]:
    """Yield the outermost text boxes, each once although Word stores them twice."""
    for child in element:
        if child.tag == _TEXT_BOX:
            yield child
        elif child.tag not in _SKIPPED and len(child):
            yield from _text_boxes(child)
