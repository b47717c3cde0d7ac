"""The sheet on one model for whoever decides about it: one HTML page, made to be printed.

It holds facts and their links, loads nothing and runs nothing. A link is shown as text
too, so that it survives on paper. All words come in translated; all are escaped here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from app.exporters.pdf.document import About, document
from app.exporters.quiz.odt import plain
from app.exporters.quiz.paper import Block, Heading, Options, Paragraph
from app.exporters.web import need_printable, page_begin
from app.files import write_atomically

_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { line-height: 1.25; margin-bottom: .25rem; }
h2 { margin-top: 1.75rem; border-bottom: 1px solid; break-after: avoid; }
.grade { border: 2px solid; border-radius: .5rem; padding: .5rem 1rem; }
.grade strong { font-size: 1.25rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: .3rem .75rem .3rem 0;
  border-bottom: 1px solid; }
th { width: 34%; font-weight: 600; }
tr, li { break-inside: avoid; }
.note, footer { font-size: .875rem; }
@page { margin: 2cm; }
@media print { body { margin: 0; max-width: none; font-size: 10.5pt; } }
"""


@dataclass(frozen=True, slots=True)
class Link:
    """Something that was published, and where."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with rows of name and value, links, and notes below."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    links: tuple[Link, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole sheet. `grade` and `meaning` stand in the frame below the title."""

    title: str
    subtitle: str
    grade: str
    meaning: str
    sections: tuple[Section, ...]
    footer: str


def write_sheet(path: Path, sheet: Sheet, language: str) -> None:
    """Write a sheet, whole or not at all: a web page, PDF or OpenDocument text.

    Raises UsageError or StorageError.
    """
    need_printable(path, ".odt")
    if path.suffix.lower() == ".pdf":
        data = document(About(sheet.title, language), _blocks(sheet)).data
    elif path.suffix.lower() == ".odt":
        data = plain(_blocks(sheet), sheet.title, language)
    else:
        data = sheet_page(sheet, language).encode()
    write_atomically(path, data)


def _blocks(sheet: Sheet) -> Iterator[Block]:
    yield Heading(1, sheet.title)
    yield Paragraph(sheet.subtitle)
    yield Paragraph(sheet.grade, "answer")
    yield Paragraph(sheet.meaning)
    for section in sheet.sections:
        yield Heading(2, section.title)
        for name, value in section.rows:
            yield Paragraph(f"{name}: {value}")
        if section.links:
            lines = tuple(f"{link.title}: {link.url}" for link in section.links)
            yield Options(lines, boxes=False)
        for note in section.notes:
            yield Paragraph(note, "source")
    yield Paragraph(sheet.footer, "source")


def sheet_page(sheet: Sheet, language: str) -> str:
    """Return the whole page."""
    parts = [
        *page_begin(sheet.title, language, _STYLE),
        f"<p>{escape(sheet.subtitle)}</p>",
        f'<p class="grade"><strong>{escape(sheet.grade)}</strong>',
        f"<br>{escape(sheet.meaning)}</p>",
    ]
    for section in sheet.sections:
        parts += _section(section)
    return "\n".join(
        [*parts, "</main>", _footer(sheet.footer), "</body>", "</html>", ""]
    )


def _section(section: Section) -> list[str]:
    parts = [f"<section><h2>{escape(section.title)}</h2>"]
    if section.rows:
        parts += ["<table>", *(_row(*row) for row in section.rows), "</table>"]
    parts += _links(section.links)
    parts += [f'<p class="note">{escape(note)}</p>' for note in section.notes]
    return [*parts, "</section>"]


def _row(name: str, value: str) -> str:
    return f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'


def _links(links: Sequence[Link]) -> list[str]:
    if not links:
        return []
    items = [
        f'<li>{escape(link.title)}: <a href="{escape(link.url)}" rel="noreferrer">'
        f"{escape(link.url)}</a></li>"
        for link in links
        if link.url.startswith("https://")
    ]
    return ["<ul>", *items, "</ul>"]


def _footer(text: str) -> str:
    return f"<footer><p>{escape(text)}</p></footer>"
