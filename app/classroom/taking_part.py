"""What a program that starts, or answers, owes to the lesson that runs."""

from __future__ import annotations

from collections.abc import Iterator

from app.classroom.room import Room
from app.i18n import N_
from app.settings.store import Settings
from app.values.answers import Answer, AnswerEvent, AnswerFinished
from app.values.classroom import Lesson, Running

BY_LESSON = N_("the lesson that is running")


def bind_settings(settings: Settings, room: Room) -> Running | None:
    """Lock what the running lesson locks, and return it.

    Raises PolicyError; see `Room.running`.
    """
    running = room.running()
    if running is not None:
        settings.bind(bound_options(running.lesson), BY_LESSON)
    return running


def bound_options(lesson: Lesson) -> dict[str, str | int | float | bool]:
    """Return the options that a lesson locks, with their values."""
    locked: dict[str, str | int | float | bool] = {
        "history": False,
        "exports": False,
        "downloads": False,
        "serve": False,
        "welcomed": True,
        "base": lesson.base,
    }
    if lesson.model:
        locked["model"] = lesson.model
    if not lesson.model.startswith("remote:"):
        locked["remote"] = False
    return locked


def logged_answer(
    room: Room, question: str, events: Iterator[AnswerEvent]
) -> Iterator[AnswerEvent]:
    """Put question and answer of a lesson into its process log, while they are given."""
    room.record("asked", question=question)
    for event in events:
        if isinstance(event, AnswerFinished):
            room.record("answered", **_facts(event.answer))
        yield event


def _facts(answer: Answer) -> dict[str, object]:
    return {
        "question": answer.question,
        "answer": answer.text,
        "abstained": answer.abstained,
        "model": answer.model.id if answer.spoken_by_model else "",
        "places": [
            {
                "file": citation.file.replace("\\", "/").rsplit("/", 1)[-1],
                "page": citation.page,
                "quote": citation.quote,
                "found": citation.supported,
            }
            for citation in answer.citations
        ],
    }
