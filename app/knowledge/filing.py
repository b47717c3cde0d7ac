"""One file after the other: looked at, read apart, stored.

    begin(file 7) ── asks for it ──► files 4 to 7 are read in their own process
      └── file 3 was read meanwhile, joins the group of files 1 and 2
            └── after a quarter of a second the group is stored, and told

Small files are read some ahead of their turn and stored in groups: waiting for the disk
once for each would take longer than all the rest. What holds documents of its own is
read at once, with all its members; see `containers.py`. Invariants: events come in the
order of the files; a file that is told as "indexed" is stored, and a group is stored
whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from app.errors import Cancelled, DocumentError
from app.files import sha256_of
from app.index.store import TEXT_VERSION, KnownDocument, NewDocument, Store
from app.knowledge import problems
from app.knowledge.config import ReadingLimits
from app.knowledge.containers import Containers
from app.knowledge.reading import FileRead, FileReader, Pending
from app.knowledge.unpacking import Packed
from app.readers import can_recognise, may_hold_members
from app.values.bases import Base, DocumentDone, DocumentInfo, ReadingBegan
from app.workers.child import Job

_MOST_ATTEMPTS = 2
# The computer's memory may have been short at that moment, and the file be innocent.
_TRIED_ONCE_MORE = ("crashed", "too_big")
# How far reading may be ahead: further helps nobody, and what is read waits in memory.
_AHEAD_FILES = 16
_AHEAD_BYTES = 2_000_000
# A group is stored after so long, or when it holds so much.
_GROUP_S = 0.25
_GROUP_FILES = 64
_GROUP_CHARACTERS = 2_000_000


@dataclass(slots=True)
class _Begun:
    """A file whose reading was begun, with what is to be noted of it."""

    place: int
    path: Path
    hash: str
    size_bytes: int
    mtime_ns: int
    pending: Pending


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of reading a file that was begun."""

    begun: _Begun
    read: FileRead | None = None
    error: DocumentError | None = None


