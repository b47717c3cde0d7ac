"""Chroma as a rebuildable cache of a large base's vectors. Owns `chromadb`.

Measured traps that shape this module: with default settings a `kill -9`, a full disk
or a second process destroys the index for good, and a damaged one may search only what
is left without an error. So a cache is trusted only with a stamp that was written when
it was complete, after its count and probes agree with SQLite; it is never changed, but
built anew in a fresh folder; its `sync_threshold` is the number of its vectors, so that
the graph is written once, with the last of them (with a higher one every start would
build it again from the log: 94 seconds for 100,000 vectors); and a file lock keeps the
second process away. Damage inside its files can pass such probes, or end the process: so their
SHA-256 stand in the stamp, and a cache whose opening ended a process is not opened
again. The default embedding function is never used:
it would load a network library.

Invariant: no answer of Chroma is used unless `open_checked` returned True since the
last change; the caller has the exact search for every other case.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy
from numpy.typing import NDArray

from app.files import FileLock, sha256_of, write_atomically
from app.log import describe, get_logger
from app.values.ports import Vectors

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

Stored = NDArray[numpy.float32] | NDArray[numpy.float16]

_log = get_logger("index.chroma")
_BATCH = 2_000
_PROBES = 8
# Chroma takes no smaller `sync_threshold` than its `batch_size`.
_LEAST = 100
_EXPORTER = "opentelemetry.exporter.otlp.proto.grpc.trace_exporter"


class ChromaCache:
    """The cache of one base and embedder in a folder of its own."""

    def __init__(self, folder: Path, embedder: str, dimensions: int) -> None:
        self.folder = folder
        self._embedder = embedder
        self._dimensions = dimensions
        self._lock = FileLock(folder.with_name(folder.name + ".lock"))
        self._client: Any = None
        self._collection: Collection | None = None

    @property
    def _stamp_path(self) -> Path:
        return self.folder / "allmende.json"

    @property
    def _opening(self) -> Path:
        """There while the cache is opened, and after that ended the process."""
        return self.folder / "opening"

    def _digests(self) -> dict[str, str]:
        """Return the hashes of the files that Chroma never changes again."""
        return {
            path.relative_to(self.folder).as_posix(): sha256_of(path)
            for path in sorted(self.folder.glob("*/*"))
            if path.is_file()
        }

    def stamp(self) -> dict[str, Any]:
        """Return what was noted when the cache was complete; {} when it never was."""
        try:
            data = json.loads(self._stamp_path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def open_checked(
        self,
        rows: NDArray[numpy.int64],
        matrix: Stored,
    ) -> bool:
        """Open the cache and tell whether it holds exactly `rows` and finds them."""
        stamp = self.stamp()
        expected = {
            "embedder": self._embedder,
            "dimensions": self._dimensions,
            "count": len(rows),
            "sum": int(rows.sum()),
        }
        digests = stamp.pop("files", None)
        if stamp != expected or not self._lock.acquire():
            return False
        try:
            if self._opening.exists() or digests != self._digests():
                _log.warning("cache of vectors refused: its files have changed")
                self.close()
                return False
            self._opening.touch()
            self._open(create=False)
            is_sound = self._probe(rows, matrix)
            self._opening.unlink()
            return is_sound
        except Exception as error:  # noqa: BLE001 - its errors are many and undocumented
            _log.warning("cache of vectors refused: %s", describe(error))
            self.close()
            return False

    def _probe(
        self,
        rows: NDArray[numpy.int64],
        matrix: Stored,
    ) -> bool:
        assert self._collection is not None
        if self._collection.count() != len(rows):
            return False
        for place in numpy.linspace(0, len(rows) - 1, _PROBES, dtype=int):
            nearest = self.search(matrix[place].astype(numpy.float32), 3)
            if all(score < 0.999 for _, score in nearest):
                return False
        return True

    def rebuild(
        self,
        rows: NDArray[numpy.int64],
        matrix: Stored,
    ) -> Iterator[int]:
        """Build the cache anew; yields how many vectors are in. Raises nothing of its own.

        Does nothing when another process holds the cache.
        """
        if not self._lock.acquire():
            return
        self.close(keep_lock=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._open(create=True, count=len(rows))
        assert self._collection is not None
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            self._collection.add(
                ids=[str(row) for row in part],
                embeddings=matrix[start : start + _BATCH].astype(numpy.float32),
            )
            yield start + len(part)
        self.close(keep_lock=True)
        stamp = {
            "files": self._digests(),
            "embedder": self._embedder,
            "dimensions": self._dimensions,
            "count": len(rows),
            "sum": int(rows.sum()),
        }
        write_atomically(self._stamp_path, json.dumps(stamp).encode())

    def search(self, vector: Vectors, top_k: int) -> list[tuple[int, float]]:
        """Return (chunk id, cosine), best first."""
        assert self._collection is not None
        answer = self._collection.query(
            query_embeddings=vector.reshape(1, -1),
            n_results=top_k,
            include=["distances"],
        )
        distances = answer["distances"]
        assert distances is not None
        return [
            (int(id_), 1.0 - float(distance))
            for id_, distance in zip(answer["ids"][0], distances[0], strict=True)
        ]

    def distrust(self) -> None:
        """Have the cache built anew before it is used again."""
        self._stamp_path.unlink(missing_ok=True)

    def close(self, keep_lock: bool = False) -> None:
        """Let go of the cache."""
        self._collection = None
        if self._client is not None:
            self._client.close()
        self._client = None
        if not keep_lock:
            self._lock.release()

    def remove(self) -> int:
        """Delete the cache; return how many vectors it said it held."""
        count = int(self.stamp().get("count", 0))
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return count

    def _open(self, create: bool, count: int = 0) -> None:
        _leave_out_telemetry()
        import chromadb
        from chromadb.config import Settings

        self._client = chromadb.PersistentClient(
            path=str(self.folder), settings=Settings(anonymized_telemetry=False)
        )
        if create:
            self._collection = self._client.create_collection(
                "vectors",
                embedding_function=None,
                configuration={
                    "hnsw": {"space": "cosine", "sync_threshold": max(count, _LEAST)}
                },
            )
        else:
            self._collection = self._client.get_collection(
                "vectors", embedding_function=None
            )


def _leave_out_telemetry() -> None:
    """Put an empty module in the place of the one that would send traces elsewhere.

    chromadb imports it whether or not anybody wants traces, and with it gRPC: 19 MB and
    a fifth of the time that its import takes.
    """
    empty = ModuleType(_EXPORTER)
    empty.OTLPSpanExporter = object  # type: ignore[attr-defined]
    sys.modules.setdefault(_EXPORTER, empty)
