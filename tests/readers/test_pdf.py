"""PDF text: paragraphs, hyphens, headings, running heads."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.readers import read_document
from app.values.documents import ExtractedDocument
from tests.readers.make import (
    BOLD,
    PdfPage,
    Text,
    image_page,
    paragraph,
    pdf_bytes,
    write_pdf,
)

WIDE = [
    "Der Urlaub betraegt fuer alle Beschaeftigten im Betrieb jaehrlich mindestens",
    "vierundzwanzig Werktage, und als Werktage gelten alle Kalendertage, die nicht",
    "Sonntage oder gesetzliche Feiertage sind.",
]
SECOND = [
    "Die Wartezeit ist erfuellt, sobald das Arbeitsverhaeltnis sechs Monate lang",
    "bestanden hat.",
]


def read(tmp_path: Path, *pages: PdfPage, **options: object) -> ExtractedDocument:
    return read_document(write_pdf(tmp_path / "a.pdf", pages, **options))


def test_lines_flow_into_paragraphs(tmp_path: Path) -> None:
    lines = paragraph(WIDE, 700) + paragraph(SECOND, 640)
    document = read(tmp_path, PdfPage(lines))
    assert document.text == " ".join(WIDE) + "\n\n" + " ".join(SECOND)
    assert document.format == "pdf"


def test_a_line_end_that_the_author_set_stays(tmp_path: Path) -> None:
    lines = paragraph([WIDE[0], WIDE[1], "Montag: Sport", "Dienstag: Chor", WIDE[0]])
    text = read(tmp_path, PdfPage(lines)).text
    assert "\nDienstag: Chor\n" in text


def test_a_new_paragraph_without_a_gap_is_seen_by_its_indent(tmp_path: Path) -> None:
    full = WIDE[0][:-1] + "."
    lines = [
        *paragraph([WIDE[0], full], 700),
        Text(SECOND[0], x=74, y=672),
        Text(SECOND[1], x=60, y=658),
    ]
    text = read(tmp_path, PdfPage(lines)).text
    assert f"{full}\n\n{SECOND[0]} {SECOND[1]}" in text


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = ["Die linke Spalte hat einen Satz,", "der erst auf der anderen Seite"]
    right = ["der Seite zu seinem Ende findet.", "Danach kommt noch ein Satz hier."]
    lines = paragraph(left, 700) + paragraph(right, 700, x=320)
    text = read(tmp_path, PdfPage(lines)).text
    assert "auf der anderen Seite der Seite zu seinem Ende" in text


@pytest.mark.parametrize(
    ("above", "below", "joined"),
    [
        ("wichtig ist vor allem der Unter-", "richt am Vormittag.", "Unterricht am"),
        ("das gilt auch im Land Baden-", "Württemberg im Süden.", "Baden-Württemberg"),
        ("das gilt für jeden Haupt-", "und Nebensatz im Text.", "Haupt- und Neben"),
        ("sie steht in der VERORD-", "NUNG über Schulen.", "VERORDNUNG über"),
        ("im Schuljahr 2026-", "2027 gilt das auch.", "2026-"),
    ],
)
def test_hyphens_at_line_ends(
    tmp_path: Path, above: str, below: str, joined: str
) -> None:
    assert joined in read(tmp_path, PdfPage(paragraph([above, below]))).text


def test_umlauts_quotes_and_odd_characters(tmp_path: Path) -> None:
    line = "„Größe“ – Übung: 5 € § 3\u00a0Abs.\u00ad"
    text = read(tmp_path, PdfPage([Text(line)])).text
    assert text.startswith("„Größe“ – Übung: 5 € § 3 Abs.")
    assert not any(ord(character) < 32 and character != "\n" for character in text)


def test_pages_are_slices_of_the_text(tmp_path: Path) -> None:
    pages = [PdfPage([Text(f"Inhalt {word}.")]) for word in ("eins", "zwei", "drei")]
    document = read(tmp_path, *pages)
    assert [p.number for p in document.pages] == [1, 2, 3]
    shown = [document.text[p.start : p.end] for p in document.pages]
    assert shown == ["Inhalt eins.", "Inhalt zwei.", "Inhalt drei."]
    assert document.text == "\n\n".join(shown)


def test_running_heads_and_page_numbers_go(tmp_path: Path) -> None:
    pages = [
        PdfPage([
            Text("Lindenschule · Schulordnung", y=800, size=9),
            *paragraph([f"Der Inhalt von Blatt {name} ist anders."], 700),
            Text(f"Seite {i + 1} von 4", y=40, size=9),
        ])
        for i, name in enumerate(("Anna", "Bert", "Cem", "Dora"))
    ]  # fmt: skip
    document = read(tmp_path, *pages)
    assert "Lindenschule" not in document.text
    assert "von 4" not in document.text
    assert "Blatt Cem" in document.text


def test_chapter_heads_with_page_numbers_go(tmp_path: Path) -> None:
    heads = ["Kapitel Eins", "Kapitel Eins", "Kapitel Zwei", "Kapitel Zwei"]
    pages = [
        PdfPage([
            Text(f"{head} {7 + i}", y=800),
            *paragraph([f"Hier steht der Text mit dem Buchstaben {'abcd'[i]}."]),
        ])
        for i, head in enumerate(heads)
    ]  # fmt: skip
    assert "Kapitel" not in read(tmp_path, *pages).text


def test_tasks_that_count_with_the_pages_stay(tmp_path: Path) -> None:
    pages = [
        PdfPage([
            Text(f"Aufgabe {i + 1}", y=760),
            *paragraph([f"Rechne mit dem Buchstaben {'xyz'[i]} weiter."]),
        ])
        for i in range(3)
    ]  # fmt: skip
    assert read(tmp_path, *pages).text.count("Aufgabe") == 3


def test_headings_by_size_and_by_weight(tmp_path: Path) -> None:
    page = PdfPage(
        [
            Text("Hausordnung", y=760, size=20, font=BOLD),
            *paragraph(WIDE, 720),
            Text("Pausen", y=655, font=BOLD),
            *paragraph(WIDE, 640),
        ]
    )
    document = read(tmp_path, page)
    assert [(h.level, h.title) for h in document.headings] == [
        (1, "Hausordnung"),
        (2, "Pausen"),
    ]
    for heading in document.headings:
        assert document.text[heading.start : heading.end] == heading.title
    assert document.title == "Hausordnung"


def test_headings_from_the_outline_are_found_on_their_page(tmp_path: Path) -> None:
    pages = [
        PdfPage([Text("1 Urlaub", y=740), *paragraph(WIDE)]),
        PdfPage([Text("2 Krankheit", y=740), *paragraph(SECOND)]),
    ]
    outline = [("Urlaub", 0), ("Krankheit", 1), ("Fehlt im Text", 1)]
    document = read(tmp_path, *pages, outline=outline, title="Regeln")
    assert [h.title for h in document.headings] == ["1 Urlaub", "2 Krankheit"]
    assert document.title == "Regeln"


def test_titles_that_programs_leave_behind_are_ignored(tmp_path: Path) -> None:
    page = PdfPage(paragraph(WIDE))
    assert read(tmp_path, page, title="Microsoft Word - brief.doc").title == ""


def test_a_scanned_page_among_others_is_a_warning(tmp_path: Path) -> None:
    document = read(tmp_path, PdfPage(paragraph(WIDE)), image_page())
    assert document.warnings == ("no_text",)
    assert len(document.pages) == 2
    assert document.pages[1].start == document.pages[1].end


def test_pypdf_reads_what_pdfium_cannot_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pypdfium2

    def fail(path: Path) -> None:
        raise pypdfium2.PdfiumError("Failed to load document", err_code=3)

    monkeypatch.setattr(pypdfium2, "PdfDocument", fail)
    document = read(tmp_path, PdfPage(paragraph(WIDE)), PdfPage(paragraph(SECOND)))
    assert "vierundzwanzig Werktage" in document.text
    assert document.text[document.pages[1].start :].startswith("Die Wartezeit")


def test_text_drawn_along_the_long_side_flows_too(tmp_path: Path) -> None:
    turned = "".join(
        f"BT /F1 11 Tf 0 1 -1 0 {100 + 14 * i} 60 Tm ({line}) Tj ET\n"
        for i, line in enumerate(WIDE)
    )
    document = read(tmp_path, PdfPage(drawing=turned, extra="/Rotate 90"))
    assert document.text == " ".join(WIDE)


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf_bytes([PdfPage(paragraph(WIDE))] * 3))
    assert read_document(path) == read_document(path)


@pytest.mark.parametrize(
    ("spaced", "joined"),
    [
        ("3 Tc", "Wörterbuch Anfang"),
        ("8 Tc", "Wörterbuch Anfang"),
    ],
)
def test_spaced_out_words_are_joined(tmp_path: Path, spaced: str, joined: str) -> None:
    heading = PdfPage(
        drawing=f"BT {spaced} /F1 16 Tf 1 0 0 1 60 740 Tm (W\\366rterbuch Anfang) Tj "
        "0 Tc ET\n",
        texts=paragraph(WIDE),
    )
    document = read(tmp_path, heading)
    assert document.text.startswith(f"{joined}\n\n")
    assert document.headings[0].title == joined


def test_words_typed_with_spaces_between_their_letters(tmp_path: Path) -> None:
    lines = ["W i c h t i g e s vorab", "Das Wort w i c h t i g steht hier."]
    text = read(tmp_path, PdfPage(paragraph(lines))).text
    assert "Wichtiges vorab" in text
    assert "Das Wort wichtig steht hier." in text


@pytest.mark.parametrize("line", ["Klassen A B C D E F", "a b c d e", "x y z w"])
def test_letters_that_stand_alone_stay_apart(tmp_path: Path, line: str) -> None:
    assert line in read(tmp_path, PdfPage(paragraph([WIDE[0], line]))).text


def test_letters_in_columns_stay_apart(tmp_path: Path) -> None:
    row = [Text(letter, x=60 + 40 * i) for i, letter in enumerate("NOSWH")]
    assert "NOSWH" not in read(tmp_path, PdfPage(row)).text


def test_footnotes_stay_at_the_end_of_their_page(tmp_path: Path) -> None:
    pages = [
        PdfPage(
            [
                *paragraph(WIDE, 700),
                Text("1", x=400, y=676, size=7),
                *paragraph(SECOND, 640),
                Text(f"{i + 1} Vgl. den Erlass {name} von 2026.", y=60, size=8),
            ]
        )
        for i, name in enumerate(("Anton", "Berta", "Clara"))
    ]
    document = read(tmp_path, *pages)
    for page, name in zip(document.pages, ("Anton", "Berta", "Clara"), strict=True):
        shown = document.text[page.start : page.end]
        assert shown.endswith(f"Vgl. den Erlass {name} von 2026.")
        assert shown.index("Wartezeit") < shown.index("Vgl.")


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_columns_of_rotated_pages(tmp_path: Path, rotation: int) -> None:
    left = ["Die linke Spalte hat einen Satz,", "der erst auf der anderen Seite"]
    right = ["der Seite zu seinem Ende findet.", "Danach kommt noch ein Satz hier."]
    lines = paragraph(left, 700) + paragraph(right, 700, x=320)
    text = read(tmp_path, PdfPage(lines, extra=f"/Rotate {rotation}")).text
    assert "auf der anderen Seite der Seite zu seinem Ende" in text
