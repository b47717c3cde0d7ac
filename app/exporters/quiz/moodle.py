"""Moodle XML: the richest of the formats that Moodle reads.

https://docs.moodle.org/en/Moodle_XML_format. Texts are HTML with nothing but line
breaks in it; accepted answers of short and numerical questions are plain, and `*` in
them is a wildcard unless it is escaped. Moodle knows only some fractions (`grade`).
"""

from __future__ import annotations

import base64
import re

from app.exporters.quiz import pictures
from app.exporters.quiz.imprint import (
    feedback_of,
    imprint,
    source_names,
    tags_of,
)
from app.exporters.quiz.text import clean, html, name_of, xml
from app.exporters.quiz.wording import QuizWording
from app.values.quiz import Gap, Item, Quiz

# What the import accepts, in percent; anything else is refused there.
GRADES = (
    100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20,
    16.66667, 14.28571, 12.5, 11.11111, 10, 5, 0,
)  # fmt: skip
TYPES = {
    "single": "multichoice",
    "multiple": "multichoice",
    "truefalse": "truefalse",
    "short": "shortanswer",
    "matching": "matching",
    "cloze": "cloze",
    "numerical": "numerical",
    "essay": "essay",
}


def moodle_xml(quiz: Quiz, wording: QuizWording) -> str:
    """Return the whole file."""
    about = imprint(quiz, wording)
    facts = (f"{key}={value}" for key, value in about.facts)
    comment = " | ".join((about.notice, *about.lines, *source_names(quiz), *facts))
    # Two hyphens would end the comment.
    comment = re.sub("-(?=-)", "- ", comment)
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', f"<!-- {comment} -->", "<quiz>"]
    for number, item in enumerate(quiz.items, 1):
        parts += _question(number, item, quiz, wording)
    return "\n".join([*parts, "</quiz>", ""])


def grade(fraction: float) -> str:
    """Return the nearest fraction that Moodle knows, as it is written there."""
    best = min(GRADES, key=lambda known: abs(known - abs(fraction)))
    return f"{'-' if fraction < 0 and best else ''}{best:.7g}"


def cdata(text: str) -> str:
    """Return text for an element, in a CDATA section where it holds signs of XML."""
    if not any(sign in text for sign in "<>&\"'"):
        return text
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _text(text: str) -> str:
    return f"<text>{cdata(text)}</text>"


def _html(name: str, text: str, extra: str = "") -> str:
    return f'<{name} format="html">{_text(html(text))}{extra}</{name}>'


def _files(item: Item) -> str:
    return "".join(
        f'<file name="{name}" path="/" encoding="base64">'
        f"{base64.b64encode(data).decode('ascii')}</file>"
        for name, data in pictures.files([item]).items()
    )


def _question(number: int, item: Item, quiz: Quiz, wording: QuizWording) -> list[str]:
    name = name_of(item.name or item.text, number)
    text = cloze_text(item) if item.kind == "cloze" else html(item.text)
    text += _braces(pictures.elements(item, "@@PLUGINFILE@@/"))
    parts = [
        f'<question type="{TYPES[item.kind]}">',
        f"<name>{_text(name)}</name>",
        f'<questiontext format="html">{_text(text)}{_files(item)}</questiontext>',
        _html("generalfeedback", feedback_of(item, wording)),
    ]
    if item.kind != "cloze":
        parts.append(f"<defaultgrade>{item.points:g}</defaultgrade>")
    parts += ["<penalty>0.3333333</penalty>", "<hidden>0</hidden>"]
    parts.append(f"<idnumber>{xml(item.id)}</idnumber>")
    parts += _answers(item)
    tags = "".join(f"<tag>{_text(tag)}</tag>" for tag in tags_of(item, quiz, wording))
    return [*parts, f"<tags>{tags}</tags>", "</question>"]


def _answers(item: Item) -> list[str]:
    if item.kind in ("single", "multiple"):
        return [
            f"<single>{'true' if item.kind == 'single' else 'false'}</single>",
            "<shuffleanswers>true</shuffleanswers>",
            "<answernumbering>abc</answernumbering>",
            *(
                _answer(html(o.text), grade(o.fraction), o.feedback, 'format="html"')
                for o in item.options
            ),
        ]
    if item.kind == "truefalse":
        said = {item.truth: item.right_feedback, not item.truth: item.wrong_feedback}
        return [
            _answer(word, "100" if item.truth is value else "0", said[value])
            for word, value in (("true", True), ("false", False))
        ]
    if item.kind == "short":
        return [
            "<usecase>0</usecase>",
            *(
                _answer(
                    clean(o.text).replace("*", "\\*"), grade(o.fraction), o.feedback
                )
                for o in item.options
            ),
        ]
    if item.kind == "numerical":
        return [
            _answer(
                clean(o.text).replace(",", "."),
                grade(o.fraction),
                o.feedback,
                tolerance=f"<tolerance>{o.tolerance:g}</tolerance>",
            )
            for o in item.options
        ]
    if item.kind == "matching":
        return [
            "<shuffleanswers>true</shuffleanswers>",
            *(
                _html(
                    "subquestion", p.left, f"<answer>{_text(clean(p.right))}</answer>"
                )
                for p in item.pairs
            ),
        ]
    if item.kind == "essay":
        return ["<responseformat>editor</responseformat>"]
    return []


def _answer(
    text: str, fraction: str, feedback: str, form: str = "", tolerance: str = ""
) -> str:
    form = form or 'format="moodle_auto_format"'
    said = _html("feedback", feedback)
    return (
        f'<answer fraction="{fraction}" {form}>{_text(text)}{said}{tolerance}</answer>'
    )


def cloze_text(item: Item) -> str:
    """Return a gap text in Moodle's own notation."""
    parts, place = [], 0
    for gap in item.gaps:
        parts.append(_outside(item.text[place : gap.start]))
        parts.append(_gap(item, gap))
        place = gap.end
    return "".join([*parts, _outside(item.text[place:])])


def _outside(text: str) -> str:
    return _braces(html(text))


def _braces(markup: str) -> str:
    """Return markup in which no brace opens a gap."""
    return markup.replace("{", "&#123;").replace("}", "&#125;")


def _gap(item: Item, gap: Gap) -> str:
    answers = "~".join(f"={_gap_answer(a)}" for a in (item.answer_of(gap), *gap.also))
    return "{1:SHORTANSWER:" + answers + "}"


def _gap_answer(text: str) -> str:
    """Return an answer; entities are undone by Moodle after it has split the gap."""
    signs = {"\\": "&#92;", "#": "&#35;", "~": "&#126;", "}": "&#125;", "{": "&#123;",
             "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;", "*": "\\*",
             "\n": " "}  # fmt: skip
    return "".join(signs.get(sign, sign) for sign in clean(text))
