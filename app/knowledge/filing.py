"""One file after the other: looked at, read apart, stored.

    begin(file 2) ── reads it in its own process ─┐
      └── stores file 1, which was read meanwhile  │
    begin(file 3) ── stores file 2 ◄──────────────┘

What holds documents of its own is read at once, with all its members; see
`containers.py`. Invariant: events come in the order of the files, and a file that is
told as "indexed" is stored.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from app.errors import Cancelled, DocumentError
from app.files import sha256_of
from app.index.store import TEXT_VERSION, KnownDocument, Store
from app.knowledge import problems
from app.knowledge.config import ReadingLimits
from app.knowledge.containers import Containers
from app.knowledge.reading import FileRead, FileReader, Pending
from app.knowledge.unpacking import Packed
from app.readers import can_recognise, may_hold_members
from app.values.bases import Base, DocumentDone, DocumentInfo, ReadingBegan
from app.workers.child import Job

_MOST_ATTEMPTS = 2


@dataclass(slots=True)
class _Begun:
    """A file whose reading was begun, with what is to be noted of it."""

    place: int
    path: Path
    hash: str
    size_bytes: int
    mtime_ns: int
    pending: Pending


class Filing:
    """Reads and stores the files of one run, and is the host of its containers."""

    containers: Containers

    def __init__(
        self,
        store: Store,
        base: Base,
        job: Job,
        awake: threading.Event,
        reader: FileReader,
        limits: ReadingLimits,
    ) -> None:
        self.store = store
        self.base = base
        self._job = job
        self._awake = awake
        self._reader = reader
        self._limits = limits
        self._begun: _Begun | None = None
        self._pending: Pending | None = None
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
        if self._pending is not None:
            self._pending.close()
        self._pending = self._begun = None

    def begin(
        self, place: int, path: Path, known: KnownDocument | None
    ) -> Iterator[ReadingBegan | DocumentDone]:
        """Deal with a file, or begin to read it; then store the one begun before."""
        for found in self._one(place, path, known):
            try:
                yield from self.finish()
            except BaseException:
                if isinstance(found, _Begun):
                    found.pending.close()
                raise
            if isinstance(found, _Begun):
                self._begun, self._pending = found, found.pending
            else:
                yield replace(found, done=place)

    def finish(self) -> Iterator[ReadingBegan | DocumentDone]:
        """Wait for the file that was begun, and store it."""
        begun, self._begun = self._begun, None
        if begun is None:
            return
        name = str(begun.path)
        yield ReadingBegan(name, begun.size_bytes, begun.place)
        self.store.begin_document(self.base, name)
        try:
            event = self._stored(name, begun.hash, begun.size_bytes, begun.mtime_ns)
        except DocumentError as error:
            event = self.failed(name, error, begun.size_bytes, begun.mtime_ns)
        yield replace(event, done=begun.place)

    def members(self, path: Path) -> Iterator[Packed]:
        """Yield what a container holds, unpacked under the limits of reading."""
        return self._reader.members(path, self._check)

    def rest(self) -> None:
        """Wait while the model speaks: their threads would stall each other."""
        while not self._awake.wait(0.2):
            self._check()
        self._check()

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
        self.store.begin_document(self.base, name)
        self._pending = self._reader.begin(path)
        return self._stored(name, hash_, size_bytes, mtime_ns)

    def _stored(
        self, name: str, hash_: str, size_bytes: int, mtime_ns: int
    ) -> DocumentDone:
        """Wait for what is pending and store it. Raises DocumentError, Cancelled."""
        read = self._awaited()
        self.store.save_document(
            self.base,
            name,
            hash_,
            size_bytes,
            mtime_ns,
            read.document,
            read.language,
            read.chunks,
        )
        return self._indexed(name)

    def _awaited(self) -> FileRead:
        assert self._pending is not None
        try:
            read = self._pending.result(self._check)
        except DocumentError:
            self._pending = None
            raise
        self._pending = None
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
        self.store.fail_document(
            self.base, name, event.status, error.reason, error, size_bytes, mtime_ns
        )
        return event

    def is_forgotten(self, name: str) -> bool:
        """Tell whether somebody wanted the document of this name gone."""
        return name == problems.printable(name) and self.store.is_forgotten(
            self.base, name
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


def _looks_unchanged(known: KnownDocument, size_bytes: int, mtime_ns: int) -> bool:
    return (
        known.status in ("indexed", "skipped", "failed")
        and known.reason not in ("vanished", "denied", "needs_program")
        and not (known.reason == "no_ocr" and can_recognise())
        and known.size_bytes == size_bytes
        and known.mtime_ns == mtime_ns
    )
