"""Reading one file: in a process that may be killed alone, and only for this file.

    index child ── ReadFile ──► reading process ── read_document, chunk_document
                ◄── ReadingStep … FileRead ──

A file may take `READING_LIMIT_S` without a sign of progress and `MEMORY_BYTES` more
memory (and some for each thread of text recognition) than the process had before. Whoever takes more is ended: its file becomes a
sentence, and the next file is read by a new process at once. `begin` asks for a file
ahead of its turn, so that one file is read while the one before is stored.

The process is handed each file open and may open nothing else (`handing.py`).

Invariant: what comes back is data, never code, and each chunk's text is cut from the
document here, whatever the process said (`tests/knowledge/test_reading.py`).
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from app import codec
from app.errors import AppError, Cancelled, DocumentError, WorkerDied
from app.i18n import N_
from app.injection import NOTE as ADDRESSES_AI
from app.injection import addressed_to_ai
from app.knowledge import problems
from app.knowledge.handing import Scratch, open_to_hand
from app.knowledge.unpacking import Packed, UnpackApart, unpack_here
from app.readers import recognising_threads
from app.values.documents import Chunk, ExtractedDocument
from app.workers.worker import HANDS_OVER, Stream, Worker

READING_LIMIT_S = 60.0
MEMORY_BYTES = 1 << 30
# Recognising pages of 25 million pixels took 0.6 GB with one thread and 1.2 GB with four.
_MEMORY_BYTES_OCR = 1 << 29
# Address space for telling rarer languages, loaded with the first text that needs it.
_LANGUAGES_BYTES = 1 << 28
_IDLE_S = 60.0
_LOOK_S = 0.2
_TELL_EVERY_S = 0.5
# The system asked the process to go (a logout, a stop): no fault of the file.
_ASKED_TO_GO = {0, -signal.SIGTERM, -signal.SIGINT, -getattr(signal, "SIGHUP", 1)}

Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Read a file; answered with ReadingSteps and one FileRead."""

    path: str


@dataclass(frozen=True, slots=True)
class PauseReading:
    """Wait after the page that is being read, or go on; has no answer."""

    on: bool


@dataclass(frozen=True, slots=True)
class ReadingStep:
    """A sign of life: `done` of `total` pages are read."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file's text, its chunks (without their texts) and its language."""

    document: ExtractedDocument
    chunks: tuple[Chunk, ...]
    language: str


