"""A base's vectors on a real Chroma server, behind a real token and real TLS."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy
import pytest

from app.database import open_database
from app.embedding.fake import FakeEmbedder
from app.errors import ServerError
from app.index import filling, shared
from app.index.filling import collection_name
from app.index.held import read_held
from app.index.maintenance import Caches, check_base
from app.index.schema import MIGRATIONS
from app.index.server import ChromaServer
from app.index.shared import SharedVectors
from app.index.store import Store
from app.index.vector_index import VectorIndex
from app.net.own import OwnServer
from app.values.bases import Base
from tests.chroma_server import (
    TOKEN,
    RealChroma,
    guarded,
    make_certificates,
    real_chroma,
    server_context,
)
from tests.index.test_store import save

pytestmark = pytest.mark.enable_socket

EMBEDDER = FakeEmbedder(32, "key-of-the-embedder-and-more")
QUESTION = EMBEDDER.embed_queries(["Seite 7 von Heft 3"])[0]


class Computer:
    """One computer: its database, and its way to the server."""

    def __init__(
        self, folder: Path, url: str, token: str = TOKEN, ca: str = ""
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.connection = open_database(folder / "knowledge.db", MIGRATIONS)
        self.store = Store(self.connection)
        self.vectors = VectorIndex(self.connection)
        self.server = ChromaServer(OwnServer(url, token, ca))
        self.shared = SharedVectors(self.server, folder / "index", 1, self.apart)
        self.caches = Caches(folder / "index", 1_000_000, self.shared)
        # The tests share a server: each has a base of its own.
        self.base = self.store.create_base(folder.parent.name, "e")

    @contextlib.contextmanager
    def apart(self) -> Iterator[VectorIndex]:
        connection = open_database(self.folder / "knowledge.db", MIGRATIONS)
        yield VectorIndex(connection)
        connection.close()

    def add(self, *books: int) -> None:
        for book in books:
            texts = [f"Seite {page} von Heft {book}." for page in range(100)]
            save(self.store, self.base, f"/heft{book}", *texts)
        ids = self.vectors.missing(self.base, EMBEDDER.key)
        texts = [text for _, _, text in self.vectors.texts(ids)]
        self.vectors.add(EMBEDDER.key, ids, EMBEDDER.embed_passages(texts))

    def refresh(self) -> bool:
        return self.shared.refresh(self.base, EMBEDDER, self.vectors)

    def asked(self) -> list[tuple[int, float]] | None:
        """What the server finds; None where exact search has to."""
        loaded = self.vectors.load(self.base, EMBEDDER.key)
        return self.shared.search(self.base, EMBEDDER, loaded, QUESTION, 10)

    def found(self) -> list[int]:
        """What a search finds, whoever answers."""
        hits = self.caches.search(self.base, EMBEDDER, self.vectors, QUESTION, 10)
        return [row for row, _ in hits]

    def exact(self) -> list[int]:
        hits = self.vectors.search(self.base, EMBEDDER.key, QUESTION, 10)
        return [row for row, _ in hits]

    def report(self) -> tuple[bool, str, int]:
        report = check_base(self.store, self.vectors, self.base, EMBEDDER, self.caches)
        return report.healthy, report.cache, report.cached

    def count(self) -> int:
        found = self.server.find(collection_name(self.base, EMBEDDER.key))
        return self.server.count(found) if found else 0

    def close(self) -> None:
        self.shared.close()
        self.connection.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealChroma]:
    with real_chroma(tmp_path_factory.mktemp("chroma")) as server:
        yield server


@pytest.fixture
def chroma(running: RealChroma) -> RealChroma:
    """The server that all tests share; one that was stopped is started again."""
    running.start()
    return running


@pytest.fixture
def computers(
    chroma: RealChroma, certificates: tuple[Path, Path], tmp_path: Path
) -> Iterator[Callable[..., Computer]]:
    made: list[Computer] = []
    ca, own = certificates
    with guarded(chroma, server_context(own)) as (port, _):

        def make(
            name: str = "one", token: str = TOKEN, trusted: str = str(ca)
        ) -> Computer:
            url = f"https://localhost:{port}"
            made.append(Computer(tmp_path / name, url, token, trusted))
            return made[-1]

        yield make
        for computer in made:
            computer.close()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once what waits for a minute."""
    monkeypatch.setattr(shared, "AWAY_S", 0.0)
    monkeypatch.setattr(shared, "HEAL_EVERY_S", 0.0)


