"""What a person does and sees, with services that only pretend."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QMessageBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.errors import DocumentError, StorageError
from app.i18n import use_language
from app.ui.evidence_card import EvidenceCard
from app.ui.main_window import MainWindow
from app.ui.message_bar import MistakeBox
from app.ui.turn import Turn
from app.values.bases import DocumentDone, VectorsAdded
from tests.ui.fakes import SPOKEN, FakeServices, refusing, silent, spoken


def ask(window: MainWindow, text: str = "Was kostet die Fahrt?") -> Turn:
    window.composer.edit.setFocus()
    QTest.keyClicks(window.composer.edit, text)
    QTest.keyClick(window.composer.edit, Qt.Key.Key_Return)
    return window.conversation.turns[-1]


def answered(qtbot: QtBot, window: MainWindow) -> Turn:
    turn = ask(window)
    qtbot.waitUntil(lambda: not window.composer._running)
    return turn


def texts(widget: QWidget) -> str:
    """Return what can be read in a widget now."""
    shown = [part for part in widget.findChildren(QLabel) if part.isVisibleTo(widget)]
    return "\n".join(part.text() for part in shown)


def cards(turn: Turn) -> list[EvidenceCard]:
    return turn.findChildren(EvidenceCard)


# -- asking ----------------------------------------------------------------------------


def test_bases_are_listed_with_their_documents(window: MainWindow) -> None:
    item = window.bases.list.item(0)
    assert item.text() == "School"
    spoken_text = item.data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken_text == "School, 2 documents · finds words"
    assert window.composer.isEnabled()
    assert window.bases.unread_button.accessibleName() == "1 file not read"


def test_evidence_stands_there_before_the_model_speaks(
    qtbot: QtBot, window: MainWindow, services: FakeServices
) -> None:
    services.answer = lambda question: _held(services, spoken(question))
    turn = ask(window)
    qtbot.waitUntil(lambda: len(cards(turn)) == 2)
    assert turn.answer.isHidden()
    assert "“Die Fahrt kostet 245 Euro.”" in texts(cards(turn)[0])
    assert "rules.pdf · page 2" in texts(cards(turn)[1])
    services.gate.set()
    qtbot.waitUntil(lambda: not window.composer._running)
    assert turn.answer.toPlainText() == SPOKEN
    assert "worded by AI (Tiny)" in turn.answer_title.text()
    assert "1 sentence was not found" in turn.note.text()
    assert "Müller, 99" in turn.note.text()
    assert services.asked == [("Was kostet die Fahrt?", "School", "tiny", False)]


def _held(services: FakeServices, events: list[object]):  # type: ignore[no-untyped-def]
    """Yield the first event, then wait for the gate before the others."""
    yield events[0]
    services.gate.clear()
    yield from events[1:]


def test_an_answer_can_be_stopped(
    qtbot: QtBot, window: MainWindow, services: FakeServices
) -> None:
    services.answer = lambda question: _held(services, spoken(question))
    turn = ask(window)
    qtbot.waitUntil(lambda: len(cards(turn)) == 2)
    assert window.composer.send.accessibleName() == "Stop the answer"
    window.composer.send.click()
    qtbot.waitUntil(lambda: not window.composer._running)
    assert "You stopped the answer." in turn.note.text()
    assert window.composer.send.accessibleName() == "Ask"


def test_escape_stops(qtbot: QtBot, window: MainWindow, services: FakeServices) -> None:
    services.answer = lambda question: _held(services, spoken(question))
    turn = ask(window)
    qtbot.waitUntil(lambda: len(cards(turn)) == 2)
    window.activateWindow()
    QTest.keyClick(window.composer.edit, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: services.stopped)
    qtbot.waitUntil(lambda: not window.composer._running)


def test_an_honest_no_is_calm_and_clear(
    qtbot: QtBot, window: MainWindow, services: FakeServices
) -> None:
    services.answer = refusing
    turn = answered(qtbot, window)
    assert turn.refusal.text() == "Das steht nicht in Ihren Dokumenten."
    assert turn.abstained.isVisible()
    assert not cards(turn)
    assert turn.note.isHidden()


def test_sources_only_says_so(
    qtbot: QtBot, window: MainWindow, services: FakeServices
) -> None:
    services.answer = silent("sources_only")
    window.composer.sources_only.click()
    turn = answered(qtbot, window)
    assert services.asked[0][3] is True
    assert "Sources only, as you chose" in turn.note.text()
    assert len(cards(turn)) == 2
    assert turn.answer.isHidden()


def test_a_dead_model_is_told_and_the_next_question_works(
    qtbot: QtBot, window: MainWindow, services: FakeServices
) -> None:
    services.answer = silent(
        "failed",
        problem="The {name} stopped unexpectedly (code {code}).",
        remedy="It has been restarted; please try again.",
        parameters=(("name", "language model"), ("code", "-9")),
    )
    first = answered(qtbot, window)
    assert "The language model stopped unexpectedly (code -9)." in first.note.text()
    assert "you can go on asking" in first.note.text()
    services.answer = spoken
    second = answered(qtbot, window)
    assert second.answer.toPlainText() == SPOKEN
    assert len(window.conversation.turns) == 2


def test_an_error_while_asking_stands_in_the_turn(
    qtbot: QtBot, window: MainWindow, services: FakeServices
) -> None:
    def full(_question: str):  # type: ignore[no-untyped-def]
        raise StorageError("The disk is full.", "Free some space.")

    services.answer = full
    turn = answered(qtbot, window)
    assert turn.note.text() == "The disk is full. Free some space."


def test_the_model_is_kept(window: MainWindow, services: FakeServices) -> None:
    models = window.composer.models
    assert [models.itemText(n) for n in range(models.count())] == [
        "Tiny",
        "Without a language model",
    ]
    models.setCurrentIndex(1)
    models.activated.emit(1)
    assert services.settings.text("model") == "none"


# -- sources ---------------------------------------------------------------------------


def test_a_card_opens_the_page_with_its_passage(
    qtbot: QtBot, window: MainWindow, services: FakeServices
) -> None:
    services.answer = spoken
    turn = answered(qtbot, window)
    assert window.sources.list.count() == 2
    QTest.mouseClick(cards(turn)[1], Qt.MouseButton.LeftButton)
    viewer = window.sources.viewer
    qtbot.waitUntil(lambda: bool(viewer.page_view.marks))
    qtbot.waitUntil(
        lambda: viewer.reading.marked_text() == "Ein Schließfach kostet 18 Euro"
    )
    assert viewer.page_view.isVisible()
    assert viewer.page_label.text() == "Page 2 of 3"
    assert "Seite eins" not in viewer.reading.toPlainText()
    viewer.previous.click()
    qtbot.waitUntil(lambda: viewer.page_label.text() == "Page 1 of 3")
    qtbot.waitUntil(lambda: not viewer.page_view.marks)
    assert "Seite eins" in viewer.reading.toPlainText()


def test_a_number_in_the_answer_opens_its_place(
    qtbot: QtBot, window: MainWindow, services: FakeServices
) -> None:
    services.answer = spoken
    turn = answered(qtbot, window)
    turn.answer.cited.emit(1)
    viewer = window.sources.viewer
    qtbot.waitUntil(
        lambda: viewer.reading.marked_text() == "Die Fahrt kostet 245 Euro."
    )
    assert viewer.page_view.isHidden()
    assert window.sources.list.currentRow() == 0


def test_the_list_of_sources_opens_with_enter(
    qtbot: QtBot, window: MainWindow, services: FakeServices
) -> None:
    services.answer = spoken
    answered(qtbot, window)
    window.sources.list.setFocus()
    window.sources.list.setCurrentRow(1)
    QTest.keyClick(window.sources.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.sources.viewer.page_view.marks))


def test_the_text_can_be_read_when_the_file_is_gone(
    qtbot: QtBot, window: MainWindow, services: FakeServices
) -> None:
    services.answer = spoken
    services.knowledge.page_error = DocumentError(
        "vanished", "{file} is no longer there.", "Put it back.", file="rules.pdf"
    )
    turn = answered(qtbot, window)
    cards(turn)[1].click()
    viewer = window.sources.viewer
    qtbot.waitUntil(viewer.problem.isVisible)
    assert viewer.problem.text() == "rules.pdf is no longer there. Put it back."
    qtbot.waitUntil(lambda: "Schließfach" in viewer.reading.marked_text())


# -- adding ----------------------------------------------------------------------------


def drop(window: MainWindow, paths: list[Path], point: QPoint) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(point), action, data, button, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    let_go = QDropEvent(QPointF(point), action, data, button, none)
    QApplication.sendEvent(window, let_go)


def test_a_dropped_folder_becomes_a_base_of_its_name(
    qtbot: QtBot, window: MainWindow, services: FakeServices, tmp_path: Path
) -> None:
    folder = tmp_path / "Klasse 7b"
    folder.mkdir()
    knowledge = services.knowledge
    knowledge.script = [
        DocumentDone(str(folder / "a.txt"), "indexed", done=1, total=2),
        VectorsAdded(5, 10),
    ]
    knowledge.gate.clear()
    drop(window, [folder], window.middle.geometry().center())
    panel = window.bases.indexing
    qtbot.waitUntil(lambda: panel.title.text() == "Reading document 1 of 2")
    assert panel.detail.text() == "a.txt"
    qtbot.waitUntil(lambda: window.bases.current == "Klasse 7b")
    knowledge.gate.set()
    qtbot.waitUntil(panel.isHidden)
    assert knowledge.added == [("Klasse 7b", (str(folder),))]


def test_a_folder_of_a_taken_name_gets_a_number(
    qtbot: QtBot, window: MainWindow, services: FakeServices, tmp_path: Path
) -> None:
    folder = tmp_path / "School"
    folder.mkdir()
    drop(window, [folder], window.middle.geometry().center())
    qtbot.waitUntil(lambda: bool(services.knowledge.added))
    assert services.knowledge.added[0][0] == "School 2"
    qtbot.waitUntil(lambda: not window.background._tasks)


def test_a_file_joins_the_base_that_is_chosen(
    qtbot: QtBot, window: MainWindow, services: FakeServices, tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("text")
    drop(window, [file], window.middle.geometry().center())
    qtbot.waitUntil(lambda: services.knowledge.added == [("School", (str(file),))])
    qtbot.waitUntil(lambda: not window.background._tasks)


def test_indexing_can_be_stopped(
    qtbot: QtBot, window: MainWindow, services: FakeServices, tmp_path: Path
) -> None:
    knowledge = services.knowledge
    knowledge.script = [
        DocumentDone(f"/x/{n}.txt", "indexed", done=n, total=9) for n in range(1, 10)
    ]
    knowledge.gate.clear()
    window.library.add([str(tmp_path)], "School")
    panel = window.bases.indexing
    qtbot.waitUntil(lambda: panel.title.text() == "Reading document 1 of 9")
    panel.stop_button.click()
    knowledge.gate.set()
    qtbot.waitUntil(panel.isHidden)
    assert knowledge.cancelled
    assert "Indexing was stopped." in window.message_bar.text.text()


def test_a_path_that_is_gone_is_a_sentence_in_the_bar(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.library.add([str(tmp_path / "nowhere")], "")
    qtbot.waitUntil(window.message_bar.isVisible)
    text = window.message_bar.text.text()
    assert text.startswith("There is no file or folder")
    assert text.endswith("Check the path.")


def test_removing_asks_first(
    qtbot: QtBot, window: MainWindow, services: FakeServices
) -> None:
    window.bases.removal_wanted.emit("School")
    box = window.findChild(QMessageBox)
    assert box is not None
    assert box.textFormat() is Qt.TextFormat.PlainText
    assert services.knowledge.names
    next(b for b in box.buttons() if b.text() == "Remove").click()
    qtbot.waitUntil(lambda: window.bases.list.count() == 0)
    assert not window.composer.isEnabled()
    assert window.conversation.welcome.add_button.isVisible()


# -- the rest --------------------------------------------------------------------------


@pytest.mark.expects_warnings
def test_a_mistake_of_ours_can_be_copied(qtbot: QtBot, window: MainWindow) -> None:
    try:
        raise ValueError("the pupil's name")
    except ValueError as error:
        window.messages.failure(error)
    box = window.findChild(MistakeBox)
    assert box is not None
    assert "ValueError at" in box.details
    assert "pupil" not in box.details
    copy = next(b for b in box.findChildren(QAbstractButton) if "Copy" in b.text())
    copy.click()
    assert QGuiApplication.clipboard().text() == box.details
    box.close()


def test_f6_goes_from_pane_to_pane(
    qtbot: QtBot, window: MainWindow, services: FakeServices
) -> None:
    services.answer = spoken
    answered(qtbot, window)
    window._cycle_panes(1)
    stops = []
    for _ in range(4):
        focus = window.focusWidget()
        stops.append(focus.accessibleName() if focus else "")
        window._cycle_panes(1)
    assert stops == ["Sources", "Text of the source", "Collections", "Your question"]


def test_everything_one_can_press_has_a_name(
    qtbot: QtBot, window: MainWindow, services: FakeServices
) -> None:
    services.answer = spoken
    turn = answered(qtbot, window)
    cards(turn)[1].click()
    qtbot.waitUntil(lambda: bool(window.sources.viewer.page_view.marks))
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.accessibleName()
        and not (isinstance(widget, QAbstractButton) and widget.text())
        and not isinstance(widget, QLabel)
    ]
    assert not nameless


def test_german(qtbot: QtBot, window: MainWindow, services: FakeServices) -> None:
    use_language("de")
    services.answer = spoken
    turn = answered(qtbot, window)
    if "Aus Ihren Dokumenten" not in texts(turn):
        raise AssertionError("run `make locale` first: the catalogue is not compiled")
    assert "„Die Fahrt kostet 245 Euro.“" in texts(turn)
