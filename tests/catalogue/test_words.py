"""Openness, licences, what fits and how fast: plain facts computed from cards."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.catalogue.cards import read_cards
from app.catalogue.download import address_of, can_be_downloaded, host_at
from app.catalogue.fit import fit, room
from app.catalogue.licences import licence
from app.catalogue.openness import openness
from app.catalogue.transfer import Pace
from app.errors import AppError
from app.paths import cards_dir
from app.values.cards import ModelCard


def card(**more: object) -> ModelCard:
    return ModelCard("m", "chat", "M", "m.gguf", 10, "0a", "MIT", ("de",), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("weights", "data", "code", "words"),
    [
        ("open", "open", "open", "All is published"),
        ("open", "partial", "open", "only in part"),
        ("open", "open", "closed", "only in part"),
        ("open", "closed", "closed", "not published"),
        ("closed", "open", "open", "not free"),
        ("partial", "open", "open", "not free"),
        ("open", "", "open", "not known"),
        ("wide open", "open", "open", "not known"),
    ],
)
def test_the_sentence_follows_the_weakest_light(
    weights: str, data: str, code: str, words: str
) -> None:
    found = openness(card(openness={"weights": weights, "data": data, "code": code}))
    assert words in found.sentence
    assert [light.part for light in found.lights] == ["weights", "data", "code"]


def test_nothing_known_is_said_as_such() -> None:
    assert {light.state for light in openness(card()).lights} == {"unknown"}


@pytest.mark.parametrize(
    ("id_", "school", "commercial"),
    [
        ("Apache-2.0", "yes", "yes"),
        ("apache license 2.0", "yes", "yes"),
        ("mit", "yes", "yes"),
        ("CC-BY-NC-4.0", "yes", "no"),
        ("llama3.2", "yes", "limited"),
        ("Llama 3.2 Community License", "yes", "limited"),
        ("gemma", "yes", "limited"),
        ("qwen-research", "ask", "no"),
        ("GPL-3.0-only", "yes", "yes"),
        ("LicenseRef-Open-Aleph-1.0", "yes", "no"),
        ("LicenseRef-LLaMmlein-RAIL-M", "ask", "no"),
        ("LicenseRef-Health-AI-Developer-Foundations", "yes", "limited"),
        ("other", "ask", "ask"),
        ("", "ask", "ask"),
        ("my own licence", "ask", "ask"),
    ],
)
def test_what_a_licence_allows(id_: str, school: str, commercial: str) -> None:
    found = licence(id_)
    assert (found.school, found.commercial) == (school, commercial)
    assert found.sentence


def test_every_card_of_the_catalogue_has_a_known_licence() -> None:
    for known in read_cards(cards_dir()):
        if known.licence != "unknown":
            assert licence(known.licence).sentence != licence("").sentence, known.id


@pytest.mark.parametrize(
    ("needed", "free", "verdict", "words"),
    [
        (100, 900, "yes", "{needed}"),
        (600, 900, "tight", "other large programs"),
        (300, 100, "tight", "only {free} are free now"),
        (900, 900, "no", "this computer has {total}"),
        (100, 0, "yes", "{needed}"),
    ],
)
def test_what_fits_is_told_with_figures(
    needed: int, free: int, verdict: str, words: str
) -> None:
    found = fit(card(ram_bytes=needed), 1000, free)
    assert found.verdict == verdict
    assert words in found.reason
    assert (found.needed_bytes, found.total_bytes, found.free_bytes) == (
        needed,
        1000,
        free,
    )


def test_a_download_leaves_a_little_room() -> None:
    assert room(1_000, 600_000_000).enough
    assert not room(1_000, 400_000_000).enough


def test_the_pace_is_that_of_the_last_seconds() -> None:
    moments = iter([0.0, 0.5, 2.0, 20.0])
    pace = Pace(lambda: next(moments))
    assert pace.note(0, 1000).bytes_per_second is None
    assert pace.note(10, 1000).seconds_left is None
    steady = pace.note(200, 1000)
    assert (steady.bytes_per_second, steady.seconds_left) == (100.0, 8.0)
    slow = pace.note(290, 1000)
    assert slow.bytes_per_second == 5.0
    assert slow.fraction == 0.29


def test_an_address_is_made_from_source_and_card() -> None:
    there = card(source={"repository": "a/b", "file": "m.gguf"})
    assert address_of(there, "https://hub.example/").endswith(
        "example/a/b/resolve/main/m.gguf"
    )
    assert can_be_downloaded(there)
    assert not can_be_downloaded(card(source={"package": "x"}))
    for source in ("", "http://hub.example", "hub.example", "file:///etc"):
        with pytest.raises(AppError, match="no address"):
            address_of(there, source)
    assert host_at("https://user@hub.example:8443/x") == "hub.example:8443"
    assert host_at("http://hub.example") == host_at("https://") == ""


def test_the_rules_speak_of_no_model_by_name() -> None:
    folder = Path(__file__).parents[2] / "app" / "catalogue"
    for name in ("openness.py", "fit.py"):
        text = (folder / name).read_text("utf-8").lower()
        assert not any(known in text for known in ("smollm", "granite", "eurollm"))
