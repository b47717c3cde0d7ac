"""What can be asked of a sentence, and what could stand there instead.

A `Term` is a number, a date or a telling word at a place in a sentence. `Lexicon` knows
all terms of the documents and finds others of the same kind that fit grammatically: a
word that somewhere in the documents follows the same word, a number with the same unit.

Invariant: what `Lexicon.others` returns differs from the term, from each other and from
every word of the sentence.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app import words
from app.workshop.wordlists import ALIKE, DETERMINERS, GENERAL

_MONTHS = (
    "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
    "|January|February|March|May|June|July|October|December"
)
_DATE = re.compile(
    rf"\b\d{{1,2}}\. (?:{_MONTHS})(?: \d{{4}})?\b|\b\d{{1,2}} (?:{_MONTHS}) \d{{4}}\b"
)
_NUMBER = re.compile(
    r"(?<![\w.,:/-])(?:\d{1,3}(?:[.\u00a0\u202f]\d{3})+|\d+)(?:[,.]\d+)?(?![\w:/-]|[.,]\d)"
)
_REFERENCE = re.compile(
    r"(?:§§?|Abs\.|Absatz|Absatzes|Nr\.|Nrn\.|Nummer|Nummern|Satz|Sätze|Art\.|Artikel"
    r"|S\.|Seite|Buchstabe|Kapitel|Abschnitt|Anlage|Anhang|Abb\.|Abbildung|Tabelle"
    r"|Ziffer|Section|Sections|Article|Chapter|Figure|Fig\.|Table|page|No\.|I|II|III"
    r"|BGBl\.|und|bis|,|and|to)\s*$"
)
_LISTED = re.compile(r"(?:§§?|Nummern?|Abs\.|Absatz|Artikel|Sections?)[^.;]{0,30}$")
_POINTERS = frozenset(
    [
        "absatz",
        "absatzes",
        "absätze",
        "nummer",
        "nummern",
        "satz",
        "sätze",
        "satzes",
        "buchstabe",
        "buchstaben",
        "artikel",
        "artikels",
        "abschnitt",
        "abschnitts",
        "kapitel",
        "anlage",
        "anhang",
        "abbildung",
        "tabelle",
        "ziffer",
        "section",
        "sections",
        "article",
        "chapter",
        "figure",
        "table",
        "paragraph",
    ]
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_DECIMAL = re.compile(r"-?\d+\.(?:\d{1,2}|\d{4,})")
_UNIT = re.compile(r"\s*(%|[^\W\d_]+|€|°C?)")


def chance_of(seed: int) -> random.Random:
    """Return chance that can be repeated; no secret hangs on it."""
    return random.Random(seed)  # noqa: S311


@dataclass(frozen=True, slots=True)
class Term:
    """`text` at `start`..`end` of a sentence. `kind`: "number", "date" or "word"."""

    text: str
    start: int
    end: int
    kind: str
    before: str = ""
    unit: str = ""


def terms_of(said: str, language: str) -> list[Term]:
    """Return what can be left out of a sentence: numbers and dates first, then words."""
    found = _dates(said)
    taken = [(term.start, term.end) for term in found]
    for match in _NUMBER.finditer(said):
        if not any(s <= match.start() < e for s, e in taken) and _counts(said, match):
            found.append(_number(said, match))
    return found + _telling_words(said, language)


def _dates(said: str) -> list[Term]:
    return [Term(m[0], m.start(), m.end(), "date") for m in _DATE.finditer(said)]


def _counts(said: str, match: re.Match[str]) -> bool:
    """Tell whether a number says how much and does not only point elsewhere."""
    before = said[: match.start()]
    return not (
        _REFERENCE.search(before)
        or _LISTED.search(before)
        or said[match.end() : match.end() + 1] == ")"
        or (said[match.end() :].startswith(".") and match.end() + 1 < len(said))
    )


def _number(said: str, match: re.Match[str]) -> Term:
    unit = _UNIT.match(said, match.end())
    return Term(
        match[0],
        match.start(),
        match.end(),
        "number",
        _word_before(said, match.start()),
        unit[1].casefold() if unit else "",
    )


def _word_before(said: str, start: int) -> str:
    parts = said[:start].split()
    return parts[-1].casefold() if parts else ""


def _telling_words(said: str, language: str) -> list[Term]:
    unwanted = words.stop_words(language)
    result = []
    for match in _WORD.finditer(said):
        text = match[0]
        if match.start() == 0 or len(text) < 5 or text.isupper():
            continue
        folded = words.fold(text, language)
        if folded in unwanted | _POINTERS or text.casefold() in GENERAL:
            continue
        if language == "de" and not text[0].isupper():
            continue
        before = _word_before(said, match.start())
        result.append(Term(text, match.start(), match.end(), "word", before))
    return result


def value_of(number: str) -> float | None:
    """Return a number as it is written in German or English, None if it is none."""
    text = number.replace("\u00a0", "").replace("\u202f", "")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?", text):
        text = text.replace(".", "")
    elif re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def written(cell: str, language: str) -> str:
    """Return a cell as a language writes it; readers use one form for all sheets."""
    if language != "de":
        return cell
    if day := _ISO_DATE.fullmatch(cell):
        return f"{day[3]}.{day[2]}.{day[1]}"
    # Three digits may be thousands of a file that nobody could tell from decimals.
    return cell.replace(".", ",") if _DECIMAL.fullmatch(cell) else cell


class Lexicon:
    """All terms of some sentences, to find others of the same kind."""

    def __init__(self, sentences: Iterable[str], language: str) -> None:
        self._language = language
        self._terms: list[Term] = []
        self._counts: Counter[str] = Counter()
        self._before: dict[str, set[str]] = {}
        for said in sentences:
            for term in terms_of(said, language):
                self._terms.append(term)
                self._counts[self._key(term.text)] += 1
                self._before.setdefault(term.text, set()).add(term.before)

    def frequency(self, term: Term) -> int:
        """Return how often a word stands in the documents."""
        return self._counts[self._key(term.text)]

    def others(
        self, term: Term, said: str, count: int, chance: random.Random
    ) -> list[str]:
        """Return up to `count` other texts that could stand where `term` stands."""
        if term.kind == "word":
            ranked = self._other_words(term)
        elif term.kind == "date":
            ranked = [*self._same_kind(term), *_other_dates(term.text, chance)]
        else:
            ranked = [*self._same_kind(term), *_other_numbers(term.text, chance)]
        return self._distinct(ranked, term, said)[:count]

    def _key(self, text: str) -> str:
        return words.stem(words.fold(text, self._language), self._language)

    def _same_kind(self, term: Term) -> list[str]:
        """Return the documents' own numbers of this unit, and their dates."""
        return [
            other.text
            for other in self._terms
            if other.kind == term.kind
            and other.unit == term.unit
            and (term.kind == "date" or _near(other.text, term.text))
        ]

    def _other_words(self, term: Term) -> list[str]:
        """Return words, best first: after the same word, same ending, similar length."""
        capital = term.text[0].isupper()

        def rank(other: Term) -> tuple[int, int, int]:
            return (
                int(other.before != term.before),
                int(other.text[-2:] != term.text[-2:]),
                abs(len(other.text) - len(term.text)) // 3,
            )

        fitting = [
            other
            for other in self._terms
            if other.kind == "word"
            and other.text[0].isupper() == capital
            and self._agrees(term, other.text)
            and not self._alike(term.text, other.text)
        ]
        return [other.text for other in sorted(fitting, key=rank)]

    def _agrees(self, term: Term, other: str) -> bool:
        """Tell whether a word can stand behind the word before the term.

        German articles and adjectives tell gender, case and number: only a word that the
        documents have behind the same one is sure to agree.
        """
        seen = self._before[other]
        if term.before == "die" and self._language == "de":
            # Of one woman or of many: the ending has to tell.
            return "die" in seen and _ending(other) == _ending(term.text)
        if term.before in seen:
            return True
        if self._language == "de" and term.before in DETERMINERS:
            return False
        if self._language != "de" or other[-2:] != term.text[-2:]:
            return False
        if term.before[-2:] in ("en", "er", "es", "em"):
            return any(before[-2:] == term.before[-2:] for before in seen)
        return True

    def _alike(self, one: str, other: str) -> bool:
        """Tell whether one word could be right where the other is."""
        first, second = self._key(one), self._key(other)
        return any(_among(first, line) and _among(second, line) for line in ALIKE)

    def told_elsewhere(self, term: Term, said: str) -> bool:
        """Tell whether the rest of a text gives a term away, in another form perhaps."""
        key = self._key(term.text)
        if len(key) < 4 or term.kind != "word":
            return False
        rest = said[: term.start] + " " + said[term.end :]
        return self.names(term, rest)

    def names(self, term: Term, text: str) -> bool:
        """Tell whether a text holds a term or a word made of it."""
        return self._key(term.text) in words.fold(text, self._language)

    def _distinct(self, texts: Sequence[str], term: Term, said: str) -> list[str]:
        inside = {self._key(word) for word in re.findall(r"\w+(?:[.,]\d+)*", said)}
        seen = {self._key(term.text)}
        result = []
        for text in texts:
            key = self._key(text)
            related = term.kind == "word" and any(
                key in other or other in key for other in seen
            )
            if key in seen or key in inside or related:
                continue
            seen.add(key)
            result.append(text)
        return result


