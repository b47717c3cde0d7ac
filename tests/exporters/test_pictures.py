"""Picture files: what is taken as it is, what is written anew, and what is refused."""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from app.errors import AppError, DocumentError, StorageError
from app.exporters.pictures import (
    DAMAGED,
    MOST_SIDE,
    MOVING,
    NO_PICTURE,
    SVG,
    TOO_LARGE,
    picture_of,
    picture_of_file,
    raster_of,
)
from app.values.pictures import JPEG, PNG, Picture


def saved(image: Image.Image, format_: str, **more: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_, **more)
    return buffer.getvalue()


def drawn(width: int = 40, height: int = 30, mode: str = "RGB") -> Image.Image:
    chance = random.Random(3)
    image = Image.new("RGB", (width, height), "white")
    for _ in range(40):
        place = (chance.randrange(width), chance.randrange(height))
        image.putpixel(place, (chance.randrange(256), 20, 200))
    return image.convert(mode)


def opened(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.data))
    image.load()
    return image


def chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_a_plain_png_keeps_its_bytes(mode: str) -> None:
    data = saved(drawn(mode=mode), "PNG")
    picture = picture_of(data, "alt")
    assert picture == Picture(data, PNG, 40, 30, "alt")


@pytest.mark.parametrize("progressive", [False, True])
def test_a_plain_jpeg_keeps_its_bytes(progressive: bool) -> None:
    data = saved(drawn(), "JPEG", progressive=progressive)
    assert picture_of(data) == Picture(data, JPEG, 40, 30)


def test_where_and_when_a_photo_was_taken_goes_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Kamera von Frau Muster"
    exif[0x0112] = 6  # turned by 90 degrees
    exif.get_ifd(0x8825)[1] = "N"
    data = saved(drawn(), "JPEG", exif=exif, comment=b"Klassenfahrt")
    assert b"Frau Muster" in data
    picture = picture_of(data)
    assert (picture.mime, picture.width, picture.height) == (JPEG, 30, 40)
    assert b"Muster" not in picture.data
    assert b"Klassenfahrt" not in picture.data
    assert b"Exif" not in picture.data
    assert not opened(picture).getexif()


def test_notes_in_a_png_and_what_hides_behind_its_end_go() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "Frau Muster", zip=False)
    data = saved(drawn(), "PNG", pnginfo=notes) + b"PK\x03\x04 an archive"
    picture = picture_of(data)
    assert picture.mime == PNG
    assert b"Muster" not in picture.data
    assert b"archive" not in picture.data
    assert opened(picture).convert("RGB").tobytes() == drawn().tobytes()


def test_a_large_photo_is_made_smaller() -> None:
    picture = picture_of(saved(drawn(4_000, 3_000), "JPEG"))
    assert max(picture.width, picture.height) == MOST_SIDE
    assert abs(picture.width / picture.height - 4 / 3) < 0.01
    assert opened(picture).size == (picture.width, picture.height)


@pytest.mark.parametrize("format_", ["WEBP", "GIF"])
def test_other_formats_become_png(format_: str) -> None:
    picture = picture_of(saved(drawn(), format_, lossless=True))
    assert (picture.mime, picture.width, picture.height) == (PNG, 40, 30)
    assert opened(picture).format == "PNG"


def test_colours_of_print_and_16_bits_become_what_screens_show() -> None:
    cmyk = picture_of(saved(drawn(mode="CMYK"), "JPEG"))
    assert opened(cmyk).mode == "RGB"
    grey = Image.new("I;16", (20, 20), 0x8000)
    shown = opened(picture_of(saved(grey, "PNG")))
    assert shown.mode == "L"
    assert 126 <= shown.getpixel((3, 3)) <= 129  # type: ignore[operator]


def test_see_through_stays_see_through() -> None:
    clear = Image.new("RGBA", (2_000, 10), (255, 0, 0, 90))
    picture = picture_of(saved(clear, "PNG"))
    raster = raster_of(picture)
    assert picture.mime == PNG
    assert raster.alpha is not None
    assert set(raster.alpha) == {90}
    assert raster_of(picture_of(saved(drawn(), "PNG"))).alpha is None


# -- what is not taken ---------------------------------------------------------------


def head_of(width: int, height: int) -> bytes:
    """Return a PNG that says to be so large and holds next to nothing."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", size), chunk(b"IDAT", zlib.compress(bytes(99))))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


_SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def moving(format_: str) -> bytes:
    frames = [Image.new("RGB", (9, 9), name) for name in ("red", "blue")]
    return saved(frames[0], format_, save_all=True, append_images=frames[1:])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", NO_PICTURE),
        (b"hello", NO_PICTURE),
        (b"%PDF-1.7", NO_PICTURE),
        (b"BM" + bytes(60), NO_PICTURE),
        (_SVG, SVG),
        (b"\xef\xbb\xbf  <SVG onload='x()'/>", SVG),
        (head_of(60_000, 60_000), TOO_LARGE),
        (head_of(9_000, 9_000), TOO_LARGE),
        (saved(drawn(), "PNG") + bytes(20_000_001), TOO_LARGE),
        (moving("GIF"), MOVING),
        (moving("PNG"), MOVING),
        (moving("WEBP"), MOVING),
        (saved(drawn(), "PNG")[:-60], DAMAGED),
        (saved(drawn(), "JPEG")[:700], DAMAGED),
        (head_of(50, 50), DAMAGED),
    ],
    ids=range(15),
)
def test_what_cannot_be_taken_is_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(DocumentError) as caught:
        picture_of(data)
    assert caught.value.sentence == sentence
    assert caught.value.remedy


def test_scrambled_pictures_are_a_picture_or_a_sentence() -> None:
    chance = random.Random(11)
    wholes = [saved(drawn(), f) for f in ("PNG", "JPEG", "GIF", "WEBP")]
    for number in range(400):
        data = bytearray(wholes[number % 4])
        for _ in range(chance.randrange(1, 9)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            picture = picture_of(bytes(data[: chance.randrange(8, len(data) + 1)]))
        except AppError:
            continue
        assert picture.mime in (PNG, JPEG)
        assert raster_of(picture).samples


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(saved(drawn(), "PNG"))
    assert picture_of_file(path).width == 40
    with pytest.raises(StorageError):
        picture_of_file(tmp_path / "nothing.png")
    with path.open("wb") as file:
        file.truncate(30_000_000)
    with pytest.raises(DocumentError, match="too large"):
        picture_of_file(path)
