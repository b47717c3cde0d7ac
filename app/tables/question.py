"""A question taken apart, before any table is looked at.

What it asks for (an operation), the numbers it compares with, its dates, and the words
that are left over: these a table has to explain.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from decimal import Decimal

from app import words
from app.tables import lexicon
from app.tables.cells import parse_date, parse_number, unit_of

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*(?![^\W_])|[^\W_]+")
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b|\b\d{1,2}\.\s?\d{1,2}\.\s?(?:\d{4}|\d\d)\b")
_MONTH_NAMES = "|".join(sorted(lexicon.MONTHS, key=len, reverse=True))
_MONTH = re.compile(
    rf"(?:\b(?P<day>\d{{1,2}})\.?\s+)?\b(?P<month>{_MONTH_NAMES})\b"
    r"(?:\s+(?P<day_after>\d{1,2})(?:st|nd|rd|th)?,?(?=\s+\d{4}))?(?:\s+(?P<year>\d{4})\b)?"
)
_IN = re.compile(
    r"\b(?:in|im|of|since|before|after|until|from|for|and|und|bis|zum)\s+$"
)
_YEAR = re.compile(
    r"\b(?:(?:jahre?s?|year) )?(?:19|20)\d\d\b(?![.,]\d|\s*(?:€|euro|eur|\$|%))"
)
_UNIT = re.compile(
    r"\s*(€|\$|£|%|(?:euros?|eur|usd|dollars?|chf|prozent|percent)\b|zł)", re.IGNORECASE
)
_STARTS_AS_YES_NO = re.compile(
    r"(?:ist|sind|war|waren|hat|haben|gibt|kostet|kosten|is|are|was|were|does|do|did|has"
    r"|have|can|est-ce)\b"
)
_MEASURED = (
    ("price", re.compile(r"teurer|billiger|günstiger|expensive|cheaper|caro")),
    ("age", re.compile(r"älter|jünger|older|younger")),
    ("weight", re.compile(r"schwerer|leichter|heavier|lighter")),
    ("length", re.compile(r"länger|kürzer|longer|shorter")),
)
_LOOK_BACK = 40
_EXTREMES = ("most", "fewest", "maximum", "minimum")


@dataclass(slots=True)
class Token:
    """A folded word or number of the question; `used` when it is explained."""

    index: int
    text: str
    start: int
    end: int
    used: bool = False
    is_upper: bool = False

    @property
    def has_digits(self) -> bool:
        """Whether it is a number or a code such as 7b."""
        return any(sign.isdigit() for sign in self.text)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Numbers to compare with. `measured` is a group of synonyms, "" where unsaid."""

    relation: str
    numbers: tuple[Decimal, ...]
    start: int
    end: int
    unit: str = ""
    measured: str = ""


@dataclass(frozen=True, slots=True)
class DateSpan:
    """Days from `first` to `last` (ISO 8601, both included; "" is open).

    A month without a year has `month` only. `words` are those it was said in.
    """

    first: str
    last: str
    month: int
    year: int
    relation: str
    words: tuple[str, ...]
    start: int
    end: int


@dataclass(slots=True)
class Question:
    """What is known of a question without tables."""

    text: str
    language: str
    languages: tuple[str, ...]
    tokens: list[Token]
    operation: str = ""
    operation_end: int = 0
    asks: str = ""
    asks_end: int = 0
    measured: str = ""
    each_at: int = -1
    comparisons: list[Comparison] = field(default_factory=list)
    dates: list[DateSpan] = field(default_factory=list)
    blocked: bool = False

    def content(self) -> list[Token]:
        """Return the tokens that a table has to explain."""
        ignored = lexicon.fillers() | words.stop_words(self.language)
        return [
            t
            for t in self.tokens
            if not t.used and (t.is_upper or t.text not in ignored)
        ]


