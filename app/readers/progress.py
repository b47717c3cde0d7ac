"""How far the reading of a file is: the sign of life that its time limit waits for.

Whoever reads page by page (and above all whoever recognises text in pictures) calls
`step` after each page. A file is given up only when nothing was heard for a while
(`app.knowledge.reading.READING_LIMIT_S`), however long the whole of it takes.

    from app.readers.progress import step
    for number, page in enumerate(pages, 1):
        …
        step(number, len(pages))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]


def unheard(_done: int, _total: int) -> None:
    """Nobody listens."""


_listener: Progress = unheard


def step(done: int, total: int) -> None:
    """Tell that `done` of `total` pieces are read; any thread may call it."""
    _listener(done, total)


@contextmanager
def listening(listener: Progress) -> Iterator[None]:
    """Let `listener` hear every `step` inside."""
    global _listener
    before, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = before
