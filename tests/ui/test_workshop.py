"""The workshop, acted on as a person would; services, documents and files are real."""

from __future__ import annotations

import csv
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
)
from pytestqt.qtbot import QtBot

from app.answering.ask import Speaker
from app.i18n import use_language
from app.inference.fake import FakeEngine
from app.paths import models_dir
from app.services import build_services
from app.settings.policy import Policy
from app.ui.background import THREAD_NAME
from app.ui.main_window import MainWindow
from app.ui.theme import Theme
from app.ui.workshop_export import ExportDialog, write_work, written
from app.ui.workshop_form import TaskForm
from app.ui.workshop_gallery import Gallery
from app.ui.workshop_item import FailedCard, ItemCard
from app.ui.workshop_item_edit import ItemEdit
from app.ui.workshop_page import WorkshopPage
from app.ui.workshop_pictures import picture_label
from app.ui.workshop_sheet import LineCard, LineEdit
from app.ui.workshop_wording import FORMATS
from app.values.bases import DocumentInfo
from app.values.cards import ModelCard
from app.values.generation import EngineEvent
from app.values.prompts import Prompt, Sampling
from app.values.quiz import Item, Option
from app.values.works import Material, Work
from app.workbench import all_tasks, task_of
from tests.exporters.quiz.samples import PICTURES
from tests.exporters.test_pictures import head_of
from tests.ui.acting import PATIENCE_MS, idle, settle, texts

CARD = ModelCard(
    "big", "chat", "Big", "f", 1, "", "", ("de", "en"), 9000, 4096, 1, "chatml"
)
STARTER = "smollm2-135m-instruct"
NOTES = (
    "Wir haben einstimmig beschlossen, den Ausflug im Mai zu machen.\n\n"
    "Frau Meier schickt die Einladung bis 3. Mai.\n\nEs gab Kuchen.\n"
)


class WaitingEngine(FakeEngine):
    """Says nothing before `gate` opens."""

    def __init__(self, *answers: str | Exception) -> None:
        super().__init__(*answers)
        self.gate = threading.Event()

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        """Wait, then stream."""
        self.gate.wait(20)
        yield from super().generate(prompt, sampling)


def opened(home: Path, patch: pytest.MonkeyPatch) -> MainWindow:
    """Open the window over a data folder; no model is there."""
    patch.setenv("ALLMENDE_HOME", str(home))
    patch.setenv("ALLMENDE_MODELS", str(models_dir()))
    services = build_services()
    services.chats.works()
    services.speaker = lambda _choice="": None  # type: ignore[method-assign]
    window = MainWindow(services)
    window.show()
    window.start()
    return window


def closed(window: MainWindow) -> None:
    window.close()
    window.context.services.close()
    assert window.background.wait(5)
    # On a busy computer a thread takes its time; one that hangs still fails the test.
    for thread in threading.enumerate():
        if thread.name == THREAD_NAME:
            thread.join(20)


@pytest.fixture(scope="module")
def shop(
    prepared_home: Path, tmp_path_factory: pytest.TempPathFactory, qapp: QApplication
) -> Iterator[MainWindow]:
    """One window for all tests here: its child takes seconds to start."""
    use_language("en")
    folder = tmp_path_factory.mktemp("shop") / "home"
    shutil.copytree(prepared_home, folder)
    theme = Theme(qapp)
    with pytest.MonkeyPatch.context() as patch:
        window = opened(folder, patch)
        yield window
        closed(window)
    theme.deleteLater()


@pytest.fixture
def desk(qtbot: QtBot, shop: MainWindow) -> Iterator[MainWindow]:
    qtbot.waitUntil(lambda: shop.library.loaded and idle(shop), timeout=PATIENCE_MS)
    services = shop.context.services
    speaker, policy = services.speaker, services.settings.policy
    yield shop
    services.speaker = speaker  # type: ignore[method-assign]
    services.settings.policy = policy
    found = shop.pages.currentWidget()
    assert isinstance(found, WorkshopPage)
    found.desk.leave()
    settle(qtbot, shop)
    for info in services.chats.works():
        services.chats.remove_work(info.id)


