"""H5P question sets, and single H5P questions, → items."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from app.exporters.quiz.pictures import NOT_IN_FILE, TOO_MANY, PictureBox
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
from app.values.pictures import Picture
from app.values.quiz import Gap, ImportedQuiz, Item, Option, Quiz, Remark

_MOST_JSON_BYTES = 20_000_000
_MOST_PICTURE_BYTES = 20_000_000
_BLANK = re.compile(r"\*([^*\n]+)\*")
_BROKEN = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError,
           RecursionError, NotImplementedError, RuntimeError)  # fmt: skip
TIPS = N_("tips")
MEDIA = N_("a video or a sound")


def read_h5p(data: bytes, name: str) -> ImportedQuiz:
    """Return the quiz of an H5P package. Raises DocumentError."""
    head, content = _contents(data)
    if not isinstance(head, dict) or not isinstance(content, dict):
        raise not_readable()
    library = str(head.get("mainLibrary", ""))
    remarks: list[Remark] = []
    box = PictureBox(remarks)
    items = []
    number = 0
    for number, (kind, params) in enumerate(_questions(library, content), 1):
        read = _KINDS.get(kind)
        if read is None:
            remark(remarks, number, UNKNOWN_KIND, kind=kind)
            continue
        try:
            reader = _Reader(number, remarks, data, box)
            items += [
                replace(item, pictures=reader.pictures) for item in read(params, reader)
            ]
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
    except _BROKEN:
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

    def __init__(
        self, number: int, remarks: list[Remark], data: bytes, box: PictureBox
    ) -> None:
        self.number = number
        self.remarks = remarks
        self.pictures: tuple[Picture, ...] = ()
        self._data = data
        self._box = box

    def text(self, markup: object) -> str:
        """Return HTML as plain text."""
        return plain_text(str(markup or ""), self.number, self.remarks)

    def left_out(self, what: str) -> None:
        """Tell that a part of the question is not here."""
        remark(self.remarks, self.number, DETAILS, what=what)

    def media(self, params: dict[str, Any]) -> None:
        """Keep the picture of a question; tell where a video is left out."""
        media = params.get("media")
        shown = media.get("type") if isinstance(media, dict) else None
        if not shown or not shown.get("params"):
            return
        if str(shown.get("library", "")).split(" ")[0] != "H5P.Image":
            self.left_out(MEDIA)
            return
        about = shown["params"]
        file = about.get("file")
        if file:
            held = self._bytes(str(file.get("path", "")))
            picture = self._box.picture(held, self.number, about.get("alt"))
            self.pictures = (picture,) if picture else ()

    def _bytes(self, path: str) -> bytes | str:
        """Return a file of the package, or why it is not there."""
        try:
            with zipfile.ZipFile(io.BytesIO(self._data)) as package:
                entry = package.getinfo(f"content/{path}")
                if entry.file_size > _MOST_PICTURE_BYTES:
                    return TOO_MANY
                return package.read(entry)
        except _BROKEN:
            return NOT_IN_FILE

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
