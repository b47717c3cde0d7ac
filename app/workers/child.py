"""The child's side: take requests, run them in lanes, send what they yield.

A *lane* is a thread that works its requests off in order. Lanes let a search pass a
long indexing job; the lane "main" runs on the process's main thread, which some
libraries want.

Invariant: a handler that is cancelled sees `Job.cancelled` within its own steps; the
child ends by itself as soon as its parent is gone, and as soon as one of its threads
cannot go on (no memory is left): a child that lives answers.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import Any

from app import codec
from app.errors import AppError, Cancelled
from app.log import describe, get_logger
from app.workers.protocol import Frame, pack, unpack

_log = get_logger("workers.child")
_REST_S = 0.7
_NICE = 5
# sysexits.h, EX_OSERR: what the system did not give, memory for instance.
_CANNOT_GO_ON = 71
# BELOW_NORMAL_PRIORITY_CLASS of Windows.
_BELOW_NORMAL = 0x4000


def step_back() -> None:
    """Let the window and the model come first where there are too few processors.

    Lowered for good, and inherited by children: on an idle computer it costs nothing.
    """
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.WinDLL("kernel32")
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL)
    else:
        with contextlib.suppress(OSError):
            os.nice(_NICE)


def _nobody(_value: object) -> None:
    pass


def _close(file: int | None) -> None:
    if file is not None:
        with contextlib.suppress(OSError):
            os.close(file)


@dataclass(slots=True)
class Job:
    """One request while it is being worked on.

    `tell` sends a value at once, for what happens deep inside a library's call. `file`
    is the open file that came along, closed when the request ends; a handler that wants
    it for longer takes it away.
    """

    number: int
    message: Any
    cancelled_event: threading.Event = field(default_factory=threading.Event)
    tell: Callable[[object], None] = _nobody
    file: int | None = None

    def take_file(self) -> int | None:
        """Return the open file, which the caller closes from now on."""
        file, self.file = self.file, None
        return file

    def cancelled(self) -> bool:
        """Tell whether the parent has lost interest."""
        return self.cancelled_event.is_set()

    def check(self) -> None:
        """Raise Cancelled when the parent has lost interest."""
        if self.cancelled():
            raise Cancelled


Handler = Callable[[Job], Iterator[object]]


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers a kind of message, and on which lane."""

    handler: Handler
    lane: str = "main"


class Child:
    """Serves one connection until its parent closes it.

    With `idle_s` it also ends after so many seconds without any request, and gives
    its memory back; the parent starts a new one when it needs it.
    """

    def __init__(
        self,
        connection: Connection,
        routes: Mapping[type, Route],
        idle_s: float | None = None,
    ) -> None:
        self._idle_s = idle_s
        self._connection = connection
        self._routes = dict(routes)
        self._registry = codec.registry_of(*routes)
        self._lanes: dict[str, queue.SimpleQueue[Job | None]] = {
            route.lane: queue.SimpleQueue() for route in routes.values()
        }
        self._lanes.setdefault("main", queue.SimpleQueue())
        self._jobs: dict[int, Job] = {}
        self._files: dict[int, int] = {}
        self._lock = threading.Lock()

    def serve(self) -> bool:
        """Work until the parent says quit or is gone.

        Returns whether every lane has come to rest, so that files can be closed.
        """
        threading.Thread(target=self._listen, name="listen", daemon=True).start()
        lanes = [
            threading.Thread(
                target=self._work, args=(lane,), name=f"lane-{lane}", daemon=True
            )
            for lane in self._lanes
            if lane != "main"
        ]
        for thread in lanes:
            thread.start()
        self._work("main")
        for thread in lanes:
            thread.join(_REST_S)
        return not any(thread.is_alive() for thread in lanes)

    def _listen(self) -> None:
        try:
            while self._wait():
                kind, number, body = unpack(self._connection.recv_bytes())
                if kind is Frame.FILE:
                    self._files[number] = reduction.recv_handle(self._connection)
                elif kind is Frame.ASK:
                    self._accept(number, body)
                elif kind is Frame.CANCEL and (job := self._jobs.get(number)):
                    job.cancelled_event.set()
                elif kind is Frame.QUIT:
                    break
        except (EOFError, OSError):
            # The parent is gone: nobody is left to answer to, so end at once.
            os._exit(0)
        except Exception:  # noqa: BLE001 - no memory, or a mistake of ours
            # Nobody would hear the parent any more, and it would wait for ever.
            os._exit(_CANNOT_GO_ON)
        for job in list(self._jobs.values()):
            job.cancelled_event.set()
        for lane in self._lanes.values():
            lane.put(None)

    def _wait(self) -> bool:
        """Wait for the next frame; False when nothing came and nothing is being done."""
        while not self._connection.poll(self._idle_s):
            if not self._jobs:
                return False
        return True

    def _accept(self, number: int, body: bytes) -> None:
        file = self._files.pop(number, None)
        try:
            message = codec.decode(body, self._registry)
        except (ValueError, KeyError, TypeError) as error:
            _close(file)
            self._fail(number, error)
            return
        job = Job(
            number, message, tell=lambda value: self._tell(number, value), file=file
        )
        self._jobs[number] = job
        self._lanes[self._routes[type(message)].lane].put(job)

    def _work(self, lane: str) -> None:
        try:
            while (job := self._lanes[lane].get()) is not None:
                self._run(job)
        except Exception:  # noqa: BLE001 - no memory, or a mistake of ours
            # Not even the failure could be told. The parent hears of a child's end.
            os._exit(_CANNOT_GO_ON)

    def _run(self, job: Job) -> None:
        try:
            stream = self._routes[type(job.message)].handler(job)
            with contextlib.closing(stream):  # type: ignore[type-var]
                for value in stream:
                    self._tell(job.number, value)
                    job.check()
            self._send(Frame.END, job.number)
        except Exception as error:  # noqa: BLE001 - the border: every failure is a message
            self._fail(job.number, error)
        finally:
            _close(job.take_file())
            self._jobs.pop(job.number, None)

    def _tell(self, number: int, value: object) -> None:
        self._send(Frame.VALUE, number, codec.encode(value))

    def _fail(self, number: int, error: BaseException) -> None:
        if not isinstance(error, AppError | Cancelled):
            _log.error("request failed: %s", describe(error))
        body = json.dumps(codec.encode_error(error), ensure_ascii=False).encode(
            "utf-8", "replace"
        )
        self._send(Frame.FAIL, number, body)

    def _send(self, kind: Frame, number: int, body: bytes = b"") -> None:
        with self._lock:
            try:
                self._connection.send_bytes(pack(kind, number, body))
            except (BrokenPipeError, OSError):
                os._exit(0)
