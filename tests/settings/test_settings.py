from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from app.errors import UsageError
from app.settings.options import OPTIONS
from app.settings.store import Settings


def test_defaults_then_the_users_choice(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    settings = Settings(path)
    assert settings.number("max_tokens") == OPTIONS["max_tokens"].default
    settings.change("max_tokens", 50)
    settings.change("language", "de")
    again = Settings(path)
    assert again.number("max_tokens") == 50
    assert again.text("language") == "de"
    assert not again.flag("downloads")


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_tokens", "50"), ("language", "xx"), ("nothing", 1), ("downloads", 1)],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, name: str, value: object) -> None:
    with pytest.raises(UsageError):
        Settings(tmp_path / "s.json").change(name, value)  # type: ignore[arg-type]


@pytest.mark.expects_warnings
@pytest.mark.parametrize("text", ["", "{", "[]", '{"max_tokens": "many", "x": 1}'])
def test_a_damaged_file_costs_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    assert Settings(path).all() == {n: o.default for n, o in OPTIONS.items()}


def test_every_option_says_what_it_is() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    for option in OPTIONS.values():
        assert option.title
        assert option.help
        assert f"| `{option.name}` |" in readme


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes of this kind")
@pytest.mark.expects_warnings
def test_a_pipe_in_the_place_of_the_file_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "settings.json")
    assert Settings(tmp_path / "settings.json").number("seed") == 0
