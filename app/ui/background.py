"""Work off the main thread, answered on it.

A task runs one callable, or iterates one generator, on a thread of its own. Its events,
its end or its failure arrive through callbacks on the GUI thread, in order.

What must not be done inside the work: touch a widget or any other QObject, keep state
that the GUI also writes, or show a message. The work gets what it needs as arguments
and hands back values.

Invariant: a thread never outlives its task (`tests/ui/conftest.py` fails on threads
that are left over), and after `close` no callback is called any more.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.errors import Cancelled

T = TypeVar("T")
StopCheck = Callable[[], bool]
OnFailed = Callable[[Exception], None]
THREAD_NAME = "background"
_TURN_S = 0.006


def _ignore(*_values: object) -> None:
    """Take what nobody waits for."""


class Task(QObject):
    """One piece of work. Made by `Background`; `cancel` is all that others call."""

    _arrived = Signal()

    def __init__(
        self,
        owner: Background,
        work: Callable[[StopCheck], Iterator[Any]],
        callbacks: dict[str, Callable[..., None]],
        runs_on: bool,
    ) -> None:
        super().__init__()
        self._owner = owner
        self._work = work
        self._callbacks = callbacks
        self._runs_on = runs_on
        self._cancelled = threading.Event()
        self._told: deque[tuple[str, object]] = deque()
        self._knocked = False
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self.thread_of_work = threading.Thread(
            target=self._run, name=THREAD_NAME, daemon=True
        )

    def cancel(self) -> None:
        """Ask the work to end; it ends at its next event and still tells its end."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether someone asked the work to end."""
        return self._cancelled.is_set()

    def _run(self) -> None:
        try:
            events = self._work(self._cancelled.is_set)
            for event in events:
                self._tell("event", event)
                if self.cancelled and not self._runs_on:
                    break
            if isinstance(events, Generator):
                events.close()
        except Cancelled:
            self._tell("end", None)
        except Exception as error:  # noqa: BLE001 - the border: every failure is told
            self._tell("failed", error)
        else:
            self._tell("end", None)

    def _tell(self, kind: str, value: object) -> None:
        self._told.append((kind, value))
        if not self._knocked:
            self._knocked = True
            # Where the window went without waiting, nobody is left to be told.
            with contextlib.suppress(RuntimeError):
                self._arrived.emit()

    @Slot()
    def _deliver(self) -> None:
        """Hand on what was told; after a few milliseconds other things have their turn."""
        self._knocked = False
        until = time.monotonic() + _TURN_S
        try:
            while self._told and time.monotonic() < until:
                self._hand_on(*self._told.popleft())
        finally:
            if self._told:
                QTimer.singleShot(0, self, self._deliver)

    def _hand_on(self, kind: str, value: object) -> None:
        if kind != "event":
            # Telling it was the thread's last act; joined here, it cannot be the
            # one that drops the last reference to this object.
            self.thread_of_work.join()
            self._owner.forget(self)
        if not self._owner.closed:
            values = () if kind == "end" else (value,)
            self._callbacks[kind](*values)


class Background(QObject):
    """Starts tasks and ends them all when the window closes.

    `failed` carries failures for which the caller named no place.
    """

    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: set[Task] = set()
        self.closed = False

    def run(
        self,
        work: Callable[[], T],
        on_done: Callable[[T], None] = _ignore,
        on_failed: OnFailed | None = None,
    ) -> Task:
        """Run `work` and hand its result to `on_done`."""

        def once(_stop: StopCheck) -> Iterator[T]:
            yield work()

        return self.stream(once, on_event=on_done, on_failed=on_failed)

    def stream(
        self,
        work: Callable[[StopCheck], Iterator[T]],
        on_event: Callable[[T], None] = _ignore,
        on_end: Callable[[], None] = _ignore,
        on_failed: OnFailed | None = None,
        runs_on: bool = False,
    ) -> Task:
        """Iterate what `work` returns and hand on each event.

        A cancelled task closes the iterator after its next event and calls `on_end`.
        With `runs_on` the iterator is run to its end instead: it asks the stop check
        it was given and ends in its own way.
        """
        callbacks: dict[str, Callable[..., None]] = {
            "event": on_event,
            "end": on_end,
            "failed": on_failed or self.failed.emit,
        }
        task = Task(self, work, callbacks, runs_on)
        self._tasks.add(task)
        task.thread_of_work.start()
        return task

    def forget(self, task: Task) -> None:
        """Drop a task that has ended."""
        self._tasks.discard(task)

    def close(self) -> None:
        """Cancel everything; nothing is delivered any more."""
        self.closed = True
        for task in self._tasks:
            task.cancel()

    def wait(self, patience_s: float = 2.0) -> bool:
        """Wait for all threads to end; tell whether they did."""
        until = time.monotonic() + patience_s
        for task in list(self._tasks):
            task.thread_of_work.join(max(0.0, until - time.monotonic()))
        return not any(task.thread_of_work.is_alive() for task in self._tasks)


class Lane:
    """Short pieces of work, one after the other in the order they were given.

    For what must not overtake: writes to one database. `drain` does what is left at
    once, on the calling thread, so that closing the window loses nothing.
    """

    def __init__(self, background: Background) -> None:
        self._background = background
        self._waiting: deque[_Piece] = deque()
        self._task: Task | None = None

    def run(
        self,
        work: Callable[[], T],
        on_done: Callable[[T], None] = _ignore,
        on_failed: OnFailed | None = None,
    ) -> None:
        """Run `work` after all that was given before it."""
        self._waiting.append(_Piece(work, on_done, on_failed))
        if self._task is None:
            self._next()

    def drain(self) -> None:
        """Finish everything now; failures are reported, results handed to nobody."""
        if self._task is not None:
            self._task.thread_of_work.join()
        while self._waiting:
            piece = self._waiting.popleft()
            try:
                piece.work()
            except Exception as error:  # noqa: BLE001 - told like any other failure
                self._background.failed.emit(error)

    def _next(self) -> None:
        self._task = None
        if not self._waiting:
            return
        piece = self._waiting.popleft()

        def done(value: object) -> None:
            piece.on_done(value)

        def failed(error: Exception) -> None:
            (piece.on_failed or self._background.failed.emit)(error)
            self._next()

        self._task = self._background.stream(
            lambda _stop: iter([piece.work()]), done, self._next, failed, runs_on=True
        )


@dataclass(frozen=True, slots=True)
class _Piece:
    work: Callable[[], Any]
    on_done: Callable[[Any], None]
    on_failed: OnFailed | None
