"""Filling collections on a Chroma server from SQLite, and checking and emptying them.

A collection belongs to a base's name and an embedder, so that computers with the same
base share it (`held.py`). Everything here may be cut off at any moment and done again:
what is written twice is the same, and what is noted as there was there.

Invariant: a collection passes `checked` only when it is the noted one, holds at least as
many vectors as the base, and some chosen by chance are those of SQLite.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy

from app.errors import ServerError
from app.files import FileLock
from app.i18n import N_
from app.index.held import ENDING, KIND, Held, Names, is_name, names_of, read_held
from app.index.matrix import Matrix
from app.index.server import BATCH, ChromaServer, Collection
from app.index.vector_index import VectorIndex
from app.values.bases import Base
from app.values.ports import Embedder

CHECK_EVERY_S = 600.0
_PROBES = 16
_NEAR = 0.001
_NONE: Names = numpy.empty(0, KIND)
Check = Callable[[], None]


def go_on() -> None:
    """Nobody wants it to end."""


class Incomplete(Exception):
    """The server lacks something; with `everything` what it has is not ours either."""

    def __init__(self, everything: bool = False) -> None:
        super().__init__()
        self.everything = everything


@dataclass(frozen=True, slots=True)
class Trusted:
    """A collection that passed its check for a Matrix."""

    collection: Collection
    held: Held
    asked_per_hit: int
    until_s: float


@dataclass(frozen=True, slots=True)
class SharedState:
    """How a base's vectors on the server are; `present` of `wanted` are there."""

    present: int = 0
    wanted: int = 0
    error: ServerError | None = None