@pytest.fixture
def page(qtbot: QtBot, desk: MainWindow) -> WorkshopPage:
    desk.show_page("workshop")
    settle(qtbot, desk)
    found = desk.pages.currentWidget()
    assert isinstance(found, WorkshopPage)
    found.show_gallery()
    for form in found.forms.values():
        form.deleteLater()
    found.forms.clear()
    found.gallery.search.clear()
    found.gallery.roles[""].click()
    settle(qtbot, desk)
    return found


def speaks(desk: MainWindow, engine: FakeEngine) -> None:
    desk.context.services.speaker = lambda _choice="": Speaker(engine, CARD)  # type: ignore[method-assign]


def shown_page(qtbot: QtBot, window: MainWindow) -> WorkshopPage:
    qtbot.waitUntil(lambda: window.library.loaded, timeout=PATIENCE_MS)
    window.show_page("workshop")
    settle(qtbot, window)
    found = window.pages.currentWidget()
    assert isinstance(found, WorkshopPage)
    return found


def made(qtbot: QtBot, page: WorkshopPage, work: Work) -> WorkshopPage:
    page.begin(work)
    qtbot.waitUntil(lambda: not page.desk.busy, timeout=PATIENCE_MS)
    return page


def quiz(count: int = 3, types: str = "single,truefalse,cloze") -> Work:
    return Work(
        "quiz",
        "Mein Quiz",
        material=Material("Schule"),
        values={"count": str(count), "types": types},
    )


def cards(page: WorkshopPage) -> list[ItemCard]:
    found = page.editor.cards
    assert all(isinstance(card, ItemCard) for card in found)
    return found  # type: ignore[return-value]


def press(widget: ItemCard | FailedCard | LineCard, words: str) -> None:
    buttons = widget.findChildren(QPushButton)
    next(b for b in buttons if b.text() == words).click()


def test_the_form_says_which_model_will_really_write(
    qtbot: QtBot, page: WorkshopPage
) -> None:
    form = page.show_form(task_of("summary"))
    qtbot.waitUntil(lambda: bool(form.speaker_line.text()), timeout=PATIENCE_MS)
    card = replace(CARD, title="Klug", languages=("en",), parameters_m=3_000)
    form.show_speaker(card)
    assert form.speaker_line.text() == "Klug writes; every result is checked."
    form.language.setCurrentIndex(form.language.findData("de"))
    assert "Klug does not write in the language" in form.speaker_line.text()
    form.show_speaker(replace(card, languages=("en", "de")))
    assert form.speaker_line.text() == "Klug writes; every result is checked."
    form.show_speaker(replace(card, parameters_m=135))
    assert "Klug is too small to write" in form.speaker_line.text()
    form.show_speaker(None)
    assert "No language model is in use" in form.speaker_line.text()
    form.language.setCurrentIndex(0)


# -- gallery and form ----------------------------------------------------------------


def test_the_gallery_shows_tasks_of_a_role_and_finds_words(page: WorkshopPage) -> None:
    gallery = page.gallery
    shown = [c for c in gallery.cards.values() if c.isVisibleTo(gallery)]
    assert len(shown) == len(all_tasks())
    gallery.roles["office"].click()
    shown = [id_ for id_, c in gallery.cards.items() if c.isVisibleTo(gallery)]
    assert "letter" in shown
    assert "flashcards" not in shown
    gallery.search.setText("correspondence")
    shown = [id_ for id_, c in gallery.cards.items() if c.isVisibleTo(gallery)]
    assert shown == ["letter"]
    gallery.search.setText("qqq")
    assert gallery.nothing.isVisibleTo(gallery)


def test_the_role_of_the_settings_is_shown_first(qtbot: QtBot) -> None:
    for role, shown in (("office", "office"), ("admin", ""), ("", "")):
        gallery = Gallery(all_tasks(), role)
        qtbot.addWidget(gallery)
        assert gallery.role == shown


def test_every_task_has_a_form_that_reads_back_its_defaults(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage
) -> None:
    for task in all_tasks():
        form = page.show_form(task)
        settle(qtbot, desk)
        for field in task.fields:
            read, meant = form.values[field.name], field.default
            if field.kind in ("kinds", "choices"):
                assert set(read.split(",")) == set(meant.split(",")), task.id
            else:
                assert read == meant, task.id


