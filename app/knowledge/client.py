"""The main process's hand on the index child."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from app.errors import AppError, WorkerDied
from app.i18n import N_
from app.knowledge import messages as ask
from app.knowledge.allowed import need_allowed
from app.knowledge.config import IndexConfig, RerankerChoice
from app.knowledge.exclude import need_patterns
from app.knowledge.narrowing import narrowed
from app.values.bases import (
    Base,
    CheckReport,
    DocumentDone,
    DocumentInfo,
    EmbedderSpeed,
    ForgetReceipt,
    IngestDone,
    IngestEvent,
    OfferedProblem,
    Published,
    Source,
)
from app.values.cards import InstalledModel
from app.values.documents import PagePicture
from app.values.passages import SearchResult
from app.values.servers import ServerReport
from app.workers.worker import Stream, Worker

T = TypeVar("T")
_MOST_RESTARTS = 200


class Knowledge:
    """All that can be done with knowledge bases.

    Methods that return an iterator stream; closing it cancels the work. Everything
    raises AppError, and WorkerDied when the child went down (it comes back by itself).
    """

    def __init__(self, config: IndexConfig) -> None:
        self._config = config
        self._worker = Worker(N_("document reader"), _run_child, (config,), ask.ANSWERS)
        self._closed = False
        self._held = False
        self._speaking = 0
        self._writing: Stream | None = None

    @property
    def pid(self) -> int | None:
        """The process number of the index child while it runs."""
        return self._worker.pid

    def start(self) -> None:
        """Start the child ahead of the first request, or again after `close`."""
        self._closed = False
        self._worker.start()

    def keep_closed(self, why: AppError) -> None:
        """Open nothing: whoever asks from now on is told why."""
        self._worker.refusal = why

    def know_embedders(self, models: tuple[InstalledModel, ...]) -> None:
        """Use these embedders from now on: one was imported, or removed."""
        self._config = replace(self._config, embedders=models)
        self._worker.restart_with((self._config,))
        if self._worker.pid is not None:
            self._worker.ask_one(ask.KnowEmbedders(models))

    def use_key(self, key: bytes, chroma_from: int) -> None:
        """Open the databases with this key from the child's next start on.

        The caller has ended the child. `chroma_from` may change with it.
        """
        self._config = replace(self._config, key=key, chroma_from=chroma_from)
        self._worker.restart_with((self._config,))

    def measure_embedder(self, id_: str) -> Iterator[EmbedderSpeed]:
        """Measure an embedder; the last value counts, closing the iterator ends it."""
        stream = self._worker.ask(ask.MeasureEmbedder(id_))
        with contextlib.closing(stream):
            yield from stream

    def embed(
        self, id_: str, texts: tuple[str, ...], query: bool = False
    ) -> ask.TextVectors:
        """Return a unit vector for each text, read as questions or as passages.

        Raises UsageError for an embedder that is not installed, ModelError.
        """
        return self._one(ask.EmbedTexts(id_, texts, query), ask.TextVectors)

    def use_reranker(self, choice: RerankerChoice | None) -> None:
        """Rerank passages with this model from now on; None: not at all."""
        self._config = replace(self._config, reranker=choice)
        self._worker.restart_with((self._config,))
        if self._worker.pid is not None:
            self._worker.ask_one(ask.UseReranker(choice))

    def measure_reranker(self, model: InstalledModel) -> Iterator[EmbedderSpeed]:
        """Measure a reranker, as `measure_embedder` does an embedder."""
        stream = self._worker.ask(ask.MeasureReranker(model))
        with contextlib.closing(stream):
            yield from stream

    def create(
        self, name: str, embedder: str, automatic: bool = False, exist_ok: bool = False
    ) -> Base:
        """Create a base; `embedder` "" means words only."""
        return self._one(ask.CreateBase(name, embedder, automatic, exist_ok), Base)

    def bases(self, automatic: bool = False) -> list[Base]:
        """Return the bases that people made and those that are offered to everybody.

        With `automatic` also those of `ask --docs`.
        """
        return list(self._worker.ask(ask.ListBases(automatic)))

    def own_bases(self, automatic: bool = False) -> list[Base]:
        """Return what `bases` does without those that are offered to everybody."""
        return [base for base in self.bases(automatic) if not base.offered]

    def offered_problems(self) -> list[OfferedProblem]:
        """Return the offered bases that cannot be used, and why."""
        return list(self._worker.ask(ask.ListOfferedProblems()))

    def publish(self, name: str, folder: str) -> Published:
        """Write a base into a folder that everybody reads; see `index.publishing`.

        Its documents stay where they are: users need to reach them by the same paths to
        see their pages. Raises PolicyError for one that is offered itself, StorageError.
        """
        return self._one(ask.PublishBase(name, folder), Published)

    def base(self, name: str) -> Base:
        """Return one base with all its counts."""
        return self._one(ask.ShowBase(name), Base)

    def documents(self, name: str, unread: bool = False) -> list[DocumentInfo]:
        """Return the documents of a base, or only those that could not be read."""
        return list(self._worker.ask(ask.ListDocuments(name, unread)))

    def narrowed(
        self,
        name: str,
        folder: str = "",
        types: tuple[str, ...] = (),
        since: date | None = None,
    ) -> tuple[str, ...]:
        """Return the documents in a folder, of these types, changed on `since` or later.

        Raises UsageError when there are none.
        """
        return narrowed(self.documents(name), folder, types, since)

    def sources(self, name: str) -> list[Source]:
        """Return the files and folders a base was made from."""
        return list(self._worker.ask(ask.ListSources(name)))

    def remove_source(
        self, name: str, path: str, forget: bool = False
    ) -> ForgetReceipt:
        """Part a base from a source, and with `forget` from what it brought in."""
        return self._one(ask.RemoveSource(name, path, forget), ForgetReceipt)

    def remove(self, name: str) -> Base:
        """Remove a base."""
        return self._one(ask.RemoveBase(name), Base)

    def add(
        self,
        name: str,
        paths: tuple[str, ...],
        wait: bool = True,
        brief: bool = False,
        exclude: tuple[str, ...] = (),
    ) -> Iterator[IngestEvent]:
        """Add files and folders; a document that kills the child is set aside.

        `brief` leaves most of the unchanged documents untold. `exclude` are patterns
        of what is left out of these folders from now on, as in a .gitignore file.
        Raises UsageError for one that means nothing, PolicyError for a path that may
        not be read here.
        """
        need_patterns(exclude)
        self.need_allowed(paths)
        message = ask.AddPaths(name, paths, wait, brief=brief, exclude=exclude)
        return self._resuming(message)

    def need_allowed(self, paths: Iterable[str]) -> None:
        """Raise PolicyError for a path that may not be read here."""
        need_allowed(paths, self._config.limits.folders)

    def sync(
        self, name: str, wait: bool = True, brief: bool = False
    ) -> Iterator[IngestEvent]:
        """Look at all sources of a base again; `brief` as in `add`."""
        return self._resuming(ask.SyncBase(name, wait, brief=brief))

    def set_embedder(self, name: str, embedder: str) -> Iterator[IngestEvent]:
        """Change how a base searches by meaning; "" means words only.

        The old vectors answer until all new ones are there. What is cut off goes on
        with the next `sync` or `add`.
        """
        return self._resuming(ask.SetEmbedder(name, embedder))

    def rebuild(self, name: str) -> Iterator[IngestEvent]:
        """Make words and cache anew."""
        return self._stream(ask.RebuildBase(name))

    def forget(self, name: str, file: str) -> ForgetReceipt:
        """Remove one document and all that was made of it."""
        return self.forget_all(name, (file,))[0]

    def forget_all(self, name: str, files: tuple[str, ...]) -> list[ForgetReceipt]:
        """Remove several documents, all or none of them; one receipt each."""
        return list(self._worker.ask(ask.ForgetDocuments(name, files)))

    def check(self, name: str) -> CheckReport:
        """Return the state of a base's index."""
        return self._one(ask.CheckBase(name), CheckReport)

    def server(self) -> ServerReport | None:
        """Return how the configured server does, None where none is configured."""
        reports = list(self._worker.ask(ask.CheckServer()))
        return reports[0] if reports else None

    def leave_server(self) -> int:
        """Take all vectors off the server; return how many stay, as it is not there."""
        return self._one(ask.LeaveServer(), ask.Left).waiting

    def search(
        self,
        name: str,
        query: str,
        top_k: int = 8,
        mode: str = "hybrid",
        sentences: int = 3,
        documents: tuple[str, ...] = (),
    ) -> SearchResult:
        """Return the best passages for a question; of these documents only, if any."""
        message = ask.Search(name, query, top_k, mode, sentences, documents)
        return self._one(message, SearchResult)

    def page(
        self,
        document_id: int,
        number: int,
        width_px: int,
        start: int,
        end: int,
        quote: str = "",
    ) -> PagePicture:
        """Return a page as picture with `start`..`end` of the text marked.

        Raises UsageError when `quote` does not stand there any more.
        """
        message = ask.ShowPage(document_id, number, width_px, start, end, quote)
        return self._one(message, PagePicture)

    def text(
        self,
        document_id: int,
        start: int = 0,
        end: int = 0,
        quote: str = "",
        tables: bool = False,
    ) -> ask.DocumentText:
        """Return the text of a document, with its tables if wanted; `quote` as in `page`."""
        message = ask.ShowText(document_id, start, end, quote, tables)
        return self._one(message, ask.DocumentText)

    def pause(self, on: bool) -> None:
        """Let background work rest while a model speaks; counted, several may.

        Work that begins meanwhile rests too, with a child that starts for it.
        """
        self._speaking = max(0, self._speaking + (1 if on else -1))
        if self._worker.pid is not None:
            self._worker.ask(ask.Pause(on))

    def hold(self, on: bool) -> None:
        """Let background work rest because a person said so, until told otherwise.

        It is remembered for every work that is begun, also after the child ended.
        """
        self._held = on
        if self._worker.pid is not None:
            self._worker.ask(ask.Pause(on, "user"))

    def close(self) -> None:
        """End the child."""
        self._closed = True
        self._worker.close()

    def _one(self, message: object, kind: type[T]) -> T:
        answer = self._worker.ask_one(message)
        if not isinstance(answer, kind):
            raise TypeError(f"{type(answer).__name__} instead of {kind.__name__}")
        return answer

    def _stream(self, message: object) -> Iterator[Any]:
        if self._worker.pid is None:
            for _ in range(self._speaking):
                self._worker.ask_one(ask.Pause(True))
        if self._held:
            # A child that has just started does not know of it.
            self._worker.ask_one(ask.Pause(True, "user"))
        stream: Stream = self._worker.ask(message)
        self._writing = stream
        with contextlib.closing(stream):
            yield from stream

    def cancel_writing(self) -> None:
        """Stop the reading of documents now, from any thread.

        Whoever iterates over it gets Cancelled; closing the iterator from another
        thread is not possible while it waits.
        """
        if self._writing is not None:
            self._writing.cancel()

    def _resuming(
        self, message: ask.AddPaths | ask.SyncBase | ask.SetEmbedder
    ) -> Iterator[IngestEvent]:
        """Stream, and go on with a new child when a document took the old one down.

        Each document is told once. Every crash sets a document aside in the end, so
        this ends; `_MOST_RESTARTS` is for a child that dies of something else.
        """
        told: dict[str, str] = {}
        for attempt in range(_MOST_RESTARTS + 1):
            try:
                for event in self._stream(message):
                    if isinstance(event, DocumentDone):
                        if event.file in told:
                            continue
                        told[event.file] = event.status
                    yield _recounted(event, told) if attempt else event
            except WorkerDied:
                if self._closed or attempt == _MOST_RESTARTS:
                    raise
                message = replace(message, crashed=True)
            else:
                return


def _recounted(event: IngestEvent, told: dict[str, str]) -> IngestEvent:
    """Return the final event with the documents of all tries counted."""
    if not isinstance(event, IngestDone):
        return event
    statuses = list(told.values())
    return replace(
        event,
        indexed=statuses.count("indexed"),
        unchanged=statuses.count("unchanged"),
        skipped=statuses.count("skipped"),
        failed=statuses.count("failed"),
        removed=statuses.count("removed"),
    )


class BaseSearcher:
    """A Searcher bound to a base or to some of its documents, as `answering` wants it."""

    def __init__(
        self,
        knowledge: Knowledge,
        name: str,
        mode: str = "hybrid",
        documents: tuple[str, ...] = (),
    ) -> None:
        self._knowledge = knowledge
        self._name = name
        self._mode = mode
        self._documents = documents

    def search(self, query: str, top_k: int) -> SearchResult:
        """Search the base."""
        return self._knowledge.search(
            self._name, query, top_k, self._mode, documents=self._documents
        )


def _run_child(connection: object, config: IndexConfig) -> None:
    from app.knowledge.child import run

    run(connection, config)  # type: ignore[arg-type]
