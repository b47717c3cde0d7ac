from __future__ import annotations

import contextlib
import platform
import sys
from pathlib import Path

import pytest

from app import paths
from app.cli.main import run
from app.privacy import refused_text
from app.safekeeping import Content, Safekeeping
from app.services import build_services
from app.settings.store import load_settings
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


@pytest.mark.parametrize("wanted", [3, 0])
def test_a_removed_base_is_in_no_backup_and_the_others_are(
    home: Path, capsys: pytest.CaptureFixture[str], wanted: int
) -> None:
    with contextlib.closing(build_services()) as services:
        services.settings.change("embedder", "none")
        services.settings.change("backups", wanted)
        for name in ("Schule", "Quittenmarmelade", "Konfitüre"):
            services.knowledge.create(name, "")
        # Without a backup none is made unasked.
        gone = services.upkeep.remove_base("Konfitüre")
        assert (gone.backups, gone.made_anew) == (0, False)
        assert services.safekeeping.all() == []
        services.safekeeping.make()
    assert run(["base", "remove", "Quittenmarmelade"]) == 0
    told = capsys.readouterr().out
    assert "1 backup of your collections was removed too" in told
    assert ("A new backup holds what remains." in told) == bool(wanted)
    keeping = Safekeeping(load_settings())
    found = [keeping.content(backup) for backup in keeping.all()]
    assert found == ([Content(collections=("Schule",))] if wanted else [])
    for path in home.rglob("*.db*"):
        assert b"Quittenmarmelade" not in path.read_bytes()
