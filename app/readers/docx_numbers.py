"""The numbers that Word draws in front of paragraphs but does not store as text.

"§ 3", "1.2", "a)" and bullets come from `numbering.xml`: a paragraph names a list and
a level, the list an abstract definition with a format for each level (ECMA-376, 17.9).
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VAL = f"{_W}val"
_PLACEHOLDER = re.compile(r"%([1-9])")
_MAX_LABEL = 30
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


class Numbering:
    """Counts through the paragraphs of one document in their order."""

    def __init__(self, root: Any) -> None:
        self._levels: dict[str, dict[int, Any]] = {}
        self._abstract_of: dict[str, str] = {}
        self._counters: defaultdict[str, dict[int, int]] = defaultdict(dict)
        if root is None:
            return
        for abstract in root.iter(f"{_W}abstractNum"):
            self._levels[abstract.get(f"{_W}abstractNumId", "")] = {
                int(level.get(f"{_W}ilvl", "0")): level
                for level in abstract.iter(f"{_W}lvl")
            }
        for number in root.iter(f"{_W}num"):
            self._abstract_of[number.get(f"{_W}numId", "")] = _value(
                number, "abstractNumId"
            )

    def label(self, paragraph: Any, from_style: Any) -> str:
        """Return the label of the next paragraph, "" where it has none."""
        own = paragraph.find(f"{_W}pPr/{_W}numPr")
        list_id = _first(own, from_style, "numId", "0")
        depth = int(_first(own, from_style, "ilvl", "0"))
        abstract = self._abstract_of.get(list_id, "")
        levels = self._levels.get(abstract, {})
        if depth not in levels:
            return ""
        counters = self._counters[abstract]
        counters[depth] = counters.get(depth, _start(levels[depth]) - 1) + 1
        for deeper in [level for level in counters if level > depth]:
            del counters[deeper]
        return _label(levels, counters, depth)


def _label(levels: dict[int, Any], counters: dict[int, int], depth: int) -> str:
    kind = _value(levels[depth], "numFmt")
    if kind == "bullet":
        return "•"
    if kind == "none":
        return ""

    def number(match: re.Match[str]) -> str:
        level = int(match[1]) - 1
        if level not in levels:
            return ""
        value = counters.get(level, _start(levels[level]))
        return _format(value, _value(levels[level], "numFmt"))

    template = _value(levels[depth], "lvlText")
    return _PLACEHOLDER.sub(number, template).strip()[:_MAX_LABEL]


def _format(value: int, kind: str) -> str:
    if kind in ("lowerLetter", "upperLetter"):
        repeats, index = divmod(max(value, 1) - 1, 26)
        letters = chr(ord("a") + index) * (min(repeats, 3) + 1)
        return letters if kind == "lowerLetter" else letters.upper()
    if kind in ("lowerRoman", "upperRoman") and 0 < value < 4000:
        roman = _roman(value)
        return roman if kind == "lowerRoman" else roman.upper()
    return f"{value:02}" if kind == "decimalZero" else str(value)


def _roman(value: int) -> str:
    digits = ""
    for worth, sign in _ROMAN:
        count, value = divmod(value, worth)
        digits += sign * count
    return digits


def _first(own: Any, from_style: Any, tag: str, default: str) -> str:
    """Return a property of the paragraph itself, else of its style."""
    for properties in (own, from_style):
        if properties is not None and (value := _value(properties, tag)):
            return value
    return default


def _value(element: Any, tag: str) -> str:
    child = element.find(f"{_W}{tag}")
    return "" if child is None else str(child.get(_VAL, ""))


def _start(level: Any) -> int:
    return int(_value(level, "start") or "1")
