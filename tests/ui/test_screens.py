"""Every screen is shown in a language that is 40 % longer: no text is cut."""

from __future__ import annotations

import runpy
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.cut_text import cut_texts
from tests.ui.more_screens import MORE
from tests.ui.screens import SCREENS, Screen, Stage, demo_window
from tests.ui.screens_of_documents import OF_DOCUMENTS
from tests.ui.screens_of_workshop import OF_WORKSHOP

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pseudo")
    runpy.run_path(str(ROOT / "packaging" / "catalogues.py"))["compile_pseudo"](folder)
    return folder


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path, pseudo: Path) -> Iterator[Stage]:
    with demo_window("en", pseudo, home=tmp_path / "demo") as stage:
        yield stage


def cut_on(stage: Stage, screens: Mapping[str, Screen]) -> list[str]:
    cut = []
    for name, build in screens.items():
        widget = build(stage)
        cut += [f"{name}: {text}" for text in cut_texts(widget)]
        stage.clear()
    return cut


@pytest.mark.timeout(300)
def test_no_screen_cuts_longer_text(stage: Stage) -> None:
    cut = cut_on(stage, {**SCREENS, **OF_WORKSHOP, **MORE, **OF_DOCUMENTS})
    assert not cut, "\n".join(cut)


@pytest.mark.timeout(300)
def test_no_screen_cuts_longer_text_of_twice_the_size(stage: Stage) -> None:
    stage.services.settings.change("text_percent", 200)
    stage.theme.apply_settings()
    stage.settle()
    # A choice tells all of its entry when it is opened.
    cut = [line for line in cut_on(stage, SCREENS) if "ChoiceEditor" not in line]
    assert not cut, "\n".join(cut)