class Filing:
    """Reads and stores the files of one run, and is the host of its containers.

    `careful` after a crash: one file after the other, so that only the one that ended
    the process is blamed.
    """

    containers: Containers

    def __init__(
        self,
        store: Store,
        base: Base,
        job: Job,
        awake: threading.Event,
        reader: FileReader,
        limits: ReadingLimits,
        careful: bool = False,
    ) -> None:
        self.store = store
        self.base = base
        self._job = job
        self._awake = awake
        self._reader = reader
        self._limits = limits
        self._careful = careful
        # Files whose turn has not come, with what was found of others between them.
        self._queue: deque[_Begun | DocumentDone] = deque()
        # What was dealt with and is not told yet.
        self._group: list[_Outcome | DocumentDone] = []
        self._group_began_s = 0.0
        self._group_characters = 0
        self._member: Pending | None = None
        self._attempts: dict[str, int] = {}
        self._infos: dict[str, DocumentInfo] | None = None

    def open(
        self, known: Mapping[str, KnownDocument], anew: frozenset[str] = frozenset()
    ) -> None:
        """Begin a run over a base that holds `known`; `anew` is for `Containers`."""
        self.containers = Containers(self, known, anew)
        self._attempts = {path: document.attempts for path, document in known.items()}

    def close(self) -> None:
        """Give up what is still being read."""
        for waiting in self._queue:
            if isinstance(waiting, _Begun):
                waiting.pending.close()
        if self._member is not None:
            self._member.close()
        self._member = None
        self._queue.clear()
        self._group.clear()

    def begin(
        self, place: int, path: Path, known: KnownDocument | None
    ) -> Iterator[ReadingBegan | DocumentDone]:
        """Deal with a file, or ask for it; then store what was read meanwhile."""
        for found in self._one(place, path, known):
            if isinstance(found, ReadingBegan):
                yield from self.finish()
                yield replace(found, done=place)
            elif isinstance(found, _Begun):
                self._queue.append(found)
            elif self._queue or self._group:
                self._queue.append(replace(found, done=place))
            else:
                yield replace(found, done=place)
        while self._queue and (self._is_far_ahead() or self._is_front_ready()):
            yield from self._next()

    def finish(self) -> Iterator[ReadingBegan | DocumentDone]:
        """Wait for all files that were begun, and store them."""
        while self._queue:
            yield from self._next()
        yield from self._store_group()

    def members(self, path: Path) -> Iterator[Packed]:
        """Yield what a container holds, unpacked under the limits of reading."""
        return self._reader.members(path, self._check)

    def rest(self) -> None:
        """Wait while the model speaks: their threads would stall each other."""
        while not self._awake.wait(0.2):
            self._check()
        self._check()

    # -- files that were begun -----------------------------------------------------

    def _is_far_ahead(self) -> bool:
        begun = [waiting for waiting in self._queue if isinstance(waiting, _Begun)]
        most = 1 if self._careful else _AHEAD_FILES
        is_much = sum(b.size_bytes for b in begun) > _AHEAD_BYTES
        return len(begun) > most or (is_much and len(begun) > 1)

    def _is_front_ready(self) -> bool:
        front = self._queue[0]
        return isinstance(front, DocumentDone) or front.pending.is_ready(0)

    def _next(self) -> Iterator[ReadingBegan | DocumentDone]:
        """Wait for the first of the queue; store its group when that is due."""
        front = self._queue.popleft()
        if not self._group:
            self._group_began_s = time.monotonic()
        if isinstance(front, _Begun):
            yield ReadingBegan(str(front.path), front.size_bytes, front.place)
            left_s = self._group_began_s + _GROUP_S - time.monotonic()
            if not front.pending.is_ready(max(0.0, left_s)):
                yield from self._store_group()
                # A process that ends now has this file to blame.
                self.store.begin_documents(self.base, [str(front.path)])
            self._group.append(self._outcome(front))
        else:
            self._group.append(front)
        if self._is_group_due():
            yield from self._store_group()

    def _outcome(self, begun: _Begun) -> _Outcome:
        self._member = begun.pending
        try:
            read = self._awaited()
        except DocumentError as error:
            return _Outcome(begun, error=error)
        self._group_characters += len(read.document.text)
        return _Outcome(begun, read)

    def _is_group_due(self) -> bool:
        return (
            self._careful
            or len(self._group) >= _GROUP_FILES
            or self._group_characters >= _GROUP_CHARACTERS
            or time.monotonic() - self._group_began_s >= _GROUP_S
        )

    def _store_group(self) -> Iterator[DocumentDone]:
        """Store what was read, in one transaction, and tell of it."""
        group, self._group = self._group, []
        self._group_characters = 0
        outcomes = [outcome for outcome in group if isinstance(outcome, _Outcome)]
        if outcomes:
            names = [str(outcome.begun.path) for outcome in outcomes]
            self.store.begin_documents(self.base, names)
            self.store.save_documents(
                self.base, [_new(o.begun, o.read) for o in outcomes if o.read]
            )
        for found in group:
            if isinstance(found, DocumentDone):
                yield found
            else:
                yield replace(self._told(found), done=found.begun.place)

    def _told(self, outcome: _Outcome) -> DocumentDone:
        begun = outcome.begun
        name = str(begun.path)
        if outcome.error is None:
            return self._indexed(name)
        return self.failed(name, outcome.error, begun.size_bytes, begun.mtime_ns)

    def _check(self) -> None:
        """Let the reading process rest when we should. Raises Cancelled."""
        self._job.check()
        self._reader.rest(not self._awake.is_set())

    # -- one file ----------------------------------------------------------------

    def _one(
        self, place: int, path: Path, known: KnownDocument | None
    ) -> Iterator[_Begun | ReadingBegan | DocumentDone]:
        """Yield what becomes of a file: that its reading was begun, or its events.

        A container yields before it is read, so that nothing else is being read then.
        """
        name = str(path)
        size_bytes, mtime_ns = 0, 0
        if name != problems.printable(name):
            yield self.failed(problems.printable(name), problems.unnameable(path), 0, 0)
            return
        try:
            status = path.stat()
            size_bytes, mtime_ns = status.st_size, status.st_mtime_ns
            same = known and _looks_unchanged(known, size_bytes, mtime_ns)
            if known and same and not self.containers.is_anew(name):
                yield self.unchanged(known)
                yield from self.containers.unchanged(name)
                return
            self._admit(path, status)
            if may_hold_members(path):
                yield ReadingBegan(name, size_bytes)
                yield from self.containers.ingest(name, path, size_bytes, mtime_ns)
            else:
                yield self._begin_changed(place, path, known, size_bytes, mtime_ns)
        except OSError as error:
            yield self._unread(path, known, error, size_bytes, mtime_ns)
        except DocumentError as error:
            yield self.failed(name, error, size_bytes, mtime_ns)
            yield from self.containers.drop(name)

    def _admit(self, path: Path, status: os.stat_result) -> None:
        """Raise DocumentError for what is no file or too large a one.

        Archives and mailboxes may be larger: what counts is what they hold.
        """
        if not stat.S_ISREG(status.st_mode):
            raise problems.no_file(path)
        limit_mb = self._limits.largest_file_mb
        holds = bool(path.suffix) and may_hold_members(path)
        if status.st_size > limit_mb * 1_000_000 and not holds:
            raise problems.over_the_limit(path, limit_mb)

    def _begin_changed(
        self,
        place: int,
        path: Path,
        known: KnownDocument | None,
        size_bytes: int,
        mtime_ns: int,
    ) -> _Begun | DocumentDone:
        """Begin to read a file, unless its text is known already."""
        name = str(path)
        hash_ = self.hash_of(path)
        if known and known.hash == hash_ and known.status == "indexed":
            self.store.touch_document(known, mtime_ns)
            return self.unchanged(known)
        if self.store.link_document(self.base, name, hash_, size_bytes, mtime_ns):
            return self._indexed(name)
        self._need_few_attempts(name, path)
        pending = self._reader.begin(path)
        return _Begun(place, path, hash_, size_bytes, mtime_ns, pending)

    def _need_few_attempts(self, name: str, path: Path) -> None:
        if self._attempts.get(name, 0) >= _MOST_ATTEMPTS:
            raise problems.crashed_often(path)

    def hash_of(self, path: Path) -> str:
        """Return the identity of a file's text. Raises Cancelled."""
        return content_hash(path, self._job.cancelled)

    def read(
        self, name: str, path: Path, hash_: str, size_bytes: int, mtime_ns: int
    ) -> DocumentDone:
        """Store the file at `path` as `name`; it is read unless its text is known."""
        if self.store.link_document(self.base, name, hash_, size_bytes, mtime_ns):
            return self._indexed(name)
        self._need_few_attempts(name, path)
        self.store.begin_documents(self.base, [name])
        self._member = self._reader.begin(path)
        read = self._awaited()
        self.store.save_documents(
            self.base, [_document(name, hash_, size_bytes, mtime_ns, read)]
        )
        return self._indexed(name)

    def _awaited(self) -> FileRead:
        """Wait for what is being read. Raises DocumentError, Cancelled."""
        assert self._member is not None
        try:
            read = self._member.result(self._check)
        except DocumentError:
            self._member = None
            raise
        self._member = None
        return read

    def _indexed(self, name: str) -> DocumentDone:
        chunks = self.store.count_chunks(self.base, name)
        return DocumentDone(name, "indexed", chunks=chunks)

    def _unread(
        self,
        path: Path,
        known: KnownDocument | None,
        error: OSError,
        size_bytes: int,
        mtime_ns: int,
    ) -> DocumentDone:
        """Tell what the system said of a file."""
        name, problem = str(path), problems.file_error(path, error)
        if known and known.status == "indexed":
            # An unplugged drive is no reason to forget what was on it.
            self.containers.keep(name)
            return problems.told(name, problem)
        return self.failed(name, problem, size_bytes, mtime_ns)

    def unchanged(self, known: KnownDocument) -> DocumentDone:
        """Tell again what became of a document that is as it was."""
        if known.status == "indexed":
            return DocumentDone(known.path, "unchanged")
        if self._infos is None:
            self._infos = {d.file: d for d in self.store.documents(self.base)}
        info = self._infos[known.path]
        return DocumentDone(
            info.file,
            info.status,
            info.reason,
            info.sentence,
            info.remedy,
            info.parameters,
        )

    def failed(
        self, name: str, error: DocumentError, size_bytes: int, mtime_ns: int
    ) -> DocumentDone:
        """Note why a document was not read, and tell it."""
        event = problems.told(name, error)
        counts = error.reason in _TRIED_ONCE_MORE
        self.store.fail_document(
            self.base,
            name,
            event.status,
            error.reason,
            error,
            size_bytes,
            mtime_ns,
            counts,
        )
        return event

    def is_forgotten(self, name: str) -> bool:
        """Tell whether somebody wanted the document of this name gone."""
        return name == problems.printable(name) and self.store.is_forgotten(
            self.base, name
        )


