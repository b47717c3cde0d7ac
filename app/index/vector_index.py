"""Vectors in SQLite, searched in memory; large bases through Chroma where that is wanted.

Vectors are stored as float16 (half the space, no loss in ranking that we could
measure) and held in memory as one `Matrix` for each base while it is in use; the
threads of a process share it.

Invariant: a small base is searched as it is now, also when another connection or
process changed it. A large one may be a few seconds old while it is being written:
what was added meanwhile is found by its words, and what was removed is never shown,
because its chunk is gone.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy

from app.database import (
    Connection,
    change_version,
    fetch,
    fetch_value,
    transaction,
)
from app.index.matrix import EXACT_UP_TO, Halves, Matrix, Rows
from app.values.bases import Base
from app.values.ports import Vectors

# So many vectors stay in memory when several bases are asked in turn.
_MOST_HELD = 1_500_000
_PART = 10_000
# Looking for changes of a large base may take this share of the time.
_LOOK_SHARE = 1 / 20
_LOOK_EVERY_S = 2.0
_OF_BASE = """chunk_id IN (SELECT id FROM chunks WHERE content_id IN
    (SELECT content_id FROM documents WHERE base_id = ?))"""


Key = tuple[int, str]


class Matrices:
    """The matrices that the threads of a process share, the last used ones."""

    def __init__(self) -> None:
        self._held: OrderedDict[Key, Matrix] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Matrix | None:
        """Return what was kept last for a base and embedder."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def keep(self, key: Key, matrix: Matrix) -> None:
        """Keep a matrix; those not used for long go when there are too many."""
        with self._lock:
            self._held[key] = matrix
            self._held.move_to_end(key)
            while (
                len(self._held) > 1 and sum(map(len, self._held.values())) > _MOST_HELD
            ):
                self._held.popitem(last=False)


@dataclass(slots=True)
class _Look:
    """When this connection last compared a matrix with the tables, and its cost."""

    matrix: Matrix
    version: tuple[int, int]
    at_s: float
    cost_s: float


