"""Hostile strings in the answer view: proved at the kernel, with a control that opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.hostile import hostile_strings
from tests.ui.strace_child import can_trace, run_traced

pytestmark = pytest.mark.skipif(not can_trace(), reason="needs strace")

SHOW = """
import time
from PySide6.QtCore import Qt
from app.ui.answer_view import AnswerView
from app.ui.formulas import WORKSHOP
from app.ui.widgets import label
from app.values.answers import Answer, AnswerSentence, Citation
from tests.ui.hostile import hostile_strings

view, name = AnswerView(), label("", "heading")
view.resize(600, 400); view.show(); name.resize(600, 50); name.show()
view.show_text("ready $x$ `x`\\n\\n```python\\nx\\n```\\n\\n| a |\\n|---|\\n| b |")
view.grab()
until = time.monotonic() + 10
while not WORKSHOP.knows(("x", False)) and time.monotonic() < until:
    application.processEvents()
mark()
slowest = (0.0, "")
for text in hostile_strings():
    before = time.monotonic()
    view.show_text("")
    for part in range(0, min(len(text), 4000), 1000):
        view.append_text(text[part : part + 1000])
    view._update()
    sentence = AnswerSentence(0, len(text), False, (), (text[:50],))
    citation = Citation(1, "f", 1, 0, 1, "q", True)
    view.set_passages({1: (text[:200], text[:2000])})
    view.show_answer(
        Answer("?", text, False, citations=(citation,), sentences=(sentence,))
    )
    name.setText(text[:5000])
    if len(text) < 5000:
        view.viewport().grab(); name.grab()
    application.processEvents()
    slowest = max(slowest, (time.monotonic() - before, repr(text[:40])))
print(slowest)
until = time.monotonic() + 40
while WORKSHOP._busy and time.monotonic() < until:
    application.processEvents(); time.sleep(0.01)
print("drawn" if not WORKSHOP._busy else "still drawing")
assert slowest[0] < 10, slowest
assert not WORKSHOP._busy
"""


def test_there_are_at_least_300() -> None:
    strings = hostile_strings()
    assert len(strings) == len(set(strings)) >= 300


def test_the_proof_sees_an_open_file(tmp_path: Path) -> None:
    code = (
        "from PySide6.QtWidgets import QTextBrowser\n"
        "view = QTextBrowser(); view.show(); mark()\n"
        "view.setHtml(\"<img src='//host/share/canary.png'>\"); view.grab()\n"
    )
    assert any("canary" in path for path in run_traced(tmp_path, code).foreign_files())


@pytest.mark.slow
def test_no_hostile_answer_opens_anything(tmp_path: Path) -> None:
    trace = run_traced(tmp_path, SHOW)
    assert trace.foreign_files() == []
    assert trace.sockets() == []
    assert trace.seconds < 140
