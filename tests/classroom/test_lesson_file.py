"""A lesson as a file, and what is no lesson."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.classroom.lesson import ENDING, moment, read_lesson, to_file
from app.errors import UsageError
from tests.classroom.conftest import a_lesson


def test_a_lesson_comes_back_as_it_was(tmp_path: Path) -> None:
    lesson = a_lesson(kind="exam", tasks=("quiz",), sources_only=True, model="none")
    path = tmp_path / f"class{ENDING}"
    path.write_bytes(to_file(lesson))
    assert read_lesson(path) == lesson


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"\xff", b'{"format": "allmende-lesson/1"}', b"[" * 5_000],
)
def test_rubbish_is_no_lesson(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.lesson"
    path.write_bytes(data)
    with pytest.raises(UsageError):
        read_lesson(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [("minutes", 400), ("lock", "00"), ("tasks", ["letter"]), ("minutes", "45")],
)
def test_a_changed_lesson_is_none(tmp_path: Path, key: str, value: object) -> None:
    path = tmp_path / "x.lesson"
    data = json.loads(to_file(a_lesson()))
    path.write_text(json.dumps({**data, key: value}), "utf-8")
    with pytest.raises(UsageError, match="changed"):
        read_lesson(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"base": ""},
        {"minutes": 0},
        {"minutes": -5},
        {"minutes": 100_000},
        {"asks": False},
        {"begins_at": 20.0, "ends_at": 10.0},
    ],
)
def test_what_makes_no_sense_is_told(changes: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        a_lesson(**changes)


def test_moments() -> None:
    assert moment("") == 0.0
    assert moment("2026-11-30T10:15") - moment("2026-11-30T09:15") == 3600
    assert moment("10:15") - moment("9:15") == 3600
    for wrong in ("tomorrow", "25:00", "2026-13-01"):
        with pytest.raises(UsageError):
            moment(wrong)
