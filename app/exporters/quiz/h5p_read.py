"""H5P question sets, and single H5P questions, → items."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from app.exporters.quiz.reading import (
    DETAILS,
    MOST_ITEMS,
    UNKNOWN_KIND,
    UNREADABLE,
    not_readable,
    plain_text,
    remark,
)
from app.i18n import N_
from app.values.quiz import Gap, ImportedQuiz, Item, Option, Quiz, Remark

_MOST_JSON_BYTES = 20_000_000
_BLANK = re.compile(r"\*([^*\n]+)\*")
TIPS = N_("tips")
MEDIA = N_("a picture or a video")


def read_h5p(data: bytes, name: str) -> ImportedQuiz:
    """Return the quiz of an H5P package. Raises DocumentError."""
    head, content = _contents(data)
    if not isinstance(head, dict) or not isinstance(content, dict):
        raise not_readable()
    library = str(head.get("mainLibrary", ""))
    remarks: list[Remark] = []
    items = []
    number = 0
    for number, (kind, params) in enumerate(_questions(library, content), 1):
        read = _KINDS.get(kind)
        if read is None:
            remark(remarks, number, UNKNOWN_KIND, kind=kind)
            continue
        try:
            items += read(params, _Reader(number, remarks))
        except (KeyError, TypeError, ValueError, AttributeError):
            remark(remarks, number, UNREADABLE)
    if not number:
        raise not_readable("empty")
    title = str(head.get("title") or name)
    language = str(head.get("language") or "en")
    return ImportedQuiz(Quiz(title, tuple(items), language), tuple(remarks))


def _contents(data: bytes) -> tuple[Any, Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            found = []
            for name in ("h5p.json", "content/content.json"):
                if package.getinfo(name).file_size > _MOST_JSON_BYTES:
                    raise not_readable("too_big")
                found.append(json.loads(package.read(name)))
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError,
            RecursionError, NotImplementedError, RuntimeError):  # fmt: skip
        raise not_readable() from None
    return found[0], found[1]


def _questions(library: str, content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if library != "H5P.QuestionSet":
        yield library, content
        return
    questions = content.get("questions")
    for question in questions[:MOST_ITEMS] if isinstance(questions, list) else []:
        if isinstance(question, dict):
            yield str(question.get("library", "")).split(" ")[0], question.get("params")


class _Reader:
    """Reads the texts of one question."""

    def __init__(self, number: int, remarks: list[Remark]) -> None:
        self.number = number
        self.remarks = remarks

    def text(self, markup: object) -> str:
        """Return HTML as plain text."""
        return plain_text(str(markup or ""), self.number, self.remarks)

    def left_out(self, what: str) -> None:
        """Tell that a part of the question is not here."""
        remark(self.remarks, self.number, DETAILS, what=what)

    def media(self, params: dict[str, Any]) -> None:
        """Tell where a picture or a video is left out."""
        media = params.get("media")
        if isinstance(media, dict) and (media.get("type") or {}).get("params"):
            self.left_out(MEDIA)

    def overall(self, params: dict[str, Any]) -> str:
        """Return the feedback for the whole question."""
        rows = params.get("overallFeedback") or []
        said = [str(row.get("feedback") or "") for row in rows if isinstance(row, dict)]
        return self.text("<br>".join(text for text in said if text))


def _choice(params: dict[str, Any], reader: _Reader) -> list[Item]:
    reader.media(params)
    answers = params["answers"]
    right = sum(bool(answer.get("correct")) for answer in answers)
    kind = params.get("behaviour", {}).get("type", "auto")
    single = kind == "single" or (kind == "auto" and right == 1)
    wrong = max(1, len(answers) - right)
    share = 100.0 if single else round(100 / max(1, right), 5)
    loss = 0.0 if single else -round(100 / wrong, 5)
    options = []
    for answer in answers:
        said = answer.get("tipsAndFeedback") or {}
        if said.get("tip"):
            reader.left_out(TIPS)
        options.append(
            Option(
                reader.text(answer["text"]),
                share if answer.get("correct") else loss,
                reader.text(said.get("chosenFeedback")),
            )
        )
    return [
        Item(
            "single" if single else "multiple",
            reader.text(params["question"]),
            tuple(options),
            feedback=reader.overall(params),
            origin="imported",
        )
    ]


def _truth(params: dict[str, Any], reader: _Reader) -> list[Item]:
    reader.media(params)
    behaviour = params.get("behaviour") or {}
    return [
        Item(
            "truefalse",
            reader.text(params["question"]),
            truth=str(params["correct"]) == "true",
            right_feedback=reader.text(behaviour.get("feedbackOnCorrect")),
            wrong_feedback=reader.text(behaviour.get("feedbackOnWrong")),
            origin="imported",
        )
    ]


def _blanks(params: dict[str, Any], reader: _Reader) -> list[Item]:
    reader.media(params)
    task, feedback = reader.text(params.get("text")), reader.overall(params)
    items = []
    for line in params["questions"]:
        text, gaps = _gaps(reader.text(line), reader)
        if not gaps:
            raise ValueError("no gap")
        whole = len(gaps) == 1 and (gaps[0].start, gaps[0].end) == (0, len(text))
        if whole and task:
            answers = (text, *gaps[0].also)
            options = tuple(Option(answer, 100.0) for answer in answers)
            made = Item("short", task, options, feedback=feedback, origin="imported")
        else:
            made = Item("cloze", text, gaps=gaps, feedback=feedback, origin="imported")
        items.append(made)
    return items


def _gaps(line: str, reader: _Reader) -> tuple[str, tuple[Gap, ...]]:
    text, gaps, place = "", [], 0
    for match in _BLANK.finditer(line):
        answers, colon, _tip = match[1].partition(":")
        if colon:
            reader.left_out(TIPS)
        right = [answer.strip() for answer in answers.split("/") if answer.strip()]
        if not right:
            continue
        text += line[place : match.start()]
        gaps.append(Gap(len(text), len(text) + len(right[0]), tuple(right[1:])))
        text += right[0]
        place = match.end()
    return text + line[place:], tuple(gaps)


_KINDS: dict[str, Callable[[dict[str, Any], _Reader], list[Item]]] = {
    "H5P.MultiChoice": _choice,
    "H5P.TrueFalse": _truth,
    "H5P.Blanks": _blanks,
}
