"""How people say what a cell holds: 1234.5 as "1.234,50", 2026-03-02 as "2.3.2026"."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_NUMBER = re.compile(r"(?<![\d.,-])\d{1,15}(?:\.\d{1,12})?(?![\d.,]*\d|-\d)")


def spellings(text: str) -> frozenset[str]:
    """Return the other spellings of the numbers and dates in rows of a table."""
    found: set[str] = set()
    for year, month, day in _DATE.findall(text):
        found |= {f"{day}.{month}.{year}", f"{int(day)}.{int(month)}.{year}"}
        found |= {f"{day}.{month}", f"{int(day)}.{int(month)}"}
        found |= {str(int(day)), str(int(month)), f"{day}.{month}.{year[2:]}"}
    for match in _NUMBER.finditer(text):
        found.update(_spelled(match.group()))
    return frozenset(found)


def _spelled(number: str) -> Iterator[str]:
    whole, _, fraction = number.partition(".")
    fractions = {fraction, fraction.ljust(2, "0")} if fraction else {"", "00"}
    for tail in fractions:
        for point, comma in ((".", ","), (",", ".")):
            end = f"{comma}{tail}" if tail else ""
            yield f"{whole}{end}"
            if len(whole) > 3:
                yield f"{int(whole):,}".replace(",", point) + end
