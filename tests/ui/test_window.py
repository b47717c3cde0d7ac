"""What a person does and sees in the whole window, over the real services."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QMessageBox
from pytestqt.qtbot import QtBot

from app.errors import WorkerDied
from app.i18n import use_language
from app.services import Services, build_services
from app.ui.answer_view import AnswerView
from app.ui.evidence_card import EvidenceCard
from app.ui.main_window import MainWindow
from app.ui.message_bar import MistakeBox
from app.ui.theme import Theme
from app.ui.turn import Turn
from tests.catalogue.test_store import MODEL
from tests.ui.acting import (
    ANSWER,
    LOCKER,
    PATIENCE_MS,
    HeldEngine,
    ask,
    drop,
    idle,
    settle,
    texts,
    type_question,
)

INVENTED = f"{ANSWER} Herr Blumenkohl zahlt 99 Euro."


@pytest.fixture
def engine() -> HeldEngine:
    """The model of `real`, which rests before its first word once its gate is shut."""
    engine = HeldEngine(before=2)
    engine.gate.set()
    return engine


@pytest.fixture
def held(engine: HeldEngine) -> HeldEngine:
    engine.gate.clear()
    return engine


def cards(turn: Turn) -> list[EvidenceCard]:
    return turn.findChildren(EvidenceCard)


def middle(window: MainWindow) -> QPoint:
    return window.chat.mapTo(window, window.chat.rect().center())


def click_number(view: AnswerView, text: str) -> None:
    """Click a number of a source in an answer."""
    cursor = view.document().find(text)
    cursor.setPosition(cursor.position() - 1)
    point = view.cursorRect(cursor).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)


# -- asking ----------------------------------------------------------------------------


def test_evidence_stands_there_before_the_model_speaks(
    qtbot: QtBot, desk: MainWindow, held: HeldEngine
) -> None:
    held.answers.append(INVENTED)
    type_question(desk)
    conversation = desk.chat.conversation
    qtbot.waitUntil(lambda: len(held.prompts) == 1, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: bool(cards(conversation.turns[0])))
    turn = conversation.turns[0]
    assert turn.answer.isHidden()
    (first, *_) = cards(turn)
    assert "schulordnung.pdf · page 3" in texts(first)
    assert "18 Euro im Schuljahr" in texts(first)
    assert desk.chat.sources.list.count() > 0
    held.gate.set()
    settle(qtbot, desk)
    assert turn.answer.toPlainText() == INVENTED
    assert "worded by AI" in turn.answer_title.text()
    assert "1 sentence was not found" in turn.note.text()
    assert "99, Blumenkohl" in turn.note.text()


def test_an_answer_can_be_stopped_by_the_button_that_sent_it(
    qtbot: QtBot, desk: MainWindow, held: HeldEngine
) -> None:
    held.answers.append(ANSWER)
    send = desk.chat.composer.send
    type_question(desk)
    qtbot.waitUntil(lambda: len(held.prompts) == 1, timeout=PATIENCE_MS)
    assert send.accessibleName() == "Stop the answer"
    send.click()
    held.gate.set()
    settle(qtbot, desk)
    assert "You stopped the answer." in desk.chat.conversation.turns[0].note.text()
    assert send.accessibleName() == "Ask"


def test_an_honest_no_is_calm_and_clear(qtbot: QtBot, desk: MainWindow) -> None:
    turn = ask(qtbot, desk, "Wie hoch ist der Eiffelturm in Paris?")
    assert turn.refusal.text() == "Das steht nicht in Ihren Dokumenten."
    assert turn.abstained.isVisible()
    assert not cards(turn)
    assert turn.note.isHidden()
    assert desk.chat.sources.isHidden()


def test_sources_only_says_so_and_asks_no_model(
    qtbot: QtBot, desk: MainWindow, engine: HeldEngine
) -> None:
    engine.answers.append(ANSWER)
    desk.chat.composer.sources_only.click()
    turn = ask(qtbot, desk)
    assert engine.prompts == []
    assert "Sources only, as you chose" in turn.note.text()
    assert cards(turn)
    assert turn.answer.isHidden()


def test_a_dead_model_is_told_and_the_next_question_works(
    qtbot: QtBot, desk: MainWindow, engine: HeldEngine
) -> None:
    engine.answers += [WorkerDied("language model", -9), ANSWER]
    first = ask(qtbot, desk)
    assert "The language model stopped unexpectedly (code -9)." in first.note.text()
    assert "you can go on asking" in first.note.text()
    assert cards(first)
    second = ask(qtbot, desk)
    assert second.answer.toPlainText() == ANSWER
    assert len(desk.chat.conversation.exchanges) == 2


def test_an_error_while_asking_stands_in_the_turn_and_is_kept(
    qtbot: QtBot, desk: MainWindow, real: Services
) -> None:
    real.knowledge.remove("Schule")
    turn = ask(qtbot, desk)
    assert "Schule" in turn.note.text()
    (exchange,) = real.chats.exchanges(desk.book.current or 0)
    assert exchange.failure == turn.note.text()


@pytest.fixture
def one_model(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of models with a single one in it."""
    monkeypatch.setenv("ALLMENDE_MODELS", str(tmp_path / "models"))
    file = tmp_path / "My Model.gguf"
    file.write_bytes(MODEL)
    services = build_services()
    services.models.import_file(file)
    services.close()


