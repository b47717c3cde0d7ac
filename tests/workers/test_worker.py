"""Real child processes: streams, failures, cancelling, crashes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app import codec
from app.errors import AppError, Cancelled, ModelError, WorkerDied
from app.workers.child import Child, Job, Route
from app.workers.worker import Stream, Worker


@dataclass(frozen=True, slots=True)
class Count:
    to: int
    lane: str = "main"


@dataclass(frozen=True, slots=True)
class Quick:
    pass


@dataclass(frozen=True, slots=True)
class Fail:
    how: str


@dataclass(frozen=True, slots=True)
class Number:
    value: int
    data: bytes = b""
    pairs: tuple[tuple[str, str], ...] = ()
    maybe: float | None = None


ANSWERS = codec.registry_of(Number)


def child(connection: object) -> None:
    def count(job: Job) -> Iterator[Number]:
        value = 0
        while job.message.to < 0 or value < job.message.to:
            value += 1
            yield Number(value, b"\x00\xff", (("a", "b"),), 0.5)

    def quick(_job: Job) -> Iterator[Number]:
        yield Number(os.getpid())

    def fail(job: Job) -> Iterator[Number]:
        yield Number(1)
        if job.message.how == "sentence":
            raise ModelError("broken {file}", "mend", file="x")
        if job.message.how == "ours":
            raise KeyError("secret words")
        os.kill(os.getpid(), 9)

    routes = {
        Count: Route(count, "slow"),
        Quick: Route(quick, "quick"),
        Fail: Route(fail, "main"),
    }
    Child(connection, routes).serve()  # type: ignore[arg-type]


def short_lived_child(connection: object) -> None:
    def quick(_job: Job) -> Iterator[Number]:
        yield Number(os.getpid())

    Child(connection, {Quick: Route(quick)}, idle_s=0.1).serve()  # type: ignore[arg-type]


class Starved:
    """A connection of a process that gets no memory any more, one way or the other."""

    def __init__(self, connection: Any, deaf: bool) -> None:
        self._connection = connection
        self._deaf = deaf
        self._heard = 0

    def poll(self, wait_s: float | None) -> bool:
        if self._deaf and self._heard:
            raise MemoryError
        return bool(self._connection.poll(wait_s))

    def recv_bytes(self) -> bytes:
        self._heard += 1
        return bytes(self._connection.recv_bytes())

    def send_bytes(self, data: bytes) -> None:
        if not self._deaf:
            raise MemoryError
        self._connection.send_bytes(data)


def starved_child(connection: object, deaf: bool) -> None:
    child(Starved(connection, deaf))


@pytest.mark.expects_warnings
@pytest.mark.parametrize("deaf", [True, False], ids=["deaf", "dumb"])
def test_a_child_without_memory_ends_instead_of_never_answering(deaf: bool) -> None:
    worker = Worker("test child", starved_child, (deaf,), ANSWERS)
    stream = worker.ask(Count(-1))
    with pytest.raises(WorkerDied):
        _listen_for(stream, 20)
    worker.close()


def _listen_for(stream: Stream, limit_s: float) -> None:
    end_s = time.monotonic() + limit_s
    while time.monotonic() < end_s:
        stream.take(end_s - time.monotonic())


@pytest.fixture
def worker() -> Iterator[Worker]:
    result = Worker("test child", child, (), ANSWERS)
    yield result
    result.close()


def test_values_arrive_typed_and_in_order(worker: Worker) -> None:
    numbers = list(worker.ask(Count(5)))
    assert [number.value for number in numbers] == [1, 2, 3, 4, 5]
    assert numbers[0] == Number(1, b"\x00\xff", (("a", "b"),), 0.5)


def test_a_quick_request_passes_a_long_one(worker: Worker) -> None:
    long = worker.ask(Count(-1))
    assert next(iter(long)).value == 1
    assert worker.ask_one(Quick()).value == worker.pid
    long.close()


def test_cancelling_ends_the_stream(worker: Worker) -> None:
    stream = worker.ask(Count(-1))
    iterator = iter(stream)
    next(iterator)
    stream.cancel()
    with pytest.raises(Cancelled):
        for _ in iterator:
            pass
    assert len(list(worker.ask(Count(3)))) == 3


def test_a_sentence_crosses_the_border(worker: Worker) -> None:
    with pytest.raises(ModelError, match="broken x mend"):
        list(worker.ask(Fail("sentence")))


def test_our_mistakes_cross_without_their_words(worker: Worker) -> None:
    with pytest.raises(AppError) as caught:
        list(worker.ask(Fail("ours")))
    assert "KeyError" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.expects_warnings
def test_a_killed_child_is_a_sentence_and_comes_back(worker: Worker) -> None:
    waiting = worker.ask(Count(-1))
    with pytest.raises(WorkerDied):
        list(worker.ask(Fail("die")))
    with pytest.raises(WorkerDied):
        for _ in waiting:
            pass
    assert len(list(worker.ask(Count(2)))) == 2


def test_closing_ends_the_process(worker: Worker) -> None:
    pid = worker.ask_one(Quick()).value
    stream = worker.ask(Count(-1))
    threading.Timer(0.05, stream.cancel).start()
    worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_idle_child_ends_and_comes_back_when_needed() -> None:
    worker = Worker("idle child", short_lived_child, (), ANSWERS)
    try:
        first = worker.ask_one(Quick()).value
        while worker.pid is not None:
            time.sleep(0.02)
        assert worker.ask_one(Quick()).value != first
    finally:
        worker.close()


def test_a_foreign_type_is_refused() -> None:
    data = codec.encode(Quick())
    with pytest.raises(ValueError, match="unexpected"):
        codec.decode(data, ANSWERS)


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"Number","value":{"value":"1"}}',
        b'{"type":"Number","value":{"value":1,"more":2}}',
        b'{"type":"Number","value":{"value":1,"pairs":[["a"]]}}',
        b'{"type":"Number","value":[1]}',
    ],
)
def test_a_message_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises((ValueError, TypeError)):
        codec.decode(body, ANSWERS)
