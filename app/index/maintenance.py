"""Self-check and rebuild: words, vectors and Chroma's caches against the truth."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from app.errors import Cancelled, ServerError
from app.index.chroma import ChromaCache
from app.index.filling import SharedState, go_on
from app.index.matrix import Matrix
from app.index.shared import SharedVectors
from app.index.store import Store
from app.index.vector_index import VectorIndex
from app.index.word_index import WordIndex
from app.log import describe, get_logger
from app.values.bases import Base, CheckReport
from app.values.ports import Embedder, Vectors, VectorStore

_log = get_logger("index.maintenance")
_MEND_EVERY_S = 60.0
_REST_S = 3.0
# Our vectors have 16 bits a number, Chroma's 32.
_SAME_COSINE = 0.02

Key = tuple[int, str]
OpenVectors = Callable[[], AbstractContextManager[VectorIndex]]


class Caches:
    """Chroma's caches of all bases, one folder a base and embedder, or on a server.

    `from_chunks` is the size from which a base gets one. With `shared` a server keeps
    the vectors of the bases that are large enough for it, and no cache is made here.
    A cache that a search finds missing or damaged is built anew in the background, if
    `open_vectors` gives a thread a connection of its own; meanwhile search is exact.

    Invariant: what a cache finds counts only with the cosines of our own vectors.
    """

    def __init__(
        self,
        folder: Path,
        from_chunks: int,
        shared: SharedVectors | None = None,
        open_vectors: OpenVectors | None = None,
    ) -> None:
        self._folder = folder
        self._from_chunks = from_chunks
        self._shared = shared
        self._open_vectors = open_vectors
        self._building: set[Key] = set()
        self._stop = threading.Event()
        self._mending: threading.Thread | None = None
        self._mend_after_s: dict[Key, float] = {}
        self._open: dict[tuple[int, str], tuple[tuple[int, int], ChromaCache]] = {}
        # Searching and rebuilding happen on different threads.
        self._lock = threading.RLock()

    def wanted(self, chunks: int) -> bool:
        """Tell whether a base of this size gets a cache."""
        return chunks >= self._from_chunks

    def searcher(
        self, base: Base, embedder: Embedder, vectors: VectorIndex
    ) -> VectorStore:
        """Return a search over a base's vectors: the cache's if it is sound, or exact."""
        return _CheckedSearch(self, base, embedder, vectors)

    def search(
        self,
        base: Base,
        embedder: Embedder,
        vectors: VectorIndex,
        vector: Vectors,
        top_k: int,
    ) -> list[tuple[int, float]]:
        """Return (chunk id, cosine), best first, exactly where the cache will not do."""
        if self._on_server(base, embedder, vectors):
            return self._from_server(base, embedder, vectors, vector, top_k)
        found = self._from_cache(base, embedder, vectors, vector, top_k)
        if found is not None:
            return found
        return vectors.search(base, embedder.key, vector, top_k)

    def _from_cache(
        self,
        base: Base,
        embedder: Embedder,
        vectors: VectorIndex,
        vector: Vectors,
        top_k: int,
    ) -> list[tuple[int, float]] | None:
        """Return what a sound cache finds; None, and it is mended, where there is none."""
        with self._lock:
            loaded = vectors.load(base, embedder.key)
            key = (base.id, embedder.key)
            if not self.wanted(len(loaded.rows)) or key in self._building:
                return None
            try:
                cache = self._ready(base, embedder, vectors)
                if cache is not None:
                    return _agreeing(cache.search(vector, top_k), loaded, vector)
            except Exception as error:  # noqa: BLE001 - undocumented, and exact search is there
                _log.error("cache of vectors failed: %s", describe(error))
                self._close(key)
                self._cache(base, embedder).distrust()
            self._mend_soon(base, embedder)
            return None

    def _mend_soon(self, base: Base, embedder: Embedder) -> None:
        """Build a cache anew in the background, now and then."""
        key, now_s = (base.id, embedder.key), time.monotonic()
        is_busy = self._mending is not None and self._mending.is_alive()
        too_early = now_s < self._mend_after_s.get(key, now_s)
        if self._open_vectors is None or is_busy or too_early or self._stop.is_set():
            return
        self._mend_after_s[key] = now_s + _MEND_EVERY_S
        self._mending = threading.Thread(
            target=self._mend, args=(base, embedder), name="cache-mend", daemon=True
        )
        self._mending.start()

    def _mend(self, base: Base, embedder: Embedder) -> None:
        assert self._open_vectors is not None
        try:
            with self._open_vectors() as vectors:
                self._build(base, embedder, vectors)
        except Exception as error:  # noqa: BLE001 - the next search tries again
            _log.error("cache of vectors not mended: %s", describe(error))

    def _from_server(
        self,
        base: Base,
        embedder: Embedder,
        vectors: VectorIndex,
        vector: Vectors,
        top_k: int,
    ) -> list[tuple[int, float]]:
        assert self._shared is not None
        loaded = vectors.load(base, embedder.key)
        found = self._shared.search(base, embedder, loaded, vector, top_k)
        return loaded.nearest(vector, top_k) if found is None else found

    def _on_server(self, base: Base, embedder: Embedder, vectors: VectorIndex) -> bool:
        if self._shared is None:
            return False
        return self._shared.wanted(base, len(vectors.load(base, embedder.key)))

    def refresh(
        self,
        base: Base,
        embedder: Embedder,
        vectors: VectorIndex,
        everything: bool = False,
        check: Callable[[], None] = go_on,
    ) -> None:
        """Rebuild the cache of a large base when it does not fit any more.

        A cache that cannot be built is no error: exact search goes on. On a server
        `everything` is written again, also what seems to be there; `check` may raise.
        """
        if self._shared and self._on_server(base, embedder, vectors):
            self._shared.refresh(base, embedder, vectors, everything, check)
            return
        self._build(base, embedder, vectors)

    def _build(self, base: Base, embedder: Embedder, vectors: VectorIndex) -> None:
        """Build a cache anew if it is not sound; others may search meanwhile."""
        key = (base.id, embedder.key)
        with self._lock:
            loaded = vectors.load(base, embedder.key, now=True)
            if not self.wanted(len(loaded.rows)) or key in self._building:
                return
            if self._ready(base, embedder, vectors) is not None:
                return
            cache = self._cache(base, embedder)
            self._building.add(key)
        try:
            for _ in cache.rebuild(loaded.rows, loaded.vectors):
                if self._stop.is_set():
                    raise Cancelled
        except Cancelled:
            cache.remove()
        except Exception as error:  # noqa: BLE001 - its errors are many and undocumented
            _log.error("cache of vectors not built: %s", describe(error))
            cache.remove()
        finally:
            cache.close()
            with self._lock:
                self._building.discard(key)

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """Let what mends in the background end first; for as long as this is open."""
        mending = self._mending
        if mending is None or not mending.is_alive():
            yield
            return
        self._stop.set()
        try:
            mending.join()
            yield
        finally:
            self._stop.clear()

    def shared_state(
        self, base: Base, embedder: Embedder, vectors: VectorIndex
    ) -> SharedState | None:
        """Return how a base's vectors on the server are, None when it uses none."""
        if self._shared is None:
            return None
        return self._shared.state(base, embedder, vectors)

    def state(self, base: Base, embedder: Embedder, vectors: VectorIndex) -> str:
        """Return "exact", "ok", "missing" or "broken" for the cache on this computer."""
        with self._lock:
            loaded = vectors.load(base, embedder.key)
            if not self.wanted(len(loaded.rows)):
                return "exact"
            if not self._cache(base, embedder).stamp():
                return "missing"
            return "ok" if self._ready(base, embedder, vectors) else "broken"

    def remove(self, base: Base) -> tuple[int, int]:
        """Delete all caches of a base; return how many vectors went and how many wait.

        Those that wait lie on a server that does not answer now.
        """
        with self._undisturbed(), self._lock:
            count = waiting = 0
            if self._shared is not None:
                count, waiting = self._shared.remove(base)
            for key in [key for key in self._open if key[0] == base.id]:
                self._close(key)
            for folder in (self._folder / str(base.id)).glob("*/"):
                count += ChromaCache(folder, "", 0).remove()
            shutil.rmtree(self._folder / str(base.id), ignore_errors=True)
            return count, waiting

    def clear(self, base: Base) -> None:
        """Delete the caches on this computer; what is on a server stays."""
        with self._undisturbed(), self._lock:
            for key in [key for key in self._open if key[0] == base.id]:
                self._close(key)
            for folder in (self._folder / str(base.id)).glob("*/"):
                ChromaCache(folder, "", 0).remove()

    def sweep(
        self, base: Base, embedder: Embedder | None, vectors: VectorIndex
    ) -> tuple[bool, bool]:
        """Leave nothing of what was forgotten in a cache.

        Returns whether something was cached, and whether it is still on a server that
        does not answer now.
        """
        if (
            self._shared is not None
            and embedder is not None
            and self._on_server(base, embedder, vectors)
        ):
            is_done = self._shared.refresh(base, embedder, vectors)
            return is_done, not is_done
        removed, waiting = self.remove(base)
        if removed and embedder is not None:
            self.refresh(base, embedder, vectors)
        return bool(removed), bool(waiting)

    def close(self) -> None:
        """Let go of all caches."""
        if self._shared is not None:
            self._shared.close()
        self._stop.set()
        if self._mending is not None:
            self._mending.join(_REST_S)
        with self._lock:
            for key in list(self._open):
                self._close(key)

    def _ready(
        self, base: Base, embedder: Embedder, vectors: VectorIndex
    ) -> ChromaCache | None:
        """Return a cache that passed its check for the vectors as they are now."""
        loaded = vectors.load(base, embedder.key)
        if not self.wanted(len(loaded.rows)):
            return None
        key = (base.id, embedder.key)
        state = (len(loaded.rows), int(loaded.rows.sum()))
        if key in self._open and self._open[key][0] == state:
            return self._open[key][1]
        self._close(key)
        cache = self._cache(base, embedder)
        if not cache.open_checked(loaded.rows, loaded.vectors):
            cache.close()
            return None
        self._open[key] = (state, cache)
        return cache

    def _cache(self, base: Base, embedder: Embedder) -> ChromaCache:
        folder = self._folder / str(base.id) / embedder.key[:16]
        return ChromaCache(folder, embedder.key, embedder.dimensions)

    def _close(self, key: tuple[int, str]) -> None:
        if key in self._open:
            self._open.pop(key)[1].close()


