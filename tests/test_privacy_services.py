from __future__ import annotations

import contextlib
import platform
import sys
from pathlib import Path

import pytest

from app import paths
from app.privacy import refused_text
from app.services import build_services
from app.values.chats import AnswerSettings, Scope


@pytest.mark.parametrize("history", [True, False])
def test_after_deleting_everything_one_begins_anew(
    home: Path, laws: Path, history: bool
) -> None:
    with contextlib.closing(build_services()) as services:
        services.settings.change("embedder", "none")
        services.settings.change("theme", "dark")
        services.settings.change("history", history)
        chat = services.chats.create("Urlaub")
        services.chats.begin(
            chat.id, None, "Wie viele Tage?", Scope("B"), AnswerSettings()
        )
        services.knowledge.create("B", "")
        list(services.knowledge.add("B", (str(laws),)))
        receipt = services.upkeep.erase_everything()
        assert receipt.files
        assert not receipt.failed
        assert services.chats.chats() == []
        assert services.knowledge.bases() == []
        assert services.settings.text("theme") == ""
        assert not paths.settings_file().exists()
        for path in home.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert b"Wie viele Tage" not in data
                assert b"Urlaubsantrag" not in data
        assert (laws / "urlaub.md").exists()
        # Everything works again at once, and is kept again.
        services.knowledge.create("New", "")
        list(services.knowledge.add("New", (str(laws),)))
        assert services.knowledge.base("New").documents == 2
        services.chats.create("New")
    with contextlib.closing(build_services()) as again:
        assert [base.name for base in again.knowledge.bases()] == ["New"]
        if history:
            assert [chat.title for chat in again.chats.chats()] == ["New"]


def test_what_the_system_refuses_is_told_as_it_is() -> None:
    assert refused_text(0, 0) == ""
    assert "cannot forbid it" in refused_text(2, 1)
    assert "to the process that reads" in refused_text(1, 1)
    assert "to all 2 processes that read" in refused_text(2, 2)


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="seccomp filters are Linux's",
)
def test_the_children_that_run_are_counted_and_refused(home: Path) -> None:
    services = build_services()
    try:
        assert services.refused() == (0, 0)
        services.knowledge.bases()
        assert services.refused() == (1, 1)
    finally:
        services.close()
