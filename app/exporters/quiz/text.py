"""Plain text → what formats of the web and of XML can hold."""

from __future__ import annotations

import re
from html import escape

# What XML 1.0 forbids: https://www.w3.org/TR/xml/#charsets
_FORBIDDEN = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029\u000b\u000c]")
_EDITS = "\ufffd"
NAME_MOST = 255


def clean(text: str) -> str:
    """Return text that every format can hold: no control signs, one kind of line break."""
    return _FORBIDDEN.sub(_EDITS, _BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    """Return cleaned text without line breaks and runs of spaces."""
    return " ".join(clean(text).split())


def name_of(text: str, number: int) -> str:
    """Return a question's name: one line, at most 255 signs, never empty."""
    return one_line(text)[:NAME_MOST].strip() or str(number)


def within(text: str, most_bytes: int) -> str:
    """Return as much of a text as has room in so many bytes of UTF-8, at whole signs."""
    return text.encode("utf-8")[:most_bytes].decode("utf-8", "ignore")


def html(text: str) -> str:
    """Return cleaned text as HTML; line breaks stay, nothing else is markup."""
    return escape(clean(text), quote=False).replace("\n", "<br>")


def xml(text: str) -> str:
    """Return cleaned text for an XML element or attribute."""
    return escape(clean(text), quote=True)
