"""Computations against plain Python, on seeded random tables and on odd ones."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from fractions import Fraction

import pytest

from app.tables import Profile, compute, understand
from app.values.documents import Table
from app.values.tables import ComputedAnswer
from tests.bench.tables_data import from_rows, table_of, text_of

CITIES = ["Erfurt", "Jena", "Gera", "Suhl", "Weimar"]
KINDS = ["Material", "Technik", "Ausflug"]


def answer(question: str, *tables: Table) -> ComputedAnswer | None:
    profiles = [Profile(table) for table in tables]
    plan = understand(question, profiles)
    return compute(plan, profiles) if plan else None


def value(question: str, table: Table) -> str | None:
    found = answer(question, table)
    if found is None:
        return None
    assert_source(found, table)
    return found.value.text if found.value else None


def assert_source(found: ComputedAnswer, table: Table) -> None:
    """What is cited is a slice of the document's text and holds whole rows."""
    text = text_of(table.header, list(table.rows))
    for rows in found.places:
        assert text[rows.start : rows.end] == rows.text
        assert rows.start == 0 or text[rows.start - 1] == "\n"
        assert rows.end == len(text) or text[rows.end] == "\n"


def written(number: Fraction, style: int) -> str:
    """Write an amount with two decimals as different sheets do."""
    cents = int(number * 100)
    sign, cents = ("-" if cents < 0 else ""), abs(cents)
    whole, rest = divmod(cents, 100)
    if style == 0:
        return f"{sign}{whole}.{rest:02}"
    if style == 1:
        return f"{sign}{whole},{rest:02} €"
    grouped = f"{whole:,}".replace(",", ".")
    return f"{sign}{grouped},{rest:02} €"


@pytest.mark.parametrize("seed", range(40))
def test_random_tables_agree_with_plain_python(seed: int) -> None:
    source = random.Random(seed)
    style = seed % 3
    rows, plain = [], []
    for number in range(source.randrange(4, 60)):
        empty = source.random() < 0.1
        amount = Fraction(source.randrange(1, 9_999_999), 100)
        day = f"{source.randrange(2023, 2026)}-{source.randrange(1, 13):02}-15"
        city, kind = source.choice(CITIES), source.choice(KINDS)
        rows.append((f"Beleg {number}", day, city, kind,
                     "" if empty else written(amount, style)))  # fmt: skip
        plain.append((day, city, kind, None if empty else amount))
    known = [row for row in plain if row[3] is not None]
    total = sum((row[3] for row in known), Fraction())
    if source.random() < 0.5:
        rows.append(("Summe", "", "", "", written(total, style)))
    table = from_rows("Ausgaben", ("Beleg", "Datum", "Ort", "Art", "Betrag"), rows)

    assert Fraction(value("Wie hoch ist die Summe der Beträge?", table) or 0) == total
    mean = Fraction(value("Durchschnittlicher Betrag", table) or 0)
    assert abs(mean - total / len(known)) <= Fraction(1, 10**6)
    highest = value("Wie hoch ist der höchste Betrag?", table)
    assert Fraction(highest or 0) == max(row[3] for row in known)
    city = plain[0][1]
    there = [row[3] for row in known if row[1] == city]
    if there:
        found = answer(f"Summe der Beträge in {city}", table)
        assert found is not None
        assert_source(found, table)
        assert found.value is not None
        assert Fraction(found.value.text) == sum(there, Fraction())
        assert found.rows == len(there)
        assert found.skipped == sum(row[1] == city for row in plain) - len(there)
    bound = source.randrange(1, 99_999)
    above = [row for row in known if row[3] > bound]
    assert value(
        f"Wie viele Belege haben einen Betrag über {bound} Euro?", table
    ) == str(len(above))
    year = [row[3] for row in known if row[0] > "2024-06-30"]
    if year:
        said = value("Summe der Beträge nach dem 30.06.2024", table)
        assert Fraction(said or 0) == sum(year, Fraction())
    groups: dict[str, Fraction] = defaultdict(Fraction)
    for row in known:
        groups[row[2]] += row[3]
    found = answer("Summe der Beträge je Art", table)
    assert found is not None
    assert {
        i.label.text: Fraction(i.value.text) for i in found.items if i.value
    } == groups


def test_exact_cells_are_named() -> None:
    rows = [("Bus", "März", "10"), ("Zug", "April", "20"), ("Rad", "März", "30")]
    table = from_rows("Kosten", ("Was", "Monat", "Betrag"), rows)
    found = answer("Summe der Beträge im März", table)
    assert found is not None
    assert found.cells == "C2,C4"
    assert [place.cells for place in found.places] == ["C2", "C4"]
    assert [place.text for place in found.places] == [
        "Bus | März | 10",
        "Rad | März | 30",
    ]
    assert_source(found, table)
    shifted = Table("Kosten", 40, 90, table.header, table.rows, (12, 13, 20), 11, 26)
    found = answer("Summe der Beträge", shifted)
    assert found is not None
    assert found.cells == "AC12:AC13,AC20"
    assert found.places[0].start == 40 + len("Was | Monat | Betrag\n")


def test_of_the_highest_value_the_row_is_the_source() -> None:
    table = table_of("Klassen", "Klasse;Schüler\n7a;24\n7b;28\n8a;21\nSumme;73")
    found = answer("Welche Klasse hat die meisten Schüler?", table)
    assert found is not None
    assert (found.cells, found.rows) == ("A2:B4", 3)
    assert [place.text for place in found.places] == ["7b | 28"]


