"""Every test gets a data folder of its own and a closed network."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import i18n, paths
from app.environment import quieten_environment
from app.paths import models_dir

quieten_environment()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One variable moves all data; the models stay where `make setup` put them.

    The folder is the usual one, too: no lesson of whoever runs the tests counts.
    """
    folder = tmp_path / "home"
    monkeypatch.setattr(paths, "usual_home", lambda: folder)
    monkeypatch.setenv("ALLMENDE_MODELS", str(models_dir()))
    monkeypatch.setenv("ALLMENDE_HOME", str(folder))
    monkeypatch.setenv("LANGUAGE", "en")
    return folder


@pytest.fixture(autouse=True)
def no_unexpected_warnings(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """A logged WARNING that the test did not announce fails it."""
    logger = logging.getLogger("allmende")
    handlers, propagate = logger.handlers[:], logger.propagate
    logger.handlers, logger.propagate = [], True
    yield
    for handler in logger.handlers:
        handler.close()
    logger.handlers, logger.propagate = handlers, propagate
    if request.node.get_closest_marker("expects_warnings"):
        return
    unexpected = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING and record.name.startswith("allmende")
    ]
    assert not unexpected, unexpected


@pytest.fixture(autouse=True)
def no_leaked_language() -> Iterator[None]:
    """Commands speak the language of the system; the next test speaks as this one."""
    before = i18n.language()
    environment = os.environ.get("LANGUAGE")
    yield
    if i18n.language() != before:
        i18n.use_language(before)
    if environment is None:
        os.environ.pop("LANGUAGE", None)
    else:
        os.environ["LANGUAGE"] = environment


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """A thread that outlives its test fails it."""
    before = set(threading.enumerate())
    yield
    leaked = [
        thread
        for thread in set(threading.enumerate()) - before
        if thread.is_alive() and not thread.daemon
    ]
    for thread in leaked:
        thread.join(3)
    assert not [thread for thread in leaked if thread.is_alive()]


@pytest.fixture
def laws(tmp_path: Path) -> Path:
    """A small folder of German documents, written for the tests."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "urlaub.md").write_text(
        "# Urlaubsregelung\n\n## § 1 Dauer\n\nDer Urlaub beträgt jährlich mindestens"
        " 24 Werktage. Als Werktage gelten alle Tage außer Sonntagen.\n\n"
        "## § 2 Antrag\n\nDer Urlaubsantrag ist vier Wochen vorher schriftlich bei"
        " der Leitung einzureichen.\n",
        encoding="utf-8",
    )
    (folder / "bibliothek.txt").write_text(
        "Die Bibliothek hat montags und donnerstags von 8 bis 15 Uhr geöffnet.\n\n"
        "Ausgeliehene Bücher sind nach drei Wochen zurückzugeben.\n",
        encoding="utf-8",
    )
    return folder
