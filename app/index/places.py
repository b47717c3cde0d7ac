"""Where recognised words stand, in little space.

A page of a scan has some hundred words, each with its place in the text and a
rectangle: six small numbers, which are packed together for a whole document.
"""

from __future__ import annotations

import base64
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator

from app.values.documents import Box, Placed

_STEPS = 65_535
_NUMBERS = 6


def packed(places: Iterable[Placed]) -> str:
    """Return the places as text: distances, lengths, and edges in 65,535ths."""
    numbers: array[int] = array("H")
    at = 0
    for place in places:
        gap = place.start - at
        while gap > _STEPS:
            numbers.extend((_STEPS, 0, 0, 0, 0, 0))
            gap -= _STEPS
        length = min(place.end - place.start, _STEPS)
        box = place.box
        edges = (box.left, box.top, box.right, box.bottom)
        numbers.extend((gap, length, *(_step(edge) for edge in edges)))
        at = place.start + length
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(zlib.compress(numbers.tobytes())).decode("ascii")


def unpacked(text: str) -> Iterator[Placed]:
    """Yield the places that `packed` made `text` of."""
    numbers: array[int] = array("H")
    numbers.frombytes(zlib.decompress(base64.b64decode(text)))
    if sys.byteorder == "big":
        numbers.byteswap()
    at = 0
    for first in range(0, len(numbers), _NUMBERS):
        gap, length, *edges = numbers[first : first + _NUMBERS]
        start = at + gap
        at = start + length
        if length:
            yield Placed(start, at, Box(*(edge / _STEPS for edge in edges)))


def _step(edge: float) -> int:
    return round(min(1.0, max(0.0, edge)) * _STEPS)
