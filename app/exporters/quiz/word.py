"""A quiz as a Word file with proper styles, so that headings navigate and print well.

python-docx writes the parts; the mark for machines is a document property of its own
(`docProps/custom.xml`), which it has no words for.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable
from typing import Any

import docx as python_docx
from docx.enum.text import WD_BREAK
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from app.exporters.quiz.imprint import imprint, source_names
from app.exporters.quiz.paper import (
    Block,
    Figure,
    Heading,
    Lines,
    NewPage,
    Options,
    Paragraph,
    Table,
    figure_size_cm,
    paper,
)
from app.exporters.quiz.text import one_line, xml
from app.exporters.quiz.wording import QuizWording
from app.values.quiz import Quiz

_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006"
_CUSTOM = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_STYLES = {
    "notice": "Intense Quote",
    "hint": "Caption",
    "answer": "Strong Answer",
    "source": "Caption",
}
_WHEN = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 - the format has no time zones


def docx(quiz: Quiz, wording: QuizWording) -> bytes:
    """Return the file."""
    return drawn(quiz, wording, paper(quiz, wording))


def drawn(quiz: Quiz, wording: QuizWording, blocks: Iterable[Block]) -> bytes:
    """Return a file of blocks with a quiz's imprint as its properties."""
    document: Any = python_docx.Document()
    _prepare(document, quiz)
    _tell(document, quiz, wording)
    for block in blocks:
        _draw(document, block)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _prepare(document: Any, quiz: Quiz) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    normal = document.styles["Normal"]
    normal.font.size = Pt(11)
    language = normal.element.get_or_add_rPr()
    mark = language.makeelement(qn("w:lang"), {qn("w:val"): quiz.language or "de"})
    language.append(mark)
    answer = document.styles.add_style("Strong Answer", 1)
    answer.base_style = normal
    answer.font.bold = True


def _tell(document: Any, quiz: Quiz, wording: QuizWording) -> None:
    about = imprint(quiz, wording)
    core = document.core_properties
    core.title = one_line(quiz.title)[:255]
    core.author = one_line(quiz.author)[:255]
    core.last_modified_by = ""
    core.language = quiz.language
    core.keywords = f"{wording.ai_tag}, ai-generated"[:255]
    core.subject = ", ".join(source_names(quiz))[:255]
    core.comments = "\n".join([about.notice, *about.lines])[:255]
    core.created = core.modified = _created(quiz)
    rows = "".join(
        '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"'
        f' pid="{number}" name="{xml(key)}"><vt:lpwstr>{xml(value)}</vt:lpwstr>'
        "</property>"
        for number, (key, value) in enumerate(about.facts, 2)
    )
    data = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<Properties xmlns="{_PROPERTIES}/custom-properties"'
        f' xmlns:vt="{_PROPERTIES}/docPropsVTypes">{rows}</Properties>'
    ).encode()
    package = document.part.package
    part = Part(PackURI("/docProps/custom.xml"), _CUSTOM, data, package)
    package.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_PROPERTIES)


def _created(quiz: Quiz) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(quiz.created)
    except ValueError:
        return _WHEN


def _draw(document: Any, block: Block) -> None:
    if isinstance(block, Heading):
        style = "Title" if block.level == 1 else f"Heading {block.level - 1}"
        document.add_paragraph(one_line(block.text), style=style)
    elif isinstance(block, Paragraph):
        style = _STYLES.get(block.role, "Normal")
        document.add_paragraph(block.text, style=style)
    elif isinstance(block, Options):
        for line in block.lines:
            box = "☐ " if block.boxes else ""
            made = document.add_paragraph(f"{box}{line}")
            made.paragraph_format.left_indent = Cm(0.8)
            made.paragraph_format.space_after = Pt(2)
    elif isinstance(block, Lines):
        for _ in range(block.count):
            document.add_paragraph("_" * 70)
    elif isinstance(block, Table):
        _table(document, block)
    elif isinstance(block, Figure):
        _figure(document, block)
    elif isinstance(block, NewPage):
        document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _figure(document: Any, block: Figure) -> None:
    width, height = figure_size_cm(block.picture)
    run = document.add_paragraph().add_run()
    data = io.BytesIO(block.picture.data)
    run.add_picture(data, width=Cm(width), height=Cm(height))
    # Word reads the alternative text from here; python-docx has no word for it.
    for properties in run.element.iter(qn("wp:docPr")):
        properties.set("descr", block.alt)
        properties.set("name", block.picture.name)


def _table(document: Any, block: Table) -> None:
    columns = max(map(len, block.rows), default=0)
    if not columns:
        return
    table = document.add_table(rows=0, cols=columns, style="Table Grid")
    for place, row in enumerate(block.rows):
        cells = table.add_row().cells
        for cell, text in zip(cells, row, strict=False):
            cell.text = text
            if place == 0:
                for run in cell.paragraphs[0].runs:
                    run.bold = True
