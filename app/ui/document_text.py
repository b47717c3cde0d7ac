"""A document's text in parts that can be shown at once, and words found in it.

A part is a page, or a stretch of a document without pages: a whole book in one text
field would hold up the window. Searching goes part by part too, so that the thread it
runs on lets others run in between.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.values.documents import Page

MOST_HITS = 2_000
_PART_LETTERS = 20_000


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `start`..`end` of a document; `page` is None where there are none."""

    start: int
    end: int
    page: int | None = None


def parts_of(text: str, pages: Sequence[Page]) -> tuple[Part, ...]:
    """Cut a document into its pages, or where it has none (or huge ones) into stretches."""
    if not pages:
        return tuple(_stretches(text, 0, len(text), None))
    return tuple(
        part
        for page in pages
        for part in _stretches(text, page.start, page.end, page.number)
    )


def part_at(parts: Sequence[Part], offset: int) -> int:
    """Return the index of the part in which a character stands."""
    return max(0, bisect_right([part.start for part in parts], offset) - 1)


def find_all(
    text: str, words: str, stopped: Callable[[], bool] = lambda: False
) -> list[tuple[int, int]]:
    """Return where words stand, whatever their case and the line breaks between them."""
    if not words.strip():
        return []
    pattern = re.compile(r"\s+".join(map(re.escape, words.split())), re.IGNORECASE)
    hits: list[tuple[int, int]] = []
    reach = 4 * len(words) + 64
    for start in range(0, len(text), _PART_LETTERS):
        end = start + _PART_LETTERS
        begin = max(start, hits[-1][1] if hits else 0)
        for match in pattern.finditer(text, begin, min(len(text), end + reach)):
            if match.start() >= end:
                break
            hits.append(match.span())
        if stopped() or len(hits) >= MOST_HITS:
            break
    return hits[:MOST_HITS]


def _stretches(text: str, start: int, end: int, page: int | None) -> Iterator[Part]:
    while end - start > _PART_LETTERS:
        cut = _cut(text, start + _PART_LETTERS // 2, start + _PART_LETTERS)
        yield Part(start, cut, page)
        start = cut
    yield Part(start, end, page)


def _cut(text: str, least: int, most: int) -> int:
    """Return a good place to cut: behind a paragraph, a line, a word, or anywhere."""
    for mark in ("\n\n", "\n", " "):
        place = text.rfind(mark, least, most)
        if place >= 0:
            return place + len(mark)
    return most
