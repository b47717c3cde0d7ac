"""A server that lies, hangs, cuts and floods never breaks a search.

A proxy before a real server bends what passes through it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.index import shared
from tests.chroma_server import Bent, Guard, guarded, real_chroma
from tests.index.test_shared import Computer, until

pytestmark = pytest.mark.enable_socket


class Query(Bent):
    """Bends the answers to searches only."""

    def answered(self, guard: Guard, path: str, status: int, body: bytes) -> None:
        if path.endswith("/query"):
            self.bend(guard, body)
        else:
            guard.answer(status, body)

    def bend(self, guard: Guard, body: bytes) -> None:
        guard.answer(200, self.changed(body))

    def changed(self, body: bytes) -> bytes:
        raise NotImplementedError


class WrongIds(Query):
    def changed(self, body: bytes) -> bytes:
        data = json.loads(body)
        data["ids"] = [[f"{n:032x}" for n in range(len(data["ids"][0]))]]
        return json.dumps(data).encode()


class OddIds(Query):
    def changed(self, body: bytes) -> bytes:
        data = json.loads(body)
        odd = ["", "ä" * 32, "\x00" * 32, "../../etc/passwd", "9" * 400, "z" * 32]
        data["ids"] = [(odd * 100)[: len(data["ids"][0])]]
        return json.dumps(data).encode()


class Lies(Query):
    """The right passages, and wrong distances."""

    def changed(self, body: bytes) -> bytes:
        data = json.loads(body)
        data["distances"] = [[0.0 for _ in data["distances"][0]]]
        return json.dumps(data).encode()


class KeepsBack(Query):
    """Answers with the farthest passages, as consistently as can be."""

    def asked(self, path: str, body: bytes) -> bytes:
        if not path.endswith("/query"):
            return body
        data = json.loads(body)
        data["query_embeddings"] = [[-x for x in data["query_embeddings"][0]]]
        return json.dumps(data).encode()

    def changed(self, body: bytes) -> bytes:
        data = json.loads(body)
        data["distances"] = [[2.0 - d for d in data["distances"][0]]]
        return json.dumps(data).encode()


class Says(Query):
    def __init__(self, body: bytes, status: int = 200) -> None:
        self._body, self._status = body, status

    def bend(self, guard: Guard, body: bytes) -> None:
        guard.answer(self._status, self._body)


class Cuts(Query):
    def bend(self, guard: Guard, body: bytes) -> None:
        guard.send_response(200)
        guard.send_header("Content-Length", str(len(body)))
        guard.end_headers()
        guard.wfile.write(body[: len(body) // 2])
        guard.close_connection = True


class Hangs(Query):
    def bend(self, guard: Guard, body: bytes) -> None:
        time.sleep(6)
        guard.close_connection = True


class Drips(Query):
    """A letter now and then, so that no read ever times out."""

    def bend(self, guard: Guard, body: bytes) -> None:
        guard.send_response(200)
        guard.send_header("Content-Length", "1000")
        guard.end_headers()
        end_s = time.monotonic() + 6
        while time.monotonic() < end_s:
            guard.wfile.write(b" ")
            time.sleep(0.1)
        guard.close_connection = True


class Floods(Query):
    """A hundred megabytes, announced or not."""

    def __init__(self, is_announced: bool) -> None:
        self._is_announced = is_announced

    def bend(self, guard: Guard, body: bytes) -> None:
        guard.send_response(200)
        if self._is_announced:
            guard.send_header("Content-Length", str(100 << 20))
        guard.end_headers()
        for _ in range(100):
            guard.wfile.write(b"[" * (1 << 20))
        guard.close_connection = True


BENT = {
    "wrong ids": WrongIds(),
    "odd ids": OddIds(),
    "lies": Lies(),
    "keeps back": KeepsBack(),
    "no json": Says(b"<html>Sign in</html>"),
    "nothing": Says(b""),
    "deep": Says(b"[" * 200_000),
    "huge numbers": Says(b'{"ids": [["a"]], "distances": [[' + b"9" * 4000 + b"]]}"),
    "not a number": Says(b'{"ids": [["a"]], "distances": [[NaN]]}'),
    "uneven": Says(b'{"ids": [["a", "b"]], "distances": [[0.1]]}'),
    "two answers": Says(b'{"ids": [["a"], ["b"]], "distances": [[0.1], [0.2]]}'),
    "other shape": Says(b'{"ids": {"0": 1}, "distances": "no"}'),
    "gone": Says(b"{}", 404),
    "broken": Says(b"{}", 500),
    "busy": Says(b"{}", 429),
    "refuses": Says(b"{}", 403),
    "elsewhere": Says(b"{}", 302),
    "cuts": Cuts(),
    "hangs": Hangs(),
    "drips": Drips(),
    "floods": Floods(is_announced=False),
    "floods, announced": Floods(is_announced=True),
}


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Computer, list[Bent]]]:
    """A computer whose base is on a real server, and what bends its answers."""
    bent = [Bent()]
    folder = tmp_path_factory.mktemp("hostile")
    with (
        real_chroma(folder / "chroma") as chroma,
        guarded(chroma, bent=bent) as (port, _),
    ):
        one = Computer(folder / "one", f"http://127.0.0.1:{port}")
        one.add(1, 2, 3)
        assert one.refresh()
        yield one, bent
        one.close()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "SEARCH_S", 1.0)


def is_used(one: Computer) -> bool:
    """Tell whether the server answers, were it not for what it did before."""
    one.shared._away_until_s = float("-inf")
    return one.asked() is not None


@pytest.mark.parametrize("name", BENT)
def test_a_hostile_server_never_breaks_a_search(
    name: str, world: tuple[Computer, list[Bent]]
) -> None:
    one, bent = world
    until(lambda: is_used(one))
    one.shared._searches = 0
    bent.append(BENT[name])
    try:
        started_s = time.monotonic()
        assert one.found() == one.exact()
        assert time.monotonic() - started_s < 15
        assert one.asked() is None
    finally:
        bent.pop()
    if one.shared._healing is not None:
        one.shared._healing.join()


def test_while_it_hangs_only_the_first_search_waits(
    world: tuple[Computer, list[Bent]],
) -> None:
    one, bent = world
    until(lambda: is_used(one))
    bent.append(Hangs())
    try:
        one.found()
        started_s = time.monotonic()
        for _ in range(20):
            assert one.found() == one.exact()
        assert time.monotonic() - started_s < 8
    finally:
        bent.pop()


def test_a_collection_that_is_mostly_of_others_is_not_asked(
    world: tuple[Computer, list[Bent]],
) -> None:
    one, _ = world
    until(lambda: is_used(one))
    (trusted,) = one.shared._trusted.values()
    crowded = replace(trusted, asked_per_hit=9)
    loaded = one.vectors.load(one.base, trusted.collection.embedder)
    assert one.shared._nearest(crowded, loaded, loaded.vectors[0], 5) is None
