r"""GIFT: Moodle's format for editing by hand.

https://docs.moodle.org/en/GIFT_format. A blank line ends a question, so a question is
one line and a line break is the two signs `\n`; `->` has no escape and is written →
inside braces; texts are marked as plain, so that `<` and `&` mean themselves. A gap
text becomes one missing-word question a gap, because GIFT knows no more than one; the
other gaps stay open in it, or the questions would answer each other.
"""

from __future__ import annotations

from app.exporters.quiz.imprint import feedback_of, imprint, tags_of
from app.exporters.quiz.moodle import grade
from app.exporters.quiz.text import clean, name_of, one_line
from app.exporters.quiz.wording import QuizWording
from app.values.quiz import Gap, Item, Option, Quiz

_NOTHING = "…"
_OPEN_GAP = "____"
_SPECIAL = str.maketrans({s: f"\\{s}" for s in "\\~=#{}:"} | {"\n": "\\n", "\t": " "})


def gift(quiz: Quiz, wording: QuizWording) -> str:
    """Return the whole file."""
    about = imprint(quiz, wording)
    head = [quiz.title, about.notice, *about.lines]
    head += [f"{key}: {value}" for key, value in about.facts]
    parts = ["\n".join(f"// {_comment(line)}" for line in head)]
    for number, item in enumerate(quiz.items, 1):
        parts += _questions(number, item, quiz, wording)
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Return text as it stands outside braces."""
    return clean(text).strip().translate(_SPECIAL)


def _stem(text: str) -> str:
    """Return a question's text; an empty one would not be a question."""
    return escaped(text) or _NOTHING


def _inside(text: str) -> str:
    """Return text as it stands inside braces, where an arrow would mean a pair."""
    arrows = clean(text).replace("<->", "↔").replace("->", "→")
    return escaped(arrows) or _NOTHING


def _comment(text: str) -> str:
    return one_line(text).replace("[", "(").replace("]", ")")


def _questions(number: int, item: Item, quiz: Quiz, wording: QuizWording) -> list[str]:
    marks = "".join(f"[tag:{_tag(t)}] " for t in tags_of(item, quiz, wording))
    if item.kind != "cloze":
        name = name_of(item.name or item.text, number)
        ident = f"[id:{item.id}] " if item.id else ""
        answers = _answers(item, wording)
        return [
            f"// {ident}{marks}\n::{escaped(name)}::[plain]{_stem(item.text)} {answers}"
        ]
    feedback = _general(feedback_of(item, wording))
    result = []
    for place, gap in enumerate(item.gaps, 1):
        count = f" ({place}/{len(item.gaps)})" if len(item.gaps) > 1 else ""
        name = name_of(item.name or _with_open_gaps(item), number)
        name = name[: 255 - len(count)] + count
        ident = f"[id:{item.id}-{place}] " if item.id else ""
        before = _with_open_gaps(item, 0, gap.start)
        after = _with_open_gaps(item, gap.end)
        space = " " if before[-1:].isspace() or not before.strip() else ""
        apart = " " if after[:1].isspace() else ""
        result.append(
            f"// {ident}{marks}\n::{escaped(name)}::[plain]{_stem(before)}{space}"
            f"{{{_gap(item, gap)}{feedback}}}{apart}{escaped(after)}"
        )
    return result


def _with_open_gaps(item: Item, start: int = 0, end: int | None = None) -> str:
    """Return a stretch of a gap text, with each gap in it left open."""
    end = len(item.text) if end is None else end
    parts, place = [], start
    for gap in sorted(item.gaps, key=lambda gap: gap.start):
        if place <= gap.start and gap.end <= end:
            parts += [item.text[place : gap.start], _OPEN_GAP]
            place = gap.end
    return "".join([*parts, item.text[place:end]])


def _gap(item: Item, gap: Gap) -> str:
    return " ".join(f"={_inside(a)}" for a in (item.answer_of(gap), *gap.also))


def _tag(text: str) -> str:
    for sign in "<>`":
        text = text.replace(sign, "")
    return text.replace("\\", "").replace("]", "\\]")


def _general(feedback: str) -> str:
    return f" ####{_inside(feedback)}" if feedback.strip() else ""


def _answers(item: Item, wording: QuizWording) -> str:
    general = _general(feedback_of(item, wording))
    if item.kind == "truefalse":
        said = ""
        if item.wrong_feedback or item.right_feedback:
            said = f"#{_inside(item.wrong_feedback)}#{_inside(item.right_feedback)}"
        return f"{{{'T' if item.truth else 'F'}{said}{general}}}"
    if item.kind == "matching":
        pairs = " ".join(
            f"={_inside(p.left)} -> {_inside(p.right)}" for p in item.pairs
        )
        return f"{{{pairs}{general}}}"
    if item.kind == "numerical":
        return f"{{#{_numbers(item)}{general}}}"
    if item.kind == "essay":
        return f"{{{general.strip()}}}"
    return f"{{{' '.join(_option(o, item.kind) for o in item.options)}{general}}}"


def _numbers(item: Item) -> str:
    return " ".join(
        f"={_weight(o)}{clean(o.text).replace(',', '.')}:{o.tolerance:g}{_said(o)}"
        for o in item.options
    )


def _option(option: Option, kind: str) -> str:
    right = option.fraction > 0 if kind == "short" else option.fraction == 100
    if kind == "multiple":
        mark = f"~%{grade(option.fraction)}%"
    elif right:
        mark = f"={_weight(option)}"
    else:
        mark = f"~{_weight(option) if option.fraction else ''}"
    return f"{mark}{_inside(option.text)}{_said(option)}"


def _weight(option: Option) -> str:
    return "" if option.fraction == 100 else f"%{grade(option.fraction)}%"


def _said(option: Option) -> str:
    return f"#{_inside(option.feedback)}" if option.feedback.strip() else ""
