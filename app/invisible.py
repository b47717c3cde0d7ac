"""Characters that nobody sees: taken out of what a model reads, and reported.

Tags and supplementary variation selectors can spell out whole sentences, orders to
turn the writing direction show a text other than the one that is there, and long runs
of zero-width characters carry data. Joiners that stand alone stay: Persian, Indic
scripts and emoji need them.
"""

from __future__ import annotations

import re

_LONG_RUN = "[\u200b-\u200d\u2060-\u2064\u206a-\u206f\ufeff\ufe00-\ufe0f\u3164]{4,}"
_GONE = re.compile(
    _LONG_RUN + "|[\u200b\u2060-\u2064\u206a-\u206f\ufeff\u180e\u034f]"
    "|[\u115f\u1160\u3164\uffa0\u202a-\u202e\u2066-\u2069\u200e\u200f]"
    "|[\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
    "|[\u200c\u200d]{2,}|[\ufe00-\ufe0f]{2,}"
)
# The flags of England, Scotland and Wales are spelled in tags: three emoji, no secret.
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a]{5}\U000e007f")
_SUSPICIOUS = re.compile(
    "[\U000e0000-\U000e007f\U000e0100-\U000e01ef\u202d\u202e]|" + _LONG_RUN
)


def visible(text: str) -> str:
    """Return `text` without the characters that nobody sees."""
    return _GONE.sub("", text)


def hides_text(text: str) -> bool:
    """Tell whether invisible characters in `text` may carry a message.

    Single zero-width spaces are line breaks that web pages allow, and no sign of it.
    """
    return bool(_SUSPICIOUS.search(_FLAG.sub("", text)))
