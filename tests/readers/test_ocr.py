"""Text recognition: which pages, in which order, how sure, and where each word stands."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter
from pypdf import PdfReader, PdfWriter

from app.errors import Cancelled, DocumentError
from app.readers import ocr, page_picture, read_document
from app.readers.png import encode_png
from tests.readers.make import (
    BOLD,
    PdfPage,
    Text,
    joined,
    paragraph,
    pdf_bytes,
    pictures,
    scan,
    written,
)
from tests.readers.test_pdf_marks import dark_share, pixels

SMALL = "/MediaBox [0 0 460 150]"
LINES = [
    "Die Schülerinnen und Schüler grüßen höflich, wenn der",
    "Unterricht beginnt, und räumen nach der Übung die Ge-",
    "räte auf. Größere Mängel meldet die Aufsicht sofort.",
]
TEXT = (
    "Die Schülerinnen und Schüler grüßen höflich, wenn der Unterricht beginnt, und "
    "räumen nach der Übung die Geräte auf. Größere Mängel meldet die Aufsicht sofort."
)
PRINTED = PdfPage(paragraph(LINES, y=110, x=30), extra=SMALL)
OTHER = PdfPage(
    paragraph(["Der zweite Zettel nennt die Mensa und den Hof."], y=110, x=30),
    extra=SMALL,
)


def picture(page: PdfPage = PRINTED, dpi: int = 300) -> Image.Image:
    return pictures(pdf_bytes([page]), dpi)[0]


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


def test_a_scan_is_read_with_umlauts_and_joined_hyphens(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pdf", scan([picture()]))
    document = read_document(path)
    assert document.text == TEXT
    assert document.format == "pdf"
    assert document.warnings == ("ocr",)
    (page,) = document.recognised
    assert page.number == 1
    assert 85 <= page.confidence <= 100


def test_only_the_scanned_pages_are_recognised(tmp_path: Path) -> None:
    text = pdf_bytes([PRINTED])
    data = joined(text, scan([picture(OTHER)]), text, scan([picture(OTHER)]), text)
    heard: set[tuple[int, int]] = set()
    document = read_document(
        written(tmp_path / "a.pdf", data), lambda *step: heard.add(step)
    )
    assert [page.number for page in document.recognised] == [2, 4]
    # Five pages are looked at, two recognised.
    assert {done for done, total in heard if total == 2} - {0} == {1, 2}
    second = document.pages[1]
    assert document.text[second.start : second.end] == (
        "Der zweite Zettel nennt die Mensa und den Hof."
    )
    first = document.pages[0]
    assert document.text[first.start : first.end] == TEXT


def test_a_searchable_scan_keeps_the_text_it_has(tmp_path: Path) -> None:
    layer = PdfPage(
        drawing="q 460 0 0 150 0 0 cm BI /W 2 /H 2 /BPC 8 /CS /G "
        "/F /AHx ID 00FF80FF> EI Q\n3 Tr\n",
        texts=paragraph(["Unsichtbar über dem Bild liegt dieser Text."], y=110, x=30),
        extra=SMALL,
    )
    document = read_document(written(tmp_path / "a.pdf", pdf_bytes([layer])))
    assert document.text == "Unsichtbar über dem Bild liegt dieser Text."
    assert document.recognised == ()
    assert document.warnings == ()


def test_a_garbled_layer_of_text_is_recognised_anew(tmp_path: Path) -> None:
    layer = PdfPage([Text("#$%& *+<=> @[]^ `{|}~ !#%=", y=110, x=30)], SMALL)
    over = PdfReader(io.BytesIO(pdf_bytes([layer]))).pages[0]
    writer = PdfWriter(clone_from=io.BytesIO(scan([picture()])))
    writer.pages[0].merge_page(over, over=False)
    data = io.BytesIO()
    writer.write(data)
    document = read_document(written(tmp_path / "a.pdf", data.getvalue()))
    assert document.text == TEXT
    assert [page.number for page in document.recognised] == [1]


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "BMP"])
def test_pictures_are_documents(tmp_path: Path, kind: str) -> None:
    path = saved(tmp_path / f"a.{kind.lower()}", picture(), format=kind)
    document = read_document(path)
    assert document.text == TEXT
    assert document.format == "image"
    assert [(p.number, p.start, p.end) for p in document.pages] == [(1, 0, len(TEXT))]


def test_a_tiff_of_several_pages(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.tif",
        picture(),
        save_all=True,
        append_images=[picture(OTHER)],
        dpi=(300, 300),
    )
    document = read_document(path)
    assert [page.number for page in document.pages] == [1, 2]
    assert document.text.endswith("nennt die Mensa und den Hof.")
    start = document.text.index("Mensa")
    shown = page_picture(path, document, 2, 900, start, start + 5)
    assert (shown.number, shown.page_count) == (2, 2)
    assert len(shown.marks) == 1
    with pytest.raises(DocumentError) as caught:
        page_picture(path, document, 3, 900, 0, 1)
    assert caught.value.reason == "vanished"


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_what_lies_on_its_side_is_turned_and_marked_where_it_is(
    tmp_path: Path, turns: int
) -> None:
    upright = pictures(pdf_bytes([PdfPage(paragraph(LINES * 2, y=130, x=30), SMALL)]))
    image = upright[0].rotate(90 * turns, expand=True)
    path = saved(tmp_path / "a.png", image, dpi=(300, 300))
    document = read_document(path)
    assert "räumen nach der Übung die Geräte auf." in document.text
    start = document.text.index("Aufsicht")
    shown = page_picture(path, document, 1, 1200, start, start + 8)
    (box,) = shown.marks
    tall = (box.bottom - box.top) * shown.height_px
    wide = (box.right - box.left) * shown.width_px
    assert (tall > wide) == (turns != 2)
    assert dark_share(pixels(shown), box) > 0.1


def test_a_photo_that_a_camera_turned(tmp_path: Path) -> None:
    image = picture().rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path / "a.jpg", image, exif=exif, dpi=(300, 300))
    assert read_document(path).text == TEXT
    assert page_picture(path, read_document(path), 1, 400, 0, 1).width_px == 400


@pytest.mark.parametrize("kind", ["pdf", "png"])
def test_recognised_words_are_marked_where_they_stand(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "pdf":
        written(path, scan([picture()]))
    else:
        saved(path, picture(), dpi=(300, 300))
    document = read_document(path)
    for words in ("Übung", "höflich", "Mängel meldet"):
        start = document.text.index(words)
        shown = page_picture(path, document, 1, 1200, start, start + len(words))
        (box,) = shown.marks
        line = next(i for i, text in enumerate(LINES) if words in text)
        baseline = 1 - (110 - 14 * line) / 150
        assert box.top < baseline <= box.bottom + 0.01
        assert box.bottom - box.top < 20 / 150
        assert dark_share(pixels(shown), box) > 0.1
    start = document.text.index("Geräte")
    assert len(page_picture(path, document, 1, 900, start, start + 6).marks) == 2


def test_headings_and_columns_of_a_scan(tmp_path: Path) -> None:
    left = [f"Die linke Spalte sagt in Zeile {name}" for name in "ABCDEFGH"]
    right = [f"und rechts steht der Satz mit {name}" for name in "KLMNPRST"]
    page = PdfPage(
        [
            Text("Hausordnung", x=30, y=200, size=20, font=BOLD),
            *paragraph(left, y=160, x=30),
            *paragraph(right, y=160, x=240),
        ],
        extra="/MediaBox [0 0 460 230]",
    )
    document = read_document(written(tmp_path / "a.pdf", scan([picture(page)])))
    assert [(h.level, h.title) for h in document.headings] == [(1, "Hausordnung")]
    assert document.text.index("Zeile H") < document.text.index("Satz mit K")


def test_pages_that_are_hard_to_read_are_reported(tmp_path: Path) -> None:
    image = picture(dpi=60).filter(ImageFilter.GaussianBlur(1.1))
    document = read_document(saved(tmp_path / "a.png", image, dpi=(100, 100)))
    assert document.recognised[0].confidence < ocr.WEAK
    assert "ocr_weak" in document.warnings


def test_a_photo_in_uneven_light_is_read(tmp_path: Path) -> None:
    image = picture()
    shade = Image.linear_gradient("L").resize(image.size).point(lambda v: 60 + v * 0.7)
    dark = Image.blend(Image.new("L", image.size, 40), image, 0.8)
    mixed = Image.composite(image, dark, shade)
    document = read_document(saved(tmp_path / "a.png", mixed, dpi=(300, 300)))
    assert document.text == TEXT


def test_a_picture_without_writing_says_so(tmp_path: Path) -> None:
    image = Image.new("RGB", (800, 600), "#88aacc")
    ImageDraw.Draw(image).ellipse((200, 100, 600, 500), fill="#335577")
    path = saved(tmp_path / "a.png", image)
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    assert caught.value.reason == "no_text"


def test_without_the_data_the_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr, "_SYSTEM_FOLDERS", ())
    monkeypatch.setenv("ALLMENDE_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    assert not ocr.is_available()
    for path in (
        written(tmp_path / "a.pdf", scan([picture()])),
        saved(tmp_path / "a.png", picture()),
    ):
        with pytest.raises(DocumentError) as caught:
            read_document(path)
        assert caught.value.reason == "no_ocr"
        assert "tesseract-ocr-deu" in caught.value.remedy
    mixed = written(tmp_path / "b.pdf", joined(pdf_bytes([PRINTED]), scan([picture()])))
    document = read_document(mixed)
    assert document.text.strip() == TEXT
    assert document.warnings == ("no_ocr",)


def test_data_in_a_model_store_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = next(f for f in ocr.data_folders() if (f / "deu.traineddata").exists())
    ours = tmp_path / "models" / "tessdata"
    ours.mkdir(parents=True)
    (ours / "deu.traineddata").symlink_to(folder / "deu.traineddata")
    monkeypatch.setattr(ocr, "_SYSTEM_FOLDERS", ())
    monkeypatch.setenv("ALLMENDE_MODELS", str(tmp_path / "models"))
    assert ocr._languages() == "deu"
    assert ocr.is_available()


def test_reading_can_be_stopped_between_pages(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pdf", scan([picture(OTHER)] * 6))
    heard: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        heard.append((done, total))
        # All six pages are looked at before the first is recognised.
        if len(heard) > 6 and done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_document(path, stop)
    assert heard[:6] == [(page, 6) for page in range(6)]
    assert {done for done, _ in heard[6:]} - {0} == {1, 2}
    assert not [t for t in threading.enumerate() if t.name.startswith("ocr")]


def test_a_page_can_be_looked_at_while_a_scan_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pdf", scan([picture(OTHER)] * 3))
    other = written(tmp_path / "b.pdf", pdf_bytes([PRINTED]))
    document = read_document(other)
    shown: list[int] = []

    def look(_done: int, _total: int) -> None:
        thread = threading.Thread(
            target=lambda: shown.append(
                len(page_picture(other, document, 1, 300, 0, 10).marks)
            )
        )
        thread.start()
        thread.join(5)

    read_document(path, look)
    assert len(shown) >= 6
    assert set(shown) == {1}


def test_16_bits_and_transparency(tmp_path: Path) -> None:
    grey = picture()
    deep = grey.convert("I").point(lambda value: value * 257).convert("I;16")
    assert read_document(saved(tmp_path / "a.png", deep, dpi=(300, 300))).text == TEXT
    clear = Image.new("RGBA", grey.size, (0, 0, 0, 0))
    clear.putalpha(grey.point(lambda value: 255 - value))
    assert read_document(saved(tmp_path / "b.png", clear, dpi=(300, 300))).text == TEXT


def test_pictures_that_would_take_too_much_memory(tmp_path: Path) -> None:
    small = encode_png(bytes(3), 1, 1, 3)
    size = struct.pack(">II", 40_000, 40_000)
    header = b"IHDR" + size + small[24:29]
    bomb = small[:12] + header + struct.pack(">I", zlib.crc32(header)) + small[33:]
    with pytest.raises(DocumentError) as caught:
        read_document(written(tmp_path / "a.png", bomb))
    assert caught.value.reason == "too_big"