def test_a_form_says_what_is_missing(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage
) -> None:
    form = page.show_form(task_of("quiz"))
    settle(qtbot, desk)
    assert form.start_button.isEnabled()
    form.material.from_text.click()
    assert not form.start_button.isEnabled()
    assert "Paste a text first" in form.why_not.text()
    form.material.text.setPlainText("Der Urlaub beträgt 24 Werktage.")
    assert form.start_button.isEnabled()
    form._fill["types"]("")
    assert "at least one type" in form.why_not.text()
    compare = page.show_form(task_of("compare"))
    settle(qtbot, desk)
    assert "exactly 2" in compare.why_not.text()


def test_documents_stand_in_the_order_of_the_page_of_documents(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage
) -> None:
    found = desk.context.services.knowledge.documents

    def documents(base: str) -> list[DocumentInfo]:
        names = ("Zeugnis.txt", "anfang.txt", "Brief.txt")
        return [replace(found(base)[0], file=f"/x/{name}") for name in names]

    desk.context.services.knowledge.documents = documents  # type: ignore[method-assign]
    try:
        form = page.show_form(task_of("compare"))
        settle(qtbot, desk)
    finally:
        desk.context.services.knowledge.documents = found  # type: ignore[method-assign]
    shown = form.material.documents
    names = [shown.item(row).text() for row in range(shown.count())]
    assert names == ["anfang.txt", "Brief.txt", "Zeugnis.txt"]


def test_two_documents_are_compared_in_the_order_they_are_ticked(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage
) -> None:
    form = page.show_form(task_of("compare"))
    settle(qtbot, desk)
    shown = form.material.documents
    for row in (3, 1):
        shown.item(row).setCheckState(Qt.CheckState.Checked)
    names = [Path(file).name for file in form.material.material.documents]
    assert names == [shown.item(3).text(), shown.item(1).text()]
    assert names[0] in form.material.counted.text()


def start_form(form: TaskForm) -> None:
    QTest.mouseClick(form.start_button, Qt.MouseButton.LeftButton)


def test_from_the_gallery_to_a_quiz_with_sources(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage
) -> None:
    page.gallery.cards["quiz"].click()
    settle(qtbot, desk)
    form = page.stack.currentWidget()
    assert isinstance(form, TaskForm)
    form._fill["count"]("4")
    start_form(form)
    qtbot.waitUntil(lambda: not page.desk.busy, timeout=PATIENCE_MS)
    assert len(cards(page)) == 4
    assert all(card.item.source for card in cards(page))
    assert "No language model is at work" in page.editor.note.text()
    cards(page)[0].source_button.click()
    settle(qtbot, desk)
    source = cards(page)[0].item.source
    assert source is not None
    assert page.editor.source.isVisible()
    viewer = page.editor.source.viewer
    qtbot.waitUntil(lambda: viewer._found is not None, timeout=PATIENCE_MS)
    assert viewer._found.text[source.start : source.end] == source.quote


# -- the items -----------------------------------------------------------------------


def test_an_item_is_edited_and_undone(qtbot: QtBot, page: WorkshopPage) -> None:
    made(qtbot, page, quiz())
    before = page.desk.work
    cards(page)[0].edit_button.click()
    edit = page.editor.cards[0]
    assert isinstance(edit, ItemEdit)
    edit.text.setPlainText("Was ist richtig?")
    line = edit.findChildren(QLineEdit)[0]
    line.setText("Das hier")
    edit.findChildren(QRadioButton)[0].setChecked(True)
    edit.done_button.click()
    item = cards(page)[0].item
    assert item.text == "Was ist richtig?"
    assert item.options[0] == Option("Das hier", 100.0)
    assert "Was ist richtig?" in texts(cards(page)[0])
    page.editor.undo_button.click()
    assert page.desk.work == before
    page.editor.redo_button.click()
    assert cards(page)[0].item.text == "Was ist richtig?"


def test_an_editor_says_what_is_wrong(qtbot: QtBot, page: WorkshopPage) -> None:
    made(qtbot, page, quiz(1, "single"))
    cards(page)[0].edit_button.click()
    edit = page.editor.cards[0]
    assert isinstance(edit, ItemEdit)
    assert not edit.problem.isVisibleTo(edit)
    for line in edit.findChildren(QLineEdit):
        line.setText("gleich")
    assert "Two answers are the same" in edit.problem.text()
    edit.cancel_button.click()
    assert isinstance(page.editor.cards[0], ItemCard)
    assert not page.desk.can_undo


