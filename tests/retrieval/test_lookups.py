"""What a question names: sections, wordings, dates."""

from __future__ import annotations

import pytest

from app.retrieval.lookups import Lookup, Reference, lookup_of, with_named_first
from tests.retrieval.test_retrieval import candidate, order


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Was steht in § 3 BUrlG?", Reference("§", "3")),
        ("§ 622 Abs. 2 BGB", Reference("§", "622", "2")),
        ("§ 622 (2) BGB", Reference("§", "622", "2")),
        ("Art. 5 GG", Reference("art", "5")),
        ("Was sagt Artikel 16a des Grundgesetzes?", Reference("art", "16a")),
        ("Paragraf 7 a der Schulordnung", Reference("§", "7a")),
        ("Paragraph 12 Absatz 3", Reference("§", "12", "3")),
    ],
)
def test_sections_are_understood(question: str, expected: Reference) -> None:
    assert lookup_of(question).references == (expected,)


@pytest.mark.parametrize(
    "question",
    ["Welche Art Urlaub gibt es?", "Wie hoch sind 5 Prozent?", "Art und Dauer", "§"],
)
def test_ordinary_questions_look_nothing_up(question: str) -> None:
    assert not lookup_of(question)


def test_a_heading_opens_exactly_its_section() -> None:
    three = Reference("§", "3")
    assert three.heads("§ 3 Dauer des Urlaubs")
    assert three.heads("**§ 3** Dauer")
    assert not three.heads("§ 30 Anderes")
    assert not three.heads("§ 3a Anderes")
    assert not three.heads("siehe § 3")
    assert not three.heads("Art 3")


LAWS = [
    candidate(1, 9.0, heading="Arbeitszeitgesetz (ArbZG) › § 3 Arbeitszeit", score=0.9),
    candidate(2, 8.0, heading="Urlaubsgesetz (BUrlG) › § 4 Wartezeit", score=0.8),
    candidate(3, 0.0, heading="Urlaubsgesetz (BUrlG) › § 3 Dauer", score=0.1),
]


def test_the_named_section_of_the_named_law_comes_first() -> None:
    found, is_place = with_named_first(lookup_of("Was steht in § 3 BUrlG?"), LAWS)
    assert order(found) == [3, 1, 2]
    assert is_place
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


def test_without_a_law_every_section_of_that_number_is_meant() -> None:
    found, is_place = with_named_first(lookup_of("Was steht in § 3?"), LAWS)
    assert order(found) == [1, 3, 2]
    assert is_place


def test_a_law_that_is_not_there_moves_nothing() -> None:
    found, is_place = with_named_first(lookup_of("Was steht in § 3 BGB?"), LAWS)
    assert order(found) == [1, 2, 3]
    assert not is_place


def test_the_file_names_the_document_too() -> None:
    named = [
        candidate(1, file="/x/hausordnung.pdf", text="§ 2 Pausen\nIn den Pausen …"),
        candidate(2, file="/x/schulordnung_2025.pdf", text="§ 2 Noten\nNoten …"),
    ]
    found, _ = with_named_first(lookup_of("§ 2 der Schulordnung"), named)
    assert order(found) == [2, 1]


def test_the_subsection_comes_before_its_sisters() -> None:
    head = "Bürgerliches Gesetzbuch (BGB) › § 622 Fristen"
    parts = [candidate(n, heading=head, text=f"({n}) Text") for n in (1, 2)]
    found, _ = with_named_first(lookup_of("§ 622 Abs. 2 BGB"), parts)
    assert order(found) == [2, 1]


@pytest.mark.parametrize(
    "quoted", ["„voller Urlaub“", '"voller Urlaub"', "»voller Urlaub«"]
)
def test_quoted_words_must_stand_together(quoted: str) -> None:
    texts = [
        candidate(1, text="Der Urlaub ist voller Freude."),
        candidate(2, text="Ein voller\nUrlaub steht jedem zu."),
    ]
    found, is_place = with_named_first(lookup_of(f"Was heißt {quoted}?"), texts)
    assert order(found) == [2, 1]
    assert not is_place


@pytest.mark.parametrize(
    "date", ["12.05.2024", "12.5.2024", "2024-05-12", "12. Mai 2024"]
)
@pytest.mark.parametrize("written", ["12.05.2024", "12. Mai 2024", "2024-05-12"])
def test_a_date_is_the_same_however_it_is_written(date: str, written: str) -> None:
    texts = [
        candidate(1, text="Die Sitzung war am 12.06.2024 in Raum 5."),
        candidate(2, text=f"Die Sitzung war am {written} in Raum 5."),
    ]
    found, _ = with_named_first(lookup_of(f"Was war am {date}?"), texts)
    assert order(found) == [2, 1]


def test_nothing_named_leaves_the_order() -> None:
    assert with_named_first(Lookup(), LAWS) == (LAWS, False)