def _agreeing(
    found: list[tuple[int, float]], loaded: Matrix, vector: Vectors
) -> list[tuple[int, float]]:
    """Return what a cache found with our own cosines. Raises ValueError for strangers."""
    cosines = loaded.cosines(vector, [row for row, _ in found])
    for row, score in found:
        if abs(cosines.get(row, 2.0) - score) > _SAME_COSINE:
            raise ValueError("a cache of vectors does not agree with the vectors")
    return sorted(cosines.items(), key=lambda item: -item[1])


class _CheckedSearch:
    """A VectorStore that never fails: what the cache cannot answer is searched exactly."""

    def __init__(
        self, caches: Caches, base: Base, embedder: Embedder, vectors: VectorIndex
    ) -> None:
        self._caches = caches
        self._base = base
        self._embedder = embedder
        self._vectors = vectors

    def search(self, vector: Vectors, top_k: int) -> list[tuple[int, float]]:
        """Return (chunk id, cosine), best first."""
        return self._caches.search(
            self._base, self._embedder, self._vectors, vector, top_k
        )


def check_base(
    store: Store,
    vectors: VectorIndex,
    base: Base,
    embedder: Embedder | None,
    caches: Caches,
) -> CheckReport:
    """Compare words, vectors and cache of a base with its chunks."""
    chunk_ids = {row[0] for row in store.chunk_rows(base)}
    word_ids = WordIndex(store.connection, base.id).row_ids()
    problems = []
    if word_ids != chunk_ids:
        problems.append("words")
    if store.connection.pragma("quick_check") != "ok":
        problems.append("database")
    count, cache, cached = 0, "exact", 0
    error: ServerError | None = None
    if embedder is not None:
        count = vectors.count(base, embedder.key)
        on_server = caches.shared_state(base, embedder, vectors)
        if on_server is not None:
            error, cached = on_server.error, on_server.present
            cache = _word_of(on_server)
        else:
            cache = caches.state(base, embedder, vectors)
            cached = count if cache == "ok" else 0
        if count != len(chunk_ids):
            problems.append("vectors")
        if cache in ("missing", "broken"):
            problems.append("cache")
        elif cache in ("server_missing", "server_wrong"):
            problems.append("server")
    return CheckReport(
        base=base.name,
        healthy=not problems,
        documents=base.documents,
        chunks=len(chunk_ids),
        words=len(word_ids),
        vectors=count,
        cache=cache,
        cached=cached,
        problems=tuple(problems),
        sentence=error.sentence if error else "",
        remedy=error.remedy if error else "",
        parameters=tuple(error.parameters.items()) if error else (),
    )


def _word_of(state: SharedState) -> str:
    if state.error is not None:
        return f"server_{state.error.reason}"
    return "server" if state.present == state.wanted else "server_missing"
