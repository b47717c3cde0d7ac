from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from app import paths
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
        receipt = services.erase_everything()
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
