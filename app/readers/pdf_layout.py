"""What the lines of a PDF mean: paragraphs, headings, running heads.

A PDF knows glyphs on a page and nothing else. Everything here is arithmetic on `Line`s
that `pdf` measured, without any library, so that it gives the same result each time.
Lengths are in points; `down` grows towards the foot of the page, and both axes are
turned so that text always runs from left to right.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from app.values.documents import Heading


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line: `start`..`end` of its page's text and where it stands."""

    text: str
    start: int
    end: int
    left: float
    right: float
    down: float
    size: float
    bold: bool
    gap_above: bool = True


_ENDS = re.compile(r"[.!?…:][\"'”“’»«)\]]*$")
_STOPS = re.compile(r"[.!?…][\"'”“’»«)\]]*$")
_MARKER = re.compile(
    r"(?:[-–—•▪◦‣·*■□➢✓]|\(?\d{1,3}[.)]|\(?[a-z]{1,2}\)|§+ ?\d)(?:\s|$)"
)
_LEADER = re.compile(r"(?:\. ?){5,}\W*\d*$|…{2,}\W*\d*$|_{5,}")
_COLUMN_PT = 36.0
_GAP = 1.28
_OTHER_SIZE = 1.12
_AND = frozenset(("und", "oder", "bzw.", "sowie", "bis", "and", "or", "et", "y", "ou"))


def separators(lines: Sequence[Line]) -> list[str]:
    """Return what stands between each line and the next.

    A blank line between paragraphs, a space where a line was only full, otherwise the
    line end that the author set.
    """
    edges = _right_edges(lines)
    pitch = _pitch(lines)
    return [
        _separator(a, b, edges[i], pitch) for i, (a, b) in enumerate(pairwise(lines))
    ]


def _separator(above: Line, below: Line, edge: float, pitch: float) -> str:
    size = max(above.size, 1.0)
    down = below.down - above.down
    if not _same_size(above, below):
        return "\n\n"
    if abs(down) < 0.5 * size or _has_columns(above, below):
        return "\n\n" if down > _GAP * pitch else "\n"
    stops = bool(_STOPS.search(above.text))
    if down < 0:
        return "\n\n" if stops or _MARKER.match(below.text) else " "
    if down > _GAP * pitch:
        return "\n\n"
    indent = below.left - above.left
    if not _is_full(above, below, edge):
        return "\n\n" if stops else "\n"
    if stops and 0.8 * size < indent < 4 * size:
        return "\n\n"
    if _MARKER.match(below.text) and (
        _ENDS.search(above.text) or abs(indent) > size / 2
    ):
        return "\n"
    return "\n" if above.bold != below.bold else " "


def _same_size(above: Line, below: Line) -> bool:
    low, high = sorted((above.size, below.size))
    return high <= low * _OTHER_SIZE


def _has_columns(above: Line, below: Line) -> bool:
    return any(_is_sparse(line) or _LEADER.search(line.text) for line in (above, below))


def _is_sparse(line: Line) -> bool:
    """Tell rows of a table, which have wide gaps, from running text."""
    return line.right - line.left > 0.85 * line.size * max(len(line.text), 1)


def _is_full(above: Line, below: Line, edge: float) -> bool:
    """Tell whether the next line's first word would not have fitted on this one."""
    word = below.text.split(" ", 1)[0]
    width = (below.right - below.left) * len(word) / max(len(below.text), 1)
    return above.right + 1.3 * width + 0.4 * above.size >= edge