def _among(key: str, line: frozenset[str]) -> bool:
    """Tell whether a stem belongs to a line of words that mean nearly the same."""
    if len(key) < 4:
        return key in line
    return any(key.startswith(word) or word.startswith(key) for word in line)


def _ending(word: str) -> str:
    """Return the ending that tells gender and number of a German noun, roughly."""
    feminine = ("ung", "heit", "keit", "ion", "schaft", "tät", "ik", "enz", "anz")
    return "ung" if word.endswith(feminine) else word[-2:]


def _near(one: str, other: str) -> bool:
    """Tell whether two numbers could be confused: same order of magnitude and form."""
    first, second = value_of(one), value_of(other)
    if not first or not second or ("," in one) != ("," in other):
        return False
    return 0.2 <= first / second <= 5


def _other_numbers(number: str, chance: random.Random) -> list[str]:
    """Return made-up numbers of the same form near a number."""
    digits = re.sub(r"\D", "", number)
    if not digits:
        return []
    value = int(digits)
    year = len(digits) == 4 and digits == number and 1000 <= value <= 2100
    steps = [1, 2, 3, 5, 10] if year else _steps(value)
    made = [value + sign * step for step in steps for sign in (1, -1)]
    chance.shuffle(made)
    forms = [_like(number, new) for new in made if new > 0 and new != value]
    return [form for form in forms if form[0] != "0" or number[0] == "0"]


