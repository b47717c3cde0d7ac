"""From a rated answer to a record of the data studio."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.__main__ import main
from app.curation.forms import lines_of
from app.datasets import Rights, from_chat, from_ratings
from app.services import Services, build_services
from app.values.answers import Answer, ModelUsed
from app.values.chats import Rating
from app.values.datasets import Record
from tests.chats.make import SCOPE, SETTINGS, answer

RIGHTS = Rights("CC-BY-4.0", "Klasse 8b", "alle haben zugestimmt")
STARTER = "smollm2-135m-instruct"


@pytest.fixture
def services() -> Iterator[Services]:
    found = build_services()
    yield found
    found.close()


def rated(
    services: Services, said: Answer, rating: Rating, question: str = "Wann?"
) -> int:
    chat = services.chats.create().id
    exchange = services.chats.begin(chat, None, question, SCOPE, SETTINGS).id
    services.chats.finish(exchange, replace(said, model=ModelUsed(STARTER, "")))
    services.chats.rate(exchange, rating.good)
    services.chats.correct(exchange, rating.correction)
    return chat


def taken(services: Services) -> list[Record]:
    return list(from_ratings(services, RIGHTS))


def test_a_good_answer_comes_as_it_is(services: Services) -> None:
    rated(services, answer("Um zehn. [1]", ("/d/plan.pdf", "um zehn")), Rating(True))
    (record,) = taken(services)
    assert (record.answer, record.rating) == ("Um zehn.", "good")
    assert (record.created_by, record.document) == (f"model:{STARTER}", "plan.pdf")
    assert (record.licence, record.author) == ("CC-BY-4.0", "Klasse 8b")
    assert record.consent == "alle haben zugestimmt"
    assert record.model_licence == "Apache-2.0"


def test_a_corrected_answer_comes_as_it_was_corrected(services: Services) -> None:
    rated(services, answer("Um zehn."), Rating(False, "Um elf Uhr."))
    (record,) = taken(services)
    assert (record.answer, record.rating) == ("Um elf Uhr.", "corrected")
    assert record.created_by == f"model:{STARTER}"
    assert '"rating": "corrected"' in lines_of([record], "messages")


def test_a_person_answers_what_was_not_answered(services: Services) -> None:
    no = replace(answer("Das steht nicht da."), abstained=True)
    rated(services, no, Rating(None, "Um elf Uhr."))
    (record,) = taken(services)
    assert (record.answer, record.created_by) == ("Um elf Uhr.", "person")


def test_a_poor_answer_is_not_taken(services: Services) -> None:
    chat = rated(services, answer("Um zehn."), Rating(False))
    assert taken(services) == []
    assert list(from_chat(services, chat, RIGHTS)) == []


def test_the_command_line_collects_what_was_rated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], services: Services
) -> None:
    rated(services, answer("Um zehn."), Rating(True))
    rated(services, answer("Grün."), Rating(False, "Blau."), "Welche Farbe?")
    project = str(tmp_path / "p.jsonl")
    collect = ["dataset", "collect", project, "--licence", "CC0-1.0", "--author", "8b"]
    collect += ["--consent", "alle"]
    assert main(collect) == 2
    assert "--rated" in capsys.readouterr().err
    for added in (2, 0):
        assert main([*collect, "--rated", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["added"] == added
