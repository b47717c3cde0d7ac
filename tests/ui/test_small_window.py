"""The smallest window with the largest letters: everything can be reached and read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from app.services import Services
from app.ui.documents_page import DocumentsPage
from app.ui.main_window import MainWindow
from app.ui.theme import Theme
from tests.ui.acting import settle


@pytest.fixture
def large(qapp: QApplication, desk: MainWindow, real: Services) -> Iterator[MainWindow]:
    """The window with letters twice as large."""
    real.settings.change("text_percent", 200)
    theme = Theme(qapp, real.settings)
    yield desk
    real.settings.change("text_percent", 100)
    theme.apply_settings()


@pytest.mark.parametrize(
    ("name", "size"),
    [
        *product(("documents", "workshop"), [(720, 480), (900, 640), (1285, 800)]),
        *product(("settings", "laboratory"), [(900, 640), (1285, 800)]),
    ],
)
def test_no_page_is_wider_than_the_window(
    qtbot: QtBot,
    large: MainWindow,
    name: str,
    size: tuple[int, int],
) -> None:
    large.resize(*size)
    large.show_page(name)
    settle(qtbot, large)
    qtbot.wait(50)
    page = large.pages.currentWidget()
    assert page is not None
    assert page.width() <= large.width()
    areas = [a for a in page.findChildren(QScrollArea) if a.isVisible()]
    assert areas
    assert [
        a.accessibleName() for a in areas if a.horizontalScrollBar().maximum()
    ] == []


def test_in_a_narrow_window_collections_are_chosen_above_the_page(
    qtbot: QtBot, large: MainWindow
) -> None:
    large.context.services.knowledge.create("Zweite", "")
    large.library.reload()
    large.resize(720, 480)
    large.show_page("documents")
    settle(qtbot, large)
    page = large.pages.currentWidget()
    assert isinstance(page, DocumentsPage)
    assert page.stacking.narrow
    assert not page.list.isVisible()
    assert page.add.isVisible()
    choice = page.stacking.choice
    qtbot.waitUntil(lambda: choice.count() == 2)
    choice.setCurrentIndex(1)
    choice.activated.emit(1)
    assert page.current == "Zweite"
    page.choose("Schule")
    assert choice.currentText() == "Schule"
    large.resize(1500, 800)
    qtbot.waitUntil(page.list.isVisible)
    assert page.add.isVisible()
    assert not choice.isVisible()
