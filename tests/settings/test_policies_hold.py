"""Every policy holds against everything that whoever is locked in could try.

The whole table of options goes through it: nothing is listed here by hand but what the
command line can say beside the settings.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import build_parser, run
from app.errors import PolicyError, UsageError
from app.settings.option import RULES, Option
from app.settings.options import OPTIONS
from app.settings.store import Settings, load_settings
from tests.settings.conftest import Lock
from tests.settings.policy_values import LOCKED, POLICIES, WISHED

ROOT = Path(__file__).parents[2]
every_policy = pytest.mark.parametrize("option", POLICIES, ids=lambda o: o.name)


# -- the user's own settings -----------------------------------------------------------


@every_policy
def test_it_holds_against_the_users_settings(
    option: Option, lock: Lock, home: Path
) -> None:
    lock(**{option.name: LOCKED[option.name]})
    home.mkdir()
    text = json.dumps({option.name: WISHED[option.name]})
    (home / "settings.json").write_text(text)
    settings = load_settings()
    assert settings.value(option.name) == LOCKED[option.name]
    assert type(settings.value(option.name)) is type(option.default)
    assert settings.locked(option.name) == "Goethe school"
    for attempt in (
        lambda: settings.change(option.name, WISHED[option.name]),
        lambda: settings.reset(option.name),
        lambda: settings.said(option.name, WISHED[option.name]),
    ):
        with pytest.raises(PolicyError) as caught:
            attempt()
        assert caught.value.exit_code == 3
        assert caught.value.parameters["who"] == "Goethe school"
    assert (home / "settings.json").read_text() == text
    settings.forget_all()
    assert load_settings().value(option.name) == LOCKED[option.name]


RULE_NAMES = [option.name for option in OPTIONS.values() if option.group == RULES]


@pytest.mark.parametrize("name", RULE_NAMES)
@pytest.mark.parametrize("other", ["nothing", "a lock", "a mistake"])
@pytest.mark.expects_warnings
def test_what_only_administrators_decide_is_not_believed_of_the_user(
    name: str, other: str, lock: Lock, home: Path
) -> None:
    locked = {"nothing": {}, "a lock": {"theme": "dark"}, "a mistake": {"theme": 7}}
    lock(**locked[other])
    home.mkdir(exist_ok=True)
    (home / "settings.json").write_text(json.dumps({name: LOCKED[name]}))
    settings = load_settings()
    assert settings.value(name) == OPTIONS[name].default
    with pytest.raises(UsageError, match="administrators alone"):
        settings.change(name, LOCKED[name])
    settings.change("seed", 7)
    assert json.loads((home / "settings.json").read_text()) == {"seed": 7}


def test_a_default_of_the_policy_counts_for_them_too(lock: Lock) -> None:
    path = lock()
    path.write_text(json.dumps({"defaults": {"notice": "Room 214"}}))
    assert load_settings().value("notice") == "Room 214"


@pytest.mark.parametrize(
    "option",
    [option for option in POLICIES if option.group != RULES],
    ids=lambda option: option.name,
)
def test_a_default_gives_way_to_the_user(
    option: Option, lock: Lock, home: Path
) -> None:
    path = lock()
    path.write_text(json.dumps({"defaults": {option.name: LOCKED[option.name]}}))
    assert load_settings().value(option.name) == LOCKED[option.name]
    load_settings().change(option.name, WISHED[option.name])
    assert load_settings().value(option.name) == WISHED[option.name]


# -- variables of the environment ------------------------------------------------------


@every_policy
def test_it_holds_against_the_environment(
    option: Option,
    lock: Lock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock(**{option.name: LOCKED[option.name]})
    for name, value in attacks(option.name, tmp_path).items():
        monkeypatch.setenv(name, value)
    assert load_settings().value(option.name) == LOCKED[option.name]


def attacks(name: str, folder: Path) -> dict[str, str]:
    """Return variables that somebody would set to get round a policy."""
    own = folder / "own"
    for place in (own, own / "allmende", own / "Allmende", own / "etc" / "allmende"):
        place.mkdir(parents=True, exist_ok=True)
        other = {"locked": {name: WISHED[name]}}
        (place / "policies.json").write_text(json.dumps(other))
        (place / "settings.json").write_text(json.dumps({name: WISHED[name]}))
    wished = str(WISHED[name])
    plain = (name, name.upper(), f"ALLMENDE_{name.upper()}", f"ALLMENDE_{name}")
    moved = ("HOME", "ALLMENDE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "PROGRAMDATA",
             "XDG_CONFIG_DIRS", "APPDATA", "LOCALAPPDATA", "ALLMENDE_POLICY",
             "ALLMENDE_CONFIG", "TMPDIR")  # fmt: skip
    return dict.fromkeys(plain, wished) | dict.fromkeys(moved, str(own))


# What the program reads of the environment, and why no policy gives way to it.
VARIABLES = {
    "ALLMENDE_HOME": "moves the user's data; policies lie elsewhere (tried above)",
    "ALLMENDE_MODELS": "moves the user's own models (test_own_models_named_by_a_variable)",
    "TESSDATA_PREFIX": "where letters are recognised with",
    "XDG_RUNTIME_DIR": "where a private session lies",
    "QT_QPA_PLATFORM": "whether there is a screen",
    "WAYLAND_DISPLAY": "whether there is a screen",
    "DISPLAY": "whether there is a screen",
}
# Read in loops, so not seen by the test: languages, temporary folders, and what the
# self-test and private sessions put back. A locked language is tried above.


def test_no_variable_is_read_that_nobody_tried() -> None:
    found = {
        node.args[0].value
        for path in (ROOT / "app").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and ast.unparse(node.func).endswith(("environ.get", "getenv"))
    }
    assert found == VARIABLES.keys()


# -- the command line ------------------------------------------------------------------

# What the command line can say of an option: words that are refused where it is locked.
ASK = ("ask", "Wann?", "--docs", "{docs}", "--sources-only")
SAID: dict[str, tuple[str, ...]] = {
    "top_k": (*ASK, "--top-k", "3"),
    "max_tokens": (*ASK, "--max-tokens", "50"),
    "seed": (*ASK, "--seed", "7"),
    "model": ("ask", "Wann?", "--docs", "{docs}", "--model", "smollm2-135m-instruct"),
    "embedder": ("base", "create", "B", "--embedder", "none"),
    "reranker": ("models", "rerank", "other"),
    "remote": ("models", "remote", "set", "http://127.0.0.1:1/v1"),
    "remote_address": ("models", "remote", "set", "http://127.0.0.1:1/v1"),
    "remote_ca": ("models", "remote", "set", "http://127.0.0.1:1/v1", "--ca", "x.pem"),
    # These do what a policy rules out, or take back what it demands.
    "downloads": ("models", "install", "smollm3-3b"),
    "serve": ("serve", "--port", "0"),
    "own_models": ("models", "import", "{docs}/m.gguf"),
    "exports": ("backup", "create", "{docs}/backup"),
}
LOCK_FOR: dict[str, object] = {"remote": False, "model": "none", "downloads": False}
# Arguments that share an option's name and are something else.
OTHER_THINGS = {
    "language": "the language of what is written, not that of the program",
    "role": "whose tasks are listed; every task can be run by everybody",
    "exclude": "adds to what is never read; nothing is read because of it",
    "temperature": "how the laboratory draws the chances of tokens; no answer is written",
    "top_p": "how the laboratory draws the chances of tokens; no answer is written",
}


@pytest.mark.parametrize("name", SAID)
def test_it_holds_against_the_command_line(
    name: str,
    lock: Lock,
    laws: Path,
    capsys: pytest.CaptureFixture[str],
    home: Path,
) -> None:
    lock(**{name: LOCK_FOR.get(name, LOCKED[name])})
    words = [word.replace("{docs}", str(laws)) for word in SAID[name]]
    assert run(words) == 3, capsys.readouterr().err
    assert "Goethe school" in capsys.readouterr().err
    kept = home / "settings.json"
    assert not kept.exists() or json.loads(kept.read_text()) == {}


def test_what_is_demanded_is_not_taken_back(lock: Lock, home: Path) -> None:
    lock(remote=True, remote_address="http://127.0.0.1:1/v1")
    assert run(["models", "remote", "off"]) == 3
    assert load_settings().flag("remote")


def test_no_command_decides_what_nobody_tried() -> None:
    """What code of the command line asks of the settings by name is tried above."""
    found = set()
    for path in (ROOT / "app" / "cli").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"said", "change", "reset"}
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(node.args[0].value)
    assert found
    assert found <= SAID.keys()


@pytest.mark.parametrize("name", ["top_k", "max_tokens", "seed"])
def test_saying_what_is_locked_anyway_is_no_offence(
    name: str, lock: Lock, laws: Path
) -> None:
    lock(**{name: int(SAID[name][-1])})
    words = [word.replace("{docs}", str(laws)) for word in SAID[name]]
    assert run(words) == 0


def test_no_argument_is_an_option_that_nobody_tried() -> None:
    said = {name for name in arguments(build_parser()) if name in OPTIONS}
    decidable = {name for name in said if OPTIONS[name].group}
    assert decidable <= SAID.keys() | OTHER_THINGS.keys()


def arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the name of every argument of every sub-command."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from arguments(inner)
        else:
            yield action.dest


# -- a copied program, a second one ----------------------------------------------------

PROGRAM = """
import json, sys
import app
from app.settings.store import load_settings
settings = load_settings()
refused = []
for name, value in json.loads(sys.argv[1]).items():
    try:
        settings.change(name, value)
    except Exception as error:
        refused.append(name if type(error).__name__ == "PolicyError" else repr(error))
