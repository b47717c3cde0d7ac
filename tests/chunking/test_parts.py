"""Chunks of documents with slides, sheets and tables: none spans two, rows stay whole."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from app.chunking import chunk_document
from app.readers.builder import TextBuilder
from app.values.documents import Chunk, ExtractedDocument, Place, Table
from app.values.places import (
    PLACE_SENTENCES,
    cell_range,
    column_letters,
    narrowed,
    place_json,
    place_words,
    united,
)

SENTENCE = "Die Klasse besucht am Montag das Museum in der alten Fabrik am Hafen. "


def slides(*texts: str) -> ExtractedDocument:
    builder = TextBuilder()
    for number, text in enumerate(texts, 1):
        builder.begin_part("slide", number, "")
        builder.paragraph(text)
    return builder.build("pptx")


def sheet(
    rows: int, header: tuple[str, ...] = ("Name", "Klasse", "Betrag")
) -> ExtractedDocument:
    builder = TextBuilder()
    builder.begin_part("sheet", 1, "Umsatz")
    builder.heading("Umsatz", 1)
    cells = [
        (f"Müller {i}", f"{i % 10}a", f"{i}.50", *["x"] * (len(header) - 3))
        for i in range(rows)
    ]
    builder.table("Umsatz", header, cells, range(2, rows + 2))
    return builder.build("xlsx")


def check(document: ExtractedDocument) -> list[Chunk]:
    chunks = chunk_document(document)
    for chunk in chunks:
        assert chunk.text == document.text[chunk.start : chunk.end]
    for part in document.parts:
        assert document.text[part.start : part.end].strip()
        for chunk in chunks:
            inside = part.start <= chunk.start and chunk.end <= part.end
            assert inside or chunk.end <= part.start or part.end <= chunk.start
    return chunks


def test_no_chunk_spans_two_slides() -> None:
    chunks = check(slides("Eins", "zwei geht klein weiter", SENTENCE))
    assert [chunk.page for chunk in chunks] == [1, 2, 3]
    assert [chunk.place.number for chunk in chunks] == [1, 2, 3]
    assert {chunk.place.kind for chunk in chunks} == {"slide"}


def test_the_heading_of_one_slide_does_not_speak_for_the_next() -> None:
    builder = TextBuilder()
    builder.begin_part("slide", 1)
    builder.heading("Brandschutz", 1)
    builder.paragraph(SENTENCE)
    builder.begin_part("slide", 2)
    builder.paragraph("Ohne Titel. " + SENTENCE)
    headings = [chunk.heading for chunk in check(builder.build("pptx"))]
    assert headings == ["Brandschutz", ""]


def test_an_empty_slide_keeps_its_number() -> None:
    builder = TextBuilder()
    for number, text in ((1, "Erste"), (2, ""), (3, "Dritte")):
        builder.begin_part("slide", number)
        builder.paragraph(text)
    document = builder.build("pptx")
    assert [part.number for part in document.parts] == [1, 3]
    assert [chunk.page for chunk in check(document)] == [1, 3]


def test_a_table_is_cut_between_rows_and_every_piece_knows_its_columns() -> None:
    document = sheet(200)
    chunks = check(document)
    assert len(chunks) > 5
    assert {chunk.heading for chunk in chunks} == {"Umsatz: Name | Klasse | Betrag"}
    rows = "\n".join(chunk.text for chunk in chunks).split("\n")
    assert rows == [" | ".join(row) for row in document.tables[0].rows]
    assert chunks[0].place.cells.startswith("A2:C")
    assert chunks[-1].place.cells.endswith(":C201")
    edges = [chunk.place.cells.replace("A", "").split(":C") for chunk in chunks]
    for before, after in pairwise(edges):
        assert int(after[0]) == int(before[1]) + 1


def test_a_very_long_header_also_begins_the_first_piece() -> None:
    header = ("Name", "Klasse", "Betrag", *[f"Frage {i} " + "w" * 60 for i in range(9)])
    chunks = check(sheet(30, header))
    assert chunks[0].text.startswith("Name | Klasse | Betrag | Frage 0")
    assert chunks[0].place.cells.startswith("A1:L")
    assert chunks[0].heading.endswith("…")
    assert not chunks[1].text.startswith("Name")


def test_a_header_alone_is_found_too() -> None:
    (chunk,) = check(sheet(0))
    assert (chunk.text, chunk.place.cells) == ("Name | Klasse | Betrag", "A1:C1")


def test_a_row_that_fits_no_window_is_cut_and_keeps_its_cells() -> None:
    builder = TextBuilder()
    rows = [("Kurz", "a"), ("Lang", SENTENCE * 60), ("Ende", "b")]
    builder.table("", ("Wort", "Text"), rows, [2, 3, 4])
    chunks = check(builder.build("csv"))
    assert chunks[0].place.cells == "A2:B2"
    assert chunks[-1].place.cells == "A4:B4"
    middle = {c.place.cells for c in chunks[1:-1]}
    assert middle == {"A3:B3"}
    assert len(chunks) > 4


def test_columns_without_names_are_no_words() -> None:
    builder = TextBuilder()
    builder.table("", ("A", "B"), [("1", "2"), ("3", "4")], [1, 2], header_row=0)
    (chunk,) = check(builder.build("csv"))
    assert (chunk.text, chunk.heading, chunk.place.cells) == (
        "1 | 2\n3 | 4",
        "",
        "A1:B2",
    )


def test_text_around_tables_stays() -> None:
    builder = TextBuilder()
    builder.paragraph("Vorher. " + SENTENCE)
    builder.table("", ("a", "b"), [("1", "2")], [5], 4)
    builder.table("", ("c", "d"), [("3", "4")], [9], 8, first_column=2)
    builder.paragraph("Nachher. " + SENTENCE)
    chunks = check(builder.build("ods"))
    assert [chunk.place.cells for chunk in chunks] == ["", "A5:B5", "C9:D9", ""]


def test_any_document_of_parts_is_chunked_whole() -> None:
    random_ = random.Random(4)
    for _ in range(60):
        builder = TextBuilder()
        words: list[str] = []
        for number in range(random_.randrange(1, 6)):
            if random_.random() < 0.9:
                builder.begin_part("chapter", number + 1, f"Teil {number}")
            for _ in range(random_.randrange(5)):
                word = f"wort{len(words)}"
                kind = random_.randrange(4)
                if kind == 0:
                    builder.heading(f"Titel {number}", random_.randrange(1, 4))
                elif kind == 1:
                    rows = [(word, "x" * random_.randrange(90))] * 3
                    builder.table("t", ("h", "k"), rows, [2, 3, 4])
                    words.append(word)
                else:
                    builder.paragraph(f"{word} " + SENTENCE * random_.randrange(30))
                    words.append(word)
        found = " ".join(chunk.text for chunk in check(builder.build("x"))).split()
        assert set(words) <= set(found)


@pytest.mark.parametrize(
    ("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_are_named_as_in_spreadsheets(index: int, letters: str) -> None:
    assert column_letters(index) == letters


def test_cells_are_joined_and_narrowed() -> None:
    table = Table("", 0, 0, ("a", "b"), (("1", "2"),) * 4, (3, 4, 5, 9), 2, 1)
    assert cell_range(table, 0, 2) == "B3:C4"
    a, b = Place("sheet", 1, "S", "B3:C4"), Place("sheet", 1, "S", "B5:AA9")
    assert united(a, b).cells == "B3:AA9"
    assert united(b, a).cells == "B3:AA9"
    text = "eins | 1\nzwei | 2\ndrei | 3"
    whole = Place("sheet", 1, "S", "A2:B4")
    start = text.index("zwei")
    assert narrowed(whole, text, start, start + 8).cells == "A3:B3"
    assert narrowed(whole, text, start, len(text)).cells == "A3:B4"
    gap = Place("sheet", 1, "S", "A2:B9")
    assert narrowed(gap, text, start, start + 8) == gap
    assert narrowed(Place("slide", 3), text, 0, 3) == Place("slide", 3)


@pytest.mark.parametrize(
    ("page", "place", "said"),
    [
        (7, Place(), "page 7"),
        (None, Place(), ""),
        (3, Place("slide", 3, "Titel"), "slide 3"),
        (None, Place("sheet", 2, "Umsatz", "A2:D9"), "sheet Umsatz, A2:D9"),
        (None, Place(cells="A2:D9"), "cells A2:D9"),
        (None, Place("chapter", 4, "Der {Wolf}"), "chapter 4: Der {Wolf}"),
        (None, Place("chapter", 4), "chapter 4"),
        (None, Place("message", 2, "AW: Ausflug"), "message 2: AW: Ausflug"),
        (None, Place("time", 9, "0:12:40"), "0:12:40"),
        (None, Place("scroll", 5, "Rolle"), "section 5: Rolle"),
    ],
)
def test_places_are_named_for_people(page: int | None, place: Place, said: str) -> None:
    assert place_words(page, place, PLACE_SENTENCES.__getitem__) == said


def test_places_are_null_for_scripts_where_there_are_none() -> None:
    assert place_json(Place()) is None
    data = place_json(Place("sheet", 2, "Umsatz", "A2:D9"))
    assert data == {"kind": "sheet", "number": 2, "label": "Umsatz", "cells": "A2:D9"}
