"""Another embedder: the old vectors answer until all new ones are there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.database import open_database
from app.embedding.fake import FakeEmbedder
from app.errors import Cancelled
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.knowledge.child import IndexService
from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.knowledge.messages import AddPaths, SetEmbedder, SyncBase
from app.services import build_services
from app.values.bases import Base, DocumentDone, IngestDone, VectorsAdded
from app.values.cards import InstalledModel, ModelCard
from app.workers.child import Job

OLD, NEW = FakeEmbedder(key="old-key"), FakeEmbedder(dimensions=32, key="new-key")


def installed(id_: str, key: str) -> InstalledModel:
    card = ModelCard(id_, "embedder", id_, "f", 1, key, "", ("de",))
    return InstalledModel(card, "")


@pytest.fixture
def service(home: Path, tmp_path: Path) -> Iterator[IndexService]:
    config = IndexConfig(
        home / "knowledge.db",
        home / "index",
        (installed("old", OLD.key), installed("new", NEW.key)),
    )
    result = IndexService(config)
    result._embedders._loaded.update(old=OLD, new=NEW)
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(60):
        text = f"Dokument {number} erzählt vom Thema {number}."
        (folder / f"{number:02}.txt").write_text(text, "utf-8")
    store = result._write.store
    store.create_base("a", "old")
    list(result.add_paths(Job(1, AddPaths("a", (str(folder),)))))
    yield result
    result.close()


def base(service: IndexService) -> Base:
    return service._write.store.base("a")


def stored(service: IndexService) -> dict[str, int]:
    rows = service._write.store.connection.execute(
        "SELECT embedder, count(*) FROM vectors GROUP BY embedder"
    )
    return dict(rows)


def mode(service: IndexService) -> tuple[str, bool]:
    from app.knowledge.messages import Search

    (found,) = service.search(Job(9, Search("a", "Thema 7", sentences=0)))
    return found.mode, bool(found.passages)


def cut_off(service: IndexService, job: Job) -> None:
    """Stop a change after its first vectors, as a closed window does."""
    for event in service.set_embedder(job):
        if isinstance(event, VectorsAdded):
            job.cancelled_event.set()


def test_search_goes_on_with_the_old_vectors_until_the_switch(
    service: IndexService,
) -> None:
    assert stored(service) == {"old-key": 60}
    seen = []
    for event in service.set_embedder(Job(2, SetEmbedder("a", "new"))):
        if isinstance(event, VectorsAdded):
            seen.append((event.done, event.total, event.changing_to))
            if event.done < event.total:
                assert (base(service).embedder, base(service).changing_to) == (
                    "old",
                    "new",
                )
                assert mode(service) == ("hybrid", True)
                assert stored(service)["old-key"] == 60
    assert seen[-1] == (60, 60, "new")
    assert (base(service).embedder, base(service).changing_to) == ("new", "")
    assert stored(service) == {"new-key": 60}
    assert mode(service) == ("hybrid", True)


def test_a_change_that_was_cut_off_goes_on_with_the_next_look(
    service: IndexService,
) -> None:
    job = Job(2, SetEmbedder("a", "new"))
    with pytest.raises(Cancelled):
        cut_off(service, job)
    half = stored(service)["new-key"]
    assert 0 < half < 60
    assert base(service).changing_to == "new"
    calls = NEW.calls
    events = list(service.sync(Job(3, SyncBase("a"))))
    assert [e.changing_to for e in events if isinstance(e, VectorsAdded)][-1] == "new"
    assert NEW.calls - calls == 60 - half
    assert base(service).embedder == "new"
    assert stored(service) == {"new-key": 60}


def test_taking_a_change_back_removes_what_it_made(service: IndexService) -> None:
    job = Job(2, SetEmbedder("a", "new"))
    with pytest.raises(Cancelled):
        cut_off(service, job)
    list(service.set_embedder(Job(3, SetEmbedder("a", "old"))))
    assert (base(service).embedder, base(service).changing_to) == ("old", "")
    assert stored(service) == {"old-key": 60}


def test_words_only_drops_all_vectors(service: IndexService) -> None:
    done = list(service.set_embedder(Job(2, SetEmbedder("a", ""))))[-1]
    assert isinstance(done, IngestDone)
    assert stored(service) == {}
    assert mode(service) == ("words", True)


def test_vectors_that_another_base_needs_stay(
    service: IndexService, tmp_path: Path
) -> None:
    store = service._write.store
    store.create_base("b", "old")
    one = str(tmp_path / "many" / "07.txt")
    list(service.add_paths(Job(2, AddPaths("b", (one,)))))
    list(service.set_embedder(Job(3, SetEmbedder("a", "new"))))
    assert stored(service) == {"new-key": 60, "old-key": 1}


def test_a_base_of_the_first_version_is_brought_along(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.db"
    connection = open_database(path, MIGRATIONS[:1])
    connection.execute(
        "INSERT INTO bases(name, embedder, word_version) VALUES('kept', 'e', 1)"
    )
    connection.close()
    found = Store(open_database(path, MIGRATIONS)).base("kept")
    assert (found.embedder, found.changing_to) == ("e", "")
    assert path.with_name("knowledge.db.before-2").exists()


def test_work_rests_for_the_model_and_for_a_person(service: IndexService) -> None:
    rest = service._rest
    rest.change("model", True)
    rest.change("model", True)
    rest.change("user", True)
    rest.change("user", True)
    rest.change("model", False)
    rest.change("user", False)
    assert not rest.awake.is_set()
    rest.change("model", False)
    assert rest.awake.is_set()
    rest.change("model", False)
    rest.change("user", True)
    assert not rest.awake.is_set()
    rest.change("user", False)
    assert rest.awake.is_set()


def test_what_is_held_stays_held_between_works(home: Path, laws: Path) -> None:
    knowledge = Knowledge(IndexConfig(home / "knowledge.db", home / "index"))
    try:
        knowledge.create("a", "")
        knowledge.hold(True)
        knowledge.close()  # as when the child ended because nobody needed it
        knowledge._closed = False
        events: list[object] = []
        reading = threading.Thread(
            target=lambda: events.extend(knowledge.add("a", (str(laws),)))
        )
        reading.start()
        reading.join(1.5)
        assert reading.is_alive()
        assert not any(isinstance(event, DocumentDone) for event in events)
        knowledge.pause(True)
        knowledge.hold(False)
        reading.join(0.5)
        assert reading.is_alive()
        knowledge.pause(False)
        reading.join(10)
        assert isinstance(events[-1], IngestDone)
    finally:
        knowledge.hold(False)
        knowledge.close()


@pytest.mark.models
def test_real_vectors_are_made_for_a_base_that_had_none(laws: Path) -> None:
    services = build_services()
    try:
        knowledge = services.knowledge
        knowledge.create("a", "")
        list(knowledge.add("a", (str(laws),)))
        assert knowledge.search("a", "Ferien").mode == "words"
        done = list(knowledge.set_embedder("a", "multilingual-e5-small"))[-1]
        assert done.vectors == done.chunks > 0
        assert knowledge.search("a", "Ferien").mode == "hybrid"
    finally:
        services.close()
