"""The window with the real services: words only, a real index child, no model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.services import Services, build_services
from app.ui.evidence_card import EvidenceCard
from app.ui.main_window import MainWindow
from app.ui.page_view import mark_rect
from app.ui.theme import Theme
from tests.ui.test_window import drop, texts

SAMPLES = Path(__file__).parents[2] / "assets" / "samples" / "de"
PATIENCE_MS = 60_000

pytestmark = pytest.mark.slow


@pytest.fixture
def real(home: Path) -> Iterator[Services]:
    services = build_services()
    services.settings.change("embedder", "none")
    services.settings.change("model", "none")
    yield services
    services.close()


def test_from_a_dropped_folder_to_a_marked_passage(
    qtbot: QtBot, real: Services, theme: Theme
) -> None:
    window = MainWindow(real)
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.library.changed, timeout=PATIENCE_MS):
        window.start()
    assert window.conversation.welcome.add_button.isVisible()

    drop(window, [SAMPLES], window.middle.geometry().center())
    item = window.bases.list.item
    qtbot.waitUntil(
        lambda: (
            window.bases.list.count() == 1
            and "5 documents" in item(0).data(Qt.ItemDataRole.AccessibleTextRole)
            and not window.background._tasks
        ),
        timeout=PATIENCE_MS,
    )
    assert window.bases.current == "de"

    QTest.keyClicks(window.composer.edit, "Was kostet ein Schließfach?")
    QTest.keyClick(window.composer.edit, Qt.Key.Key_Return)
    turn = window.conversation.turns[0]
    qtbot.waitUntil(lambda: not window.composer._running, timeout=PATIENCE_MS)
    cards = turn.findChildren(EvidenceCard)
    right = next(card for card in cards if "18 Euro im Schuljahr" in texts(card))
    assert right.place.name == "schulordnung.pdf"

    right.click()
    viewer = window.sources.viewer
    qtbot.waitUntil(lambda: bool(viewer.page_view.marks), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "18 Euro im Schuljahr" in viewer.reading.marked_text())
    page = viewer.page_view
    mark = mark_rect(page.marks[0], page._page_rect()).toRect()
    shown = page.viewport().grab().toImage()
    yellow = sum(
        shown.pixelColor(x, y).blue() < 180 < shown.pixelColor(x, y).red()
        for x in range(mark.left(), mark.right(), 2)
        for y in range(mark.top(), mark.bottom(), 2)
    )
    assert yellow > 50

    window.close()
    real.close()
    assert window.background.wait()
