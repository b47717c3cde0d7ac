from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.errors import Cancelled, UsageError
from app.ui.background import Background


@pytest.fixture
def background(qtbot: QtBot) -> Iterator[Background]:
    background = Background()
    yield background
    background.close()
    assert background.wait()


def test_a_result_arrives_on_the_gui_thread(
    qtbot: QtBot, background: Background
) -> None:
    threads: dict[str, int] = {}
    results = []

    def work() -> int:
        threads["work"] = threading.get_ident()
        return 42

    def done(value: int) -> None:
        threads["done"] = threading.get_ident()
        results.append(value)

    background.run(work, done)
    qtbot.waitUntil(lambda: results == [42])
    assert threads["done"] == threading.get_ident() != threads["work"]


def test_a_failure_goes_to_its_place_or_to_all(
    qtbot: QtBot, background: Background
) -> None:
    def work() -> None:
        raise UsageError("no")

    failures: list[Exception] = []
    background.run(work, on_failed=failures.append)
    qtbot.waitUntil(lambda: len(failures) == 1)
    with qtbot.waitSignal(background.failed) as heard:
        background.run(work)
    assert isinstance(heard.args[0], UsageError)


def test_events_come_in_order_and_then_the_end(
    qtbot: QtBot, background: Background
) -> None:
    seen: list[object] = []
    background.stream(
        lambda _stop: iter(range(500)), seen.append, lambda: seen.append("end")
    )
    qtbot.waitUntil(lambda: "end" in seen)
    assert seen == [*range(500), "end"]


def test_cancelling_closes_the_generator(qtbot: QtBot, background: Background) -> None:
    closed, ended, seen = threading.Event(), [], []

    def work(_stop: Callable[[], bool]) -> Iterator[int]:
        try:
            number = 0
            while True:
                yield number
                number += 1
                threading.Event().wait(0.001)
        except GeneratorExit:
            closed.set()
            raise

    task = background.stream(work, seen.append, lambda: ended.append(True))
    qtbot.waitUntil(lambda: len(seen) > 3)
    task.cancel()
    qtbot.waitUntil(lambda: bool(ended))
    assert closed.is_set()


def test_a_task_that_runs_on_ends_in_its_own_way(
    qtbot: QtBot, background: Background
) -> None:
    seen: list[str] = []

    def work(stop: Callable[[], bool]) -> Iterator[str]:
        yield "first"
        while not stop():
            threading.Event().wait(0.001)
        yield "last words"

    task = background.stream(work, seen.append, runs_on=True)
    qtbot.waitUntil(lambda: seen == ["first"])
    task.cancel()
    qtbot.waitUntil(lambda: seen == ["first", "last words"])


def test_cancelled_is_an_end_and_no_failure(
    qtbot: QtBot, background: Background
) -> None:
    def work() -> None:
        raise Cancelled

    ended: list[bool] = []

    def stream(_stop: Callable[[], bool]) -> Iterator[None]:
        work()
        yield

    background.stream(stream, on_end=lambda: ended.append(True))
    qtbot.waitUntil(lambda: ended == [True])


def test_after_close_nothing_is_delivered(qtbot: QtBot) -> None:
    background, gate, seen = Background(), threading.Event(), []

    def work() -> int:
        gate.wait(5)
        return 1

    background.run(work, seen.append)
    background.close()
    gate.set()
    assert background.wait()
    qtbot.wait(1)
    assert seen == []
