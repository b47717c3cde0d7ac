"""The laboratory as a person uses it, with the small text machine and played models."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.curation.project import read_project
from app.literacy.bias.fake import FakeAsker
from app.literacy.bias.run import run
from app.literacy.bias.sets import own_set
from app.literacy.energy.values import Energy
from app.literacy.lessons import read_lesson
from app.metering import Measured
from app.ui.laboratory import trial_view
from app.ui.laboratory.contribute_view import ContributeView
from app.ui.laboratory.data_view import DataView
from app.ui.laboratory.energy_view import EnergyView, comparison_text
from app.ui.laboratory.lesson_page import TRY_TITLES
from app.ui.laboratory.lessons_view import LessonsView
from app.ui.laboratory.page import SECTIONS, LaboratoryPage
from app.ui.laboratory.report_view import finding_text
from app.ui.laboratory.tokens_view import TokensView
from app.ui.laboratory.trial_view import TrialView
from app.ui.main_window import MainWindow
from app.ui.turn_parts import needed_no_model
from app.values.answers import Answer, AnswerSentence
from app.values.laboratory import BIAS, ExaminedModel, Report
from tests.ui.acting import PATIENCE_MS, ask, idle


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


# -- lessons -----------------------------------------------------------------------------


@pytest.fixture
def lessons(page: LaboratoryPage) -> LessonsView:
    view = page.open("lessons")
    assert isinstance(view, LessonsView)
    return view


def test_every_lesson_opens_and_every_step_runs(
    qtbot: QtBot, desk: MainWindow, page: LaboratoryPage, lessons: LessonsView
) -> None:
    assert len(lessons.cards) == 10
    for lesson in lessons.lessons:
        lessons.open(lesson)
        for place, step in enumerate(lesson.steps):
            shown = lessons.page
            assert shown.place == place
            assert shown.heading.text() == step.title
            assert shown.text.toPlainText().strip()
            assert shown.try_button.isVisible() == (step.place in TRY_TITLES)
            if step.type == "try" and step.place in TRY_TITLES:
                shown.try_button.click()
                assert _is_there(desk, page, step.place, step.prompt)
                desk.show_page("laboratory")
                page.open("lessons")
            if step.type == "question":
                assert step.correct is not None
                wrong = (step.correct + 1) % len(step.choices)
                shown.choice_buttons[wrong].click()
                assert shown.verdict.text() == "Not quite."
                shown.choice_buttons[step.correct].click()
                assert step.explanation in shown.verdict.text()
            shown.go_on.click()
        assert lessons.lesson is None
    qtbot.waitUntil(lambda: not desk.background._tasks, timeout=PATIENCE_MS)


def _is_there(desk: MainWindow, page: LaboratoryPage, place: str, prompt: str) -> bool:
    if place in SECTIONS:
        view = page.views[place]
        if isinstance(view, TokensView) and prompt:
            assert view.field.toPlainText() == prompt
        return desk.page_name == "laboratory" and page.section == place
    if place == "network":
        return desk.settings_page.section == "privacy"
    if place in ("chat", "search"):
        return desk.page_name == "chat" and prompt in desk.chat.composer.text
    return desk.page_name == place


def test_a_lesson_is_handed_on(lessons: LessonsView, tmp_path: Path) -> None:
    lesson = lessons.lessons[0]
    lessons.open(lesson)
    lessons.save(tmp_path / "a.h5p", lambda path: lessons._write_quiz(path, lesson))
    assert (tmp_path / "a.h5p").stat().st_size > 1_000
    lessons.page.list_button.click()
    assert lessons.lesson is None


# -- energy ------------------------------------------------------------------------------


def test_energy_says_what_can_be_measured_and_compares(
    qtbot: QtBot, page: LaboratoryPage, desk: MainWindow
) -> None:
    view = page.open("energy")
    assert isinstance(view, EnergyView)
    qtbot.waitUntil(lambda: "RAPL" in view.sources.text(), timeout=PATIENCE_MS)
    # Without a voice (the fixture's model is silent) the search alone is measured.
    view.go.click()
    qtbot.waitUntil(lambda: not view.busy, timeout=PATIENCE_MS)
    assert "Search alone: about" in view.result.text()
    assert view.found[-1].energy.method == "estimate"


def measured(title: str, joules: float, share: float = 0.1) -> Measured:
    band = joules * share
    energy = Energy(joules, joules - band, joules + band, "rapl", 2.0)
    return Measured(title, energy, 48)


def test_a_difference_is_claimed_only_where_ranges_do_not_touch() -> None:
    far = comparison_text([measured("Large", 100), measured("Small", 20)])
    assert "Small needs about 1/5 of what Large needs." in far
    near = comparison_text([measured("A", 100, 0.5), measured("B", 80, 0.5)])
    assert "no difference" in near
    assert "needs about" not in comparison_text([measured("A", 100)])


def test_an_answer_tells_what_it_used(qtbot: QtBot, desk: MainWindow) -> None:
    ask(qtbot, desk, "Wann ist die Bibliothek geöffnet?")
    qtbot.waitUntil(lambda: idle(desk), timeout=PATIENCE_MS)
    turn = desk.chat.conversation.turns[-1]
    turn.actions_row.details.click()
    answer = turn.exchange.answer
    assert answer is not None
    assert answer.energy is not None
    assert answer.energy.low <= answer.energy.joules <= answer.energy.high
    assert "Wh" in turn.details.text()


def test_what_one_place_says_needs_no_model() -> None:
    sentence = AnswerSentence(0, 5, True, (1,))
    short = Answer(
        "?", "Ja.", abstained=False, sentences=(sentence,), spoken_by_model=True
    )
    assert needed_no_model(short)
    assert not needed_no_model(replace(short, spoken_by_model=False))
    other = AnswerSentence(6, 9, True, (2,))
    assert not needed_no_model(replace(short, sentences=(sentence, other)))
    doubtful = replace(sentence, supported=False)
    assert not needed_no_model(replace(short, sentences=(doubtful,)))


# -- data studio and giving back ---------------------------------------------------------


def test_examples_are_collected_read_and_exported(
    qtbot: QtBot, page: LaboratoryPage, desk: MainWindow, tmp_path: Path
) -> None:
    view = page.open("data")
    assert isinstance(view, DataView)
    assert not view.collecting.isVisible()
    view.open(tmp_path / "p.jsonl")
    view.collecting.author.setText("8b")
    view.collecting.consent.setText("alle")
    table = tmp_path / "t.csv"
    table.write_text("question,answer\nWann?,Um 8.\nWer?,Frau Krüger.\n", "utf-8")
    view.collect(table)
    qtbot.waitUntil(lambda: len(view.records) == 2, timeout=PATIENCE_MS)
    assert view.question.text() == "Wann?"
    view.accept_button.click()
    assert "Nobody is named" in desk.message_bar.text.text()
    view.name.setText("K. Ruiz")
    view.answer.setPlainText("Um acht Uhr.")
    view.accept_button.click()
    assert view.records[0].answer == "Um acht Uhr."
    assert view.records[0].reviewed_by == "K. Ruiz"
    assert view.question.text() == "Wer?"
    assert "1 personal detail" in view.personal.text()
    view.later_button.click()
    assert view.current is not None
    view.reject_button.click()
    assert not view.review.isVisible()
    out = tmp_path / "out"
    view.export_to(out)
    qtbot.waitUntil(
        lambda: "still needs a title" in desk.message_bar.text.text(),
        timeout=PATIENCE_MS,
    )
    entered = {"title": "T", "description": "D", "publisher": "P"}
    entered |= {"email": "a@e.org", "url": "https://e.org/d", "keywords": "a, b"}
    for name, text in entered.items():
        view.exporting.fields[name].setText(text)
    view.export_to(out)
    qtbot.waitUntil((out / "REPORT.json").exists, timeout=PATIENCE_MS)
    assert read_project(tmp_path / "p.jsonl") == view.records
    view.open(table)
    assert "no project" in desk.message_bar.text.text()


def test_what_one_gives_is_a_file_and_holds_no_texts(
    qtbot: QtBot,
    page: LaboratoryPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = page.open("contribute")
    assert isinstance(view, ContributeView)
    qtbot.waitUntil(lambda: view.model.count() > 70, timeout=PATIENCE_MS)
    written: dict[str, Path] = {}

    def where(_parent: object, _title: str, name: str, *_: object) -> tuple[str, str]:
        path = tmp_path / Path(name).name
        written[Path(name).suffix] = path
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", where)
    view.happened.setText("It stopped")
    view.buttons["report"].click()
    text = written[".md"].read_text("utf-8")
    assert "It stopped" in text
    assert str(Path.home()) not in text
    view.wrong.setText("licence")
    view.buttons["card"].click()
    assert json.loads(written[".json"].read_text("utf-8"))["card"]["id"]
    view.now.setText("A")
    view.better.setText("B")
    view.buttons["translation"].click()
    assert json.loads(written[".json"].read_text("utf-8"))["better"] == "B"
    view.buttons["lesson"].click()
    with zipfile.ZipFile(written[".zip"]) as packed:
        packed.extractall(tmp_path / "lesson")
    assert read_lesson(tmp_path / "lesson" / "lesson", "de").number == 1
    view.buttons["data"].click()
    assert page.section == "data"
