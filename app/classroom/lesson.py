"""A lesson as a file, to be begun on many computers: one JSON object.

    {"format": "allmende-lesson/1", "name": …, "base": …, "minutes": 45, "lock": …}

The code does not stand in it. What is in it can be read by pupils and need not be
secret. A file that was changed is no lesson: its checksum does not fit any more.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from app.classroom.codes import lock_of, need_good_code, new_salt, proof_of
from app.errors import UsageError
from app.files import read_text
from app.i18n import N_
from app.values.classroom import EXAM, KINDS, Lesson

ENDING = ".lesson"
FORMAT = "allmende-lesson/1"
MOST_MINUTES = 24 * 60
_MOST_BYTES = 100_000
_LONGEST = 200


def locked_with(lesson: Lesson, code: str) -> Lesson:
    """Return a lesson that ends with a code. Raises UsageError for a code too short."""
    need_good_code(code)
    salt = new_salt()
    proof = proof_of(code, salt)
    whole = replace(lesson, id=secrets.token_hex(8), salt=salt, lock=lock_of(proof))
    return checked(whole)


def checked(lesson: Lesson) -> Lesson:
    """Return a lesson as it can be begun. Raises UsageError where it makes no sense."""
    lesson = replace(lesson, name=" ".join(lesson.name.split())[:_LONGEST])
    if lesson.kind == EXAM:
        lesson = replace(lesson, kept=True)
    if not lesson.name or not lesson.base:
        raise UsageError(
            N_("A lesson needs a name and a collection."),
            N_("Name both; the pupils see them."),
        )
    if not lesson.minutes and not lesson.ends_at:
        raise UsageError(
            N_("It is not said when the lesson ends."),
            N_("Give a number of minutes or an end."),
        )
    if not 0 <= lesson.minutes <= MOST_MINUTES or (
        lesson.ends_at and lesson.ends_at <= lesson.begins_at
    ):
        raise UsageError(
            N_("A lesson lasts from one minute to one day, and ends after it begins."),
            N_("Check minutes, begin and end."),
        )
    if not lesson.asks and not lesson.tasks:
        raise UsageError(
            N_("Nothing would be allowed in this lesson."),
            N_("Allow questions, or at least one task."),
        )
    return lesson


def to_json(lesson: Lesson) -> dict[str, Any]:
    """Return a lesson as data, with its checksum."""
    data = {**asdict(lesson), "tasks": list(lesson.tasks)}
    return {"format": FORMAT, **data, "sha256": checksum(lesson)}


def to_file(lesson: Lesson) -> bytes:
    """Return a lesson as a file."""
    return (json.dumps(to_json(lesson), ensure_ascii=False, indent=1) + "\n").encode()


def checksum(lesson: Lesson) -> str:
    """Return the SHA-256 of all that a lesson says."""
    data = json.dumps(asdict(lesson), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(data.encode()).hexdigest()


def read_lesson(path: Path) -> Lesson:
    """Return the lesson of a file. Raises UsageError for any other file."""
    try:
        data = json.loads(read_text(path, _MOST_BYTES))
        if data.get("format") != FORMAT:
            raise ValueError
        return from_json(data)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            N_("The file {file} is no lesson, or it was changed."),
            N_("Ask for the file once more, or make a new one."),
            file=path.name,
        ) from error


def from_json(data: dict[str, Any]) -> Lesson:
    """Return a lesson from its data. Raises ValueError or TypeError where it was changed."""
    values: dict[str, Any] = {}
    for field in fields(Lesson):
        default = getattr(_EXAMPLE, field.name)
        value = data.get(field.name, default)
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        if isinstance(default, tuple):
            value = tuple(str(one) for one in value)
        if type(value) is not type(default):
            raise TypeError(field.name)
        values[field.name] = value
    lesson = Lesson(**values)
    if lesson.kind not in KINDS or checksum(lesson) != data.get("sha256"):
        raise ValueError("changed")
    bytes.fromhex(lesson.salt)
    return checked(lesson)


_EXAMPLE = Lesson("", "", "")


def moment(text: str) -> float:
    """Return a moment such as 2026-11-30T10:15 (the computer's own time zone), in s UTC.

    A time of day alone is today. Raises UsageError.
    """
    if not text:
        return 0.0
    try:
        if len(text) <= 5:
            today = datetime.now().astimezone().date().isoformat()
            text = f"{today}T{text:0>5}"
        return datetime.fromisoformat(text).astimezone().timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(
            N_("“{value}” is no moment."),
            N_("Write 10:15, or 2026-11-30T10:15."),
            value=text,
        ) from error
