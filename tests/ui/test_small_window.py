"""The smallest window with the largest letters: everything can be reached and read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from app.services import Services
from app.ui.documents_page import DocumentsPage
from app.ui.main_window import MainWindow
from app.ui.theme import Theme
from tests.ui.acting import settle


@pytest.fixture
def large(qapp: QApplication, real: Services) -> Iterator[Theme]:
    """Letters twice as large."""
    real.settings.change("text_percent", 200)
    theme = Theme(qapp, real.settings)
    yield theme
    real.settings.change("text_percent", 100)
    theme.apply_settings()


@pytest.mark.parametrize("size", [(720, 480), (900, 640), (1285, 800)])
@pytest.mark.parametrize("name", ["documents", "workshop", "settings", "laboratory"])
def test_no_page_is_wider_than_the_window(
    qtbot: QtBot,
    large: Theme,
    desk: MainWindow,
    name: str,
    size: tuple[int, int],
) -> None:
    large.apply_settings()
    desk.resize(*size)
    desk.show_page(name)
    settle(qtbot, desk)
    qtbot.wait(50)
    page = desk.pages.currentWidget()
    assert page is not None
    assert page.width() <= desk.width()
    areas = [a for a in page.findChildren(QScrollArea) if a.isVisible()]
    assert areas
    assert [
        a.accessibleName() for a in areas if a.horizontalScrollBar().maximum()
    ] == []


def test_in_a_narrow_window_collections_are_chosen_above_the_page(
    qtbot: QtBot, large: Theme, desk: MainWindow
) -> None:
    large.apply_settings()
    desk.context.services.knowledge.create("Zweite", "")
    desk.library.reload()
    desk.resize(720, 480)
    desk.show_page("documents")
    settle(qtbot, desk)
    page = desk.pages.currentWidget()
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
    desk.resize(1500, 800)
    qtbot.waitUntil(page.list.isVisible)
    assert page.add.isVisible()
    assert not choice.isVisible()
