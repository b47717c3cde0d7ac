"""Mends what Qt's bindings do to Python.

**Singletons.** PySide6 6.12.0 is built as if `None`, `True` and `False` were immortal, which they are
only from Python 3.12 on (PEP 683). Before, every `Signal.emit()` takes a reference
from `True` and every "there is none" (`parentWidget()`, `item.data()`) one from `None`;
after some thousand the interpreter aborts with "deallocating None". So on older
Pythons these objects get more references than anyone can take.

**Imports.** PySide6 puts a function of its own into the place of `__import__`, so that
modules may change Qt's names (`from __feature__ import snake_case`), and from then on
looks for the source of every module that is imported. Nothing here uses that.
"""

from __future__ import annotations

import builtins
import ctypes
import sys

_PLENTY = 1 << 40


def keep_singletons_alive() -> None:
    """Make Python's singletons as good as immortal; does nothing where they are."""
    if sys.version_info >= (3, 12) or sys.maxsize < _PLENTY:
        return
    for singleton in (None, True, False, NotImplemented, Ellipsis):
        count = ctypes.c_ssize_t.from_address(id(singleton))
        # An interpreter that counts elsewhere is left alone.
        is_the_count = abs(count.value - sys.getrefcount(singleton)) < 8
        if is_the_count and count.value < _PLENTY:
            count.value += _PLENTY


def import_plainly() -> None:
    """Import Qt's bindings, then put back what was `__import__` before the features."""
    import PySide6.QtCore  # noqa: F401 - for what it does to Python

    before = getattr(builtins, "__orig_import__", None)
    if before is not None:
        vars(builtins)["__import__"] = before
