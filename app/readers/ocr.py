"""Text recognition by Tesseract, inside this process and without a network.

Owner of tesserocr, whose wheel brings the library. The data of the languages comes from
the system's packages or lies in a folder `tessdata` of a model store. German and English
are tried together; where a page stays hard to read, it is tried again with the data for
Fraktur and with a threshold that follows uneven light; what lies on its side is turned.

Invariant: a picture always gives the same words; a page that cannot be recognised
gives none, and never an error.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.paths import models_dir, shared_models_dir
from app.readers.progress import step

# Where packages of the systems put the data; the newest Debian folder first.
_SYSTEM_FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
    r"C:\Program Files\Tesseract-OCR\tessdata",
)
_LANGUAGES = ("deu", "eng")
_FRAKTUR = ("Fraktur", "deu_latf", "frk")
WEAK = 75
_LOST = 60
# One reading may take so long, and after so long no other way is tried. Each reading is
# a sign of life: one that hangs is none, and the whole file is given up soon after.
_READING_LIMIT_MS = 45_000
_PATIENCE_S = 30
_LEAST_LETTERS = 12
_LEAST_CONFIDENCE = 20


@dataclass(frozen=True, slots=True)
class Raster:
    """A grey picture: one byte a pixel, rows `stride` bytes apart."""

    grey: bytes
    width_px: int
    height_px: int
    stride: int
    dpi: int


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word and its rectangle in pixels. `confidence` in percent."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    confidence: float


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line of words; `baseline` and `x_height` in pixels."""

    words: tuple[Word, ...]
    baseline: float
    x_height: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was read on a picture.

    `turns` counts the quarter turns to the right that set it upright; the rectangles
    are those of the picture after these turns.
    """

    lines: tuple[ReadLine, ...] = ()
    width_px: int = 1
    height_px: int = 1
    dpi: int = 300
    turns: int = 0

    @property
    def confidence(self) -> int:
        """The mean confidence of all letters in percent."""
        words = [word for line in self.lines for word in line.words]
        letters = sum(len(word.text) for word in words)
        total = sum(len(word.text) * word.confidence for word in words)
        return round(total / letters) if letters else 0

    @property
    def weight(self) -> float:
        """How much was read how surely: what of two readings the better one has more."""
        return sum(
            sum(map(str.isalnum, word.text)) * max(0.0, word.confidence - 40)
            for line in self.lines
            for word in line.words
        )


def is_available() -> bool:
    """Tell whether engine and data for text recognition are there."""
    return importlib.util.find_spec("tesserocr") is not None and bool(_languages())


def recognise(raster: Raster) -> Recognition:
    """Read a picture. Safe in several threads; the work itself holds no lock."""
    started_s = time.monotonic()
    best = _read(raster, _languages(), False)
    is_slow = time.monotonic() - started_s > _PATIENCE_S
    if _letters(best) < _LEAST_LETTERS or is_slow:
        return best
    raster, best = _set_upright(raster, best)
    if best.confidence >= WEAK:
        return best
    for names, follows_light in _other_ways():
        if time.monotonic() - started_s > _PATIENCE_S:
            break
        read = _read(raster, names, follows_light)
        if read.weight > 1.05 * best.weight:
            best = replace(read, turns=best.turns)
        if best.confidence >= WEAK:
            break
    return best


def _letters(recognition: Recognition) -> int:
    return sum(len(word.text) for line in recognition.lines for word in line.words)


def _other_ways() -> Iterator[tuple[str, bool]]:
    yield _languages(), True
    if fraktur := _fraktur():
        yield fraktur, False


def _set_upright(raster: Raster, first: Recognition) -> tuple[Raster, Recognition]:
    """Turn a picture that lies on its side or head, and read it again.

    Tesseract reads lines that run downwards as well, but no paragraphs in them, and
    what stands on its head as nonsense.
    """
    if _is_tall(first):
        turns, needed = (3 if first.confidence >= WEAK else 1), 0.8
    elif first.confidence < _LOST:
        turns, needed = 2, 2.0
    else:
        return raster, first
    turned = raster
    for _ in range(turns):
        turned = quarter_turn(turned)
    read = _read(turned, _languages(), False)
    if read.weight < needed * first.weight:
        return raster, first
    return turned, replace(read, turns=turns)


def _is_tall(recognition: Recognition) -> bool:
    """Tell whether most words are taller than wide: the text runs up or down."""
    words = [w for line in recognition.lines for w in line.words if len(w.text) > 3]
    tall = sum(word.bottom - word.top > word.right - word.left for word in words)
    return len(words) > 1 and tall > 0.6 * len(words)


def quarter_turn(raster: Raster) -> Raster:
    """Return the picture turned to the right by a quarter."""
    width, height = raster.width_px, raster.height_px
    rows = b"".join(
        raster.grey[y * raster.stride : y * raster.stride + width]
        for y in range(height - 1, -1, -1)
    )
    turned = b"".join(rows[x::width] for x in range(width))
    return Raster(turned, height, width, height, raster.dpi)


# -- the engine ----------------------------------------------------------------------


def data_folders() -> tuple[Path, ...]:
    """Return the folders where data of languages may lie, ours first."""
    named = os.environ.get("TESSDATA_PREFIX", "")
    ours = (models_dir() / "tessdata", shared_models_dir() / "tessdata")
    every = (*ours, *((Path(named),) if named else ()), *map(Path, _SYSTEM_FOLDERS))
    return tuple(folder for folder in every if folder.is_dir())


def _folder_of(name: str) -> Path | None:
    return next(
        (f for f in data_folders() if (f / f"{name}.traineddata").is_file()), None
    )


def _languages() -> str:
    """Return the names of the languages that are there, "" without any.

    Tesseract wants all of them in one folder: the one that holds the first.
    """
    for first in _LANGUAGES:
        folder = _folder_of(first)
        if folder is not None:
            there = (n for n in _LANGUAGES if (folder / f"{n}.traineddata").is_file())
            return "+".join(there)
    return ""


def _fraktur() -> str:
    return next((name for name in _FRAKTUR if _folder_of(name)), "")


# Loading an engine takes a second, so those of earlier pages wait here for the next.
_idle: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)


@contextmanager
def _engine(names: str) -> Iterator[Any]:
    """Lend an engine for these languages to one thread."""
    import tesserocr

    folder = str(_folder_of(names.split("+", 1)[0]))
    waiting = _idle[folder, names]
    try:
        engine = waiting.pop()
    except IndexError:
        engine = tesserocr.PyTessBaseAPI(
            path=folder, lang=names, psm=tesserocr.PSM.AUTO
        )
        engine.SetVariable("debug_file", os.devnull)
    try:
        yield engine
    finally:
        engine.Clear()
        waiting.append(engine)


def _read(raster: Raster, names: str, follows_light: bool) -> Recognition:
    nothing = Recognition(
        width_px=raster.width_px, height_px=raster.height_px, dpi=raster.dpi
    )
    try:
        with _engine(names) as engine:
            engine.SetVariable("thresholding_method", "2" if follows_light else "0")
            engine.SetImageBytes(
                raster.grey, raster.width_px, raster.height_px, 1, raster.stride
            )
            engine.SetSourceResolution(raster.dpi)
            is_read = engine.Recognize(_READING_LIMIT_MS)
            step(0, 0)
            if not is_read:
                return nothing
            lines = tuple(line for line in _lines(engine) if line.words)
            return replace(nothing, lines=lines)
    except RuntimeError:
        # So tesserocr says that a picture is too small or data are damaged.
        return nothing


def _lines(engine: Any) -> Iterator[ReadLine]:
    """Yield the lines in the order of reading, columns one after the other."""
    import tesserocr

    level = tesserocr.RIL
    iterator = engine.GetIterator()
    if iterator is None:
        return
    words: list[Word] = []
    baseline = x_height = 0.0
    for at in tesserocr.iterate_level(iterator, level.WORD):
        if at.IsAtBeginningOf(level.TEXTLINE):
            yield ReadLine(tuple(words), baseline, x_height)
            words = []
            baseline, x_height = _measures(at, level.TEXTLINE)
        box = at.BoundingBox(level.WORD)
        text = at.GetUTF8Text(level.WORD).strip()
        confidence = at.Confidence(level.WORD)
        if text and box and confidence >= _LEAST_CONFIDENCE:
            left, top, right, bottom = box
            words.append(Word(text, left, top, right, bottom, confidence))
    yield ReadLine(tuple(words), baseline, x_height)


def _measures(at: Any, line: Any) -> tuple[float, float]:
    """Return the baseline of a line in its middle, and the height of its small letters."""
    _, top, _, bottom = at.BoundingBox(line)
    row = at.RowAttributes()
    height = row["row_height"] + row["descenders"] - row["ascenders"]
    ends = at.Baseline(line)
    baseline = (ends[0][1] + ends[1][1]) / 2 if ends else bottom
    return baseline, max(1.0, min(height, bottom - top))


def worker_count() -> int:
    """Return how many pages may be recognised at once: one core stays free."""
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, min(4, cores - 1))
