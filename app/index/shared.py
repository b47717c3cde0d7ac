"""Vectors of a base on a Chroma server of the own network, beside those in SQLite.

    question ─► server, at most SEARCH_S ─► names ─► chunks, cosines from our own vectors
                  └─ away, slow, wrong, incomplete ─► None: the caller searches exactly

SQLite remains the truth. What is missing on the server is put back in the background
as soon as a search sees it (`filling.py`).

Invariants: no search fails or waits longer than `SEARCH_S` because of the server; its
answer counts only while it holds all of the base and its distances are those of our own
vectors; and every `_AUDIT_EVERY`th answer is compared with the exact one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy

from app.errors import Cancelled, ServerError
from app.index.filling import (
    Check,
    Filling,
    Incomplete,
    Trusted,
    go_on,
    wrong_content,
)
from app.index.matrix import Matrix
from app.index.server import ChromaServer, Gone
from app.index.vector_index import VectorIndex
from app.log import describe, get_logger
from app.values.bases import Base
from app.values.ports import Embedder, Vectors

SEARCH_S = 2.0
AWAY_S = 30.0
WRONG_S = 600.0
HEAL_EVERY_S = 60.0
_AUDIT_EVERY = 20
# float16 on both sides and the index of the server leave a little room.
_SAME_COSINE = 0.02
# When so little of a collection is ours, exact search is quicker than asking for more.
_MOST_SHARE = 8
_MOST_ASKED = 1_000
_REST_S = 3.0

Key = tuple[int, str]
Found = list[tuple[int, float]]
_log = get_logger("index.shared")


class SharedVectors(Filling):
    """The vectors of all bases on one server. `search` and the others may run at once.

    `open_vectors` gives a background thread a connection of its own.
    """

    def __init__(
        self,
        server: ChromaServer,
        folder: Path,
        from_chunks: int,
        open_vectors: Callable[[], AbstractContextManager[VectorIndex]],
    ) -> None:
        super().__init__(server, folder, from_chunks)
        self._open_vectors = open_vectors
        self._trusted: dict[Key, Trusted] = {}
        self._away_until_s = float("-inf")
        self._heal_after_s: dict[Key, float] = {}
        self._asking: threading.Thread | None = None
        self._healing: threading.Thread | None = None
        self._closing = threading.Event()
        self._give_way = threading.Event()
        self._searches = 0

    def close(self) -> None:
        """Let background work end, and the connection go."""
        self._closing.set()
        for thread in (self._healing, self._asking):
            if thread is not None:
                thread.join(_REST_S)
        self.server.close()

    # -- searching -----------------------------------------------------------------

    def search(
        self,
        base: Base,
        embedder: Embedder,
        loaded: Matrix,
        vector: Vectors,
        top_k: int,
    ) -> Found | None:
        """Return (chunk id, cosine), best first; None when the server will not do."""
        if time.monotonic() < self._away_until_s:
            return None
        if self._asking is not None and self._asking.is_alive():
            return None
        box: list[Found | None] = []

        def ask() -> None:
            box.append(self._answer(base, embedder, loaded, vector, top_k))

        thread = threading.Thread(target=ask, name="vector-server", daemon=True)
        self._asking = thread
        thread.start()
        thread.join(SEARCH_S)
        if box:
            return box[0]
        self._stay_away("slow")
        return None

    def _answer(
        self,
        base: Base,
        embedder: Embedder,
        loaded: Matrix,
        vector: Vectors,
        top_k: int,
    ) -> Found | None:
        key = (base.id, embedder.key)
        try:
            trusted = self._ready(base, embedder, loaded)
            return self._nearest(trusted, loaded, vector, top_k)
        except Incomplete as missing:
            self._trusted.pop(key, None)
            self._heal_soon(base, embedder, missing.everything)
        except Gone:
            # Another computer made the collection anew, or dropped it.
            self._trusted.pop(key, None)
            self._heal_soon(base, embedder, everything=False)
        except ServerError as error:
            self._trusted.pop(key, None)
            self._stay_away(error.reason)
        except Exception as error:  # noqa: BLE001 - a search never fails because of it
            self._trusted.pop(key, None)
            _log.error("the vector server was not understood: %s", describe(error))
            self._stay_away("wrong")
        return None

    def _ready(self, base: Base, embedder: Embedder, loaded: Matrix) -> Trusted:
        key = (base.id, embedder.key)
        trusted = self._trusted.get(key)
        is_same = trusted is not None and (
            trusted.held.rows is loaded.rows
            or numpy.array_equal(trusted.held.rows, loaded.rows)
        )
        if trusted is None or not is_same or time.monotonic() > trusted.until_s:
            trusted = self._trusted[key] = self.checked(base, embedder, loaded)
        return trusted

    def _nearest(
        self, trusted: Trusted, loaded: Matrix, vector: Vectors, top_k: int
    ) -> Found | None:
        """Ask, and take only what agrees with our own vectors."""
        if trusted.asked_per_hit > _MOST_SHARE:
            return None
        asked = min(top_k * trusted.asked_per_hit, _MOST_ASKED)
        said = self.server.nearest(trusted.collection, vector, asked, SEARCH_S)
        rows_of = trusted.held.rows_of(id_ for id_, _ in said)
        rows = [int(row) for found in rows_of.values() for row in found]
        if len(rows) < min(top_k, len(loaded)) / 2:
            return None
        cosines = loaded.cosines(vector, rows)
        for id_, cosine in said:
            for row in rows_of.get(id_, ()):
                if abs(cosines.get(int(row), 2.0) - cosine) > _SAME_COSINE:
                    raise Incomplete(everything=True)
        self._searches += 1
        if self._searches % _AUDIT_EVERY == 1:
            self._audit(loaded, vector, set(cosines))
        best = sorted(cosines.items(), key=lambda item: -item[1])
        return best[:top_k]

    def _audit(self, loaded: Matrix, vector: Vectors, found: set[int]) -> None:
        """Compare an answer with the exact one: a server may also keep things back."""
        exact = {row for row, _ in loaded.nearest(vector, 10)}
        if len(exact & found) < len(exact) / 2:
            raise wrong_content(self.server.host)

    def _stay_away(self, reason: str) -> None:
        """Do not ask again for a while."""
        _log.info("the vector server is not asked for a while: %s", reason)
        pause_s = AWAY_S if reason in ("away", "slow") else WRONG_S
        self._away_until_s = time.monotonic() + pause_s
        self._searches = 0

    # -- keeping it complete -------------------------------------------------------

    def refresh(
        self,
        base: Base,
        embedder: Embedder,
        vectors: VectorIndex,
        everything: bool = False,
        check: Check = go_on,
    ) -> bool:
        """Fill the server; tell whether it is complete now. See `Filling.refresh`.

        A server that cannot be used is no error: exact search goes on.
        """
        try:
            with self._undisturbed():
                is_complete = super().refresh(
                    base, embedder, vectors, everything, check
                )
        except ServerError as error:
            self._stay_away(error.reason)
            return False
        if is_complete:
            self._away_until_s = float("-inf")
        return is_complete

    def _heal_soon(self, base: Base, embedder: Embedder, everything: bool) -> None:
        """Put back in the background what is missing, now and then."""
        key, now_s = (base.id, embedder.key), time.monotonic()
        if self._healing is not None and self._healing.is_alive():
            return
        if now_s < self._heal_after_s.get(key, now_s) or self._closing.is_set():
            return
        self._heal_after_s[key] = now_s + HEAL_EVERY_S
        self._healing = threading.Thread(
            target=self._heal,
            args=(base, embedder, everything),
            name="vector-server-fill",
            daemon=True,
        )
        self._healing.start()

    def _heal(self, base: Base, embedder: Embedder, everything: bool) -> None:
        def check() -> None:
            if self._closing.is_set() or self._give_way.is_set():
                raise Cancelled

        try:
            with self._open_vectors() as vectors:
                self.refresh(base, embedder, vectors, everything, check)
        except Cancelled:
            return
        except Exception as error:  # noqa: BLE001 - the next search tries again
            _log.error("the vector server was not filled: %s", describe(error))

    def remove(self, base: Base) -> tuple[int, int]:
        """Take all of a base off the server. See `Filling.remove`."""
        for key in [key for key in self._trusted if key[0] == base.id]:
            del self._trusted[key]
        with self._undisturbed():
            return super().remove(base)

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """Let what heals in the background end first: it would hold the lock."""
        healing = self._healing
        if healing is None or healing is threading.current_thread():
            yield
            return
        self._give_way.set()
        try:
            healing.join(_REST_S)
            yield
        finally:
            self._give_way.clear()
