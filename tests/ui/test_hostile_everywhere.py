"""Hostile texts in every part of the window: proved at the kernel; links ask first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.ui.hostile_show import SURFACES
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
for page in ("chat", "documents", "workshop", "models", "settings"):
    window.show_page(page)
    window.grab()
warm = hostile_show.Stage(window)
for show, _ in hostile_show.SURFACES:
    for widget in show(warm, ["usual", "$x$ `y`", "```python\\nx\\n```", "| a |"] * 2):
        warm.look(widget)
application.processEvents()
mark()
names = {names!r}
stage = hostile_show.show_all(window, names)
if "enormous" in names:
    hostile_show.enormous(stage)
print("tips", len(stage.tips))
assert not stage.rich, stage.rich
assert not stage.too_wide, stage.too_wide
window.close()
services.close()
"""


# Each in a window of its own, so that none takes too long: surfaces of
# `hostile_show`, and how many different tips are shown at the least.
PARTS = {
    "answers": (("conversation",), 300),
    "models": (("models", "settings"), 300),
    "documents": (("documents", "sources", "questions"), 0),
    "window": (("sidebar", "bin_and_menus", "composer", "words", "palette"), 300),
    "enormous": (("enormous",), 1),
}


def test_every_surface_is_shown() -> None:
    named = {name for names, _ in PARTS.values() for name in names}
    assert named == {show.__name__ for show, _ in SURFACES} | {"enormous"}


@needs_strace
@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("part", PARTS)
def test_no_hostile_text_opens_anything(tmp_path: Path, part: str) -> None:
    names, least_tips = PARTS[part]
    trace = run_traced(tmp_path, SHOW.replace("{names!r}", repr(names)), 360)
    assert trace.foreign_files() == []
    assert trace.sockets() == []
    tips = re.search(r"^tips (\d+)$", trace.output, re.MULTILINE)
    assert tips is not None
    assert int(tips[1]) >= least_tips
