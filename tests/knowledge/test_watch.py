"""Real folders, watched: what changed is told once it is calm."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.knowledge.files_of import is_noise
from app.knowledge.watch import FolderWatch, _system_of, is_remote

PATIENCE_S = 10.0


class Told:
    """Remembers which bases were told, and waits for the next."""

    def __init__(self) -> None:
        self.bases: list[str] = []
        self._news = threading.Condition()

    def __call__(self, base: str) -> None:
        with self._news:
            self.bases.append(base)
            self._news.notify_all()

    def wait_for(self, count: int, patience_s: float = PATIENCE_S) -> list[str]:
        with self._news:
            self._news.wait_for(lambda: len(self.bases) >= count, patience_s)
        return self.bases


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def watch(told: Told) -> Iterator[FolderWatch]:
    result = FolderWatch(told, calm_s=0.3, look_every_s=0.6, seen_every_s=0.3)
    yield result
    result.close()


def begin(watch: FolderWatch, told: Told, **sources: Path) -> None:
    """Watch, and go on when the watching has really begun."""
    watch.watch({name: [str(path)] for name, path in sources.items()})
    probe = next(path for path in sources.values() if path.is_dir()) / "probe.txt"
    until(lambda: touch(probe) and bool(told.bases))
    probe.unlink()
    quiet_since = len(told.bases)
    until(lambda: len(told.bases) > quiet_since)
    told.bases.clear()


def touch(path: Path) -> bool:
    path.write_text(str(time.monotonic()), "utf-8")
    return True


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_S
    event = threading.Event()
    while not condition():
        assert time.monotonic() < ends
        event.wait(0.7)


def test_a_new_file_is_told_once_for_its_own_base(
    watch: FolderWatch, told: Told, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    begin(watch, told, One=one, Two=two)
    for number in range(5):
        (two / f"{number}.txt").write_text("neu", "utf-8")
    assert told.wait_for(1) == ["Two"]
    assert watch.unwatched == frozenset()


def test_deep_in_a_new_subfolder(
    watch: FolderWatch, told: Told, tmp_path: Path
) -> None:
    begin(watch, told, A=tmp_path)
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "x.md").write_text("neu", "utf-8")
    assert set(told.wait_for(1)) == {"A"}


def test_what_programs_make_for_themselves_is_not_told(
    watch: FolderWatch, told: Told, tmp_path: Path
) -> None:
    begin(watch, told, A=tmp_path)
    for name in ("~$brief.docx", ".~lock.x.odt#", "y.tmp", ".hidden", "z.crdownload"):
        (tmp_path / name).write_text("x", "utf-8")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "index.txt").write_text("x", "utf-8")
    assert told.wait_for(1, patience_s=2.0) == []
    assert is_noise("__pycache__/a.txt")
    assert not is_noise("Ordner.neu/brief.docx")


def test_a_folder_that_vanishes_and_comes_back(
    watch: FolderWatch, told: Told, tmp_path: Path
) -> None:
    stick, away = tmp_path / "stick", tmp_path / "away"
    stick.mkdir()
    begin(watch, told, A=stick)
    stick.rename(away)
    assert told.wait_for(1)
    told.bases.clear()
    away.rename(stick)
    assert told.wait_for(1)
    begin(watch, told, A=stick)


def test_a_folder_that_is_not_there_yet(
    watch: FolderWatch, told: Told, tmp_path: Path
) -> None:
    late, there = tmp_path / "late", tmp_path / "there"
    there.mkdir()
    watch.watch({"Late": [str(late)], "There": [str(there)]})
    begin(watch, told, Late=late, There=there)
    late.mkdir()
    assert "Late" in told.wait_for(1)


def test_a_single_file_is_looked_at(
    watch: FolderWatch, told: Told, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    file = tmp_path / "file.txt"
    file.write_text("alt", "utf-8")
    begin(watch, told, File=file, Folder=folder)
    file.write_text("ganz neu", "utf-8")
    assert "File" in told.wait_for(1)


def test_what_cannot_be_watched_is_looked_at_now_and_then(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.knowledge.watch.is_remote", lambda _path: True)
    watch = FolderWatch(told, calm_s=0.1, look_every_s=0.4)
    try:
        watch.watch({"Share": [str(tmp_path)]})
        assert told.wait_for(2)[:2] == ["Share", "Share"]
        assert watch.unwatched == {str(tmp_path)}
    finally:
        watch.close()


def test_it_ends_quickly_and_tells_nothing_after(told: Told, tmp_path: Path) -> None:
    watch = FolderWatch(told)
    watch.watch({"A": [str(tmp_path)]})
    began_s = time.monotonic()
    watch.close()
    assert time.monotonic() - began_s < 10
    assert watch._thread is not None
    assert not watch._thread.is_alive()
    watch.close()
    watch.watch({"B": [str(tmp_path)]})
    assert not watch._thread.is_alive()


def test_a_folder_behind_a_link(watch: FolderWatch, told: Told, tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    begin(watch, told, A=link)
    (real / "neu.txt").write_text("x", "utf-8")
    assert told.wait_for(1) == ["A"]
    shutil.rmtree(real)


def test_drives_are_told_from_shares(tmp_path: Path) -> None:
    assert not is_remote(str(tmp_path))
    assert _system_of("/proc") == "proc"
