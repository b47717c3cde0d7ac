"""What a person edits of an item → the item: points shared out, gaps found.

In an editor a gap stands in braces, other right answers behind a bar:
"The leave is {24|twenty-four} days." A brace that opens no gap stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.values.quiz import Gap, Item, Option, Pair

_GAP = re.compile(r"\{([^{}]*[^{}\s|][^{}]*)\}")


def with_gaps_shown(item: Item) -> str:
    """Return a gap text with its gaps in braces."""
    parts: list[str] = []
    place = 0
    for gap in item.gaps:
        answers = "|".join((item.answer_of(gap), *gap.also))
        parts += [item.text[place : gap.start], "{", answers, "}"]
        place = gap.end
    return "".join([*parts, item.text[place:]])


def gaps_from(shown: str) -> tuple[str, tuple[Gap, ...]]:
    """Return text and gaps of what `with_gaps_shown` showed, edited or not."""
    text, gaps, place = "", [], 0
    for match in _GAP.finditer(shown):
        first, *also = [part.strip() for part in match[1].split("|")]
        if not first:
            continue
        text += shown[place : match.start()]
        gaps.append(Gap(len(text), len(text) + len(first), tuple(a for a in also if a)))
        text += first
        place = match.end()
    return text + shown[place:], tuple(gaps)


def options_from(rows: Sequence[tuple[str, bool]]) -> tuple[Option, ...]:
    """Return the answers to choose from; right ones share 100 percent, wrong ones lose it.

    Empty rows are left out. With one right answer wrong ones cost nothing.
    """
    kept = [(text.strip(), right) for text, right in rows if text.strip()]
    right = sum(1 for _, is_right in kept if is_right)
    wrong = len(kept) - right
    gain = round(100.0 / right, 5) if right else 0.0
    loss = round(-100.0 / wrong, 5) if wrong and right > 1 else 0.0
    return tuple(Option(text, gain if is_right else loss) for text, is_right in kept)


def answers_from(lines: Sequence[str], tolerance: float = 0.0) -> tuple[Option, ...]:
    """Return accepted answers, each worth all points; empty ones are left out."""
    kept = [line.strip() for line in lines if line.strip()]
    return tuple(Option(line, 100.0, tolerance=tolerance) for line in kept)


def pairs_from(rows: Sequence[tuple[str, str]]) -> tuple[Pair, ...]:
    """Return what belongs together; rows that are empty on both sides are left out."""
    kept = [(left.strip(), right.strip()) for left, right in rows]
    return tuple(Pair(left, right) for left, right in kept if left or right)


def moved(items: Sequence[Item], place: int, step: int) -> tuple[Item, ...]:
    """Return items with one of them moved, as far as there is room."""
    target = min(max(0, place + step), len(items) - 1)
    result = list(items)
    result.insert(target, result.pop(place))
    return tuple(result)


def renewed(items: Sequence[Item], place: int, item: Item) -> tuple[Item, ...]:
    """Return items with another one in a place."""
    return (*items[:place], item, *items[place + 1 :])


def with_feedback(item: Item, feedback: str) -> Item:
    """Return an item with another explanation."""
    return replace(item, feedback=feedback.strip())
