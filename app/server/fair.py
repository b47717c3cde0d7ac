"""A queue that is fair between clients, however many requests each of them sends.

The clients take turns; within a client the first request comes first. Everybody can ask
for the own place, which never gets worse by what one other client sends more than once.

Invariant: at most `slots` tickets hold a turn at any moment, and a ticket that left, in
whatever way, holds none (`tests/server/test_fair.py`). Use it from one event loop.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from app.errors import AppError
from app.i18n import N_


class Full(AppError):
    """More wait than can be served in reasonable time."""

    def __init__(self) -> None:
        super().__init__(
            N_("Too many questions are waiting here."), N_("Try again in a minute.")
        )


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How many may wait: of one client, and in all."""

    per_client: int = 40
    total: int = 400


class FairQueue:
    """Hands out turns."""

    def __init__(self, slots: int, limits: QueueLimits) -> None:
        self.slots = slots
        self._limits = limits
        self._waiting: OrderedDict[str, deque[Ticket]] = OrderedDict()
        self._held: set[Ticket] = set()
        self._changed = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Return how many tickets wait."""
        return sum(map(len, self._waiting.values()))

    @property
    def busy(self) -> int:
        """Return how many tickets hold a turn."""
        return len(self._held)

    def enter(self, client: str) -> Ticket:
        """Take a place in the queue. Raises Full."""
        mine = len(self._waiting.get(client, ()))
        if mine >= self._limits.per_client or self.waiting >= self._limits.total:
            raise Full
        ticket = Ticket(self, client)
        self._waiting.setdefault(client, deque()).append(ticket)
        self._move_up()
        return ticket

    def place_of(self, ticket: Ticket) -> int:
        """Return how many turns come before a ticket's, itself counted; 0: it has one."""
        mine = self._waiting.get(ticket.client)
        if ticket in self._held or mine is None or ticket not in mine:
            return 0
        rank = mine.index(ticket)
        place, before = rank + 1, True
        for client, tickets in self._waiting.items():
            if client == ticket.client:
                before = False
            else:
                place += min(len(tickets), rank + before)
        return place

    def leave(self, ticket: Ticket) -> None:
        """Give up a turn or a place; harmless the second time."""
        self._held.discard(ticket)
        mine = self._waiting.get(ticket.client)
        if mine is not None and ticket in mine:
            mine.remove(ticket)
            if not mine:
                del self._waiting[ticket.client]
        self._move_up()

    async def change(self) -> None:
        """Wait until somebody came, left or moved up."""
        await self._changed.wait()

    def _move_up(self) -> None:
        while self._waiting and len(self._held) < self.slots:
            client, tickets = self._waiting.popitem(last=False)
            self._held.add(tickets.popleft())
            if tickets:
                self._waiting[client] = tickets
        self._changed.set()
        self._changed = asyncio.Event()


class Ticket:
    """A place in the queue, later a turn."""

    def __init__(self, queue: FairQueue, client: str) -> None:
        self.client = client
        self._queue = queue

    @property
    def place(self) -> int:
        """Return the place; 1 is next, 0 means that it is this ticket's turn."""
        return self._queue.place_of(self)

    async def places(self) -> AsyncIterator[int]:
        """Yield the place whenever it changed, until it is this ticket's turn."""
        told = 0
        while place := self.place:
            if place != told:
                told = place
                yield place
            if self.place:
                await self._queue.change()

    def leave(self) -> None:
        """Give up turn or place."""
        self._queue.leave(self)