@pytest.mark.parametrize(
    "kind",
    ["single", "multiple", "truefalse", "short", "matching", "cloze", "numerical"],
)
def test_opening_and_closing_an_editor_changes_nothing(
    qtbot: QtBot, page: WorkshopPage, kind: str
) -> None:
    made(qtbot, page, quiz(1, kind))
    before = cards(page)[0].item
    edit = ItemEdit(before, "Question 1")
    qtbot.addWidget(edit)
    after = edit.item
    # Points of wrong answers are shared out anew; everything else is as it was.
    assert replace(after, options=()) == replace(before, options=())
    assert [(o.text, o.fraction > 0) for o in after.options] == [
        (o.text, o.fraction > 0) for o in before.options
    ]


def test_items_are_moved_and_taken_out(qtbot: QtBot, page: WorkshopPage) -> None:
    made(qtbot, page, quiz())
    first, second, third = (card.item.text for card in cards(page))
    cards(page)[0].move_wanted.emit(1)
    assert [c.item.text for c in cards(page)] == [second, first, third]
    cards(page)[1].removal_wanted.emit()
    assert [c.item.text for c in cards(page)] == [second, third]
    page.editor.undo_button.click()
    page.editor.undo_button.click()
    assert [c.item.text for c in cards(page)] == [first, second, third]


def test_another_item_takes_the_place_of_one(qtbot: QtBot, page: WorkshopPage) -> None:
    made(qtbot, page, quiz())
    before = [card.item for card in cards(page)]
    press(cards(page)[1], "Another one")
    qtbot.waitUntil(lambda: not page.desk.busy, timeout=PATIENCE_MS)
    after = [card.item for card in cards(page)]
    assert after[0] == before[0]
    assert after[2] == before[2]
    assert after[1].kind == before[1].kind
    assert after[1].text != before[1].text
    page.editor.undo_button.click()
    assert [card.item for card in cards(page)] == before


def test_a_text_without_another_question_says_so(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage
) -> None:
    work = replace(
        quiz(1, "short"),
        material=Material(text="Der Urlaub beträgt jährlich mindestens 24 Werktage."),
    )
    made(qtbot, page, work)
    said: list[str] = []
    desk.messages.said.connect(lambda message: said.append(message.text))
    before = page.desk.work
    press(cards(page)[0], "Another one")
    qtbot.waitUntil(lambda: not page.desk.busy, timeout=PATIENCE_MS)
    assert "no other question" in said[-1]
    assert page.desk.work == before


def test_what_the_model_got_wrong_is_shown_with_its_reason(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage
) -> None:
    bad = json.dumps({"quote": "x", "question": "Wann?", "answer": "a", "wrong": ["a"]})
    speaks(desk, FakeEngine(*[bad] * 12))
    made(qtbot, page, quiz(2, "single"))
    failed = page.editor.failed_cards
    assert failed
    assert "Two answers are the same" in texts(failed[0])
    assert len(cards(page)) == 2
    press(failed[0], "Mend it and take it over")
    edit = page.editor.findChildren(ItemEdit)[-1]
    lines = edit.findChildren(QLineEdit)
    lines[1].setText("b")
    edit.done_button.click()
    assert cards(page)[2].item.text == "Wann?"
    count = len(page.editor.failed_cards)
    press(page.editor.failed_cards[0], "Leave it out")
    assert len(page.editor.failed_cards) == count - 1


def test_making_can_be_stopped_and_what_is_there_stays(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage
) -> None:
    engine = WaitingEngine()
    speaks(desk, engine)
    page.begin(quiz(5, "single"))
    qtbot.waitUntil(page.editor.stop_button.isVisible, timeout=PATIENCE_MS)
    assert not page.editor.export_button.isEnabled()
    page.editor.stop_button.click()
    engine.gate.set()
    qtbot.waitUntil(lambda: not page.desk.busy, timeout=PATIENCE_MS)
    assert page.desk.work is None or page.desk.work.why_no_model == "stopped"


def test_documents_without_a_sentence_lead_back_to_the_gallery(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage
) -> None:
    said: list[str] = []
    desk.messages.said.connect(lambda message: said.append(message.text))
    made(qtbot, page, replace(quiz(), material=Material(text="kurz\n\nlang")))
    assert "no sentence that can be asked about" in said[-1]
    assert page.stack.currentWidget() is page.gallery
    made(
        qtbot, page, replace(quiz(), material=Material("Schule"), values={"count": "x"})
    )
    assert "not a number" in said[-1]
    settle(qtbot, desk)
    assert desk.context.services.chats.works() == []


