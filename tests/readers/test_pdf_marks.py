"""Marks on page pictures: a box around exactly the words that were quoted."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from app.errors import DocumentError
from app.readers import page_picture, read_document
from app.values.documents import Box, ExtractedDocument, PagePicture
from tests.readers.make import HEIGHT, WIDTH, PdfPage, Text, paragraph, write_pdf

LINES = [
    "Das erste Wort heisst Anfang und steht in der obersten Zeile dieser Seite.",
    "Die zweite Zeile nennt das Stichwort Gemeinschaft mitten im Satz und endet.",
    "Die dritte Zeile schliesst den Absatz mit dem Wort Abschluss ab.",
]


def picture_of(
    path: Path, document: ExtractedDocument, words: str, number: int = 1
) -> PagePicture:
    start = document.text.index(words)
    return page_picture(path, document, number, 900, start, start + len(words))


def pixels(picture: PagePicture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.png)).convert("L")
    assert image.size == (picture.width_px, picture.height_px)
    return image


def dark_share(image: Image.Image, box: Box) -> float:
    width, height = image.size
    part = image.crop(
        (
            round(box.left * width),
            round(box.top * height),
            round(box.right * width),
            round(box.bottom * height),
        )
    )
    dark = sum(part.histogram()[:128])
    return dark / max(1, part.width * part.height)


def only_marked(image: Image.Image, boxes: tuple[Box, ...]) -> int:
    """Return how many dark pixels lie outside all boxes."""
    width, height = image.size
    blank = image.copy()
    for box in boxes:
        blank.paste(
            255,
            (
                int(box.left * width) - 1,
                int(box.top * height) - 1,
                int(box.right * width) + 2,
                int(box.bottom * height) + 2,
            ),
        )
    return sum(blank.histogram()[:128])


def test_a_word_is_marked_where_it_stands(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [PdfPage(paragraph(LINES))])
    document = read_document(path)
    picture = picture_of(path, document, "Gemeinschaft")
    (box,) = picture.marks
    assert (picture.number, picture.page_count) == (1, 1)
    assert dark_share(pixels(picture), box) > 0.1
    baseline = 1 - (700 - 14) / HEIGHT
    assert box.top < baseline < box.bottom
    assert box.bottom - box.top < 20 / HEIGHT
    assert 60 / WIDTH < box.left < box.right < 400 / WIDTH


@pytest.mark.parametrize(
    "extra",
    [
        "",
        "/Rotate 90",
        "/Rotate 180",
        "/Rotate 270",
        "/CropBox [40 500 560 760]",
        "/CropBox [40 500 560 760] /Rotate 90",
        "/MediaBox [-100 -50 495 792]",
    ],
)
def test_all_text_marked_leaves_no_ink_outside(tmp_path: Path, extra: str) -> None:
    path = write_pdf(tmp_path / "a.pdf", [PdfPage(paragraph(LINES), extra=extra)])
    document = read_document(path)
    picture = page_picture(path, document, 1, 900, 0, len(document.text))
    image = pixels(picture)
    assert sum(image.histogram()[:128]) > 500
    assert only_marked(image, picture.marks) == 0
    if "Rotate 90" not in extra and "Rotate 270" not in extra:
        assert len(picture.marks) == len(LINES)
    for box in picture.marks:
        assert 0 <= box.left < box.right <= 1
        assert 0 <= box.top < box.bottom <= 1


def test_marks_on_a_page_that_is_stored_sideways(tmp_path: Path) -> None:
    turned = "".join(
        f"BT /F1 11 Tf 0 1 -1 0 {100 + 14 * i} 60 Tm ({line}) Tj ET\n"
        for i, line in enumerate(LINES)
    )
    page = PdfPage(drawing=turned, extra="/Rotate 90")
    path = write_pdf(tmp_path / "a.pdf", [page])
    document = read_document(path)
    picture = page_picture(path, document, 1, 900, 0, len(document.text))
    assert picture.width_px > picture.height_px
    assert len(picture.marks) == len(LINES)
    assert only_marked(pixels(picture), picture.marks) == 0


def test_a_passage_over_two_pages_is_marked_on_both(tmp_path: Path) -> None:
    pages = [PdfPage(paragraph([line])) for line in LINES[:2]]
    path = write_pdf(tmp_path / "a.pdf", pages)
    document = read_document(path)
    start = document.text.index("obersten")
    end = document.text.index("nennt")
    for number in (1, 2):
        picture = page_picture(path, document, number, 600, start, end)
        assert len(picture.marks) == 1
        assert dark_share(pixels(picture), picture.marks[0]) > 0.05


def test_marks_are_right_below_a_running_head(tmp_path: Path) -> None:
    pages = [
        PdfPage([
            Text("Lindenschule am Berg", y=800),
            *paragraph([f"Absatz {name} mit dem Stichwort Mensa darin."]),
            Text(str(i + 1), y=40),
        ])
        for i, name in enumerate(("Anton", "Berta", "Clara"))
    ]  # fmt: skip
    path = write_pdf(tmp_path / "a.pdf", pages)
    document = read_document(path)
    assert "Lindenschule" not in document.text
    page = document.pages[1]
    picture = page_picture(path, document, 2, 900, page.start, page.end)
    (box,) = picture.marks
    assert box.top < 1 - 700 / HEIGHT < box.bottom


def test_a_word_divided_at_a_line_end_is_marked_on_both_lines(tmp_path: Path) -> None:
    lines = ["Wichtig ist vor allem der Unter-", "richt am Vormittag."]
    path = write_pdf(tmp_path / "a.pdf", [PdfPage(paragraph(lines))])
    picture = picture_of(path, read_document(path), "Unterricht")
    assert len(picture.marks) == 2


def test_a_changed_file_is_drawn_without_marks(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [PdfPage(paragraph(LINES))])
    document = read_document(path)
    write_pdf(path, [PdfPage(paragraph(["Etwas ganz anderes steht jetzt hier."]))])
    picture = page_picture(path, document, 1, 300, 0, 40)
    assert picture.marks == ()
    assert picture.width_px in (300, 301)


def test_a_page_that_is_gone(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [PdfPage(paragraph(LINES))])
    document = read_document(path)
    with pytest.raises(DocumentError) as caught:
        page_picture(path, document, 2, 300, 0, 1)
    assert caught.value.reason == "vanished"
    assert "page 2" in str(caught.value)


def test_pictures_never_get_huge(tmp_path: Path) -> None:
    page = PdfPage(paragraph(LINES), extra="/MediaBox [0 0 200 14000]")
    path = write_pdf(tmp_path / "a.pdf", [page])
    picture = page_picture(path, read_document(path), 1, 4000, 0, 1)
    assert picture.width_px * picture.height_px < 17_000_000