def _steps(value: int) -> list[int]:
    if value < 10:
        return [1, 2, 3]
    unit = 10 ** (len(str(value)) - 2)
    if value % (unit * 10) == 0:
        unit *= 10
        return [unit, 2 * unit, 3 * unit]
    return [2 * unit, 4 * unit, 6 * unit, 3 * unit]


def _like(number: str, value: int) -> str:
    """Return `value` with separators where `number` has them, counted from the right."""
    digits = list(str(value).rjust(len(re.sub(r"\D", "", number)), "0"))
    result: list[str] = []
    for sign in reversed(number):
        if sign.isdigit():
            result.append(digits.pop() if digits else "0")
        else:
            result.append(sign)
    return "".join(digits) + "".join(reversed(result))


def _other_dates(date: str, chance: random.Random) -> list[str]:
    """Return made-up dates: another month of the same year, and another year."""
    match = re.search(rf"({_MONTHS})", date)
    if match is None:
        return []
    german = ". " in date
    months = _MONTHS.split("|")[:12] if german else list(_ENGLISH)
    made = [date.replace(match[1], month) for month in months if month != match[1]]
    day = re.match(r"\d{1,2}", date)
    if day and int(day[0]) > 28:
        made = [date.replace(day[0], str(number), 1) for number in (1, 15, 20, 28)]
    year = re.search(r"\d{4}", date)
    if year:
        made += [
            date.replace(year[0], str(int(year[0]) + step)) for step in (-2, -1, 1, 2)
        ]
    chance.shuffle(made)
    return made


_ENGLISH = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip
