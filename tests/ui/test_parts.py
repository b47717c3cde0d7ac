"""The parts of the window, one by one."""

from __future__ import annotations

import ast
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QImage, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.answer_view import AnswerView
from app.ui.composer import Composer
from app.ui.places import grouped, places_of
from app.ui.reading_view import ReadingView
from app.ui.single_instance import SingleInstance
from app.ui.utf16 import utf16
from app.ui.widgets import label, set_tip
from app.ui.wording import time_left_text
from app.values.chats import Scope
from app.values.places import file_name
from tests.ui.said import SPOKEN, citations, passages, said

UI = Path(__file__).parents[2] / "app" / "ui"


# -- nothing is taken for HTML ---------------------------------------------------------


def test_no_module_gives_qt_rich_text() -> None:
    forbidden = {"setHtml", "setMarkdown", "insertHtml", "appendHtml", "setSource"}
    for path in UI.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in forbidden, path.name
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                rich = node.func.id == "QLabel" and bool(node.args)
                assert not rich or path.name == "widgets.py", path.name


def test_labels_and_tips_show_markup_as_it_is(qtbot: QtBot, theme: object) -> None:
    evil = "<img src='//host/share/x.png'>"
    shown = label(evil)
    qtbot.addWidget(shown)
    assert shown.textFormat() is Qt.TextFormat.PlainText
    set_tip(shown, evil)
    assert "<img" not in shown.toolTip()


def test_an_answer_never_names_a_picture_to_qt(qtbot: QtBot, theme: object) -> None:
    view = AnswerView()
    qtbot.addWidget(view)
    view.append_text("![a](//host/share/a.png) <img src='//host/share/b.png'> **b**")
    shown = "[Picture: a] <img src='//host/share/b.png'> b"
    assert view.toPlainText() == shown
    image = view.loadResource(2, QUrl("file:////host/share/b.png"))
    assert isinstance(image, QImage)


# -- answers ---------------------------------------------------------------------------


@pytest.fixture
def answered(qtbot: QtBot, theme: object) -> AnswerView:
    view = AnswerView()
    qtbot.addWidget(view)
    view.resize(400, 100)
    view.show()
    view.append_text("something else that streamed")
    view.show_answer(said())
    return view


def position_of(view: AnswerView, text: str) -> QTextCursor:
    cursor = view.document().find(text)
    assert not cursor.isNull()
    return cursor


def test_the_checked_answer_replaces_what_streamed(answered: AnswerView) -> None:
    assert answered.toPlainText() == SPOKEN


def test_unsupported_sentences_look_different(answered: AnswerView) -> None:
    good = position_of(answered, "Fahrt").charFormat()
    bad = position_of(answered, "Müller").charFormat()
    style = type(bad).UnderlineStyle
    assert bad.underlineStyle() is style.DotLine
    assert "No place found for this in the sources" in bad.toolTip()
    assert "In no source: Müller, 99." in bad.toolTip()
    assert good.underlineStyle() is style.NoUnderline
    after = position_of(answered, "Fach").charFormat()
    assert after.underlineStyle() is style.NoUnderline


def test_a_click_on_a_number_tells_it(qtbot: QtBot, answered: AnswerView) -> None:
    cursor = position_of(answered, "[2]")
    cursor.setPosition(cursor.position() - 1)
    point = answered.cursorRect(cursor).center()
    assert answered.anchorAt(point) == "citation:2"
    with qtbot.waitSignal(answered.cited) as heard:
        QTest.mouseClick(
            answered.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(point)
        )
    assert heard.args == [2]


def test_numbers_can_be_reached_by_keyboard(qtbot: QtBot, answered: AnswerView) -> None:
    answered.setFocus()
    QTest.keyClick(answered, Qt.Key.Key_Tab)
    with qtbot.waitSignal(answered.cited) as heard:
        QTest.keyClick(answered, Qt.Key.Key_Return)
    assert heard.args == [1]


def test_the_view_is_as_high_as_its_text(qtbot: QtBot, answered: AnswerView) -> None:
    before = answered.height()
    answered.append_text("\n\nmore\n\nand more")
    qtbot.waitUntil(lambda: answered.height() > before)
    assert answered.verticalScrollBar().maximum() == 0


# -- composer --------------------------------------------------------------------------


