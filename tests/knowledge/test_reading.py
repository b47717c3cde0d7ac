"""Files are read in a process of their own that may be killed alone."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import Cancelled, DocumentError
from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.knowledge.reading import ReadApart, ReadHere
from app.readers.libreoffice import find_program
from app.values.bases import DocumentDone, ReadingBegan

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.fixture
def apart() -> Iterator[ReadApart]:
    result = ReadApart()
    yield result
    result.close()


def nothing() -> None:
    pass


def slow_file(folder: Path, paragraphs: int = 8_000) -> Path:
    """A long text: reading it takes seconds."""
    path = folder / "lang.txt"
    sentence = "Der lange Text handelt von vielen Dingen und hört nicht auf. "
    path.write_text((sentence * 8 + "\n\n") * paragraphs, "utf-8")
    return path


def reason_of(reader: ReadApart, path: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        reader.begin(path).result(nothing)
    assert path.name in str(caught.value)
    return caught.value.reason


def test_what_is_read_apart_is_what_is_read_here(apart: ReadApart, laws: Path) -> None:
    for path in sorted(laws.iterdir()):
        read = apart.begin(path).result(nothing)
        assert read == ReadHere().begin(path).result(nothing)
        assert all(
            chunk.text == read.document.text[chunk.start : chunk.end]
            for chunk in read.chunks
        )


def test_a_sentence_of_a_reader_comes_through(apart: ReadApart, tmp_path: Path) -> None:
    path = tmp_path / "kaputt.pdf"
    path.write_bytes(b"%PDF-1.7\n" + b"\xff" * 500)
    assert reason_of(apart, path) == "unreadable"


def test_a_file_that_gets_no_further_is_stopped(laws: Path, tmp_path: Path) -> None:
    # It tells of its progress at most twice a second, so here it is never heard.
    reader = ReadApart(limit_s=0.3)
    slow, quick = slow_file(tmp_path), laws / "urlaub.md"
    try:
        reader.start()
        first, second = reader.begin(slow), reader.begin(quick)
        with pytest.raises(DocumentError, match="got no further") as caught:
            first.result(nothing)
        assert caught.value.reason == "timeout"
        # The one behind it was asked of the process that is gone now.
        reader.limit_s = 60
        assert second.result(nothing).chunks
    finally:
        reader.close()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
def test_a_file_that_wants_too_much_memory_is_a_sentence(
    laws: Path, tmp_path: Path
) -> None:
    reader = ReadApart(memory_bytes=250_000_000)
    huge = tmp_path / "riesig.txt"
    huge.write_text("Wort für Wort und Satz für Satz.\n\n" * 2_000_000, "utf-8")
    try:
        assert reason_of(reader, huge) in ("too_big", "crashed")
        assert reader.begin(laws / "urlaub.md").result(nothing).chunks
    finally:
        reader.close()


@posix
@pytest.mark.expects_warnings
def test_a_reader_that_is_killed_costs_one_file(
    apart: ReadApart, laws: Path, tmp_path: Path
) -> None:
    apart.begin(laws / "urlaub.md").result(nothing)
    pending = [apart.begin(slow_file(tmp_path)), apart.begin(laws / "urlaub.md")]
    assert apart.worker.pid is not None
    os.kill(apart.worker.pid, signal.SIGKILL)
    with pytest.raises(DocumentError) as caught:
        pending[0].result(nothing)
    assert caught.value.reason == "crashed"
    assert pending[1].result(nothing).chunks


@posix
@pytest.mark.expects_warnings
def test_a_reader_that_was_asked_to_go_says_nothing_about_a_file(
    apart: ReadApart, laws: Path, tmp_path: Path
) -> None:
    apart.begin(laws / "urlaub.md").result(nothing)
    pending = apart.begin(slow_file(tmp_path, 1_000))
    assert apart.worker.pid is not None
    os.kill(apart.worker.pid, signal.SIGTERM)
    assert pending.result(nothing).chunks


def test_a_file_in_the_middle_of_its_reading_is_given_up(
    apart: ReadApart, laws: Path, tmp_path: Path
) -> None:
    apart.start()
    stopped = threading.Event()
    threading.Timer(0.3, stopped.set).start()

    def check() -> None:
        if stopped.is_set():
            raise Cancelled

    pending = apart.begin(slow_file(tmp_path))
    began_s = time.monotonic()
    with pytest.raises(Cancelled):
        pending.result(check)
    pending.close()
    assert apart.begin(laws / "urlaub.md").result(nothing).chunks
    assert time.monotonic() - began_s < 20


def test_a_reading_rests_while_it_is_told_and_that_is_no_hanging(
    tmp_path: Path,
) -> None:
    reader = ReadApart(limit_s=4)
    path = slow_file(tmp_path, 500)
    try:
        reader.start()
        began_s = time.monotonic()
        pending = reader.begin(path)
        reader.rest(True)

        def check() -> None:
            reader.rest(time.monotonic() - began_s < 8)

        assert pending.result(check).chunks
        assert time.monotonic() - began_s >= 8
        assert reader.begin(path).result(nothing).chunks
    finally:
        reader.close()


@pytest.mark.skipif(
    sys.platform != "linux" or find_program() is None, reason="needs LibreOffice"
)
def test_a_program_that_a_reader_starts_may_have_more_memory() -> None:
    with contextlib.closing(ReadApart(runs_office=True)) as apart:
        _see_a_program_with_more_memory(apart)


def _see_a_program_with_more_memory(apart: ReadApart) -> None:
    path = Path(__file__).parents[1] / "readers" / "files" / "brief.doc"
    limits: set[str] = set()

    def look() -> None:
        assert apart.worker.pid is not None
        for child in children_of(apart.worker.pid):
            text = Path(f"/proc/{child}/limits").read_text("ascii")
            limits.update(line for line in text.splitlines() if "address" in line)

    assert apart.begin(path).result(look).document.format == "doc"
    assert apart.worker.pid is not None
    own = Path(f"/proc/{apart.worker.pid}/limits").read_text("ascii")
    assert limits
    assert not any(line in own for line in limits)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_killing_the_reader_of_a_base_costs_one_document(
    home: Path, laws: Path, tmp_path: Path
) -> None:
    slow_file(laws, 1_000)
    knowledge = Knowledge(IndexConfig(home / "knowledge.db", home / "index"))
    try:
        knowledge.create("a", "")
        told = {}
        for event in knowledge.add("a", (str(laws),)):
            if isinstance(event, ReadingBegan) and event.file.endswith("lang.txt"):
                assert knowledge.pid is not None
                index_child = knowledge.pid
                for child in children_of(index_child):
                    os.kill(child, signal.SIGKILL)
            if isinstance(event, DocumentDone):
                told[Path(event.file).name] = replace(event, file="", done=0)
        assert knowledge.pid == index_child
        assert told["lang.txt"].reason == "crashed"
        assert told["urlaub.md"].status == "indexed"
        assert told["bibliothek.txt"].status == "indexed"
        # Its reader may have been killed because the computer had no memory left.
        for event in knowledge.add("a", (str(laws),)):
            if isinstance(event, DocumentDone):
                told[Path(event.file).name] = event
        assert told["lang.txt"].status == "indexed"
        assert told["urlaub.md"].status == "unchanged"
    finally:
        knowledge.close()
    assert not Path(f"/proc/{index_child}").exists()


@posix
@pytest.mark.expects_warnings
def test_a_file_that_ends_its_reader_is_tried_in_two_runs_and_no_more(
    home: Path, laws: Path
) -> None:
    slow_file(laws, 1_000)
    knowledge = Knowledge(IndexConfig(home / "knowledge.db", home / "index"))
    tried = []
    try:
        knowledge.create("a", "")
        for _ in range(4):
            begun = 0
            for event in knowledge.add("a", (str(laws),)):
                if isinstance(event, ReadingBegan) and event.file.endswith("lang.txt"):
                    assert knowledge.pid is not None
                    begun += 1
                    for child in children_of(knowledge.pid):
                        os.kill(child, signal.SIGKILL)
                if isinstance(event, DocumentDone) and event.file.endswith("lang.txt"):
                    assert (event.status, event.reason) == ("failed", "crashed")
            tried.append(begun)
    finally:
        knowledge.close()
    assert tried == [1, 1, 0, 0]


def children_of(pid: int) -> list[int]:
    """Return the reading processes below a process."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    numbers = [int(n) for file in found for n in file.read_text("ascii").split()]
    return [
        n
        for n in numbers
        if b"resource_tracker" not in Path(f"/proc/{n}/cmdline").read_bytes()
    ]
