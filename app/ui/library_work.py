"""What is to be done to bases, how far it is, and how long it still takes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from app.i18n import N_, translate
from app.services import Services, absolute_paths
from app.values.bases import (
    Base,
    DocumentDone,
    DocumentInfo,
    ForgetReceipt,
    IngestEvent,
    ReadingBegan,
    Source,
    VectorsAdded,
)
from app.values.chats import ChatReceipt
from app.values.places import file_name

_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A base with its sources and those of its files that could not be read."""

    base: Base
    unread: tuple[DocumentInfo, ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done to a base: add `paths`, or look at its sources again.

    With `embedder` ("" for words only, None for no change) its search is changed.
    """

    base: str
    paths: tuple[str, ...] = ()
    embedder: str | None = None

    @property
    def asked_for(self) -> bool:
        """Whether a person wanted it, so that it is shown from the first moment."""
        return bool(self.paths) or self.embedder is not None


def by_name(document: DocumentInfo) -> str:
    """Return what documents are sorted by wherever they are listed."""
    return file_name(document.file).casefold()


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How far the work is. `stage`: "waiting", "words", "meaning" or "changing".

    `seconds_left` is None while too little is known to tell; `size_bytes` is that of
    the file being read; `waiting` counts the works that come after this one.
    """

    base: str
    stage: str = "waiting"
    done: int = 0
    total: int = 0
    file: str = ""
    seconds_left: float | None = None
    size_bytes: int = 0
    waiting: int = 0
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went with documents that were forgotten: from the base, from conversations."""

    receipts: tuple[ForgetReceipt, ...]
    quotes: ChatReceipt


class Pace:
    """Turns events into progress and tells how long the rest will take."""

    def __init__(self) -> None:
        self._began_s = 0.0
        self._first = 0

    def restart(self, done: int) -> None:
        """Measure from here: a stage began, or a rest ended."""
        self._began_s, self._first = time.monotonic(), done

    def after(self, progress: IndexProgress, event: IngestEvent) -> IndexProgress:
        """Return the progress after an event."""
        if isinstance(event, ReadingBegan):
            return replace(
                self._at(progress, "words", event.done - 1, event.total),
                file=event.file,
                size_bytes=event.size_bytes,
            )
        if isinstance(event, DocumentDone) and event.status != "removed":
            now = self._at(progress, "words", event.done, event.total)
            return replace(now, file=event.file, size_bytes=0)
        if isinstance(event, VectorsAdded):
            stage = "changing" if event.changing_to else "meaning"
            now = self._at(progress, stage, event.done, event.total)
            return replace(now, file="", size_bytes=0)
        return progress

    def _at(
        self, before: IndexProgress, stage: str, done: int, total: int
    ) -> IndexProgress:
        if stage != before.stage:
            self.restart(done)
        passed_s = time.monotonic() - self._began_s
        left_s = None
        if passed_s > _PATIENCE_S and done > self._first:
            left_s = passed_s / (done - self._first) * (total - done)
        return replace(before, stage=stage, done=done, total=total, seconds_left=left_s)


def work_for(services: Services, paths: list[str], base: str) -> Work:
    """Return what is to be done to add paths; their base is made when it is new.

    It looks at files, so it runs in the background. Of many paths those that are gone
    meanwhile become documents that were not read. Raises UsageError when none is there.
    """
    there = next((path for path in paths if os.path.lexists(path)), paths[0])
    first = absolute_paths([there])[0]
    given = tuple(os.path.abspath(path) for path in paths)  # noqa: PTH100
    return Work(base or _new_base(services, Path(first)), given)


def _new_base(services: Services, first: Path) -> str:
    """Make a base named like the folder, or find the one made from it before."""
    folder = first if first.is_dir() else first.parent
    known = services.knowledge.bases()
    taken = {base.name for base in known}
    own = {base.name for base in known if not base.offered}
    wanted = folder.name or translate(N_("Documents"))
    name, number = wanted, 1
    while name in taken and not (name in own and _belongs(services, name, folder)):
        number += 1
        name = f"{wanted} {number}"
    services.knowledge.create(name, services.choice.embedder_id(), exist_ok=True)
    return name


def _belongs(services: Services, base: str, folder: Path) -> bool:
    """Tell whether a base was made from this folder, or is still empty."""
    documents = services.knowledge.documents(base)
    return not documents or any(
        folder in Path(document.file).parents for document in documents
    )


def sum_of(receipts: Iterable[ChatReceipt]) -> ChatReceipt:
    """Return one receipt for several."""
    chats = exchanges = passages = 0
    for receipt in receipts:
        chats += receipt.chats
        exchanges += receipt.exchanges
        passages += receipt.passages
    return ChatReceipt(chats, exchanges, passages)
