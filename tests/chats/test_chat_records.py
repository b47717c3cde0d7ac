from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.chats import records
from app.chats.store import ChatStore
from app.values.chats import AnswerSettings, Scope
from app.values.documents import Place
from tests.chats.make import SCOPE, SETTINGS, answer

GIVEN = answer("Text [1]", ("/d/a.pdf", "Zitat"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChatStore]:
    store = ChatStore(tmp_path / "chats.db")
    yield store
    store.close()


def changed(change: Any) -> str:
    data = json.loads(records.write_answer(GIVEN, "?"))
    change(data["value"])
    return json.dumps(data)


def test_an_answer_of_a_later_version_is_read() -> None:
    def later(value: dict[str, Any]) -> None:
        value["mood"] = "sunny"
        value["model"]["colour"] = 3
        value["passages"][0]["weight"] = [1]
        value["citations"][0]["box"] = {"x": 1}

    assert records.read_answer(changed(later), "?", GIVEN.text) == GIVEN


def test_an_answer_of_an_earlier_version_is_read() -> None:
    def earlier(value: dict[str, Any]) -> None:
        del value["timings"]
        del value["citations"][0]["document_id"]
        del value["citations"][0]["place"]
        del value["passages"][0]["place"]

    read = records.read_answer(changed(earlier), "?", GIVEN.text)
    assert read.passages == GIVEN.passages
    assert read.citations[0].document_id == 0
    assert read.citations[0].place == Place()


def test_places_are_kept_with_an_answer() -> None:
    place = Place("sheet", 2, "Umsatz", "A2:D9")
    passage = replace(GIVEN.passages[0], place=place)
    citation = replace(GIVEN.citations[0], place=place)
    given = replace(GIVEN, passages=(passage,), citations=(citation,))
    read = records.read_answer(records.write_answer(given, "?"), "?", GIVEN.text)
    assert read == given


def test_one_field_that_means_something_else_costs_only_itself() -> None:
    def other(value: dict[str, Any]) -> None:
        value["sentences"] = "none"
        value["citations"][0]["number"] = "one"

    read = records.read_answer(changed(other), "?", GIVEN.text)
    assert read.passages == GIVEN.passages
    assert (read.sentences, read.citations, read.text) == ((), (), "Text [1]")


@pytest.mark.parametrize("data", ["", "null", "[1]", "{}", '{"value": 3}', "{", '"x"'])
def test_what_is_not_understood_still_shows_its_text(
    store: ChatStore, data: str
) -> None:
    chat = store.create().id
    exchange = store.begin(chat, None, "?", SCOPE, SETTINGS).id
    store.finish(exchange, GIVEN)
    store._connection.execute(
        "UPDATE exchanges SET answer = ?1, scope = ?1, settings = ?1", (data,)
    )
    (read,) = store.exchanges(chat)
    assert read.answer is not None
    assert read.answer.text == "Text [1]"
    assert (read.scope, read.settings) == (Scope(""), AnswerSettings())
    assert store.forget_document("/d/a.pdf").exchanges == 1
    assert store.exchanges(chat)[0].answer == read.answer
    assert store.purge(chat).chats == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (" a \n b ", "a b"),
        ("x" * 200, "x" * 79 + "…"),
        ("wort " * 16, ("wort " * 16).strip()),
        ("wort " * 17, ("wort " * 15).strip() + "…"),
        ("\x1b[31mrot\x07", "[31mrot"),
    ],
)
def test_a_title_is_one_line(text: str, line: str) -> None:
    assert records.one_line(text) == line
