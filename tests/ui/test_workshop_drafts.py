"""Drafts of the workshop outlive the window, even one that is closed at once."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.exporters.quiz.samples import PICTURES
from tests.ui.acting import PATIENCE_MS, texts
from tests.ui.test_workshop import cards, closed, made, opened, quiz, shown_page


def test_a_draft_survives_a_restart_with_its_pictures(
    qtbot: QtBot, prepared_home: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(prepared_home, home)
    window = opened(home, monkeypatch)
    page = shown_page(qtbot, window)
    made(qtbot, page, quiz())
    cards(page)[0].removal_wanted.emit()
    assert page.desk.work is not None
    first, *others = page.desk.work.items
    pictured = replace(first, pictures=PICTURES)
    page.desk.change(replace(page.desk.work, items=(pictured, *others)))
    left = page.desk.work
    # Closed at once: what was shown is on the disk all the same.
    closed(window)
    window = opened(home, monkeypatch)
    page = shown_page(qtbot, window)
    rows = page.gallery.drafts.findChildren(QPushButton)
    next(row for row in rows if row.text() == "Mein Quiz").click()
    qtbot.waitUntil(lambda: page.desk.work == left, timeout=PATIENCE_MS)
    assert len(cards(page)) == 2
    assert cards(page)[0].item.pictures == PICTURES
    assert "Alternative text: Eine graue Fläche" in texts(cards(page)[0])
    closed(window)
