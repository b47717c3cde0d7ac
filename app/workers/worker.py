"""The parent's side: start a child when it is needed, ask it, survive its death."""

from __future__ import annotations

import contextlib
import json
import logging
import multiprocessing
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing import reduction
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from app import codec
from app.errors import AppError, WorkerDied
from app.log import describe, get_logger, start_log
from app.workers.protocol import Frame, pack, unpack

_log = get_logger("workers")
_END = object()
# Whether an open file can go to a child with a request.
HANDS_OVER = sys.platform == "linux"


class Stream:
    """The answers to one request. Iterate it; `cancel` or `close` ends it early.

    Leaving the loop early without closing leaves the child working, so use it with
    `contextlib.closing` or exhaust it.
    """

    def __init__(self, number: int, cancel: Callable[[int], None]) -> None:
        self.number = number
        self._queue: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._cancel = cancel
        self._ended = False

    def put(self, item: object) -> None:
        """Take what the child sent (called by the reading thread)."""
        self._queue.put(item)

    def __iter__(self) -> Iterator[Any]:
        while not self._ended:
            item = self._queue.get()
            if item is _END:
                self._ended = True
            elif isinstance(item, BaseException):
                self._ended = True
                raise item
            else:
                yield item

    def take(self, timeout_s: float) -> Any:
        """Return the next answer, None where there are no more.

        Raises TimeoutError when none came in time; the stream goes on all the same.
        """
        if self._ended:
            return None
        try:
            item = self._queue.get(timeout=timeout_s)
        except queue.Empty:
            raise TimeoutError from None
        if item is _END or isinstance(item, BaseException):
            self._ended = True
        if isinstance(item, BaseException):
            raise item
        return None if item is _END else item

    def cancel(self) -> None:
        """Ask the child to stop; the stream then ends with Cancelled."""
        self._cancel(self.number)

    def close(self) -> None:
        """Cancel and forget what is still coming."""
        if not self._ended:
            self._ended = True
            self._cancel(self.number)


