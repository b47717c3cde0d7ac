"""Sharing with the own network from the window: `allmende serve` as its own process.

The server runs beside the window and never in it, so that many questions from a class
do not slow down whoever sits at the screen. It ends with the window, however that ends:
it stops when its standard input closes.
"""

from __future__ import annotations

import sys

from app import paths
from app.server.access import Access

EVERYWHERE = "0.0.0.0"  # noqa: S104 - only after a person asked for it, with tokens


def access_file() -> Access:
    """Return who may ask, and what."""
    return Access(paths.serve_file())


def command(host: str, *more: str) -> list[str]:
    """Return the command that serves until its standard input closes.

    `more` are further arguments of `allmende serve`. It prints one JSON row when it listens, with
    `url`; an error is a sentence on standard error.
    """
    own = [sys.executable]
    if not getattr(sys, "frozen", False):
        own += ["-m", "app"]
    return [*own, "serve", "--json", "--until-closed", "--host", host, *more]
