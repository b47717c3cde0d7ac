"""What must not be in a data set: personal data, the same twice, questions of tests.

Personal data is replaced by placeholders; who finds it comes in as an argument
(`workshop/anonymise.py`). Near duplicates are found by the words they share: five in a
row, compared as sets (Jaccard; Broder 1997). Overlap with tests is eight words in a row,
as is usual for contamination checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from app.values.datasets import Record

Anonymise = Callable[[str], tuple[str, int]]
_WORD = re.compile(r"\w+")
_ROW, _TEST_ROW = 5, 8
_SAME = 0.8


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is left, and what was done: counts of findings, and ids of what went."""

    records: tuple[Record, ...]
    personal: int = 0
    duplicates: tuple[str, ...] = ()
    overlapping: tuple[str, ...] = ()


def clean(
    records: Iterable[Record], anonymise: Anonymise, tests: Sequence[str]
) -> Cleaned:
    """Return the records without personal data, duplicates and questions of tests.

    `anonymise` returns a text with placeholders and how many it put there.
    """
    blocked = {row for text in tests for row in _rows(text, _TEST_ROW)}
    short = {_key(text) for text in tests}
    kept: list[Record] = []
    seen: set[str] = set()
    shingles: list[set[tuple[str, ...]]] = []
    personal, duplicates, overlapping = 0, [], []
    for record in records:
        question, first = anonymise(record.question)
        answer, second = anonymise(record.answer)
        document, third = anonymise(record.document)
        found = replace(record, question=question, answer=answer, document=document)
        whole = f"{question}\n{answer}"
        if _key(question) in short or blocked & _rows(whole, _TEST_ROW):
            overlapping.append(record.id)
            continue
        rows = _rows(whole, _ROW)
        if _key(whole) in seen or any(_alike(rows, other) for other in shingles):
            duplicates.append(record.id)
            continue
        seen.add(_key(whole))
        shingles.append(rows)
        personal += first + second + third
        kept.append(found)
    return Cleaned(tuple(kept), personal, tuple(duplicates), tuple(overlapping))


def _key(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _rows(text: str, size: int) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return {tuple(words[n : n + size]) for n in range(len(words) - size + 1)}


def _alike(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> bool:
    if not one or not other:
        return False
    # Sets of very different size cannot be alike; that spares most comparisons.
    if min(len(one), len(other)) < _SAME * max(len(one), len(other)):
        return False
    return len(one & other) / len(one | other) >= _SAME
