"""The index child: routes messages to ingest, search and reading.

Three lanes, each a thread with its own connection to `knowledge.db`: "write" brings
bases up to date, "read" searches and shows pages while that goes on, "main" answers
what is quick. Writing jobs of several processes take turns through a file lock.

Invariant: only this process and its kind write `knowledge.db`; every write is a
transaction of `Store`, so the process may be killed at any moment.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from app.database import database_errors
from app.errors import UsageError
from app.files import FileLock
from app.i18n import N_
from app.index.maintenance import Caches, check_base
from app.index.vector_index import Matrices
from app.knowledge import messages as ask
from app.knowledge.config import IndexConfig
from app.knowledge.embedders import Embedders
from app.knowledge.ingest import Ingest
from app.knowledge.lane import Lane
from app.knowledge.rest import Rest
from app.knowledge.sources import forget_with_members, only_of, sources_of, sum_of
from app.log import get_logger, start_log
from app.readers import opened, page_picture
from app.values.bases import Base, IngestEvent, Waiting
from app.values.documents import ExtractedDocument, PagePicture
from app.values.passages import SearchResult
from app.workers.child import Child, Job, Route

_log = get_logger("knowledge.child")
# Looks at the lock so many times a second.
_LOCK_PATIENCE = 5
IDLE_S = 600.0
KEEP_AUTOMATIC_DAYS = 90
_LEAST_MEMORY = 6 << 30
_MEMORY_SHARE = 0.7


def run(connection: Connection, config: IndexConfig) -> None:
    """Serve the parent until it closes the connection."""
    start_log()
    _limit_memory()
    service = IndexService(config)
    if Child(connection, service.routes(), IDLE_S).serve():
        service.close()


def _limit_memory() -> None:
    """Let a document that wants all memory fail alone instead of stalling the computer."""
    if sys.platform == "win32":
        return
    import resource

    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = max(_LEAST_MEMORY, int(whole * _MEMORY_SHARE))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _check_quote(
    document: ExtractedDocument, message: ask.ShowPage | ask.ShowText
) -> None:
    there = document.text[message.start : message.end]
    if message.quote and there.split() != message.quote.split():
        raise UsageError(
            N_("The document has changed since this answer."),
            N_("Ask again to see the place as it is now."),
        )


class IndexService:
    """Answers the messages of `app.knowledge.messages`."""

    def __init__(self, config: IndexConfig) -> None:
        self._config = config
        matrices = Matrices()
        self._read = Lane(config, matrices)
        self._write = Lane(config, matrices)
        self._rest = Rest()
        self._embedders = Embedders(config)
        self._caches = Caches(config.index_dir, config.chroma_from)
        self._lock = FileLock(config.knowledge_file.with_suffix(".lock"))

    def close(self) -> None:
        """Close the databases; without it their logs are read at the next start."""
        self._caches.close()
        for lane in (self._read, self._write):
            lane.close()

    def routes(self) -> dict[type, Route]:
        """Return who answers what, and on which lane."""
        return {
            ask.Pause: Route(self.pause, "main"),
            ask.KnowEmbedders: Route(self._embedders.take, "main"),
            ask.MeasureEmbedder: Route(self._embedders.measured, "read"),
            ask.EmbedTexts: Route(self._embedders.embedded, "read"),
            ask.ListBases: Route(self.list_bases, "read"),
            ask.ShowBase: Route(self.show_base, "read"),
            ask.ListDocuments: Route(self.list_documents, "read"),
            ask.ListSources: Route(self.list_sources, "read"),
            ask.Search: Route(self.search, "read"),
            ask.ShowPage: Route(self.show_page, "read"),
            ask.ShowText: Route(self.show_text, "read"),
            ask.CheckBase: Route(self.check, "read"),
            ask.CreateBase: Route(self.create_base, "write"),
            ask.RemoveBase: Route(self.remove_base, "write"),
            ask.AddPaths: Route(self.add_paths, "write"),
            ask.SyncBase: Route(self.sync, "write"),
            ask.SetEmbedder: Route(self.set_embedder, "write"),
            ask.ForgetDocuments: Route(self.forget, "write"),
            ask.RemoveSource: Route(self.remove_source, "write"),
            ask.RebuildBase: Route(self.rebuild, "write"),
        }

    # -- quick answers -------------------------------------------------------------

    def pause(self, job: Job) -> Iterator[object]:
        """Let background work rest, or go on."""
        self._rest.change(job.message.reason, job.message.on)
        yield ask.Noted()

    def list_bases(self, job: Job) -> Iterator[object]:
        """Yield every base that people made, or all."""
        yield from self._read.store.bases(job.message.all)

    def show_base(self, job: Job) -> Iterator[object]:
        """Yield one base with its count of vectors."""
        base = self._read.store.base(job.message.name)
        key = self._embedders.key_of(base.embedder)
        count = self._read.vectors.count(base, key) if key else 0
        yield replace(base, vectors=count)

    def list_documents(self, job: Job) -> Iterator[object]:
        """Yield every document of a base."""
        message: ask.ListDocuments = job.message
        base = self._read.store.base(message.name)
        key = self._embedders.key_of(base.embedder)
        yield from self._read.store.documents(base, key, message.unread)

    def list_sources(self, job: Job) -> Iterator[object]:
        """Yield every source of a base with how much came from it."""
        store = self._read.store
        base = store.base(job.message.name)
        yield from sources_of(
            store.sources(base), store.known_documents(base), store.exclusions(base)
        )

    # -- searching and showing ----------------------------------------------------

    def search(self, job: Job) -> Iterator[SearchResult]:
        """Yield the result of one search."""
        message: ask.Search = job.message
        base = self._read.store.base(message.name, counted=False)
        embedder = self._embedders.usable(base.embedder)
        cache = None
        if embedder is not None:
            cache = self._caches.searcher(base, embedder, self._read.vectors)
        calibrations = dict(self._config.calibrations)
        with database_errors(self._config.knowledge_file):
            yield self._read.search.search(
                base,
                message.query,
                message.top_k,
                message.mode,
                embedder,
                calibrations.get(base.embedder),
                cache,
                message.sentences,
                message.documents,
            )

    def show_page(self, job: Job) -> Iterator[PagePicture]:
        """Yield a page of a document as picture, with the passage marked."""
        message: ask.ShowPage = job.message
        path, document = self._read.store.document_text(message.document_id)
        _check_quote(document, message)
        with opened(Path(path)) as file:
            picture = page_picture(
                file,
                document,
                message.number,
                message.width_px,
                message.start,
                message.end,
            )
        yield picture

    def show_text(self, job: Job) -> Iterator[ask.DocumentText]:
        """Yield a document's text."""
        path, document = self._read.store.document_text(job.message.document_id)
        _check_quote(document, job.message)
        yield ask.DocumentText(
            file=path,
            title=document.title,
            format=document.format,
            text=document.text,
            pages=document.pages,
            parts=document.parts,
            warnings=document.warnings,
        )

    def check(self, job: Job) -> Iterator[object]:
        """Yield the state of a base's index."""
        base = self._read.store.base(job.message.name)
        yield check_base(
            self._read.store,
            self._read.vectors,
            base,
            self._embedders.usable(base.embedder),
            self._caches,
        )

    # -- writing -------------------------------------------------------------------

    def create_base(self, job: Job) -> Iterator[Base]:
        """Create a base, or yield the one there is."""
        message: ask.CreateBase = job.message
        store = self._write.store
        existing = store.find_base(message.name)
        if message.automatic:
            for old in store.drop_unused_automatic(KEEP_AUTOMATIC_DAYS, message.name):
                self._caches.remove(old)
        if existing is not None and message.exist_ok:
            store.touch(existing)
            yield existing
        else:
            self._embedders.need(message.embedder)
            yield store.create_base(message.name, message.embedder, message.automatic)

    def remove_base(self, job: Job) -> Iterator[Base]:
        """Remove a base with its cache."""
        for _ in self._wait_for_turn(job):
            pass
        with self._lock:
            base = self._write.store.base(job.message.name)
            self._write.store.remove_base(base)
            self._caches.remove(base)
        yield base

    def add_paths(self, job: Job) -> Iterator[object]:
        """Add sources to a base and bring these up to date."""
        message: ask.AddPaths = job.message
        yield from self._wait_for_turn(job)
        with self._lock:
            base = self._write.store.base(message.name)
            self._write.store.add_sources(base, message.paths, message.exclude)
            yield from self._ingest(job, base, list(message.paths))

    def sync(self, job: Job) -> Iterator[object]:
        """Look at all sources of a base again."""
        message: ask.SyncBase = job.message
        yield from self._wait_for_turn(job)
        with self._lock:
            base = self._write.store.base(message.name)
            sources = self._write.store.sources(base)
            yield from self._ingest(job, base, sources)

    def _ingest(
        self, job: Job, base: Base, sources: list[str]
    ) -> Iterator[IngestEvent]:
        message: ask.AddPaths | ask.SyncBase = job.message
        embedder = self._embedders.usable(base.embedder)
        ingest = self._work_on(job, base, message.crashed, message.brief)
        named = isinstance(message, ask.AddPaths)
        yield from ingest.run(sources, message.wait, named)
        if embedder is not None and message.wait:
            self._caches.refresh(base, embedder, self._write.vectors)
        if base.changing_to and message.wait:
            yield from self._change(base, ingest)

    def _work_on(
        self, job: Job, base: Base, crashed: bool = False, brief: bool = False
    ) -> Ingest:
        self._write.reader.start()
        return Ingest(
            self._write.store,
            self._write.vectors,
            base,
            self._embedders.usable(base.embedder),
            job,
            self._rest.awake,
            crashed,
            brief,
            self._write.reader,
            self._config.limits,
        )

    def set_embedder(self, job: Job) -> Iterator[object]:
        """Change a base's embedder; what was planned before is given up."""
        message: ask.SetEmbedder = job.message
        yield from self._wait_for_turn(job)
        with self._lock:
            store = self._write.store
            base = store.base(message.name)
            self._embedders.need(message.embedder)
            if message.embedder in ("", base.embedder):
                self._switch(base, message.embedder)
                yield self._work_on(job, store.base(base.name)).summary()
                return
            store.plan_embedder(base, message.embedder)
            planned = store.base(base.name)
            yield from self._change(planned, self._work_on(job, planned))
            yield self._work_on(job, store.base(base.name)).summary()

    def _change(self, base: Base, ingest: Ingest) -> Iterator[IngestEvent]:
        """Make the vectors of the new embedder, then let it answer."""
        embedder = self._embedders.usable(base.changing_to)
        if embedder is None:
            # It was there when the change began; the old one goes on answering.
            return
        yield from ingest.embed(embedder, base.changing_to)
        self._switch(base, base.changing_to)
        self._caches.refresh(
            self._write.store.base(base.name), embedder, self._write.vectors
        )

    def _switch(self, base: Base, embedder: str) -> None:
        """Let an embedder answer from now on; the vectors of all others go."""
        needed = [
            (other.id, self._embedders.key_of(id_))
            for other in self._write.store.bases(automatic=True)
            for id_ in {other.embedder, other.changing_to} - {""}
            if other.id != base.id
        ]
        key = self._embedders.key_of(embedder)
        self._write.vectors.switch(base, embedder, key, needed)
        if embedder != base.embedder:
            self._caches.remove(base)

    def forget(self, job: Job) -> Iterator[object]:
        """Remove documents everywhere; yields their receipts."""
        message: ask.ForgetDocuments = job.message
        for _ in self._wait_for_turn(job):
            pass
        with self._lock:
            store = self._write.store
            base = store.base(message.name)
            receipts = forget_with_members(store, base, message.files)
            cached = self._sweep(base)
        for receipt in receipts:
            yield replace(receipt, cached=receipt.chunks if cached else 0)

    def remove_source(self, job: Job) -> Iterator[object]:
        """Part a base from a source; yields one receipt for all that went with it."""
        message: ask.RemoveSource = job.message
        for _ in self._wait_for_turn(job):
            pass
        with self._lock:
            store = self._write.store
            base = store.base(message.name)
            files: list[str] = []
            if message.forget:
                others = [path for path in store.sources(base) if path != message.path]
                known = store.known_documents(base)
                files = only_of(message.path, others, known)
            receipts = store.forget_documents(base, files)
            store.remove_source(base, message.path)
            cached = self._sweep(base) if files else 0
        yield sum_of(message.path, receipts, bool(cached))

    def _sweep(self, base: Base) -> int:
        """Leave no trace of what was forgotten; return how many vectors were cached."""
        self._write.store.rebuild_words(base)
        cached = self._caches.remove(base)
        embedder = self._embedders.usable(base.embedder)
        if cached and embedder is not None:
            self._caches.refresh(base, embedder, self._write.vectors)
        # What was deleted must not survive in the log of changes either.
        self._write.store.connection.pragma("wal_checkpoint", "TRUNCATE")
        return cached

    def rebuild(self, job: Job) -> Iterator[IngestEvent]:
        """Make words, missing vectors and the cache anew."""
        for _ in self._wait_for_turn(job):
            pass
        with self._lock:
            base = self._write.store.base(job.message.name)
            self._write.store.rebuild_words(base)
            self._caches.remove(base)
            embedder = self._embedders.usable(base.embedder)
            ingest = self._work_on(job, base)
            if embedder is not None:
                yield from ingest.embed()
                self._caches.refresh(base, embedder, self._write.vectors)
            yield ingest.summary()

    def _wait_for_turn(self, job: Job) -> Iterator[Waiting]:
        """Wait until no other process writes; cancellable, and heard of once a second."""
        waited = 0
        while not self._lock.acquire():
            if waited % _LOCK_PATIENCE == 0:
                yield Waiting()
            waited += 1
            job.check()
            time.sleep(1 / _LOCK_PATIENCE)
