"""`allmende chat` as scripts see it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app import paths
from app.chats.store import ChatStore
from app.services import build_services
from app.values.chats import AnswerSettings, Scope
from tests.chats.make import answer

ROOT = Path(__file__).parents[2]


def allmende(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def row(*arguments: str | Path) -> dict[str, Any]:
    (line,) = allmende(*arguments, "--json").stdout.splitlines()
    data: dict[str, Any] = json.loads(line)
    return data


@pytest.fixture
def chat(laws: Path) -> int:
    """A conversation that cites a document, with a file that can be forgotten."""
    store = ChatStore(paths.chats_file())
    chat = store.create().id
    begun = store.begin(
        chat, None, "Wie viele Tage Urlaub?", Scope("Schule"), AnswerSettings()
    )
    quote = (str(laws / "urlaub.md"), "mindestens 24 Werktage")
    store.finish(begun.id, answer("24 Werktage [1].\x1b[2J", quote))
    store.close()
    return chat


def test_list_show_and_search(chat: int) -> None:
    (listed,) = row("chat", "list")["chats"]
    assert listed["title"] == "Wie viele Tage Urlaub?"
    assert listed["count"] == 1
    assert row("chat", "list", "--bin") == {"chats": []}
    shown = row("chat", "show", str(chat))
    assert shown["exchanges"][0]["answer"]["citations"][0]["page"] == 2
    assert shown["exchanges"][0]["answer"]["text"].startswith("24 Werktage")
    (hit,) = row("chat", "search", "werkt")["hits"]
    assert (hit["chat"]["id"], hit["exchange"]) == (chat, 1)
    start, end = hit["marks"][0]
    assert hit["snippet"][start:end] == "Werktage"
    assert row("chat", "search", '"')["hits"] == []
    text = allmende("chat", "show", str(chat)).stdout
    assert "[1] urlaub.md · page 2 · Dauer" in text
    assert "\x1b" not in text
    assert "1 question" in allmende("chat", "list").stdout
    assert "Werktage" in allmende("chat", "search", "werktage").stdout


@pytest.mark.parametrize("ending", ["md", "html", "json"])
def test_export(chat: int, ending: str, tmp_path: Path) -> None:
    out = tmp_path / "new folder" / f"chat.{ending}"
    done = row("chat", "export", str(chat), "--out", out)
    assert Path(done["file"]) == out
    text = out.read_text("utf-8")
    assert "24 Werktage" in text
    assert "trainedAlgorithmicMedia" in text
    assert len(out.read_bytes()) == done["bytes"]


def test_delete_goes_to_the_bin_and_forever_beyond(chat: int) -> None:
    assert row("chat", "delete", str(chat))["forever"] is False
    assert row("chat", "list")["chats"] == []
    assert [c["id"] for c in row("chat", "list", "--bin")["chats"]] == [chat]
    assert row("chat", "search", "urlaub")["hits"] == []
    gone = row("chat", "delete", str(chat), "--forever")
    assert (gone["chats"], gone["exchanges"], gone["passages"]) == (1, 1, 1)
    assert row("chat", "list", "--bin")["chats"] == []
    assert "not there" in allmende("chat", "show", str(chat), code=2).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["chat"],
        ["chat", "show", "x"],
        ["chat", "show", "0"],
        ["chat", "show", "99"],
        ["chat", "delete", "99", "--forever"],
        ["chat", "export", "99", "--out", "x.md"],
        ["chat", "export", "1"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    assert allmende(*arguments, code=2).stderr.strip()


def test_wrong_endings_and_places_are_sentences(chat: int, tmp_path: Path) -> None:
    out = tmp_path / "x.docx"
    assert ".html" in allmende("chat", "export", chat, "--out", out, code=2).stderr
    assert not out.exists()
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert allmende(
        "chat", "export", chat, "--out", blocked / "x.md", code=1
    ).stderr.strip()


def test_a_file_of_a_newer_version_is_a_sentence(chat: int) -> None:
    store = ChatStore(paths.chats_file())
    store._connection.pragma("user_version", 99)
    store.close()
    assert "newer version" in allmende("chat", "list", code=1).stderr


def test_forgetting_a_document_reaches_the_answers(chat: int, laws: Path) -> None:
    allmende("base", "create", "Schule", "--embedder", "none")
    allmende("base", "add", "Schule", laws)
    receipt = row("base", "forget", "Schule", "urlaub.md")
    assert receipt["chats"] == {"chats": 1, "exchanges": 1, "passages": 1}
    shown = row("chat", "show", str(chat))["exchanges"][0]["answer"]
    assert shown["citations"] == []
    assert shown["text"].startswith("24 Werktage")


def test_history_off_keeps_nothing_and_forgets_all_the_same(
    chat: int, laws: Path
) -> None:
    services = build_services()
    services.settings.change("history", False)
    assert services.chats.chats() == []
    services.chats.create("nur jetzt")
    assert services.upkeep.forget_quotes(str(laws / "urlaub.md")).passages == 1
    services.close()
    store = ChatStore(paths.chats_file())
    assert [info.id for info in store.chats()] == [chat]
    store.close()


def test_opening_tidies(chat: int) -> None:
    # Not older than Allmende: such a time would be a wrong clock's.
    store = ChatStore(paths.chats_file(), lambda: time.time() - 40 * 86_400)
    old = store.create("uralt").id
    store.close()
    services = build_services()
    services.settings.change("retention_days", 10)
    assert services.chats is services.chats
    assert [info.id for info in services.chats.chats(deleted=True)] == [old]
    services.close()
