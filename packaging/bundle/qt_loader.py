"""Stands in the bundle for the loader of Qt's bindings, and loads that when it is needed.

The bindings describe in Python what each call takes: for the error of a wrong call and
for `inspect.signature`. Their own loader imports all of that, twice, at each start. Here
the C++ side finds the functions it asks for by name (`signature_globals.cpp` in the
bindings' source), and the table it fills by itself; the first that is called brings the
loader itself, which `quicken.py` keeps beside this one under another name.

Importing goes on as it was: the bindings' loader would put a function of its own into the
place of `__import__` (`app/ui/qt_repair.py`).
"""

from __future__ import annotations

from typing import Any

import signature_bootstrap  # type: ignore[import-not-found]  # made by the C++ side
from shibokensupport import signature  # type: ignore[import-not-found]

signature.get_signature = signature_bootstrap.get_signature
signature.make_snake_case_name = signature_bootstrap.make_snake_case_name

# Looked up by the C++ side among the modules that are there already.
from shibokensupport.signature import mapping  # type: ignore[import-not-found] # noqa: E402, F401


def _loader() -> Any:
    from shibokensupport.signature import loader_of_bindings

    return loader_of_bindings


def pyside_type_init(*given: Any) -> Any:
    """Read the descriptions of a class."""
    return _loader().pyside_type_init(*given)


def create_signature(*given: Any) -> Any:
    """Return what `inspect.signature` shows of a call."""
    return _loader().create_signature(*given)


def seterror_argument(*given: Any) -> Any:
    """Return the error of a wrong call."""
    return _loader().seterror_argument(*given)


def make_helptext(*given: Any) -> Any:
    """Return the docstring of a call."""
    return _loader().make_helptext(*given)


def finish_import(_module: object) -> None:
    """Bring back no functions that Qt has removed: none is used."""


def feature_import(*_given: object, **_named: object) -> None:
    """Know no other style of names."""


def feature_imported(_module: object) -> None:
    """See `feature_import`."""


def post_init() -> None:
    """Leave `__import__` as it is."""
