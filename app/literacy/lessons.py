"""Lessons as data: read from `assets/lessons`, checked, never guessed.

    assets/lessons/NN/lesson.json     what it is: title, minutes, goals, steps, tags
    assets/lessons/NN/lesson.XX.md    what one reads: a heading a step, the last one for
                                      teachers

A lesson that is not built so is refused with its place. Answers to questions stay on the
screen: nothing here counts, stores or compares what somebody chose.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.paths import assets_dir

TEXT, TRY, QUESTION = "text", "try", "question"
TYPES = (TEXT, TRY, QUESTION)
# Where a step is tried out; "cards" and "editor" need nothing of the program.
PLACES = (
    "tokens",
    "chat",
    "documents",
    "search",
    "bias",
    "models",
    "energy",
    "network",
    "cards",
    "editor",
)
LANGUAGES = ("de", "en")
LICENCE = "CC-BY-4.0"
# AILit: four domains. UNESCO: four dimensions of the competences for students. DigComp
# 3.0: five areas of competence. The assignment is ours.
TAGS = frozenset(
    [f"ailit:{domain}" for domain in ("engage", "create", "manage", "shape")]
    + [
        f"unesco:{side}"
        for side in ("human-centred", "ethics", "techniques", "system-design")
    ]
    + [f"digcomp3:{area}" for area in range(1, 6)]
)
_HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)
_EXPLAINED = re.compile(r"(?:^>.*\n?)+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `text` is Markdown.

    Of a "try": `place` is where, `prompt` what one may enter there, "" if nothing. Of a
    "question": `choices`, which of them is `correct` (from 0) and the `explanation`.
    """

    id: str
    type: str
    title: str
    text: str
    place: str = ""
    prompt: str = ""
    choices: tuple[str, ...] = ()
    correct: int | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson in one language. `teacher`: the sheet for teachers, in Markdown."""

    id: str
    number: int
    language: str
    title: str
    minutes: int
    goals: tuple[str, ...]
    topics: tuple[str, ...]
    tags: tuple[str, ...]
    licence: str
    steps: tuple[Step, ...]
    teacher: str


def lessons_dir() -> Path:
    """Return the folder of the lessons."""
    return assets_dir() / "lessons"


def read_lessons(language: str, folder: Path | None = None) -> tuple[Lesson, ...]:
    """Return all lessons by number, in English where there is no such translation.

    Raises ValueError for a lesson that is not built as it must be.
    """
    found = [
        read_lesson(path.parent, language)
        for path in (folder or lessons_dir()).glob("*/lesson.json")
    ]
    return tuple(sorted(found, key=lambda lesson: lesson.number))


def read_lesson(folder: Path, language: str) -> Lesson:
    """Return one lesson. Raises ValueError, naming the lesson and what is wrong."""
    code = language if language in LANGUAGES else "en"
    try:
        data = json.loads((folder / "lesson.json").read_text("utf-8"))
        text = (folder / f"lesson.{code}.md").read_text("utf-8")
        return _lesson(data, text, code)
    except (KeyError, TypeError, OSError) as error:
        raise ValueError(f"lesson {folder.name}: {error!r}") from error
    except ValueError as error:
        raise ValueError(f"lesson {folder.name}: {error}") from error


def _lesson(data: Mapping[str, Any], text: str, code: str) -> Lesson:
    _need(data["licence"] == LICENCE, "licence")
    _need(set(data["tags"]) <= TAGS and bool(data["tags"]), "tags")
    _need(10 <= data["minutes"] <= 20, "minutes")
    sections = _sections(text)
    steps = data["steps"]
    _need(len(sections) == len(steps) + 1, "as many headings as steps, and one more")
    _need(len({step["id"] for step in steps}) == len(steps), "ids of steps")
    return Lesson(
        id=data["id"],
        number=data["number"],
        language=code,
        title=data["title"][code],
        minutes=data["minutes"],
        goals=tuple(data["goals"][code]),
        topics=tuple(data["topics"]),
        tags=tuple(data["tags"]),
        licence=data["licence"],
        steps=tuple(
            _step(step, *section, code)
            for step, section in zip(steps, sections, strict=False)
        ),
        teacher=sections[-1][1],
    )


def _sections(text: str) -> list[tuple[str, str]]:
    """Return (heading, text) of each second-level heading."""
    parts = _HEADING.split(text)[1:]
    return [(parts[n], parts[n + 1].strip()) for n in range(0, len(parts), 2)]


def _step(data: Mapping[str, Any], title: str, text: str, code: str) -> Step:
    kind, id_ = data["type"], data["id"]
    _need(kind in TYPES and bool(text), f"step {id_}")
    if kind == TRY:
        _need(data["where"] in PLACES, f"place of step {id_}")
        prompt = data.get("prompt", {}).get(code, "")
        return Step(id_, kind, title, text, data["where"], prompt)
    if kind == TEXT:
        return Step(id_, kind, title, text)
    choices, correct = tuple(data["choices"][code]), data["correct"]
    _need(len(choices) >= 2 and 0 <= correct < len(choices), f"choices of step {id_}")
    quoted = "".join(_EXPLAINED.findall(text))
    _need(bool(quoted), f"explanation of step {id_}")
    explanation = " ".join(line.lstrip("> ") for line in quoted.splitlines()).strip()
    question = _EXPLAINED.sub("", text).strip()
    return Step(
        id_, kind, title, question, "", "", choices, correct, explanation=explanation
    )


def _need(fine: bool, what: str) -> None:
    if not fine:
        raise ValueError(f"wrong or missing: {what}")
