"""Cells as values: numbers with their unit, dates, and the names of cells.

Readers write numbers with "." as decimal point and dates as ISO 8601; what comes from
hand-made lists ("1.234,50 €", "14.03.2025") is understood as well. A column decides
whether its commas are decimal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

_LONGEST = 40
_SIGNS = "€$£¥₺₴₽%"
_NUMBER = re.compile(
    rf"(?P<before>[{_SIGNS}]|(?:EUR|USD|CHF|GBP|PLN)\b)?\s*"
    r"(?P<sign>[-+\u2212])?\s*"
    r"(?P<digits>\d(?:[\d.,'’\u00a0\u202f ]*\d)?)(?:,-+|,—)?\s*"
    rf"(?P<after>[{_SIGNS}]|[^\W\d_]{{1,12}}[²³]?\.?)?"
)
_GROUPED = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?")
_POINTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d\d)")
_SPACES = re.compile(r"['’\u00a0\u202f ]")
_UNITS = {
    "eur": "€", "euro": "€", "euros": "€", "usd": "$", "dollar": "$", "dollars": "$",
    "gbp": "£", "prozent": "%", "percent": "%", "chf": "CHF", "pln": "zł", "zł": "zł",
    "std": "Std.", "std.": "Std.",
}  # fmt: skip
_TOUCHING = frozenset(
    [
        "m",
        "cm",
        "mm",
        "km",
        "g",
        "kg",
        "mg",
        "t",
        "l",
        "ml",
        "h",
        "min",
        "s",
        "kwh",
        "kw",
        "w",
        "eur",
        "euro",
        "usd",
        "chf",
        "zł",
        "m²",
        "m³",
        "km²",
        "qm",
    ]
)
CURRENCIES = frozenset({"€", "$", "£", "¥", "₺", "₴", "₽", "CHF", "zł"})


def unit_of(text: str) -> str:
    """Return a unit in the one way we write it."""
    text = text.strip()
    return _UNITS.get(text.casefold(), text)


def parse_number(text: str) -> tuple[Decimal, str] | None:
    """Return a cell's number and unit; None when it is no number."""
    if len(text) > _LONGEST:
        return None
    plain = text[1:] if text[:1] == "-" else text
    if plain.replace(".", "", 1).isdecimal():  # what readers write: the quick way
        return Decimal(text), ""
    match = _NUMBER.fullmatch(text.strip())
    if match is None or _is_code(match):
        return None
    digits = _plain_digits(match["digits"])
    if digits is None:
        return None
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return None
    if match["sign"] in ("-", "\u2212"):
        number = -number
    return number, unit_of(match["after"] or match["before"] or "")


def _is_code(match: re.Match[str]) -> bool:
    """Tell whether letters that touch a number make a code of it: 7b is no number."""
    unit = match["after"] or ""
    before = match.string[: match.start("after")]
    touching = bool(unit) and unit[0].isalpha() and not before[-1:].isspace()
    return touching and unit.casefold() not in _TOUCHING


def _plain_digits(digits: str) -> str | None:
    """Return digits with "." as decimal point and nothing else between them."""
    if _SPACES.search(digits) and not _GROUPED.match(digits):
        return None
    digits = _SPACES.sub("", digits)
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        decimal, thousand = (",", ".") if comma > point else (".", ",")
        if digits.count(decimal) > 1:
            return None
        return digits.replace(thousand, "").replace(decimal, ".")
    for sign in (",", "."):
        if digits.count(sign) > 1:
            return digits.replace(sign, "") if _GROUPED.fullmatch(digits) else None
    return digits.replace(",", ".")


def parse_date(text: str) -> str | None:
    """Return the day of a cell as ISO 8601; None when it is no date."""
    match = _ISO.fullmatch(text)
    if match:
        year, month, day = match.groups()
    else:
        match = _POINTED.fullmatch(text.strip())
        if match is None:
            return None
        day, month, year = match.groups()
        year = f"20{year}" if len(year) == 2 else year
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    return f"{year}-{int(month):02}-{int(day):02}"


def decimals_of(number: Decimal) -> int:
    """Return how many digits stand behind the decimal point."""
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def column_letters(index: int) -> str:
    """Return the name of a column that counts from 0: A, B … Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def runs_of(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return ascending numbers as runs (first, last) without a gap."""
    runs: list[tuple[int, int]] = []
    first = last = -2
    for number in numbers:
        if number != last + 1:
            if last >= 0:
                runs.append((first, last))
            first = number
        last = number
    if last >= 0:
        runs.append((first, last))
    return runs


def cell_names(columns: Sequence[int], rows: Iterable[int], most: int = 200) -> str:
    """Return cells as "C2:C14,C17".

    `columns` (from 0) are neighbours or stand alone, `rows` are the sheet's numbers. Of
    more than `most` stretches only the range around them all is named.
    """
    ranges = runs_of(rows)
    if len(ranges) > most:
        ranges = [(ranges[0][0], ranges[-1][1])]
    names = []
    for left, right in runs_of(sorted(set(columns))):
        start, end = column_letters(left), column_letters(right)
        for first, last in ranges:
            name = f"{start}{first}"
            names.append(
                name if (start, first) == (end, last) else f"{name}:{end}{last}"
            )
    return ",".join(names)