def test_the_choice_of_a_model_is_kept(
    qtbot: QtBot, one_model: None, desk: MainWindow, real: Services
) -> None:
    models = desk.chat.composer.models
    assert [models.itemData(n) for n in range(models.count())] == ["my-model", "none"]
    assert desk.chat.composer.model == "none"
    models.setFocus()
    QTest.keyClick(models, Qt.Key.Key_Up)
    assert real.settings.text("model") == "my-model"


# -- sources ---------------------------------------------------------------------------


def test_a_card_opens_the_page_with_its_passage(qtbot: QtBot, desk: MainWindow) -> None:
    turn = ask(qtbot, desk)
    card = next(c for c in cards(turn) if "18 Euro im Schuljahr" in texts(c))
    QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    viewer = desk.chat.sources.viewer
    qtbot.waitUntil(lambda: bool(viewer.page_view.marks), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "18 Euro im Schuljahr" in viewer.reading.marked_text())
    assert viewer.page_view.isVisible()
    assert viewer.navigation.field.text() == "3"
    settle(qtbot, desk)


def test_a_number_in_the_answer_opens_its_place(
    qtbot: QtBot, desk: MainWindow, engine: HeldEngine
) -> None:
    engine.answers.append(ANSWER)
    turn = ask(qtbot, desk)
    desk.chat.sources.close_button.click()
    assert desk.chat.sources.isHidden()
    click_number(turn.answer, "[1]")
    sources = desk.chat.sources
    qtbot.waitUntil(
        lambda: "18 Euro im Schuljahr" in sources.viewer.reading.marked_text(),
        timeout=PATIENCE_MS,
    )
    assert sources.isVisible()
    assert sources.list.currentRow() == 0
    settle(qtbot, desk)


# -- adding ----------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Klasse 7b"
    folder.mkdir()
    (folder / "brief.txt").write_text("Die Fahrt kostet 245 Euro.", "utf-8")
    (folder / "leer.md").write_text("", "utf-8")
    return folder


def names(window: MainWindow) -> set[str]:
    return {entry.base.name for entry in window.library.entries}


def documents(window: MainWindow, base: str) -> int:
    entry = window.library.entry(base)
    return entry.base.documents if entry else 0


def test_a_dropped_folder_becomes_a_collection_that_is_asked(
    qtbot: QtBot, desk: MainWindow, folder: Path
) -> None:
    desk.library.hold(True)
    assert drop(desk, [folder], middle(desk))
    qtbot.waitUntil(desk.indexing.isVisible, timeout=PATIENCE_MS)
    assert "Klasse 7b" in desk.indexing.title.text()
    desk.indexing.pause_button.click()
    qtbot.waitUntil(
        lambda: documents(desk, "Klasse 7b") == 1 and desk.indexing.isHidden(),
        timeout=PATIENCE_MS,
    )
    assert desk.chat.composer.scope.scope.base == "Klasse 7b"
    turn = ask(qtbot, desk, "Was kostet die Fahrt?")
    assert "245 Euro" in texts(turn)


def test_a_folder_of_a_taken_name_gets_a_number(
    qtbot: QtBot, desk: MainWindow, folder: Path
) -> None:
    taken = folder.rename(folder.with_name("Schule"))
    drop(desk, [taken], middle(desk))
    qtbot.waitUntil(lambda: documents(desk, "Schule 2") == 1, timeout=PATIENCE_MS)
    assert names(desk) == {"Schule", "Schule 2"}
    settle(qtbot, desk)


def test_a_file_joins_the_collection_that_is_asked(
    qtbot: QtBot, desk: MainWindow, folder: Path
) -> None:
    before = documents(desk, "Schule")
    drop(desk, [folder / "brief.txt"], middle(desk))
    qtbot.waitUntil(
        lambda: documents(desk, "Schule") == before + 1, timeout=PATIENCE_MS
    )
    assert names(desk) == {"Schule"}
    settle(qtbot, desk)