def until(true: Callable[[], bool], limit_s: float = 20.0) -> None:
    end_s = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end_s, "it never came true"
        time.sleep(0.05)


def test_the_server_finds_what_exact_search_finds(
    computers: Callable[..., Computer],
) -> None:
    one = computers()
    one.add(1, 2, 3, 4, 5)
    assert one.refresh()
    assert one.count() == 500
    answer = one.asked()
    assert answer is not None
    assert [row for row, _ in answer] == one.exact() == one.found()
    assert one.report() == (True, "server", 500)


def test_what_is_new_is_added_and_what_is_gone_is_removed(
    computers: Callable[..., Computer],
) -> None:
    one = computers()
    one.add(1, 2)
    one.refresh()
    one.add(3)
    one.store.forget_document(one.base, "/heft1")
    assert one.asked() is None
    until(lambda: one.asked() is not None)
    assert one.count() == 200
    assert one.found() == one.exact()
    assert one.report() == (True, "server", 200)


def test_two_computers_share_a_collection_and_do_not_see_each_others_documents(
    computers: Callable[..., Computer],
) -> None:
    one, two = computers("one"), computers("two")
    one.add(1, 2, 3)
    two.add(3, 4)
    assert one.refresh()
    assert two.refresh()
    assert one.count() == 400
    for computer in (one, two):
        answer = computer.asked()
        assert answer is not None
        assert [row for row, _ in answer][:3] == computer.exact()[:3]
    # One forgets what both have: the other puts back what it still needs.
    one.store.forget_document(one.base, "/heft3")
    assert one.refresh()
    assert two.report() == (False, "server_missing", 100)
    two.shared._trusted.clear()
    until(lambda: two.asked() is not None)
    assert two.report() == (True, "server", 200)
    assert one.caches.remove(one.base) == (200, 0)
    assert one.count() == 200


def test_a_dead_server_costs_nothing_and_is_used_again_when_it_is_back(
    computers: Callable[..., Computer], chroma: RealChroma
) -> None:
    one = computers()
    one.add(1, 2)
    one.refresh()
    assert one.asked() is not None
    chroma.stop()
    assert one.asked() is None
    assert one.found() == one.exact()
    healthy, cache, _ = one.report()
    assert (healthy, cache) == (True, "server_away")
    chroma.start()
    assert one.asked() is not None


def test_an_emptied_server_is_filled_again(
    computers: Callable[..., Computer], chroma: RealChroma
) -> None:
    one = computers()
    one.add(1, 2)
    one.refresh()
    assert one.asked() is not None
    chroma.empty()
    assert one.report() == (False, "server_missing", 0)
    assert one.found() == one.exact()
    until(lambda: one.asked() is not None)
    assert one.report() == (True, "server", 200)


def test_changed_vectors_are_noticed_and_written_again(
    computers: Callable[..., Computer],
) -> None:
    one = computers()
    one.add(1, 2)
    one.refresh()
    collection = one.server.find(collection_name(one.base, EMBEDDER.key))
    held = read_held(one.shared._path(one.base, EMBEDDER))
    assert collection is not None
    assert held is not None
    ids = [name.decode() for name in held.unique]
    wrong = EMBEDDER.embed_passages([f"Unsinn {n}" for n in range(200)])
    one.server.put(collection, ids, wrong)
    assert one.report() == (False, "server_missing", 0)
    assert one.asked() is None
    until(lambda: one.asked() is not None)
    assert one.found() == one.exact()
    assert one.report() == (True, "server", 200)


