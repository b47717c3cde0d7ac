"""Is a sentence of the answer supported by the sources? Our own matching decides.

A sentence is supported by a stretch of one or two source sentences when these hold
most of its content words, some of each thing it enumerates, and all that must match
exactly (`strict`), say yes where it says yes and no where it says no, and when nothing
in it (numbers, names) is unknown to all sources. That is strict on purpose: a true
sentence that is not recognised costs a mark, an invented one that is would cost trust.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app import words
from app.answering.cell_numbers import spellings
from app.answering.strict import Strict, numbers, strict, strict_source
from app.sentences import sentence_spans
from app.values.passages import Passage

SUPPORTED_FROM = 0.7
_ROW = re.compile(r"[^\n]*\w[^\n]*")
_CITED = re.compile(r"\[\d+(?:\s*,\s*\d+)*\]")
_CAPITALISED = re.compile(r"\b[^\W\d_]*[A-ZÄÖÜÀ-ÞĀ-ŽА-ЯҐЄІЇ][^\W\d_]+(?:-[^\W\d_]+)*")
_NO = re.compile(
    r"\b(?:nicht|kein\w*|nie|niemals|ohne|weder"
    r"|not|no|never|none|neither|without|cannot|\w+n['’]t"
    r"|değil|yok|не|нет|ні|немає|nie|brak|ne|pas|aucun\w*|non|nessun\w*)\b",
    re.IGNORECASE,
)
_OPPOSITES = tuple(
    frozenset(words.words(pair))
    for pair in (
        "erlaubt verboten", "erlaubt untersagt", "darf muss", "vor nach",
        "vorher nachher", "mindestens höchstens", "immer selten", "alle keine",
        "offen geschlossen", "geöffnet geschlossen", "kostenlos kostenpflichtig",
        "früher später", "mehr weniger", "mit ohne", "innerhalb außerhalb",
        "allowed forbidden", "allowed prohibited", "before after", "open closed",
        "least most", "more less", "always never", "inside outside", "early late",
    )
)  # fmt: skip
_JOINED = r"(?:und|oder|sowie|and|or)"
_THING = rf"(?:(?!{_JOINED}\b)[\w'’-]+)(?:\s+(?!{_JOINED}\b)[\w'’-]+){{0,3}}"
_ENUMERATION = re.compile(
    rf"([\w'’-]+)((?:,\s+{_THING})+),?\s+{_JOINED}\s+({_THING})", re.IGNORECASE
)
# Where a sentence begins, also behind a colon: there a capital makes no name.
_BEGINNING = re.compile(r"(?:\A|[.:!?…][\"'”“’»)\]*_]*\s|\n)[\s\"'„“‚«»(\[*_•-]*\Z")
_TITLES = {"herr", "herrn", "frau", "dr", "prof", "mr", "mrs", "ms"}


@dataclass(frozen=True, slots=True)
class SourceStretch:
    """One or two sentences of a passage with their terms; offsets in the document."""

    passage: Passage
    start: int
    end: int
    terms: frozenset[str]
    strict: Strict
    negated: bool
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Support:
    """The best stretch for a sentence, and how much of the sentence it holds (0..1)."""

    stretch: SourceStretch | None
    share: float

    @property
    def supported(self) -> bool:
        """Whether that is enough."""
        return self.stretch is not None and self.share >= SUPPORTED_FROM


class Sources:
    """The passages of an answer, prepared for comparing."""

    def __init__(
        self, passages: Sequence[Passage], question: str, language: str
    ) -> None:
        self._language = language
        self.stretches = [
            stretch for passage in passages for stretch in self._stretches(passage)
        ]
        whole = " ".join(f"{p.heading} {p.text}" for p in passages) + " " + question
        self._words = frozenset(words.words(whole))
        self._terms = frozenset(words.terms(whole, language))
        self._numbers = frozenset(numbers(whole)).union(
            *(spellings(p.text) for p in passages if p.place.cells)
        )

    def support(self, sentence: str, number: int | None = None) -> Support:
        """Return the best support for a sentence, from one passage or from all.

        `number` is the rank of the passage to look at.
        """
        plain = without_citations(sentence)
        wanted = frozenset(words.terms(plain, self._language))
        exactly = strict(plain)
        things = [frozenset(t) for t in _things(plain, self._language)]
        negated = _says_no(plain)
        said = frozenset(words.words(plain))
        best = Support(None, 0.0)
        for stretch in self.stretches:
            elsewhere = number is not None and stretch.passage.rank != number
            if elsewhere or stretch.negated != negated:
                continue
            share = _share(wanted, stretch)
            if (
                not stretch.strict.backs(exactly)
                or _contradicts(said, stretch)
                or any(2 * len(thing & stretch.terms) < len(thing) for thing in things)
            ):
                share = 0.0
            if share > best.share:
                best = Support(stretch, share)
        return best

    def unknown(self, sentence: str) -> tuple[str, ...]:
        """Return the numbers and names of a sentence that occur in no source."""
        plain = without_citations(sentence)
        found = [n for n in numbers(plain) if n not in self._numbers]
        found += [name for name in self._names(plain) if not self._is_known(name)]
        return tuple(dict.fromkeys(found))

    def _stretches(self, passage: Passage) -> list[SourceStretch]:
        spans = _spans(passage)
        pairs = [
            (a[0], b[1])
            for a, b in itertools.pairwise(spans)
            # A no in one of two sentences would speak for both.
            if _says_no(passage.text[slice(*a)]) == _says_no(passage.text[slice(*b)])
        ]
        result = []
        for start, end in [*spans, *pairs]:
            text = passage.text[start:end]
            said = f"{passage.heading} {text}"
            exactly = strict_source(
                f"{passage.heading}\n{text}", passage.place.cells != ""
            )
            if passage.place.cells:
                others = spellings(text)
                said = f"{said} {' '.join(others)}"
                exactly = replace(exactly, numbers=exactly.numbers | others)
            result.append(
                SourceStretch(
                    passage,
                    passage.start + start,
                    passage.start + end,
                    frozenset(words.terms(said, self._language)),
                    exactly,
                    _says_no(text),
                    frozenset(words.words(text)),
                )
            )
        return result

    def _names(self, sentence: str) -> list[str]:
        """Return what looks like a name.

        German writes every noun with a capital: there, only a capitalised word next to
        another one, after a title, or with capitals inside counts.
        """
        matches = list(_CAPITALISED.finditer(sentence))
        if self._language != "de":
            return [
                m.group()
                for m in matches
                if not _BEGINNING.search(sentence[: m.start()])
            ]
        names = []
        for place, match in enumerate(matches):
            follows = (
                place > 0 and sentence[matches[place - 1].end() : match.start()] == " "
            )
            before = sentence[: match.start()].split()
            titled = bool(before) and before[-1].strip(".").casefold() in _TITLES
            if (
                (follows and place > 1)
                or titled
                or match.group()[1:].lower() != match.group()[1:]
            ):
                names.append(match.group())
        return names

    def _is_known(self, name: str) -> bool:
        return all(
            word in self._words or words.stem(word, self._language) in self._terms
            for word in words.words(name)
        )


def _spans(passage: Passage) -> list[tuple[int, int]]:
    """Return the sentences of a passage, or the rows of a piece of a table."""
    if not passage.place.cells:
        return list(sentence_spans(passage.text))
    return [match.span() for match in _ROW.finditer(passage.text)]


def without_citations(sentence: str) -> str:
    """Return the sentence without its numbers in brackets."""
    return _CITED.sub("", sentence)


def is_claim(sentence: str, question: str) -> bool:
    """Tell whether a sentence of an answer says something: a question does not."""
    plain = without_citations(sentence).rstrip(" \n\t*_\"'”“’»)")
    echoes = bool(question) and words.words(plain) == words.words(question)
    return not plain.endswith(("?", "？", "؟")) and not echoes


def _share(wanted: frozenset[str], stretch: SourceStretch) -> float:
    if not wanted:
        return 0.0
    share = len(wanted & stretch.terms) / len(wanted)
    # Of equal stretches the shorter one is the better place to show.
    return share - len(stretch.terms) * 1e-6


def _things(sentence: str, language: str) -> Iterator[list[str]]:
    """Yield the content words of each thing of an enumeration ("a, b and c")."""
    unwanted = words.stop_words(language)
    for match in _ENUMERATION.finditer(sentence):
        for thing in (match[1], *match[2].split(",")[1:], match[3]):
            said = itertools.dropwhile(
                unwanted.__contains__, words.words(thing, language)
            )
            # What follows a stop word is no longer the thing: "a key for the room".
            head = itertools.takewhile(lambda word: word not in unwanted, said)
            if terms := [words.stem(word, language) for word in head]:
                yield terms


def _says_no(text: str) -> bool:
    return _NO.search(text) is not None


def _contradicts(said: frozenset[str], stretch: SourceStretch) -> bool:
    """Tell whether one says a word and the other only its opposite."""
    for pair in _OPPOSITES:
        mine, theirs = pair & said, pair & stretch.words
        if len(mine) == 1 and len(theirs) == 1 and mine != theirs:
            return True
    return False