# -- drafts --------------------------------------------------------------------------


def test_a_draft_is_deleted_for_good(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage
) -> None:
    made(qtbot, page, quiz())
    page.show_gallery()
    settle(qtbot, desk)
    info = page.gallery._drafts[0]
    page.desk.remove(info)
    settle(qtbot, desk)
    assert not page.gallery.drafts.isVisibleTo(page.gallery)
    assert desk.context.services.chats.works() == []


def test_leaving_one_work_for_another_mixes_nothing(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage
) -> None:
    made(qtbot, page, quiz(2))
    made(qtbot, page, replace(quiz(3), title="Zweites"))
    cards(page)[0].removal_wanted.emit()
    settle(qtbot, desk)
    kept = {info.title: info.size for info in desk.context.services.chats.works()}
    assert kept == {"Mein Quiz": 2, "Zweites": 2}


# -- files ---------------------------------------------------------------------------


def test_a_quiz_is_written_in_every_format(
    qtbot: QtBot, page: WorkshopPage, tmp_path: Path
) -> None:
    made(qtbot, page, quiz(4, "single,truefalse,cloze,matching"))
    work = page.desk.work
    assert work is not None
    for ending in task_of("quiz").exporters:
        path = tmp_path / f"quiz.{ending}"
        written(work, path)
        assert path.stat().st_size > 300, ending
    names = ElementTree.parse(tmp_path / "quiz.xml").findall("question")
    assert len([q for q in names if q.get("type") != "category"]) == 4


def test_every_format_has_a_name() -> None:
    for task in all_tasks():
        assert set(task.exporters) <= set(FORMATS)


def test_the_export_asks_for_licence_author_and_the_check(
    qtbot: QtBot, page: WorkshopPage
) -> None:
    made(qtbot, page, quiz())
    work = page.desk.work
    assert work is not None
    dialog = ExportDialog(work, task_of("quiz"), page)
    qtbot.addWidget(dialog)
    assert "nobody has checked" in dialog.hint.text()
    dialog.checked.click()
    assert not dialog.write_button.isEnabled()
    dialog.checker.setText("Ana Kovač")
    dialog.licence.show_value("CC-BY-4.0")
    wanted: list[tuple[Work, str]] = []
    dialog.wanted.connect(lambda work, ending: wanted.append((work, ending)))
    dialog.write_button.click()
    checked, ending = wanted[0]
    assert (checked.checked_by, checked.licence, ending) == (
        "Ana Kovač",
        "CC-BY-4.0",
        "xml",
    )
    assert len(checked.checked_on) == len("2026-11-28")
    page.desk.change(checked)
    assert "checked by Ana Kovač" in page.editor.counted.text()
    cards(page)[0].removal_wanted.emit()
    assert "nobody has checked it yet" in page.editor.counted.text()


def test_enter_writes_the_file(qtbot: QtBot, page: WorkshopPage) -> None:
    made(qtbot, page, quiz())
    work = page.desk.work
    assert work is not None
    dialog = ExportDialog(work, task_of("quiz"), page)
    qtbot.addWidget(dialog)
    dialog.show()
    with qtbot.waitSignal(dialog.wanted):
        qtbot.keyClick(dialog.author, Qt.Key.Key_Return)
    # Without a screen there is no window manager that would do this.
    page.window().activateWindow()


def test_a_policy_against_exports_is_said(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage
) -> None:
    made(qtbot, page, quiz())
    said: list[str] = []
    desk.messages.said.connect(lambda message: said.append(message.text))
    desk.context.services.settings.policy = Policy(locked={"exports": False}, by="IT")
    page.ask_export()
    assert "switched off" in said[-1]
    assert not page.findChildren(ExportDialog)


def test_a_target_that_cannot_be_written_is_said(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage, tmp_path: Path
) -> None:
    made(qtbot, page, quiz(1))
    said: list[str] = []
    desk.messages.said.connect(lambda message: said.append(message.text))
    assert page.desk.work is not None
    path = tmp_path / "a.xml"
    path.mkdir()
    write_work(desk.context, page.desk.work, path, lambda: None)
    settle(qtbot, desk)
    assert "cannot be written" in said[-1]