class VectorIndex:
    """The stored vectors. One thread uses one VectorIndex."""

    def __init__(
        self, connection: Connection, matrices: Matrices | None = None
    ) -> None:
        self._connection = connection
        self._matrices = matrices or Matrices()
        self._looks: dict[Key, _Look] = {}

    def add(self, embedder: str, ids: Sequence[int], vectors: Vectors) -> None:
        """Store unit vectors for chunks, durably; chunks gone meanwhile are passed by."""
        blobs = vectors.astype("<f2")
        with transaction(self._connection):
            self._connection.executemany(
                """INSERT OR REPLACE INTO vectors(chunk_id, embedder, vector)
                SELECT id, ?, ? FROM chunks WHERE id = ?""",
                [
                    (embedder, blob.tobytes(), id_)
                    for id_, blob in zip(ids, blobs, strict=True)
                ],
            )

    def missing(self, base: Base, embedder: str) -> list[int]:
        """Return the ids of the base's chunks that have no vector yet, ascending."""
        return [
            row[0]
            for row in self._connection.execute(
                """SELECT k.id FROM chunks k WHERE k.content_id IN
                (SELECT content_id FROM documents WHERE base_id = ?) AND NOT EXISTS
                (SELECT 1 FROM vectors v WHERE v.chunk_id = k.id AND v.embedder = ?)
                ORDER BY k.id""",
                (base.id, embedder),
            )
        ]

    def texts(self, ids: Sequence[int]) -> list[tuple[int, str, str]]:
        """Return (id, heading, text) of the chunks that are still there, by id."""
        return fetch(
            self._connection,
            """SELECT id, heading, text FROM chunks WHERE id IN
            (SELECT value FROM json_each(?)) ORDER BY id""",
            json.dumps(list(ids)),
        )

    def count(self, base: Base, embedder: str) -> int:
        """Return how many chunks of the base have a vector."""
        query = f"SELECT count(*) FROM vectors WHERE embedder = ? AND {_OF_BASE}"
        return int(fetch_value(self._connection, query, embedder, base.id))

    def load(self, base: Base, embedder: str, now: bool = False) -> Matrix:
        """Return all vectors of the base, from memory where nothing changed.

        A large base may be as it was some seconds ago, unless it is wanted as it is
        `now`.
        """
        key = (base.id, embedder)
        version = change_version(self._connection)
        look = self._looks.get(key)
        now_s = time.monotonic()
        if look is not None:
            pause_s = max(_LOOK_EVERY_S, look.cost_s / _LOOK_SHARE)
            is_new = now_s - look.at_s < pause_s and len(look.matrix) > EXACT_UP_TO
            if look.version == version or (is_new and not now):
                return look.matrix
        # One picture of the tables, whatever others write meanwhile.
        self._connection.execute("BEGIN")
        try:
            matrix = self._renewed(base, embedder, self._matrices.get(key))
        finally:
            self._connection.execute("COMMIT")
        cost_s = time.monotonic() - now_s
        self._looks = {key: _Look(matrix, version, time.monotonic(), cost_s)}
        self._matrices.keep(key, matrix)
        return matrix

    def _renewed(self, base: Base, embedder: str, before: Matrix | None) -> Matrix:
        """Return the vectors as they are now; only what is new is read."""
        ids = self._ids(base, embedder)
        if before is None or not len(before):
            return Matrix(ids, self._stored(embedder, ids))
        if numpy.array_equal(ids, before.rows):
            return before
        gone = ~numpy.isin(before.rows, ids, assume_unique=True)
        new = numpy.setdiff1d(ids, before.rows, assume_unique=True)
        stored = self._stored(embedder, new)
        if not len(new):
            stored = numpy.empty((0, before.vectors.shape[1]), numpy.float16)
        return before.changed(gone, new, stored)

    def _ids(self, base: Base, embedder: str) -> Rows:
        rows = self._connection.execute(
            f"SELECT chunk_id FROM vectors WHERE embedder = ? AND {_OF_BASE}"
            " ORDER BY chunk_id",
            (embedder, base.id),
        )
        return numpy.fromiter((row[0] for row in rows), dtype=numpy.int64)

    def _stored(self, embedder: str, ids: Rows) -> Halves:
        """Return the vectors of these chunks, shape (len(ids), dimensions)."""
        result: Halves = numpy.empty((len(ids), 0), dtype=numpy.float16)
        for start, part in self._parts(embedder, ids):
            if not result.shape[1]:
                result = numpy.empty((len(ids), part.shape[1]), dtype=numpy.float16)
            result[start : start + len(part)] = part
        return result

    def _parts(self, embedder: str, ids: Rows) -> Iterator[tuple[int, Halves]]:
        """Yield vectors with their place, a few thousand at a time."""
        for start in range(0, len(ids), _PART):
            part = ids[start : start + _PART]
            found = fetch(
                self._connection,
                # CROSS keeps SQLite from walking through all vectors for each of these.
                """SELECT v.vector FROM json_each(?) w CROSS JOIN vectors v
                ON v.chunk_id = w.value AND v.embedder = ?""",
                json.dumps(part.tolist()),
                embedder,
            )
            data = numpy.frombuffer(b"".join(row[0] for row in found), dtype="<f2")
            yield start, data.reshape(len(part), -1)

    def search(
        self,
        base: Base,
        embedder: str,
        vector: Vectors,
        top_k: int,
        within: Rows | None = None,
    ) -> list[tuple[int, float]]:
        """Return (chunk id, cosine) of the nearest chunks, best first.

        `within` leaves only these chunks (ids, ascending).
        """
        return self.load(base, embedder).nearest(vector, top_k, within)

    def cosines(
        self, base: Base, embedder: str, vector: Vectors, ids: Iterable[int]
    ) -> dict[int, float]:
        """Return the cosine for each of the chunks that has a vector."""
        return self.load(base, embedder).cosines(vector, ids)

    def switch(
        self, base: Base, embedder: str, key: str, needed: Sequence[tuple[int, str]]
    ) -> int:
        """Let a base use another embedder from now on; return how many vectors went.

        `key` are the new embedder's weights ("" for words only). The base's other
        vectors are removed, but those that another base needs for the same text:
        `needed` are pairs of a base's id and a key, "" where its key is not known.
        """
        with transaction(self._connection):
            self._connection.execute(
                "UPDATE bases SET embedder = ?, changing_to = '' WHERE id = ?",
                (embedder, base.id),
            )
            return self._remove_others(base, [key], needed)

    def remove_others(
        self, base: Base, keys: Sequence[str], needed: Sequence[tuple[int, str]]
    ) -> int:
        """Remove a base's vectors by other embedders than `keys`; see `switch`."""
        with transaction(self._connection):
            return self._remove_others(base, keys, needed)

    def _remove_others(
        self, base: Base, keys: Sequence[str], needed: Sequence[tuple[int, str]]
    ) -> int:
        self._connection.execute(
            f"""DELETE FROM vectors WHERE {_OF_BASE}
            AND embedder NOT IN (SELECT value FROM json_each(?))
            AND NOT EXISTS (SELECT 1 FROM chunks k
              JOIN documents d ON d.content_id = k.content_id AND d.base_id != ?
              JOIN json_each(?) n ON n.value ->> 0 = d.base_id
              WHERE k.id = vectors.chunk_id
              AND n.value ->> 1 IN ('', vectors.embedder))""",
            (base.id, json.dumps(list(keys)), base.id, json.dumps(list(needed))),
        )
        return int(self._connection.changes())
