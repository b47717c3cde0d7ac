"""Questions that a table answers, and the many it must not answer."""

from __future__ import annotations

import pytest

from app.tables import Profile, compute, read_question, understand
from app.tables.cells import cell_names, column_letters, parse_date, parse_number
from app.tables.wordforms import closeness
from app.values.tables import ComputedAnswer
from tests.bench.tables import measure
from tests.bench.tables_data import load, table_of

CLASSES = table_of(
    "Klassen",
    "Klasse;Klassenlehrer;Schüler;Fehltage\n7a;Frau Yılmaz;26;48\n7b;Herr Brandt;24;61\n"
    "8a;Frau Kowalski;28;35\n8b;Herr Nguyen;22;72",
)
STOCK = table_of(
    "Inventar",
    "Artikel;Hersteller;Preis;Angeschafft\nBeamer;Epson;389 €;2022-08-15\n"
    "Beamertasche;Epson;25 €;2023-01-10\nLaptop;Lenovo;649 €;2023-09-01\n"
    "Maus;Lenovo;19 €;2024-02-01",
)


BOOKS = table_of(
    "Lehrmittel",
    "Fach;Buch;Anzahl;Preis\nMathematik;Lambacher Schweizer 8;96;24,95\n"
    "Deutsch;Deutschbuch 8;102;23,50\nEnglisch;Access 4;88;27,50\n"
    "Biologie;Natura 2;60;25,00\nGeschichte;Forum 8;63;22,00",
)


def answer(question: str, *tables: object) -> ComputedAnswer | None:
    profiles = [Profile(table) for table in tables]  # type: ignore[arg-type]
    plan = understand(question, profiles)
    return compute(plan, profiles) if plan else None


def test_the_question_set_is_understood_and_nothing_else() -> None:
    figures = measure()
    assert figures["own precision"] == 1.0
    assert figures["all precision"] >= 0.99
    assert figures["own recall"] >= 0.94
    assert figures["all recall"] >= 0.88


def test_questions_about_texts_compute_nothing_on_any_table() -> None:
    tables, questions = load()
    profiles = [Profile(table) for table in tables.values()]
    others = [q["question"] for q in questions if q["operation"] is None]
    assert len(others) > 120
    assert [q for q in others if understand(q, profiles)] == []


@pytest.mark.parametrize(
    "question",
    [
        "Welche Klasse hat mehr Fehltage als die 8a?",
        "Wie viele Schüler hat die 7a nicht?",
        "Wie viele Schüler hat die 7a oder Frau Kowalski?",
        "Welche Klasse hat die zweitmeisten Schüler?",
        "Hat die 7b 24 Schüler?",
        "Wie viele Fehltage habe ich?",
        "Wie viel Prozent der Schüler fehlen?",
        "Warum hat die 8b so viele Fehltage?",
        "Was ist der Unterschied zwischen 7a und 7b?",
        "Wie viele Schüler hat die 9c?",
        "Wie viele Hunde hat die 7b?",
        "Schüler",
        "7b",
    ],
)
def test_what_is_not_surely_meant_is_left_alone(question: str) -> None:
    assert answer(question, CLASSES) is None


def test_of_two_tables_that_both_answer_none_is_chosen() -> None:
    other = table_of("Klassen", "Klasse;Schüler\n7a;20\n7b;21")
    assert answer("Wie viele Schüler hat die 7b?", CLASSES) is not None
    assert answer("Wie viele Schüler hat die 7b?", CLASSES, other) is None
    twin = answer("Wie viele Schüler hat die 7b?", CLASSES, CLASSES)
    assert twin is not None


def test_a_whole_cell_is_preferred_to_one_that_holds_more() -> None:
    table = table_of("Inventar", "Artikel;Preis\nBeamer;389 €\nBeamer Kabel;9 €")
    found = answer("Was kostet der Beamer?", table)
    assert found is not None
    assert found.value is not None
    assert found.value.text == "389"


def test_several_rows_are_all_told() -> None:
    table = table_of("Inventar", "Artikel;Preis\nBeamer Epson;389 €\nBeamer BenQ;420 €")
    found = answer("Was kostet der Beamer?", table)
    assert found is not None
    assert [(i.label.text, i.value.text) for i in found.items if i.value] == [
        ("Beamer Epson", "389"),
        ("Beamer BenQ", "420"),
    ]


def test_capitals_are_no_stop_words() -> None:
    table = table_of("Staff", "Name;Department;Salary\nAnn;IT;100\nBob;Sales;50")
    found = answer("What is the average salary in IT?", table)
    assert found is not None
    assert found.value is not None
    assert found.value.text == "100"


def test_a_sheet_of_years_answers_by_its_headers() -> None:
    table = table_of("Haushalt", "Posten;2023;2024\nStrom;100;120\nGas;200;180")
    found = answer("Was kostete Strom 2024?", table)
    assert found is not None
    assert found.value is not None
    assert (found.value.text, found.cells) == ("120", "C2")


