"""Places in a text as Qt counts them: in 16-bit units, of which an emoji takes two."""

from __future__ import annotations


def utf16(text: str, offset: int) -> int:
    """Return a character offset as Qt counts it."""
    return offset + sum(ord(letter) > 0xFFFF for letter in text[:offset])


def utf16_slice(text: str, start: int, end: int) -> str:
    """Return the part of a text between two offsets of Qt's."""
    raw = text.encode("utf-16-le", "surrogatepass")[start * 2 : max(end, start) * 2]
    return raw.decode("utf-16-le", "replace")
