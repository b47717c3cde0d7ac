"""Questions that name a place or a wording: "§ 3 BUrlG", „voller Urlaub“, 12. Mai 2024.

Whoever writes so looks something up: what is named comes first, whatever else is near
in meaning. Nothing is left out for it; the other passages follow.

Invariant: a question without sections, quotation marks and dates looks nothing up, and
its order stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from app import words
from app.retrieval.candidates import Candidate

_REFERENCE = re.compile(
    r"(?P<sign>§+|\bparagra(?:ph|f)(?:en|s)?\b|\bart(?:ikels?|\.|\b))\s*"
    r"(?P<number>\d{1,4})(?:\s?(?P<letter>[a-z])\b)?"
    r"(?:\s*(?:abs(?:atz|\.)?\s*|\()(?P<part>\d{1,2}[a-z]?)\b\)?)?",
    re.IGNORECASE,
)
_QUOTED = re.compile('[„“"»«”]([^„“"»«”]{3,120})[„“"»«”]')
_ABBREVIATION = re.compile(r"\b[^\W\d_]*[A-ZÄÖÜ][^\W\d_]*[A-ZÄÖÜ][^\W\d_]*\b")
_MONTHS = [
    "januar",
    "februar",
    "märz",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "dezember",
]
_NUMBERED_DATE = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b")
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_SPOKEN_DATE = re.compile(rf"\b(\d{{1,2}})\.\s?({'|'.join(_MONTHS)})\s(\d{{4}})\b")
_SIGNS = {"§": "§", "p": "§", "a": "art"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A section: `sign` "§" or "art", `number` such as "3a", `part` its subsection."""

    sign: str
    number: str
    part: str = ""

    def heads(self, line: str) -> bool:
        """Tell whether a heading, or the first line of a text, opens this section."""
        found = _REFERENCE.match(line.strip("*#_ "))
        return found is not None and _reference(found).same_section(self)

    def same_section(self, other: Reference) -> bool:
        """Tell whether both name the same section, of whatever document."""
        return (self.sign, self.number) == (other.sign, other.number)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a question names: sections, of which documents, and wordings.

    `names` are terms that may name the document, `abbreviations` those that surely do.
    Each wording is a tuple of ways to write the same.
    """

    references: tuple[Reference, ...] = ()
    names: frozenset[str] = frozenset()
    abbreviations: frozenset[str] = frozenset()
    wordings: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.references or self.wordings)

    @property
    def terms(self) -> list[tuple[str, ...]]:
        """Return sets of terms; a chunk that holds all of one set is worth a look."""
        sets: list[tuple[str, ...]] = []
        for reference in self.references:
            sets += [(reference.number, name) for name in sorted(self.abbreviations)]
            if not self.abbreviations:
                sets.append((reference.number,))
        for wording in self.wordings:
            sets += [tuple(dict.fromkeys(words.terms(way, "de"))) for way in wording]
        return [found for found in sets if found]


def lookup_of(question: str) -> Lookup:
    """Return what a question names."""
    found = list(_REFERENCE.finditer(question))
    rest = _REFERENCE.sub(" ", question)
    quoted = tuple((_plain(text),) for text in _QUOTED.findall(question))
    abbreviations = _ABBREVIATION.findall(rest) if found else []
    return Lookup(
        references=tuple(dict.fromkeys(map(_reference, found))),
        names=frozenset(words.terms(rest, "de")) if found else frozenset(),
        abbreviations=frozenset(words.terms(" ".join(abbreviations), "de")),
        wordings=(*(way for way in quoted if way[0]), *_dates(question)),
    )


def with_named_first(
    lookup: Lookup, candidates: Sequence[Candidate]
) -> tuple[list[Candidate], bool]:
    """Return the candidates, those that are named first; and whether a section was.

    Scores stay ordered: what is named fills the upper half of 0..1, the rest the lower.
    """
    ranks = [_rank(lookup, candidate) for candidate in candidates]
    best = max((rank[1] for rank in ranks if rank[0]), default=0)
    if lookup.abbreviations and not best:
        ranks = [(0, 0, 0, wording) for *_, wording in ranks]
    placed = [
        (rank if rank[1] == best else (0, 0, 0, rank[3]), candidate)
        for rank, candidate in zip(ranks, candidates, strict=True)
    ]
    if not any(any(rank) for rank, _ in placed):
        return list(candidates), False
    placed.sort(key=lambda pair: [-value for value in pair[0]])
    ordered = [c._replace(score=(c.score + bool(any(rank))) / 2) for rank, c in placed]
    return ordered, bool(placed[0][0][0])


def _rank(lookup: Lookup, candidate: Candidate) -> tuple[int, int, int, int]:
    """Return (is the section, names its document, is the subsection, wordings)."""
    section, named, part = 0, 0, 0
    nearest = candidate.heading.rsplit(" › ", 1)[-1]
    for reference in lookup.references:
        if reference.heads(nearest) or reference.heads(candidate.text[:80]):
            section = 1
            named = len(lookup.names & _names(candidate))
            part = bool(reference.part) and f"({reference.part})" in candidate.text
    text = _plain(f"{candidate.heading} {candidate.text}") if lookup.wordings else ""
    wordings = sum(any(way in text for way in ways) for ways in lookup.wordings)
    return section, named, int(part), wordings


def _names(candidate: Candidate) -> frozenset[str]:
    """Return the terms that name a candidate's document: its file and top heading."""
    above = candidate.heading.split(" › ")[:-1]
    stem = PurePath(candidate.file).stem.replace("_", " ")
    return frozenset(words.terms(" ".join([*above, stem]), "de"))


def _reference(found: re.Match[str]) -> Reference:
    return Reference(
        sign=_SIGNS[found["sign"][0].lower()],
        number=found["number"] + (found["letter"] or "").lower(),
        part=(found["part"] or "").lower(),
    )


def _plain(text: str) -> str:
    return " ".join(words.words(text, "de"))


def _dates(question: str) -> list[tuple[str, ...]]:
    """Return each date of a question in the ways it may be written."""
    dates = [(int(d), int(m), y) for d, m, y in _NUMBERED_DATE.findall(question)]
    dates += [(int(d), int(m), y) for y, m, d in _ISO_DATE.findall(question)]
    for day, month, year in _SPOKEN_DATE.findall(question.lower()):
        dates.append((int(day), _MONTHS.index(month) + 1, year))
    return [_ways(*date) for date in dates if 1 <= date[1] <= 12]


def _ways(day: int, month: int, year: str) -> tuple[str, ...]:
    return tuple(
        _plain(way)
        for way in (
            f"{day} {month} {year}",
            f"{day:02} {month:02} {year}",
            f"{day} {_MONTHS[month - 1]} {year}",
            f"{day:02} {_MONTHS[month - 1]} {year}",
            f"{year} {month:02} {day:02}",
        )
    )
