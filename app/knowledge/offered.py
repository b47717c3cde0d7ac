"""Collections that an administrator offers to everybody on a computer, read where they lie.

    /usr/share/allmende/bases/*.db, folders of the setting ──► a lane each, for reading only

Nothing is copied and nothing is written there; a file that is replaced is seen with the
next request, one that cannot be used is told by `allmende doctor`.

Invariants: the user's own base wins over an offered one of its name, which then is called
"NAME (2)", except in a lesson that administrators prescribe; the number of an offered
document is none of the user's own, and the same one each time as long as the file keeps
its name.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from app.errors import AppError, PolicyError, UsageError
from app.i18n import N_
from app.index.publishing import ENDING, open_published, published_errors
from app.index.store import Store
from app.index.vector_index import Matrices
from app.knowledge.config import IndexConfig
from app.knowledge.lane import Lane
from app.knowledge.sight import Sight
from app.log import get_logger
from app.values.bases import OfferedProblem
from app.values.passages import Passage, SearchResult

# Numbers of the user's own documents stay below.
_SHIFT = 32
_MOST = 200
_log = get_logger("offered")


class OfferedLane(Lane):
    """One offered base, opened for reading only. `number` marks its documents."""

    def __init__(self, config: IndexConfig, path: Path) -> None:
        super().__init__(config, Matrices())
        # Who offers it chose its documents.
        self.sight = Sight(())
        self.path = path
        self.state = _state(path)
        self.number = (zlib.crc32(path.name.encode()) & 0x3FFF_FFFF) + 1
        self._store = Store(open_published(path))
        self.name = self._store.bases()[0].name

    def errors(self) -> AbstractContextManager[None]:
        """Turn what SQLite says while something is read into sentences."""
        return published_errors(self.path)

    def outward(self, document_id: int) -> int:
        """Return the number that the world knows a document by."""
        return self.number << _SHIFT | document_id

    def renumbered(self, result: SearchResult) -> SearchResult:
        """Return a result with the numbers that the world knows its documents by."""
        computed = result.computed
        if computed is not None:
            number = self.outward(computed.document_id)
            computed = replace(computed, document_id=number)
        passages = tuple(map(self._renumbered, result.passages))
        return replace(result, passages=passages, computed=computed)

    def _renumbered(self, passage: Passage) -> Passage:
        also = tuple(
            replace(other, document_id=self.outward(other.document_id))
            for other in passage.also
        )
        number = self.outward(passage.document_id)
        return replace(passage, document_id=number, also=also)


class Offered:
    """The offered bases, opened when they are first asked for. One thread uses one Offered."""

    def __init__(self, config: IndexConfig) -> None:
        self._config = config
        self._lanes: dict[Path, OfferedLane] = {}
        self._problems: dict[Path, tuple[object, AppError]] = {}

    def close(self) -> None:
        """Close all of them."""
        for lane in self._lanes.values():
            lane.close()
        self._lanes.clear()

    def lanes(self, is_taken: Callable[[str], bool]) -> dict[str, OfferedLane]:
        """Return the bases that can be read, by the name they go by here.

        `is_taken` says which names the user's own bases have.
        """
        first = self._config.offered_first
        found: dict[str, OfferedLane] = {}
        for lane in self._look():
            name, number = lane.name, 1
            while name in found or (name != first and is_taken(name)):
                number += 1
                name = f"{lane.name} ({number})"
            found[name] = lane
        return found

    def of_document(self, number: int) -> tuple[OfferedLane, int] | None:
        """Return the lane and its own number of a document; None for the user's own."""
        if number >> _SHIFT == 0:
            return None
        for lane in self._look():
            if lane.number == number >> _SHIFT:
                return lane, number & ((1 << _SHIFT) - 1)
        raise UsageError(
            N_("This document is no longer in the base."),
            N_("Ask again to see the place as it is now."),
        )

    def problems(self) -> Iterator[OfferedProblem]:
        """Yield what cannot be used, and why."""
        self._look()
        for path, (_, error) in sorted(self._problems.items()):
            parameters = tuple(error.parameters.items())
            yield OfferedProblem(str(path), error.sentence, error.remedy, parameters)

    def _look(self) -> list[OfferedLane]:
        """Open what is new or was replaced, close what is gone."""
        there = {path: _state(path) for path in self._files()}
        for path, lane in list(self._lanes.items()):
            if there.get(path) != lane.state:
                self._lanes.pop(path).close()
        for path, (state, _) in list(self._problems.items()):
            if there.get(path) != state:
                del self._problems[path]
        for path, state in there.items():
            if path in self._lanes or path in self._problems:
                continue
            try:
                self._lanes[path] = OfferedLane(self._config, path)
            except AppError as error:
                _log.warning("an offered base cannot be used: %s", type(error).__name__)
                self._problems[path] = (state, error)
        return [self._lanes[path] for path in sorted(self._lanes)]

    def _files(self) -> Iterator[Path]:
        count = 0
        for folder in map(Path, self._config.offered):
            try:
                names = sorted(folder.iterdir()) if folder.is_absolute() else []
            except OSError:
                # A share that is away, or nothing was ever put there.
                continue
            for path in names:
                if path.suffix == ENDING and path.is_file() and count < _MOST:
                    count += 1
                    yield path


def refuse_changes(name: str, lanes: dict[str, OfferedLane]) -> None:
    """Raise PolicyError when a base is one that can only be read."""
    if name in lanes:
        raise PolicyError(
            N_("“{name}” is offered to everybody on this computer and only read."),
            N_("Make a collection of your own for your documents."),
            name=name,
        )


def _state(path: Path) -> object:
    """Return what changes when a file is replaced."""
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size, told.st_ino