print(json.dumps({"from": app.__file__, "values": dict(settings.all()),
                  "refused": refused, "problems": len(settings.policy.problems)}), flush=True)
if len(sys.argv) > 2:
    sys.stdin.read()
"""
# A root of one's own over /etc: the policy lies where it lies on every computer, and
# belongs to root as it must.
INSIDE = """
set -e
mount -t overlay overlay -o lowerdir="$1":/etc /etc
shift
exec "$@"
"""


def may_mount() -> bool:
    """Tell whether this account may have a /etc of its own."""
    command = ["unshare", "--map-root-user", "--mount", "true"]
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        return False
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a copied program and a second one beside it say under a policy of root's."""
    if not may_mount():
        pytest.skip("no /etc of one's own can be had here")
    base = tmp_path_factory.mktemp("copied")
    etc = base / "etc" / "allmende"
    etc.mkdir(parents=True)
    (etc / "policies.json").write_text(json.dumps({"locked": LOCKED, "by": "IT"}))
    for path in (etc, etc.parent, etc / "policies.json"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    copy = base / "copy"
    shutil.copytree(
        ROOT / "app", copy / "app", ignore=shutil.ignore_patterns("__pycache__")
    )
    own = {"locked": WISHED}
    for place in (copy, copy / "app", copy / "etc" / "allmende", base / "home"):
        place.mkdir(parents=True, exist_ok=True)
        (place / "policies.json").write_text(json.dumps(own))
    for name in ("home", "home2"):
        (base / name).mkdir(exist_ok=True)
        (base / name / "settings.json").write_text(json.dumps(WISHED))
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    for name in WISHED:
        environment |= attacks(name, base)
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", INSIDE, "sh",
               base / "etc", sys.executable, "-c", PROGRAM, json.dumps(WISHED)]  # fmt: skip

    def started(home: str, *more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*command, *more],
            cwd=copy,
            env={**environment, "ALLMENDE_HOME": str(base / home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    first = started("home", "stay")
    assert first.stdout is not None
    said = {"first": json.loads(first.stdout.readline())}
    # The first one still runs while the others begin, on its data and on others.
    for name, home in (("second", "home"), ("elsewhere", "home2")):
        out, _ = started(home).communicate(timeout=60)
        said[name] = json.loads(out)
    first.communicate("", timeout=60)
    return {"copy": copy, **said}


@pytest.mark.parametrize("which", ["first", "second", "elsewhere"])
@every_policy
def test_it_holds_in_a_copied_program_and_in_a_second_one(
    option: Option, which: str, copied: dict[str, Any]
) -> None:
    told = copied[which]
    assert Path(told["from"]).parent.parent == copied["copy"]
    assert told["problems"] == 0
    assert told["values"][option.name] == LOCKED[option.name]
    assert option.name in told["refused"]


def test_the_table_has_values_that_differ() -> None:
    assert set(LOCKED) == {option.name for option in POLICIES}
    for option in POLICIES:
        plain = Settings(Path("/nowhere/settings.json")).value(option.name)
        assert plain == option.default != LOCKED[option.name]
