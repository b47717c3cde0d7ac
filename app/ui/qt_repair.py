"""Mends one thing in Qt's Python bindings that would end the program.

PySide6 6.12.0: every `Signal.emit()` returns True without owning it, so each call takes
one reference from Python's `True`; after some thousand the interpreter aborts with
"bool_dealloc: deallocating True or False". From Python 3.12 on True cannot die
(PEP 683); before, we give it more references than anyone can take.
"""

from __future__ import annotations

import ctypes
import sys

_PLENTY = 1 << 40


def keep_true_alive() -> None:
    """Make Python's `True` as good as immortal; does nothing where it is already."""
    if sys.version_info >= (3, 12) or sys.maxsize < _PLENTY:
        return
    count = ctypes.c_ssize_t.from_address(id(True))
    is_the_count = abs(count.value - sys.getrefcount(True)) < 8
    if is_the_count and count.value < _PLENTY:
        count.value += _PLENTY
