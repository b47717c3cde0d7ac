"""Small files are stored in groups: in order, whole, and only then told."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.database import open_database
from app.errors import Cancelled, StorageError
from app.index.schema import MIGRATIONS
from app.index.store import NewDocument, Store
from app.index.vector_index import VectorIndex
from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.knowledge.ingest import Ingest
from app.knowledge.reading import ReadApart
from app.values.bases import DocumentDone, ReadingBegan
from app.workers.child import Job

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")

FILES = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "viele"
    folder.mkdir()
    for number in range(FILES):
        text = f"Brief {number}. Das Kennwort heißt Wort{number:03}.\n\n"
        (folder / f"{number:03}.txt").write_text(text * 20, "utf-8")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(open_database(tmp_path / "knowledge.db", MIGRATIONS))
    store.create_base("a", "")
    return store


@pytest.fixture
def reader() -> Iterator[ReadApart]:
    reader = ReadApart()
    yield reader
    reader.close()


def ingest(
    store: Store, folder: Path, reader: ReadApart, job: Job, crashed: bool = False
) -> Iterator[object]:
    awake = threading.Event()
    awake.set()
    vectors = VectorIndex(store.connection)
    return Ingest(
        store, vectors, store.base("a"), None, job, awake, crashed, reader=reader
    ).run([str(folder)], False)


def counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows with each group by how many documents it held."""
    sizes: list[int] = []
    real = store.save_documents

    def save(base: object, documents: list[NewDocument]) -> None:
        real(base, documents)  # type: ignore[arg-type]
        sizes.append(len(documents))

    monkeypatch.setattr(store, "save_documents", save)
    return sizes


def test_events_keep_the_order_of_the_files(
    store: Store, reader: ReadApart, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "010.txt").write_text("", "utf-8")
    (folder / "020.pdf").write_bytes(b"%PDF-1.7\n" + b"\xff" * 500)
    (folder / "030.txt").write_bytes((folder / "031.txt").read_bytes())
    sizes = counted(store, monkeypatch)
    told = [
        event
        for event in ingest(store, folder, reader, Job(1, None))
        if isinstance(event, DocumentDone)
    ]
    names = [Path(event.file).name for event in told]
    assert names == sorted(path.name for path in folder.iterdir())
    assert [event.done for event in told] == list(range(1, len(told) + 1))
    odd = {Path(e.file).name: e.status for e in told if e.status != "indexed"}
    assert odd == {"010.txt": "skipped", "020.pdf": "failed"}
    assert sum(sizes) == len(told) - 2
    assert len(sizes) < FILES / 2


def test_whoever_is_told_indexed_is_stored(
    store: Store, reader: ReadApart, folder: Path, tmp_path: Path
) -> None:
    other = Store(open_database(tmp_path / "knowledge.db", MIGRATIONS))
    base = other.base("a")
    for event in ingest(store, folder, reader, Job(1, None)):
        if isinstance(event, DocumentDone):
            known = other.known_documents(base)[event.file]
            assert known.status == "indexed"


@posix
@pytest.mark.expects_warnings
def test_a_killed_process_loses_no_document_it_told_of(
    home: Path, folder: Path
) -> None:
    # The last one takes long, so that the others are not all stored before the kill.
    (folder / f"{FILES - 1:03}.txt").write_text(
        "Ein langer Brief.\n\n" * 100_000, "utf-8"
    )
    knowledge = Knowledge(IndexConfig(home / "knowledge.db", home / "index"))
    knowledge.create("a", "")
    told: dict[str, str] = {}
    killed = False
    try:
        for event in knowledge.add("a", (str(folder),), wait=False):
            if isinstance(event, DocumentDone):
                assert event.file not in told
                told[event.file] = event.status
            if len(told) >= 17 and not killed:
                killed = True
                other = Store(open_database(home / "knowledge.db", MIGRATIONS))
                known = other.known_documents(other.base("a"))
                assert all(known[file].status == "indexed" for file in told)
                other.connection.close()
                assert knowledge.pid is not None
                os.kill(knowledge.pid, signal.SIGKILL)
                while knowledge.pid is not None:
                    time.sleep(0.01)
        assert knowledge.check("a").healthy
        assert knowledge.base("a").documents == FILES
    finally:
        knowledge.close()
    assert killed
    assert len(told) == FILES
    assert set(told.values()) <= {"indexed", "unchanged"}


def test_after_a_crash_one_file_is_stored_after_the_other(
    store: Store, reader: ReadApart, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = counted(store, monkeypatch)
    list(ingest(store, folder, reader, Job(1, None), crashed=True))
    assert sizes == [1] * FILES


def test_a_group_that_cannot_be_stored_is_not_told(
    store: Store, reader: ReadApart, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(store, "save_documents", full)
    events = ingest(store, folder, reader, Job(1, None))
    told = []
    with pytest.raises(StorageError):
        told += list(events)
    assert not any(isinstance(event, DocumentDone) for event in told)
    assert store.base("a").chunks == 0


def test_a_stop_gives_up_what_is_being_read(
    store: Store, reader: ReadApart, folder: Path
) -> None:
    job = Job(1, None)
    events = ingest(store, folder, reader, job)
    for event in events:
        if isinstance(event, ReadingBegan):
            job.cancelled_event.set()
            break
    with pytest.raises(Cancelled):
        list(events)
    assert list(ingest(store, folder, reader, Job(2, None)))[-1].failed == 0  # type: ignore[attr-defined]
    assert len(store.documents(store.base("a"))) == FILES


def test_reading_is_only_so_far_ahead(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    reader = ReadApart()
    real = reader.begin
    monkeypatch.setattr(
        reader, "begin", lambda path: (begun.append(path.name), real(path))[1]
    )
    monkeypatch.setattr("app.knowledge.filing._AHEAD_BYTES", 1)
    furthest = 0
    try:
        for event in ingest(store, folder, reader, Job(1, None)):
            if isinstance(event, ReadingBegan):
                furthest = max(furthest, len(begun) - int(Path(event.file).stem))
    finally:
        reader.close()
    assert len(begun) == FILES
    assert furthest <= 2
