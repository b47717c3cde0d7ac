"""What a source must say exactly: numbers, weekdays, months, times and ranges.

"Monday to Friday" and "Monday to Thursday … Friday" hold the same words and say
different things. So a range of the answer must be a range of the source, and a time must
belong to the days to which the source gives it. Days and months are known in German and
English, ranges also wherever they are written with a dash.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app import words

Item = tuple[str, str]

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_SPELLED = {
    word: str(value)
    for value, spelling in (
        (2, "zwei two"), (3, "drei three"), (4, "vier four"), (5, "fünf five"),
        (6, "sechs six"), (7, "sieben seven"), (8, "acht eight"), (9, "neun nine"),
        (10, "zehn ten"), (11, "elf eleven"), (12, "zwölf twelve"),
        (13, "dreizehn thirteen"), (14, "vierzehn fourteen"),
        (15, "fünfzehn fifteen"), (20, "zwanzig twenty"), (30, "dreißig thirty"),
        (40, "vierzig forty"), (50, "fünfzig fifty"), (60, "sechzig sixty"),
        (70, "siebzig seventy"), (80, "achtzig eighty"), (90, "neunzig ninety"),
        (100, "hundert hundred"),
    )
    for word in words.words(spelling)
}  # fmt: skip
_DAYS = (
    "montag monday mo mon", "dienstag tuesday di tue", "mittwoch wednesday mi wed",
    "donnerstag thursday do thu", "freitag friday fr fri",
    "samstag sonnabend saturday sa sat", "sonntag sunday so sun",
)  # fmt: skip
_MONTHS = (
    "januar jänner january jan", "februar february feb", "märz march mär mrz mar",
    "april apr", "mai may", "juni june jun", "juli july jul", "august aug",
    "september sep sept", "oktober october okt oct", "november nov",
    "dezember december dez dec",
)  # fmt: skip
_KINDS = {"day": _DAYS, "month": _MONTHS}
_NAMES: dict[str, Item] = {
    word: (kind, str(place))
    for kind, names in _KINDS.items()
    for place, line in enumerate(names)
    for word in line.split()
}
_LONG = {
    kind: "|".join(w for line in names for w in line.split() if len(w) > 4)
    for kind, names in _KINDS.items()
}
_DAY = (
    rf"(?P<day>(?i:{_LONG['day']}))"
    r"(?i:s|e|en|(?:vor|nach)?mittags?|morgens?|abends?)?"
)
# "may" and "march" are verbs, too, and "Do" and "So" begin sentences.
_MONTH = (
    rf"(?P<month>(?i:{_LONG['month'].replace('|march', '')}|jun[ie]|jul[iy])"
    r"|Mai|May|March)"
)
_SHORT_DAY = r"(?:Mo|Di|Mi|Do|Fr|Sa|So|Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_SHORT_MONTH = r"(?i:jan|feb|mär|mrz|mar|apr|jun|jul|aug|sept?|okt|oct|nov|dez|dec)"
_NAMED = re.compile(
    rf"\b(?:{_DAY}|{_MONTH}"
    rf"|(?P<short>{_SHORT_DAY}(?=\.?\s*(?:[-–—,/:&]|\d|(?:bis|und|to|and)\s+{_SHORT_DAY}\b))"
    rf"|(?<=[-–—/,&]){_SHORT_DAY}|(?<=[-–—,/&]\s){_SHORT_DAY}|(?<=bis\s){_SHORT_DAY}"
    rf"|(?<=(?:und|and)\s){_SHORT_DAY}|(?<=to\s){_SHORT_DAY}"
    rf"|(?<=\d\s){_SHORT_MONTH}|(?<=\d\.\s){_SHORT_MONTH}|{_SHORT_MONTH}(?=\.?\s\d)))\b"
)
_DATE = re.compile(
    r"(?<![\d.])(?:\d{4}-(\d\d)-(\d\d)|\d{1,2}\.(\d{1,2})\.(?:\d{2,4})?)"
)
_DASH = r"\s*[-–—]\s*"
_UNTIL = r"\s+(?i:bis|to|until|till|through)\s+(?:(?i:zum?|den|dem|the)\s+)?"
_BETWEEN = re.compile(r"\b(?i:zwischen|between)\s+(?:(?i:den|dem|the)\s+)?\Z")
_CLOCK = re.compile(
    r"(?<![\d.,:])(?:\d{1,2}:\d\d|\d{1,2}(?:\.\d\d)?"
    r"(?=\s*(?:(?:[-–—]|bis|to|und|and)\s*\d{1,2}(?:[.:]\d\d)?\s*)?"
    r"(?:Uhr\b|o['’]clock|[ap]\.?\s?m\b)))(?!\d)"
)
# From one end of a range to its middle: a unit, or the rest of a date.
_UNIT = r"(?:\s*(?:[^\W\d_]{1,10}\.?|[%€$£]|°\s?C?))?"
_RANGE_GAP = re.compile(rf"\.?{_UNIT}(?:{_DASH}|{_UNTIL})", re.UNICODE)
_AND_GAP = re.compile(rf"\.?{_UNIT}\s+(?i:und|and)\s+(?:(?i:dem|the)\s+)?", re.UNICODE)
_DAY_GAP = re.compile(
    rf"\.?(?:{_DASH}|{_UNTIL}|\s*[,/&+]\s*|,?\s+(?i:und|and|oder|or|sowie)\s+)"
)
_CLAUSE_END = re.compile(r"[,;\n]|\.\s|\b(?i:und|and)\b")
_DAY_OF = re.compile(r"\.?\s+\Z|(?:st|nd|rd|th)\s+(?:of\s+)?\Z")


@dataclass(frozen=True, slots=True)
class Strict:
    """What a text says that no other word can stand for.

    `named` are weekdays and months, with those inside a range of days or months;
    `ranges` both ends of each; `hours` a time with a weekday it belongs to.
    """

    numbers: frozenset[str]
    named: frozenset[Item]
    ranges: frozenset[tuple[Item, Item]]
    hours: frozenset[tuple[Item, Item]]

    def backs(self, said: Strict) -> bool:
        """Tell whether a source that says this says all of what an answer says."""
        return (
            said.numbers <= self.numbers
            and said.named <= self.named
            and said.ranges <= self.ranges
            and said.hours <= self.hours
        )


@dataclass(frozen=True, slots=True)
class _Found:
    item: Item
    start: int
    end: int


def strict(text: str) -> Strict:
    """Return what a sentence of an answer says exactly."""
    named = list(_named(text))
    ranges = list(_ranges(text, named))
    return Strict(
        frozenset(numbers(text)),
        frozenset(found.item for found in named),
        frozenset((a.item, b.item) for a, b in ranges),
        frozenset(_hours(text, named)),
    )


def strict_source(text: str, in_cells: bool = False) -> Strict:
    """Return what a source says exactly, and what follows from it.

    From "Monday to Thursday" follows Tuesday, from 7.6.2027 June, and from a beginning
    and an end, in neighbouring cells or as times of day, the range.
    """
    said = strict(text)
    inside = {
        between
        for first, last in said.ranges
        if first[0] == last[0] and first[0] in _KINDS
        for between in _between(first, last)
    }
    months = {
        ("month", str(int(match[1] or match[3]) - 1)) for match in _DATE.finditer(text)
    }
    near = _near_cells(text) if in_cells else _near_times(text, said.ranges)
    return replace(
        said, named=said.named | inside | months, ranges=said.ranges | frozenset(near)
    )


def numbers(text: str) -> list[str]:
    """Return the numbers of a text, written as figures or as words."""
    spelled = [_SPELLED[word] for word in words.words(text) if word in _SPELLED]
    return _NUMBER.findall(text) + spelled


def _named(text: str) -> Iterator[_Found]:
    for match in _NAMED.finditer(text):
        name = match["day"] or match["month"] or match["short"]
        is_first = not text[: match.start()].strip()
        if (
            name in ("May", "March")
            and is_first
            and not re.match(r"\s\d", text[match.end() :])
        ):
            continue
        yield _Found(_NAMES[name.lower()], match.start(), match.end())


def _between(first: Item, last: Item) -> Iterator[Item]:
    kind, count = first[0], len(_KINDS[first[0]])
    start = int(first[1])
    for step in range((int(last[1]) - start) % count + 1):
        yield kind, str((start + step) % count)


def _value(number: str) -> Item:
    """Return a number so that 8.30, 8:30 and 16:00, 16 are the same."""
    if date := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", number):
        day, month, year = date.groups()
        return "number", f"{year}-{int(month)}-{int(day)}"
    number = re.sub(r"[.,]", ":", number)
    if ":" in number:
        number = number.rstrip("0").rstrip(":")
    return "number", number.lstrip("0") or "0"


def _ends(text: str, named: list[_Found]) -> list[_Found]:
    """Return what a range can begin or end with, in order; a date as its day."""
    figures = [
        _Found(_value(m.group()), m.start(), m.end()) for m in _NUMBER.finditer(text)
    ]
    spelled = [
        _Found(_value(_SPELLED[m.group().lower()]), m.start(), m.end())
        for m in re.finditer(r"[^\W\d_]+", text)
        if m.group().lower() in _SPELLED
    ]
    ends: list[_Found] = []
    for found in sorted([*figures, *spelled, *named], key=lambda f: f.start):
        joined = _joined(ends[-1], found, text) if ends else None
        if joined is None:
            ends.append(found)
        else:
            ends[-1] = joined
    return ends


def _joined(last: _Found, found: _Found, text: str) -> _Found | None:
    """Return two parts of one date as its day, or as its month where no day is named."""
    gap = text[last.end : found.start]
    kinds = (last.item[0], found.item[0])
    is_year = re.fullmatch(r"\d{4}", text[found.start : found.end])
    if kinds == ("number", "month") and _DAY_OF.match(gap):
        return replace(last, end=found.end)
    if kinds == ("month", "number") and re.fullmatch(r"\.?\s+", gap):
        return replace(last if is_year else found, start=last.start, end=found.end)
    dated = re.search(r"[^\W\d_]", text[last.start : last.end])
    if dated and is_year and kinds[1] == "number" and re.fullmatch(r",?\s+", gap):
        return replace(last, end=found.end)
    return None


def _ranges(text: str, named: list[_Found]) -> Iterator[tuple[_Found, _Found]]:
    for a, b in itertools.pairwise(_ends(text, named)):
        gap = text[a.end : b.start]
        between = _BETWEEN.search(text[: a.start]) and _AND_GAP.fullmatch(gap)
        if a.item[0] == b.item[0] and (between or _RANGE_GAP.fullmatch(gap)):
            yield a, b


def _near_cells(text: str) -> Iterator[tuple[Item, Item]]:
    for row in text.splitlines():
        cells = [
            _DATE.sub(_plain_date, cell) for cell in row.split("|") if cell.strip()
        ]
        ends = [end.item for cell in cells for end in _ends(cell, list(_named(cell)))]
        yield from itertools.pairwise(ends)


def _plain_date(match: re.Match[str]) -> str:
    if match[1]:
        return f"{match[2]}.{match[1]}.{match[0][:4]}"
    return match[0]


def _near_times(
    text: str, written: frozenset[tuple[Item, Item]]
) -> Iterator[tuple[Item, Item]]:
    """Yield times that follow each other and are no ends of other ranges."""
    taken = {item for pair in written for item in pair}
    times = [_value(match.group()) for match in _CLOCK.finditer(text)]
    for a, b in itertools.pairwise(times):
        if a not in taken and b not in taken:
            yield a, b


def _hours(text: str, named: list[_Found]) -> Iterator[tuple[Item, Item]]:
    """Yield each time with each day that it is said of."""
    groups = _day_groups(text, [found for found in named if found.item[0] == "day"])
    if not groups:
        return
    for clock in _CLOCK.finditer(text):
        before = [g for g in groups if g[0] < clock.start()]
        after = [g for g in groups if g[0] > clock.start()]
        near = before[-1] if before else after[0]
        parted = before and _CLAUSE_END.search(text[before[-1][1] : clock.start()])
        if parted and after and not _CLAUSE_END.search(text[clock.end() : after[0][0]]):
            near = after[0]
        for day in near[2]:
            yield _value(clock.group()), day


def _day_groups(
    text: str, days: list[_Found]
) -> list[tuple[int, int, frozenset[Item]]]:
    """Return where days stand together, as "Monday to Thursday", and which they are."""
    groups: list[tuple[int, int, frozenset[Item]]] = []
    last: _Found | None = None
    for day in days:
        gap = text[last.end : day.start] if last is not None else ""
        if last is not None and _DAY_GAP.fullmatch(gap):
            start, _, known = groups[-1]
            ranged = _RANGE_GAP.fullmatch(gap)
            more = _between(last.item, day.item) if ranged else (day.item,)
            groups[-1] = (start, day.end, known | frozenset(more))
        else:
            groups.append((day.start, day.end, frozenset((day.item,))))
        last = day
    return groups
