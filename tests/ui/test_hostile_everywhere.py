"""Hostile texts in every part of the window: proved at the kernel; links ask first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.strace_child import can_trace, run_traced

needs_strace = pytest.mark.skipif(not can_trace(), reason="needs strace")

SHOW = """
from PySide6.QtGui import QAccessible
from app.services import build_services
from app.ui.main_window import MainWindow
from tests.ui import hostile_show

services = build_services()
services.settings.change("embedder", "none")
services.settings.change("model", "none")
services.settings.change("welcomed", True)
window = MainWindow(services)
window.show()
window.start()
window.open_settings("privacy")
window.show_page("models")
while not window.library.loaded or window.background._tasks:
    application.processEvents()
QAccessible.setActive(True)
for page in ("chat", "documents", "models", "settings"):
    window.show_page(page)
    window.grab()
warm = hostile_show.Stage(window)
for show, _ in hostile_show.SURFACES:
    for widget in show(warm, ["usual", "$x$ `y`", "```python\\nx\\n```", "| a |"] * 2):
        warm.look(widget)
application.processEvents()
mark()
stage = hostile_show.show_all(window)
hostile_show.enormous(stage)
print("tips", len(stage.tips))
assert not stage.rich, stage.rich
assert not stage.too_wide, stage.too_wide
assert len(stage.tips) > 300
window.close()
services.close()
"""


@needs_strace
@pytest.mark.slow
def test_no_hostile_text_opens_anything_anywhere(tmp_path: Path) -> None:
    trace = run_traced(tmp_path, SHOW)
    assert trace.foreign_files() == []
    assert trace.sockets() == []
