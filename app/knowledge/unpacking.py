"""Unpacking archives and mails: in a process that may be killed alone, as reading is.

    index child ── Unpack ──► unpacking process ── members(archive)
                ◄── MemberFound
                ── Take yes ─►                  ── writes a copy into our folder
                ◄── MemberCopied                   (or MemberRefused)
        reads it …
                ── Take no ──►                  ── the next member

The limits are those of reading: so long without a sign of life, so much more memory.
A member that ends the process is set aside, and the rest goes on with a new process,
which passes by what was dealt with.

Invariant: where a copy lies is decided here, in a folder that only this user can look
into and that is gone afterwards; what the process says is data, and never a path.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from app import codec
from app.errors import AppError, DocumentError, WorkerDied
from app.i18n import N_
from app.knowledge import problems
from app.knowledge.handing import open_to_hand
from app.readers import COPIES, members, no_room, private_copy
from app.readers.names import file_name
from app.readers.packed import Member
from app.workers.worker import HANDS_OVER, Stream, Worker

_LOOK_S = 0.2
_TELL_EVERY_S = 0.5
_IDLE_S = 60.0

Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Unpack:
    """Go through an archive; answered with MemberFound, and what `Take` leads to.

    The first `skip` members are passed by. `token` marks the Takes that belong to it.
    """

    path: str
    token: int
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Take:
    """Copy the member that was found last, or (False) go on; has no answer.

    `target` is where the copy lies; its file, empty, goes along open where the process
    may open none.
    """

    token: int
    wanted: bool
    target: str = ""


@dataclass(frozen=True, slots=True)
class MemberFound:
    """There is a member of this name."""

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class MemberCopied:
    """The copy is written."""


@dataclass(frozen=True, slots=True)
class MemberRefused:
    """The member cannot be read: a DocumentError."""

    reason: str
    sentence: str
    remedy: str
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UnpackingStep:
    """A sign of life."""


class Packed(Protocol):
    """A member of an archive, under a name that is safe and its own."""

    @property
    def name(self) -> str:
        """Its path in the archive, with slashes."""

    @property
    def size_bytes(self) -> int:
        """Its size, as the archive says."""

    def copy(self) -> AbstractContextManager[Path]:
        """Give a file with its content, gone afterwards. Raises DocumentError."""


@dataclass(frozen=True, slots=True)
class _Here:
    member: Member

    @property
    def name(self) -> str:
        return self.member.name

    @property
    def size_bytes(self) -> int:
        return self.member.size_bytes

    def copy(self) -> AbstractContextManager[Path]:
        return private_copy(self.member)


def unpack_here(path: Path, check: Check) -> Iterator[Packed]:
    """Yield the members of an archive, unpacked in this process: for tests and tools."""
    for member in members(path):
        check()
        yield _Here(member)


class UnpackApart:
    """Unpacks in processes of their own, one for each archive in an archive."""

    def __init__(self, limit_s: float, memory_bytes: int) -> None:
        self.limit_s = limit_s
        self._memory_bytes = memory_bytes
        self._free: list[Worker] = []
        self._all: list[Worker] = []
        self._tokens = 0

    def members(self, path: Path, check: Check) -> Iterator[Packed]:
        """Yield the members of an archive; each can be copied until the next is asked.

        `check` is called now and then and may raise. Raises DocumentError.
        """
        worker = self._free.pop() if self._free else self._new()
        try:
            folder = tempfile.mkdtemp(prefix=COPIES)
        except OSError as error:
            raise no_room(path) from error
        run = _Run(self, worker, path, Path(folder), check)
        try:
            yield from run.members()
        finally:
            run.end()
            shutil.rmtree(folder, ignore_errors=True)
            self._free.append(worker)

    def pids(self) -> list[int]:
        """The numbers of the processes that run."""
        return [worker.pid for worker in self._all if worker.pid is not None]

    def close(self) -> None:
        """Let the processes go."""
        for worker in self._all:
            worker.close(0.5)

    def next_token(self) -> int:
        """Return a number that no other request has."""
        self._tokens += 1
        return self._tokens

    def _new(self) -> Worker:
        name = N_("document reader")
        worker = Worker(name, _run_child, (self._memory_bytes,), _ANSWERS)
        self._all.append(worker)
        return worker


class _Run:
    """One archive that is gone through, with as many processes as it takes."""

    def __init__(
        self, owner: UnpackApart, worker: Worker, path: Path, folder: Path, check: Check
    ) -> None:
        self._owner = owner
        self._worker = worker
        self._path = path
        self._folder = folder
        self._check = check
        self._token = 0
        self._stream: Stream | None = None
        self.number = self._begun_at = 0

    def members(self) -> Iterator[Packed]:
        self._begin()
        while (found := self._next()) is not None:
            if not isinstance(found, MemberFound):
                raise problems.ended_the_reader(self._path)
            self.number += 1
            yield _Member(self, found.name, found.size_bytes)
            if self._stream is None:
                self._begin()
            else:
                self.decide(False)

    def _next(self) -> Any:
        """Return the next member; a process that got somewhere is replaced once."""
        try:
            return self._take(self._path)
        except DocumentError as error:
            was_ended = error.reason in ("crashed", "timeout")
            if not was_ended or self.number == self._begun_at:
                raise
        self._begin()
        return self._take(self._path)

    def copied(self, name: str) -> Path:
        """Let the member that was found last be copied; return where it lies."""
        target = self._folder / str(self.number) / file_name(name)
        self._decide_to_copy(target)
        answer = self._take(target)
        if isinstance(answer, MemberRefused):
            shutil.rmtree(target.parent, ignore_errors=True)
            raise DocumentError(
                answer.reason,
                answer.sentence,
                answer.remedy,
                **dict(answer.parameters),
            )
        if not isinstance(answer, MemberCopied) or not _is_plain(target):
            raise problems.ended_the_reader(target)
        return target

    def end(self) -> None:
        """Give it up."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def decide(self, wanted: bool) -> None:
        self._worker.ask(Take(self._token, wanted))

    def _decide_to_copy(self, target: Path) -> None:
        """Let the member be copied, into a file that is made here."""
        try:
            target.parent.mkdir(mode=0o700)
            with target.open("xb") as file:
                number = file.fileno() if HANDS_OVER else None
                self._worker.ask(Take(self._token, True, str(target)), number)
        except OSError as error:
            raise no_room(target) from error

    def _begin(self) -> None:
        self._token = self._owner.next_token()
        self._begun_at = self.number
        request = Unpack(str(self._path), self._token, self.number)
        with open_to_hand(self._path) as file:
            self._stream = self._worker.ask(request, file)

    def _take(self, blamed: Path) -> Any:
        """Return the next answer; what ends or stops the process is laid to `blamed`."""
        assert self._stream is not None
        heard_s = time.monotonic()
        while True:
            try:
                answer = self._stream.take(_LOOK_S)
            except TimeoutError:
                self._check()
                if time.monotonic() - heard_s > self._owner.limit_s:
                    self._stream = None
                    self._worker.kill()
                    raise problems.too_slow(blamed, self._owner.limit_s) from None
                continue
            except WorkerDied as error:
                self._stream = None
                raise problems.ended_the_reader(blamed) from error
            except DocumentError:
                self._stream = None
                raise
            except AppError as error:
                self._stream = None
                raise problems.our_mistake(blamed, error) from error
            heard_s = time.monotonic()
            if not isinstance(answer, UnpackingStep):
                return answer


@dataclass(frozen=True, slots=True)
class _Member:
    run: _Run
    name: str
    size_bytes: int

    @contextmanager
    def copy(self) -> Iterator[Path]:
        copy = self.run.copied(self.name)
        try:
            yield copy
        finally:
            shutil.rmtree(copy.parent, ignore_errors=True)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and not path.parent.is_symlink()


_ANSWERS = codec.registry_of(MemberFound, MemberCopied, MemberRefused, UnpackingStep)


def _run_child(connection: Connection, memory_bytes: int) -> None:
    from app.knowledge.unpacking_child import run

    run(connection, memory_bytes)
