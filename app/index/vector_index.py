"""Vectors in SQLite, searched exactly; large bases through Chroma with this as fallback.

Vectors are stored as float16 (half the space, no loss in ranking that we could
measure) and held in memory as one float32 matrix for each base while it is in use.
In small bases exact search is as fast as an approximate index and cannot
break; above, Chroma answers, unless it is missing or fails its check.

Invariant: `rows` and `matrix` of a loaded base have the same order; the matrix is
reloaded when another connection or process changed the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from app.database import (
    Connection,
    change_version,
    fetch,
    fetch_value,
    transaction,
)
from app.values.bases import Base
from app.values.ports import Vectors

_OF_BASE = """chunk_id IN (SELECT id FROM chunks WHERE content_id IN
    (SELECT content_id FROM documents WHERE base_id = ?))"""


@dataclass(slots=True)
class LoadedVectors:
    """All vectors of a base by one embedder: `matrix` is (len(rows), dimensions)."""

    rows: NDArray[numpy.int64]
    matrix: Vectors
    version: tuple[int, int]


class VectorIndex:
    """The stored vectors. One thread uses one VectorIndex."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._loaded: dict[tuple[int, str], LoadedVectors] = {}

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

    def missing(self, base: Base, embedder: str) -> list[tuple[int, str, str]]:
        """Return (id, heading, text) of the base's chunks that have no vector yet."""
        return list(
            self._connection.execute(
                """SELECT k.id, k.heading, k.text FROM chunks k WHERE k.content_id IN
                (SELECT content_id FROM documents WHERE base_id = ?) AND NOT EXISTS
                (SELECT 1 FROM vectors v WHERE v.chunk_id = k.id AND v.embedder = ?)
                ORDER BY k.id""",
                (base.id, embedder),
            )
        )

    def count(self, base: Base, embedder: str) -> int:
        """Return how many chunks of the base have a vector."""
        query = f"SELECT count(*) FROM vectors WHERE embedder = ? AND {_OF_BASE}"
        return int(fetch_value(self._connection, query, embedder, base.id))

    def load(self, base: Base, embedder: str) -> LoadedVectors:
        """Return all vectors of the base, from memory where nothing changed."""
        version = change_version(self._connection)
        loaded = self._loaded.get((base.id, embedder))
        if loaded is None or loaded.version != version:
            loaded = self._read(base, embedder, version)
            self._loaded = {(base.id, embedder): loaded}
        return loaded

    def _read(
        self, base: Base, embedder: str, version: tuple[int, int]
    ) -> LoadedVectors:
        found = fetch(
            self._connection,
            "SELECT chunk_id, vector FROM vectors WHERE embedder = ?"
            f" AND {_OF_BASE} ORDER BY chunk_id",
            embedder,
            base.id,
        )
        rows = numpy.array([row[0] for row in found], dtype=numpy.int64)
        data = numpy.frombuffer(b"".join(row[1] for row in found), dtype="<f2")
        matrix = data.astype(numpy.float32).reshape(len(found), -1 if found else 0)
        return LoadedVectors(rows, matrix, version)

    def search(
        self,
        base: Base,
        embedder: str,
        vector: Vectors,
        top_k: int,
        within: NDArray[numpy.int64] | None = None,
    ) -> list[tuple[int, float]]:
        """Return (chunk id, cosine) of the nearest chunks, exactly, best first.

        `within` leaves only these chunks (ids, ascending).
        """
        loaded = self.load(base, embedder)
        rows, matrix = loaded.rows, loaded.matrix
        if within is not None:
            places = numpy.flatnonzero(numpy.isin(rows, within, assume_unique=True))
            rows, matrix = rows[places], matrix[places]
        if not len(rows):
            return []
        scores = matrix @ vector.reshape(-1)
        best = numpy.argsort(-scores, kind="stable")[:top_k]
        return [(int(rows[i]), float(scores[i])) for i in best]

    def cosines(
        self, base: Base, embedder: str, vector: Vectors, ids: Iterable[int]
    ) -> dict[int, float]:
        """Return the cosine for each of the chunks that has a vector."""
        loaded = self.load(base, embedder)
        wanted = numpy.fromiter(ids, dtype=numpy.int64)
        places = numpy.searchsorted(loaded.rows, wanted)
        places = numpy.minimum(places, max(len(loaded.rows) - 1, 0))
        if not len(loaded.rows):
            return {}
        found = loaded.rows[places] == wanted
        scores = loaded.matrix[places[found]] @ vector.reshape(-1)
        return {
            int(id_): float(score)
            for id_, score in zip(wanted[found], scores, strict=True)
        }

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

    def background(self, base: Base, embedder: str, vector: Vectors) -> Vectors:
        """Return the cosines of all chunks of the base, shape (chunks,)."""
        loaded = self.load(base, embedder)
        result: Vectors = loaded.matrix @ vector.reshape(-1)
        return result
