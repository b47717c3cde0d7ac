"""File → index: the first half of Allmende in one page.

    files ── FileReader (its own process) ── Store (words searchable)
                                                └── Embedder ── VectorIndex ── Chroma

One file is read while the one before is stored. Invariants: each document is in whole
or not at all; what is unchanged is not read again; a file that hangs, wants too much
memory or ends the process that reads it costs only itself, once; after a crash of this
process the next run goes on where this one ended, and a document that ended it twice
is set aside instead of being tried for ever.
"""

from __future__ import annotations

import hashlib
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.errors import Cancelled, DocumentError
from app.files import sha256_of
from app.index.store import TEXT_VERSION, KnownDocument, Store
from app.index.vector_index import VectorIndex
from app.knowledge import problems
from app.knowledge.config import ReadingLimits
from app.knowledge.files_of import files_of, inside
from app.knowledge.reading import FileReader, Pending, ReadHere
from app.readers import is_supported
from app.values.bases import (
    Base,
    DocumentDone,
    DocumentInfo,
    IngestDone,
    IngestEvent,
    ReadingBegan,
    VectorsAdded,
)
from app.values.ports import Embedder
from app.workers.child import Job

_MOST_ATTEMPTS = 2
_BATCH = 24
# A look over thousands of unchanged files tells only so often how far it is.
_BRIEF_S = 0.2


@dataclass(slots=True)
class Tally:
    """Counts documents by what became of them."""

    indexed: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    removed: int = 0

    def count(self, event: DocumentDone) -> DocumentDone:
        """Count an event and hand it on."""
        setattr(self, event.status, getattr(self, event.status) + 1)
        return event


@dataclass(slots=True)
class _Begun:
    """A file whose reading was begun, with what is to be noted of it."""

    place: int
    path: Path
    hash: str
    size_bytes: int
    mtime_ns: int
    pending: Pending


