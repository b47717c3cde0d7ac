"""The search for cut text finds it, and nothing else."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox, QTabWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.ui.theme import Theme
from app.ui.widgets import ElidedLabel, glyph_button, label, text_button
from tests.ui.cut_text import cut_texts

LONG = "[!! Šþřàçĥé ðér Üƃér§çĥřîƒţéñ ~·~·~·~·~·~· !!]"


def chosen(text: str) -> QComboBox:
    choice = QComboBox()
    choice.addItem(text)
    return choice


@pytest.fixture
def panel(qtbot: QtBot, theme: Theme) -> QWidget:
    panel = QWidget()
    qtbot.addWidget(panel)
    return panel


def test_a_layout_that_gives_room_cuts_nothing(panel: QWidget) -> None:
    column = QVBoxLayout(panel)
    tabs = QTabWidget()
    tabs.addTab(QWidget(), LONG)
    for part in (
        label(LONG),
        label(LONG, "title", wraps=False),
        text_button(LONG, "primary", "add"),
        text_button(LONG, "toggle"),
        QCheckBox(LONG),
        chosen(LONG),
        glyph_button("add", LONG),
        tabs,
    ):
        column.addWidget(part)
    panel.resize(panel.sizeHint())
    panel.show()
    assert cut_texts(panel) == []


@pytest.mark.parametrize(
    "part",
    [
        lambda: label(LONG, wraps=False),
        lambda: text_button(LONG),
        lambda: QCheckBox(LONG),
        lambda: chosen(LONG),
    ],
    ids=["label", "button", "box", "choice"],
)
def test_what_is_too_narrow_is_found(panel: QWidget, part: object) -> None:
    widget = part()  # type: ignore[operator]
    widget.setParent(panel)
    widget.setFixedSize(120, 40)
    panel.resize(400, 100)
    panel.show()
    found = cut_texts(panel)
    assert len(found) == 1
    assert LONG in found[0]


def test_a_wrapped_text_that_is_too_high_is_found(panel: QWidget) -> None:
    shown = label(" ".join([LONG] * 4))
    shown.setParent(panel)
    shown.setFixedSize(160, 30)
    panel.resize(400, 300)
    panel.show()
    assert len(cut_texts(panel)) == 1
    shown.setFixedSize(160, 280)
    assert cut_texts(panel) == []


def test_what_ends_in_dots_on_purpose_and_what_is_hidden_is_no_fault(
    panel: QWidget,
) -> None:
    for part in (ElidedLabel(LONG), text_button(LONG)):
        part.setParent(panel)
        part.setFixedSize(80, 30)
    part.hide()
    panel.resize(400, 100)
    panel.show()
    assert not part.isVisible()
    assert cut_texts(panel) == []
