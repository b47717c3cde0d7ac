"""File → index: the first half of Allmende in one page.

    files ── read_document ── chunk_document ── Store (words searchable)
                                                   └── Embedder ── VectorIndex ── Chroma

Invariants: each document is in whole or not at all; what is unchanged is not read
again; after a crash the next run goes on where this one ended, and a document that
killed the process twice is set aside instead of being tried for ever.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.chunking import chunk_document, detect_language
from app.errors import Cancelled, DocumentError
from app.files import sha256_of
from app.i18n import N_
from app.index.store import TEXT_VERSION, KnownDocument, Store
from app.index.vector_index import VectorIndex
from app.knowledge import problems
from app.knowledge.containers import Containers
from app.knowledge.files_of import files_of, inside
from app.readers import (
    can_recognise,
    is_supported,
    may_hold_members,
    read_document,
)
from app.values.bases import (
    Base,
    DocumentDone,
    DocumentInfo,
    IngestDone,
    IngestEvent,
    ReadingBegan,
    VectorsAdded,
)
from app.values.documents import Chunk
from app.values.ports import Embedder
from app.workers.child import Job

# A document that takes longer ends the process; the next run sets it aside.
READING_LIMIT_S = 180
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


class Ingest:
    """Brings one base up to date with its sources."""

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
    ) -> None:
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

    def run(
        self, sources: list[str], wait: bool, named: bool = False
    ) -> Iterator[IngestEvent]:
        """Read what is new or changed below `sources`, drop what is gone, embed the rest.

        `named` says that somebody names the sources now: an archive among them is
        wanted whole, also what was forgotten of it.
        """
        self.store.settle_interrupted(self.base, self._crashed)
        known = self.store.known_documents(self.base)
        wanted = named and self.store.count("forgotten WHERE base_id = ?", self.base.id)
        anew = frozenset(sources if wanted else ())
        self._containers = Containers(self, known, anew)
        self._attempts = {path: document.attempts for path, document in known.items()}
        self._welcome_named(sources)
        unreadable: list[str] = []
        paths = self._paths(sources, unreadable)
        for place, path in enumerate(paths, 1):
            self.rest()
            for event in self._ingest_file(path, known.get(str(path))):
                if isinstance(event, ReadingBegan) or self._worth_telling(
                    self._tally.count(event)
                ):
                    yield replace(event, done=place, total=len(paths))
        present = {problems.printable(str(path)) for path in paths}
        present |= self._containers.present
        for name in self._containers.gone:
            del known[name]
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
            for path in self._watched(files_of(sources, is_supported, unreadable))
            if str(path) in named or not self.is_forgotten(str(path))
        ]

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
            self.rest()
            batch = missing[start : start + _BATCH]
            texts = [passage_text(heading, text) for _, heading, text in batch]
            vectors = embedder.embed_passages(texts, self._job.cancelled)
            self.vectors.add(embedder.key, [row[0] for row in batch], vectors)
            yield VectorsAdded(done + start + len(batch), total, changing_to)

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

    def _ingest_file(
        self, path: Path, known: KnownDocument | None
    ) -> Iterator[ReadingBegan | DocumentDone]:
        name = str(path)
        size_bytes, mtime_ns = 0, 0
        if name != problems.printable(name):
            yield self.failed(problems.printable(name), problems.unnameable(path), 0, 0)
            return
        try:
            status = path.stat()
            size_bytes, mtime_ns = status.st_size, status.st_mtime_ns
            same = known and _looks_unchanged(known, size_bytes, mtime_ns)
            if known and same and not self._containers.is_anew(name):
                yield self.unchanged(known)
                yield from self._containers.unchanged(name)
                return
            if not stat.S_ISREG(status.st_mode):
                raise problems.no_file(path)
            yield ReadingBegan(name, size_bytes)
            if may_hold_members(path):
                yield from self._containers.ingest(name, path, size_bytes, mtime_ns)
            else:
                yield self._read_changed(path, known, size_bytes, mtime_ns)
        except OSError as error:
            problem = problems.file_error(path, error)
            if known and known.status == "indexed":
                # An unplugged drive is no reason to forget what was on it.
                self._containers.keep(name)
                yield problems.told(name, problem)
            else:
                yield self.failed(name, problem, size_bytes, mtime_ns)
        except DocumentError as error:
            yield self.failed(name, error, size_bytes, mtime_ns)
            yield from self._containers.drop(name)

    def _read_changed(
        self, path: Path, known: KnownDocument | None, size_bytes: int, mtime_ns: int
    ) -> DocumentDone:
        name = str(path)
        hash_ = self.hash_of(path)
        if known and known.hash == hash_ and known.status == "indexed":
            self.store.touch_document(known, mtime_ns)
            return self.unchanged(known)
        return self.read(name, path, hash_, size_bytes, mtime_ns)

    def hash_of(self, path: Path) -> str:
        """Return the identity of a file's text. Raises Cancelled."""
        return content_hash(path, self._job.cancelled)

    def read(
        self, name: str, path: Path, hash_: str, size_bytes: int, mtime_ns: int
    ) -> DocumentDone:
        """Store the file at `path` as `name`; it is read unless its text is known."""
        if not self.store.link_document(self.base, name, hash_, size_bytes, mtime_ns):
            self._read(name, path, hash_, size_bytes, mtime_ns)
        chunks = self.store.count_chunks(self.base, name)
        return DocumentDone(name, "indexed", chunks=chunks)

    def _read(
        self, name: str, path: Path, hash_: str, size_bytes: int, mtime_ns: int
    ) -> None:
        if self._attempts.get(name, 0) >= _MOST_ATTEMPTS:
            raise DocumentError(
                "crashed",
                N_("Reading {file} ended the reading process more than once."),
                N_("It was set aside; save it anew from its program and add it again."),
                file=path.name,
            )
        self.store.begin_document(self.base, name)
        # A library that hangs cannot be interrupted, only ended with its process.
        watchdog = _Watchdog()
        watchdog.start()

        def between_pages() -> None:
            watchdog.cancel()
            self.rest()
            watchdog.start()

        try:
            document = read_document(path, between_pages)
            chunks = chunk_document(document)
        except MemoryError as error:
            raise DocumentError(
                "too_big",
                N_("{file} needs more memory than there is."),
                N_("Split it into smaller files."),
                file=path.name,
            ) from error
        finally:
            watchdog.cancel()
        language = detect_language(document.text[:20_000])
        self.store.save_document(
            self.base,
            name,
            hash_,
            size_bytes,
            mtime_ns,
            document,
            language,
            [_with_language(chunk, language) for chunk in chunks],
        )

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

    def is_forgotten(self, name: str) -> bool:
        """Tell whether somebody wanted the document of this name gone."""
        return name == problems.printable(name) and self.store.is_forgotten(
            self.base, name
        )

    def rest(self) -> None:
        """Wait while the model speaks: their threads would stall each other."""
        while not self._awake.wait(0.2):
            self._job.check()
        self._job.check()


class _Watchdog:
    """Ends the process when a file, or a page of a scan, takes too long."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None

    def start(self) -> None:
        self._timer = threading.Timer(READING_LIMIT_S, os._exit, (70,))
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


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
        and known.reason not in ("vanished", "denied", "needs_program")
        and not (known.reason == "no_ocr" and can_recognise())
        and known.size_bytes == size_bytes
        and known.mtime_ns == mtime_ns
    )


def _with_language(chunk: Chunk, language: str) -> Chunk:
    return chunk if chunk.language else replace(chunk, language=language)
