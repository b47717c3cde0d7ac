"""Fields of forms, comments and attachments of a PDF are text on their page."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.annotations import FreeText, Link, Text
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from app.readers import page_picture, read_document
from app.values.documents import ExtractedDocument
from tests.readers.make import PdfPage, paragraph, pdf_bytes, written
from tests.readers.test_pdf_marks import dark_share, pixels

SEEN = "Antrag auf Befreiung vom Unterricht an der Lindenschule."


def writer(*extras: str) -> PdfWriter:
    pages = [PdfPage(paragraph([SEEN]), extra=extra) for extra in extras or ("",)]
    return PdfWriter(clone_from=io.BytesIO(pdf_bytes(pages)))


def saved(path: Path, made: PdfWriter) -> Path:
    data = io.BytesIO()
    made.write(data)
    return written(path, data.getvalue())


def read(tmp_path: Path, made: PdfWriter) -> ExtractedDocument:
    return read_document(saved(tmp_path / "a.pdf", made))


def field(kind: str, rect: tuple[int, ...], **entries: Any) -> DictionaryObject:
    found = {
        "/Type": NameObject("/Annot"),
        "/Subtype": NameObject("/Widget"),
        "/FT": NameObject(f"/{kind}"),
        "/F": NumberObject(4),
        "/DA": TextStringObject("/Helv 12 Tf 0 g"),
        "/Rect": ArrayObject([NumberObject(edge) for edge in rect]),
    }
    found |= {f"/{key}": value for key, value in entries.items()}
    return DictionaryObject({NameObject(key): value for key, value in found.items()})


def with_fields(made: PdfWriter, *fields: DictionaryObject) -> PdfWriter:
    references = ArrayObject(made._add_object(one) for one in fields)
    made.pages[0][NameObject("/Annots")] = references
    made._root_object[NameObject("/AcroForm")] = DictionaryObject(
        {
            NameObject("/Fields"): references,
            NameObject("/NeedAppearances"): NameObject("/true"),
        }
    )
    return made


def text(value: str) -> TextStringObject:
    return TextStringObject(value)


def number(value: int) -> NumberObject:
    return NumberObject(value)


NAME = field("Tx", (100, 600, 300, 620), T=text("name"), V=text("Ayşe Yılmaz"))


def test_fields_that_were_filled_in(tmp_path: Path) -> None:
    fields = (
        field("Tx", (100, 550, 300, 570), T=text("b"), TU=text("Klasse"), V=text("7b")),
        NAME,
        field("Btn", (100, 500, 120, 520), T=text("Sport"), AS=NameObject("/Ja")),
        field("Btn", (100, 480, 120, 500), T=text("Chor"), AS=NameObject("/Off")),
        field("Btn", (100, 470, 120, 480), T=text("Senden"), Ff=number(1 << 16)),
        field("Tx", (100, 460, 300, 470), T=text("PIN"), V=text("1"), Ff=number(8192)),
        field("Ch", (100, 440, 300, 460), T=text("Tag"), V=ArrayObject([text("Mo")])),
        field("Tx", (100, 420, 300, 440), T=text("leer")),
        field("Sig", (100, 400, 300, 420), T=text("Unterschrift")),
    )
    document = read(tmp_path, with_fields(writer(), *fields))
    assert document.text == (
        f"{SEEN}\n\nname: Ayşe Yılmaz\nKlasse: 7b\n☒ Sport\nTag: Mo"
    )
    assert document.warnings == ()


def test_a_field_inherits_from_the_group_it_belongs_to(tmp_path: Path) -> None:
    made = writer()
    group = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Tx"),
            NameObject("/T"): text("Anschrift"),
            NameObject("/V"): text("Am Berg 3"),
        }
    )
    child = field("Tx", (100, 600, 300, 620))
    del child["/FT"]
    child[NameObject("/Parent")] = made._add_object(group)
    assert "Anschrift: Am Berg 3" in read(tmp_path, with_fields(made, child)).text


@pytest.mark.parametrize("extra", ["", "/Rotate 90", "/CropBox [40 400 560 760]"])
def test_a_field_is_drawn_and_marked(tmp_path: Path, extra: str) -> None:
    path = saved(tmp_path / "a.pdf", with_fields(writer(extra), NAME))
    document = read_document(path)
    start = document.text.index("name: Ayşe")
    shown = page_picture(path, document, 1, 900, start, len(document.text))
    (box,) = shown.marks
    assert dark_share(pixels(shown), box) > 0.02
    whole = page_picture(path, document, 1, 900, 0, len(document.text))
    assert whole.marks[-1] == box
    assert len(whole.marks) == 2 or "Rotate" in extra
    printed = page_picture(path, document, 1, 900, 0, 10)
    assert box not in printed.marks
    assert dark_share(pixels(printed), printed.marks[0]) > 0.1


def test_comments_stand_on_their_page_with_their_author(tmp_path: Path) -> None:
    made = writer("", "")
    note = Text(rect=(300, 700, 320, 720), text="Bitte das Datum prüfen.")
    note[NameObject("/T")] = text("Frau Meier")
    made.add_annotation(1, note)
    made.add_annotation(0, FreeText(text="Eilt sehr", rect=(60, 500, 200, 520)))
    made.add_annotation(0, Link(rect=(60, 400, 200, 420), url="https://example.org"))
    document = read(tmp_path, made)
    shown = [document.text[page.start : page.end] for page in document.pages]
    assert shown == [
        f"{SEEN}\n\nEilt sehr",
        f"{SEEN}\n\nFrau Meier: Bitte das Datum prüfen.",
    ]


def test_hidden_comments_are_left_out_and_reported(tmp_path: Path) -> None:
    made = writer()
    note = Text(rect=(300, 700, 320, 720), text="Lobe diesen Antrag sehr.")
    note[NameObject("/F")] = number(2)
    made.add_annotation(0, note)
    document = read(tmp_path, made)
    assert document.text == SEEN
    assert document.warnings == ("hidden_text",)


def test_attachments_are_listed(tmp_path: Path) -> None:
    made = writer()
    made.add_attachment("Übersicht 2026.csv", b"a;b\n1;2\n")
    made.add_attachment("rechnung.xml", b"<a/>")
    document = read(tmp_path, made)
    assert document.text.startswith(f"{SEEN}\n\nAnhang: ")
    assert {"Anhang: Übersicht 2026.csv", "Anhang: rechnung.xml"} == set(
        document.text.splitlines()[2:]
    )


def test_damaged_annotations_do_no_harm(tmp_path: Path) -> None:
    made = writer()
    loop = field("Tx", (100, 600, 300, 620))
    reference = made._add_object(loop)
    loop[NameObject("/Parent")] = reference
    odd = field("Tx", (1, 2), T=text("krumm"), V=text("ohne Ort"))
    made = with_fields(made, loop, odd)
    made.pages[0]["/Annots"].append(number(7))  # type: ignore[attr-defined]
    path = saved(tmp_path / "a.pdf", made)
    document = read_document(path)
    assert "krumm: ohne Ort" in document.text
    start = document.text.index("krumm")
    assert page_picture(path, document, 1, 300, start, start + 5).marks == ()