def read_question(text: str, language: str = "") -> Question:
    """Take a question apart."""
    folded = words.fold(" ".join(text.split()))
    language = words.guess_language(text, language or "de")
    languages = tuple(dict.fromkeys((language, "de", "en")))
    tokens = [
        Token(index, match.group(), match.start(), match.end())
        for index, match in enumerate(_TOKEN.finditer(folded))
    ]
    _mark_upper(tokens, text)
    question = Question(folded, language, languages, tokens)
    rest = _take_dates(question, folded)
    rest = _take_comparisons(question, rest)
    _take_asked(question, rest)
    if question.asks == "when":
        rest = lexicon.WHEN.sub(lambda m: " " * len(m.group()), rest)
    rest = _take_operation(question, rest)
    starts_so = _STARTS_AS_YES_NO.match(folded) and not (
        question.operation or question.asks
    )
    question.blocked |= bool(starts_so or lexicon.OTHERWISE.search(rest))
    return question


def _mark_upper(tokens: list[Token], text: str) -> None:
    """Note which words are written in capitals: "IT" is no pronoun."""
    written = _TOKEN.findall(" ".join(text.split()))
    if len(written) != len(tokens) or text.isupper():
        return
    for token, word in zip(tokens, written, strict=True):
        token.is_upper = len(word) > 1 and word.isupper() and word.isalpha()


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _use(question: Question, start: int, end: int) -> None:
    for token in question.tokens:
        if token.start < end and token.end > start:
            token.used = True


# -- dates -----------------------------------------------------------------------------


def _take_dates(question: Question, text: str) -> str:
    for pattern in (_DAY, _MONTH, _YEAR):
        for match in list(pattern.finditer(text)):
            before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
            span = _span_of(match, before)
            if span is None:
                continue
            question.dates.append(span)
            _use(question, span.start, span.end)
            text = _blank(text, span.start, span.end)
    question.dates.sort(key=lambda span: span.start)
    _join_dates(question)
    return text


def _span_of(match: re.Match[str], before: str) -> DateSpan | None:
    said = match.group()
    relation, start = _relation_before(before, match.start())
    spoken = tuple(words.words(said))
    day = parse_date(said.replace(". ", "."))
    if day is not None:
        year, month = int(day[:4]), int(day[5:7])
        return _with_relation(
            (day, day), month, year, relation, spoken, start, match.end()
        )
    if match.re is _YEAR:
        year = int(said[-4:])
        spoken = (said[-4:],)
        ends = (f"{year}-01-01", f"{year}-12-31")
        return _with_relation(ends, 0, year, relation, spoken, start, match.end())
    month = lexicon.MONTHS[match["month"]]
    year = int(match["year"] or 0)
    unsure = match["month"] in lexicon.UNSURE_MONTHS or len(match["month"]) <= 3
    if unsure and not (year or _IN.search(before)):
        return None
    if not year:
        day_said = match["day"]
        if day_said or relation:
            return None
        return DateSpan("", "", month, 0, "", spoken, start, match.end())
    number = match["day"] or match["day_after"]
    last = calendar.monthrange(year, month)[1] if 1 <= year <= 9999 else 31
    first, final = (int(number), int(number)) if number else (1, last)
    if not 1 <= final <= last:
        return None
    ends = (f"{year}-{month:02}-{first:02}", f"{year}-{month:02}-{final:02}")
    return _with_relation(ends, month, year, relation, spoken, start, match.end())


def _relation_before(before: str, start: int) -> tuple[str, int]:
    for relation, pattern in (
        ("<", lexicon.BEFORE),
        (">", lexicon.AFTER),
        ("≥", lexicon.SINCE),
        ("≤", lexicon.UNTIL),
    ):
        match = pattern.search(before)
        if match:
            return relation, start - len(before) + match.start()
    return "", start


def _with_relation(
    ends: tuple[str, str],
    month: int,
    year: int,
    relation: str,
    spoken: tuple[str, ...],
    start: int,
    end: int,
) -> DateSpan:
    first, last = {
        "<": ("", ends[0]),
        ">": (ends[1], ""),
        "≥": (ends[0], ""),
        "≤": ("", ends[1]),
    }.get(relation, ends)
    return DateSpan(first, last, month, year, relation, spoken, start, end)


