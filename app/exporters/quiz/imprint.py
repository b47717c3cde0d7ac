"""What every exported quiz says about itself, for people and for machines.

EU AI Act, Article 50(2): text that AI made is marked so that machines see it. Items
that were built from the text without a model count as well: a program wrote them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from app.exporters.marks import GENERATOR, source_type
from app.exporters.quiz.text import clean, one_line
from app.exporters.quiz.wording import QuizWording
from app.values.places import place_words
from app.values.quiz import Item, ItemSource, Quiz

# Always the same word, whatever the language of the file, so that scripts find it.
MACHINE_TAG = "ai-generated"
_TAG_MOST = 50


@dataclass(frozen=True, slots=True)
class Imprint:
    """`notice` is shown at the top; `lines` at the end, `facts` go into metadata."""

    notice: str
    lines: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]


def imprint(quiz: Quiz, wording: QuizWording) -> Imprint:
    """Return what a file says about a quiz."""
    by_model = bool(quiz.model) or any(item.origin == "model" for item in quiz.items)
    notice = wording.notice if by_model else wording.notice_text
    lines = []
    if quiz.checked_by:
        checked = wording.checked.format(name=quiz.checked_by, date=quiz.checked_on)
        lines.append(checked)
    if quiz.author:
        lines.append(wording.author.format(author=quiz.author))
    if quiz.licence:
        lines.append(wording.licence.format(licence=quiz.licence))
    if quiz.model:
        lines.append(wording.model.format(model=quiz.model))
    facts = {
        "generator": GENERATOR,
        "digitalSourceType": "" if quiz.by_people else source_type(by_model),
        "aiGenerated": "" if quiz.by_people else "true",
        "created": quiz.created,
        "licence": quiz.licence,
        "author": quiz.author,
        "model": quiz.model,
        "checkedBy": quiz.checked_by,
        "checkedOn": quiz.checked_on,
    }
    return Imprint(
        clean(notice),
        tuple(clean(line) for line in lines),
        tuple((key, clean(value)) for key, value in facts.items() if value),
    )


def source_names(quiz: Quiz) -> tuple[str, ...]:
    """Return the names of the source files, without their folders."""
    names = (PurePath(file).name or file for file in quiz.sources)
    return tuple(dict.fromkeys(clean(name) for name in names))


def place_of(source: ItemSource, wording: QuizWording) -> str:
    """Return where an item's source is, for people; no folders of this computer."""
    where = place_words(source.page, source.place, lambda key: wording.places[key])
    parts = (PurePath(source.file).name or source.file, source.heading, where)
    return one_line(", ".join(part for part in parts if part))


def source_line(item: Item, wording: QuizWording) -> str:
    """Return the line that names an item's source, "" without one."""
    if item.source is None:
        return ""
    return wording.source.format(place=place_of(item.source, wording))


def feedback_of(item: Item, wording: QuizWording) -> str:
    """Return what is shown after answering: the feedback and the source."""
    parts = (item.feedback, source_line(item, wording))
    return clean("\n".join(part for part in parts if part))


def tags_of(item: Item, quiz: Quiz, wording: QuizWording) -> tuple[str, ...]:
    """Return an item's tags with the marks of the file's origin, each once."""
    tags = [*item.tags, f"bloom:{item.bloom}" if item.bloom else "", item.level]
    if item.origin in ("model", "text"):
        tags += [wording.ai_tag, MACHINE_TAG]
    tags.append(quiz.licence)
    cleaned = [one_line(tag)[:_TAG_MOST].strip() for tag in tags]
    # Moodle takes tags that differ in case only for the same.
    return tuple({tag.casefold(): tag for tag in cleaned if tag}.values())
