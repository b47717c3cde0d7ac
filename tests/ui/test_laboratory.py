"""The laboratory as a person uses it, with the small text machine and played models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.literacy.bias.fake import FakeAsker
from app.literacy.bias.run import run
from app.literacy.bias.sets import own_set
from app.ui.laboratory import trial_view
from app.ui.laboratory.page import SECTIONS, LaboratoryPage
from app.ui.laboratory.report_view import finding_text
from app.ui.laboratory.tokens_view import TokensView
from app.ui.laboratory.trial_view import TrialView
from app.ui.main_window import MainWindow
from app.values.laboratory import BIAS, ExaminedModel, Report
from tests.ui.acting import PATIENCE_MS


@pytest.fixture
def page(desk: MainWindow) -> LaboratoryPage:
    desk.show_page("laboratory")
    found = desk.pages.currentWidget()
    assert isinstance(found, LaboratoryPage)
    return found


@pytest.fixture
def tokens(qtbot: QtBot, page: LaboratoryPage) -> TokensView:
    view = page.open("tokens")
    assert isinstance(view, TokensView)
    qtbot.waitUntil(lambda: bool(view.strip.tokens), timeout=PATIENCE_MS)
    return view


def report(bias: float = 0.9) -> Report:
    model = ExaminedModel("played", "Played", "1" * 64)
    last = list(run([own_set()], FakeAsker(bias), model, "full", 0))[-1]
    assert isinstance(last, Report)
    return last


def test_every_section_opens(page: LaboratoryPage) -> None:
    for section in SECTIONS:
        view = page.open(section)
        assert view.isVisible()
        assert page.section == section
        assert page.open(section) is view


def test_a_text_is_shown_as_tokens_and_bars(tokens: TokensView) -> None:
    assert tokens.who.text() == "Computed by: Small text machine"
    assert tokens.strip.accessibleName().startswith("Tokens: On")
    shown = [row for row in tokens.bars.rows if row.isVisible()]
    assert len(shown) == 12
    assert "drawn with" in shown[0].accessibleName()


def test_a_click_on_a_bar_goes_on_and_can_be_taken_back(
    qtbot: QtBot, tokens: TokensView
) -> None:
    before = tokens.field.toPlainText()
    row = tokens.bars.rows[2]
    assert row.item is not None
    added = row.item.candidate.text
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert tokens.field.toPlainText() == before + added
    qtbot.waitUntil(lambda: tokens.strip.tokens[-1].text == added, timeout=PATIENCE_MS)
    tokens.back.click()
    assert tokens.field.toPlainText() == before


def test_the_temperature_acts_at_once(tokens: TokensView) -> None:
    row = tokens.bars.rows[0]
    assert row.item is not None
    warm = row.item.chance
    tokens.temperature.setValue(0)
    assert row.item.chance == 1.0
    tokens.temperature.setValue(20)
    assert row.item.chance < warm


def test_five_times_at_zero_are_the_same(qtbot: QtBot, tokens: TokensView) -> None:
    tokens.temperature.setValue(0)
    tokens.five.go.click()
    qtbot.waitUntil(lambda: not tokens.five.busy, timeout=PATIENCE_MS)
    assert tokens.five.result.text() == "All five are the same."
    tokens.temperature.setValue(15)
    tokens.five.go.click()
    qtbot.waitUntil(lambda: not tokens.five.busy, timeout=PATIENCE_MS)
    assert "different texts" in tokens.five.result.text()
    assert not tokens.five.sources.isEnabled()


def test_the_machine_learns_from_another_text(
    qtbot: QtBot, tokens: TokensView, tmp_path: Path, desk: MainWindow
) -> None:
    path = tmp_path / "story.txt"
    path.write_text("The cat sees a purple hippopotamus. " * 20, "utf-8")
    tokens.show_text("The cat sees a")
    tokens.learn_from(path)
    qtbot.waitUntil(
        lambda: (
            tokens.bars.rows[0].item is not None
            and tokens.bars.rows[0].item.candidate.text == " purple"
        ),
        timeout=PATIENCE_MS,
    )
    tokens.learn_from(tmp_path / "nowhere.txt")
    qtbot.waitUntil(
        lambda: "cannot be read" in desk.message_bar.text.text(), timeout=PATIENCE_MS
    )


def test_an_empty_text_has_no_tokens(qtbot: QtBot, tokens: TokensView) -> None:
    tokens.show_text("")
    qtbot.waitUntil(lambda: tokens.count.text() == "0 tokens", timeout=PATIENCE_MS)
    assert not any(row.isVisible() for row in tokens.bars.rows)


def test_a_test_runs_shows_and_saves_its_report(
    qtbot: QtBot,
    page: LaboratoryPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = page.open(BIAS)
    assert isinstance(view, TrialView)
    qtbot.waitUntil(lambda: view.model.count() > 0, timeout=PATIENCE_MS)
    model = ExaminedModel("played", "Played", "1" * 64)
    monkeypatch.setattr(
        trial_view,
        "trial_events",
        lambda _s, trial, stop: run(
            [own_set()], FakeAsker(0.95), model, trial.size, 0, stop
        ),
    )
    view.size_box.setCurrentIndex(2)
    view.go.click()
    qtbot.waitUntil(lambda: not view.busy, timeout=PATIENCE_MS)
    assert view.status.text() == "The test is done."
    first = view.report.reports[0].find("cliche")
    assert first is not None
    assert "leans towards clichés" in finding_text(first)
    view.save_to(tmp_path / "report.html")
    assert "Played" in (tmp_path / "report.html").read_text("utf-8")
    view.save_to(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["size"] == "full"


def test_two_models_stand_side_by_side(page: LaboratoryPage) -> None:
    view = page.open(BIAS)
    assert isinstance(view, TrialView)
    view.show_reports([report(0.9), report(0.5)])
    assert len(view.report.reports) == 2
    assert view.save.isEnabled()
