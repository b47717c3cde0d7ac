"""An item as lines that people read: the question as it is asked, and its answer."""

from __future__ import annotations

from app.exporters.quiz.text import clean
from app.exporters.quiz.wording import QuizWording
from app.values.quiz import Item

BLANK = "________"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def letter(place: int) -> str:
    """Return what an option is called: a, b … z, aa, ab and so on for 0, 1, 2."""
    text = ""
    place += 1
    while place > 0:
        place, rest = divmod(place - 1, 26)
        text = _LETTERS[rest] + text
    return text


def asked(item: Item) -> str:
    """Return the question's text, with lines where something is missing."""
    if item.kind != "cloze":
        return clean(item.text)
    parts, place = [], 0
    for gap in item.gaps:
        parts += [item.text[place : gap.start], BLANK]
        place = gap.end
    return clean("".join([*parts, item.text[place:]]))


def hint(item: Item, wording: QuizWording) -> str:
    """Return what one has to do, "" where the question says it."""
    return {
        "multiple": wording.several,
        "truefalse": wording.decide,
        "cloze": wording.fill,
    }.get(item.kind, "")


def rights(item: Item) -> list[str]:
    """Return the right sides of a matching item, sorted so that order tells nothing."""
    return sorted({clean(pair.right) for pair in item.pairs}, key=str.casefold)


def question_lines(item: Item, wording: QuizWording) -> list[str]:
    """Return a question with its options, line by line."""
    lines = [asked(item)]
    said = hint(item, wording)
    if said:
        lines.append(said)
    if item.kind in ("single", "multiple"):
        lines += [f"{letter(n)}) {clean(o.text)}" for n, o in enumerate(item.options)]
    if item.kind == "matching":
        sides = rights(item)
        lines += [f"{n}. {clean(pair.left)}" for n, pair in enumerate(item.pairs, 1)]
        lines += [f"{letter(n)}) {side}" for n, side in enumerate(sides)]
    return lines


def answer_lines(item: Item, wording: QuizWording) -> list[str]:
    """Return the right answer, line by line; for an essay what it should hold."""
    if item.kind in ("single", "multiple"):
        return [
            f"{letter(n)}) {clean(o.text)}"
            for n, o in enumerate(item.options)
            if o.fraction > 0
        ]
    if item.kind == "truefalse":
        return [wording.true if item.truth else wording.false]
    if item.kind == "matching":
        sides = rights(item)
        return [
            f"{n}. {clean(pair.left)} → {letter(sides.index(clean(pair.right)))})"
            f" {clean(pair.right)}"
            for n, pair in enumerate(item.pairs, 1)
        ]
    if item.kind == "cloze":
        return [
            clean(" / ".join((item.answer_of(gap), *gap.also))) for gap in item.gaps
        ]
    if item.kind == "essay":
        return [clean(item.feedback)] if item.feedback else []
    return [_accepted(item)]


def _accepted(item: Item) -> str:
    parts = []
    for option in item.options:
        if option.fraction > 0:
            more = f" (± {option.tolerance:g})" if option.tolerance else ""
            share = "" if option.fraction == 100 else f" ({option.fraction:g} %)"
            parts.append(f"{clean(option.text)}{more}{share}")
    return " / ".join(parts)


def kind_word(item: Item, wording: QuizWording) -> str:
    """Return the name of an item's kind."""
    return wording.kinds[item.kind]