def _join_dates(question: Question) -> None:
    """Make one span of “between … and …” and “from … to …”."""
    joined: list[DateSpan] = []
    for span in question.dates:
        before = joined[-1] if joined else None
        between = (
            before is not None
            and before.first
            and span.last
            and lexicon.OPENED.search(
                question.text, max(0, before.start - 16), before.start + 12
            )
            and lexicon.CLOSED.match(question.text, before.end)
        )
        if before is None or not between:
            joined.append(span)
            continue
        joined[-1] = DateSpan(
            before.first,
            span.last,
            0,
            0,
            "–",
            before.words + span.words,
            before.start,
            span.end,
        )
        _use(question, before.start, span.end)
    question.dates = joined


# -- numbers ---------------------------------------------------------------------------


def number_of(token: Token, language: str) -> Decimal | None:
    """Return the number a token is, written or spelled out."""
    if token.text in lexicon.SPELLED:
        return Decimal(lexicon.SPELLED[token.text])
    if (
        not token.text[0].isdigit()
        or not token.text.replace(".", "").replace(",", "").isdecimal()
    ):
        return None
    text = token.text
    thousands = "," if language == "en" else "."
    if re.fullmatch(rf"\d{{1,3}}(?:\{thousands}\d{{3}})+(?:[.,]\d+)?", text):
        text = text.replace(thousands, "")
    parsed = parse_number(text)
    return parsed[0] if parsed else None


def _take_comparisons(question: Question, text: str) -> str:
    pending: tuple[Decimal, Token, int] | None = None
    for token in question.tokens:
        number = None if token.used else number_of(token, question.language)
        if number is None:
            continue
        before = text[max(0, token.start - _LOOK_BACK) : token.start]
        unit = _UNIT.match(text, token.end)
        end = unit.end() if unit else token.end
        if pending is not None:
            low, first, start = pending
            pending = None
            link = re.sub(_UNIT, "", text[first.end : token.start])
            if lexicon.BETWEEN_LINK.match(link) and low <= number:
                text = _compare(
                    question, text, lexicon.BETWEEN, (low, number), start, end, unit
                )
                continue
        found = _relation_of(before)
        if found is not None:
            relation, length = found
            start = token.start - length
            text = _compare(question, text, relation, (number,), start, end, unit)
        elif match := lexicon.BETWEEN_START.search(before):
            pending = (number, token, token.start - len(before) + match.start())
    return text


def _relation_of(before: str) -> tuple[str, int] | None:
    for relation, pattern in lexicon.COMPARISONS:
        match = pattern.search(before)
        if match:
            return relation, len(before) - match.start()
    return None


def _compare(
    question: Question,
    text: str,
    relation: str,
    numbers: tuple[Decimal, ...],
    start: int,
    end: int,
    unit: re.Match[str] | None,
) -> str:
    said = text[start:end]
    measured = next((name for name, p in _MEASURED if p.search(said)), "")
    question.comparisons.append(
        Comparison(
            relation, numbers, start, end, unit_of(unit[1]) if unit else "", measured
        )
    )
    _use(question, start, end)
    return _blank(text, start, end)


# -- what is asked ---------------------------------------------------------------------


def _take_operation(question: Question, text: str) -> str:
    for pattern, group in lexicon.MEASURED:
        if pattern.search(text):
            question.measured = group
            break
    for name, pattern in lexicon.OPERATIONS:
        match = pattern.search(text)
        if match is None:
            continue
        _use(question, match.start(), match.end())
        if not question.operation:
            question.operation, question.operation_end = name, match.end()
        elif name in ("mean", "sum") and question.operation in _EXTREMES:
            # The highest average would need groups that nobody named.
            question.blocked = True
        text = _blank(text, match.start(), match.end())
    return text


def _take_asked(question: Question, text: str) -> None:
    for name, pattern in (
        ("who", lexicon.WHO),
        ("when", lexicon.WHEN),
        ("where", lexicon.WHERE),
        ("which", lexicon.WHICH),
        ("which", lexicon.TELL),
        ("what", lexicon.WHAT),
    ):
        match = pattern.search(text)
        if match:
            question.asks, question.asks_end = name, match.end()
            break
    match = lexicon.EACH.search(text)
    if match:
        question.each_at = match.end()