def read_file(
    path: Path, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> FileRead:
    """Read and split a file here and now. Raises DocumentError."""
    from app.chunking import chunk_document, detect_language
    from app.chunking.tokens import estimate_tokens
    from app.readers import read_document

    def counted(text: str) -> int:
        progress(0, 0)
        return estimate_tokens(text)

    try:
        document = read_document(path, progress)
        chunks = chunk_document(document, count_tokens=counted)
    except MemoryError as error:
        raise problems.too_big(path) from error
    language = detect_language(document.text[:20_000])
    if addressed_to_ai(document.text) is not None:
        document = replace(document, warnings=(*document.warnings, ADDRESSES_AI))
    return FileRead(
        document,
        tuple(c if c.language else replace(c, language=language) for c in chunks),
        language,
    )


class Pending(Protocol):
    """A file that is being read."""

    def is_ready(self, wait_s: float) -> bool:
        """Wait so long at most; tell whether `result` need not wait any more."""

    def result(self, check: Check) -> FileRead:
        """Wait for it, calling `check` now and then, which may raise. Or DocumentError."""

    def close(self) -> None:
        """Nobody wants it any more."""


class FileReader(Protocol):
    """Reads files, one after the other."""

    def begin(self, path: Path) -> Pending:
        """Begin to read a file, behind those that were begun before."""

    def rest(self, on: bool) -> None:
        """Pause between two pages, or go on."""

    def members(self, path: Path, check: Check) -> Iterator[Packed]:
        """Yield what an archive or mail holds, under the same limits.

        `check` is called now and then and may raise. Raises DocumentError.
        """


class ReadHere:
    """Reads in this process, when the result is asked for: for tests and tools."""

    def begin(self, path: Path) -> Pending:
        """Note which file is wanted."""
        return _Here(path)

    def rest(self, on: bool) -> None:
        """Rest by not asking for a result."""

    def members(self, path: Path, check: Check) -> Iterator[Packed]:
        """Unpack in this process."""
        return unpack_here(path, check)


@dataclass(slots=True)
class _Here:
    path: Path

    def is_ready(self, wait_s: float) -> bool:  # noqa: ARG002 - the port's signature
        """Tell that it is read only when it is asked for."""
        return False

    def result(self, check: Check) -> FileRead:
        check()
        return read_file(self.path)

    def close(self) -> None:
        """Nothing was begun."""


class ReadApart:
    """Reads in a process of its own. One thread uses one ReadApart."""

    def __init__(
        self,
        limit_s: float = READING_LIMIT_S,
        memory_bytes: int | None = None,
        runs_office: bool = False,
    ) -> None:
        self.limit_s = limit_s
        if memory_bytes is None:
            memory_bytes = MEMORY_BYTES + recognising_threads() * _MEMORY_BYTES_OCR
        self._memory_bytes = memory_bytes
        self.runs_office = runs_office
        self._office: ReadApart | None = None
        self.worker = Worker(
            N_("document reader"), _run_child, self._arguments(""), _ANSWERS
        )
        self._scratch = Scratch()
        self.unpacking = UnpackApart(limit_s, memory_bytes)
        # Counts the processes that ended: what was asked of an earlier one is lost.
        self.ended = 0
        self._resting_of: int | None = None

    def start(self) -> None:
        """Start the process ahead of the first file."""
        self._make_ready()
        self.worker.start()

    def ask(self, path: Path) -> Stream:
        """Ask the process for a file, which goes along open where that is needed."""
        self._make_ready()
        with open_to_hand(path) as file:
            return self.worker.ask(ReadFile(str(path)), file)

    def _make_ready(self) -> None:
        folder, is_new = self._scratch.ready()
        if is_new:
            if self.worker.pid is not None:
                self.end()
            self.worker.restart_with(self._arguments(folder))

    def _arguments(self, folder: str) -> tuple[float, int, str, bool]:
        return self.limit_s, self._memory_bytes, folder, self.runs_office

    def by_office(self, path: Path, check: Check) -> FileRead:
        """Read what needs LibreOffice, in a process that may run it. Or DocumentError."""
        if self._office is None:
            self._office = ReadApart(self.limit_s, self._memory_bytes, True)
        with contextlib.closing(self._office.begin(path)) as pending:
            return pending.result(check)

    def begin(self, path: Path) -> Pending:
        """Ask for a file."""
        return _Apart(self, path)

    def rest(self, on: bool) -> None:
        """Let the process pause between two pages, or go on; it tells so as a step."""
        if on != (self._resting_of == self.ended) and self.worker.pid is not None:
            self._resting_of = self.ended if on else None
            self.worker.ask(PauseReading(on))

    def members(self, path: Path, check: Check) -> Iterator[Packed]:
        """Unpack in another process, so that one file can be read from an archive."""
        return self.unpacking.members(path, check)

    def end(self) -> None:
        """End the process, whatever it does; the next file starts a new one."""
        self.ended += 1
        self.worker.kill()

    def close(self) -> None:
        """Let the processes go."""
        self.worker.close(0.5)
        self.unpacking.close()
        self._scratch.remove()
        if self._office is not None:
            self._office.close()


class _Apart:
    """A file that was asked of the reading process."""

    def __init__(self, reader: ReadApart, path: Path) -> None:
        self._reader = reader
        self._path = path
        self._stream: Stream | None = None
        self._held: FileRead | Exception | None = None
        self._asked_of = 0
        self._ask()

    def _ask(self) -> None:
        self._stream = self._reader.ask(self._path)
        self._asked_of = self._reader.ended

    def is_ready(self, wait_s: float) -> bool:
        """Wait so long at most; tell whether `result` need not wait any more.

        What the process answered is kept for `result`.
        """
        until_s = time.monotonic() + wait_s
        while self._held is None and self._stream is not None:
            if self._asked_of != self._reader.ended:
                return False
            try:
                answer = self._stream.take(max(0.0, until_s - time.monotonic()))
            except TimeoutError:
                return False
            except (AppError, Cancelled) as error:
                self._held = error
            else:
                if not isinstance(answer, ReadingStep):
                    self._held = answer or problems.ended_the_reader(self._path)
        return True

    def _take(self, stream: Stream) -> Any:
        """Return what was kept, or wait a moment. Raises TimeoutError and its errors."""
        held, self._held = self._held, None
        if isinstance(held, Exception):
            raise held
        return held or stream.take(_LOOK_S)

    def result(self, check: Check) -> FileRead:
        """Wait for the file and for nothing else: those before it are done."""
        try:
            return self._read(check)
        except DocumentError as error:
            is_asked_here = HANDS_OVER and not self._reader.runs_office
            if error.reason != "needs_program" or not is_asked_here:
                raise
        return self._reader.by_office(self._path, check)

    def _read(self, check: Check) -> FileRead:
        if self._asked_of != self._reader.ended:
            self._ask()
        try:
            return self._whole(self._awaited(check))
        except WorkerDied as error:
            self._reader.ended += 1
            if error.exit_code_of_child not in _ASKED_TO_GO:
                raise problems.ended_the_reader(self._path) from error
        self._ask()
        try:
            return self._whole(self._awaited(check))
        except WorkerDied as error:
            self._reader.ended += 1
            raise problems.ended_the_reader(self._path) from error

    def _awaited(self, check: Check) -> FileRead:
        assert self._stream is not None
        heard_s = time.monotonic()
        while True:
            try:
                answer = self._take(self._stream)
            except TimeoutError:
                check()
                if time.monotonic() - heard_s > self._reader.limit_s:
                    self._reader.end()
                    limit_s = self._reader.limit_s
                    raise problems.too_slow(self._path, limit_s) from None
                continue
            except WorkerDied:
                raise
            except DocumentError as error:
                if error.reason == "too_big":
                    # Its memory may be full of what it could not finish.
                    self._reader.end()
                raise
            except AppError as error:
                raise problems.our_mistake(self._path, error) from error
            heard_s = time.monotonic()
            if isinstance(answer, FileRead):
                self._stream = None
                return answer
            if answer is None:
                raise problems.ended_the_reader(self._path)

    def _whole(self, read: FileRead) -> FileRead:
        """Return it with each chunk's text, which does not travel twice."""
        text = read.document.text
        chunks = tuple(replace(c, text=text[c.start : c.end]) for c in read.chunks)
        return replace(read, chunks=chunks)

    def close(self) -> None:
        """Give it up. A library in the middle of it cannot be stopped otherwise."""
        if self._stream is not None and self._asked_of == self._reader.ended:
            self._reader.end()
        self._stream = None


_ANSWERS = codec.registry_of(FileRead, ReadingStep)


def _run_child(
    connection: Connection,
    limit_s: float,
    memory_bytes: int,
    scratch: str,
    runs_office: bool,
) -> None:
    from app.knowledge.reading_child import run

    run(connection, limit_s, memory_bytes, scratch, runs_office)
