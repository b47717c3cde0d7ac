"""Moodle XML → items."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import unescape
from xml.etree.ElementTree import Element, ParseError

from app.exporters.quiz.pictures import PictureBox, decoded
from app.exporters.quiz.reading import (
    DETAILS,
    MOST_ITEMS,
    PICTURE,
    UNKNOWN_KIND,
    UNREADABLE,
    not_readable,
    plain_text,
    remark,
    without_marks,
)
from app.exporters.quiz.xml_reading import parsed_xml
from app.i18n import N_
from app.values.pictures import Picture
from app.values.quiz import BLOOM, Gap, ImportedQuiz, Item, Option, Pair, Quiz, Remark

_SILENT = {"category", "description"}
_GAP = re.compile(r"\{(\d*):([A-Z_]+):((?:[^{}\\]|\\.|&#?\w+;)*)\}", re.DOTALL)
_TEXT_GAPS = {"SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC"}
_NUMBER_GAPS = {"NUMERICAL", "NM"}
_PART = re.compile(r"(?<!\\)~")
_WEIGHT = re.compile(r"(=|%(-?\d+(?:[.,]\d*)?)%)?(.*)", re.DOTALL)
CHOICES = N_("the wrong answers of a gap to choose from")
HINTS = N_("hints")
PARTIAL = N_("answers of a gap that count in part")


def read_moodle(data: bytes, name: str) -> ImportedQuiz:
    """Return the quiz of a Moodle XML file. Raises DocumentError."""
    try:
        root = parsed_xml(data)
    except (ParseError, ValueError, LookupError):
        raise not_readable() from None
    if root.tag != "quiz":
        raise not_readable()
    remarks: list[Remark] = []
    box = PictureBox(remarks)
    items = []
    number = 0
    for element in root.findall("question")[:MOST_ITEMS]:
        kind = element.get("type", "")
        if kind in _SILENT:
            continue
        number += 1
        read = _KINDS.get(kind)
        if read is None:
            remark(remarks, number, UNKNOWN_KIND, kind=kind)
            continue
        try:
            items.append(_Question(element, number, remarks, box).item(read))
        except (ValueError, IndexError):
            remark(remarks, number, UNREADABLE)
    if not number:
        raise not_readable("empty")
    return ImportedQuiz(Quiz(name, tuple(items)), tuple(remarks))


class _Question:
    """One `<question>` while it is read."""

    def __init__(
        self, element: Element, number: int, remarks: list[Remark], box: PictureBox
    ) -> None:
        self.element = element
        self.number = number
        self.remarks = remarks
        self.pictures: tuple[Picture, ...] = ()
        self._box = box

    def item(self, read: Callable[[_Question], Item]) -> Item:
        """Return the item with what all kinds have in common."""
        made = read(self)
        element = self.element
        if element.find("hint") is not None:
            remark(self.remarks, self.number, DETAILS, what=HINTS)
        tags, bloom = without_marks(
            (t.findtext("text") or "").strip() for t in element.findall("tags/tag")
        )
        return Item(
            kind=made.kind,
            text=made.text,
            options=made.options,
            pairs=made.pairs,
            gaps=made.gaps,
            truth=made.truth,
            right_feedback=made.right_feedback,
            wrong_feedback=made.wrong_feedback,
            name=(element.findtext("name/text") or "").strip(),
            feedback=self.text(element.find("generalfeedback")),
            tags=tags,
            bloom=bloom if bloom in BLOOM else "",
            points=_float(element.findtext("defaultgrade"), 1.0),
            origin="imported",
            id=(element.findtext("idnumber") or "").strip(),
            pictures=self.pictures,
        )

    def text(self, element: Element | None, form: str = "html") -> str:
        """Return the text of an element as its `format` says."""
        if element is None:
            return ""
        text = element.findtext("text") or ""
        if element.get("format", form) == "plain_text":
            return text.strip()
        if element.find("file") is not None:
            remark(self.remarks, self.number, PICTURE)
        return plain_text(text, self.number, self.remarks)

    def options(self, form: str) -> tuple[Option, ...]:
        """Return all answers with fractions, feedback and tolerances."""
        return tuple(
            Option(
                self.text(answer, answer.get("format", form)),
                _float(answer.get("fraction"), 0.0),
                self.text(answer.find("feedback")),
                _float(answer.findtext("tolerance"), 0.0),
            )
            for answer in self.element.findall("answer")
        )

    def question(self) -> str:
        """Return the question's text, and keep its pictures."""
        element = self.element.find("questiontext")
        if element is None or element.get("format") == "plain_text":
            return self.text(element)
        return plain_text(self.markup(), self.number, self.remarks)

    def markup(self) -> str:
        """Return the question's text as HTML without its pictures, and keep these."""
        element = self.element.find("questiontext")
        if element is None:
            return ""
        files = {
            (file.get("path") or "/") + (file.get("name") or ""): file.text or ""
            for file in element.findall("file")
        }
        seen = set()

        def find(address: str) -> bytes | None:
            name = _address(address)
            seen.add(name)
            return decoded(files[name]) if name in files else None

        text = element.findtext("text") or ""
        text, self.pictures = self._box.taken(text, self.number, find)
        if files.keys() - seen:
            remark(self.remarks, self.number, PICTURE)
        return text