def test_what_is_dropped_on_a_row_goes_there(
    qtbot: QtBot, desk: MainWindow, folder: Path
) -> None:
    before = documents(desk, "Schule")
    desk.show_page("documents")
    rows = desk.documents.list
    cell = rows.visualItemRect(rows.item(0)).center()
    drop(desk, [folder], rows.viewport().mapTo(desk, cell))
    qtbot.waitUntil(
        lambda: documents(desk, "Schule") == before + 1, timeout=PATIENCE_MS
    )
    assert names(desk) == {"Schule"}
    settle(qtbot, desk)


def test_indexing_can_be_stopped_in_the_sidebar(
    qtbot: QtBot, desk: MainWindow, folder: Path
) -> None:
    for number in range(20):
        (folder / f"{number}.txt").write_text(f"Text {number}", "utf-8")
    desk.library.hold(True)
    drop(desk, [folder], middle(desk))
    panel = desk.indexing
    qtbot.waitUntil(panel.isVisible, timeout=PATIENCE_MS)
    panel.stop_button.click()
    qtbot.waitUntil(panel.isHidden, timeout=PATIENCE_MS)
    assert "Indexing was stopped." in desk.message_bar.text.text()
    settle(qtbot, desk)
    assert documents(desk, "Klasse 7b") < 20


def test_a_path_that_is_gone_is_a_sentence_in_the_bar(
    qtbot: QtBot, desk: MainWindow, tmp_path: Path
) -> None:
    drop(desk, [tmp_path / "nowhere"], middle(desk))
    qtbot.waitUntil(desk.message_bar.isVisible, timeout=PATIENCE_MS)
    text = desk.message_bar.text.text()
    assert text.startswith("There is no file or folder")
    assert text.endswith("Check the path.")


def test_without_a_collection_the_way_to_one_is_shown(
    qtbot: QtBot, desk: MainWindow
) -> None:
    desk.show_page("documents")
    desk.documents.header.removal_wanted.emit()
    (box,) = desk.documents.findChildren(QMessageBox)
    assert names(desk) == {"Schule"}
    next(b for b in box.buttons() if b.text() == "Remove").click()
    qtbot.waitUntil(lambda: not names(desk), timeout=PATIENCE_MS)
    settle(qtbot, desk)
    assert desk.documents.nothing.choose.isVisible()
    desk.show_page("chat")
    assert not desk.chat.composer.isEnabled()
    assert desk.chat.welcome.add_button.isVisible()


# -- the rest --------------------------------------------------------------------------


@pytest.mark.expects_warnings
def test_a_mistake_of_ours_can_be_copied(desk: MainWindow) -> None:
    try:
        raise ValueError("the pupil's name")
    except ValueError as error:
        desk.messages.failure(error)
    box = desk.findChild(MistakeBox)
    assert box is not None
    assert "ValueError at" in box.details
    assert "pupil" not in box.details
    copy = next(b for b in box.findChildren(QAbstractButton) if "Copy" in b.text())
    copy.click()
    assert QGuiApplication.clipboard().text() == box.details
    box.close()


def test_f6_goes_from_pane_to_pane(qtbot: QtBot, desk: MainWindow) -> None:
    turn = ask(qtbot, desk)
    desk.activateWindow()
    cards(turn)[0].click()
    settle(qtbot, desk)
    desk.chat.focus()
    stops = []
    for _ in range(3):
        focus = desk.focusWidget()
        assert focus is not None
        stops.append(focus.accessibleName())
        QTest.keyClick(focus, Qt.Key.Key_F6)
    assert desk.focusWidget() is desk.chat.composer.edit
    page_name = desk.chat.sources.viewer.page_view.accessibleName()
    assert "marked" in page_name
    assert stops == ["Your question", page_name, "Conversations"]
    QTest.keyClick(desk.focusWidget(), Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert desk.focusWidget() is desk.sidebar.tree


def test_german(qtbot: QtBot, real: Services, theme: Theme, engine: HeldEngine) -> None:
    use_language("de")
    engine.answers.append(INVENTED)
    window = MainWindow(real)
    qtbot.addWidget(window)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: window.library.loaded and idle(window), timeout=PATIENCE_MS)
    turn = ask(qtbot, window, LOCKER)
    if "Aus Ihren Dokumenten" not in texts(turn):
        raise AssertionError("run `make locale` first: the catalogue is not compiled")
    assert "1 Satz" in turn.note.text()
    window.close()
    real.close()
    assert window.background.wait(5)
