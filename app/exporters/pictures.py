"""A picture file → a picture that every format can hold, or a sentence why not.

Owner of Pillow beside `readers.images`; only the formats named here are ever decoded,
and never before the size is known. What a camera or a program wrote into the file beside
the picture (place, time, names, a preview) goes: a quiz is handed to pupils. A PNG or
JPEG without such notes keeps its bytes; everything else is written anew.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from app.errors import DocumentError
from app.files import storage_errors
from app.i18n import N_
from app.values.pictures import JPEG, PNG, Picture

ENDINGS = ("png", "jpg", "jpeg", "webp", "gif")
MOST_BYTES = 20_000_000
MOST_PIXELS = 60_000_000
# Longer sides are scaled down to this: sharp on A4 and on a projector.
MOST_SIDE = 1_600
_KEPT_BYTES = 1_500_000
_QUALITY = 88
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_KEPT_MODES = {"1", "L", "LA", "P", "RGB", "RGBA"}
# Chunks that say how a picture looks; all others are notes, or what we do not know.
_LOOKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB",
          b"iCCP", b"pHYs", b"bKGD", b"sBIT"}  # fmt: skip
# EXIF and XMP, IPTC, and comments.
_NOTES = {0xE1, 0xED, 0xFE}
_START_OF_SCAN = 0xDA

NO_PICTURE = N_("The file is not a picture that Allmende can read.")
SVG = N_("A picture of this kind (SVG) is not taken over: it can hold programs.")
TOO_LARGE = N_("The picture is too large.")
MOVING = N_("The picture moves, and paper cannot show that.")
DAMAGED = N_("The picture is damaged.")
_AS_PNG = N_("Save it as PNG or JPEG and add that.")
SMALLER = N_("Make it smaller in a picture program and add that.")
_STILL = N_("Save one frame of it as PNG and add that.")


def picture_of_file(path: Path) -> Picture:
    """Return the picture of a file, without an alternative text.

    Raises DocumentError for what is no picture that can be taken, StorageError where
    the file cannot be opened.
    """
    with storage_errors():
        if path.stat().st_size > MOST_BYTES:
            raise DocumentError("too_big", TOO_LARGE, SMALLER)
        data = path.read_bytes()
    return picture_of(data)


def picture_of(data: bytes, alt: str = "") -> Picture:
    """Return the picture that bytes are. Raises DocumentError."""
    if len(data) > MOST_BYTES:
        raise DocumentError("too_big", TOO_LARGE, SMALLER)
    with _opened(data) as image:
        kept = image.format in ("PNG", "JPEG") and image.mode in _KEPT_MODES
        kept = kept and max(image.size) <= MOST_SIDE and len(data) <= _KEPT_BYTES
        if kept and not _has_notes(data, image.format):
            image.load()
            mime = PNG if image.format == "PNG" else JPEG
            return Picture(data, mime, image.width, image.height, alt)
        return _anew(image, alt)


def pixels_of(data: bytes) -> int:
    """Return how many pixels a picture has, 0 where its head cannot be read."""
    try:
        with _opened(data) as image:
            return int(image.width * image.height)
    except DocumentError:
        return 0


@dataclass(frozen=True, slots=True)
class Raster:
    """Samples row by row, one byte each: one a pixel in grey, three in colour.

    `alpha` is one byte a pixel, None where nothing is transparent.
    """

    width: int
    height: int
    grey: bool
    samples: bytes
    alpha: bytes | None


def raster_of(picture: Picture) -> Raster:
    """Return the pixels of a picture. Raises DocumentError."""
    with _opened(picture.data) as image:
        alpha, layers = None, image
        if image.has_transparency_data:
            layers = image.convert("RGBA")
            alpha = layers.getchannel("A").tobytes()
        grey = layers.mode in ("1", "L")
        plain = layers.convert("L" if grey else "RGB")
        return Raster(plain.width, plain.height, grey, plain.tobytes(), alpha)


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    """Open a picture; everything that Pillow raises becomes a DocumentError."""
    if _is_svg(data):
        raise DocumentError("unknown_format", SVG, _AS_PNG)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
        except Image.DecompressionBombError:
            raise DocumentError("too_big", TOO_LARGE, SMALLER) from None
        except Exception:  # noqa: BLE001 - its decoders raise almost anything
            raise DocumentError("unknown_format", NO_PICTURE, _AS_PNG) from None
        with image:
            if image.width * image.height > MOST_PIXELS:
                raise DocumentError("too_big", TOO_LARGE, SMALLER)
            try:
                if getattr(image, "is_animated", False):
                    raise DocumentError("unknown_format", MOVING, _STILL)
                yield image
            except DocumentError:
                raise
            except Exception:  # noqa: BLE001 - see above
                raise DocumentError("unreadable", DAMAGED, _AS_PNG) from None


def _is_svg(data: bytes) -> bool:
    head = data[:4_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith(b"<") and b"<svg" in head


def _has_notes(data: bytes, format_: str) -> bool:
    """Tell whether more stands in a file than how its picture looks."""
    try:
        return _png_notes(data) if format_ == "PNG" else _jpeg_notes(data)
    except (struct.error, IndexError):
        return True


def _png_notes(data: bytes) -> bool:
    place = 8
    while place < len(data):
        size, name = struct.unpack_from(">I4s", data, place)
        if name not in _LOOKS:
            return True
        place += 12 + int(size)
        if name == b"IEND":
            return place != len(data)
    return True


def _jpeg_notes(data: bytes) -> bool:
    if not data.endswith(b"\xff\xd9"):
        return True
    place = 2
    while data[place] == 0xFF:
        kind = data[place + 1]
        if kind == _START_OF_SCAN:
            return False
        if kind in _NOTES:
            return True
        place += 2 + int(struct.unpack_from(">H", data, place + 2)[0])
    return True


def _anew(image: Any, alt: str) -> Picture:
    """Write a picture anew: upright, small enough, with nothing but its look."""
    photo = image.format == "JPEG"
    # A decoder that may skip pixels needs less memory for a large photo.
    if photo:
        image.draft(None, (MOST_SIDE, MOST_SIDE))
    turned = ImageOps.exif_transpose(image)
    clear = turned.has_transparency_data
    if turned.mode.startswith(("I", "F")):
        # 16 bits a pixel: Pillow would clip them instead of scaling them down.
        turned = turned.convert("I").point(lambda value: value / 256).convert("L")
    mode = "RGBA" if clear else "L" if turned.mode in ("1", "L") else "RGB"
    plain = turned.convert(mode)
    plain.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS)
    profile = image.info.get("icc_profile") if mode == "RGB" else None
    data = b"" if photo else _written(plain, "PNG", profile)
    if photo or (len(data) > _KEPT_BYTES and not clear):
        data = _written(plain, "JPEG", profile)
        return Picture(data, JPEG, plain.width, plain.height, alt)
    return Picture(data, PNG, plain.width, plain.height, alt)


def _written(image: Any, format_: str, profile: bytes | None) -> bytes:
    buffer = io.BytesIO()
    # Pillow would take over what it read from the file.
    image.info.clear()
    more = {"icc_profile": profile} if profile else {}
    image.save(buffer, format_, optimize=True, quality=_QUALITY, **more)
    return buffer.getvalue()
