"""The reading process: reads files that it was handed open, within its limits.

Invariant: confined before anything is read (`handing.py`).
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from app.knowledge.handing import confine_reader
from app.knowledge.reading import (
    FileRead,
    PauseReading,
    ReadFile,
    ReadingStep,
    read_file,
)
from app.readers import handed, recognising_threads
from app.workers.child import Child, Job, Route
from app.workers.limits import limit_memory

# Address space for telling rarer languages, loaded with the first text that needs it.
_LANGUAGES_BYTES = 1 << 28
_IDLE_S = 60.0
_TELL_EVERY_S = 0.5


def run(
    connection: Connection,
    limit_s: float,
    memory_bytes: int,
    scratch: str,
    runs_office: bool,
) -> None:
    """Serve the parent until it closes the connection."""
    confine_reader(scratch, runs_office)
    # What every file needs is loaded before the limit, and not counted by it.
    importlib.import_module("app.chunking")
    limit_memory(memory_bytes + _LANGUAGES_BYTES)

    awake = threading.Event()
    awake.set()

    def pause(job: Job) -> Iterator[object]:
        if job.message.on:
            awake.clear()
        else:
            awake.set()
        yield from ()

    def read(job: Job) -> Iterator[FileRead]:
        told_s = 0.0

        def progress(done: int, total: int) -> None:
            tell(done, total)
            while not awake.is_set():
                awake.wait(_TELL_EVERY_S)
                tell(done, total)

        def tell(done: int, total: int) -> None:
            nonlocal told_s
            if time.monotonic() - told_s >= _TELL_EVERY_S:
                told_s = time.monotonic()
                _limit_work(limit_s)
                job.tell(ReadingStep(done, total))

        _limit_work(limit_s)
        path = Path(job.message.path)
        with handed(path, job.file):
            found = read_file(path, progress)
        bare = tuple(replace(chunk, text="") for chunk in found.chunks)
        yield replace(found, chunks=bare)

    routes: dict[type, Route] = {
        ReadFile: Route(read),
        PauseReading: Route(pause, "pause"),
    }
    Child(connection, routes, _IDLE_S).serve()


def _limit_work(limit_s: float) -> None:
    """Let the system end this process when it works on after its parent is gone.

    A library that hangs in its own code lets nobody hear that the parent ended.
    """
    if sys.platform == "win32":
        return
    import resource

    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    threads = 1 + recognising_threads()
    wanted: Any = int(used + 2 * limit_s * threads + 5)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (wanted, most))
