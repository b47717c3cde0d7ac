"""A quiz as Markdown with YAML front matter; everything of Markdown is escaped.

It is one file that can be sent on: pictures stand at its end as `data:` addresses that
the text refers to, so that the text itself stays readable.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from app.exporters.markdown import escape
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
    paper,
)
from app.exporters.quiz.text import clean
from app.exporters.quiz.wording import QuizWording
from app.values.quiz import Quiz

_ROLES = {"notice": "*{}*", "hint": "*{}*", "answer": "**{}**"}


def markdown(quiz: Quiz, wording: QuizWording) -> str:
    """Return the whole file."""
    return drawn(quiz, wording, paper(quiz, wording))


def drawn(quiz: Quiz, wording: QuizWording, blocks: Iterable[Block]) -> str:
    """Return a file of blocks with a quiz's imprint at its head."""
    about = imprint(quiz, wording)
    head: dict[str, object] = {
        "title": clean(quiz.title),
        "language": quiz.language,
        "notice": about.notice,
        **dict(about.facts),
        "sources": list(source_names(quiz)),
    }
    lines = [f"{key}: {json.dumps(head[key], ensure_ascii=False)}" for key in head]
    whole = list(blocks)
    body = [line for block in whole for line in _drawn(block)]
    shown = {b.picture.name: b.picture for b in whole if isinstance(b, Figure)}
    ends = [f"[{name}]: {picture.address}" for name, picture in shown.items()]
    return "\n".join(["---", *lines, "---", "", *body, *ends]).rstrip() + "\n"


def _drawn(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield from (f"{'#' * block.level} {_line(block.text)}", "")
    elif isinstance(block, Paragraph):
        pattern = _ROLES.get(block.role, "{}")
        for line in block.text.split("\n"):
            if line.strip():
                yield from (pattern.format(escape(line.strip())), "")
    elif isinstance(block, Options):
        mark = "- [ ] " if block.boxes else "- "
        yield from (mark + _line(text) for text in block.lines)
        yield ""
    elif isinstance(block, Lines):
        yield from ("\\_" * 40, "") * block.count
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Figure):
        yield from (f"![{_line(block.alt)}][{block.picture.name}]", "")
    elif isinstance(block, NewPage):
        yield from ("---", "")


def _line(text: str) -> str:
    return escape(" ".join(text.split()))


def _table(block: Table) -> Iterator[str]:
    for place, row in enumerate(block.rows):
        yield f"| {' | '.join(_line(cell) for cell in row)} |"
        if place == 0:
            yield f"|{' --- |' * len(row)}"
    yield ""
