"""What breaks careless writers, one by one, read back by programs that are not ours.

Each case stands in a question, in its right answer, in its explanation and in its name;
how a format breaks lines or marks directions is its own affair.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from xml.etree import ElementTree

import docx
import odfdo
import pypdfium2
import pytest
import python_calamine
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from app.errors import UsageError
from app.exporters.quiz.formats import FORMATS, export_quiz
from app.exporters.quiz.wording import quiz_wording
from app.exporters.sheets import ENDINGS, export_sheet
from app.values.quiz import Item, Option, Quiz
from app.values.sheets import Sheet, SheetLine
from tests.exporters.quiz.test_formats import members

CASES = {
    "umlauts": "Äußerst höfliche Übung für Größen",
    "mathematics": "a² + b² = c², √2 ≈ 1,41; ∑ xᵢ ≤ ½ · π",
    "tex": r"Aus $\frac{a}{b} \cdot x_1$ folgt \(x^2\)",
    "arrow": "Säure -> Salz => fertig <-> zurück",
    "braces": "Die Menge {1; 2} und {a = b ~ c # d}: gut",
    "markup": "5 < 7 & 8 > 3 <b>fett</b> [x](y) *kursiv* _a_",
    "blank lines": "Erster Absatz.\n\nZweiter Absatz.\n\n\nDritter.",
    "right to left": "كتاب 123 مدرسة",
    "hebrew": "שלום עולם",
    "long": "Wort" * 63 + "End",
}
NAME_LENGTH = 255
_DIRECTIONS = re.compile("[\u200b\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]")


def quiz_of(text: str) -> Quiz:
    return Quiz(
        text[:200],
        (
            Item(
                "single",
                f"Frage {text}?",
                options=(Option(f"Richtig {text}", 100.0), Option("Falsch")),
                feedback=f"Denn {text}.",
                name=(text * NAME_LENGTH)[:NAME_LENGTH],
            ),
        ),
        author="Erika",
    )


def plain(text: str) -> str:
    """Return a text without white space and marks of direction."""
    return re.sub(r"\s+", "", _DIRECTIONS.sub("", text))


def of_html(text: str) -> str:
    return LexborHTMLParser(text).text()


def xml(data: bytes) -> str:
    return "\n".join(
        of_html(text) for text in ElementTree.fromstring(data).itertext() if text
    )


def gift(data: bytes) -> str:
    lines = [
        line for line in data.decode().split("\n") if not line.strip().startswith("//")
    ]
    # A backslash before a sign takes its meaning; before "n" it is a line's end.
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], "\n".join(lines))


def h5p(data: bytes) -> str:
    def texts(value: object) -> list[str]:
        if isinstance(value, dict):
            return [text for one in value.values() for text in texts(one)]
        if isinstance(value, list):
            return [text for one in value for text in texts(one)]
        # Some fields hold markup, others text that the player escapes itself.
        return [of_html(value), value] if isinstance(value, str) else []

    return "\n".join(texts(json.loads(members(data)["content/content.json"])))


def qti(data: bytes) -> str:
    return "\n".join(
        "".join(ElementTree.fromstring(content).itertext())
        for name, content in members(data).items()
        if name.startswith("items/")
    )


def apkg(data: bytes) -> str:
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(members(data)["collection.anki2"])
        fields = [row[0] for row in base.execute("SELECT flds FROM notes")]
    return "\n".join(of_html(text) for text in fields)


def word(data: bytes) -> str:
    return "\n".join(p.text for p in docx.Document(io.BytesIO(data)).paragraphs)


def opendocument(data: bytes) -> str:
    return str(odfdo.Document(io.BytesIO(data)).get_formatted_text())


def markdown(data: bytes) -> str:
    body = data.decode().partition("\n---\n")[2]
    return of_html(MarkdownIt().enable("table").render(body))


def pdf(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    # It says "\ufffe" where a word goes on in the next line.
    return "\n".join(pages).replace("\ufffe", "")


def csv_cells(data: bytes) -> str:
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";")
    return "\n".join(cell for row in rows for cell in row)


def xlsx(data: bytes) -> str:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    rows = book.get_sheet_by_index(0).to_python()
    return "\n".join(str(cell) for row in rows for cell in row)


READERS: dict[str, Callable[[bytes], str]] = {
    "xml": xml,
    "gift": gift,
    "txt": gift,
    "h5p": h5p,
    "zip": qti,
    "apkg": apkg,
    "docx": word,
    "odt": opendocument,
    "html": lambda data: of_html(data.decode()),
    "md": markdown,
    "pdf": pdf,
    "csv": csv_cells,
    "xlsx": xlsx,
}
JOINED = {"right to left", "hebrew"}


def test_every_format_has_a_reader() -> None:
    assert set(READERS) == set(FORMATS)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ending", sorted(READERS))
def test_every_case_arrives_in_every_format(ending: str, case: str) -> None:
    text = CASES[case]
    quiz = quiz_of(text)
    if ending == "pdf" and case in JOINED:
        # Our letters cannot be joined or turned: it says so and names a way out.
        with pytest.raises(UsageError, match="Word, OpenDocument"):
            export_quiz(quiz, ending, quiz_wording())
        return
    read = plain(READERS[ending](export_quiz(quiz, ending, quiz_wording()).data))
    for part in (f"Frage {text}?", f"Richtig {text}", f"Denn {text}."):
        if ending in ("gift", "txt"):
            # There is no escape for the sign of a pair: it becomes an arrow.
            read = read.replace("<->", "↔").replace("->", "→")
            part = part.replace("<->", "↔").replace("->", "→")  # noqa: PLW2901
        assert plain(part) in read, part


@pytest.mark.parametrize("case", CASES)
def test_names_of_255_letters_arrive(case: str) -> None:
    quiz = quiz_of(CASES[case])
    wanted = plain(quiz.items[0].name)
    data = export_quiz(quiz, "xml", quiz_wording()).data
    names = [q.findtext("name/text", "") for q in ElementTree.fromstring(data)]
    assert any(plain(html.unescape(name)) == wanted for name in names)
    assert all(0 < len(name) <= NAME_LENGTH for name in names)
    told = gift(export_quiz(quiz, "gift", quiz_wording()).data)
    assert wanted in plain(told)
    head = json.loads(
        members(export_quiz(quiz, "h5p", quiz_wording()).data)["h5p.json"]
    )
    assert 1 <= len(head["title"]) <= NAME_LENGTH


SHEET_READERS = {**READERS, "txt": lambda data: data.decode("utf-8-sig")}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_case_arrives_in_every_sheet(ending: str, case: str) -> None:
    text = CASES[case]
    lines = [
        SheetLine(kind, (f"{kind} {text}",))
        for kind in ("heading", "text", "bullet", "note")
    ]
    sheet = Sheet("Blatt", (*lines[1:], lines[0], lines[1]))
    if ending == "pdf" and case in JOINED:
        with pytest.raises(UsageError, match="Word, OpenDocument"):
            export_sheet(sheet, ending, str)
        return
    read = plain(SHEET_READERS[ending](export_sheet(sheet, ending, str)))
    for line in lines[1:]:
        assert plain(line.cells[0]) in read
