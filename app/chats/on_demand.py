"""The conversations of a process: one store, opened when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.chats.store import ChatStore
from app.errors import AppError


class ChatsOnDemand:
    """Opens the conversations once, as `opens` does, and closes them.

    Any thread may ask.
    """

    def __init__(self, opens: Callable[[], ChatStore]) -> None:
        self._opens = opens
        self._store: ChatStore | None = None
        self._refusal: AppError | None = None
        self._lock = threading.Lock()

    @property
    def store(self) -> ChatStore:
        """The conversations.

        Raises StorageError when they cannot be opened; the next call tries again.
        """
        if self._refusal is not None:
            raise self._refusal
        with self._lock:
            if self._store is None:
                self._store = self._opens()
            return self._store

    def keep_closed(self, why: AppError) -> None:
        """Open nothing: whoever asks from now on is told why."""
        self._refusal = why

    def close(self) -> None:
        """Close them; whoever asks opens them again."""
        with self.closed():
            pass

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Keep them closed: whoever asks meanwhile waits."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None
            yield
