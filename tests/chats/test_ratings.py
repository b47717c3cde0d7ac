"""What people found of answers: kept, taken back, and gone with what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chats.schema import MIGRATIONS
from app.chats.store import ChatStore
from app.database import open_database
from app.errors import UsageError
from app.exporters.data import chat_json
from app.forgetting import _chats
from app.values.chats import Exchange, Rating
from tests.chats.make import SCOPE, SETTINGS, answer
from tests.chats.test_chat_erasing import left_over, secret_words


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChatStore]:
    store = ChatStore(tmp_path / "data" / "chats.db")
    yield store
    store.close()


def answered(
    store: ChatStore, text: str = "Gut.", *quotes: tuple[str, str]
) -> Exchange:
    chat = store.create().id
    exchange = store.begin(chat, None, "Wann?", SCOPE, SETTINGS).id
    return store.finish(exchange, answer(text, *quotes))


def rated(store: ChatStore, exchange: Exchange, rating: Rating) -> Rating:
    store.rate(exchange.id, rating.good)
    return store.correct(exchange.id, rating.correction).rating


@pytest.mark.parametrize(
    "rating",
    [Rating(True), Rating(False), Rating(None, "Um zehn."), Rating(True, "So.")],
)
def test_a_rating_is_kept_and_taken_back(store: ChatStore, rating: Rating) -> None:
    exchange = answered(store)
    assert rated(store, exchange, rating) == rating
    store.close()
    again = ChatStore(store._path)
    (found,) = again.exchanges(exchange.chat)
    assert found.rating == rating
    assert rated(again, exchange, Rating()) == Rating()
    assert again.rated() == []
    again.close()


def test_only_what_tells_how_to_answer_is_collected(store: ChatStore) -> None:
    good, poor, corrected, binned = (answered(store) for _ in range(4))
    store.rate(good.id, True)
    store.rate(poor.id, False)
    rated(store, corrected, Rating(False, "Um zehn."))
    store.rate(binned.id, True)
    store.remove(binned.chat)
    assert [exchange.id for exchange in store.rated()] == [good.id, corrected.id]


def test_what_has_no_answer_cannot_be_rated(store: ChatStore) -> None:
    chat = store.create().id
    exchange = store.begin(chat, None, "Wann?", SCOPE, SETTINGS).id
    with pytest.raises(UsageError, match="no answer yet"):
        store.rate(exchange, True)
    with pytest.raises(UsageError):
        store.correct(exchange + 1, "So.")


def test_a_rating_does_not_bring_a_conversation_to_the_top(store: ChatStore) -> None:
    first, second = answered(store), answered(store)
    before = [chat.id for chat in store.chats()]
    store.rate(first.id, True)
    assert [chat.id for chat in store.chats()] == before
    assert second.chat in before


def test_a_correction_goes_with_its_conversation(store: ChatStore) -> None:
    words = secret_words(7, 40)
    exchange = answered(store)
    store.correct(exchange.id, " ".join(words))
    store.purge(exchange.chat)
    assert left_over(store, words) == []


@pytest.mark.parametrize(
    ("correction", "left"),
    [
        ("Also: der Rost\nbraucht  Öl, sagt die Anleitung.", ""),
        ("Um zehn Uhr.", "Um zehn Uhr."),
    ],
)
def test_a_correction_that_quotes_a_forgotten_document_goes(
    store: ChatStore, correction: str, left: str
) -> None:
    exchange = answered(store, "Öl.", ("/d/geheim.pdf", "der Rost braucht Öl"))
    rated(store, exchange, Rating(False, correction))
    store.forget_document("/d/geheim.pdf")
    (found,) = store.exchanges(exchange.chat)
    assert found.rating == Rating(False, left)


def test_a_correction_is_found_and_given_out_when_somebody_asks(
    store: ChatStore,
) -> None:
    exchange = answered(store)
    store.correct(exchange.id, " Frau Özdemir weiß es.\n")
    (info,) = _chats("frau özdemir", store, lambda: False)
    assert info.id == exchange.chat
    (row,) = chat_json(info, store.exchanges(info.id))["exchanges"]
    assert row["rating"] == {"good": None, "correction": "Frau Özdemir weiß es."}


def test_a_file_of_an_earlier_version_gets_ratings(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    open_database(path, MIGRATIONS[:2]).close()
    store = ChatStore(path)
    exchange = answered(store)
    assert store.rate(exchange.id, True).rating.good
    store.close()
