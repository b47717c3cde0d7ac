"""The parts of the window, one by one."""

from __future__ import annotations

import ast
import itertools
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QImage, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui import theme as themes
from app.ui.answer_view import AnswerView
from app.ui.composer import Composer
from app.ui.page_view import PageView, mark_rect
from app.ui.places import file_name, grouped, places_of
from app.ui.reading_view import ReadingView, utf16
from app.ui.single_instance import SingleInstance
from app.ui.widgets import label, set_tip
from app.ui.wording import time_left_text
from app.values.answers import AnswerFinished
from app.values.documents import Box, PagePicture
from tests.ui.fakes import SPOKEN, citations, passages, png, spoken

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


def test_an_answer_with_markup_stays_plain_text(qtbot: QtBot, theme: object) -> None:
    view = AnswerView()
    qtbot.addWidget(view)
    evil = "![a](//host/share/a.png) <img src='//host/share/b.png'> **b**"
    view.append_text(evil)
    assert view.toPlainText() == evil
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
    finished = spoken("?")[-1]
    assert isinstance(finished, AnswerFinished)
    view.show_answer(finished.answer)
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
    assert bad.toolTip() == "No place found for this in the sources"
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


def test_the_view_is_as_high_as_its_text(answered: AnswerView) -> None:
    before = answered.height()
    answered.append_text("\n\nmore\n\nand more")
    assert answered.height() > before
    assert answered.verticalScrollBar().maximum() == 0


# -- composer --------------------------------------------------------------------------


def test_enter_sends_and_shift_enter_does_not(qtbot: QtBot, theme: object) -> None:
    composer = Composer()
    qtbot.addWidget(composer)
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
    assert composer.edit.toPlainText() == ""


def test_an_empty_question_cannot_be_sent(qtbot: QtBot, theme: object) -> None:
    composer = Composer()
    qtbot.addWidget(composer)
    composer.edit.setPlainText("  \n")
    assert not composer.send.isEnabled()


# -- reading and pages -----------------------------------------------------------------


def test_offsets_count_letters_and_not_qts_units(qtbot: QtBot, theme: object) -> None:
    text = "😀 a 𝒳 passage here"
    start = text.index("passage")
    view = ReadingView("text")
    qtbot.addWidget(view)
    view.show_text(text, start, start + 7)
    assert view.marked_text() == "passage"
    assert utf16(text, start) == start + 2


def page_view(qtbot: QtBot) -> PageView:
    view = PageView()
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    picture = PagePicture(2, 3, png(600, 840), 600, 840, (Box(0.1, 0.2, 0.9, 0.25),))
    view.show_picture(picture, jump=True)
    return view


def test_the_passage_is_marked_and_its_letters_stay_black(
    qtbot: QtBot, theme: object
) -> None:
    view = page_view(qtbot)
    shown = view.viewport().grab().toImage()
    mark = mark_rect(view.marks[0], view._page_rect())
    inside = shown.pixelColor(mark.topLeft().toPoint() + QPoint(20, 4))
    assert inside == QColor(themes.LIGHT.mark)
    assert shown.pixelColor(20, int(mark.top()) + 5) == QColor("white")
    darkest = min(
        shown.pixelColor(int(mark.center().x()), y).lightness()
        for y in range(int(mark.top()), int(mark.bottom()))
    )
    assert darkest < 60


def test_a_mark_lies_where_its_fractions_say() -> None:
    rect = mark_rect(Box(0.5, 0.25, 1.0, 0.5), QRectF(10, 20, 200, 400))
    assert rect == QRectF(109, 119, 102, 102)


def test_zooming_in_asks_for_a_sharper_picture(qtbot: QtBot, theme: object) -> None:
    view = page_view(qtbot)
    with qtbot.waitSignal(view.width_wanted) as heard:
        view.zoom_to(2.0)
    assert heard.args[0] == view.needed_px() > 1000


def test_zoom_by_keyboard(qtbot: QtBot, theme: object) -> None:
    view = page_view(qtbot)
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom > 1.1
    QTest.keyClick(view, Qt.Key.Key_Minus)
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert view.zoom < 0.9
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.zoom == 1.0


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


# -- theme -----------------------------------------------------------------------------


def luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    c = QColor(colour)
    red, green, blue = (linear(x) for x in (c.redF(), c.greenF(), c.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [themes.LIGHT, themes.DARK], ids=["light", "dark"])
def test_text_can_be_read_on_its_ground(palette: themes.Colours) -> None:
    grounds = (palette.window, palette.side, palette.surface)
    texts = (palette.text, palette.muted, palette.accent, palette.danger)
    pairs = [
        *itertools.product(texts, grounds),
        (palette.on_accent, palette.accent),
        (palette.on_accent, palette.accent_hover),
        (palette.on_soft, palette.soft),
        (palette.mark_text, palette.mark),
        (palette.danger, palette.danger_soft),
    ]
    weak = [(a, b, round(contrast(a, b), 2)) for a, b in pairs if contrast(a, b) < 4.5]
    assert not weak


def test_the_style_sheet_knows_only_our_colours(theme: themes.Theme) -> None:
    for palette in (themes.LIGHT, themes.DARK):
        sheet = themes.style_sheet(theme._sheet, palette)
        assert "@" not in sheet
        assert asdict(palette)["accent"] in sheet


def test_dark_follows_the_system(theme: themes.Theme) -> None:
    theme.apply(Qt.ColorScheme.Dark)
    assert themes.colours() is themes.DARK
    theme.apply(Qt.ColorScheme.Light)
    assert themes.colours() is themes.LIGHT


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
    with qtbot.waitSignal(first.knocked):
        assert second.knock()
    first.release()
    assert second.claim()
    second.release()


def test_two_folders_have_two_windows(qtbot: QtBot, tmp_path: Path) -> None:
    one, other = SingleInstance(tmp_path / "a"), SingleInstance(tmp_path / "b")
    assert one.claim()
    assert other.claim()
    one.release()
    other.release()
