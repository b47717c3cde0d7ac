"""Photos and scans as documents: each picture of a file is a page.

Owner of Pillow, which opens only the formats named here. A picture's size is known
before a pixel is unpacked; what would take too much memory is refused.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, ImageSequence

from app.readers import ocr
from app.readers.failures import failure, page_gone, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.ocr import Raster
from app.readers.opening import open_file
from app.readers.pdf_document import (
    Sheet,
    assembled,
    by_line,
    marked_boxes,
    placed_on,
)
from app.readers.pdf_page import PageText
from app.readers.scans import recognise_all
from app.values.documents import ExtractedDocument, PagePicture

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")
MAX_PAGES = 1_000
MAX_PIXELS = 120_000_000
_WORKING_PIXELS = 16_000_000
_LEAST_SIDE_PX = 24
_READABLE_DPI = range(70, 1201)
_PAGE_WIDTH_INCHES = 8.27
_SHARP_DPI = 280
_MAX_ENLARGED = 3.0


class ImageReader:
    """Reads pictures by recognising their text."""

    name = "image"
    suffixes = SUFFIXES_OF["image"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; raises DocumentError where no writing is recognised."""
        with _opened(path) as picture:
            count = _frame_count(path, picture)
            if not ocr.is_available():
                raise failure("no_ocr", path)
            sheets = [Sheet(PageText())] * count
            rasters = enumerate(_rasters(path, picture))
            for index, page in recognise_all(rasters, count):
                if page.text.text:
                    sheets[index] = Sheet(
                        page.text, boxes=page.boxes, confidence=page.confidence
                    )
        document = assembled(sheets, (), "", "image", tuple(_warnings(sheets)))
        if not document.text:
            raise failure("no_text", path)
        return document


def _warnings(sheets: list[Sheet]) -> Iterator[str]:
    yield "ocr"
    if any(s.confidence is not None and s.confidence < ocr.WEAK for s in sheets):
        yield "ocr_weak"
    if any(sheet.confidence is None for sheet in sheets):
        yield "no_text"


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a picture file; everything that Pillow raises becomes a DocumentError.

    Damaged files make its decoders raise almost anything.
    """
    with (
        warnings.catch_warnings(),
        reading(path, Exception),
        open_file(path) as file,
    ):
        warnings.simplefilter("ignore")
        try:
            picture = Image.open(file, formats=FORMATS)
        except Image.DecompressionBombError as error:
            raise failure("too_big", path) from error
        with picture:
            yield picture


def _frame_count(path: Path, picture: Any) -> int:
    """Return the number of pages; of moving pictures only the first counts."""
    count = picture.n_frames if picture.format == "TIFF" else 1
    if count > MAX_PAGES:
        raise failure("too_big", path)
    return int(count)


def _frames(path: Path, picture: Any) -> Iterator[Any]:
    for frame in ImageSequence.Iterator(picture):
        yield _checked(path, frame)
        if picture.format != "TIFF":
            return


def _checked(path: Path, frame: Any) -> Any:
    if frame.width * frame.height > MAX_PIXELS:
        raise failure("too_big", path)
    return frame


def _upright(frame: Any, mode: str) -> Any:
    """Return a picture as it is to be looked at, on white where it is transparent."""
    turned = ImageOps.exif_transpose(frame)
    if turned.has_transparency_data:
        layers = turned.convert("RGBA")
        ground = Image.new("RGBA", layers.size, "white")
        ground.alpha_composite(layers)
        return ground.convert(mode)
    if turned.mode.startswith("I") and turned.mode != "1":
        # 16 bits a pixel: Pillow would clip them instead of scaling them down.
        turned = turned.convert("I").point(lambda value: value / 256)
    return turned.convert(mode)


def _rasters(path: Path, picture: Any) -> Iterator[Raster]:
    for frame in _frames(path, picture):
        yield _raster(frame)


def _raster(frame: Any) -> Raster:
    """Return a picture in grey at about the size that Tesseract reads best."""
    grey = _upright(frame, "L")
    dpi = _dpi(frame, grey.width)
    factor = min(_MAX_ENLARGED, max(1.0, _SHARP_DPI / dpi))
    factor = min(factor, math.sqrt(_WORKING_PIXELS / (grey.width * grey.height)))
    if abs(factor - 1) > 0.02:
        size = (max(1, round(grey.width * factor)), max(1, round(grey.height * factor)))
        grey = grey.resize(size, Image.Resampling.LANCZOS)
    if min(grey.size) < _LEAST_SIDE_PX:
        grey = ImageOps.expand(grey, _LEAST_SIDE_PX, 255)
    return Raster(
        grey.tobytes(),
        grey.width,
        grey.height,
        grey.width,
        max(70, round(dpi * factor)),
    )


def _dpi(frame: Any, width_px: int) -> int:
    """Return the resolution: what the file says, or that of a page of this width.

    Screens say 72 or 96, and what is shown on them has to be enlarged.
    """
    said = frame.info.get("dpi", (0, 0))
    try:
        dpi = round(float(said[0]))
    except (TypeError, ValueError, IndexError, ZeroDivisionError, OverflowError):
        dpi = 0
    return (
        dpi if dpi in _READABLE_DPI else max(70, round(width_px / _PAGE_WIDTH_INCHES))
    )


def page_picture(
    path: Path,
    document: ExtractedDocument,
    number: int,
    width_px: int,
    start: int,
    end: int,
) -> PagePicture:
    """Draw page `number` (from 1) and mark `document.text[start:end]` on it."""
    with _opened(path) as picture:
        count = _frame_count(path, picture)
        if not 1 <= number <= count:
            raise page_gone(path, number)
        picture.seek(number - 1)
        drawn = _upright(_checked(path, picture), "RGB")
        width = max(
            1,
            min(
                width_px, round(math.sqrt(_WORKING_PIXELS * drawn.width / drawn.height))
            ),
        )
        height = max(1, round(drawn.height * width / drawn.width))
        drawn = drawn.resize((width, height), Image.Resampling.BILINEAR)
        data = io.BytesIO()
        drawn.save(data, "PNG", compress_level=4)
    page = next((page for page in document.pages if page.number == number), None)
    marks = by_line(marked_boxes(placed_on(document, page), start, end)) if page else ()
    return PagePicture(number, count, data.getvalue(), width, height, tuple(marks))
