"""PDF: read back by PDFium and pypdf, which know nothing of how it was written."""

from __future__ import annotations

import ctypes
import io
import itertools
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pypdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from app.errors import UsageError
from app.exporters.marks import SOURCE_TYPE
from app.exporters.pdf.document import pdf, written
from app.exporters.pdf.truetype import TrueType, font_of
from app.exporters.quiz.paper import Block, Heading, Options, Paragraph, Table
from app.exporters.quiz.wording import quiz_wording
from app.exporters.sheets import export_sheet
from app.paths import assets_dir
from app.values.quiz import Gap, Item, ItemSource, Option, Pair, Quiz
from app.values.sheets import Sheet, SheetLine

FONT = assets_dir() / "fonts" / "DejaVuSans.ttf"
BOLD = FONT.with_name("DejaVuSans-Bold.ttf")
SOURCE = ItemSource("/d/regeln.pdf", 0, 4, "Text", 3)
QUIZ = Quiz(
    "Größe & Maß: „Übung“ <b>",
    (
        Item(
            "single",
            "Wie groß ist π → {ungefähr}?",
            options=(Option("3,14", 100.0), Option("4")),
            source=SOURCE,
            feedback="Im Text steht: 3,14.",
        ),
        Item("truefalse", "Die Іжа ist gut. Świętość, ığüş.", truth=False),
        Item("cloze", "Ein Tag hat 24 Stunden.", gaps=(Gap(12, 14),)),
        Item(
            "matching", "Was gehört zusammen?", pairs=(Pair("a", "1"), Pair("b", "2"))
        ),
        Item("essay", "Warum?", feedback="Nennt Gründe."),
    ),
    licence="CC-BY-4.0",
    author="Ana Kovač",
    model="demo",
    checked_by="Ana",
    checked_on="2026-11-28",
)


def made(blocks: list[Block] | None = None, quiz: Quiz = QUIZ) -> bytes:
    if blocks is None:
        return pdf(quiz, quiz_wording()).data
    return written(quiz, quiz_wording(), blocks).data