class Ingest:
    """Brings one base up to date with its sources.

    Without a `reader` files are read in this process.
    """

    def __init__(
        self,
        store: Store,
        vectors: VectorIndex,
        base: Base,
        embedder: Embedder | None,
        job: Job,
        resting: threading.Event,
        crashed: bool = False,
        brief: bool = False,
        reader: FileReader | None = None,
        limits: ReadingLimits | None = None,
    ) -> None:
        self._limits = limits or ReadingLimits()
        self._reader = reader or ReadHere()
        self._begun: _Begun | None = None
        self.store = store
        self.vectors = vectors
        self.base = base
        self.embedder = embedder
        self._job = job
        self._awake = resting
        self._crashed = crashed
        self._brief = brief
        self._told_at = 0.0
        self._tally = Tally()
        self._infos: dict[str, DocumentInfo] | None = None

    def run(self, sources: list[str], wait: bool) -> Iterator[IngestEvent]:
        """Read what is new or changed below `sources`, drop what is gone, embed the rest."""
        self.store.settle_interrupted(self.base, self._crashed)
        known = self.store.known_documents(self.base)
        self._welcome_named(sources)
        unreadable: list[str] = []
        paths = self._paths(sources, unreadable)
        try:
            for place, path in enumerate(paths, 1):
                self._rest()
                for event in self._begin(place, path, known.get(str(path))):
                    yield replace(event, total=len(paths))
            for event in self._finish():
                yield replace(event, total=len(paths))
        finally:
            if self._begun is not None:
                self._begun.pending.close()
        present = {problems.printable(str(path)) for path in paths}
        for event in self._drop_vanished(known, sources, present, unreadable):
            yield self._tally.count(replace(event, done=len(paths), total=len(paths)))
        self.store.learn_compounds(self.base)
        if wait and self.embedder is not None:
            yield from self.embed()
        yield self.summary()

    def _paths(self, sources: list[str], unreadable: list[str]) -> list[Path]:
        named = set(sources)
        return [
            path
            for path in self._watched(
                files_of(sources, is_supported, unreadable, self._exclude(sources))
            )
            if str(path) in named or not self._is_forgotten(path)
        ]

    def _exclude(self, sources: list[str]) -> dict[str, tuple[str, ...]]:
        own = self.store.exclusions(self.base)
        return {s: (*self._limits.exclude, *own.get(s, ())) for s in sources}

    def _watched(self, paths: Iterator[Path]) -> Iterator[Path]:
        """Hand paths on while nobody wants to stop: a whole drive takes a while."""
        for path in paths:
            self._job.check()
            yield path

    def _worth_telling(self, event: DocumentDone) -> bool:
        now_s = time.monotonic()
        if self._brief and event.status == "unchanged":
            if now_s - self._told_at < _BRIEF_S:
                return False
            self._told_at = now_s
        return True

    def embed(
        self, embedder: Embedder | None = None, changing_to: str = ""
    ) -> Iterator[IngestEvent]:
        """Give every chunk of the base a vector, by its embedder or by a new one."""
        embedder = embedder or self.embedder
        assert embedder is not None
        missing = self.vectors.missing(self.base, embedder.key)
        done = self.vectors.count(self.base, embedder.key)
        total = done + len(missing)
        for start in range(0, len(missing), _BATCH):
            self._rest()
            batch = self.vectors.texts(missing[start : start + _BATCH])
            texts = [passage_text(heading, text) for _, heading, text in batch]
            if texts:
                vectors = embedder.embed_passages(texts, self._job.cancelled)
                self.vectors.add(embedder.key, [row[0] for row in batch], vectors)
            there = min(done + start + _BATCH, total)
            yield VectorsAdded(there, total, changing_to)

    def summary(self) -> IngestDone:
        """Return the counts of this run and of the base as it is now."""
        tally = self._tally
        base = self.store.base(self.base.name)
        key = self.embedder.key if self.embedder else ""
        return IngestDone(
            indexed=tally.indexed,
            unchanged=tally.unchanged,
            skipped=tally.skipped,
            failed=tally.failed,
            removed=tally.removed,
            chunks=base.chunks,
            vectors=self.vectors.count(base, key) if key else 0,
        )

    # -- one file ----------------------------------------------------------------

    def _begin(
        self, place: int, path: Path, known: KnownDocument | None
    ) -> Iterator[ReadingBegan | DocumentDone]:
        """Deal with a file, or begin to read it; then store the one begun before."""
        name = str(path)
        size_bytes, mtime_ns = 0, 0
        event, begun = None, None
        try:
            if name != problems.printable(name):
                raise problems.unnameable(path)
            status = path.stat()
            size_bytes, mtime_ns = status.st_size, status.st_mtime_ns
            if known and _looks_unchanged(known, size_bytes, mtime_ns):
                event = self._unchanged(known)
            else:
                if not stat.S_ISREG(status.st_mode):
                    raise problems.no_file(path)
                if size_bytes > self._limits.largest_file_mb * 1_000_000:
                    limit_mb = self._limits.largest_file_mb
                    raise problems.over_the_limit(path, limit_mb)
                found = self._begin_changed(place, path, known, size_bytes, mtime_ns)
                event = found if isinstance(found, DocumentDone) else None
                begun = found if isinstance(found, _Begun) else None
        except OSError as error:
            event = self._unread(path, known, error, size_bytes, mtime_ns)
        except DocumentError as error:
            name = problems.printable(name)
            event = self._failed(name, error, size_bytes, mtime_ns)
        yield from self._finish()
        self._begun = begun
        if event is not None and self._worth_telling(self._tally.count(event)):
            yield replace(event, done=place)

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
        hash_ = content_hash(path, self._job.cancelled)
        if known and known.hash == hash_ and known.status == "indexed":
            self.store.touch_document(known, mtime_ns)
            return self._unchanged(known)
        if self.store.link_document(self.base, name, hash_, size_bytes, mtime_ns):
            rows = self.store.chunk_rows(self.base, files=[name])
            return DocumentDone(name, "indexed", chunks=len(rows))
        if known and known.attempts >= _MOST_ATTEMPTS:
            raise problems.crashed_often(path)
        pending = self._reader.begin(path)
        return _Begun(place, path, hash_, size_bytes, mtime_ns, pending)

    def _finish(self) -> Iterator[ReadingBegan | DocumentDone]:
        """Wait for the file that was begun, and store it."""
        begun = self._begun
        if begun is None:
            return
        name = str(begun.path)
        yield ReadingBegan(name, begun.size_bytes, begun.place)
        self.store.begin_document(self.base, name)
        try:
            read = begun.pending.result(self._job.check)
            self.store.save_document(
                self.base,
                name,
                begun.hash,
                begun.size_bytes,
                begun.mtime_ns,
                read.document,
                read.language,
                read.chunks,
            )
            event = DocumentDone(name, "indexed", chunks=len(read.chunks))
        except DocumentError as error:
            event = self._failed(name, error, begun.size_bytes, begun.mtime_ns)
        self._begun = None
        yield replace(self._tally.count(event), done=begun.place)

    def _unread(
        self,
        path: Path,
        known: KnownDocument | None,
        error: OSError,
        size_bytes: int,
        mtime_ns: int,
    ) -> DocumentDone:
        """Tell what the system said of a file."""
        problem = problems.file_error(path, error)
        if known and known.status == "indexed":
            # An unplugged drive is no reason to forget what was on it.
            return problems.told(str(path), problem)
        return self._failed(str(path), problem, size_bytes, mtime_ns)

    def _unchanged(self, known: KnownDocument) -> DocumentDone:
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

    def _failed(
        self, name: str, error: DocumentError, size_bytes: int, mtime_ns: int
    ) -> DocumentDone:
        event = problems.told(name, error)
        self.store.fail_document(
            self.base, name, event.status, error.reason, error, size_bytes, mtime_ns
        )
        return event

    # -- the rest ----------------------------------------------------------------

    def _drop_vanished(
        self,
        known: dict[str, KnownDocument],
        sources: list[str],
        present: set[str],
        unreadable: list[str],
    ) -> Iterator[DocumentDone]:
        """Drop documents that are gone from a folder that is still there.

        A source that vanished or is suddenly empty (an unplugged drive leaves an empty
        folder) and folders that cannot be read keep their documents.
        """
        folders = []
        for source in (source for source in sources if Path(source).is_dir()):
            held = any(
                d.status == "indexed" and inside(path, [source])
                for path, d in known.items()
            )
            if held and not any(inside(path, [source]) for path in present):
                yield problems.told(source, problems.emptied(Path(source)))
            else:
                folders.append(source)
        for folder in unreadable:
            yield problems.told(folder, problems.denied(Path(folder)))
        for path in known:
            gone = path not in present and not inside(path, unreadable)
            if gone and inside(path, folders):
                self.store.forget_document(self.base, path)
                yield DocumentDone(path, "removed")

    def _welcome_named(self, sources: list[str]) -> None:
        """What somebody names is welcome, even if it was forgotten before."""
        files = [source for source in sources if not Path(source).is_dir()]
        self.store.welcome_back(self.base, files)

    def _is_forgotten(self, path: Path) -> bool:
        name = str(path)
        return name == problems.printable(name) and self.store.is_forgotten(
            self.base, name
        )

    def _rest(self) -> None:
        """Wait while the model speaks: their threads would stall each other."""
        while not self._awake.wait(0.2):
            self._job.check()
        self._job.check()


def passage_text(heading: str, text: str) -> str:
    """Return what is embedded for a chunk: its nearest heading gives the words context.

    The whole path of headings drew all chunks of a document together (measured on
    laws: recall@5 0.70 instead of 0.74).
    """
    body = " ".join(text.split())
    nearest = heading.rsplit(" › ", 1)[-1]
    return f"{nearest}\n{body}" if nearest else body


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
        and known.reason not in ("vanished", "denied")
        and known.size_bytes == size_bytes
        and known.mtime_ns == mtime_ns
    )
