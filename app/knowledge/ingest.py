"""File → index: the first half of Allmende in one page.

    files ── Filing: FileReader (its own process) ── Store (words searchable)
                                                        └── Embedder ── VectorIndex ── Chroma

Files are read while those before them are stored. Invariants: each document is in whole
or not at all; what is unchanged is not read again; a file that hangs, wants too much
memory or ends the process that reads it costs only itself, once, and is tried once more
in the next run (the computer's memory may have been short); after a crash of this
process the next run goes on where this one ended, and a document that ended it twice is
set aside instead of being tried for ever.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from app.index.store import KnownDocument, Store
from app.index.vector_index import VectorIndex
from app.knowledge import problems
from app.knowledge.allowed import allowed_in
from app.knowledge.config import ReadingLimits
from app.knowledge.files_of import files_of, inside
from app.knowledge.filing import Filing
from app.knowledge.reading import FileReader, ReadHere
from app.readers import is_supported
from app.values.bases import (
    Base,
    DocumentDone,
    IngestDone,
    IngestEvent,
    ReadingBegan,
    VectorsAdded,
)
from app.values.ports import Embedder
from app.workers.child import Job

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
        self._is_allowed = allowed_in(self._limits.folders)
        self._filing = Filing(
            store, base, job, resting, reader or ReadHere(), self._limits, crashed
        )
        self.store = store
        self.vectors = vectors
        self.base = base
        self.embedder = embedder
        self._job = job
        self._crashed = crashed
        self._brief = brief
        self._told_at = 0.0
        self._tally = Tally()

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
        self._filing.open(known, anew)
        outside: list[str] = []
        sources = list(self._allowed(sources, outside))
        self._welcome_named(sources)
        unreadable: list[str] = []
        found = self._paths(sources, unreadable)
        paths = [Path(path) for path in self._allowed(map(str, found), outside)]
        with closing(self._filing):
            for event in self._filed(paths, known):
                if isinstance(event, ReadingBegan) or self._worth_telling(
                    self._tally.count(event)
                ):
                    yield replace(event, total=len(paths))
        for name in outside:
            yield self._tally.count(problems.told(name, problems.outside(Path(name))))
        present = {problems.printable(str(path)) for path in paths}
        present |= self._filing.containers.present
        for name in self._filing.containers.gone:
            del known[name]
        for event in self._drop_vanished(known, sources, present, unreadable):
            yield self._tally.count(replace(event, done=len(paths), total=len(paths)))
        self.store.learn_compounds(self.base)
        if wait and self.embedder is not None:
            yield from self.embed()
        yield self.summary()

    def _filed(
        self, paths: list[Path], known: dict[str, KnownDocument]
    ) -> Iterator[ReadingBegan | DocumentDone]:
        for place, path in enumerate(paths, 1):
            self._filing.rest()
            yield from self._filing.begin(place, path, known.get(str(path)))
        yield from self._filing.finish()

    def _paths(self, sources: list[str], unreadable: list[str]) -> list[Path]:
        named = set(sources)
        return [
            path
            for path in self._watched(
                files_of(sources, is_supported, unreadable, self._exclude(sources))
            )
            if str(path) in named or not self._filing.is_forgotten(str(path))
        ]

    def _allowed(self, paths: Iterable[str], outside: list[str]) -> Iterator[str]:
        """Yield what may be read here; the rest is put into `outside`."""
        for path in paths:
            if self._is_allowed(path):
                yield path
            else:
                outside.append(path)

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
            self._filing.rest()
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


def passage_text(heading: str, text: str) -> str:
    """Return what is embedded for a chunk: its nearest heading gives the words context.

    The whole path of headings drew all chunks of a document together (measured on
    laws: recall@5 0.70 instead of 0.74).
    """
    body = " ".join(text.split())
    nearest = heading.rsplit(" › ", 1)[-1]
    return f"{nearest}\n{body}" if nearest else body
