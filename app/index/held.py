"""What of a base's vectors lies on a server, remembered on this computer.

On a server a vector is called by a hash of the text it was made from. So computers that
share a collection never write two things under one name, and a text in two documents is
there once. Which chunk a name stands for is known only here.

Invariant: `rows` ascend, `ids[i]` is the name of `rows[i]`; a file that cannot be read
counts as none, and then all is compared with the server again.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from app.files import write_atomically
from app.index.matrix import Rows
from app.index.vector_index import VectorIndex

ENDING = ".server.npz"
_PART = 2_000
_DIGITS = 32
KIND = f"S{_DIGITS}"
Names = NDArray[Any]


@dataclass(frozen=True)
class Held:
    """Chunks and the names of their vectors in one collection of one server.

    `complete` is False while they are still being put there.
    """

    host: str
    name: str
    collection: str
    rows: Rows
    ids: Names
    complete: bool = True

    @cached_property
    def unique(self) -> Names:
        """The names, each once, ascending."""
        return numpy.unique(self.ids)

    @cached_property
    def _order(self) -> NDArray[numpy.intp]:
        return numpy.argsort(self.ids, kind="stable")

    def rows_of(self, ids: Iterable[str]) -> dict[str, Rows]:
        """Return the chunks behind each name; names of others are left out."""
        asked = [id_ for id_ in ids if is_name(id_)]
        if not asked:
            return {}
        wanted = numpy.array([id_.encode() for id_ in asked], dtype=KIND)
        ordered = self.ids[self._order]
        first = numpy.searchsorted(ordered, wanted, "left")
        last = numpy.searchsorted(ordered, wanted, "right")
        return {
            id_: self.rows[self._order[start:end]]
            for id_, start, end in zip(asked, first, last, strict=True)
            if end > start
        }

    def first_rows(self, names: Names) -> Rows:
        """Return one chunk for each of these names, which must be known."""
        places = numpy.searchsorted(self.ids[self._order], names)
        return numpy.asarray(self.rows[self._order[places]])

    def write(self, path: Path) -> None:
        """Keep it. Raises StorageError."""
        notes = json.dumps([self.host, self.name, self.collection, self.complete])
        data = io.BytesIO()
        numpy.savez(
            data, rows=self.rows, ids=self.ids, notes=numpy.array(notes, dtype="U")
        )
        write_atomically(path, data.getvalue())


def is_name(text: str) -> bool:
    """Tell whether something can be a name of ours."""
    return len(text) == _DIGITS and text.isascii()


def read_held(path: Path) -> Held | None:
    """Return what was kept, None where there is nothing readable."""
    try:
        with numpy.load(path, allow_pickle=False) as data:
            host, name, collection, complete = json.loads(str(data["notes"]))
            rows, ids = data["rows"].astype(numpy.int64), data["ids"].astype(KIND)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    if rows.ndim != 1 or rows.shape != ids.shape or (numpy.diff(rows) <= 0).any():
        return None
    return Held(str(host), str(name), str(collection), rows, ids, complete is True)


def names_of(
    rows: Rows, before: Held | None, vectors: VectorIndex, check: Callable[[], None]
) -> tuple[Rows, Names]:
    """Return these chunks with their names; only new ones are read.

    Chunks that are gone meanwhile are left out. `check` may raise.
    """
    known_rows = before.rows if before else numpy.empty(0, numpy.int64)
    known_ids = before.ids if before else numpy.empty(0, KIND)
    kept = numpy.isin(known_rows, rows, assume_unique=True)
    fresh = numpy.setdiff1d(rows, known_rows, assume_unique=True)
    found: list[tuple[int, bytes]] = []
    for start in range(0, len(fresh), _PART):
        check()
        part: Sequence[int] = fresh[start : start + _PART].tolist()
        found += [
            (id_, _name(heading, text)) for id_, heading, text in vectors.texts(part)
        ]
    new_rows = numpy.array([row for row, _ in found], dtype=numpy.int64)
    new_ids = numpy.array([id_ for _, id_ in found], dtype=KIND)
    all_rows = numpy.concatenate([known_rows[kept], new_rows])
    order = numpy.argsort(all_rows, kind="stable")
    return all_rows[order], numpy.concatenate([known_ids[kept], new_ids])[order]


def _name(heading: str, text: str) -> bytes:
    digest = hashlib.sha256(f"{heading}\0{text}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:_DIGITS].encode()
