"""Sentences: what ends them and what only looks like it."""

from __future__ import annotations

import random
import time

import pytest

from app.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Das gilt z. B. für alle und d. h. auch für uns.",
        "Nach § 5 Abs. 2 Satz 1 Nr. 3 BGB i. V. m. Art. 3 GG ist das so.",
        "Am 3. April 2026 um 7.45 Uhr kostete es 3,50 Euro bzw. 4.000 Yen.",
        "Dr. Müller und Prof. h. c. Schmidt kamen ca. 5 Min. zu spät.",
        "Siehe S. 12 ff. und vgl. Kap. 4.",
        "Im 19. Jahrhundert regierte Ludwig XIV. schon lange nicht mehr.",
        "J. S. Bach wurde 65 Jahre alt.",
        "Er zögerte … und ging dann doch.",
        "Sie rief „Komm!“ und lief los.",
        "Die Adresse lautet www.schule.example.org/plan.html und gilt noch.",
        "Sie wohnt\nam Ende der Straße.",
        "Das war am\n1. Januar in Köln.",
        "Das war am\n1\\. Januar in Köln.",
        "Mr. Smith met Dr. Jones at 5 p.m. in Rome.",
    ],
)
def test_one_sentence(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Er kam.", "Sie ging."),
        ("Das war 1990.", "Danach wurde es still."),
        ("Kommst du?", "Ja!"),
        ("„Wir gehen.“", "Sie blieb."),
        ("Er nannte Äpfel, Birnen usw.", "Die anderen schwiegen."),
        ("Das ist so.", "Der Rest ist klar."),
        ("So etwas gibt es…", "Niemand weiß warum."),
        ("Wirklich?!", "Unglaublich!"),
        ("(1) Der Urlaub dauert 24 Tage.", "(2) Samstage zählen mit."),
        ("Das gilt.", "1. Januar ist Feiertag."),
        ("Hallo Welt.", "„Guten Tag“, sagte er."),
        ("هل أنت هنا؟", "نعم أنا هنا."),
        ("یہ ایک جملہ ہے۔", "یہ دوسرا ہے۔"),
        ("Это школа.", "Она старая."),
    ],
)
def test_two_sentences(first: str, second: str) -> None:
    assert sentences(f"{first} {second}") == [first, second]


def test_scripts_without_spaces() -> None:
    assert sentences("你好。今天很好！真的吗？") == ["你好。", "今天很好！", "真的吗？"]


def test_blank_lines_and_list_markers_are_boundaries() -> None:
    text = (
        "Überschrift\n\nMitzubringen sind:\n- Stift\n- Heft\n1. Brot,\n2. Saft.\n\n\n"
    )
    assert sentences(text) == [
        "Überschrift",
        "Mitzubringen sind:",
        "- Stift",
        "- Heft\n1. Brot,",
        "2. Saft.",
    ]


def test_a_list_number_begins_but_does_not_end() -> None:
    assert sentences("1. Der Anfang. 2. Die Mitte.") == [
        "1. Der Anfang.",
        "2. Die Mitte.",
    ]


def test_nothing() -> None:
    assert sentence_spans("") == []
    assert sentence_spans(" \n\n \t") == []


@pytest.mark.parametrize("seed", range(30))
def test_all_visible_characters_are_covered(seed: int) -> None:
    source = random.Random(seed)
    pieces = [*".!? \n„“()", "\n\n", "Wort", "z. B.", "3.", "a)", "…", "。", "- ", "É"]
    text = "".join(source.choices(pieces, k=400))
    spans = sentence_spans(text)
    rest = list(text)
    last = 0
    for start, end in spans:
        assert last <= start < end
        assert text[start:end] == text[start:end].strip()
        rest[start:end] = " " * (end - start)
        last = end
    assert "".join(rest).strip() == ""


@pytest.mark.parametrize(
    "unit",
    [".", ". ", "a. B ", " \n", "\n(1) ", "!\"'"],
)
def test_a_megabyte_of_anything_takes_linear_time(unit: str) -> None:
    text = (unit * (1_000_000 // len(unit) + 1))[:1_000_000]
    started = time.process_time()
    sentence_spans(text)
    assert time.process_time() - started < 3
