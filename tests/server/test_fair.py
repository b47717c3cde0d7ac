"""The queue: fair, bounded, and nobody is lost in it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app.server.fair import FairQueue, Full, QueueLimits, Ticket
from tests.server.conftest import QUESTION, SlowEngine

ASKED = [{"role": "user", "content": QUESTION}]


def run(check: Callable[[], Any]) -> None:
    async def inside() -> None:
        check()

    asyncio.run(inside())


def test_clients_take_turns() -> None:
    def check() -> None:
        queue = FairQueue(1, QueueLimits())
        first = queue.enter("a")
        tickets = [queue.enter(c) for c in "aaabbc"]
        assert first.place == 0
        # a b c a b a: what a sends more of does not make b and c wait longer.
        assert [t.place for t in tickets] == [1, 4, 6, 2, 5, 3]
        order, current = [], first
        for _ in tickets:
            current.leave()
            current = next(t for t in tickets if t.place == 0 and t not in order)
            order.append(current)
        assert [t.client for t in order] == list("abcaba")

    run(check)


def test_a_place_is_how_many_turns_come_first() -> None:
    def check() -> None:
        queue = FairQueue(2, QueueLimits())
        held = [queue.enter("x"), queue.enter("y")]
        waiting = [queue.enter(c) for c in "aabca"]
        told = {t: t.place for t in waiting}
        served: list[Ticket] = []
        while len(served) < len(waiting):
            held.pop(0).leave()
            new = [t for t in waiting if t.place == 0 and t not in served]
            served += new
            held += new
        assert [told[t] for t in served] == [1, 2, 3, 4, 5]

    run(check)


def test_leaving_frees_the_place_and_the_turn() -> None:
    def check() -> None:
        queue = FairQueue(1, QueueLimits())
        a, b, c = (queue.enter(name) for name in "abc")
        b.leave()
        b.leave()
        assert (a.place, c.place, queue.waiting) == (0, 1, 1)
        a.leave()
        assert (c.place, queue.busy) == (0, 1)
        c.leave()
        assert (queue.busy, queue.waiting) == (0, 0)

    run(check)


def test_too_many_are_refused() -> None:
    def check() -> None:
        queue = FairQueue(1, QueueLimits(per_client=2, total=3))
        for client in "aaabb"[:3]:
            queue.enter(client)
        with pytest.raises(Full):
            queue.enter("a")
        queue.enter("b")
        with pytest.raises(Full):
            queue.enter("c")

    run(check)


def post(address: str, **body: Any) -> httpx.Response:
    return httpx.post(
        f"{address}/v1/chat/completions",
        json={"messages": ASKED, **body},
        timeout=120,
        trust_env=False,
    )


def test_the_place_is_seen_in_the_stream(address: str, say: Callable[..., Any]) -> None:
    say(SlowEngine(words=5, pause_s=0.1))
    with ThreadPoolExecutor(3) as pool:
        made = list(
            pool.map(lambda _: post(address, model="tiny", stream=True).text, range(3))
        )
    assert all(text.endswith("[DONE]\n\n") for text in made)
    assert sorted(": queue 1\n" in text for text in made) == [False, True, True]
    assert any(": queue 2\n" in text for text in made)
    lines = httpx.post(
        f"{address}/api/chat",
        json={"model": "tiny", "messages": ASKED},
        trust_env=False,
        timeout=20,
    ).text.splitlines()
    assert json.loads(lines[-1])["done"]


def test_eight_at_once_lose_nothing_and_never_share_the_model(
    address: str, say: Callable[..., Any]
) -> None:
    engine = say(SlowEngine(words=20, pause_s=0.01))
    ends: list[float] = []
    lock = threading.Lock()
    started = time.monotonic()

    def ask(number: int) -> str:
        answer = post(address, model="tiny" if number % 2 else "base:Handbuch")
        assert answer.status_code == 200
        with lock:
            ends.append(time.monotonic() - started)
        return str(answer.json()["choices"][0]["message"]["content"])

    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(ask, range(8)))
    assert engine.most == 1
    assert all("w19" in text for text in texts)
    # Fair share: eight times what one costs. Nobody waits twice as long.
    assert max(ends) < 2 * (8 * 20 * 0.01) + 4


def test_what_needs_no_model_does_not_wait_for_it(
    address: str, say: Callable[..., Any]
) -> None:
    engine = say(SlowEngine(words=400, pause_s=0.01))
    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(post, address, model="tiny", max_tokens=400)
        while not engine.speaking:
            time.sleep(0.01)
        unknown = [{"role": "user", "content": "Wie hoch ist der Mount Everest?"}]
        answer = post(address, model="base:Handbuch", messages=unknown)
        assert answer.json()["abstained"]
        assert not long.done()
        assert long.result().status_code == 200


@pytest.mark.slow
def test_a_thousand_at_once_are_survived(serving: Any, say: Callable[..., Any]) -> None:
    engine = say(SlowEngine(words=3))
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4_096:
        pytest.skip("needs 4,096 open files: both ends are in this process")
    body = {"model": "tiny", "messages": ASKED}

    async def flood(address: str) -> list[int]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            limits=limits, timeout=120, trust_env=False
        ) as client:
            url = f"{address}/v1/chat/completions"
            made = await asyncio.gather(
                *(client.post(url, json=body) for _ in range(1_000))
            )
        return [answer.status_code for answer in made]

    with serving() as listener:
        codes = asyncio.run(flood(listener.address))
        assert set(codes) <= {200, 429, 503}
        assert codes.count(200) >= 40
        assert engine.most == 1
        assert post(listener.address, model="tiny").status_code in (200, 429)
        health = httpx.get(f"{listener.address}/health", trust_env=False).json()
        assert health == {"status": "ok", "speaking": 0, "waiting": 0}
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
