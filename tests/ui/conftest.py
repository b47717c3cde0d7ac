"""A window with fake services, and no thread left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.i18n import use_language
from app.ui.background import THREAD_NAME
from app.ui.main_window import MainWindow
from app.ui.qt_repair import keep_singletons_alive
from app.ui.theme import Theme
from app.values.bases import DocumentInfo
from tests.ui.fakes import FakeServices

keep_singletons_alive()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The platform without a screen mentions what it cannot do at each window."""
    here = Path(__file__).parent
    silence = pytest.mark.qt_log_ignore("does not support propagateSizeHints")
    for item in items:
        if here in item.path.parents:
            item.add_marker(silence)


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


@pytest.fixture
def services(tmp_path: Path) -> FakeServices:
    services = FakeServices(tmp_path)
    services.knowledge.names["School"] = [
        DocumentInfo(1, "/s/letter.docx", "indexed"),
        DocumentInfo(2, "/s/rules.pdf", "indexed"),
        DocumentInfo(
            3,
            "/s/scan.pdf",
            "skipped",
            "no_text",
            "{file} contains only pictures, as a scan does, and no text.",
            "Add a version with text.",
            (("file", "scan.pdf"),),
        ),
    ]
    return services


@pytest.fixture
def window(qtbot: QtBot, services: FakeServices, theme: Theme) -> Iterator[MainWindow]:
    window = MainWindow(services)  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.library.changed):
        window.start()
    qtbot.waitUntil(lambda: not window.background._tasks)
    yield window
    window.close()
    services.close()
    assert window.background.wait()
