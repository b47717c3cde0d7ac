"""What an item says is true and what it says is false, to keep items from contradicting.

An answer that is counted as wrong must not be a sentence of the document, and not what
another item of the quiz states: whoever knows the text would be marked down for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from app.values.quiz import Item, Option

Key = Callable[[str], str]
_LEAST_WORDS = 3
# The quoted sentence with its gap, in the quotation marks of whichever language.
_QUOTED_GAP = re.compile(r"[“„«\"]([^“„”«»\"]*?_{2,}[^“„”«»\"]*)[“”»\"]")
_GAP = re.compile(r"_{2,}")


def denied(item: Item, key: Key) -> set[str]:
    """Return the sentences that an item counts as wrong, in their comparable form."""
    if item.kind == "truefalse":
        return _sentences([] if item.truth else [item.text], key)
    if item.kind not in ("single", "multiple"):
        return set()
    wrong = [option for option in item.options if option.fraction <= 0]
    return _sentences(_said(item, wrong), key)


def stated(item: Item, key: Key) -> set[str]:
    """Return the sentences that an item puts down, true or for judging."""
    if item.kind in ("truefalse", "cloze"):
        return _sentences([item.text], key)
    if item.kind not in ("single", "multiple"):
        return set()
    right = [option for option in item.options if option.fraction > 0]
    return _sentences(_said(item, right), key)


def stands_in(sentences: Iterable[str], texts: Mapping[str, str], key: Key) -> bool:
    """Tell whether one of the sentences (comparable) stands in a document."""
    wanted = [f" {sentence} " for sentence in sentences]
    return bool(wanted) and any(
        sentence in f" {_whole(text, key)} "
        for text in texts.values()
        for sentence in wanted
    )


@lru_cache(maxsize=16)
def _whole(text: str, key: Key) -> str:
    return key(text)


def _said(item: Item, options: Iterable[Option]) -> list[str]:
    """Return what each option says: its own sentence, or the quoted one it completes."""
    gap = _QUOTED_GAP.search(item.text)
    if gap is None:
        return [option.text for option in options]
    return [
        _GAP.sub(lambda _match, text=option.text: text, gap.group(1), count=1)
        for option in options
    ]


def _sentences(texts: Iterable[str], key: Key) -> set[str]:
    found = {key(text) for text in texts}
    return {text for text in found if len(text.split()) >= _LEAST_WORDS}