def test_another_dimension_is_said_and_rebuild_mends_it(
    computers: Callable[..., Computer],
) -> None:
    one = computers()
    one.add(1)
    name = collection_name(one.base, EMBEDDER.key)
    foreign = one.server.create(name, EMBEDDER.key)
    one.server.put(foreign, ["x"], numpy.ones((1, 8), numpy.float32))
    assert one.found() == one.exact()
    report = check_base(one.store, one.vectors, one.base, EMBEDDER, one.caches)
    assert report.problems == ("server",)
    assert "{there}" in report.sentence
    assert dict(report.parameters) == {
        "host": one.server.host,
        "there": "8",
        "here": "32",
    }
    one.caches.refresh(one.base, EMBEDDER, one.vectors, everything=True)
    assert one.report() == (True, "server", 100)


def test_what_is_forgotten_while_the_server_is_away_goes_when_it_is_back(
    computers: Callable[..., Computer], chroma: RealChroma
) -> None:
    one = computers()
    one.add(1, 2)
    one.refresh()
    chroma.stop()
    one.store.forget_document(one.base, "/heft1")
    assert one.caches.sweep(one.base, EMBEDDER, one.vectors) == (False, True)
    chroma.start()
    assert one.refresh()
    assert one.count() == 100
    chroma.stop()
    assert one.caches.remove(one.base) == (0, 100)
    chroma.start()
    other = one.store.create_base("Büro", "e")
    save(one.store, other, "/brief", "Ein Brief.")
    ids = one.vectors.missing(other, EMBEDDER.key)
    one.vectors.add(EMBEDDER.key, ids, EMBEDDER.embed_passages(["Ein Brief."]))
    assert one.shared.refresh(other, EMBEDDER, one.vectors)
    assert one.count() == 0


def test_filling_that_was_cut_off_goes_on(
    computers: Callable[..., Computer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "BATCH", 50)
    one = computers()
    one.add(1, 2, 3)
    rounds = iter(range(99))

    def stop() -> None:
        if next(rounds) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        one.shared.refresh(one.base, EMBEDDER, one.vectors, check=stop)
    before = one.count()
    assert 0 < before < 300
    assert one.asked() is None
    until(lambda: one.asked() is not None)
    assert one.count() == 300


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"token": "wrong"}, "does not accept the token"),
        ({"token": ""}, "There is no token"),
        ({"token": "two\nlines"}, "is not one line"),
        ({"trusted": ""}, "cannot prove to be it"),
        ({"trusted": "/none.pem"}, "cannot be read"),
    ],
)
def test_who_must_not_be_asked_is_not(
    computers: Callable[..., Computer], change: dict[str, str], words: str
) -> None:
    one = computers(**change)
    one.add(1)
    with pytest.raises(ServerError, match=words) as caught:
        one.server.need_known()
    assert caught.value.reason == "refused"
    assert not one.refresh()
    assert one.found() == one.exact()
    healthy, cache, _ = one.report()
    assert (healthy, cache) == (True, "server_refused")


def test_a_base_that_comes_and_goes_leaves_nothing(
    computers: Callable[..., Computer],
) -> None:
    one = computers()
    one.add(1)
    one.refresh()
    assert one.shared.remove_all() == 0
    assert one.server.find(collection_name(one.base, EMBEDDER.key)) is None


def test_automatic_and_small_bases_stay_here() -> None:
    base = Base(1, "x", "e")
    wanting = SharedVectors.wanted
    small = type("Any", (), {"_from_chunks": 20})()
    assert wanting(small, base, 20)
    assert not wanting(small, base, 19)
    assert not wanting(small, Base(1, "x", "e", automatic=True), 20)


def test_searches_at_once_do_not_wait_for_each_other(
    computers: Callable[..., Computer],
) -> None:
    one = computers()
    one.add(1, 2)
    one.refresh()
    loaded, results = one.vectors.load(one.base, EMBEDDER.key), []

    def search() -> None:
        found = one.shared.search(one.base, EMBEDDER, loaded, QUESTION, 10)
        results.append(found is None or [row for row, _ in found] == one_exact)

    one_exact = one.exact()
    threads = [threading.Thread(target=search) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 8
