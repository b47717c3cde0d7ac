"""The unpacking process: goes through an archive that it was handed open.

Invariant: it writes nothing but into the file that came with a `Take`.
"""

from __future__ import annotations

import contextlib
import os
import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from app.errors import DocumentError
from app.knowledge import problems
from app.knowledge.handing import confine_reader
from app.knowledge.unpacking import (
    Check,
    MemberCopied,
    MemberFound,
    MemberRefused,
    Take,
    Unpack,
    UnpackingStep,
)
from app.readers import handed, members, write_member
from app.readers.packed import Member
from app.readers.progress import listening
from app.workers.child import Child, Job, Route
from app.workers.limits import limit_memory

_LOOK_S = 0.2
_TELL_EVERY_S = 0.5
_IDLE_S = 60.0


def run(connection: Connection, memory_bytes: int) -> None:
    """Serve the parent until it closes the connection."""
    confine_reader()
    limit_memory(memory_bytes)
    unpacking = _Unpacking()
    routes: dict[type, Route] = {
        Unpack: Route(unpacking.unpack),
        Take: Route(unpacking.take, "take"),
    }
    Child(connection, routes, _IDLE_S).serve()


@dataclass(frozen=True, slots=True)
class _Decision:
    """What was decided, and the open file that the copy is written into."""

    take: Take
    file: int | None

    def drop(self) -> None:
        """Close the file: nobody writes into it any more."""
        if self.file is not None:
            os.close(self.file)


class _Unpacking:
    """Goes through archives, and waits after each member for what to do with it."""

    def __init__(self) -> None:
        self._decisions: queue.SimpleQueue[_Decision] = queue.SimpleQueue()
        self._told_s = 0.0

    def take(self, job: Job) -> Iterator[object]:
        """Hand on what was decided."""
        self._decisions.put(_Decision(job.message, job.take_file()))
        yield from ()

    def unpack(self, job: Job) -> Iterator[object]:
        """Yield the members of an archive, and what became of their copies."""
        message: Unpack = job.message
        path = Path(message.path)

        def told(_done: int = 0, _total: int = 0) -> None:
            job.check()
            if time.monotonic() - self._told_s >= _TELL_EVERY_S:
                self._told_s = time.monotonic()
                job.tell(UnpackingStep())

        try:
            with listening(told), handed(path, job.file):
                for number, member in enumerate(members(path), 1):
                    told()
                    if number <= message.skip:
                        continue
                    yield MemberFound(member.name, member.size_bytes)
                    decision = self._decision(job)
                    if decision.take.wanted:
                        yield self._copied(member, decision, told)
                        self._decision(job)
        except MemoryError as error:
            raise problems.too_big(path) from error

    def _decision(self, job: Job) -> _Decision:
        """Wait until it was decided what to do. Raises Cancelled."""
        while True:
            job.check()
            with contextlib.suppress(queue.Empty):
                decision = self._decisions.get(timeout=_LOOK_S)
                if decision.take.token == job.message.token:
                    return decision
                decision.drop()

    def _copied(
        self, member: Member, decision: _Decision, told: Check
    ) -> MemberCopied | MemberRefused:
        def blocks() -> Iterator[bytes]:
            for block in member.blocks():
                told()
                yield block

        target = Path(decision.take.target)
        file = decision.file
        if file is None:
            target.unlink()
        try:
            write_member(Member(member.name, member.size_bytes, blocks), target, file)
        except MemoryError:
            refused = problems.too_big(target)
        except DocumentError as error:
            refused = error
        else:
            return MemberCopied()
        return MemberRefused(
            refused.reason,
            refused.sentence,
            refused.remedy,
            tuple(refused.parameters.items()),
        )
