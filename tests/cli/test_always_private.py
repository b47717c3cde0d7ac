"""The command line of an account that several people share (`always_private`)."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

import pytest

from app import paths, private
from app.cli import main as entry
from app.services import build_services
from app.settings.store import load_settings
from app.values.chats import Scope
from tests.chats.make import SETTINGS
from tests.test_private import tree


@pytest.fixture
def shared(home: Path, laws: Path) -> Path:
    """The folder of such an account, with what lay there before."""
    with closing(build_services()) as services:
        services.settings.change("embedder", "none")
        services.settings.change("always_private", True)
        services.knowledge.create("Schule", "")
        list(services.knowledge.add("Schule", (str(laws),)))
        services.chats.begin(
            services.chats.create("Alt").id, None, "Was war?", Scope("Schule"), SETTINGS
        )
    return home


@pytest.mark.parametrize(
    "command",
    [
        ["base", "create", "Mine"],
        ["base", "add", "Schule", "{new}"],
        ["base", "sync", "Schule"],
        ["base", "search", "Schule", "Urlaub"],
        ["first-run", "--no-window"],
        ["assistant", "create", "Lia", "--instruction", "Kurz."],
        ["chat", "search", "war"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_nothing_of_a_person_is_kept(
    shared: Path, tmp_path: Path, command: list[str]
) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (new / "geheim.md").write_text("Der Schatz liegt im Keller.", "utf-8")
    before = tree(shared)
    entry.run([word.format(new=new) for word in command])
    assert tree(shared) == before
    assert private.current() is None


def test_what_lies_there_can_be_removed(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert entry.run(["base", "remove", "Schule"]) == 0
    with closing(build_services()) as services:
        assert services.knowledge.bases() == []
    capsys.readouterr()
    assert entry.run(["backup", "create", "--json"]) == 0
    assert (paths.home() / "backups").is_dir()
    assert load_settings().flag("always_private")


def test_what_administrates_is_named_as_the_commands_are() -> None:
    actions = set(_actions(entry.build_parser()))
    for prefix in entry._ADMINISTERING:
        assert any(action.startswith(prefix) for action in actions), prefix
    for keeping in (
        "ask:",
        "base:add",
        "base:create",
        "first_run:",
        "dataset:",
        "chat:s",
    ):
        assert not keeping.startswith(entry._ADMINISTERING)


def _actions(parser: argparse.ArgumentParser) -> list[str]:
    found = [str(parser.get_default("action") or "")]
    for kind in parser._actions:
        if isinstance(kind, argparse._SubParsersAction):
            for inner in kind.choices.values():
                found += _actions(inner)
    return found