def _right_edges(lines: Sequence[Line]) -> list[float]:
    """Return for each line how far the lines of its column reach."""
    reach: defaultdict[int, float] = defaultdict(lambda: float("-inf"))
    for line in lines:
        column = int(line.left // _COLUMN_PT)
        reach[column] = max(reach[column], line.right)
    columns = (int(line.left // _COLUMN_PT) for line in lines)
    return [max(reach.get(c + i, float("-inf")) for i in (-1, 0, 1)) for c in columns]


def _pitch(lines: Sequence[Line]) -> float:
    """Return the usual distance of one baseline from the next."""
    steps = [
        b.down - a.down
        for a, b in pairwise(lines)
        if _same_size(a, b) and 0.5 * a.size < b.down - a.down < 3 * max(a.size, 1.0)
    ]
    return median(steps) if steps else float("inf")


def hyphen_join(before: str, after: str) -> str:
    """Return what replaces a hyphen at a line end: "", "-" or "- ".

    "Unter-/richt" is joined, "Baden-/Württemberg" keeps its hyphen and "Haupt-/und
    Nebensatz" its space too.
    """
    word = after.split(" ", 1)[0]
    if word in _AND:
        return "- "
    if word[:1].islower() or (before[-2:].isupper() and word[:2].isupper()):
        return ""
    return "-"


_EDGE_LINES = 3
_HEAD_SHARE = 0.4
_PAGE_OF = re.compile(
    r"\b(?:seite|page|blatt)\s*(\d{1,5})\s*(?:von|of|/)\s*\d{1,5}\W{0,3}$"
)
_LAST_NUMBER = re.compile(r"\b(\d{1,5})\W{0,5}$")
_ROMAN = re.compile(r"[ivxlc]{1,7}$")
_FEW = 3
_MUST_REMAIN = 0.2
_PAGE_WORDS = re.compile(r"\b(?:seite|page|blatt|stand|version|s\.|von|of)(?!\w)")


def body_size(pages: Sequence[Sequence[Line]]) -> float:
    """Return the font size of most of the text, 0 where there is none."""
    weights: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            weights[round(line.size * 2) / 2] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 0.0


def without_running_heads(pages: Sequence[Sequence[Line]]) -> list[tuple[int, int]]:
    """Return for each page which of its lines remain, as a range.

    Lines at the beginning or end of most pages that differ in nothing but numbers are
    heads, feet or page numbers, unless hardly any text would remain. A document of two
    pages only loses lines that say which page they stand on.
    """
    heads = _RunningHeads(pages)
    ranges = [heads.kept(lines, index) for index, lines in enumerate(pages)]
    kept = sum(
        len(line.text)
        for lines, (first, last) in zip(pages, ranges, strict=True)
        for line in lines[first:last]
    )
    if kept < _MUST_REMAIN * sum(len(line.text) for page in pages for line in page):
        return [(0, len(lines)) for lines in pages]
    return ranges


class _RunningHeads:
    """What the heads and feet of one document have in common."""

    def __init__(self, pages: Sequence[Sequence[Line]]) -> None:
        self._largest = body_size(pages) * 1.05
        self._is_long = len(pages) >= _FEW
        often = max(_FEW, _HEAD_SHARE * len(pages))
        keys: Counter[str] = Counter()
        offsets: Counter[int] = Counter()
        for index, lines in enumerate(pages):
            edge = [*lines[:_EDGE_LINES], *lines[_EDGE_LINES:][-_EDGE_LINES:]]
            small = [line for line in edge if line.size <= self._largest]
            keys.update({_head_key(line) for line in small})
            offsets.update({n - index for line in small for n in _outer_numbers(line)})
        self._keys = {key for key, count in keys.items() if key and count >= often}
        self._offset = next((n for n, c in offsets.most_common(1) if c >= often), None)

    def kept(self, lines: Sequence[Line], index: int) -> tuple[int, int]:
        """Return the range of the lines of page `index` that are text."""
        first, last = 0, len(lines)
        while first < min(_EDGE_LINES, last) and self._has(lines[first], index):
            first += 1
        while last > max(first, len(lines) - _EDGE_LINES):
            if not self._has(lines[last - 1], index):
                break
            last -= 1
        return first, last

    def _has(self, line: Line, index: int) -> bool:
        if line.size > self._largest:
            return False
        return (
            _names_page(line, index)
            or _head_key(line) in self._keys
            or self._numbers_page(line, index)
        )

    def _numbers_page(self, line: Line, index: int) -> bool:
        """Tell page numbers, alone or with a chapter's title, by counting along.

        "Aufgabe 1" to "Aufgabe 3" at the top of three pages count along too, but have
        only one word.
        """
        if self._is_long and _ROMAN.match(line.text):
            return True
        if self._offset is None or len(_words(line.text)) == 1:
            return False
        return self._offset + index in _outer_numbers(line)


def _names_page(line: Line, index: int) -> bool:
    """Tell whether a line ends in "Seite 2 von 5" and is right about it."""
    match = _PAGE_OF.search(line.text.casefold())
    return match is not None and int(match[1]) == index + 1


def _head_key(line: Line) -> str:
    """Return a line without its numbers; "" where they may be those of tasks."""
    key = re.sub(r"\d+", "#", " ".join(line.text.casefold().split()))
    if "#" in key and 0 < len(_words(key)) < 3 and not _PAGE_WORDS.search(key):
        return ""
    return key


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", text)


def _outer_numbers(line: Line) -> set[int]:
    """Return the numbers at the beginning and the end of a line."""
    matches = (re.match(r"\W*(\d{1,5})\b", line.text), _LAST_NUMBER.search(line.text))
    return {int(match[1]) for match in matches if match}


_LARGER = 1.15
_MAX_TITLE = 200
_MAX_TITLE_LINES = 3
_MAX_LEVEL = 4
_NUMBERING = re.compile(r"^[\dIVXivx.)\s]+(?=\S)")


def outline_headings(
    pages: Sequence[Sequence[Line]], outline: Sequence[tuple[int, int, str]]
) -> list[Heading]:
    """Return the entries of an outline whose title stands on its page.

    `outline` holds level, page index and title; offsets are those of the lines.
    """
    found = (
        _find_title(pages[page], level, title)
        for level, page, title in outline
        if 0 <= page < len(pages)
    )
    unique = {heading.start: heading for heading in found if heading}
    return _apart([unique[start] for start in sorted(unique)])


def _find_title(lines: Sequence[Line], level: int, title: str) -> Heading | None:
    wanted = _bare(title)
    if not wanted:
        return None
    for first, line in enumerate(lines):
        so_far = ""
        for last in range(first, min(first + _MAX_TITLE_LINES, len(lines))):
            so_far += _bare(lines[last].text) if last > first else _bare(line.text)
            if so_far == wanted:
                text = " ".join(part.text for part in lines[first : last + 1])
                return Heading(level, line.start, lines[last].end, text)
            if not wanted.startswith(so_far):
                break
    return None


def _bare(title: str) -> str:
    """Return the letters and digits of a title without its number."""
    title = _NUMBERING.sub("", title.strip())
    return "".join(character for character in title.casefold() if character.isalnum())


def printed_headings(
    pages: Sequence[Sequence[Line]], known: Sequence[Heading]
) -> list[Heading]:
    """Return `known` and the lines that only look like headings, in order.

    Larger than the body, or bold and alone; these stand below the known levels.
    """
    body = body_size(pages)
    lines = [line for page in pages for line in page]
    bold = sum(len(line.text) for line in lines if line.bold)
    bold_counts = bold < 0.3 * sum(len(line.text) for line in lines)
    groups = [
        group
        for page in pages
        for group in _groups(page)
        if _is_title(group, body, bold_counts)
    ]
    sizes = sorted({_rank(group[0], body) for group in groups}, reverse=True)
    deepest = max((heading.level for heading in known), default=0)
    taken = [heading.start for heading in known]
    headings = list(known)
    for group in groups:
        start, end = group[0].start, group[-1].end
        position = bisect_left(taken, start)
        if position < len(taken) and taken[position] < end:
            continue
        level = min(deepest + 1 + sizes.index(_rank(group[0], body)), _MAX_LEVEL)
        title = " ".join(line.text for line in group)
        headings.append(Heading(level, start, end, title))
    return _apart(sorted(headings, key=lambda heading: heading.start))


def _groups(page: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield runs of adjacent lines of one size and weight."""
    group: list[Line] = []
    for line in page:
        if group and (
            line.bold != group[-1].bold
            or not _same_size(group[-1], line)
            or line.gap_above
        ):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _is_title(group: Sequence[Line], body: float, bold_counts: bool) -> bool:
    text = " ".join(line.text for line in group)
    letters = sum(character.isalpha() for character in text)
    if letters < 2 or len(text) > _MAX_TITLE or len(group) > _MAX_TITLE_LINES:
        return False
    if _LEADER.search(text):
        return False
    if group[0].size >= _LARGER * body:
        return True
    is_small = group[0].size < 0.95 * body or not group[0].gap_above
    if is_small or not group[0].bold or not bold_counts:
        return False
    return len(text) <= _MAX_TITLE / 2 and text[-1] not in ".,;:" and len(group) < 3


def _rank(line: Line, body: float) -> float:
    """Return the size by which headings are ranked; bold body text is the lowest."""
    size = round(line.size * 2) / 2
    return size if size >= _LARGER * body else 0.0


def _apart(headings: Sequence[Heading]) -> list[Heading]:
    """Return sorted headings without those that begin inside the one before."""
    result: list[Heading] = []
    for heading in headings:
        if not result or heading.start >= result[-1].end:
            result.append(heading)
    return result
