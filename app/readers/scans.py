"""Recognised words become the text of a page, by the same rules as printed glyphs.

What Tesseract calls a paragraph is often one line; `page_text` knows better, joins
hyphens, and lets heads, headings and columns of scans be what they are in other files.

Invariant: `boxes[i]` of a `ScannedPage` belongs to the glyph `i` of its `text`, in
fractions of the picture as it was given, whichever way it had to be turned.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

from app.readers import ocr
from app.readers.ocr import Raster, ReadLine, Recognition, Word
from app.readers.pdf_page import Metrics, PageText, page_text
from app.readers.progress import step
from app.values.documents import Box

# Small letters are about half as high as the font is called.
_X_HEIGHT_SHARE = 0.5
_POINTS_PER_INCH = 72
# Heights that differ less than this are the same size, measured with some error.
_SAME_HEIGHT = 0.2
_BULLETS = frozenset("°©¢®")
_DASHES = {"—": "–"}


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """The text of a picture, the box of each glyph, and how sure it is in percent."""

    text: PageText
    boxes: tuple[Box, ...]
    confidence: int


def recognise_all(
    rasters: Iterable[tuple[int, Raster]], total: int
) -> Iterator[tuple[int, ScannedPage]]:
    """Recognise `total` pictures on several cores; yield them in order, with their keys.

    Only a few pictures are in memory at a time. Each page is a step of the reading, and
    so is each of the readings that `ocr.recognise` tries on it: while one hangs, nothing
    is heard.
    """
    done = 0
    workers = ocr.worker_count()
    waiting: deque[tuple[int, Future[Recognition]]] = deque()
    pool = ThreadPoolExecutor(workers, "ocr")
    try:
        for key, raster in rasters:
            waiting.append((key, pool.submit(ocr.recognise, raster)))
            if len(waiting) > workers:
                yield _first_of(waiting)
                done += 1
                step(done, total)
        while waiting:
            yield _first_of(waiting)
            done += 1
            step(done, total)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _first_of(
    waiting: deque[tuple[int, Future[Recognition]]],
) -> tuple[int, ScannedPage]:
    key, future = waiting.popleft()
    return key, scanned_page(future.result())


def scanned_page(recognition: Recognition) -> ScannedPage:
    """Return the text of a recognised picture."""
    glyphs = _ScanGlyphs(recognition)
    text = page_text(glyphs)
    return ScannedPage(text, tuple(glyphs.boxes), recognition.confidence)


class _ScanGlyphs:
    """The letters of recognised words, as `page_text` wants glyphs."""

    def __init__(self, recognition: Recognition) -> None:
        self._scale = _POINTS_PER_INCH / recognition.dpi
        self._places: list[tuple[Word | None, ReadLine]] = []
        self._usual = (
            median(line.x_height for line in recognition.lines for _ in line.words)
            if recognition.lines
            else 1.0
        )
        codes: list[int] = []
        for line in recognition.lines:
            letters = list(_letters(line))
            codes += [code for code, _ in letters]
            self._places += [(word, line) for _, word in letters]
        self.codes: Sequence[int] = codes
        self.boxes = [_box(word, recognition) for word, _ in self._places]

    def is_hyphen(self, index: int) -> bool:
        del index
        return False

    def measure(self, index: int) -> Metrics:
        """Measure a letter by its word and line; weights cannot be told."""
        word, line = self._places[index]
        left, right = (word.left, word.right) if word else (0, 0)
        height = line.x_height
        if abs(height - self._usual) < _SAME_HEIGHT * self._usual:
            height = self._usual
        size = height / _X_HEIGHT_SHARE
        return Metrics(
            left=left * self._scale,
            right=right * self._scale,
            down=line.baseline * self._scale,
            size=size * self._scale,
            bold=False,
        )


def _letters(line: ReadLine) -> Iterator[tuple[int, Word | None]]:
    """Yield code points with their words, spaces between and a line end after them."""
    for number, word in enumerate(line.words):
        if number:
            yield 32, None
        after = line.words[number + 1].text if number + 1 < len(line.words) else ""
        text = _repaired(word.text, number, after)
        for character in text:
            yield ord(character), word
    yield 13, None
    yield 10, None


def _repaired(text: str, number: int, after: str) -> str:
    """Mend what Tesseract takes for something else.

    Bullets at the beginning of a line, the section sign of laws and the German dash.
    """
    is_bullet = text in _BULLETS or (text == "e" and after[:1].isupper())
    if not number and after and is_bullet:
        return "•"
    if text == "$" and after[:1].isdigit():
        return "§"
    return _DASHES.get(text, text)


def _box(word: Word | None, recognition: Recognition) -> Box:
    """Return a word's rectangle in fractions of the picture before it was turned."""
    if word is None:
        return Box(0, 0, 0, 0)
    width, height = recognition.width_px, recognition.height_px
    left, right = word.left / width, word.right / width
    top, bottom = word.top / height, word.bottom / height
    for _ in range(recognition.turns):
        left, top, right, bottom = top, 1 - right, bottom, 1 - left
    return Box(left, top, right, bottom)
