"""Cycles with widgets end on the main thread, between two events, wherever it is due."""

from __future__ import annotations

import gc
import threading

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.garbage import GarbageCollector


def a_cycle(ends: list[str]) -> None:
    """Leave a widget that only the collector can find."""
    widget = QWidget()
    widget.itself = widget  # type: ignore[attr-defined]
    widget.destroyed.connect(lambda: ends.append(threading.current_thread().name))


def much_garbage() -> None:
    for _ in range(50_000):
        gone: list[object] = []
        gone.append(gone)


def test_a_widget_is_not_collected_by_another_thread(qtbot: QtBot) -> None:
    collector = GarbageCollector()
    gc.collect()
    ends: list[str] = []
    a_cycle(ends)
    thread = threading.Thread(target=much_garbage)
    thread.start()
    thread.join()
    assert not ends
    # Three times: each look collects one generation only.
    for _ in range(3):
        collector.look()
    assert ends == ["MainThread"]


def test_the_event_loop_collects(qtbot: QtBot) -> None:
    collector = GarbageCollector()
    gc.collect()
    ends: list[str] = []
    a_cycle(ends)
    much_garbage()
    qtbot.waitUntil(lambda: ends == ["MainThread"])
    assert not gc.isenabled()
    collector.deleteLater()


def test_closed_python_collects_again(qtbot: QtBot) -> None:
    collector = GarbageCollector()
    try:
        collector.close()
        assert gc.isenabled()
    finally:
        gc.disable()
