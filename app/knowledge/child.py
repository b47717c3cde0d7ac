"""The index child: routes messages to ingest, search and reading.

Three lanes, each a thread with its own connection to `knowledge.db`: "write" brings
bases up to date (`writing.py`), "read" searches and shows pages while that goes on,
"main" answers what is quick.

Invariant: only this process and its kind write `knowledge.db`.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from app import keys
from app.errors import ServerError, UsageError
from app.i18n import N_
from app.index.maintenance import Caches, check_base
from app.index.publishing import published_errors
from app.knowledge import messages as ask
from app.knowledge.config import IndexConfig
from app.knowledge.lane import Lane
from app.knowledge.offered import Offered, OfferedLane
from app.knowledge.reranking import Rerankers
from app.knowledge.sources import sources_of
from app.knowledge.unpacking import Packed
from app.knowledge.writing import Writing
from app.log import start_log
from app.readers import opened, page_picture
from app.values.bases import Base
from app.values.documents import ExtractedDocument, PagePicture
from app.values.passages import SearchResult
from app.values.quotes import same_words
from app.values.servers import ServerReport
from app.workers.child import Child, Job, Route, step_back
from app.workers.shut import shut_the_network

IDLE_S = 600.0
_LEAST_MEMORY = 6 << 30
_MEMORY_SHARE = 0.7


# Allocations between two looks for garbage: a search makes some ten thousand objects, of
# which none points in a circle, and Python's 700 cost it a sixteenth of its time.
_COLLECTED_AFTER = 20_000


def collect_seldom() -> None:
    """Let Python look for circles of garbage less often, in a process that searches."""
    gc.set_threshold(_COLLECTED_AFTER, 10, 50)


def run(connection: Connection, config: IndexConfig) -> None:
    """Serve the parent until it closes the connection."""
    start_log()
    keys.give(config.key)
    collect_seldom()
    _limit_memory()
    step_back()
    if config.server is None:
        shut_the_network()
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
    if message.quote and not same_words(there, message.quote):
        raise UsageError(
            N_("The document has changed since this answer."),
            N_("Ask again to see the place as it is now."),
        )


class IndexService(Writing):
    """Answers the messages of `app.knowledge.messages`."""

    def __init__(self, config: IndexConfig) -> None:
        super().__init__(config)
        self._read = Lane(config, self._matrices)
        self._offered = Offered(config)
        # Offered bases are searched exactly: there is no folder for a cache of theirs.
        self._no_caches = Caches(config.index_dir, sys.maxsize)
        self._rerankers = Rerankers(config)

    def close(self) -> None:
        """Close the databases; without it their logs are read at the next start."""
        self._caches.close()
        for part in (self._read, self._write, self._offered, self._offered_too):
            part.close()

    def routes(self) -> dict[type, Route]:
        """Return who answers what, and on which lane."""
        return {
            ask.Pause: Route(self.pause, "main"),
            ask.KnowEmbedders: Route(self._embedders.take, "main"),
            ask.MeasureEmbedder: Route(self._embedders.measured, "read"),
            ask.EmbedTexts: Route(self._embedders.embedded, "read"),
            ask.UseReranker: Route(self._rerankers.take, "main"),
            ask.MeasureReranker: Route(self._rerankers.measured, "read"),
            ask.ListBases: Route(self.list_bases, "read"),
            ask.ShowBase: Route(self.show_base, "read"),
            ask.ListOfferedProblems: Route(self.list_problems, "read"),
            ask.PublishBase: Route(self.publish, "write"),
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
            ask.CheckServer: Route(self.check_server, "read"),
            ask.LeaveServer: Route(self.leave_server, "write"),
        }

    # -- quick answers -------------------------------------------------------------

    def pause(self, job: Job) -> Iterator[object]:
        """Let background work rest, or go on."""
        self._rest.change(job.message.reason, job.message.on)
        yield ask.Noted()

    def _lanes(self) -> dict[str, OfferedLane]:
        own = self._read.store
        return self._offered.lanes(lambda name: own.find_base(name, False) is not None)

    def _find(self, name: str, counted: bool = True) -> tuple[Lane, Base]:
        """Return a base, the user's own or an offered one, and what reads it.

        Raises UsageError when there is none.
        """
        own = self._read.store.find_base(name, counted)
        is_first = name == self._config.offered_first
        if (own is None or is_first) and (lane := self._lanes().get(name)) is not None:
            with published_errors(lane.path):
                base = lane.store.base(lane.name, counted)
            return lane, replace(base, name=name, offered=True)
        return self._read, own or self._read.store.base(name, counted)

    def list_bases(self, job: Job) -> Iterator[object]:
        """Yield every base that people made, or all; then those that are offered."""
        lanes = self._lanes()
        for base in self._read.store.bases(job.message.all):
            if base.name not in lanes:
                yield base
        for name in lanes:
            yield self._find(name)[1]

    def list_problems(self, _job: Job) -> Iterator[object]:
        """Yield every offered base that cannot be used."""
        yield from self._offered.problems()

    def show_base(self, job: Job) -> Iterator[object]:
        """Yield one base with its count of vectors."""
        lane, base = self._find(job.message.name)
        key = self._embedders.key_of(base.embedder)
        count = lane.vectors.count(base, key) if key else 0
        yield replace(base, vectors=count)

    def list_documents(self, job: Job) -> Iterator[object]:
        """Yield every document of a base."""
        message: ask.ListDocuments = job.message
        lane, base = self._find(message.name)
        key = self._embedders.key_of(base.embedder)
        for info in lane.store.documents(base, key, message.unread):
            if lane.sight.sees(info.file):
                yield replace(info, id=lane.outward(info.id))

    def list_sources(self, job: Job) -> Iterator[object]:
        """Yield every source of a base with how much came from it."""
        lane, base = self._find(job.message.name)
        store = lane.store
        yield from sources_of(
            store.sources(base), store.known_documents(base), store.exclusions(base)
        )

    # -- searching and showing ----------------------------------------------------

    def search(self, job: Job) -> Iterator[SearchResult]:
        """Yield the result of one search."""
        message: ask.Search = job.message
        lane, base = self._find(message.name, counted=False)
        embedder = self._embedders.usable(base.embedder)
        cache = None
        if embedder is not None and not base.offered:
            cache = self._caches.searcher(base, embedder, self._read.vectors)
        calibrations = dict(self._config.calibrations)
        with lane.errors():
            documents = lane.sight.searched(lane.store, base, message.documents)
            found = lane.search.search(
                base,
                message.query,
                message.top_k,
                message.mode,
                embedder,
                calibrations.get(base.embedder),
                cache,
                message.sentences,
                documents,
                self._rerankers.ready(),
            )
        yield lane.renumbered(found)

    def _document(
        self, number: int, tables: bool = False
    ) -> tuple[str, ExtractedDocument]:
        found = self._offered.of_document(number)
        lane, own_number = found or (self._read, number)
        with lane.errors():
            path, document = lane.store.document_text(own_number, tables)
        lane.sight.need(path)
        return path, document

    def show_page(self, job: Job) -> Iterator[PagePicture]:
        """Yield a page of a document as picture, with the passage marked."""
        message: ask.ShowPage = job.message
        path, document = self._document(message.document_id)
        _check_quote(document, message)

        def inside(holder: Path) -> Iterator[Packed]:
            return self._read.reader.members(holder, job.check)

        with opened(Path(path), inside) as file:
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
        message: ask.ShowText = job.message
        path, document = self._document(message.document_id, message.tables)
        _check_quote(document, message)
        yield ask.DocumentText(
            file=path,
            title=document.title,
            format=document.format,
            text=document.text,
            pages=document.pages,
            parts=document.parts,
            warnings=document.warnings,
            tables=document.tables,
        )

    def check(self, job: Job) -> Iterator[object]:
        """Yield the state of a base's index."""
        lane, base = self._find(job.message.name)
        embedder = self._embedders.usable(base.embedder)
        caches = self._no_caches if base.offered else self._caches
        with lane.errors():
            yield check_base(lane.store, lane.vectors, base, embedder, caches)

    def check_server(self, _job: Job) -> Iterator[ServerReport]:
        """Yield how the configured server does; nothing without one."""
        if self._shared is None:
            return
        server = self._shared.server
        try:
            server.need_known(again=True)
        except ServerError as error:
            yield ServerReport(
                server.host,
                error.reason,
                error.sentence,
                error.remedy,
                tuple(error.parameters.items()),
            )
        else:
            yield ServerReport(server.host)