class Filling:
    """What is put on a server, is there, and is taken away again."""

    def __init__(self, server: ChromaServer, folder: Path, from_chunks: int) -> None:
        self.server = server
        self._folder = folder
        self._from_chunks = from_chunks

    def wanted(self, base: Base, chunks: int) -> bool:
        """Tell whether a base of this size uses the server; `ask --docs` never does."""
        return not base.automatic and chunks >= max(1, self._from_chunks)

    def checked(self, base: Base, embedder: Embedder, loaded: Matrix) -> Trusted:
        """Return the collection if it holds what it should. Raises Incomplete."""
        held = self._held(base, embedder)
        is_same = held is not None and numpy.array_equal(held.rows, loaded.rows)
        if held is None or not held.complete or not is_same:
            raise Incomplete
        self.server.need_known(again=True)
        collection = self._found(held.name, embedder)
        if collection is None or collection.id != held.collection:
            raise Incomplete
        count = self.server.count(collection)
        if count < len(held.unique):
            raise Incomplete
        self._probe(collection, held, loaded)
        share = -(-count // len(held.unique))
        until_s = time.monotonic() + CHECK_EVERY_S
        return Trusted(collection, held, share, until_s)

    def _probe(self, collection: Collection, held: Held, loaded: Matrix) -> None:
        """Look whether vectors chosen by chance are there and are ours."""
        places = numpy.random.default_rng().integers(0, len(held.rows), _PROBES)
        wanted = {held.ids[place].decode(): place for place in places}
        found = self.server.vectors(collection, list(wanted))
        if found.keys() != wanted.keys():
            raise Incomplete
        for id_, place in wanted.items():
            ours = loaded.vectors[place].astype(numpy.float32)
            theirs = numpy.array(found[id_], dtype=numpy.float32)
            if ours.shape != theirs.shape or not numpy.allclose(
                ours, theirs, atol=_NEAR
            ):
                raise Incomplete(everything=True)

    # -- keeping it complete -------------------------------------------------------

    def refresh(
        self,
        base: Base,
        embedder: Embedder,
        vectors: VectorIndex,
        everything: bool = False,
        check: Check = go_on,
    ) -> bool:
        """Bring the server up to date; tell whether it is now.

        `everything` writes again what seems to be there. `check` may raise. It is not
        while another process fills the server. Raises ServerError.
        """
        loaded = vectors.load(base, embedder.key, now=True)
        if not self.wanted(base, len(loaded)):
            return True
        with self._alone() as is_ours:
            if not is_ours:
                return False
            self._tidy()
            try:
                if not everything:
                    self.checked(base, embedder, loaded)
                    return True
            except Incomplete as missing:
                everything = missing.everything
            self._push(base, embedder, loaded, vectors, everything, check)
        return True

    def _push(
        self,
        base: Base,
        embedder: Embedder,
        loaded: Matrix,
        vectors: VectorIndex,
        everything: bool,
        check: Check,
    ) -> None:
        name = collection_name(base, embedder.key)
        before = self._held(base, embedder)
        try:
            collection = self._found(name, embedder)
        except ServerError as error:
            if error.reason != "wrong" or not everything:
                raise
            self.server.drop(name)
            collection = None
        if collection is None:
            collection = self.server.create(name, embedder.key)
        rows, ids = names_of(loaded.rows, before, vectors, check)
        now = Held(self.server.host, name, collection.id, rows, ids, complete=False)
        if before is not None and before.collection != collection.id:
            before = None
        if before is not None:
            gone = numpy.setdiff1d(before.unique, now.unique, assume_unique=True)
            self.server.remove(collection, _texts(gone))
        # From here on it is known what may be there, whatever happens.
        now.write(self._path(base, embedder))
        there = _NONE
        if not everything:
            there = self._there(collection, before, now, check)
        missing = numpy.setdiff1d(now.unique, there, assume_unique=True)
        for start in range(0, len(missing), BATCH):
            check()
            part = missing[start : start + BATCH]
            places = numpy.searchsorted(loaded.rows, now.first_rows(part))
            self.server.put(
                collection, _texts(part), loaded.vectors[places].astype(numpy.float32)
            )
        replace(now, complete=True).write(self._path(base, embedder))

    def _there(
        self, collection: Collection, before: Held | None, now: Held, check: Check
    ) -> Names:
        """Return the names that need not be put there; asked where not known for sure."""
        if before is not None and before.complete:
            kept = numpy.intersect1d(before.unique, now.unique, assume_unique=True)
            is_new = not numpy.array_equal(before.rows, now.rows)
            if is_new and self.server.count(collection) >= len(kept):
                return kept
        return self._present(collection, check)

    def _present(self, collection: Collection, check: Check) -> Names:
        """Return the names that are on the server, ascending."""
        found: set[bytes] = set()
        for page in self.server.ids(collection):
            check()
            found.update(id_.encode() for id_ in page if is_name(id_))
        return numpy.array(sorted(found), dtype=KIND)

    # -- what is there -------------------------------------------------------------

    def state(
        self, base: Base, embedder: Embedder, vectors: VectorIndex
    ) -> SharedState | None:
        """Compare a base with the server, vector by vector; None when it uses none."""
        loaded = vectors.load(base, embedder.key, now=True)
        if not self.wanted(base, len(loaded)):
            return None
        wanted = len(loaded)
        try:
            self.server.need_known(again=True)
            collection = self._found(collection_name(base, embedder.key), embedder)
            if collection is None:
                return SharedState(0, wanted)
            rows, ids = names_of(
                loaded.rows, self._held(base, embedder), vectors, go_on
            )
            there = self._present(collection, go_on)
            present = int(numpy.isin(ids, there).sum())
            if present == wanted:
                now = Held(self.server.host, "", collection.id, rows, ids)
                self._probe(collection, now, loaded)
        except Incomplete:
            return SharedState(0, wanted)
        except ServerError as error:
            return SharedState(0, wanted, error)
        return SharedState(present, wanted)

    def remove(self, base: Base) -> tuple[int, int]:
        """Take all of a base off the server; return how many went and how many wait.

        What cannot be removed now is removed when the server is there again.
        """
        removed = waiting = 0
        for path in sorted((self._folder / str(base.id)).glob(f"*{ENDING}")):
            held = read_held(path)
            if held is None:
                continue
            try:
                removed += self._take_off(held, _NONE)
                path.unlink(missing_ok=True)
            except ServerError:
                waiting += len(held.unique)
                self._left.mkdir(parents=True, exist_ok=True)
                path.replace(self._left / f"{base.id}-{path.name}")
        return removed, waiting

    def remove_all(self) -> int:
        """Take everything of this computer off the server; return how much stays there."""
        waiting = 0
        for path in sorted(self._folder.glob(f"*/*{ENDING}")):
            held = read_held(path)
            if held is not None:
                try:
                    self._take_off(held, _NONE)
                    path.unlink(missing_ok=True)
                except ServerError:
                    waiting += len(held.unique)
        return waiting

    @property
    def _left(self) -> Path:
        """Where is noted what is to be removed when the server is there again."""
        return self._folder / "left"

    def _tidy(self) -> None:
        """Remove what could not be removed before. Raises ServerError."""
        for path in sorted(self._left.glob(f"*{ENDING}")):
            held = read_held(path)
            if held is not None:
                self._take_off(held, self._used(held.name))
            path.unlink(missing_ok=True)

    def _used(self, name: str) -> Names:
        """Return the names that bases of today have in a collection."""
        held = [read_held(path) for path in self._folder.glob(f"[0-9]*/*{ENDING}")]
        used = [one.ids for one in held if one is not None and one.name == name]
        return numpy.concatenate([_NONE, *used])

    def _take_off(self, held: Held, but: Names) -> int:
        """Remove names from the server; return how many. Raises ServerError."""
        if held.host != self.server.host:
            return 0  # it lies on a server that is not configured any more
        collection = self.server.find(held.name)
        if collection is None or collection.id != held.collection:
            return 0
        names = numpy.setdiff1d(held.unique, but)
        self.server.remove(collection, _texts(names))
        if not self.server.count(collection):
            self.server.drop(held.name)
        return len(names)

    # -- helpers -------------------------------------------------------------------

    def _found(self, name: str, embedder: Embedder) -> Collection | None:
        """Return the collection, if there is one. Raises ServerError for a foreign one."""
        collection = self.server.find(name)
        if collection is None:
            return None
        if collection.dimensions not in (0, embedder.dimensions):
            raise ServerError(
                "wrong",
                N_(
                    "The collection on the Chroma server {host} has vectors of {there}"
                    " numbers, the embedder of this base makes {here}."
                ),
                N_("`allmende base rebuild` makes the collection anew."),
                host=self.server.host,
                there=collection.dimensions,
                here=embedder.dimensions,
            )
        if collection.embedder != embedder.key:
            raise wrong_content(self.server.host)
        return collection

    def _held(self, base: Base, embedder: Embedder) -> Held | None:
        held = read_held(self._path(base, embedder))
        if held is not None and held.host != self.server.host:
            return replace(held, collection="")
        return held

    def _path(self, base: Base, embedder: Embedder) -> Path:
        return self._folder / str(base.id) / f"{embedder.key[:16]}{ENDING}"

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Tell whether nobody else is filling the server; for as long as this is open."""
        lock = FileLock(self._folder / "server.lock")
        is_ours = lock.acquire()
        try:
            yield is_ours
        finally:
            lock.release()


def collection_name(base: Base, key: str) -> str:
    """Return the name of a base's collection: the same wherever base and embedder are.

    It tells nobody how the base is called.
    """
    digest = hashlib.sha256(base.name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"allmende-{digest[:16]}-{key[:16]}"


def wrong_content(host: str) -> ServerError:
    """Return what is said of a collection that is not ours."""
    return ServerError(
        "wrong",
        N_("What the Chroma server {host} holds is not what Allmende put there."),
        N_("`allmende base rebuild` makes the collection anew."),
        host=host,
    )


def _texts(names: Names) -> list[str]:
    return [name.decode("ascii") for name in names.tolist()]
