"""The window over the real services, and no thread left behind."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.answering.ask import Speaker
from app.i18n import use_language
from app.inference.fake import FakeEngine
from app.paths import models_dir
from app.services import Services, build_services
from app.ui.background import THREAD_NAME
from app.ui.garbage import GarbageCollector
from app.ui.main_window import MainWindow
from app.ui.qt_repair import keep_singletons_alive
from app.ui.theme import Theme
from app.values.cards import ModelCard

SAMPLES = Path(__file__).parents[2] / "assets" / "samples" / "de"
PATIENCE_MS = 60_000

keep_singletons_alive()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The platform without a screen mentions what it cannot do at each window."""
    here = Path(__file__).parent
    silence = pytest.mark.qt_log_ignore("This plugin does not support")
    for item in items:
        if here in item.path.parents:
            item.add_marker(silence)


@pytest.fixture(autouse=True, scope="module")
def garbage(qapp: QApplication) -> Iterator[None]:
    """As in the program: no widget is collected by another thread."""
    collector = GarbageCollector()
    yield
    collector.close()


@pytest.fixture(autouse=True)
def no_background_threads() -> Iterator[None]:
    yield
    left = [t for t in threading.enumerate() if t.name == THREAD_NAME]
    for thread in left:
        thread.join(2)
    assert not [thread for thread in left if thread.is_alive()]


@pytest.fixture(autouse=True)
def english() -> None:
    use_language("en")


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the sample documents are read already, words only."""
    folder = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLMENDE_HOME", str(folder))
        patch.setenv("ALLMENDE_MODELS", str(models_dir()))
        services = build_services()
        services.settings.change("embedder", "none")
        services.settings.change("model", "none")
        services.settings.change("welcomed", True)
        services.knowledge.create("Schule", "")
        for _ in services.knowledge.add("Schule", (str(SAMPLES),)):
            pass
        services.close()
    return folder


@pytest.fixture
def engine() -> FakeEngine:
    """The model of `real`: says what a test puts into its queue."""
    return FakeEngine()


@pytest.fixture
def real(home: Path, prepared_home: Path, engine: FakeEngine) -> Iterator[Services]:
    """The real services with the sample documents; only the model is replaced."""
    shutil.copytree(prepared_home, home)
    services = build_services()
    card = ModelCard(
        "tiny", "chat", "Tiny", "f", 1, "", "", ("de", "en"), 3000, 4096, 1, "chatml"
    )

    def speaker(choice: str = "", adapters: object = None) -> Speaker | None:
        return Speaker(engine, card) if engine.answers else None

    services.speaker = speaker  # type: ignore[method-assign]
    yield services
    services.close()


@pytest.fixture
def desk(qtbot: QtBot, real: Services, theme: Theme) -> Iterator[MainWindow]:
    """The whole window over the real services, loaded."""
    window = MainWindow(real)
    qtbot.addWidget(window)
    window.show()
    window.start()
    qtbot.waitUntil(
        lambda: window.library.loaded and not window.background._tasks,
        timeout=PATIENCE_MS,
    )
    yield window
    window.close()
    real.close()
    assert window.background.wait(5)
