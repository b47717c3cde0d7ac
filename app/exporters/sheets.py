"""A sheet of the workshop as a file: Word, OpenDocument, HTML, Markdown or tables.

The same blocks, marks and metadata as a quiz on paper; see `quiz.paper` and
`quiz.imprint`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from app.errors import StorageError, UsageError
from app.exporters.pdf import document
from app.exporters.quiz import markdown, odt, page
from app.exporters.quiz.imprint import imprint, place_of, source_names
from app.exporters.quiz.paper import Block, Heading, Options, Paragraph, Table
from app.exporters.quiz.text import clean
from app.exporters.quiz.wording import QuizWording, quiz_wording
from app.files import write_atomically
from app.i18n import N_
from app.values.quiz import Quiz
from app.values.sheets import Sheet, SheetLine

ENDINGS = ("docx", "odt", "pdf", "html", "md", "csv", "xlsx", "txt")
_LEAST_WIDTH, _MOST_WIDTH = 8, 60
NOTICE = N_(
    "This text was put together with the help of artificial intelligence. Compare it with"
    " the sources before you rely on it."
)
NOTICE_RULES = N_(
    "This text was put together by a computer program, without a language model. Compare"
    " it with the sources before you rely on it."
)


def export_sheet(
    sheet: Sheet,
    ending: str,
    say: Callable[[str], str],
    licence: str = "",
    author: str = "",
) -> bytes:
    """Return a sheet as a file of the kind that `ending` names. Raises UsageError."""
    kind = ending.lower().lstrip(".")
    if kind not in ENDINGS:
        raise UsageError(
            N_("Allmende cannot write files that end in “{ending}”."),
            N_("Use one of these endings: {endings}."),
            ending=ending,
            endings=", ".join(f".{name}" for name in ENDINGS),
        )
    about = Quiz(
        sheet.title,
        (),
        sheet.language,
        licence,
        author,
        model=sheet.model,
        documents=sheet.documents,
    )
    words = replace(
        quiz_wording(say), notice=say(NOTICE), notice_text=say(NOTICE_RULES)
    )
    if kind == "csv":
        return _table(sheet, about, words).encode("utf-8")
    if kind == "xlsx":
        return _workbook(sheet, about, words)
    blocks = list(_blocks(sheet, about, words))
    if kind == "txt":
        return _plain(blocks).encode("utf-8")
    if kind in ("md", "html"):
        draw = markdown.drawn if kind == "md" else page.drawn
        return draw(about, words, blocks).encode("utf-8")
    if kind == "pdf":
        return document.drawn(about, words, blocks)
    if kind == "docx":
        # Its library takes a third of a second to load.
        from app.exporters.quiz import word

        return word.drawn(about, words, blocks)
    return odt.drawn(about, words, blocks)


def write_sheet(path: Path, data: bytes) -> None:
    """Write a sheet's file, whole or not at all. Raises StorageError."""
    try:
        write_atomically(path, data)
    except StorageError as error:
        raise StorageError(
            N_("{file} cannot be written."),
            N_("Close it in other programs, or choose another folder."),
            file=path,
        ) from error


def _blocks(sheet: Sheet, about: Quiz, wording: QuizWording) -> Iterator[Block]:
    said = imprint(about, wording)
    yield Heading(1, clean(sheet.title))
    rows: list[tuple[str, ...]] = []
    for line in sheet.lines:
        if line.kind == "row":
            rows.append(_row(line, wording))
            continue
        if rows:
            yield Table(_even(rows))
            rows = []
        yield from _line(line, wording)
    if rows:
        yield Table(_even(rows))
    names = source_names(about)
    if names:
        yield Heading(2, wording.sources)
        yield Options(names, boxes=False)
    for text in (*said.lines, said.notice):
        yield Paragraph(text, "source" if text != said.notice else "notice")


def _even(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return rows of one width: those without a place have an empty cell there."""
    return tuple(zip(*zip_longest(*rows, fillvalue=""), strict=True))


def _row(line: SheetLine, wording: QuizWording) -> tuple[str, ...]:
    cells = tuple(clean(cell) for cell in line.cells)
    return (*cells, place_of(line.source, wording)) if line.source else cells


def _line(line: SheetLine, wording: QuizWording) -> Iterator[Block]:
    text = clean("\n".join(line.cells))
    if line.kind == "heading":
        yield Heading(2, text)
    elif line.kind == "bullet":
        yield Options((text,), boxes=False)
    else:
        yield Paragraph(text, "hint" if line.kind == "note" else "text")
    if line.source:
        yield Paragraph(
            wording.source.format(place=place_of(line.source, wording)), "source"
        )


def _plain(blocks: list[Block]) -> str:
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Heading | Paragraph):
            lines += [block.text, ""]
        elif isinstance(block, Options):
            lines += [f"- {text}" for text in block.lines] + [""]
        elif isinstance(block, Table):
            lines += ["\t".join(row) for row in block.rows] + [""]
    return "\n".join(lines).rstrip() + "\n"


def _table(sheet: Sheet, about: Quiz, wording: QuizWording) -> str:
    from app.exporters.quiz.sheet import harmless

    buffer = io.StringIO()
    separator = "," if sheet.language == "en" else ";"
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\r\n")
    for line in sheet.lines:
        writer.writerow([harmless(cell) for cell in _row(line, wording)])
    said = imprint(about, wording)
    writer.writerow([])
    names = [f"{wording.sources}: {name}" for name in source_names(about)]
    facts = [f"{key}: {value}" for key, value in said.facts]
    for text in (said.notice, *said.lines, *names, *facts):
        writer.writerow([harmless(text)])
    return f"\ufeff{buffer.getvalue()}"


def _workbook(sheet: Sheet, about: Quiz, wording: QuizWording) -> bytes:
    """Return the tables of a sheet as sheets of a workbook, each under its heading."""
    from app.exporters.quiz.sheet import workbook

    tables: list[tuple[str, list[tuple[str, ...]]]] = [(clean(sheet.title), [])]
    for line in sheet.lines:
        if line.kind == "heading":
            tables.append((clean(line.cells[0]), []))
        else:
            tables[-1][1].append(_row(line, wording))
    filled = [(name, rows) for name, rows in tables if rows] or [(tables[0][0], [()])]
    return workbook(
        about,
        wording,
        [(name, rows, _widths(rows)) for name, rows in filled],
        numbers=True,
    )


def _widths(rows: list[tuple[str, ...]]) -> tuple[int, ...]:
    """Return a width for each column, in letters: as its longest text, within limits."""
    columns = zip_longest(*rows, fillvalue="")
    return tuple(
        max(_LEAST_WIDTH, min(_MOST_WIDTH, 2 + max(map(len, column))))
        for column in columns
    )
