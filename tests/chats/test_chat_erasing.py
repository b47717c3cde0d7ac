from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chats.store import ChatStore
from app.values.chats import ChatReceipt, Scope
from tests.chats.make import SCOPE, SETTINGS, answer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChatStore]:
    store = ChatStore(tmp_path / "data" / "chats.db")
    yield store
    store.close()


def raw(store: ChatStore) -> bytes:
    return b"".join(path.read_bytes() for path in store._path.parent.iterdir()).lower()


def secret_words(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    return [
        "q" + "".join(chance.choices("abcdefghij", k=8)) + "x" for _ in range(count)
    ]


def fill(store: ChatStore, chats: int) -> None:
    """Write other conversations, so that the secret ones lie between them."""
    for number in range(chats):
        words = " ".join(secret_words(1000 + number, 40))
        chat = store.create().id
        exchange = store.begin(chat, None, words[:200], SCOPE, SETTINGS).id
        store.finish(exchange, answer(words, ("/d/andere.pdf", "gut")))


def secret_chat(store: ChatStore, words: list[str]) -> int:
    third = len(words) // 3
    chat = store.create(" ".join(words[:3])).id
    store.keep_draft(chat, words[3])
    exchange = store.begin(chat, None, " ".join(words[:third]), SCOPE, SETTINGS).id
    store.keep_partial(exchange, " ".join(words[third : 2 * third]))
    store.finish(exchange, answer(" ".join(words[third:]), ("/d/g.pdf", words[5])))
    return chat


def left_over(store: ChatStore, words: list[str]) -> list[str]:
    data = raw(store)
    return [word for word in words if word.encode() in data]


@pytest.mark.parametrize("anew", [True, False])
def test_purged_words_are_gone_from_the_raw_files(
    store: ChatStore, anew: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both ways of taking words out, whatever the size would choose.
    monkeypatch.setattr(store._words, "better_anew", lambda removed: anew)
    fill(store, 40)
    chats, words = [], []
    for number in range(12):
        mine = secret_words(number, 60)
        words += mine
        chats.append(secret_chat(store, mine))
        fill(store, 2)
    assert len(left_over(store, words)) == len(words)
    receipt = store.purge(chats.pop())
    assert receipt == ChatReceipt(chats=1, exchanges=1, passages=1)
    for chat in chats:
        store.remove(chat)
    assert store.empty_bin().chats == len(chats)
    assert left_over(store, words) == []
    store._connection.execute(
        "INSERT INTO exchange_words(exchange_words, rank) VALUES('integrity-check', 1)"
    )
    assert len(store.chats()) == 64


def test_a_word_between_two_pages_of_the_index_is_gone_too(
    store: ChatStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store._words, "better_anew", lambda removed: False)
    for part in range(40):
        words = " ".join(f"qgeheim{part * 40 + n:04}" for n in range(40))
        chat = store.create("t").id
        store.begin(chat, None, words, SCOPE, SETTINGS)
    connection = store._connection
    connection.execute("INSERT INTO exchange_words(exchange_words) VALUES('optimize')")
    rows = connection.execute("SELECT term FROM exchange_words_idx").fetchall()
    between = [row[0][1:].decode() for row in rows if len(row[0]) == 12]
    assert len(between) >= 2
    for word in between:
        (hit,) = store.search(word)
        store.purge(hit.chat.id)
    assert left_over(store, between) == []
    assert len(store.chats()) == 40 - len(between)


def test_tidied_words_are_gone_too(store: ChatStore) -> None:
    words = secret_words(7, 30)
    store.remove(secret_chat(store, words))
    store._now = lambda: time.time() + 40 * 86_400
    assert store.tidy(0, 30).chats == 1
    assert left_over(store, words) == []


def test_removing_everything_leaves_nothing(store: ChatStore) -> None:
    words = secret_words(8, 90)
    store.keep_draft(None, words[0])
    for part in range(3):
        secret_chat(store, words[part * 30 : part * 30 + 30])
    backup = store._path.with_name("chats.db.before-2")
    backup.write_bytes(words[0].encode())
    assert store.remove_everything() == ChatReceipt(chats=3, exchanges=3, passages=3)
    assert left_over(store, words) == []
    assert not backup.exists()
    assert store.chats() == []
    assert store.draft(None) == ""
    secret_chat(store, words)
    assert store.search(words[0])


@pytest.mark.parametrize("anew", [True, False])
def test_forgetting_takes_quotes_and_leaves_what_was_said(
    store: ChatStore, anew: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store._words, "better_anew", lambda removed: anew)
    chat = store.create("Titel").id
    file = "/akten/vertraulich.pdf"
    scope = Scope("Schule", (file, "/d/b.pdf"))
    spoken = store.begin(chat, None, "Frage", scope, SETTINGS).id
    quotes = ((file, "qgeheimnisx eins"), ("/d/b.pdf", "bekannt"))
    store.finish(spoken, answer("Das Modell sagt etwas [1] [2].", *quotes))
    quoted = store.begin(chat, spoken, "Und?", SCOPE, SETTINGS).id
    text = "Das steht da:\n\n„qgeheimnisx eins“ [1]\n\n„bekannt“ [2]"
    store.finish(quoted, answer(text, *quotes, spoken=False))
    other = store.begin(chat, quoted, "Und?", SCOPE, SETTINGS).id
    store.finish(other, answer("Nichts davon [1]", ("/d/b.pdf", "bekannt")))
    fill(store, 20)

    receipt = store.forget_document(file)

    assert receipt == ChatReceipt(chats=1, exchanges=2, passages=2)
    first, second, third = (exchange.answer for exchange in store.exchanges(chat))
    assert first is not None
    assert first.text == "Das Modell sagt etwas [1] [2]."
    assert [c.number for c in first.citations] == [2]
    assert [p.rank for p in first.passages] == [2]
    assert first.sentences[0].citations == (2,)
    assert second is not None
    assert second.text == "Das steht da:\n\n„bekannt“ [2]"
    assert third is not None
    assert len(third.citations) == 1
    assert store.exchanges(chat)[0].scope.documents == ("/d/b.pdf",)
    assert left_over(store, ["qgeheimnisx", "vertraulich.pdf"]) == []
    assert store.search("qgeheimnisx") == []
    assert store.search("bekannt")
    assert store.forget_document(file) == ChatReceipt()
