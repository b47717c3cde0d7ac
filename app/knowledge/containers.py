"""Archives and mails in a base: what they hold are documents below their path.

    /d/kurs.zip                     a document of its own (its table of contents)
    /d/kurs.zip/Woche 1/Blatt.pdf   a member, read from a private copy

Invariants: a container is complete ("indexed" with its file's time) only after all its
members are dealt with, so that a crash between them is made good by the next run; one
that is unchanged is not opened; members that it no longer holds are forgotten.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from app.errors import DocumentError
from app.index.store import KnownDocument, Store
from app.knowledge.files_of import is_noise
from app.knowledge.unpacking import Packed
from app.readers import (
    MAX_DEPTH,
    is_archive,
    is_supported,
    may_hold_members,
    too_deep,
)
from app.readers.names import below
from app.values.bases import Base, DocumentDone, ReadingBegan

# The time of a container whose members are not all in: no file has it.
_UNFINISHED = -1


class Host(Protocol):
    """What a container needs of the run it belongs to."""

    store: Store
    base: Base

    def hash_of(self, path: Path) -> str:
        """Return the identity of a file's text."""

    def read(
        self, name: str, path: Path, hash_: str, size_bytes: int, mtime_ns: int
    ) -> DocumentDone:
        """Read the file at `path` and store it as `name`. Raises DocumentError."""

    def unchanged(self, known: KnownDocument) -> DocumentDone:
        """Tell again what became of a document."""

    def failed(
        self, name: str, error: DocumentError, size_bytes: int, mtime_ns: int
    ) -> DocumentDone:
        """Note why a document was not read."""

    def is_forgotten(self, name: str) -> bool:
        """Tell whether somebody wanted a document gone."""

    def members(self, path: Path) -> Iterator[Packed]:
        """Yield what a file holds. Raises DocumentError."""

    def rest(self) -> None:
        """Wait while others need the machine. Raises Cancelled."""


class Containers:
    """The members of all containers that one run looks at.

    `present` are the paths of members that are there, `gone` those that were dropped.
    `anew` are containers that are opened even when they are unchanged.
    """

    def __init__(
        self,
        host: Host,
        known: Mapping[str, KnownDocument],
        anew: frozenset[str] = frozenset(),
    ) -> None:
        self._host = host
        self._known = known
        self._sorted = sorted(known)
        self._anew = anew
        self.present: set[str] = set()
        self.gone: set[str] = set()

    def is_anew(self, name: str) -> bool:
        """Tell whether a container is opened although it is unchanged."""
        return name in self._anew

    def known_members(self, name: str) -> list[KnownDocument]:
        """Return the documents below a container, as they were before this run."""
        prefix = f"{name}{os.sep}"
        first = bisect_left(self._sorted, prefix)
        found = []
        for path in self._sorted[first:]:
            if not path.startswith(prefix):
                break
            found.append(self._known[path])
        return found

    def unchanged(self, name: str) -> Iterator[DocumentDone]:
        """Tell again what became of the members of a container."""
        for document in self.keep(name):
            yield self._host.unchanged(document)

    def keep(self, name: str) -> list[KnownDocument]:
        """Let the members of a container be; return them."""
        kept = self.known_members(name)
        self.present.update(document.path for document in kept)
        return kept

    def drop(self, name: str) -> Iterator[DocumentDone]:
        """Forget the members that a container no longer holds."""
        for document in self.known_members(name):
            if document.path not in self.present and document.path not in self.gone:
                self.gone.add(document.path)
                self._host.store.forget_document(self._host.base, document.path)
                yield DocumentDone(document.path, "removed")

    def ingest(
        self, name: str, path: Path, size_bytes: int, mtime_ns: int, depth: int = 1
    ) -> Iterator[ReadingBegan | DocumentDone]:
        """Read a container and its members. Raises DocumentError for the container."""
        host, known = self._host, self._known.get(name)
        hash_ = host.hash_of(path)
        is_same = (
            known is not None and known.status == "indexed" and known.hash == hash_
        )
        if known is not None and is_same and not self._is_open(known):
            host.store.settle_document(host.base, name, mtime_ns)
            yield host.unchanged(known)
            yield from self.unchanged(name)
            return
        if depth > MAX_DEPTH and is_archive(path):
            raise too_deep(path)
        event = host.read(name, path, hash_, size_bytes, _UNFINISHED)
        yield from self._members(name, path, mtime_ns, depth)
        yield from self.drop(name)
        host.store.settle_document(host.base, name, mtime_ns)
        yield event

    def _is_open(self, known: KnownDocument) -> bool:
        return known.mtime_ns == _UNFINISHED or known.path in self._anew

    def _members(
        self, name: str, path: Path, mtime_ns: int, depth: int
    ) -> Iterator[ReadingBegan | DocumentDone]:
        for member in self._host.members(path):
            self._host.rest()
            inner = below(name, member.name)
            if not is_supported(Path(member.name)) or is_noise(member.name):
                continue
            if name in self._anew:
                self._host.store.welcome_back(self._host.base, [inner])
            if self._host.is_forgotten(inner):
                continue
            self.present.add(inner)
            yield ReadingBegan(inner, member.size_bytes)
            try:
                if depth > MAX_DEPTH:
                    raise too_deep(Path(member.name))
                yield from self._member(inner, member, mtime_ns, depth)
            except DocumentError as error:
                yield self._host.failed(inner, error, member.size_bytes, mtime_ns)
                yield from self.drop(inner)

    def _member(
        self, name: str, member: Packed, mtime_ns: int, depth: int
    ) -> Iterator[ReadingBegan | DocumentDone]:
        known = self._known.get(name)
        with member.copy() as copy:
            size_bytes = copy.stat().st_size
            if may_hold_members(copy):
                yield from self.ingest(name, copy, size_bytes, mtime_ns, depth + 1)
                return
            hash_ = self._host.hash_of(copy)
            if known and known.status == "indexed" and known.hash == hash_:
                self._host.store.settle_document(self._host.base, name, mtime_ns)
                yield self._host.unchanged(known)
            else:
                yield self._host.read(name, copy, hash_, size_bytes, mtime_ns)
