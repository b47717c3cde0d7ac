"""Where blocking work meets the event loop: one turn at a time, and none is lost.

Search has two slots of its own, so that a question whose answer is not in the documents,
or is all quotations, never waits for the model. The model has as many slots as its
engine can serve: one on this computer.

Invariant: a turn is given back when its thread has really ended, not when the client
has gone; two generations never meet in one engine.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar

from app.server.fair import FairQueue, QueueLimits, Ticket

T = TypeVar("T")
_ALIVE_S = 10.0
_SEARCHES = 2
_END = object()


@dataclass(frozen=True, slots=True)
class Queued:
    """It is not this request's turn yet; `place` 1 is next."""

    place: int


@dataclass(frozen=True, slots=True)
class Alive:
    """Nothing new, but work goes on."""


class Halt:
    """Tells work to end: asked from its thread, set from the event loop."""

    def __init__(self, closing: threading.Event) -> None:
        self._closing = closing
        self._set = False

    def set(self) -> None:
        """End the work."""
        self._set = True

    def __call__(self) -> bool:
        """Tell whether to end."""
        return self._set or self._closing.is_set()


class Desk:
    """Runs iterators in threads, in a fair order."""

    def __init__(self, speakers: int = 1, limits: QueueLimits | None = None) -> None:
        limits = limits or QueueLimits()
        self.searching = FairQueue(_SEARCHES, limits)
        self.speaking = FairQueue(speakers, limits)
        self._closing = threading.Event()
        self._threads = ThreadPoolExecutor(_SEARCHES + speakers, "serve")

    def halt(self) -> Halt:
        """Return what ends one request's work."""
        return Halt(self._closing)

    def begin_closing(self) -> None:
        """End all work as soon as its threads look up."""
        self._closing.set()

    def close(self) -> None:
        """Wait for the threads."""
        self._closing.set()
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def run(
        self,
        queue: FairQueue,
        client: str,
        halt: Halt,
        work: Callable[[], Iterator[T]],
    ) -> AsyncIterator[Queued | Alive | T]:
        """Yield places in the queue, then what `work` yields in a thread.

        Raises Full, and what `work` raises. Leaving before the end sets `halt`.
        """
        ticket = queue.enter(client)
        started = ended = False
        try:
            async with aclosing(ticket.places()) as places:  # type: ignore[type-var]
                async for place in places:
                    yield Queued(place)
            arrived: asyncio.Queue[Any] = asyncio.Queue()
            self._start(ticket, arrived, halt, work)
            started = True
            while True:
                item = await _next(arrived)
                if item is _END:
                    ended = True
                    return
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            if not ended:
                halt.set()
            if not started:
                ticket.leave()

    def _start(
        self,
        ticket: Ticket,
        arrived: asyncio.Queue[Any],
        halt: Halt,
        work: Callable[[], Iterator[T]],
    ) -> None:
        loop = asyncio.get_running_loop()

        def tell(item: object) -> None:
            loop.call_soon_threadsafe(arrived.put_nowait, item)

        def labour() -> None:
            try:
                if not halt():
                    for item in work():
                        tell(item)
                tell(_END)
            except Exception as error:  # noqa: BLE001 - raised again in the loop
                tell(error)
            finally:
                loop.call_soon_threadsafe(ticket.leave)

        self._threads.submit(labour)


async def _next(arrived: asyncio.Queue[Any]) -> Any:
    try:
        async with asyncio.timeout(_ALIVE_S):
            return await arrived.get()
    except TimeoutError:
        return Alive()
