"""From nothing to a marked passage: words only, a real index child, no model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.services import Services, build_services
from app.ui.evidence_card import EvidenceCard
from app.ui.main_window import MainWindow
from app.ui.page_view import PageView
from app.ui.theme import Theme
from tests.ui.acting import LOCKER, PATIENCE_MS, ask, drop, idle, texts
from tests.ui.conftest import SAMPLES

pytestmark = pytest.mark.slow


@pytest.fixture
def real(home: Path) -> Iterator[Services]:
    services = build_services()
    services.settings.change("embedder", "none")
    services.settings.change("model", "none")
    services.settings.change("welcomed", True)
    yield services
    services.close()


def test_from_a_dropped_folder_to_a_marked_passage(
    qtbot: QtBot, real: Services, theme: Theme
) -> None:
    window = MainWindow(real)
    qtbot.addWidget(window)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: window.library.loaded and idle(window), timeout=PATIENCE_MS)
    assert window.chat.welcome.add_button.isVisible()

    drop(window, [SAMPLES], window.middle.geometry().center())
    qtbot.waitUntil(
        lambda: (
            [(e.base.name, e.base.documents) for e in window.library.entries]
            == [("de", 5)]
            and idle(window)
        ),
        timeout=PATIENCE_MS,
    )
    turn = ask(qtbot, window, LOCKER)
    cards = turn.findChildren(EvidenceCard)
    right = next(card for card in cards if "18 Euro im Schuljahr" in texts(card))
    assert right.place.name == "schulordnung.pdf"

    right.click()
    view = window.chat.sources.viewer.page_view
    qtbot.waitUntil(lambda: bool(view.marks), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: _yellow(view) > 50, timeout=PATIENCE_MS)

    window.close()
    real.close()
    assert window.background.wait(5)


def _yellow(view: PageView) -> int:
    """Return how many points of what is seen are marked."""
    shown = view.viewport().grab().toImage()
    return sum(
        shown.pixelColor(x, y).blue() < 180 < shown.pixelColor(x, y).red()
        for x in range(0, shown.width(), 2)
        for y in range(0, shown.height(), 2)
    )
