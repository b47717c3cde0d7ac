from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chats.search import match_of
from app.chats.store import ChatStore
from tests.chats.make import SCOPE, SETTINGS, answer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChatStore]:
    store = ChatStore(tmp_path / "chats.db")
    yield store
    store.close()


def chat_of(store: ChatStore, title: str, *pairs: tuple[str, str]) -> int:
    chat = store.create(title).id
    parent = None
    for question, text in pairs:
        parent = store.begin(chat, parent, question, SCOPE, SETTINGS).id
        store.finish(parent, answer(text))
    return chat


def found(store: ChatStore, query: str) -> list[int]:
    return [hit.chat.id for hit in store.search(query)]


def marked(store: ChatStore, query: str) -> list[str]:
    (hit,) = store.search(query)
    return [hit.snippet[start:end] for start, end in hit.marks]


def test_words_beginnings_phrases_and_diacritics(store: ChatStore) -> None:
    one = chat_of(
        store, "Allgemeines", ("Wann schließt die Bücherei?", "Um achtzehn Uhr.")
    )
    two = chat_of(store, "Urlaub", ("Wie viele Tage?", "Dreißig Tage im Jahr."))
    assert found(store, "bucherei") == [one]
    assert found(store, "BÜCHER") == [one]
    assert found(store, "bücherei wann") == [one]
    assert found(store, "büch wann") == []
    assert found(store, "url") == [two]
    assert found(store, '"tage im"') == [two]
    assert found(store, '"im tage"') == []
    assert found(store, '"tage im ja') == [two]
    assert found(store, "uhr jahr") == []
    assert marked(store, "achtzehn uh") == ["achtzehn", "Uhr"]
    assert marked(store, "bücher") == ["Bücherei"]
    assert marked(store, "urlaub") == ["Urlaub"]


def test_titles_come_first_then_the_newest_and_each_once(store: ChatStore) -> None:
    old = chat_of(store, "alt", ("Haus", "Haus"), ("Haus", "x"))
    title = chat_of(store, "Haus", ("Haus", "Haus"))
    new = chat_of(store, "neu", ("x", "Haus"))
    assert found(store, "haus") == [title, new, old]
    assert [hit.exchange is None for hit in store.search("haus")] == [
        True,
        False,
        False,
    ]
    assert len(store.search("haus", limit=2)) == 2
    assert len(store.search("haus", limit=1)) == 1
    store.rename(title, "anders")
    assert found(store, "haus") == [new, title, old]
    store.remove(new)
    assert found(store, "haus") == [title, old]


def test_old_words_of_a_renamed_or_finished_one_are_gone(store: ChatStore) -> None:
    chat = chat_of(store, "Vorher", ("f", "a"))
    store.rename(chat, "Nachher")
    assert found(store, "vorher") == []
    assert found(store, "nachher") == [chat]


def test_a_snippet_is_one_line_around_the_place(store: ChatStore) -> None:
    text = "anfang " * 300 + "\n\nHier steht\tdie Nadel im Heu. " + "ende " * 300
    chat_of(store, "t", ("f", text))
    (hit,) = store.search("nadel")
    assert "steht die Nadel im" in hit.snippet
    assert [hit.snippet[a:b] for a, b in hit.marks] == ["Nadel"]
    assert len(hit.snippet) < 250


HOSTILE = (
    '"', '""', "*", "a*", "^a", "a AND", "OR", "NOT a", "NEAR(a b)", "a:b", "question:x",
    "-a", "(", ")", "{a}", "a + b", "\\", "'", ";--", "\x00", "\ud800", "\ufdd0a\ufdd1",
    '"a" "b', 'a"b"c', "𝒳", "שלום", "e\u0301", "\u202e", "%_", "a" * 5_000, "a " * 5_000,
    "😀", "½", "\u0301", "_", "𞤀",
)  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_any_query_is_safe(store: ChatStore, query: str) -> None:
    chat_of(store, "a b c", (query, query))
    for hit in store.search(query):
        assert all(0 <= a <= b <= len(hit.snippet) for a, b in hit.marks)


def test_random_queries_are_safe(store: ChatStore) -> None:
    chance = random.Random(3)
    chat_of(store, "abc äöü", ('a "b" c* (d)', "NEAR x AND y OR z"))
    signs = [*'ab"*()^:+-{}\\ .,ANDORNT', "\0", "\ud800", "\u0301", "\ufdd0", "字"]
    for _ in range(3_000):
        store.search("".join(chance.choices(signs, k=chance.randrange(12))))


def test_nothing_asked_is_nothing_found(store: ChatStore) -> None:
    chat_of(store, "a", ("b", "c"))
    assert store.search("") == store.search(" \n") == store.search("!?") == []
    assert store.search("a", limit=0) == []
    assert match_of('eins "zwei drei" vi') == '"eins" AND "zwei drei" AND "vi"*'


def test_ten_thousand_letters_in_the_bin_do_not_hide_the_rest(
    store: ChatStore,
) -> None:
    wanted = chat_of(store, "x", ("gesucht", "y"))
    for number in range(60):
        store.remove(chat_of(store, f"n{number}", ("gesucht", "gesucht")))
    assert found(store, "gesucht") == [wanted]
