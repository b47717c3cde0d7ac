"""Ten lessons: whole in both languages, and broken ones are refused."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.literacy.lessons import (
    LANGUAGES,
    PLACES,
    QUESTION,
    TRY,
    lessons_dir,
    read_lesson,
    read_lessons,
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(lessons_dir() / "01", tmp_path / "01"))


def change(folder: Path, **values: Any) -> None:
    path = folder / "lesson.json"
    data = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(data | values), "utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_ten_whole_lessons(language: str) -> None:
    lessons = read_lessons(language)
    assert [lesson.number for lesson in lessons] == list(range(1, 11))
    assert len({lesson.id for lesson in lessons}) == 10
    for lesson in lessons:
        assert lesson.language == language
        assert lesson.title
        assert len(lesson.goals) >= 2
        assert 10 <= lesson.minutes <= 20
        assert len(lesson.teacher) > 300
        assert lesson.licence == "CC-BY-4.0"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_lesson_lets_one_try_and_asks_with_a_reason(language: str) -> None:
    for lesson in read_lessons(language):
        kinds = [step.type for step in lesson.steps]
        assert kinds[0] == "text"
        assert TRY in kinds
        assert QUESTION in kinds
        for step in lesson.steps:
            if step.type == TRY:
                assert step.place in PLACES
            if step.type == QUESTION:
                assert len(step.explanation) > 60, (lesson.id, step.id)
                assert ">" not in step.text
                assert len(set(step.choices)) == len(step.choices)


def test_both_languages_are_built_alike() -> None:
    for german, english in zip(read_lessons("de"), read_lessons("en"), strict=True):
        assert german.title != english.title
        shape = [(s.id, s.type, s.place, len(s.choices)) for s in german.steps]
        assert shape == [(s.id, s.type, s.place, len(s.choices)) for s in english.steps]
        for one, other in zip(german.steps, english.steps, strict=True):
            assert one.text != other.text
            assert bool(one.prompt) == bool(other.prompt)


def test_all_three_frameworks_are_named_and_data_protection_is_in_two() -> None:
    lessons = read_lessons("de")
    for lesson in lessons:
        frameworks = {tag.split(":")[0] for tag in lesson.tags}
        assert frameworks == {"ailit", "unesco", "digcomp3"}
    assert sum("data protection" in lesson.topics for lesson in lessons) == 2
    used = {tag for lesson in lessons for tag in lesson.tags}
    assert {f"ailit:{d}" for d in ("engage", "create", "manage", "shape")} <= used


def test_the_right_answer_is_not_always_at_the_same_place() -> None:
    places = {
        step.correct
        for lesson in read_lessons("de")
        for step in lesson.steps
        if step.type == QUESTION
    }
    assert len(places) >= 3


def test_no_lesson_loads_anything_or_names_a_host_but_the_licence() -> None:
    for path in lessons_dir().glob("*/lesson.*"):
        text = path.read_text("utf-8")
        assert "![" not in text
        assert "<" not in text
        for address in re.findall(r"https?://[^\s\"]+", text):
            assert address.startswith("https://creativecommons.org/licenses/"), path


def test_another_language_reads_english() -> None:
    assert read_lessons("fr")[0].language == "en"


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"licence": "CC-BY-NC-4.0"}, "licence"),
        ({"tags": ["ailit:win"]}, "tags"),
        ({"tags": []}, "tags"),
        ({"minutes": 45}, "minutes"),
        ({"steps": []}, "headings"),
        ({"title": {"en": "x"}}, "de"),
    ],
)
def test_a_broken_lesson_is_refused(
    copy: Path, values: dict[str, Any], what: str
) -> None:
    change(copy, **values)
    with pytest.raises(ValueError, match=f"lesson 01: .*{what}"):
        read_lesson(copy, "de")


def test_a_question_without_a_reason_is_refused(copy: Path) -> None:
    path = copy / "lesson.de.md"
    path.write_text(path.read_text("utf-8").replace("> Es hat", "Es hat"), "utf-8")
    with pytest.raises(ValueError, match="explanation of step check"):
        read_lesson(copy, "de")


def test_a_step_at_an_unknown_place_is_refused(copy: Path) -> None:
    path = copy / "lesson.json"
    path.write_text(path.read_text("utf-8").replace('"tokens"', '"moon"'), "utf-8")
    with pytest.raises(ValueError, match="place of step"):
        read_lesson(copy, "de")


def test_a_missing_text_is_refused(copy: Path) -> None:
    (copy / "lesson.en.md").unlink()
    with pytest.raises(ValueError, match="lesson 01"):
        read_lesson(copy, "en")
