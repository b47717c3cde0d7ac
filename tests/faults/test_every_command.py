"""No command can be forgotten where it is proved that nothing gets out."""

from __future__ import annotations

from pathlib import Path

from tests.faults.every_command import ARGUMENTS, commands, missing, names


def test_every_command_of_the_parser_has_something_to_do() -> None:
    assert len(names()) > 60
    assert missing() == []


def test_a_command_that_has_nothing_to_do_is_told(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delitem(ARGUMENTS, "base forget")
    assert missing() == ["base forget"]


def test_their_arguments_are_whole(tmp_path: Path) -> None:
    made = list(commands(tmp_path))
    assert {command.name for command in made} >= set(names()) - {"serve"}
    assert not [c for c in made if any("{" in word for word in c.arguments)]
