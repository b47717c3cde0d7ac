"""`allmende models` by openness: filters, recommendation, card and sheet."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from odfdo import Document
from pypdf import PdfReader

from app.__main__ import main
from app.catalogue.cards import read_card, read_cards
from app.catalogue.choosing import chosen, most_open
from app.catalogue.download import can_be_downloaded
from app.catalogue.openness import openness
from app.cli.openness import sheet_of
from app.exporters.model_sheet import sheet_page
from app.paths import cards_dir

GB = 1_000_000_000


def ids(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["models", "list", *arguments, "--json"]) == 0
    return [row["id"] for row in json.loads(capsys.readouterr().out)["models"]]


def test_the_list_is_narrowed(capsys: pytest.CaptureFixture[str]) -> None:
    everything = ids(capsys)
    open_german = ids(capsys, "--openness", "G2", "--language", "de")
    assert {"smollm3-3b", "apertus-8b-instruct-2509"} <= set(open_german)
    assert set(open_german) < set(everything)
    assert ids(capsys, "--openness", "G1") == ["comma-v0.1-2t"]
    assert ids(capsys, "--language", "xx") == []


def test_what_does_not_fit_is_left_out() -> None:
    small = chosen(read_cards(cards_dir()), fitting_bytes=8 * GB)
    assert {"smollm3-3b", "granite-4.0-1b"} <= {card.id for card in small}
    assert "gpt-oss-20b" not in {card.id for card in small}
    # Nobody knows what it needs, so nobody promises that it fits.
    assert "yulan-mini-instruct" not in {card.id for card in small}


@pytest.mark.parametrize(
    ("memory_gb", "language", "id_"),
    [
        (8, "de", "smollm3-3b"),
        (2, "de", None),
        (8, "en", "smollm3-3b"),
        (64, "uk", "x"),
    ],
)
def test_the_most_open_that_runs_well(
    memory_gb: int, language: str, id_: str | None
) -> None:
    cards = read_cards(cards_dir())
    found = most_open(cards, memory_gb * GB, language, can_be_downloaded)
    if id_ == "x":
        assert found is not None
        assert openness(found).grade == "G3"
    else:
        assert (found.id if found else None) == id_


def test_what_cannot_be_obtained_is_not_recommended() -> None:
    cards = read_cards(cards_dir())
    assert most_open(cards, 64 * GB, "de", lambda card: False) is None


def test_the_recommendation_of_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.openness.memory_bytes", lambda: (8 * GB, 4 * GB))
    assert main(["models", "recommend", "--most-open", "--json"]) == 0
    model = json.loads(capsys.readouterr().out)["model"]
    assert (model["id"], model["grade"]) == ("smollm3-3b", "G2")
    assert model["uses"]["commercial"] == "yes"


def test_a_card_shows_grade_lights_definitions_and_evidence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["models", "show", "granite-4.0-micro"]) == 0
    shown = capsys.readouterr().out
    assert "G4, only the weights are free" in shown
    assert "Training data: not published" in shown
    assert "does not meet the Open Source AI Definition" in shown
    assert "class III" in shown
    assert "https://github.com/lfai/model_openness_tool" in shown
    assert "Use in school: allowed" in shown


def test_a_sheet_is_one_page_that_loads_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sheet.html"
    assert main(["models", "sheet", "smollm3-3b", "--out", str(out)]) == 0
    page = out.read_text("utf-8")
    assert "default-src 'none'" in page
    assert not re.search(r"<(script|img|link|iframe)", page)
    assert "G2, open and traceable" in page
    assert "519732558d5fa7420ab058e1b776dcfe73da78013c2fe59c7ca43c325ef89132" in page
    assert "about 1.9 GB" in page
    assert "CC BY 4.0" in page


def test_a_sheet_is_a_pdf_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sheet.pdf"
    assert main(["models", "sheet", "smollm3-3b", "--out", str(out)]) == 0
    pages = PdfReader(out).pages
    text = "".join(" ".join(page.extract_text() for page in pages).split())
    assert "G2,openandtraceable" in text
    assert "519732558d5fa7420ab058e1b776dcfe73da78013c2fe59c7ca43c325ef89132" in text


def test_a_sheet_is_an_open_document_too(tmp_path: Path) -> None:
    out = tmp_path / "sheet.odt"
    assert main(["models", "sheet", "smollm3-3b", "--out", str(out)]) == 0
    document = Document(str(out))
    told = document.get_formatted_text()
    sheet = sheet_of(read_card(cards_dir() / "smollm3-3b.json"), None)
    for word in (sheet.title, sheet.grade, *(s.title for s in sheet.sections)):
        assert word in told
    assert document.meta.title == sheet.title
    # People wrote it: it must not carry the mark of AI.
    assert "ai-generated" not in str(document.meta.serialize())


def test_a_sheet_of_another_kind_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sheet.docx"
    assert main(["models", "sheet", "smollm3-3b", "--out", str(out)]) == 2
    assert "“.docx”" in capsys.readouterr().err
    assert not out.exists()


def test_what_a_card_says_is_escaped() -> None:
    card = read_card(cards_dir() / "smollm3-3b.json")
    object.__setattr__(card, "title", "<script>alert(1)</script>")
    page = sheet_page(sheet_of(card, None), "en")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_every_card_gives_a_sheet() -> None:
    for card in read_cards(cards_dir()):
        page = sheet_page(sheet_of(card, None), "de")
        assert card.id
        assert page.count("<section>") >= 3, card.id
        assert "None" not in page, card.id
