"""The route that encrypts and decrypts everything there is, and what must be left of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app import backups, encryption, keys
from app.chats.store import ChatStore
from app.database import fetch_value, open_database
from app.index.schema import MIGRATIONS
from app.privacy import alone
from tests.chats.make import SCOPE, SETTINGS
from tests.faults.lab import Say

QUESTIONS, BASES = 20, 12
CANARY = "Quittenmarmelade"
KEPT = "chats.db.damaged-20260101-000000"


def need(condition: object, what: str) -> None:
    """Fail with what is missing."""
    if not condition:
        raise AssertionError(what)


def prepare_encryption(home: Path) -> None:
    """Leave conversations, a collection, copies of both and a damaged file."""
    store = ChatStore(home / "chats.db")
    chat = store.create("Anfang").id
    for number in range(QUESTIONS):
        text = f"{CANARY} {number} " * 50
        store.begin(chat, None, text, SCOPE, SETTINGS)
    store.close()
    connection = open_database(home / "knowledge.db", MIGRATIONS)
    for number in range(BASES):
        connection.execute(
            "INSERT INTO bases(name, embedder, word_version) VALUES(?,'',1)",
            (f"{CANARY} {number}",),
        )
    connection.close()
    for name in ("chats.db", "knowledge.db"):
        backups.make(home / name)
    (home / KEPT).write_text(f"no database, but it holds {CANARY}" * 100)


def turn(home: Path, say: Say) -> None:
    """Encrypt everything, work a little, decrypt it, encrypt it again."""
    for number in range(2):
        with alone():
            encryption.turn_on(keys.FILE)
        say("stage on")
        store = ChatStore(home / "chats.db")
        store.create(f"Runde {number}")
        say(f"round {number}")
        store.close()
        if not number:
            with alone():
                encryption.turn_off()
            say("stage off")


def check_encryption(home: Path, said: Sequence[str]) -> None:
    """Everything is there as it is found, and again when it was gone on with."""
    rounds = {s.partition(" ")[2] for s in said if s.startswith("round ")}
    _need_all(home, rounds)
    encryption.go_on()
    stage = keys.state().stage
    stages = [s.partition(" ")[2] for s in said if s.startswith("stage ")]
    # What was begun after the last that was said may have come to its end, too.
    need(stage in (keys.ON, keys.OFF), f"still {stage}")
    need(not stages or len(stages) == 2 or stage in (keys.ON, keys.OFF), stage)
    need(len(stages) != 3 or stage == keys.ON, "not encrypted in the end")
    _need_all(home, rounds)
    _need_one_kind(home, stage == keys.ON)
    with alone():
        encryption.turn_off()
    _need_one_kind(home, False)
    _need_all(home, rounds)
    need(CANARY in (home / KEPT).read_text(), "the damaged file")
    need(not backups.healed(home), "something was taken for damaged")


def _need_all(home: Path, rounds: set[str]) -> None:
    store = ChatStore(home / "chats.db")
    titles = {info.title for info in store.chats()}
    need({"Anfang", *(f"Runde {n}" for n in rounds)} <= titles, f"titles {titles}")
    count = fetch_value(store._connection, "SELECT count(*) FROM exchanges")
    need(count == QUESTIONS, f"{count} questions")
    need(len(store.search(CANARY)) == 1, "words")
    store.close()
    connection = open_database(home / "knowledge.db", MIGRATIONS)
    count = fetch_value(connection, "SELECT count(*) FROM bases")
    need(count == BASES, f"{count} collections")
    connection.close()
    for name, query, wanted in (
        ("chats.db", "SELECT count(*) FROM exchanges", QUESTIONS),
        ("knowledge.db", "SELECT count(*) FROM bases", BASES),
    ):
        copies = backups.backups(home / name)
        need(len(copies) == 1, f"{len(copies)} copies of {name}")
        found = backups.rows_of(copies[0], query)[0][0][0]
        need(found == wanted, f"{found} in the copy of {name}")


def _need_one_kind(home: Path, encrypted: bool) -> None:
    for path in encryption.databases():
        kind = keys.is_encrypted(path) if encrypted else keys.is_plain(path)
        need(kind, f"{path.name} is not {'encrypted' if encrypted else 'plain'}")
    if encrypted:
        need(not holding(home, CANARY), f"in plain: {holding(home, CANARY)}")
    left = [p.name for p in home.rglob("*") if p.name.endswith(".recoded")]
    need(not left, f"left behind: {left}")


def holding(folder: Path, word: str) -> list[str]:
    """Return the files below a folder that hold a word, in UTF-8 or UTF-16."""
    wanted = [word.encode(), word.encode("utf-16-le")]
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(w in path.read_bytes() for w in wanted)
    ]