@pytest.mark.parametrize(
    ("question", "relation", "numbers"),
    [
        ("mehr als 1.500,50 Euro", ">", ["1500.50"]),
        ("mindestens drei Tage", "≥", ["3"]),
        ("zwischen 10 und 20 Euro", "–", ["10", "20"]),
        ("höchstens 5 %", "≤", ["5"]),
        ("weniger als 1,5 Stunden", "<", ["1.5"]),
        ("more than 1,500.50 dollars", ">", ["1500.50"]),
        ("at least 1,500", "≥", ["1500"]),
        ("exactly 7 days", "=", ["7"]),
    ],
)
def test_comparisons(question: str, relation: str, numbers: list[str]) -> None:
    language = "de" if "als" in question or "ens" in question else ""
    asked = read_question(f"Which are {question}" if "than" in question or "at l" in
                          question or "exactly" in question else question, language)  # fmt: skip
    (comparison,) = asked.comparisons
    assert comparison.relation == relation
    assert [str(number) for number in comparison.numbers] == numbers


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("Ausgaben im März 2025", "2025-03-01", "2025-03-31"),
        ("Ausgaben im Februar 2024", "2024-02-01", "2024-02-29"),
        ("Ausgaben am 5.3.2025", "2025-03-05", "2025-03-05"),
        ("Ausgaben vor dem 01.03.2025", "", "2025-03-01"),
        ("Ausgaben seit 2024", "2024-01-01", ""),
        ("Ausgaben zwischen dem 1. März 2025 und dem 3. April 2025",
         "2025-03-01", "2025-04-03"),
        ("Ausgaben von 2023 bis 2024", "2023-01-01", "2024-12-31"),
        ("expenses on March 5, 2025", "2025-03-05", "2025-03-05"),
        ("expenses before 2025-03-05", "", "2025-03-05"),
    ],
)  # fmt: skip
def test_dates(question: str, first: str, last: str) -> None:
    (span,) = read_question(question).dates
    assert (span.first, span.last) == (first, last)


@pytest.mark.parametrize(
    ("asked", "written", "close"),
    [
        ("schülern", "schüler", True),
        ("schule", "schüler", False),
        ("lehrerinnen", "lehrer", True),
        ("bücher", "buch", True),
        ("schülerzahl", "schüler", True),
        ("klassenfahrt", "klasse", False),
        ("tage", "fehltage", True),
        ("betrag", "vertrag", False),
        ("kostet", "preis", True),
        ("ort", "sport", False),
    ],
)
def test_which_words_mean_each_other(asked: str, written: str, close: bool) -> None:
    assert (closeness(asked, written, ("de", "en")) > 0) is close


@pytest.mark.parametrize(
    ("cell", "number", "unit"),
    [
        ("1234.5", "1234.5", ""), ("1.234,50 €", "1234.50", "€"), ("-3", "-3", ""),
        ("€ 12", "12", "€"), ("EUR 1'250.00", "1250.00", "€"), ("12,-- €", "12", "€"),
        ("45%", "45", "%"), ("1 234,5 kg", "1234.5", "kg"), ("−7", "-7", ""),
        ("3,5 Std.", "3.5", "Std."), ("12km", "12", "km"),
    ],
)  # fmt: skip
def test_numbers_of_cells(cell: str, number: str, unit: str) -> None:
    parsed = parse_number(cell)
    assert parsed is not None
    assert (str(parsed[0]), parsed[1]) == (number, unit)


@pytest.mark.parametrize(
    "cell", ["7b", "", "-", "1.2.3.4", "2025-03-14", "12 14", "A12"]
)
def test_what_is_no_number(cell: str) -> None:
    assert parse_number(cell) is None


def test_dates_and_names_of_cells() -> None:
    assert parse_date("14.3.2025") == "2025-03-14"
    assert parse_date("2025-03-14 10:30") == "2025-03-14"
    assert parse_date("32.3.2025") is None
    assert [column_letters(i) for i in (0, 25, 26, 701, 702)] == [
        "A", "Z", "AA", "ZZ", "AAA"
    ]  # fmt: skip
    assert cell_names([2], [2, 3, 4, 7]) == "C2:C4,C7"
    assert cell_names([0, 1, 4], [5]) == "A5:B5,E5"
    assert cell_names([0], range(1, 4_000, 2), most=10) == "A1:A3999"


@pytest.mark.parametrize(
    ("question", "value", "column"),
    [
        ("Wie viele Mathematikbücher haben wir?", "96", "Anzahl"),
        ("Wie viele Bücher haben wir?", "409", "Anzahl"),
        ("Wie viele Bücher kosten mehr als 24 Euro?", "244", "Anzahl"),
        ("Wie viele verschiedene Bücher haben wir?", "5", "Buch"),
        ("Wie viele Titel haben wir?", "5", "Buch"),
        ("Wie viele Fächer gibt es?", "5", ""),
    ],
)
def test_books_are_counted_by_their_quantity_and_titles_by_rows(
    question: str, value: str, column: str
) -> None:
    found = answer(question, BOOKS)
    assert found is not None
    assert found.value is not None
    assert (found.value.text, found.column) == (value, column)