def _new(begun: _Begun, read: FileRead) -> NewDocument:
    return _document(
        str(begun.path), begun.hash, begun.size_bytes, begun.mtime_ns, read
    )


def _document(
    name: str, hash_: str, size_bytes: int, mtime_ns: int, read: FileRead
) -> NewDocument:
    return NewDocument(
        name, hash_, size_bytes, mtime_ns, read.document, read.language, read.chunks
    )


def content_hash(path: Path, stop: Callable[[], bool] = lambda: False) -> str:
    """Return the identity of a file's text: its bytes and the version of our reading.

    Raises Cancelled when `stop` says so.
    """
    digest = sha256_of(path, stop)
    if not digest:
        raise Cancelled
    whole = f"{TEXT_VERSION}:{path.suffix.lower()}:{digest}"
    return hashlib.sha256(whole.encode()).hexdigest()


def _deserves_another(known: KnownDocument) -> bool:
    tries = known.attempts < _MOST_ATTEMPTS
    return known.reason in _TRIED_ONCE_MORE and tries


def _looks_unchanged(known: KnownDocument, size_bytes: int, mtime_ns: int) -> bool:
    return (
        known.status in ("indexed", "skipped", "failed")
        and known.reason not in ("vanished", "denied", "needs_program")
        and not (known.reason == "no_ocr" and can_recognise())
        and not _deserves_another(known)
        and known.size_bytes == size_bytes
        and known.mtime_ns == mtime_ns
    )
