"""Quoted words are found again, however lines and words are broken."""

from __future__ import annotations

import time

import pytest

from app.values.quotes import find_quote, readable, same_words

QUOTE = "Der Urlaubsantrag ist vier Wochen vorher einzureichen."


@pytest.mark.parametrize(
    "text",
    [
        QUOTE,
        "Der Urlaubsantrag\nist  vier Wochen\u00a0vorher\n\neinzureichen.",
        "Der Urlaubs-\nantrag ist vier Wo-\n   chen vorher einzureichen.",
        "Der Urlaubs\u00adantrag ist vier Wochen vorher ein\u00adzureichen.",
        "Der Urlaubs\u00ad\nantrag ist vier Wochen vorher einzu\u2010\nreichen.",
    ],
)
def test_the_place_survives_hyphenation_and_white_space(text: str) -> None:
    around = f"Davor. {text} Danach."
    ((start, end),) = find_quote(around, QUOTE)
    assert around[start:end] == text
    assert same_words(text, QUOTE)
    # And the other way round: the old quote was the divided one.
    assert find_quote(f"Davor. {QUOTE} Danach.", text) == [(7, 7 + len(QUOTE))]


@pytest.mark.parametrize(
    "text",
    [
        "Der Urlaubsantrag ist vier Wochen vorher nicht einzureichen.",
        "Der Urlaubsantrag ist fünf Wochen vorher einzureichen.",
        "Der Urlaubs antrag ist vier Wochen vorher einzureichen.",
        "Der Urlaubs-antrag ist vier Wochen vorher einzureichen.",
        "der Urlaubsantrag ist vier Wochen vorher einzureichen.",
        "",
    ],
)
def test_other_words_are_other_words(text: str) -> None:
    assert find_quote(text, QUOTE) == []
    assert not same_words(text, QUOTE)


def test_a_hyphen_that_belongs_to_the_word_stays() -> None:
    assert find_quote("Haupt- und Nebenfach", "Haupt-\nund Nebenfach") == [(0, 20)]
    assert find_quote("E-Mail", "E-Mail") == [(0, 6)]
    assert find_quote("EMail", "E-Mail") == []


def test_every_place_is_found_and_nothing_is_no_quote() -> None:
    assert find_quote("aa b aa", "aa") == [(0, 2), (5, 7)]
    assert find_quote("a", " \n ") == []
    assert not same_words("", "")


def test_it_stays_quick_on_hostile_texts() -> None:
    started_s = time.process_time()
    find_quote("-\n" * 100_000, "a" * 1_000)
    find_quote(("a-\n" * 300 + "b") * 100, "a" * 1_000)
    find_quote("\u00ad" * 100_000, "ab cd " * 200)
    assert time.process_time() - started_s < 2


@pytest.mark.parametrize(
    ("quote", "in_cells", "shown"),
    [
        (
            "vom **7. bis 11. Juni 2027**\nstatt",
            False,
            "vom 7. bis 11. Juni 2027 statt",
        ),
        ("__fett__ und `Code`, 2 * 3 * 4", False, "fett und Code, 2 * 3 * 4"),
        ("Access 4 | 88 | 27.5", True, "Access 4 | 88 | 27,5"),
        (
            "27.5 | 3.25 | -1.5 | 1.2.3 | V 2.0",
            True,
            "27,5 | 3,25 | -1,5 | 1.2.3 | V 2.0",
        ),
        ("Es kostet 27.5", False, "Es kostet 27.5"),
    ],
)
def test_quotes_are_shown_as_people_read_them(
    quote: str, in_cells: bool, shown: str
) -> None:
    assert readable(quote, "de", in_cells) == shown
    english = readable(quote, "en", in_cells)
    assert english == (" ".join(quote.split()) if in_cells else shown)
