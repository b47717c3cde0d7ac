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
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from app.database import database_errors, open_database
from app.embedding import open_embedder
from app.errors import AppError, UsageError
from app.files import FileLock
from app.i18n import N_
from app.index.maintenance import Caches, check_base
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.index.vector_index import VectorIndex
from app.knowledge import messages as ask
from app.knowledge.config import IndexConfig
from app.knowledge.ingest import Ingest
from app.knowledge.search import BaseSearch
from app.log import get_logger, start_log
from app.readers import page_picture
from app.values.bases import Base, IngestEvent, Waiting
from app.values.cards import InstalledModel
from app.values.documents import ExtractedDocument, PagePicture
from app.values.passages import SearchResult
from app.values.ports import Embedder
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


class Lane:
    """What one thread works with; opened by the thread itself on first use."""

    def __init__(self, config: IndexConfig) -> None:
        self._config = config
        self._store: Store | None = None
        self._vectors: VectorIndex | None = None
        self._search: BaseSearch | None = None

    @property
    def search(self) -> BaseSearch:
        """The search over this thread's store, with the sentences it remembers."""
        if self._search is None:
            self._search = BaseSearch(self.store, self.vectors)
        return self._search

    @property
    def store(self) -> Store:
        """The tables, through this thread's own connection."""
        if self._store is None:
            connection = open_database(self._config.knowledge_file, MIGRATIONS)
            self._store = Store(connection)
        return self._store

    def close(self) -> None:
        """Close this lane's connection, if it was ever opened."""
        if self._store is not None:
            self._store.connection.close()

    @property
    def vectors(self) -> VectorIndex:
        """The vectors, through this thread's own connection."""
        if self._vectors is None:
            self._vectors = VectorIndex(self.store.connection)
        return self._vectors