def test_questions_of_a_file_are_opened_and_edited(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage, tmp_path: Path
) -> None:
    made(qtbot, page, quiz(3, "single,truefalse"))
    assert page.desk.work is not None
    path = tmp_path / "mein.xml"
    written(page.desk.work, path)
    page.import_file(path)
    settle(qtbot, desk)
    assert len(cards(page)) == 3
    assert "imported" in texts(cards(page)[0])
    (tmp_path / "kaputt.xml").write_text("<quiz>")
    said: list[str] = []
    desk.messages.said.connect(lambda message: said.append(message.text))
    page.import_file(tmp_path / "kaputt.xml")
    settle(qtbot, desk)
    assert "no questions" in said[-1]


# -- pictures ------------------------------------------------------------------------


def edited(page: WorkshopPage, place: int = 0) -> ItemEdit:
    press(cards(page)[place], "Edit")
    edit = page.editor.cards[place]
    assert isinstance(edit, ItemEdit)
    return edit


def test_a_picture_is_added_described_kept_and_taken_out(
    qtbot: QtBot,
    desk: MainWindow,
    page: WorkshopPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "baum.png"
    path.write_bytes(PICTURES[0].data)
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(path), "")
    )
    made(qtbot, page, quiz(2, "single"))
    edit = edited(page)
    edit.pictures.add_button.click()
    qtbot.waitUntil(lambda: bool(edit.pictures.rows), timeout=PATIENCE_MS)
    assert "alternative text" in edit.problem.text()
    row = edit.pictures.rows[0]
    qtbot.waitUntil(row.alt.hasFocus, timeout=PATIENCE_MS)
    QTest.keyClicks(row.alt, "Ein Ahorn")
    assert edit.problem.text() == ""
    edit.done_button.click()
    card = cards(page)[0]
    assert "Alternative text: Ein Ahorn" in texts(card)
    shown = [one for one in card.findChildren(QLabel) if not one.pixmap().isNull()]
    assert [one.accessibleName() for one in shown] == ["Ein Ahorn"]
    work = page.desk.work
    assert work is not None
    assert work.items[0].pictures == (replace(PICTURES[0], alt="Ein Ahorn"),)
    # A draft keeps it.
    page.show_gallery()
    settle(qtbot, desk)
    kept = desk.context.services.chats.works()[0]
    assert desk.context.services.chats.work(kept.id).items == work.items
    page._on_opened(kept)
    settle(qtbot, desk)
    edit = edited(page)
    edit.pictures.rows[0].remove_button.click()
    edit.done_button.click()
    assert page.desk.work is not None
    assert page.desk.work.items[0].pictures == ()
    page.desk.undo()
    assert page.desk.work.items[0].pictures != ()


def test_a_file_that_is_no_picture_is_said_where_it_was_wanted(
    qtbot: QtBot, page: WorkshopPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "boese.png"
    path.write_bytes(b"<svg onload='x()'/>")
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(path), "")
    )
    made(qtbot, page, quiz(1, "single"))
    edit = edited(page)
    edit.pictures.add_button.click()
    qtbot.waitUntil(lambda: bool(edit.pictures.refused.text()), timeout=PATIENCE_MS)
    assert "SVG" in edit.pictures.refused.text()
    assert "PNG" in edit.pictures.refused.text()
    assert edit.pictures.rows == []
    path.write_bytes(PICTURES[0].data)
    edit.pictures.add_button.click()
    qtbot.waitUntil(lambda: bool(edit.pictures.rows), timeout=PATIENCE_MS)
    assert edit.pictures.refused.isHidden()


@pytest.mark.parametrize(
    ("data", "sentence", "remedy"),
    [
        (head_of(20_000, 20_000), "too large", "Make it smaller"),
        (PICTURES[0].data[:-30], "damaged", "Save it as PNG"),
        (b"\x89PNG\r\n\x1a\nnonsense", "not a picture", "Save it as PNG"),
    ],
    ids=["too large", "damaged", "nonsense"],
)
def test_a_picture_that_cannot_be_taken_is_told_with_a_way_out(
    qtbot: QtBot,
    page: WorkshopPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    data: bytes,
    sentence: str,
    remedy: str,
) -> None:
    path = tmp_path / "bild.png"
    path.write_bytes(data)
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(path), "")
    )
    made(qtbot, page, quiz(1, "single"))
    edit = edited(page)
    before = edit.item
    edit.pictures.add_button.click()
    refused = edit.pictures.refused
    qtbot.waitUntil(lambda: refused.isVisibleTo(edit), timeout=PATIENCE_MS)
    assert sentence in refused.text()
    assert remedy in refused.text()
    assert edit.item == before


