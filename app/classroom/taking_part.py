"""What a program that starts, or answers, owes to the lesson that runs."""

from __future__ import annotations

from collections.abc import Iterator

from app import paths, private
from app.classroom.room import BY_LESSON, Room, bound_options
from app.errors import PolicyError
from app.i18n import N_
from app.settings.store import Settings
from app.values.answers import Answer, AnswerEvent, AnswerFinished


def bind_settings(settings: Settings, room: Room) -> None:
    """Lock what a running lesson locks. Raises PolicyError; see `Room.running`."""
    need_no_lesson_elsewhere(settings)
    running = room.running()
    if running is not None:
        settings.bind(bound_options(running.lesson), BY_LESSON)


def need_no_lesson_elsewhere(settings: Settings) -> None:
    """Raise PolicyError where this user's lesson runs in the usual data folder.

    Else one could open another folder or a private session, and with it another
    Allmende without a lesson.
    """
    session = private.current()
    for folder in {paths.usual_home(), *([session.real_home] if session else ())}:
        if folder == paths.home():
            continue
        running = Room(folder / paths.lesson_dir().name, settings).running_now()
        if running is not None and not running.over:
            raise PolicyError(
                N_("The lesson “{name}” is running in your usual data folder."),
                N_("Open Allmende as usual; this folder can be used after the lesson."),
                name=running.lesson.name,
            )


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