class IndexService:
    """Answers the messages of `app.knowledge.messages`."""

    def __init__(self, config: IndexConfig) -> None:
        self._config = config
        self._read = Lane(config)
        self._write = Lane(config)
        self._awake = threading.Event()
        self._awake.set()
        self._embedders: dict[str, Embedder | AppError] = {}
        self._embedder_lock = threading.Lock()
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
            ask.ListBases: Route(self.list_bases, "read"),
            ask.ShowBase: Route(self.show_base, "read"),
            ask.ListDocuments: Route(self.list_documents, "read"),
            ask.Search: Route(self.search, "read"),
            ask.ShowPage: Route(self.show_page, "read"),
            ask.ShowText: Route(self.show_text, "read"),
            ask.CheckBase: Route(self.check, "read"),
            ask.CreateBase: Route(self.create_base, "write"),
            ask.RemoveBase: Route(self.remove_base, "write"),
            ask.AddPaths: Route(self.add_paths, "write"),
            ask.SyncBase: Route(self.sync, "write"),
            ask.ForgetDocument: Route(self.forget, "write"),
            ask.RebuildBase: Route(self.rebuild, "write"),
        }

    # -- quick answers -------------------------------------------------------------

    def pause(self, job: Job) -> Iterator[object]:
        """Let background work rest, or go on."""
        if job.message.on:
            self._awake.clear()
        else:
            self._awake.set()
        yield ask.Noted()

    def list_bases(self, job: Job) -> Iterator[object]:
        """Yield every base that people made, or all."""
        yield from self._read.store.bases(job.message.all)

    def show_base(self, job: Job) -> Iterator[object]:
        """Yield one base with its count of vectors."""
        base = self._read.store.base(job.message.name)
        key = self._key_of(base)
        count = self._read.vectors.count(base, key) if key else 0
        yield replace(base, vectors=count)

    def list_documents(self, job: Job) -> Iterator[object]:
        """Yield every document of a base."""
        base = self._read.store.base(job.message.name)
        yield from self._read.store.documents(base, self._key_of(base))

    # -- searching and showing ----------------------------------------------------

    def search(self, job: Job) -> Iterator[SearchResult]:
        """Yield the result of one search."""
        message: ask.Search = job.message
        base = self._read.store.base(message.name)
        embedder = self._usable_embedder(base)
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
            )

    def show_page(self, job: Job) -> Iterator[PagePicture]:
        """Yield a page of a document as picture, with the passage marked."""
        message: ask.ShowPage = job.message
        path, document = self._read.store.document_text(message.document_id)
        _check_quote(document, message)
        yield page_picture(
            Path(path),
            document,
            message.number,
            message.width_px,
            message.start,
            message.end,
        )

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
        )

    def check(self, job: Job) -> Iterator[object]:
        """Yield the state of a base's index."""
        base = self._read.store.base(job.message.name)
        yield check_base(
            self._read.store,
            self._read.vectors,
            base,
            self._usable_embedder(base),
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
            known = {model.card.id for model in self._config.embedders}
            if message.embedder and message.embedder not in known:
                raise UsageError(
                    N_("The embedder “{id}” is not installed."),
                    N_(
                        "`allmende models list` shows what there is; “none” means words."
                    ),
                    id=message.embedder,
                )
            embedder = self._embedder(message.embedder)
            if isinstance(embedder, AppError):
                raise embedder
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
            self._write.store.add_sources(base, message.paths)
            sources = list(message.paths)
            yield from self._ingest(job, base, sources, message.wait, message.crashed)

    def sync(self, job: Job) -> Iterator[object]:
        """Look at all sources of a base again."""
        message: ask.SyncBase = job.message
        yield from self._wait_for_turn(job)
        with self._lock:
            base = self._write.store.base(message.name)
            sources = self._write.store.sources(base)
            yield from self._ingest(job, base, sources, message.wait, message.crashed)

    def _ingest(
        self, job: Job, base: Base, sources: list[str], wait: bool, crashed: bool
    ) -> Iterator[IngestEvent]:
        embedder = self._usable_embedder(base)
        ingest = Ingest(
            self._write.store,
            self._write.vectors,
            base,
            embedder,
            job,
            self._awake,
            crashed,
        )
        yield from ingest.run(sources, wait)
        if embedder is not None and wait:
            self._caches.refresh(base, embedder, self._write.vectors)

    def forget(self, job: Job) -> Iterator[object]:
        """Remove one document everywhere; yields the receipt."""
        message: ask.ForgetDocument = job.message
        for _ in self._wait_for_turn(job):
            pass
        with self._lock:
            store = self._write.store
            base = store.base(message.name)
            receipt = store.forget_document(base, message.file, on_purpose=True)
            store.rebuild_words(base)
            cached = self._caches.remove(base)
            embedder = self._usable_embedder(base)
            if cached and embedder is not None:
                self._caches.refresh(base, embedder, self._write.vectors)
            # What was deleted must not survive in the log of changes either.
            store.connection.pragma("wal_checkpoint(TRUNCATE)")
        yield replace(receipt, cached=receipt.chunks if cached else 0)

    def rebuild(self, job: Job) -> Iterator[IngestEvent]:
        """Make words, missing vectors and the cache anew."""
        for _ in self._wait_for_turn(job):
            pass
        with self._lock:
            base = self._write.store.base(job.message.name)
            self._write.store.rebuild_words(base)
            self._caches.remove(base)
            embedder = self._usable_embedder(base)
            ingest = Ingest(
                self._write.store, self._write.vectors, base, embedder, job, self._awake
            )
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

    # -- embedders -----------------------------------------------------------------

    def _key_of(self, base: Base) -> str:
        for model in self._config.embedders:
            if model.card.id == base.embedder:
                return model.card.sha256
        return ""

    def _usable_embedder(self, base: Base) -> Embedder | None:
        """Return the base's embedder; None (words only) when it cannot be used."""
        found = self._embedder(base.embedder)
        return None if isinstance(found, AppError) else found

    def _embedder(self, id_: str) -> Embedder | AppError | None:
        """Return an embedder, loaded once; the error that keeps it from loading; None."""
        with self._embedder_lock:
            if id_ not in self._embedders:
                for model in self._config.embedders:
                    if model.card.id == id_:
                        self._embedders[id_] = self._open(model)
            return self._embedders.get(id_)

    def _open(self, model: InstalledModel) -> Embedder | AppError:
        try:
            return open_embedder(model, self._config.threads)
        except AppError as error:
            _log.error("an embedder did not load: %s", type(error).__name__)
            return error
