"""What really holds a process that reads documents: one is started, and tries to get out.

    main ─ a file of ours, closed to it ─► child, confined like every reader ─► Held

Invariant: nothing is claimed that was not tried on this computer, in this run.
"""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from app import codec
from app.errors import AppError
from app.i18n import N_
from app.knowledge.handing import confine_reader
from app.workers.child import Child, Job, Route
from app.workers.shut import can_open_socket
from app.workers.worker import Worker

_FILE, _NEW = "closed", "new"


@dataclass(frozen=True, slots=True)
class TryOut:
    """Try to get out, with a folder that holds a file."""

    folder: str


@dataclass(frozen=True, slots=True)
class Held:
    """What a reader could not do: read another file, write one, open a connection."""

    reading: bool
    writing: bool
    network: bool


def try_out(worker: Worker | None = None) -> Held:
    """Let a reader try; what could not be tried does not hold.

    `worker` is the process that tries, for tests of one that is not confined.
    """
    trying = worker or Worker(
        N_("document reader"), _run_confined, (), codec.registry_of(Held)
    )
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            Path(folder, _FILE).write_bytes(b"closed")
            held: Held = trying.ask_one(TryOut(folder))
            return held
    except (AppError, OSError, ValueError):
        return Held(False, False, False)
    finally:
        trying.close()


@functools.cache
def held_here() -> Held:
    """Return what was tried once in this run of the program."""
    return try_out()


def run(connection: Connection) -> None:
    """Try as this process is, until the parent closes the connection."""
    Child(connection, {TryOut: Route(_tried)}).serve()


def _run_confined(connection: Connection) -> None:
    confine_reader()
    run(connection)


def _tried(job: Job) -> Iterator[Held]:
    folder = Path(job.message.folder)
    yield Held(
        reading=not _can_read(folder / _FILE),
        writing=not _can_write(folder / _NEW),
        network=not can_open_socket(),
    )


def _can_read(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return bool(path.read_bytes())
    return False


def _can_write(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return bool(path.write_bytes(b"new"))
    return False
