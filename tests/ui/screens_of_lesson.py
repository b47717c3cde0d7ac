"""Screens of lessons, as `SCREENS`: the form, the window while one runs, its end."""

from __future__ import annotations

import contextlib

from PySide6.QtWidgets import QWidget

from app.classroom.lesson import locked_with
from app.inference.fake import FakeEngine
from app.samples import sample_base
from app.ui.lesson_window import LessonWindow
from app.values.classroom import Lesson, Running
from tests.ui.screens import _ASKED, _SPOKEN, Screen, Stage

_NAMES = {"de": "Deutsch 7b: Schulordnung", "en": "English 7b: our school"}
CODE = "Birne-7b-Donau"


def form(stage: Stage) -> QWidget:
    """The form in the settings."""
    stage.window.open_settings("lesson")
    stage.window.settings_page.lesson.name.setText(_NAMES[stage.words])
    stage.settle()
    return stage.window


def code(stage: Stage) -> QWidget:
    """The code, shown once."""
    form(stage)
    stage.window.settings_page.lesson.begin()
    shown = stage.dialog()
    stage.settle()
    return shown


def _opened(stage: Stage, **changes: object) -> LessonWindow:
    room = stage.services.room
    if room.running() is not None:
        room.end(CODE)
    values = {
        "name": _NAMES[stage.words],
        "base": sample_base(stage.words),
        "minutes": 45,
        **changes,
    }
    lesson = Lesson(id="", **values)  # type: ignore[arg-type]
    running = room.begin(locked_with(lesson, CODE))
    window = LessonWindow(stage.services, running)
    _KEPT.append(window)
    window.resize(stage.window.size())
    window.show()
    window.start()
    stage.wait(lambda: window.library.loaded and not window.background._tasks)
    return window


_KEPT: list[LessonWindow] = []


def _leave(stage: Stage) -> None:
    for window in _KEPT:
        window.close()
        window.background.wait(5)
        window.deleteLater()
    _KEPT.clear()
    with contextlib.suppress(Exception):
        stage.services.room.end(CODE)


def running(stage: Stage) -> QWidget:
    """An exam with an answer."""
    _leave(stage)
    stage.speak(FakeEngine(_SPOKEN[stage.words]))
    window = _opened(stage, kind="exam", tasks=("quiz",))
    window.chat.ask(_ASKED[stage.words][0])
    stage.wait(lambda: window.chat.conversation.exchanges)
    stage.wait(lambda: not window.chat.asking.busy)
    stage.settle()
    return window


def tasks(stage: Stage) -> QWidget:
    """A lesson with tasks alone."""
    _leave(stage)
    window = _opened(stage, asks=False, tasks=("quiz", "simple-language", "vocabulary"))
    stage.settle()
    return window


def over(stage: Stage) -> QWidget:
    """The time is up."""
    _leave(stage)
    window = _opened(stage)
    now = window.running
    window._show(Running(now.lesson, now.started_at, now.ends_at, now.ends_at + 1))
    stage.settle()
    return window


def hand_in(stage: Stage) -> QWidget:
    """Handing in."""
    _leave(stage)
    dialog = _opened(stage).open_hand_in()
    stage.settle()
    return dialog


OF_LESSON: dict[str, Screen] = {
    "lesson-form": form,
    "lesson-code": code,
    "lesson-running": running,
    "lesson-tasks": tasks,
    "lesson-over": over,
    "lesson-hand-in": hand_in,
}
