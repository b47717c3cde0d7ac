"""Every screen is shown in a language that is 40 % longer: no text is cut."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.cut_text import cut_texts
from tests.ui.screens import SCREENS, Stage, demo_window

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pseudo")
    runpy.run_path(str(ROOT / "packaging" / "catalogues.py"))["compile_pseudo"](folder)
    return folder


@pytest.fixture
def stage(qtbot: QtBot, home: Path, pseudo: Path) -> Iterator[Stage]:
    with demo_window("en", pseudo) as stage:
        yield stage


@pytest.mark.timeout(600)
def test_no_screen_cuts_longer_text(stage: Stage) -> None:
    cut = []
    for name, build in SCREENS.items():
        widget = build(stage)
        cut += [f"{name}: {text}" for text in cut_texts(widget)]
        stage.clear()
    assert not cut, "\n".join(cut)
