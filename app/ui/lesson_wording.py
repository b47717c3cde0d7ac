"""What people are told about the lesson that runs: what is allowed, until when."""

from __future__ import annotations

import time

from app.i18n import N_, language, translate, translate_plural
from app.ui.regional import time_text
from app.values.classroom import EXAM, Lesson, Running
from app.workbench import all_tasks

NO_MODEL = "none"


def title_text(lesson: Lesson) -> str:
    """Return the name with its kind."""
    kind = N_("Exam: {name}") if lesson.kind == EXAM else N_("Lesson: {name}")
    return translate(kind, name=lesson.name)


def time_left_text(running: Running) -> str:
    """Return until when it lasts, by the clock that the pupil sees."""
    if running.damaged:
        return translate(N_("The files of the lesson were changed by hand."))
    if running.over:
        return translate(N_("The time is up."))
    minutes = max(1, -(-round(running.left_s) // 60))
    left = translate_plural("{count} minute left", "{count} minutes left", minutes)
    until = time_text(time.time() + running.left_s)
    return translate(N_("Until {time} · {left}"), time=until, left=left)


def allowed_text(lesson: Lesson) -> str:
    """Return in sentences what can be done."""
    parts = []
    if lesson.asks:
        parts.append(
            translate(N_("You can ask the collection “{name}”."), name=lesson.base)
        )
    if lesson.tasks:
        titles = [
            t.said(t.title, language()) for t in all_tasks() if t.id in lesson.tasks
        ]
        parts.append(translate(N_("Allowed tasks: {names}."), names=", ".join(titles)))
    if lesson.sources_only or lesson.model == NO_MODEL:
        parts.append(
            translate(
                N_("Places of the documents are shown, without a language model.")
            )
        )
    elif lesson.model:
        parts.append(translate(N_("{model} answers."), model=lesson.model))
    return " ".join(parts)


def log_text(lesson: Lesson) -> str:
    """Return what is written down, and what is not."""
    if lesson.kept:
        return translate(
            N_(
                "A process log keeps what you ask and what is answered; you hand it in"
                " yourself. Nothing is graded, and nobody watches you."
            )
        )
    return translate(
        N_("Nothing you ask is kept. Nothing is graded, and nobody watches you.")
    )