def _address(address: str) -> str:
    """Return the place of a file that an address in Moodle's HTML names."""
    place = address.removeprefix("@@PLUGINFILE@@").partition("?")[0]
    data = re.sub(
        rb"%([0-9a-fA-F]{2})", lambda m: bytes([int(m[1], 16)]), place.encode("utf-8")
    )
    return data.decode("utf-8", "replace")


def _float(text: str | None, default: float) -> float:
    return float(text.replace(",", ".")) if text and text.strip() else default


def _choice(question: _Question) -> Item:
    single = (question.element.findtext("single") or "true").strip()
    kind = "single" if single in ("true", "1") else "multiple"
    return Item(kind, question.question(), question.options("html"))


def _truth(question: _Question) -> Item:
    options = {o.text.casefold(): o for o in question.options("plain_text")}
    right = options["true"].fraction > 0 if "true" in options else False
    said = {name: o.feedback for name, o in options.items()}
    good, bad = ("true", "false") if right else ("false", "true")
    return Item(
        "truefalse",
        question.question(),
        truth=right,
        right_feedback=said.get(good, ""),
        wrong_feedback=said.get(bad, ""),
    )


def _plain_options(question: _Question) -> tuple[Option, ...]:
    return tuple(
        Option(
            (answer.findtext("text") or "").strip().replace("\\*", "*"),
            _float(answer.get("fraction"), 0.0),
            question.text(answer.find("feedback")),
            _float(answer.findtext("tolerance"), 0.0),
        )
        for answer in question.element.findall("answer")
    )


def _short(question: _Question) -> Item:
    return Item("short", question.question(), _plain_options(question))


def _number(question: _Question) -> Item:
    return Item("numerical", question.question(), _plain_options(question))


def _matching(question: _Question) -> Item:
    pairs = tuple(
        Pair(question.text(sub), (sub.findtext("answer/text") or "").strip())
        for sub in question.element.findall("subquestion")
    )
    return Item("matching", question.question(), pairs=pairs)


def _essay(question: _Question) -> Item:
    return Item("essay", question.question())


def _cloze(question: _Question) -> Item:
    """Return a gap text; each gap keeps its right answers."""
    markup = question.markup()
    parts: list[str] = []
    answers: list[list[str]] = []
    place = 0
    for match in _GAP.finditer(markup):
        parts.append(markup[place : match.start()])
        answers.append(_gap_answers(match[2], match[3], question))
        place = match.end()
    parts.append(markup[place:])
    return _with_gaps(parts, answers, question)


def _with_gaps(
    parts: Sequence[str], answers: Sequence[Sequence[str]], question: _Question
) -> Item:
    # A sign that no text holds stands for the gaps while the markup goes.
    whole = plain_text("\ue000".join(parts), question.number, question.remarks)
    pieces = whole.split("\ue000")
    if len(pieces) != len(answers) + 1 or not answers or not all(answers):
        raise ValueError("no gaps")
    text, gaps = pieces[0], []
    for found, piece in zip(answers, pieces[1:], strict=True):
        gaps.append(Gap(len(text), len(text) + len(found[0]), tuple(found[1:])))
        text += found[0] + piece
    return Item("cloze", text, gaps=tuple(gaps))


def _gap_answers(kind: str, body: str, question: _Question) -> list[str]:
    found = []
    for part in _PART.split(body):
        match = _WEIGHT.fullmatch(part)
        if match is None:
            continue
        answer = re.split(r"(?<![\\&])#", match[3])[0]
        whole = match[1] == "=" or (
            match[2] and float(match[2].replace(",", ".")) == 100
        )
        if not whole:
            known = kind in _TEXT_GAPS | _NUMBER_GAPS
            what = PARTIAL if known else CHOICES
            remark(question.remarks, question.number, DETAILS, what=what)
            continue
        text = unescape(answer)
        for sign in "}#~\\*":
            text = text.replace(f"\\{sign}", sign)
        if kind in _NUMBER_GAPS:
            text = text.partition(":")[0]
        found.append(text.strip())
    return [answer for answer in found if answer]


_KINDS: dict[str, Callable[[_Question], Item]] = {
    "multichoice": _choice,
    "truefalse": _truth,
    "shortanswer": _short,
    "numerical": _number,
    "matching": _matching,
    "cloze": _cloze,
    "multianswer": _cloze,
    "essay": _essay,
}
