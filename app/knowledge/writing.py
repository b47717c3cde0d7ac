"""The index child's writing lane: bases come, are brought up to date, and go.

Writing jobs of several processes take turns through a file lock. What a cache or a
server keeps of a base follows at the end of each job; neither can make a job fail.

Invariant: every write is a transaction of `Store`, so the process may be killed at any
moment, and the next run goes on.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from app.backups import remove_copies
from app.files import FileLock
from app.index.maintenance import Caches
from app.index.publishing import ENDING, file_name, publish
from app.index.server import ChromaServer
from app.index.shared import SharedVectors
from app.index.vector_index import Matrices, VectorIndex
from app.knowledge import messages as ask
from app.knowledge.config import IndexConfig
from app.knowledge.embedders import Embedders
from app.knowledge.ingest import Ingest
from app.knowledge.lane import Lane
from app.knowledge.offered import Offered, refuse_changes
from app.knowledge.rest import Rest
from app.knowledge.sources import forget_with_members, only_of, sum_of, with_caches
from app.net import Rules
from app.net.own import OwnServer
from app.values.bases import Base, IngestEvent, Published, Waiting
from app.values.ports import Embedder
from app.workers.child import Job

# Looks at the lock so many times a second.
_LOCK_PATIENCE = 5
KEEP_AUTOMATIC_DAYS = 90


class Writing:
    """What changes bases. All handlers run on one thread, the lane "write"."""

    def __init__(self, config: IndexConfig) -> None:
        self._config = config
        self._matrices = Matrices()
        self._write = Lane(config, self._matrices)
        self._offered_too = Offered(config)
        self._rest = Rest()
        self._embedders = Embedders(config)
        self._shared = self._server()
        self._caches = Caches(
            config.index_dir, config.chroma_from, self._shared, self._vectors_apart
        )
        self._lock = FileLock(config.knowledge_file.with_suffix(".lock"))

    def _server(self) -> SharedVectors | None:
        """Return the vectors on the configured server, None without one."""
        server = self._config.server
        if server is None:
            return None
        transport = OwnServer(
            server.url, server.token, server.ca_file, Rules(server.hosts)
        )
        return SharedVectors(
            ChromaServer(transport),
            self._config.index_dir,
            server.from_chunks,
            self._vectors_apart,
        )

    @contextlib.contextmanager
    def _vectors_apart(self) -> Iterator[VectorIndex]:
        """Give a thread of its own a connection of its own."""
        lane = Lane(self._config, self._matrices)
        try:
            yield lane.vectors
        finally:
            lane.close()

    def create_base(self, job: Job) -> Iterator[Base]:
        """Create a base, or yield the one there is."""
        message: ask.CreateBase = job.message
        store = self._write.store
        existing = store.find_base(message.name)
        if existing is None:
            self._refuse_offered(message.name)
        if message.automatic:
            for old in store.drop_unused_automatic(KEEP_AUTOMATIC_DAYS, message.name):
                self._caches.remove(old)
        if existing is not None and message.exist_ok:
            store.touch(existing)
            yield existing
        else:
            self._embedders.need(message.embedder)
            yield store.create_base(message.name, message.embedder, message.automatic)

    def _own(self, name: str) -> Base:
        """Return a base of the user's. Raises UsageError, PolicyError for an offered one."""
        store = self._write.store
        own = store.find_base(name)
        if own is None:
            self._refuse_offered(name)
        return own or store.base(name)

    def _refuse_offered(self, name: str) -> None:
        store = self._write.store
        lanes = self._offered_too.lanes(lambda n: store.find_base(n, False) is not None)
        refuse_changes(name, lanes)

    def publish(self, job: Job) -> Iterator[Published]:
        """Write a base into a folder for everybody to read."""
        message: ask.PublishBase = job.message
        base = self._own(message.name)
        key = self._embedders.key_of(base.embedder)
        target = Path(message.folder) / f"{file_name(base.name)}{ENDING}"
        size_bytes = publish(self._write.store.connection, base, key, target)
        vectors = self._write.vectors.count(base, key) if key else 0
        yield Published(str(target), size_bytes, base.documents, vectors)

    def remove_base(self, job: Job) -> Iterator[Base]:
        """Remove a base with its cache, here and on a server."""
        for _ in self._wait_for_turn(job):
            pass
        with self._lock:
            base = self._own(job.message.name)
            self._write.store.remove_base(base)
            self._caches.remove(base)
            self._leave_no_copy()
        yield base

    def add_paths(self, job: Job) -> Iterator[object]:
        """Add sources to a base and bring these up to date."""
        message: ask.AddPaths = job.message
        yield from self._wait_for_turn(job)
        with self._lock:
            base = self._own(message.name)
            self._write.store.add_sources(base, message.paths, message.exclude)
            yield from self._ingest(job, base, list(message.paths))

    def sync(self, job: Job) -> Iterator[object]:
        """Look at all sources of a base again."""
        message: ask.SyncBase = job.message
        yield from self._wait_for_turn(job)
        with self._lock:
            base = self._own(message.name)
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
            self._refresh(job, base, embedder)
        if base.changing_to and message.wait:
            yield from self._change(job, base, ingest)

    def _refresh(
        self, job: Job, base: Base, embedder: Embedder, everything: bool = False
    ) -> None:
        """Bring a base's cache up to date, or its vectors on a server."""
        vectors = self._write.vectors
        self._caches.refresh(base, embedder, vectors, everything, job.check)

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
            base = self._own(message.name)
            self._embedders.need(message.embedder)
            if message.embedder in ("", base.embedder):
                self._switch(base, message.embedder)
                yield self._work_on(job, store.base(base.name)).summary()
                return
            store.plan_embedder(base, message.embedder)
            planned = store.base(base.name)
            yield from self._change(job, planned, self._work_on(job, planned))
            yield self._work_on(job, store.base(base.name)).summary()

    def _change(self, job: Job, base: Base, ingest: Ingest) -> Iterator[IngestEvent]:
        """Make the vectors of the new embedder, then let it answer."""
        embedder = self._embedders.usable(base.changing_to)
        if embedder is None:
            # It was there when the change began; the old one goes on answering.
            return
        yield from ingest.embed(embedder, base.changing_to)
        self._switch(base, base.changing_to)
        self._refresh(job, self._write.store.base(base.name), embedder)

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
            base = self._own(message.name)
            receipts = forget_with_members(store, base, message.files)
            cached, waits = self._sweep(base)
        for receipt in receipts:
            yield with_caches(receipt, cached, waits)

    def remove_source(self, job: Job) -> Iterator[object]:
        """Part a base from a source; yields one receipt for all that went with it."""
        message: ask.RemoveSource = job.message
        for _ in self._wait_for_turn(job):
            pass
        with self._lock:
            store = self._write.store
            base = self._own(message.name)
            files: list[str] = []
            if message.forget:
                others = [path for path in store.sources(base) if path != message.path]
                known = store.known_documents(base)
                files = only_of(message.path, others, known)
            receipts = store.forget_documents(base, files)
            store.remove_source(base, message.path)
            cached, waits = self._sweep(base) if files else (False, False)
        yield with_caches(sum_of(message.path, receipts), cached, waits)

    def _sweep(self, base: Base) -> tuple[bool, bool]:
        """Leave no trace of what was forgotten; see `Caches.sweep`."""
        self._write.store.rebuild_words(base)
        embedder = self._embedders.usable(base.embedder)
        swept = self._caches.sweep(base, embedder, self._write.vectors)
        self._leave_no_copy()
        return swept

    def _leave_no_copy(self) -> None:
        """What was deleted must not survive in the log of changes, nor in backups."""
        self._write.store.connection.pragma("wal_checkpoint", "TRUNCATE")
        remove_copies(self._config.knowledge_file)

    def leave_server(self, job: Job) -> Iterator[ask.Left]:
        """Take all vectors of this computer off the server, before all is deleted."""
        for _ in self._wait_for_turn(job):
            pass
        with self._lock:
            waiting = self._shared.remove_all() if self._shared else 0
        yield ask.Left(waiting)

    def rebuild(self, job: Job) -> Iterator[IngestEvent]:
        """Make words, missing vectors and the cache anew."""
        for _ in self._wait_for_turn(job):
            pass
        with self._lock:
            base = self._own(job.message.name)
            self._write.store.rebuild_words(base)
            self._caches.clear(base)
            embedder = self._embedders.usable(base.embedder)
            ingest = self._work_on(job, base)
            if embedder is not None:
                yield from ingest.embed()
                self._refresh(job, base, embedder, everything=True)
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