def test_a_description_is_changed_and_undone(qtbot: QtBot, page: WorkshopPage) -> None:
    made(qtbot, page, quiz(1, "single"))
    work = page.desk.work
    assert work is not None
    pictured = replace(work.items[0], pictures=PICTURES[:1])
    page.desk.change(replace(work, items=(pictured,)))
    edit = edited(page)
    edit.pictures.rows[0].alt.setPlainText("")
    assert "alternative text" in edit.problem.text()
    edit.pictures.rows[0].alt.setPlainText("Ein\nKreis ")
    edit.done_button.click()
    assert cards(page)[0].item.pictures[0].alt == "Ein Kreis"
    page.editor.undo_button.click()
    assert cards(page)[0].item == pictured
    page.editor.undo_button.click()
    assert cards(page)[0].item.pictures == ()


def test_an_editor_closed_while_a_picture_is_read_harms_nothing(
    qtbot: QtBot,
    desk: MainWindow,
    page: WorkshopPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "baum.png"
    path.write_bytes(PICTURES[0].data)
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(path), "")
    )
    made(qtbot, page, quiz(1, "single"))
    edit = edited(page)
    edit.pictures.add_button.click()
    edit.cancel_button.click()
    settle(qtbot, desk)
    assert page.desk.work is not None
    assert page.desk.work.items[0].pictures == ()


def test_no_more_than_four_pictures_and_none_without_a_way_to_choose(
    qtbot: QtBot,
) -> None:
    item = Item("essay", "Warum?", pictures=PICTURES)
    edit = ItemEdit(item, "Question 1", lambda *_all: None)
    qtbot.addWidget(edit)
    assert edit.item == item
    assert not edit.pictures.add_button.isHidden()
    edit.pictures.add(PICTURES[0])
    edit.pictures.add(PICTURES[1])
    assert edit.pictures.add_button.isHidden()
    edit.pictures.rows[0].remove_button.click()
    assert not edit.pictures.add_button.isHidden()
    alone = ItemEdit(item, "Question 1")
    qtbot.addWidget(alone)
    assert alone.pictures.add_button.isHidden()


def test_a_picture_that_qt_cannot_show_is_told_in_words(qtbot: QtBot) -> None:
    broken = replace(PICTURES[0], data=b"nonsense")
    shown = picture_label(broken)
    qtbot.addWidget(shown)
    assert shown.text() == broken.alt
    assert shown.pixmap().isNull()


# -- sheets --------------------------------------------------------------------------


def test_minutes_are_made_from_a_pasted_text_and_edited(
    qtbot: QtBot, page: WorkshopPage
) -> None:
    made(qtbot, page, Work("minutes", "Protokoll", material=Material(text=NOTES)))
    lines = page.editor.cards
    assert any("Frau Meier" in texts(line) for line in lines)
    place = next(n for n, c in enumerate(lines) if "Kuchen" in texts(c))
    card = lines[place]
    assert isinstance(card, LineCard)
    card.source_button.click()
    assert page.editor.source.pasted.marked_text() == "Es gab Kuchen."
    card.edit_button.click()
    edit = page.editor.cards[place]
    assert isinstance(edit, LineEdit)
    edit.boxes[0].setPlainText("Es gab Torte.")
    edit._on_done()
    assert "Torte" in texts(page.editor.cards[place])
    page.editor.undo_button.click()
    assert "Kuchen" in texts(page.editor.cards[place])


