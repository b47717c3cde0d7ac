"""The glyphs of one PDF page become text, and each character keeps its glyph.

Line-end hyphens are joined, ligatures and combining marks composed, control characters
dropped. `Glyphs` is what a PDF library must tell; `pdf` implements it with PDFium.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import Protocol

from app.invisible import visible
from app.readers.pdf_layout import Line, hyphen_join, separators

INSERTED = -1


@dataclass(frozen=True, slots=True)
class Metrics:
    """A glyph in points, turned so that its text runs to the right and down."""

    left: float
    right: float
    down: float
    size: float
    bold: bool


class Glyphs(Protocol):
    """The glyphs of a page in reading order; indices count from 0."""

    codes: Sequence[int]

    def is_hyphen(self, index: int) -> bool:
        """Tell whether a glyph is a hyphen that only the line end made necessary."""

    def measure(self, index: int) -> Metrics:
        """Return where a glyph stands and how big it is."""


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of a page; `glyphs[i]` belongs to `text[i]`, INSERTED to separators."""

    text: str = ""
    glyphs: tuple[int, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(slots=True)
class _RawLine:
    """A printed line while its characters are collected."""

    characters: list[str] = field(default_factory=list)
    glyphs: list[int] = field(default_factory=list)
    hyphen: int = INSERTED

    def add(self, character: str, glyph: int) -> None:
        """Append a character; each part of a ligature belongs to the same glyph."""
        for part in character:
            self.characters.append(part)
            self.glyphs.append(glyph)

    def end(self) -> _RawLine:
        """Strip the line and take its last hyphen out, where it divides a word."""
        if self.characters and self.characters[-1] == " ":
            self._drop_last()
        if self.characters and self._ends_in_hyphen():
            self.hyphen = self.glyphs[-1]
            self._drop_last()
        kept = [i for i, part in enumerate(self.characters) if part != _SOFT_HYPHEN]
        self.characters = [self.characters[i] for i in kept]
        self.glyphs = [self.glyphs[i] for i in kept]
        return self

    def _ends_in_hyphen(self) -> bool:
        last, before = self.characters[-1], "".join(self.characters[-2:-1])
        return last == _SOFT_HYPHEN or (last in "-\u2010" and before.isalpha())

    def _drop_last(self) -> None:
        self.characters.pop()
        self.glyphs.pop()


def page_text(glyphs: Glyphs) -> PageText:
    """Return the text of a page. The same page always gives the same text."""
    raw_lines = [line for line in _raw_lines(glyphs) if line.characters]
    if not raw_lines:
        return PageText()
    for raw_line in raw_lines:
        _close_up(raw_line, glyphs)
    measured = [_measured(line, glyphs) for line in raw_lines]
    between = separators(measured)
    characters: list[str] = []
    places: list[int] = []
    lines: list[Line] = []
    for number, (raw_line, line) in enumerate(zip(raw_lines, measured, strict=True)):
        start = len(characters)
        characters += raw_line.characters
        places += raw_line.glyphs
        separator = between[number] if number < len(between) else ""
        following = measured[number + 1].text if number < len(between) else ""
        if raw_line.hyphen != INSERTED:
            joined = _joint(line.text, following, separator)
            if joined.startswith("-"):
                characters.append("-")
                places.append(raw_line.hyphen)
            separator = joined.removeprefix("-")
        gap = not number or between[number - 1] == "\n\n"
        end = len(characters)
        lines.append(replace(line, start=start, end=end, gap_above=gap))
        characters += separator
        places += [INSERTED] * len(separator)
    return PageText("".join(characters), tuple(places), tuple(lines))


def _joint(before: str, after: str, separator: str) -> str:
    """Return what stands for a hyphen at a line end and the separator behind it."""
    if separator == "\n\n" or not after[:1].isalnum():
        return "-" + separator
    return hyphen_join(before.removesuffix("-"), after)


def _raw_lines(glyphs: Glyphs) -> Iterator[_RawLine]:
    line = _RawLine()
    codes = _joined_surrogates(glyphs.codes)
    for (code, index), (next_code, _) in pairwise([*codes, (0, INSERTED)]):
        if code == _NEWLINE:
            yield line.end()
            line = _RawLine()
        elif code in _HYPHEN_MARKS:
            if glyphs.is_hyphen(index) or next_code == _RETURN:
                line.add(_SOFT_HYPHEN, index)
                yield line.end()
                line = _RawLine()
        elif _FIRST_PLAIN <= code <= _LAST_PLAIN:
            line.characters.append(chr(code))
            line.glyphs.append(index)
        else:
            _take(line, code, index)
    yield line.end()


_SPACED = re.compile(r"(?<!\S)[^\W\d_](?: [^\W\d_]){4,}(?!\S)")
_WORD_GAP = 1.6
_WIDEST_GAP = 1.2
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def _close_up(line: _RawLine, glyphs: Glyphs) -> None:
    """Join words that were spaced out for emphasis: "W ö r t e r" is one word.

    The wider gaps are those between words. Letters far apart or in the order of the
    alphabet are columns and choices.
    """
    unwanted: list[int] = []
    for match in _SPACED.finditer("".join(line.characters)):
        letters = range(match.start(), match.end(), 2)
        word = "".join(line.characters[i] for i in letters).casefold()
        measured = [glyphs.measure(line.glyphs[i]) for i in letters]
        gaps = [b.left - a.right for a, b in pairwise(measured)]
        usual = median(gaps)
        if word in _ALPHABET or not 0 < usual < _WIDEST_GAP * measured[0].size:
            continue
        unwanted += [
            i + 1
            for i, gap in zip(letters, gaps, strict=False)
            if gap <= _WORD_GAP * usual
        ]
    for index in reversed(unwanted):
        del line.characters[index], line.glyphs[index]


_NEWLINE, _RETURN = 10, 13
_HYPHEN_MARKS = (0x02, 0xFFFE)
_SOFT_HYPHEN = "\u00ad"
_LIGATURES = range(0xFB00, 0xFB07)
_PRIVATE_BULLETS = (0xF0B7, 0xF0A7, 0xF0D8, 0xF0FC, 0xF076, 0xF02D)
_PRIVATE_USE = range(0xE000, 0xF900)
_DROPPED = (0x7F, 0xFFFF)
_FIRST_PLAIN, _LAST_PLAIN = 0x21, 0x7E
_FIRST_UNSEEN = 0x34F


def _take(line: _RawLine, code: int, index: int) -> None:
    """Add the cleaned form of one character to `line`."""
    character = chr(code)
    if character.isspace() and code != _RETURN:
        if line.characters and line.characters[-1] != " ":
            line.add(" ", index)
    elif _is_dropped(code):
        return
    elif code in _LIGATURES:
        line.add(unicodedata.normalize("NFKC", character), index)
    elif code in _PRIVATE_USE:
        line.add("•" if code in _PRIVATE_BULLETS else "\ufffd", index)
    elif unicodedata.combining(character) and line.characters:
        composed = unicodedata.normalize("NFC", line.characters[-1] + character)
        if len(composed) == 1:
            line.characters[-1] = composed
        else:
            line.add(character, index)
    else:
        line.add(character, index)


def _is_dropped(code: int) -> bool:
    """Tell control characters and those that nobody sees."""
    if code < 32 or code in _DROPPED or 0x80 <= code < 0xA0:
        return True
    return code >= _FIRST_UNSEEN and not visible(chr(code))


def _joined_surrogates(codes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield code points with their indices; halves of a pair that stand alone go."""
    high = 0
    for index, code in enumerate(codes):
        if 0xD800 <= code < 0xDC00:
            high = code
        elif 0xDC00 <= code < 0xE000:
            if high:
                yield 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00), index - 1
            high = 0
        else:
            high = 0
            yield min(code, 0x10FFFF), index


def tidy(text: str) -> str:
    """Clean text from a library that gives no glyphs, and join its hyphens."""
    lines: list[str] = []
    for printed in text.splitlines():
        raw_line = _RawLine()
        for character in printed:
            _take(raw_line, ord(character), INSERTED)
        line = "".join(raw_line.characters).strip()
        if lines and line and lines[-1].endswith("-") and lines[-1][-2:-1].isalpha():
            before = lines.pop()[:-1]
            lines.append(before + hyphen_join(before, line) + line)
        else:
            lines.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _measured(line: _RawLine, glyphs: Glyphs) -> Line:
    """Measure a line by its first, middle and last visible glyph."""
    visible = [
        glyph
        for character, glyph in zip(line.characters, line.glyphs, strict=True)
        if character != " "
    ]
    ends = [glyphs.measure(visible[0]), glyphs.measure(visible[-1])]
    middle = glyphs.measure(visible[len(visible) // 2])
    return Line(
        text="".join(line.characters) + ("-" if line.hyphen != INSERTED else ""),
        start=0,
        end=0,
        left=min(metrics.left for metrics in ends),
        right=max(metrics.right for metrics in ends),
        down=middle.down if ends[0].size < 0.9 * middle.size else ends[0].down,
        size=max(metrics.size for metrics in (*ends, middle)),
        bold=all(metrics.bold for metrics in (*ends, middle)),
    )
