"""Screens of the laboratory. Figures of tests come from a played model, tokens from the toy."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.curation.project import record_id, write_project
from app.literacy.bias.fake import FakeAsker
from app.literacy.bias.run import run
from app.literacy.bias.sets import own_set
from app.ui.laboratory.data_view import DataView
from app.ui.laboratory.lessons_view import LessonsView
from app.ui.laboratory.page import LaboratoryPage
from app.ui.laboratory.tokens_view import TokensView
from app.ui.laboratory.trial_view import TrialView
from app.values.datasets import Record
from app.values.laboratory import BIAS, LIMITS, ExaminedModel, Report
from tests.ui.screens import Screen, Stage

OF_LABORATORY: dict[str, Screen] = {}


def laboratory(stage: Stage) -> LaboratoryPage:
    """Open the page."""
    stage.window.show_page("laboratory")
    page = stage.window.pages.currentWidget()
    assert isinstance(page, LaboratoryPage)
    return page


def lessons(stage: Stage) -> QWidget:
    """The list of lessons."""
    view = laboratory(stage).open("lessons")
    assert isinstance(view, LessonsView)
    view.show_list()
    stage.settle()
    return stage.window


def lesson_question(stage: Stage) -> QWidget:
    """A question of a lesson, answered."""
    view = laboratory(stage).open("lessons")
    assert isinstance(view, LessonsView)
    view.open(view.lessons[0])
    view.page.show_step(3)
    view.page.choice_buttons[1].click()
    stage.settle()
    return stage.window


def lesson_try(stage: Stage) -> QWidget:
    """A step to try out."""
    view = laboratory(stage).open("lessons")
    assert isinstance(view, LessonsView)
    view.open(view.lessons[0])
    view.page.show_step(1)
    stage.settle()
    return stage.window


def tokens(stage: Stage) -> QWidget:
    """A text as tokens, and what may follow."""
    view = laboratory(stage).open("tokens")
    assert isinstance(view, TokensView)
    view.look()
    stage.wait(lambda: view.strip.tokens)
    stage.settle()
    return stage.window


def tokens_five(stage: Stage) -> QWidget:
    """The same five times."""
    view = laboratory(stage).open("tokens")
    assert isinstance(view, TokensView)
    view.five.go.click()
    stage.wait(lambda: not view.five.busy)
    stage.settle()
    _scroll(view, 10_000)
    stage.settle()
    return stage.window


def bias(stage: Stage) -> QWidget:
    """Before a test."""
    laboratory(stage).open(BIAS)
    stage.settle()
    return stage.window


def bias_report(stage: Stage) -> QWidget:
    """Two models side by side."""
    view = laboratory(stage).open(BIAS)
    assert isinstance(view, TrialView)
    view.show_reports([_played("Modell A", 0.85), _played("Modell B", 0.5)])
    stage.settle()
    _scroll(view, 300)
    stage.settle()
    return stage.window


def _played(title: str, bias_: float) -> Report:
    model = ExaminedModel(title, title, "0" * 64)
    asker = FakeAsker(bias=bias_, seed=2)
    last = list(run([own_set()], asker, model, "normal", 1))[-1]
    assert isinstance(last, Report)
    return last


def _scroll(view: QWidget, to: int) -> None:
    area = view.parentWidget()
    while area is not None and not hasattr(area, "verticalScrollBar"):
        area = area.parentWidget()
    assert area is not None
    area.verticalScrollBar().setValue(to)


def energy(stage: Stage) -> QWidget:
    """What can be measured here."""
    laboratory(stage).open("energy")
    stage.settle()
    return stage.window


def data(stage: Stage) -> QWidget:
    """A record to read and decide on."""
    view = laboratory(stage).open("data")
    assert isinstance(view, DataView)
    folder = Path(tempfile.mkdtemp())
    write_project(folder / "schulordnung.jsonl", _records())
    view.open(folder / "schulordnung.jsonl")
    stage.settle()
    return stage.window


def _records() -> list[Record]:
    asked = (
        ("Wann ist die Bibliothek geöffnet?", "Montags und donnerstags."),
        ("Wer hilft bei Fragen?", "Frau Sabine Krüger im Sekretariat."),
    )
    return [
        Record(
            record_id(question, answer, "ordnung.pdf"),
            question,
            answer,
            "ordnung.pdf",
            "CC-BY-4.0",
            "Klasse 8b",
            "alle haben zugestimmt",
            state=("accepted", "open")[place],
        )
        for place, (question, answer) in enumerate(asked)
    ]


def contribute(stage: Stage) -> QWidget:
    """What one can give back."""
    laboratory(stage).open("contribute")
    stage.settle()
    return stage.window


def limits(stage: Stage) -> QWidget:
    """Before a test of limits."""
    laboratory(stage).open(LIMITS)
    stage.settle()
    return stage.window


for _name, _screen in (
    ("data", data),
    ("contribute", contribute),
    ("limits", limits),
    ("energy", energy),
    ("lessons", lessons),
    ("lesson-try", lesson_try),
    ("lesson-question", lesson_question),
    ("tokens", tokens),
    ("tokens-five", tokens_five),
    ("bias", bias),
    ("bias-report", bias_report),
):
    OF_LABORATORY[f"laboratory-{_name}"] = _screen
