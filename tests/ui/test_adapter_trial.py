"""Choosing an adapter to compare a model with, in the laboratory."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.trials import language_of
from app.ui.laboratory.page import LaboratoryPage
from app.ui.laboratory.trial_view import TrialView
from app.ui.main_window import MainWindow
from app.values.cards import InstalledModel, ModelCard
from app.values.laboratory import LIMITS
from tests.ui.acting import PATIENCE_MS, idle


def installed(id_: str, kind: str, architecture: str) -> InstalledModel:
    card = ModelCard(
        *(id_, kind, id_.title(), id_, 1, "", "MIT", ("en",)),
        source={"architecture": architecture},
    )
    return InstalledModel(card, f"/models/{id_}.gguf")


def test_only_adapters_for_such_a_model_are_offered(
    qtbot: QtBot, desk: MainWindow
) -> None:
    desk.show_page("laboratory")
    page = desk.pages.currentWidget()
    assert isinstance(page, LaboratoryPage)
    view = page.open(LIMITS)
    assert isinstance(view, TrialView)
    qtbot.waitUntil(lambda: idle(desk), timeout=PATIENCE_MS)
    view.model.clear()
    view._fill_models(
        [
            installed("first", "chat", "llama"),
            installed("second", "chat", "qwen2"),
            installed("plain", "adapter", "llama"),
        ]
    )
    view.model.setCurrentIndex(view.model.findData("first"))
    offered = [view.other.itemText(n) for n in range(view.other.count())]
    assert offered[-1] == "the same model with the adapter Plain"
    view.other.setCurrentIndex(view.other.count() - 1)
    trial = view.chosen()
    assert (trial.models, trial.adapter) == (("first",), "plain")
    view.model.setCurrentIndex(view.model.findData("second"))
    assert "adapter" not in view.other.itemText(view.other.count() - 1)
    assert (view.chosen().models, view.chosen().adapter) == (("second",), "")
    view.other.setCurrentIndex(view.other.findData("first"))
    view.language.setCurrentIndex(view.language.findData("en"))
    trial = view.chosen()
    assert (trial.models, trial.language) == (("second", "first"), "en")


@pytest.mark.parametrize(
    ("spoken", "asked"), [(("en",), "en"), (("de", "en"), "de"), ((), "de")]
)
def test_a_model_is_asked_in_a_language_it_speaks(
    spoken: tuple[str, ...], asked: str
) -> None:
    card = ModelCard("m", "chat", "M", "m", 1, "", "MIT", spoken)
    assert language_of(card) == asked
