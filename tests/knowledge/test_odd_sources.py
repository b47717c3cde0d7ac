"""Devices, pipes, circles and thousands of paths: a sentence, and nothing hangs."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.values.bases import DocumentDone, IngestDone, ReadingBegan, Source

posix = pytest.mark.skipif(sys.platform == "win32", reason="no such files there")


@pytest.fixture
def knowledge(home: Path) -> Iterator[Knowledge]:
    result = Knowledge(IndexConfig(home / "knowledge.db", home / "index"))
    result.create("a", "")
    yield result
    result.close()


def done(knowledge: Knowledge, *paths: Path) -> dict[str, DocumentDone]:
    events = list(knowledge.add("a", tuple(map(str, paths))))
    return {e.file: e for e in events if isinstance(e, DocumentDone)}


@posix
def test_devices_pipes_and_sockets_are_a_sentence(
    knowledge: Knowledge, laws: Path
) -> None:
    pipe, plug, zero = laws / "pipe.txt", laws / "plug.txt", laws / "zero.txt"
    os.mkfifo(pipe)
    zero.symlink_to("/dev/zero")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.path.relpath(plug))
    began_s = time.monotonic()
    told = done(knowledge, laws, Path("/dev/zero"))
    listener.close()
    assert time.monotonic() - began_s < 10
    for path in (str(pipe), str(plug), str(zero), "/dev/zero"):
        assert (told[path].status, told[path].reason) == ("failed", "unreadable")
        assert "device" in told[path].sentence
    assert told[str(laws / "urlaub.md")].status == "indexed"


@posix
def test_a_folder_that_contains_itself_by_a_link(
    knowledge: Knowledge, laws: Path
) -> None:
    (laws / "again").symlink_to(laws)
    (laws / "loop.txt").symlink_to(laws / "loop.txt")
    told = done(knowledge, laws)
    assert len(told) == 3
    assert told[str(laws / "loop.txt")].status == "failed"


def test_ten_thousand_named_files_are_no_work_of_minutes(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    paths = [folder / f"{number:05}.bin" for number in range(10_000)]
    began_s = time.monotonic()
    events = knowledge.add("a", tuple(map(str, paths)), brief=True)
    for event in events:
        if isinstance(event, DocumentDone):
            assert event.reason == "vanished"
            assert event.total == 10_000
            break
    knowledge.cancel_writing()
    assert time.monotonic() - began_s < 5
    assert len(knowledge.sources("a")) == 10_000


def test_reading_is_told_before_it_is_done(knowledge: Knowledge, laws: Path) -> None:
    events = list(knowledge.add("a", (str(laws),)))
    # Files are read ahead and stored in groups: two may begin before one is done.
    begun = [e.file for e in events if isinstance(e, ReadingBegan)]
    assert len(begun) == 2
    for number, event in enumerate(events):
        if isinstance(event, DocumentDone):
            before = [e for e in events[:number] if isinstance(e, ReadingBegan)]
            assert event.file in {e.file for e in before}
    assert isinstance(events[0], ReadingBegan)
    assert events[0].size_bytes > 0
    assert (events[0].done, events[0].total) == (1, 2)


def test_a_brief_look_tells_little_of_what_is_unchanged(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number}.txt").write_text(f"Text {number}", "utf-8")
    list(knowledge.add("a", (str(folder),)))
    events = list(knowledge.sync("a", brief=True))
    assert sum(isinstance(e, DocumentDone) for e in events) < 30
    assert isinstance(events[-1], IngestDone)
    assert events[-1].unchanged == 300


def test_sources_are_listed_and_parted_from(
    knowledge: Knowledge, laws: Path, tmp_path: Path
) -> None:
    single = tmp_path / "single.txt"
    single.write_text("Ein einzelner Text.", "utf-8")
    done(knowledge, laws, single)
    assert knowledge.sources("a") == [
        Source(str(laws), "folder", 2),
        Source(str(single), "file", 1),
    ]
    kept = knowledge.remove_source("a", str(single))
    assert (kept.documents, len(knowledge.documents("a"))) == (0, 3)
    gone = knowledge.remove_source("a", str(laws), forget=True)
    assert gone.documents == 2
    assert gone.chunks == gone.words > 0
    assert [d.file for d in knowledge.documents("a")] == [str(single)]
    assert knowledge.sources("a") == []
    assert knowledge.check("a").healthy
    # Somebody who adds the folder again wants its documents again.
    assert len(done(knowledge, laws)) == 2


def test_several_documents_are_forgotten_at_once(
    knowledge: Knowledge, laws: Path
) -> None:
    done(knowledge, laws)
    files = tuple(d.file for d in knowledge.documents("a"))
    receipts = knowledge.forget_all("a", files)
    assert [r.file for r in receipts] == list(files)
    assert all(r.chunks == r.words > 0 for r in receipts)
    assert knowledge.documents("a") == []
    assert done(knowledge, laws) == {}
