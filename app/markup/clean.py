"""Takes out of a foreign text what must never reach a screen.

Terminal codes, control characters, orders to turn the writing direction and invisible
letters go; what Qt's documents use for their own structure becomes "�". Joiners and
variation selectors stay: Persian, Indic scripts and emoji need them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

_GONE = re.compile(
    r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]"  # terminal: colours and cursor
    r"|\x1b\][^\x07\x1b]{0,256}(?:\x07|\x1b\\)"  # terminal: titles and links
    r"|\r(?=\n)"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"
    r"|[\u202a-\u202e\u2066-\u2069]"
    r"|[\u200b\u2060-\u2064\u206a-\u206f\ufeff]"
    r"|[\U000e0000-\U000e007f]"
)
_REPLACED = {
    **dict.fromkeys((0x0D, 0x85, 0x2028, 0x2029), "\n"),
    **dict.fromkeys((*range(0xFDD0, 0xFDF0), 0xFFFC, 0xFFFE, 0xFFFF), "\ufffd"),
}
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Return the text without what must not be shown."""
    return _replaced(_GONE.sub("", text))


def clean_with_offsets(text: str, offsets: Sequence[int]) -> tuple[str, list[int]]:
    """Return the cleaned text and where the offsets of the old text lie in it."""
    starts: list[int] = []
    removed: list[int] = [0]
    for match in _GONE.finditer(text):
        starts.append(match.start())
        removed.append(removed[-1] + match.end() - match.start())
    moved = [
        max(0, offset - removed[bisect_left(starts, offset)]) for offset in offsets
    ]
    return clean(text), moved


def _replaced(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text.translate(_REPLACED))
