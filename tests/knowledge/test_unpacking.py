"""Archives are unpacked in a process of their own that may be killed alone."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import Cancelled, DocumentError
from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.knowledge.reading import ReadApart
from app.knowledge.unpacking import UnpackApart, unpack_here
from app.values.bases import DocumentDone, ReadingBegan
from tests.knowledge.test_reading import children_of
from tests.readers.make_packed import (
    course_members,
    mail,
    own_temp,
    tar_gz,
    written,
    zip_bytes,
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="signals, /proc, limits")


def nothing() -> None:
    pass


@pytest.fixture(autouse=True)
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_temp(tmp_path, monkeypatch)


@pytest.fixture
def apart() -> Iterator[UnpackApart]:
    result = UnpackApart(60, 1 << 30)
    yield result
    result.close()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    parts = {f"{n}.txt": f"Der {n}. Text.".encode() for n in range(5)}
    return written(tmp_path / "a.zip", zip_bytes(parts))


def no_copies() -> bool:
    return not list(Path(tempfile.gettempdir()).glob("allmende-member-*"))


def held(found: Iterator[object]) -> dict[str, bytes | str]:
    result: dict[str, bytes | str] = {}
    for member in found:
        try:
            with member.copy() as copy:  # type: ignore[attr-defined]
                result[member.name] = copy.read_bytes()  # type: ignore[attr-defined]
        except DocumentError as error:
            result[member.name] = error.reason  # type: ignore[attr-defined]
    return result


@pytest.mark.parametrize("kind", ["zip", "tar", "mail"])
def test_what_is_unpacked_apart_is_what_is_unpacked_here(
    kind: str, apart: UnpackApart, tmp_path: Path
) -> None:
    parts = {"a/eins.txt": b"Eins.", "zwei.txt": b"Zwei." * 1_000_000, "../x.txt": b"3"}
    if kind == "zip":
        path = written(tmp_path / "x.zip", zip_bytes(parts))
    elif kind == "tar":
        path = written(
            tmp_path / "x.mbz", tar_gz(course_members({"blatt.txt": b"Ein Blatt."}))
        )
    else:
        path = written(tmp_path / "x.eml", bytes(mail(files={"eins.txt": b"Eins."})))
    there = held(apart.members(path, nothing))
    assert there
    assert there == held(unpack_here(path, nothing))
    assert no_copies()


def test_what_nobody_wants_is_not_copied(apart: UnpackApart, archive: Path) -> None:
    names = []
    for number, member in enumerate(apart.members(archive, nothing)):
        names.append(member.name)
        if number == 3:
            with member.copy() as copy:
                assert copy.read_bytes() == b"Der 3. Text."
                assert (
                    copy.stat().st_mode & 0o077 == 0
                    or sys.platform == "win32"
                    or (copy.parent.stat().st_mode & 0o077 == 0)
                )
            assert not copy.exists()
    assert names == [f"{n}.txt" for n in range(5)]


def test_an_archive_in_an_archive_has_a_process_of_its_own(
    apart: UnpackApart, tmp_path: Path
) -> None:
    inner = zip_bytes({"tief.txt": b"Tief."})
    path = written(tmp_path / "a.zip", zip_bytes({"b.zip": inner, "c.txt": b"C"}))
    seen = []
    for member in apart.members(path, nothing):
        with member.copy() as copy:
            if copy.suffix == ".zip":
                seen += list(held(apart.members(copy, nothing)).values())
                assert len(apart.pids()) == 2
            else:
                seen.append(copy.read_bytes())
    assert seen == [b"Tief.", b"C"]


def test_a_damaged_archive_is_a_sentence(apart: UnpackApart, tmp_path: Path) -> None:
    path = written(tmp_path / "x.zip", b"PK\x03\x04" + b"\xff" * 500)
    with pytest.raises(DocumentError) as caught:
        held(apart.members(path, nothing))
    assert caught.value.reason == "unreadable"
    assert "x.zip" in str(caught.value)


def test_a_bomb_costs_only_itself(apart: UnpackApart, tmp_path: Path) -> None:
    path = written(
        tmp_path / "x.zip", zip_bytes({"b.txt": b"\0" * 50_000_000, "g.txt": b"Gut."})
    )
    assert held(apart.members(path, nothing)) == {"b.txt": "too_big", "g.txt": b"Gut."}


@linux
def test_an_archive_that_wants_too_much_memory_is_a_sentence(tmp_path: Path) -> None:
    apart = UnpackApart(60, 60_000_000)
    path = written(
        tmp_path / "x.eml", bytes(mail(files={"g.bin": b"abc" * 20_000_000}))
    )
    try:
        with pytest.raises(DocumentError) as caught:
            held(apart.members(path, nothing))
        assert caught.value.reason in ("too_big", "crashed")
        small = written(tmp_path / "y.zip", zip_bytes({"g.txt": b"Gut."}))
        assert held(apart.members(small, nothing)) == {"g.txt": b"Gut."}
    finally:
        apart.close()


@linux
def test_one_that_hangs_is_stopped_and_the_rest_goes_on(
    apart: UnpackApart, archive: Path
) -> None:
    """A process that the system has stopped gets no further, whatever it was doing."""
    found: dict[str, str] = {}
    for number, member in enumerate(apart.members(archive, nothing)):
        if number == 2:
            (pid,) = apart.pids()
            os.kill(pid, signal.SIGSTOP)
            apart.limit_s = 1
        try:
            with member.copy() as copy:
                found[member.name] = copy.read_text()
        except DocumentError as error:
            found[member.name] = f"{error.reason} {error.parameters['file']}"
            apart.limit_s = 60
    assert found == {
        "0.txt": "Der 0. Text.",
        "1.txt": "Der 1. Text.",
        "2.txt": "timeout 2.txt",
        "3.txt": "Der 3. Text.",
        "4.txt": "Der 4. Text.",
    }
    assert no_copies()


@linux
@pytest.mark.expects_warnings
def test_one_that_kills_its_process_costs_one_member(
    apart: UnpackApart, archive: Path
) -> None:
    found = []
    for number, member in enumerate(apart.members(archive, nothing)):
        if number == 1:
            os.kill(apart.pids()[0], signal.SIGKILL)
        try:
            with member.copy() as copy:
                found.append(copy.read_text()[4])
        except DocumentError as error:
            found.append(error.reason)
    assert found == ["0", "crashed", "2", "3", "4"]


def test_it_can_be_given_up_in_the_middle(apart: UnpackApart, archive: Path) -> None:
    stopped: list[bool] = []

    def check() -> None:
        if stopped:
            raise Cancelled

    members = apart.members(archive, check)
    with next(members).copy() as copy:
        assert copy.exists()
    members.close()  # type: ignore[attr-defined]
    assert no_copies()
    stopped.append(True)
    assert len(held(apart.members(archive, nothing))) == 5


@linux
@pytest.mark.expects_warnings
def test_killing_the_unpacking_of_a_base_costs_one_document(
    home: Path, archive: Path
) -> None:
    knowledge = Knowledge(IndexConfig(home / "knowledge.db", home / "index"))
    told: dict[str, str] = {}
    try:
        knowledge.create("a", "")
        for event in knowledge.add("a", (str(archive),)):
            if isinstance(event, ReadingBegan) and event.file.endswith("2.txt"):
                assert knowledge.pid is not None
                index_child = knowledge.pid
                # The youngest of its children unpacks.
                os.kill(max(map(int, children_of(index_child))), signal.SIGSTOP)
                os.kill(max(map(int, children_of(index_child))), signal.SIGKILL)
            if isinstance(event, DocumentDone):
                told[Path(event.file).name] = event.reason or event.status
        assert knowledge.pid == index_child
    finally:
        knowledge.close()
    assert told["a.zip"] == "indexed"
    assert sorted(told.values()).count("indexed") >= 5
    assert no_copies()


def test_reading_and_unpacking_have_the_same_limits() -> None:
    reader = ReadApart(limit_s=7, memory_bytes=9)
    assert (reader.unpacking.limit_s, reader.unpacking._memory_bytes) == (7, 9)
