"""A quiz as a sheet of paper: blocks that Word, OpenDocument, HTML and Markdown draw.

First what learners get, then, on a page of its own, the solutions with the sources, the
licence and who made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.exporters.quiz.answers import (
    BLANK,
    answer_lines,
    asked,
    hint,
    letter,
    rights,
)
from app.exporters.quiz.imprint import imprint, source_line, source_names
from app.exporters.quiz.text import clean, one_line
from app.exporters.quiz.wording import QuizWording
from app.values.pictures import Picture
from app.values.quiz import Item, Quiz

MOST_CM = (15.0, 9.0)
_CM_A_PIXEL = 2.54 / 96


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; `level` 1 is the title, 2 a part, 3 a question."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph. `role`: "text", "notice", "hint", "answer" or "source"."""

    text: str
    role: str = "text"


@dataclass(frozen=True, slots=True)
class Options:
    """Answers to choose from; a box to tick stands before each with `boxes`."""

    lines: tuple[str, ...]
    boxes: bool = True


@dataclass(frozen=True, slots=True)
class Lines:
    """So many empty lines to write on."""

    count: int


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first row names the columns."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture; `alt` says what it shows, and is never empty."""

    picture: Picture
    alt: str


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins on a new page."""


Block = Heading | Paragraph | Options | Lines | Table | Figure | NewPage


def paper(quiz: Quiz, wording: QuizWording) -> Iterator[Block]:
    """Yield the blocks of a quiz, all texts cleaned."""
    about = imprint(quiz, wording)
    yield Heading(1, clean(quiz.title))
    yield Paragraph(about.notice, "notice")
    yield Paragraph(f"{wording.name_line} {BLANK * 4}")
    levels = len({item.level for item in quiz.items}) > 1
    level = ""
    for number, item in enumerate(quiz.items, 1):
        if levels and item.level != level:
            level = item.level
            yield Heading(2, clean(level))
        yield Heading(3 if levels else 2, f"{wording.question} {number}")
        yield from _question(item, wording)
    yield NewPage()
    yield Heading(2, wording.solutions)
    for number, item in enumerate(quiz.items, 1):
        yield Heading(3, f"{wording.question} {number}")
        for line in answer_lines(item, wording):
            yield Paragraph(line, "answer")
        if item.feedback and item.kind != "essay":
            yield Paragraph(clean(item.feedback))
        source = source_line(item, wording)
        if source:
            yield Paragraph(clean(source), "source")
    names = source_names(quiz)
    if names:
        yield Heading(2, wording.sources)
        yield Options(names, boxes=False)
    for line in about.lines:
        yield Paragraph(line, "source")
    yield Paragraph(about.notice, "notice")


def _question(item: Item, wording: QuizWording) -> Iterator[Block]:
    yield Paragraph(asked(item))
    for picture in item.pictures:
        yield Figure(picture, one_line(picture.alt) or wording.picture)
    said = hint(item, wording)
    if said:
        yield Paragraph(said, "hint")
    if item.kind in ("single", "multiple"):
        yield Options(
            tuple(f"{letter(n)}) {clean(o.text)}" for n, o in enumerate(item.options))
        )
    elif item.kind == "truefalse":
        yield Options((wording.true, wording.false))
    elif item.kind == "matching":
        lefts = (
            f"{n}. {clean(pair.left)} → ____" for n, pair in enumerate(item.pairs, 1)
        )
        sides = (f"{letter(n)}) {side}" for n, side in enumerate(rights(item)))
        yield Options(tuple(lefts), boxes=False)
        yield Options(tuple(sides), boxes=False)
    elif item.kind == "essay":
        yield Lines(6)
    elif item.kind != "cloze":
        yield Lines(1)


def figure_size_cm(picture: Picture) -> tuple[float, float]:
    """Return width and height on paper, in centimetres: 96 pixels an inch, or less."""
    width, height = picture.width * _CM_A_PIXEL, picture.height * _CM_A_PIXEL
    scale = min(1.0, MOST_CM[0] / width, MOST_CM[1] / height)
    return round(width * scale, 3), round(height * scale, 3)