@pytest.mark.parametrize(
    "last",
    [
        "Summe;;30",
        "Gesamt;;30",
        "Total:;;30",
        "Summe 2025;;30",
        ";Gesamtsumme;30",
        ";;30",
    ],
)
def test_rows_of_totals_are_not_counted_twice(last: str) -> None:
    table = table_of("Kosten", f"Was;Monat;Betrag\nBus;Mai;10\nZug;Juni;20\n{last}")
    assert value("Wie hoch ist die Summe der Beträge?", table) == "30"
    assert value("Wie hoch ist der höchste Betrag?", table) == "20"


def test_names_that_only_begin_like_a_total_are_counted() -> None:
    table = table_of("Schulen", "Schule;Schüler\nGesamtschule Nord;10\nSummerfeld;20")
    assert value("Wie viele Schüler gibt es insgesamt?", table) == "30"


def test_subtotals_between_rows_are_left_out() -> None:
    table = table_of(
        "Kosten",
        "Was;Betrag\nBus;10\nZug;20\nZwischensumme;30\nRad;5\nEssen;7\nGesamtsumme;42",
    )
    assert value("Summe der Beträge", table) == "42"


def test_two_columns_of_one_name_are_not_guessed() -> None:
    table = table_of("Noten", "Name;Betrag;Betrag\nLena;1;2\nCem;2;3")
    assert answer("Summe der Beträge", table) is None
    assert value("Wie viele Namen gibt es?", table) == "2"


def test_mixed_currencies_are_not_added() -> None:
    table = table_of("Kosten", "Was;Betrag\nBus;10 €\nTaxi;12 $\nRad;3 €")
    assert answer("Summe der Beträge", table) is None


def test_prices_are_not_added_where_quantities_stand_beside() -> None:
    table = table_of("Inventar", "Artikel;Anzahl;Preis\nBeamer;6;389 €\nStuhl;30;45 €")
    assert answer("Was kosten alle Beamer zusammen?", table) is None
    assert value("Was kostet der Beamer?", table) == "389"


def test_units_and_percent_are_kept() -> None:
    table = table_of("Quoten", "Klasse;Anwesenheit\n7a;95 %\n7b;90,5 %\n8a;88 %")
    found = answer("Durchschnittliche Anwesenheit", table)
    assert found is not None
    assert found.value is not None
    assert (found.value.text, found.value.unit) == ("91.166667", "%")
    table = table_of("Sport", "Name;Weite (m)\nLena;3,85\nCem;4,10")
    found = answer("Wie hoch ist die größte Weite?", table)
    assert found is not None
    assert found.value is not None
    assert (found.value.text, found.value.unit) == ("4.1", "m")
    assert found.items[0].label.text == "Cem"


def test_cells_that_are_no_numbers_are_counted_as_left_out() -> None:
    cells = "\n".join(f"Kind {i};{i}" for i in range(1, 10))
    table = table_of("Fehltage", f"Name;Fehltage\n{cells}\nKind 10;krank\nKind 11;")
    found = answer("Summe der Fehltage", table)
    assert found is not None
    assert found.value is not None
    assert (found.value.text, found.rows, found.skipped) == ("45", 9, 2)


def test_nothing_meets_the_conditions() -> None:
    table = table_of("Inventar", "Artikel;Preis\nBeamer;389 €\nStuhl;45 €")
    found = answer("Wie viele Artikel kosten mehr als 1000 Euro?", table)
    assert found is not None
    assert found.value is not None
    assert (found.value.text, found.rows, found.cells) == ("0", 0, "B2:B3")
    assert answer("Welche Artikel kosten mehr als 1000 Euro?", table) is None


def test_codes_with_letters_are_no_numbers() -> None:
    table = table_of("Klassen", "Klasse;Raum;Schüler\n7a;101;20\n7b;102;22")
    assert [column.kind for column in Profile(table).columns] == [
        "number" if name != "Klasse" else "text" for name in table.header
    ]
    assert answer("Summe der Räume", table) is None


def test_empty_and_ragged_tables_compute_nothing() -> None:
    for rows in ([], [("", "")], [("", "")] * 3):
        table = from_rows("Leer", ("Was", "Betrag"), rows)
        assert answer("Summe der Beträge", table) is None
    assert answer("", table_of("A", "Was;Betrag\nBus;1")) is None
    assert answer("?" * 5_000, table_of("A", "Was;Betrag\nBus;1")) is None


@pytest.mark.parametrize(
    "cell",
    ["9" * 5_000, "1e999999", "nan", "inf", "1_000", "٣٤٥", "=1+1", "--5", "1.2.3"],
)
def test_odd_cells_break_nothing(cell: str) -> None:
    table = table_of(
        "A", f"Was;Betrag\nBus;10\nZug;20\nRad;30\nBoot;40\nAuto;50\nX;{cell}"
    )
    assert value("Wie hoch ist der Betrag für den Bus?", table) == "10"
    answer("Summe der Beträge", table)


def test_a_hundred_thousand_rows() -> None:
    source = random.Random(7)
    rows = [
        (f"Beleg {i}", source.choice(CITIES), f"{source.randrange(10**6) / 100:.2f}")
        for i in range(100_000)
    ]
    table = from_rows("Ausgaben", ("Beleg", "Ort", "Betrag"), rows)
    profile = Profile(table)
    plan = understand("Summe der Beträge in Jena", [profile])
    assert plan is not None
    found = compute(plan, [profile])
    assert found is not None
    assert found.value is not None
    wanted = sum(Fraction(row[2]) for row in rows if row[1] == "Jena")
    assert Fraction(found.value.text) == wanted
    assert found.cells.startswith("C")
    assert len(found.cells) < 20
    assert sum(len(place.text) for place in found.places) <= 2_000
    started = time.perf_counter()
    plan = understand("Wie hoch ist der höchste Betrag in Gera?", [profile])
    assert plan is not None
    assert compute(plan, [profile]) is not None
    assert time.perf_counter() - started < 2