def text_of(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as document:
        pages = (page.get_textpage().get_text_range() for page in document)
        return "\n".join(pages).replace("\r\n", "\n")


def test_another_program_reads_all_of_the_text() -> None:
    text = text_of(made())
    for part in (
        "Größe & Maß: „Übung“ <b>",
        "π → {ungefähr}?",
        "Іжа",
        "Świętość, ığüş",
    ):
        assert part in text
    assert "regeln.pdf" in text
    assert "Checked by Ana on 2026-11-28." in text
    assert "24 Stunden" not in text.split("Solutions")[0]


def test_pypdf_reads_the_same_and_the_title() -> None:
    reader = pypdf.PdfReader(io.BytesIO(made()))
    assert reader.metadata is not None
    assert reader.metadata.title == QUIZ.title
    assert "ungefähr" in reader.pages[0].extract_text()


def test_it_says_that_ai_made_it_in_which_language_and_under_which_licence() -> None:
    data = made()
    xmp = data.decode("utf-8", "ignore")
    assert f"<Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert "CC-BY-4.0" in xmp
    root: Any = pypdf.PdfReader(io.BytesIO(data)).trailer["/Root"]
    assert root["/Lang"] == "de"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


# -- structure -----------------------------------------------------------------------


def elements(data: bytes) -> Iterator[str]:
    """Yield the types of all elements, page by page, as PDFium sees the tree."""
    with pypdfium2.PdfDocument(data) as document:
        for page in document:
            tree = pdfium.FPDF_StructTree_GetForPage(page)
            for number in range(pdfium.FPDF_StructTree_CountChildren(tree)):
                yield from _below(pdfium.FPDF_StructTree_GetChildAtIndex(tree, number))
            pdfium.FPDF_StructTree_Close(tree)


def _below(element: Any) -> Iterator[str]:
    size = pdfium.FPDF_StructElement_GetType(element, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDF_StructElement_GetType(element, buffer, size)
    yield buffer.raw.decode("utf-16-le").rstrip("\0")
    for number in range(pdfium.FPDF_StructElement_CountChildren(element)):
        child = pdfium.FPDF_StructElement_GetChildAtIndex(element, number)
        if child:
            yield from _below(child)


def test_pdfium_sees_headings_lists_and_tables() -> None:
    blocks: list[Block] = [
        Heading(1, "Titel"),
        Paragraph("Absatz"),
        Options(("a", "b")),
        Table((("Kopf", "Zwei"), ("x", "y"))),
    ]
    found = Counter(elements(made(blocks)))
    assert found["H1"] == 1
    assert found["P"] == 1
    assert (found["L"], found["LI"], found["Lbl"], found["LBody"]) == (1, 2, 2, 2)
    assert (found["Table"], found["TR"], found["TH"], found["TD"]) == (1, 2, 2, 2)


def test_every_text_is_tagged_or_an_artifact() -> None:
    reader = pypdf.PdfReader(io.BytesIO(made()))
    root: Any = reader.trailer["/Root"]
    owners = root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    for number, page in enumerate(reader.pages):
        content = page.get_contents()
        assert content is not None
        body = content.get_data().decode("ascii")
        depth = 0
        for word in re.findall(r"\b(?:BDC|BMC|EMC|BT|S)\b", body):
            if word in ("BDC", "BMC"):
                assert depth == 0
                depth = 1
            elif word == "EMC":
                depth = 0
            else:
                assert depth == 1, word
        marks = [int(n) for n in re.findall(r"/MCID (\d+)", body)]
        assert marks == list(range(len(marks)))
        assert owners[2 * number] == number
        assert len(owners[2 * number + 1]) == len(marks)


def test_headings_begin_at_one_and_leave_no_level_out() -> None:
    levels = [int(kind[1]) for kind in elements(made()) if re.fullmatch(r"H\d", kind)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


# -- fonts ---------------------------------------------------------------------------


def test_the_font_is_embedded_and_small() -> None:
    data = made()
    assert len(data) < 120_000
    reader = pypdf.PdfReader(io.BytesIO(data))
    fonts: Any = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    for font, file in zip(fonts.values(), (FONT, BOLD), strict=True):
        inner = font.get_object()["/DescendantFonts"][0].get_object()
        program = inner["/FontDescriptor"]["/FontFile2"].get_object().get_data()
        assert TrueType(program).glyphs == font_of(file).glyphs


def test_a_copy_keeps_what_is_used_with_its_parts() -> None:
    font = font_of(FONT)
    used = {font.glyph(sign) for sign in "Äß"}
    copy = TrueType(font.subset(used))
    for glyph in used:
        assert copy._outline(glyph).rstrip(b"\0") == font._outline(glyph).rstrip(b"\0")
    # Ä is made of A and two dots: these are there too.
    assert copy._outline(font.glyph("A"))
    assert not copy._outline(font.glyph("B"))
    assert font.width(font.glyph("i")) < font.width(font.glyph("W"))


# -- what nobody plans for -----------------------------------------------------------


def test_letters_that_must_be_joined_are_refused_with_a_way_out() -> None:
    quiz = Quiz("سؤال", (Item("essay", "ما هذا؟"),), language="ar")
    with pytest.raises(UsageError, match="this script"):
        made(quiz=quiz)
    with pytest.raises(UsageError, match="this script"):
        made(quiz=Quiz("日本語", (Item("essay", "これは何ですか。"),)))


def test_a_sign_without_a_glyph_is_told() -> None:
    long = "Ein Satz mit vielen Buchstaben. " * 20
    exported = pdf(Quiz("T", (Item("essay", long + "\U0001f9d0"),)), quiz_wording())
    (remark,) = exported.remarks
    assert dict(remark.parameters) == {"count": "1", "signs": "\U0001f9d0"}
    assert "\ufffd" in text_of(exported.data)


def test_long_words_and_long_cells_go_on_over_pages() -> None:
    word = "Donaudampfschifffahrt" * 40
    cell = "Wort " * 3_000
    data = made([Heading(1, word), Table((("A", "B"), (cell, word)))])
    text = text_of(data)
    assert text.count("Wort") == 3_000
    with pypdfium2.PdfDocument(data) as document:
        assert 3 <= len(document) <= 60


@pytest.mark.parametrize("seed", range(25))
def test_any_text_gives_a_file_that_opens(seed: int) -> None:
    chance = random.Random(seed)
    signs = [
        chr(n) for n in (*range(1, 0x24F), *range(0x370, 0x52F), 0x2192, 0xAD, 0x200B)
    ]
    signs += list("\n\t()\\<>&%[]{}/")
    texts = ["".join(chance.choices(signs, k=chance.randrange(200))) for _ in range(6)]
    try:
        data = made(
            quiz=Quiz(texts[0], tuple(Item("essay", t or "x") for t in texts[1:]))
        )
    except UsageError:
        return
    with pypdfium2.PdfDocument(data) as document:
        assert len(document) >= 1
    assert list(elements(data))


def test_the_same_quiz_gives_the_same_bytes() -> None:
    assert made() == made()


def test_a_sheet_is_written_too() -> None:
    sheet = Sheet("Blatt", (SheetLine("row", ("A", "B")), SheetLine("row", ("1", "2"))))
    data = export_sheet(sheet, "pdf", str)
    assert "Blatt" in text_of(data)
