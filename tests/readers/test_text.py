"""Text files: the extracted text is the file, whatever its encoding."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.readers import SUFFIXES, is_supported, read_document
from app.values.documents import ExtractedDocument

GERMAN = "Die Größe der Übung: „schön“ – 5 € für Äpfel.\r\nNächste Zeile, süß.\r\n"


def read(tmp_path: Path, name: str, data: str | bytes) -> ExtractedDocument:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_document(path)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_german_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    result = read(tmp_path, "a.txt", GERMAN.encode(encoding))
    assert result.text == GERMAN.replace("\r\n", "\n")
    assert result.warnings == ()


def test_utf_16_with_a_mark_of_either_order(tmp_path: Path) -> None:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        data = mark + "Grüße".encode(encoding)
        assert read(tmp_path, "a.txt", data).text == "Grüße"


def test_latin_9_is_told_by_its_euro(tmp_path: Path) -> None:
    text = "Der Beitrag für Schüler beträgt 5 € im Jahr."
    assert read(tmp_path, "a.txt", text.encode("iso8859-15")).text == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Каждый ребёнок имеет право на образование в школе. " * 4),
        ("cp1253", "Κάθε παιδί έχει δικαίωμα στην εκπαίδευση στο σχολείο. " * 4),
        ("cp1254", "Her çocuğun eğitim görme hakkı vardır; öğretmen ışığı açtı. " * 4),
        (
            "cp1250",
            "Każde dziecko ma prawo do nauki w szkole, źródło wiedzy łączy. " * 4,
        ),
    ],
)
def test_other_code_pages_by_statistics(
    tmp_path: Path, encoding: str, text: str
) -> None:
    assert read(tmp_path, "a.txt", text.encode(encoding)).text == text


def test_offsets_slice_the_file(tmp_path: Path) -> None:
    text = "\n\n  Eins\t\u00a0zwei\ufeff \n\n\nDrei 😀 vier\n"
    assert read(tmp_path, "a.txt", text).text == text
    assert read(tmp_path, "b.txt", "\ufeff" + text).text == text


def test_only_a_file_with_broken_bytes_is_lossy(tmp_path: Path) -> None:
    result = read(tmp_path, "a.txt", b"\xff\xfeG\x00r\x00\xfc\x00\x00\xd8")
    assert result.text.startswith("Grü")
    assert result.warnings == ("encoding",)


MARKDOWN = """---
title: "Schulordnung"
---

# Erster Titel #

Text mit # Zeichen.

## Zweiter *Titel* mit [Link](http://example.org)

```
# kein Titel
```

Unterstrichen
=============

- kein Titel
---

Noch ein
mehrzeiliger Absatz
---

Klein
-----

####### sieben sind keiner
#auch keiner
"""


def test_markdown_headings(tmp_path: Path) -> None:
    result = read(tmp_path, "a.md", MARKDOWN)
    assert result.text == MARKDOWN
    assert result.format == "markdown"
    assert result.title == "Schulordnung"
    assert [(h.level, h.title) for h in result.headings] == [
        (1, "Erster Titel"),
        (2, "Zweiter Titel mit Link"),
        (1, "Unterstrichen"),
        (2, "Klein"),
    ]
    spans = [result.text[h.start : h.end] for h in result.headings]
    assert spans[0] == "# Erster Titel #"
    assert spans[2] == "Unterstrichen\n============="


def test_first_heading_is_the_title(tmp_path: Path) -> None:
    assert read(tmp_path, "a.md", "Vorab\n\n## Zwei\n\n# Eins\n").title == "Eins"


def test_restructured_text_and_latex(tmp_path: Path) -> None:
    rst = "Titel\n=====\n\nText.\n\nAbschnitt\n---------\n\nText.\n"
    assert [(h.level, h.title) for h in read(tmp_path, "a.rst", rst).headings] == [
        (1, "Titel"),
        (2, "Abschnitt"),
    ]
    tex = "\\section{Eins}\nText\n\\subsection*{Zwei}\n"
    assert [h.title for h in read(tmp_path, "a.tex", tex).headings] == ["Eins", "Zwei"]


@pytest.mark.parametrize("name", ["a.txt", "a.ini", "a.log"])
def test_plain_text_has_no_headings(tmp_path: Path, name: str) -> None:
    result = read(tmp_path, name, "# eins\nzwei;drei\n")
    assert (result.headings, result.format) == ((), "text")


def test_a_web_page_named_text_stays_its_source(tmp_path: Path) -> None:
    html = "<html><body>Hallo</body></html>"
    assert read(tmp_path, "a.txt", html).text == html


def test_names_that_promise_another_format(tmp_path: Path) -> None:
    result = read(tmp_path, "a.docx", "<html><body><p>Hallo</p></body></html>")
    assert (result.text, result.format) == ("Hallo", "html")
    assert result.warnings == ("mislabelled",)
    assert read(tmp_path, "b.pdf", "Nur Text.").warnings == ("mislabelled",)
    assert read(tmp_path, "README", "Ohne Endung.").warnings == ()


def test_supported_names() -> None:
    assert is_supported(Path("Brief.DOCX"))
    assert is_supported(Path("bild.PNG"))
    assert not is_supported(Path("lied.mp3"))
    assert {".pdf", ".docx", ".odt", ".html", ".txt", ".md", ".csv"} <= SUFFIXES


def test_hostile_markdown_takes_linear_time(tmp_path: Path) -> None:
    for data in (
        "# " + " " * 300_000 + "x",
        "#" * 300_000,
        "*a" * 100_000,
        "---\n" * 90_000,
    ):
        read(tmp_path, "a.md", data + "\nText\n")