class Worker:
    """One child process, started on the first request and again after a crash.

    `target(connection, *arguments)` is the child's main function, importable by name;
    `answers` are the dataclasses it may send. `name` is a word for people, translated
    where it is shown.
    """

    def __init__(
        self,
        name: str,
        target: Callable[..., None],
        arguments: tuple[Any, ...],
        answers: Mapping[str, type],
    ) -> None:
        self.name = name
        # Why no child may be started, if that is so.
        self.refusal: AppError | None = None
        self._target = target
        self._arguments = arguments
        self._answers = answers
        self._lock = threading.RLock()
        self._send_lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._unwanted: BaseProcess | None = None
        # Streams belong to one process: its burial ends these and no others.
        self._streams: dict[int, Stream] = {}
        self._next = 1

    @property
    def pid(self) -> int | None:
        """The process number of the running child, None when there is none."""
        process = self._process
        return process.pid if process is not None and process.is_alive() else None

    def ask(self, message: object, file: int | None = None) -> Stream:
        """Send a request and return the stream of its answers.

        An open file (its number) may go along, where `HANDS_OVER` says so; the child
        has its own of it then, and this one stays the caller's to close.
        """
        with self._lock:
            self._ensure_started()
            number = self._next
            self._next += 1
            stream = Stream(number, self._cancel)
            self._streams[number] = stream
            connection, process = self._connection, self._process
            streams = self._streams
        try:
            ask = pack(Frame.ASK, number, codec.encode(message))
            self._send(connection, ask, pack(Frame.FILE, number), file)
        except OSError:
            self._bury(process, streams)
        return stream

    def ask_one(self, message: object) -> Any:
        """Send a request that has exactly one answer and return it."""
        (answer,) = list(self.ask(message))
        return answer

    def start(self) -> None:
        """Start the child ahead of the first request."""
        with self._lock:
            self._ensure_started()

    def restart_with(self, arguments: tuple[Any, ...]) -> None:
        """Give the next child other arguments; the one that runs keeps its own."""
        with self._lock:
            self._arguments = arguments

    def close(self, patience_s: float = 2.0) -> None:
        """Cancel everything, wait `patience_s`, then end the process."""
        with self._lock:
            process, connection = self._process, self._connection
            self._process = self._connection = None
        if process is None or connection is None:
            return
        with contextlib.suppress(OSError):
            self._send(connection, pack(Frame.QUIT, 0))
        process.join(patience_s)
        if process.is_alive():
            self._unwanted = process
            _end_tree(process)
            process.join()
        connection.close()

    def kill(self) -> None:
        """End the process at once, whatever it does; what was asked ends with WorkerDied."""
        process = self._unwanted = self._process
        if process is not None:
            _end_tree(process)
            self._bury(process, self._streams)

    def _ensure_started(self) -> None:
        if self._process is not None and self._process.is_alive():
            return
        if self.refusal is not None:
            raise self.refusal
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_run,
            args=(self._target, theirs, *self._arguments),
            name=f"allmende-{self.name}",
            daemon=True,
        )
        started = time.monotonic()
        process.start()
        theirs.close()
        self._process, self._connection, self._streams = process, ours, {}
        threading.Thread(
            target=self._listen,
            args=(ours, process, self._streams),
            name=f"listen-{self.name}",
            daemon=True,
        ).start()
        _log.info("%s started in %.2f s", self.name, time.monotonic() - started)

    def _listen(
        self, connection: Connection, process: BaseProcess, streams: dict[int, Stream]
    ) -> None:
        try:
            while True:
                self._dispatch(streams, *unpack(connection.recv_bytes()))
        except (EOFError, OSError):
            self._bury(process, streams)
        except (ValueError, KeyError, TypeError, struct.error):
            # It does not speak our language any more: better none than this one.
            _log.error("%s sent a frame of the wrong shape", self.name)
            process.kill()
            self._bury(process, streams)

    def _dispatch(
        self, streams: dict[int, Stream], kind: Frame, number: int, body: bytes
    ) -> None:
        stream = streams.get(number)
        if stream is None:
            return
        if kind is Frame.VALUE:
            try:
                stream.put(codec.decode(body, self._answers))
            except (ValueError, KeyError, TypeError):
                _log.error("%s sent a message of the wrong shape", self.name)
                streams.pop(number, None)
                stream.put(WorkerDied(self.name, None))
            return
        streams.pop(number, None)
        stream.put(codec.decode_error(json.loads(body)) if body else _END)

    def _bury(self, process: BaseProcess | None, streams: dict[int, Stream]) -> None:
        if process is None:
            return
        process.join(1.0)
        with self._lock:
            if self._process is process:
                self._process = self._connection = None
            lost = list(streams.values())
            streams.clear()
        if lost and process.exitcode != 0 and process is not self._unwanted:
            _log.error("%s died with code %s", self.name, process.exitcode)
        for stream in lost:
            stream.put(WorkerDied(self.name, process.exitcode))

    def _cancel(self, number: int) -> None:
        connection = self._connection
        if number in self._streams and connection is not None:
            with contextlib.suppress(OSError):
                self._send(connection, pack(Frame.CANCEL, number))

    def _send(
        self,
        connection: Connection | None,
        data: bytes,
        before: bytes = b"",
        file: int | None = None,
    ) -> None:
        if connection is None:
            raise OSError("no child")
        with self._send_lock:
            if file is not None:
                connection.send_bytes(before)
                reduction.send_handle(connection, file, 0)
            connection.send_bytes(data)


def _end_tree(process: BaseProcess) -> None:
    """End a process at once; on Windows with the programs that it started.

    Elsewhere these see themselves that it ended.
    """
    if sys.platform == "win32":
        subprocess.run(
            ["taskkill", "/T", "/F", "/PID", str(process.pid)],
            check=False,
            capture_output=True,
        )
    process.kill()


def _run(
    target: Callable[..., None], connection: Connection, *arguments: object
) -> None:
    """Run in the child: what it cannot handle goes to the log, not to the terminal."""
    # A child may have a child of its own (the index child reads files in one). It ends
    # as soon as we do, which is what the standard library wants to be sure of.
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined] # noqa: SLF001
    # The terminal's Ctrl+C is the parent's to answer; it then cancels us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        target(connection, *arguments)
    except Exception as error:  # noqa: BLE001 - the border of the process
        start_log()
        _log.error("child failed: %s", describe(error))
        os._exit(1)
    # Threads may still be inside a library that does not like to be torn down.
    logging.shutdown()
    os._exit(0)