def test_a_table_of_a_pasted_text_is_written_without_naming_it(
    qtbot: QtBot, page: WorkshopPage, tmp_path: Path
) -> None:
    text = "Nummer\tBetrag\nR-1\t120,50 €\nR-2\t99,00 €\n"
    fields = {"fields": "Nummer\nBetrag"}
    made(
        qtbot,
        page,
        Work("extract", "Rechnungen", material=Material(text=text), values=fields),
    )
    lines = page.editor.cards
    assert all(isinstance(card, LineCard) for card in lines)
    shown = texts(lines[1])
    assert "R-1" in shown
    assert "pasted" not in shown
    # A value is there or not: no other one could come in its place.
    assert lines[1].again_button.isHidden()  # type: ignore[union-attr]
    assert page.desk.work is not None
    path = tmp_path / "r.csv"
    written(page.desk.work, path)
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    rows = rows if len(rows[0]) > 1 else [row[0].split(";") for row in rows if row]
    assert rows[0][1:] == ["Nummer", "Betrag"]
    assert rows[1][1:] == ["R-1", "120,50 €"]
    assert "pasted" not in path.read_text("utf-8-sig")
    book = tmp_path / "r.xlsx"
    written(page.desk.work, book)
    assert book.stat().st_size > 1_000


def test_another_line_takes_the_place_of_one_and_is_undone(
    qtbot: QtBot, page: WorkshopPage
) -> None:
    text = (
        "Der Igel frisst nachts Käfer. Die Eule jagt Mäuse im Wald. Der Dachs gräbt"
        " seinen Bau unter Wurzeln. Die Amsel singt am Morgen im Garten. Das Eichhörnchen"
        " versteckt Nüsse für den Winter. Der Fuchs lebt auch in der Stadt."
    )
    made(
        qtbot,
        page,
        Work("vocabulary", material=Material(text=text), values={"count": "3"}),
    )
    work = page.desk.work
    assert work is not None
    assert work.sheet is not None
    before = work.sheet.lines
    head, card = page.editor.cards[0], page.editor.cards[2]
    assert isinstance(head, LineCard)
    assert isinstance(card, LineCard)
    assert head.again_button.isHidden()
    assert head.edit_button.isHidden()
    assert not card.edit_button.isHidden()
    assert page.desk.work.size == len(before) - 1
    card.again_button.click()
    qtbot.waitUntil(lambda: not page.desk.busy, timeout=PATIENCE_MS)
    assert page.desk.work is not None
    assert page.desk.work.sheet is not None
    after = page.desk.work.sheet.lines
    assert [a == b for a, b in zip(before, after, strict=True)].count(False) == 1
    assert after[2].cells[0] not in {line.cells[0] for line in before}
    page.desk.undo()
    assert page.desk.work.sheet.lines == before


def test_nothing_from_documents_is_taken_for_markup(
    qtbot: QtBot, page: WorkshopPage
) -> None:
    item = Item(
        "single",
        "<b>Fett</b> <img src=x>",
        options=(Option("<i>a</i>", 100.0), Option("b")),
    )
    page.desk.take_over(Work("quiz", "T", items=(item,)))
    for found in page.editor.findChildren(QLabel):
        assert found.textFormat() in (
            Qt.TextFormat.PlainText,
            Qt.TextFormat.AutoText,
        )
        if found.textFormat() == Qt.TextFormat.AutoText:
            assert not found.text()
    assert "<b>Fett</b>" in texts(cards(page)[0])


def test_hundreds_of_items_are_shown_in_parts(qtbot: QtBot, page: WorkshopPage) -> None:
    items = tuple(Item("essay", f"Frage {n}?") for n in range(120))
    page.desk.take_over(Work("quiz", "Viele", items=items))
    assert len(page.editor.cards) == 40
    page.editor.rest_button.click()
    assert len(page.editor.cards) == 80


@pytest.mark.slow
def test_the_starter_model_makes_a_quiz_in_the_window(
    qtbot: QtBot, desk: MainWindow, page: WorkshopPage
) -> None:
    services = desk.context.services
    if not any(m.card.id == STARTER for m in services.models.installed()):
        pytest.skip("the starter model is not here")
    del services.speaker  # the real one, hidden by the fixture
    services.settings.change("model", STARTER)
    try:
        form = page.show_form(task_of("quiz"))
        settle(qtbot, desk)
        assert "SmolLM2" in form.speaker_line.text()
        made(qtbot, page, quiz(5, "single,truefalse"))
    finally:
        services.settings.change("model", "none")
    assert [card.item.kind for card in cards(page)] == [
        "single",
        "truefalse",
        "single",
        "truefalse",
        "single",
    ]
    assert all(card.item.source for card in cards(page))
    # It speaks no German: what can be made without it is, and that is said.
    assert "does not speak the language" in page.editor.note.text()
