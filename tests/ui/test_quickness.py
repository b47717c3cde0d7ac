"""What keeps the window awake: work in small portions, and drawing when there is time."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QRect, Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from app.ui.background import Background
from app.ui.flow import FlowLayout
from app.ui.formulas import WORKSHOP
from app.ui.theme import Theme
from app.ui.warm_up import warm_up
from app.ui.widgets import show_value


@pytest.fixture
def background() -> Iterator[Background]:
    owner = QObject()
    background = Background(owner)
    yield background
    background.close()
    assert background.wait()


def _busy(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def test_a_flood_of_events_leaves_the_window_its_turn(
    qtbot: QtBot, background: Background
) -> None:
    turns: list[int] = []
    taken: list[int] = []
    timer = QTimer(interval=0)
    timer.timeout.connect(lambda: turns.append(len(taken)))

    def take(number: int) -> None:
        _busy(0.002)
        taken.append(number)

    timer.start()
    ended: list[bool] = []
    background.stream(lambda _stop: iter(range(100)), take, lambda: ended.append(True))
    qtbot.waitUntil(lambda: bool(ended))
    assert taken == list(range(100))
    between = {turn for turn in turns if 0 < turn < 100}
    assert len(between) > 5


def test_a_callback_that_fails_takes_no_event_with_it(
    qtbot: QtBot, background: Background
) -> None:
    taken: list[int] = []

    def take(number: int) -> None:
        taken.append(number)
        if number == 1:
            raise RuntimeError("a mistake of ours")

    ended: list[bool] = []
    with qtbot.captureExceptions() as mistakes:
        background.stream(
            lambda _stop: iter(range(4)), take, lambda: ended.append(True)
        )
        qtbot.waitUntil(lambda: bool(ended))
    assert taken == [0, 1, 2, 3]
    assert len(mistakes) == 1


class _Bar(QProgressBar):
    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1
        super().paintEvent(event)


def test_a_bar_is_drawn_when_there_is_time(qtbot: QtBot) -> None:
    bar = _Bar()
    qtbot.addWidget(bar)
    bar.show()
    qtbot.waitUntil(lambda: bar.painted > 0)
    before = bar.painted
    for done in range(50):
        show_value(bar, done, 100)
    assert bar.value() == 49
    assert bar.painted == before
    qtbot.waitUntil(lambda: bar.painted > before)


def test_a_flowing_row_measures_anew_when_it_has_to(qtbot: QtBot, theme: Theme) -> None:
    row = QWidget()
    qtbot.addWidget(row)
    flow = FlowLayout(row, 8)
    words = [QLabel("several words"), QLabel("several words")]
    for word in words:
        flow.addWidget(word)
    flow.setGeometry(QRect(0, 0, 400, 100))
    width = words[0].sizeHint().width() * 2 + 8
    one_line = flow.heightForWidth(width)
    words[1].setText("several words, and many more than there were before")
    assert flow.heightForWidth(width) > one_line


def test_other_colours_reach_what_is_shown(qtbot: QtBot, theme: Theme) -> None:
    word = QLabel("a word")
    word.setProperty("kind", "small")
    qtbot.addWidget(word)
    word.show()
    theme.apply(Qt.ColorScheme.Light)
    light = word.palette().windowText().color().name()
    theme.apply(Qt.ColorScheme.Dark)
    assert word.palette().windowText().color().name() != light


def test_warming_up_brings_formulas_and_sets_the_start_aside(
    qtbot: QtBot, background: Background
) -> None:
    before = gc.get_freeze_count()
    warm_up(background)
    try:
        qtbot.waitUntil(lambda: gc.get_freeze_count() > before, timeout=20_000)
        qtbot.waitUntil(
            lambda: WORKSHOP.drawn(("x", False)) is not None, timeout=20_000
        )
    finally:
        gc.unfreeze()
