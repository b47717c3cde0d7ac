"""The bases as the window knows them: loaded, added to, removed, kept up to date.

Writing work is done one after the other, because the index child does it so too; what
is being worked on, and what waits, can be seen, paused and stopped. What is quick and
should not wait for a thousand documents (forgetting, removing) goes in between: the
work is cut off, which loses nothing, and goes on afterwards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from app.backups import removal_text
from app.i18n import N_, translate
from app.knowledge.watch import FolderWatch
from app.services import Services
from app.ui.background import Background, StopCheck, Task
from app.ui.library_work import (
    Entry,
    Forgotten,
    IndexProgress,
    Pace,
    Work,
    by_name,
    sum_of,
    work_for,
)
from app.ui.messages import Messages
from app.ui.own_questions import own_questions
from app.values.bases import (
    Base,
    DocumentDone,
    DocumentInfo,
    ForgetReceipt,
    IngestEvent,
    ReadingBegan,
    RemovedBase,
    VectorsAdded,
)
from app.values.chats import ChatReceipt

T = TypeVar("T")
_INSIST_MS = 300
# Small documents are done hundreds of times a second: nobody reads that fast.
_TELL_MS = 80

__all__ = ["Entry", "Forgotten", "IndexProgress", "Library", "Work"]


class Library(QObject):
    """Keeps the list of bases and works on them in the background.

    `changed` tells that `entries` are new; `progressed` carries an IndexProgress, and
    None when nothing is left to do; `told` carries a base's name and a ReadingBegan or
    DocumentDone; `added` names a base that was filled by hand; `forgotten` tells that
    answers may quote less than before.
    """

    changed = Signal()
    progressed = Signal(object)
    told = Signal(str, object)
    added = Signal(str)
    forgotten = Signal()
    _stirred = Signal(str)

    def __init__(
        self,
        services: Services,
        background: Background,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._background = background
        self._messages = messages
        self._waiting: deque[Work] = deque()
        self._work: Work | None = None
        self._task: Task | None = None
        self._progress: IndexProgress | None = None
        self._shown = False
        self._tell = QTimer(self)
        self._tell.setSingleShot(True)
        self._tell.setInterval(_TELL_MS)
        self._tell.timeout.connect(self._tell_progress)
        self._pace = Pace()
        self._urgent = 0
        self._insist = QTimer(self)
        self._insist.setInterval(_INSIST_MS)
        self._insist.timeout.connect(self._cancel)
        self._folders: FolderWatch | None = None
        self._stirred.connect(self._on_stirred)
        self.paused = False
        # In a lesson no other collection is shown.
        self.only = ""
        self.entries: list[Entry] = []
        self.loaded = False

    @property
    def busy_with(self) -> str:
        """The name of the base that is being worked on, or ""."""
        return self._progress.base if self._progress and self._shown else ""

    @property
    def progress(self) -> IndexProgress | None:
        """What `progressed` told last."""
        return self._progress if self._shown else None

    def entry(self, base: str) -> Entry | None:
        """Return what is known of a base."""
        return next((e for e in self.entries if e.base.name == base), None)

    def start(self) -> None:
        """Load the bases, then look at their folders again: what was cut off goes on."""

        def loaded(entries: list[Entry]) -> None:
            self._take(entries)
            for entry in entries:
                if not entry.base.offered:
                    self._enqueue(Work(entry.base.name))

        self._background.run(self._load, loaded)

    def close(self) -> None:
        """Stop watching folders; the work itself ends with `Background`."""
        if self._folders is not None:
            self._folders.close()
            self._folders = None

    def reload(self) -> None:
        """Load the bases again."""
        self._background.run(self._load, self._take)

    def load_documents(
        self, base: str, on_done: Callable[[list[DocumentInfo]], None]
    ) -> None:
        """Hand on the documents of a base, in the order of their names."""
        knowledge = self._services.knowledge
        self._background.run(
            lambda: sorted(knowledge.documents(base), key=by_name), on_done
        )

    def load_questions(self, base: str, on_done: Callable[[list[str]], None]) -> None:
        """Hand on questions that the documents of a base answer."""
        knowledge = self._services.knowledge
        self._background.run(lambda: own_questions(knowledge, base), on_done)

    def is_own(self, base: str) -> bool:
        """Tell whether a base can be changed; one that is not there yet can."""
        entry = self.entry(base)
        return entry is None or not entry.base.offered

    # -- what a person asks for -----------------------------------------------------

    def add(self, paths: list[str], base: str = "") -> None:
        """Add files and folders to a base; without one, to one named like the folder."""
        services = self._services

        def ready(work: Work) -> None:
            self._enqueue(work)
            self.added.emit(work.base)
            self.reload()

        self._background.run(lambda: work_for(services, paths, base), ready)

    def create(self, name: str) -> None:
        """Make an empty base."""

        def made(base: Base) -> None:
            self.added.emit(base.name)
            self.reload()

        services = self._services
        self._background.run(
            lambda: services.knowledge.create(name, services.choice.embedder_id()), made
        )

    def sync(self, base: str) -> None:
        """Look at all sources of a base again."""
        self._enqueue(Work(base))

    def set_embedder(self, base: str, embedder: str) -> None:
        """Change how a base searches by meaning; the old way answers meanwhile."""
        self._waiting = deque(
            w for w in self._waiting if w.base != base or w.embedder is None
        )
        if self._work and self._work.base == base and self._work.embedder is not None:
            self._drop_current()
        self._enqueue(Work(base, embedder=embedder))

    def remove(self, base: str) -> None:
        """Remove a base; its files stay where they are."""
        self._waiting = deque(work for work in self._waiting if work.base != base)
        if self._work is not None and self._work.base == base:
            self._drop_current()

        def removed(gone: RemovedBase) -> None:
            text = N_("“{name}” was removed. Your files are untouched.")
            more = removal_text(gone.backups, gone.made_anew)
            self._messages.info(f"{translate(text, name=base)} {more}".rstrip())

        self._between(lambda: self._services.upkeep.remove_base(base), removed)

    def forget(
        self, base: str, files: tuple[str, ...], on_done: Callable[[Forgotten], None]
    ) -> None:
        """Remove documents and all that was made of them, quotes included."""
        services = self._services

        def forget() -> Forgotten:
            receipts = tuple(services.knowledge.forget_all(base, files))
            quotes = [services.upkeep.forget_quotes(file) for file in files]
            return Forgotten(receipts, sum_of(quotes))

        self._between(forget, self._after_forgetting(on_done))

    def remove_source(
        self, base: str, path: str, forget: bool, on_done: Callable[[Forgotten], None]
    ) -> None:
        """Part a base from a folder; with `forget` from all that came from it."""
        services = self._services
        knowledge = services.knowledge

        def remove() -> Forgotten:
            known = [document.file for document in knowledge.documents(base)]
            receipt: ForgetReceipt = knowledge.remove_source(base, path, forget)
            if not forget:
                return Forgotten((receipt,), ChatReceipt())
            left = {document.file for document in knowledge.documents(base)}
            gone = [file for file in known if file not in left]
            quotes = [services.upkeep.forget_quotes(file) for file in gone]
            return Forgotten((receipt,), sum_of(quotes))

        self._between(remove, self._after_forgetting(on_done))

    def _after_forgetting(
        self, on_done: Callable[[Forgotten], None]
    ) -> Callable[[Forgotten], None]:
        def done(forgotten: Forgotten) -> None:
            self.forgotten.emit()
            on_done(forgotten)

        return done

    def hold(self, on: bool) -> None:
        """Let the reading of documents rest until told otherwise."""
        self.paused = on
        self._services.knowledge.hold(on)
        if self._progress is not None:
            self._pace.restart(self._progress.done)
            self._show(replace(self._progress, seconds_left=None))

    def stop(self) -> None:
        """Stop what is being worked on and drop what waits."""
        self._waiting.clear()
        if self.paused:
            self.hold(False)
        if self._task is not None:
            self._drop_current()
            self._messages.info(
                translate(
                    N_(
                        "Indexing was stopped. It goes on with “Look for changes” or at"
                        " the next start."
                    )
                )
            )

    # -- one after the other ---------------------------------------------------------

    def _enqueue(self, work: Work) -> None:
        if work not in self._waiting:
            self._waiting.append(work)
        if self._task is None:
            self._next()
        elif self._progress is not None:
            self._show(self._progress)

    def _between(self, work: Callable[[], T], on_done: Callable[[T], None]) -> None:
        """Do something that must not wait; what is under way goes on afterwards."""
        if self._work is not None and self._task is not None:
            self._waiting.appendleft(self._work)
            self._drop_current()
        self._urgent += 1

        def over() -> None:
            self._urgent -= 1
            if self._task is None:
                self._next()
            self.reload()

        def done(value: T) -> None:
            on_done(value)
            over()

        def failed(error: Exception) -> None:
            self._messages.failure(error)
            over()

        self._background.run(work, done, failed)

    def _drop_current(self) -> None:
        self._work = None
        if self._task is not None:
            self._task.cancel()
            self._cancel()
            # A request that was only just on its way is cancelled a moment later.
            self._insist.start()

    def _cancel(self) -> None:
        self._services.knowledge.cancel_writing()

    def _next(self) -> None:
        self._task = None
        self._insist.stop()
        if self._urgent:
            return
        if not self._waiting:
            self._work = None
            self._progress = None
            self._shown = False
            self._tell.stop()
            self.progressed.emit(None)
            return
        work = self._work = self._waiting.popleft()
        self._progress = IndexProgress(work.base)
        self._shown = work.asked_for
        self._show(self._progress)
        self._task = self._background.stream(
            lambda stop: self._events(work, stop),
            lambda event: self._on_event(work, event),
            self._on_ended,
            self._on_failed,
        )

    def _events(self, work: Work, stop: StopCheck) -> Iterator[IngestEvent]:
        knowledge = self._services.knowledge
        if stop():
            return iter(())
        if work.embedder is not None:
            return knowledge.set_embedder(work.base, work.embedder)
        if work.paths:
            return knowledge.add(work.base, work.paths, brief=True)
        return knowledge.sync(work.base, brief=True)

    def _on_event(self, work: Work, event: IngestEvent) -> None:
        if self._progress is None:
            return
        # A look that finds nothing new shows nothing.
        self._shown = (
            self._shown
            or isinstance(event, VectorsAdded)
            or (isinstance(event, DocumentDone) and event.status == "indexed")
        )
        before = self._progress.stage
        if isinstance(event, ReadingBegan | DocumentDone):
            self.told.emit(work.base, event)
        self._show(self._pace.after(self._progress, event))
        if self._progress.stage != before and isinstance(event, VectorsAdded):
            self.reload()

    def _show(self, progress: IndexProgress) -> None:
        before = self._progress
        after = self._progress = replace(
            progress, waiting=len(self._waiting), paused=self.paused
        )
        if before is None or (before.stage, before.paused) != (
            after.stage,
            after.paused,
        ):
            self._tell_progress()
        elif not self._tell.isActive():
            self._tell.start()

    def _tell_progress(self) -> None:
        if self._shown and self._progress is not None:
            self.progressed.emit(self._progress)

    def _on_ended(self) -> None:
        self._next()
        self.reload()

    def _on_failed(self, error: Exception) -> None:
        self._messages.failure(error)
        self._on_ended()

    # -- watching --------------------------------------------------------------------

    def watch(self) -> None:
        """Watch folders, or stop it, as the setting says now."""
        sources = {
            entry.base.name: [source.path for source in entry.sources]
            for entry in self.entries
            if entry.sources
        }
        if not self._services.settings.flag("watch_folders") or not sources:
            self.close()
            return
        if self._folders is None:
            self._folders = FolderWatch(self._stirred.emit)
        self._folders.watch(sources)

    def _on_stirred(self, base: str) -> None:
        if not self._background.closed and self.entry(base) is not None:
            self.sync(base)

    # -- in the background -----------------------------------------------------------

    def _load(self) -> list[Entry]:
        knowledge = self._services.knowledge
        return [
            Entry(
                knowledge.base(base.name),
                tuple(knowledge.documents(base.name, unread=True)),
                tuple(knowledge.sources(base.name)),
            )
            for base in knowledge.bases()
            if self.only in ("", base.name)
        ]

    def _take(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.loaded = True
        self.watch()
        self.changed.emit()
