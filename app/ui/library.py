"""The bases as the window knows them: loaded, added to, removed, kept up to date.

Writing work is done one after the other, because the index child does it so too; what
is being worked on, and what waits, can be seen and stopped.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.i18n import N_, translate
from app.services import Services, absolute_paths
from app.ui.background import Background, StopCheck, Task
from app.ui.messages import Messages
from app.ui.places import file_name
from app.values.bases import (
    Base,
    DocumentDone,
    DocumentInfo,
    IngestEvent,
    VectorsAdded,
)

_UNREAD = ("skipped", "failed")
_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A base with those of its files that could not be read."""

    base: Base
    unread: tuple[DocumentInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done to a base. Without `paths` its known sources are looked at."""

    base: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How far the work is. `stage`: "waiting", "words" or "meaning".

    `seconds_left` is None while too little is known to tell.
    """

    base: str
    stage: str = "waiting"
    done: int = 0
    total: int = 0
    file: str = ""
    seconds_left: float | None = None


class Library(QObject):
    """Keeps the list of bases and works on them in the background.

    `changed` tells that `entries` are new; `progressed` carries an IndexProgress, and
    None when nothing is left to do; `added` names a base that was filled by hand.
    """

    changed = Signal()
    progressed = Signal(object)
    added = Signal(str)

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
        self._task: Task | None = None
        self._progress: IndexProgress | None = None
        self._shown = False
        self._stage_began = (0.0, 0)
        self.entries: list[Entry] = []
        self.loaded = False

    @property
    def busy_with(self) -> str:
        """The name of the base that is being worked on, or ""."""
        return self._progress.base if self._progress and self._shown else ""

    def start(self) -> None:
        """Load the bases, then look at their folders again: what was cut off goes on."""

        def loaded(entries: list[Entry]) -> None:
            self._take(entries)
            for entry in entries:
                self._enqueue(Work(entry.base.name))

        self._background.run(self._load, loaded)

    def reload(self) -> None:
        """Load the bases again."""
        self._background.run(self._load, self._take)

    def add(self, paths: list[str], base: str = "") -> None:
        """Add files and folders to a base; without one, to one named like the folder."""

        def ready(name: str) -> None:
            self._enqueue(Work(name, tuple(absolute_paths(paths))))
            self.added.emit(name)
            self.reload()

        self._background.run(lambda: self._base_for(paths, base), ready)

    def sync(self, base: str) -> None:
        """Look at all sources of a base again."""
        self._enqueue(Work(base))

    def remove(self, base: str) -> None:
        """Remove a base; its files stay where they are."""
        self._waiting = deque(work for work in self._waiting if work.base != base)
        if self._task is not None and self._progress and self._progress.base == base:
            self._task.cancel()

        def removed(_base: Base) -> None:
            self._messages.info(
                translate(
                    N_("“{name}” was removed. Your files are untouched."), name=base
                )
            )
            self.reload()

        self._background.run(lambda: self._services.knowledge.remove(base), removed)

    def stop(self) -> None:
        """Stop what is being worked on and drop what waits."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
            self._services.knowledge.cancel_writing()
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
        self._waiting.append(work)
        if self._task is None:
            self._next()

    def _next(self) -> None:
        self._task = None
        self._progress = None
        if not self._waiting:
            self.progressed.emit(None)
            return
        work = self._waiting.popleft()
        self._progress = IndexProgress(work.base)
        self._shown = bool(work.paths)
        if self._shown:
            self.progressed.emit(self._progress)

        def events(_stop: StopCheck) -> Iterator[IngestEvent]:
            knowledge = self._services.knowledge
            if work.paths:
                return knowledge.add(work.base, work.paths)
            return knowledge.sync(work.base)

        self._task = self._background.stream(
            events, self._on_event, self._on_ended, self._on_failed
        )

    def _on_event(self, event: IngestEvent) -> None:
        progress = self._progress
        if progress is None:
            return
        # A look that finds nothing new shows nothing.
        self._shown = (
            self._shown
            or isinstance(event, VectorsAdded)
            or (isinstance(event, DocumentDone) and event.status == "indexed")
        )
        if isinstance(event, DocumentDone) and event.status != "removed":
            name = file_name(event.file)
            self._advance(progress, "words", event.done, event.total, name)
        elif isinstance(event, VectorsAdded):
            if progress.stage != "meaning":
                self.reload()
            self._advance(progress, "meaning", event.done, event.total, "")

    def _advance(
        self, before: IndexProgress, stage: str, done: int, total: int, file: str
    ) -> None:
        now_s = time.monotonic()
        if stage != before.stage:
            self._stage_began = (now_s, done)
        began_s, first = self._stage_began
        left_s = None
        if now_s - began_s > _PATIENCE_S and done > first:
            left_s = (now_s - began_s) / (done - first) * (total - done)
        self._show(IndexProgress(before.base, stage, done, total, file, left_s))

    def _show(self, progress: IndexProgress) -> None:
        self._progress = progress
        if self._shown:
            self.progressed.emit(progress)

    def _on_ended(self) -> None:
        self._next()
        self.reload()

    def _on_failed(self, error: Exception) -> None:
        self._messages.failure(error)
        self._on_ended()

    # -- in the background -----------------------------------------------------------

    def _load(self) -> list[Entry]:
        knowledge = self._services.knowledge
        return [
            Entry(
                knowledge.base(base.name),
                tuple(
                    document
                    for document in knowledge.documents(base.name)
                    if document.status in _UNREAD
                ),
            )
            for base in knowledge.bases()
        ]

    def _base_for(self, paths: list[str], base: str) -> str:
        """Return the base to fill; it is made when it is new."""
        absolute_paths(paths)
        if base:
            return base
        first = Path(paths[0])
        folder = first if first.is_dir() else first.parent
        knowledge = self._services.knowledge
        taken = {known.name for known in knowledge.bases()}
        wanted = folder.name or translate(N_("Documents"))
        name, number = wanted, 1
        while name in taken and not self._belongs(name, folder):
            number += 1
            name = f"{wanted} {number}"
        knowledge.create(name, self._services.embedder_id(), exist_ok=True)
        return name

    def _belongs(self, base: str, folder: Path) -> bool:
        """Tell whether a base was made from this folder, or is still empty."""
        documents = self._services.knowledge.documents(base)
        return not documents or any(
            folder in Path(document.file).parents for document in documents
        )

    def _take(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.loaded = True
        self.changed.emit()
