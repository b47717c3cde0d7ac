"""Bad days of the conversations: SIGKILL at any moment, a full disk."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.chats.store import ChatStore
from app.errors import StorageError
from tests.chats.make import SCOPE, SETTINGS, answer

ROOT = Path(__file__).parents[2]

# Says on stdout what the store has acknowledged, never before.
WRITER = """
import sys
from pathlib import Path
from app.chats.store import ChatStore
from tests.chats.make import SCOPE, SETTINGS, answer

store = ChatStore(Path(sys.argv[1]))
chat = store.create(sys.argv[2]).id
print("chat", chat, flush=True)
parent = None
for number in range(10_000):
    exchange = store.begin(chat, parent, f"Frage {number}", SCOPE, SETTINGS).id
    print("question", exchange, flush=True)
    store.keep_partial(exchange, f"Teil {number}")
    print("partial", exchange, flush=True)
    store.finish(exchange, answer(f"Antwort {number}", ("/d/a.pdf", "Zitat")))
    print("answer", exchange, flush=True)
    store.keep_draft(chat, str(number))
    print("draft", number, flush=True)
    parent = exchange
"""


def written_until_killed(path: Path, name: str, lines: int) -> list[tuple[str, int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if len(seen) == lines:
            process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    # The last line may be cut in two.
    whole = [line.split() for line in seen if line.endswith("\n")]
    return [(kind, int(number)) for kind, number in whole]


@pytest.mark.slow
def test_sigkill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    chance = random.Random(5)
    for round_ in range(12):
        said = written_until_killed(path, f"Runde {round_}", chance.randint(1, 120))
        store = ChatStore(path)
        chat = next(number for kind, number in said if kind == "chat")
        assert store.info(chat).title == f"Runde {round_}"
        stored = {exchange.id: exchange for exchange in store.exchanges(chat)}
        for kind, number in said:
            if kind == "question":
                assert stored[number].question.startswith("Frage")
            elif kind == "partial":
                assert stored[number].answer or stored[number].partial
            elif kind == "answer":
                kept = stored[number].answer
                assert kept is not None
                assert len(kept.citations) == 1
        drafts = [number for kind, number in said if kind == "draft"]
        if drafts:
            assert int(store.draft(chat)) >= drafts[-1]
        assert store._connection.pragma("integrity_check") == "ok"
        for table in ("exchange_words", "title_words"):
            store._connection.execute(
                f"INSERT INTO {table}({table}, rank) VALUES('integrity-check', 1)"
            )
        store.close()


def fill(store: ChatStore, chat: int, kept: list[int]) -> None:
    for number in range(1_000):
        question = f"Frage {number} " + "wort" * 500
        kept.append(store.begin(chat, None, question, SCOPE, SETTINGS).id)
        store.finish(kept[-1], answer("x" * 2_000))


def test_a_full_disk_is_told_and_costs_nothing(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)]
    try:
        made = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        made = False
    if not made:
        pytest.skip("needs the right to mount a small disk")
    try:
        store = ChatStore(small / "chats.db")
        chat = store.create("voll").id
        kept: list[int] = []
        with pytest.raises(StorageError, match="full"):
            fill(store, chat, kept)
        assert len(kept) > 5
        assert store.exchanges(chat)[0].variants == tuple(kept)
        subprocess.run(["mount", "-o", "remount,size=50m", str(small)], check=True)
        store.begin(chat, None, "geht wieder", SCOPE, SETTINGS)
        assert store.search("geht wieder")
        store.close()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