def test_enter_sends_and_shift_enter_does_not(qtbot: QtBot, theme: object) -> None:
    composer = Composer()
    qtbot.addWidget(composer)
    composer.show_scope(Scope("School"))
    asked: list[str] = []
    composer.asked.connect(asked.append)
    QTest.keyClicks(composer.edit, "one")
    height = composer.edit.height()
    QTest.keyClick(composer.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(composer.edit, "two")
    assert asked == []
    assert composer.edit.height() > height
    QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert asked == ["one\ntwo"]


def test_nothing_is_sent_without_a_question_or_without_documents(
    qtbot: QtBot, theme: object
) -> None:
    composer = Composer()
    qtbot.addWidget(composer)
    composer.edit.setPlainText("one")
    assert not composer.send.isEnabled()
    composer.show_scope(Scope("School"))
    assert composer.send.isEnabled()
    composer.edit.setPlainText("  \n")
    assert not composer.send.isEnabled()


# -- reading ---------------------------------------------------------------------------


def test_offsets_count_letters_and_not_qts_units(qtbot: QtBot, theme: object) -> None:
    text = "😀 a 𝒳 passage here"
    start = text.index("passage")
    view = ReadingView("text")
    qtbot.addWidget(view)
    view.show_text(text, start, start + 7)
    assert view.marked_text() == "passage"
    assert utf16(text, start) == start + 2


# -- places and words ------------------------------------------------------------------


def test_places_are_the_citations_where_there_are_some() -> None:
    places = places_of(passages(), citations()[1:])
    assert [(p.number, p.cited) for p in places] == [(1, False), (2, True)]
    assert places[1].file_and_page == "rules.pdf · page 2"
    assert places[1].last_heading == "§ 6"


def test_quotations_of_one_passage_stand_together() -> None:
    one, two = citations()
    assert [c.number for c in grouped([two, one, two])] == [2, 2, 1]


@pytest.mark.parametrize("path", ["/a/b.pdf", "C:\\a\\b.pdf", "//host/share/b.pdf"])
def test_file_names_of_any_system(path: str) -> None:
    assert file_name(path) == "b.pdf"


def test_time_left_in_words() -> None:
    assert time_left_text(20) == "less than a minute left"
    assert time_left_text(62) == "about 1 minute left"
    assert time_left_text(700) == "about 12 minutes left"
    assert time_left_text(8000) == "about 2 hours left"


# -- Qt --------------------------------------------------------------------------------


class Emitter(QObject):
    told = Signal()


def test_qt_does_not_use_up_true_and_none(qtbot: QtBot) -> None:
    emitter, lonely = Emitter(), QWidget()
    qtbot.addWidget(lonely)
    for _ in range(50_000):
        emitter.told.emit()
        lonely.parentWidget()
    assert sys.getrefcount(True) > 1_000_000
    assert sys.getrefcount(None) > 1_000_000


def test_a_second_window_knocks_at_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = SingleInstance(tmp_path / "h"), SingleInstance(tmp_path / "h")
    assert first.claim()
    assert not second.claim()
    first.listen()
    with qtbot.waitSignal(first.knocked):
        assert second.knock()
    first.release()
    assert second.claim()
    second.release()


def test_one_that_has_only_just_begun_is_asked_again(
    qtbot: QtBot, tmp_path: Path
) -> None:
    first, second = SingleInstance(tmp_path / "h"), SingleInstance(tmp_path / "h")
    assert first.claim()
    heard: list[bool] = []
    asking = threading.Thread(target=lambda: heard.append(second.knock()))
    asking.start()
    with qtbot.waitSignal(first.knocked, timeout=5_000):
        QTimer.singleShot(150, first, first.listen)
    asking.join()
    assert heard == [True]
    first.release()


def test_one_that_hangs_is_given_up(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.single_instance._START_MS", 200)
    first, second = SingleInstance(tmp_path / "h"), SingleInstance(tmp_path / "h")
    assert first.claim()
    assert not second.knock()
    first.release()


def test_two_folders_have_two_windows(qtbot: QtBot, tmp_path: Path) -> None:
    one, other = SingleInstance(tmp_path / "a"), SingleInstance(tmp_path / "b")
    assert one.claim()
    assert other.claim()
    one.release()
    other.release()
