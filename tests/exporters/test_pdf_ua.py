"""PDF/UA-1 as another program checks it: page-validation, with veraPDF's 104 rules.

Not part of the installation (50 MB): `pip install page-validation` makes these tests
run. `test_pdf.py` looks at the most important of it without.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.exporters.handout import handout_pdf
from app.exporters.pdf.document import pdf
from app.exporters.process_log import process_log_paper
from app.exporters.quiz.wording import quiz_wording
from app.exporters.sheets import export_sheet
from app.i18n import translate
from app.values.classroom import Lesson, LogEntry, ProcessLog
from app.values.handouts import Handout, Section
from app.values.sheets import Sheet, SheetLine
from tests.exporters.quiz.samples import ITEMS, PICTURED, QUIZ

page: Any = pytest.importorskip("page", reason="page-validation is not installed")
if not hasattr(page, "validate_pdf_bytes"):
    pytest.skip("another library called page is installed", allow_module_level=True)


def a_quiz() -> bytes:
    # Letters that must be joined are no matter of a PDF of ours.
    latin = tuple(item for item in (*ITEMS, *PICTURED.items) if "ש" not in str(item))
    return pdf(replace(QUIZ, items=latin), quiz_wording()).data


def a_sheet() -> bytes:
    rows = tuple(SheetLine("row", (f"Wort {n}", "Satz " * n)) for n in range(1, 60))
    lines = (
        SheetLine("heading", ("Wörter",)),
        SheetLine("text", ("Ein langer Text. " * 200,)),
        SheetLine("bullet", ("eins",)),
        SheetLine("bullet", ("zwei",)),
        SheetLine("row", ("Wort", "Satz")),
        *rows,
        SheetLine("note", ("Hinweis",)),
    )
    return export_sheet(Sheet("Blatt", lines, "de", "m", ("a.md",)), "pdf", str)


def a_log() -> bytes:
    lesson = Lesson("1", "Bio 7b", "Zellen", kind="exam", minutes=45)
    place = {"file": "zelle.pdf", "page": 3, "quote": "Die Zelle ist ein Baustein."}
    facts: list[tuple[str, dict[str, Any]]] = [
        ("begun", {}),
        ("asked", {"question": "Was ist eine Zelle?"}),
        ("answered", {"answer": "Ein Baustein.\nMehr.", "places": [place]}),
        ("made", {"task": "quiz", "own_text": "Meins", "lines": ["a", "b"]}),
        ("clock", {"seconds": -3600}),
    ]
    entries = tuple(
        LogEntry(n, 1.8e9, what, data, "", "") for n, (what, data) in enumerate(facts)
    )
    return process_log_paper(
        ProcessLog(lesson, entries, "Mia"), "0" * 64, translate, "de"
    )


def a_handout() -> bytes:
    sections = (
        Section("Ziel", "**Fett** und *kursiv*.\n\n- eins\n- zwei\n\n> Zitat", lines=3),
        Section("Prüfe dich", choices=("a", "b")),
    )
    return handout_pdf(Handout("Lektion", "Klasse 7", sections, ("CC BY 4.0",)))


def failures(data: bytes) -> list[str]:
    profile = page.ValidationProfile.PDF_UA_1
    report = page.validate_pdf_bytes(data, profile=profile)
    assert report.rules.total > 100
    return [str(failure) for failure in report.failures]


@pytest.mark.parametrize("make", [a_quiz, a_sheet, a_log, a_handout])
def test_every_paper_is_accessible(make: Callable[[], bytes]) -> None:
    assert failures(make()) == []


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (b"/Lang", b"/Lxng"),
        (b"/StructTreeRoot", b"/StrxctTreeRoot"),
        (b"/ToUnicode", b"/TxUnicode"),
        (b"/DisplayDocTitle", b"/DisplayDxcTitle"),
    ],
)
def test_the_check_can_fail(part: bytes, other: bytes) -> None:
    data = a_sheet()
    assert part in data
    assert failures(data.replace(part, other))
