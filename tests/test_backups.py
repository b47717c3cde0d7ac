"""Copies of the databases: whole, few, private, and in place when one is damaged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app import backups, paths
from app.chats.store import ChatStore
from app.database import Connection, backup, is_sound, look_into
from app.errors import BusyError, DamagedError, StorageError, UsageError
from app.files import FileLock
from app.safekeeping import Safekeeping
from app.settings.store import Settings
from tests.chats.make import SCOPE, SETTINGS

ROOT = Path(__file__).parents[1]


@pytest.fixture
def path(home: Path) -> Path:
    return paths.chats_file()


def filled(path: Path, *titles: str) -> None:
    store = ChatStore(path)
    for title in titles:
        chat = store.create(title).id
        store.begin(chat, None, f"Frage zu {title} " * 40, SCOPE, SETTINGS)
    store.close()


def titles(path: Path) -> set[str]:
    store = ChatStore(path)
    found = {info.title for info in store.chats()}
    store.close()
    return found


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    path.write_bytes(data)


def test_only_so_many_are_kept_and_each_is_whole(path: Path) -> None:
    filled(path, "a")
    for _ in range(3):
        backups.make(path, kept=2)
        for made in backups.backups(path):
            older = Path(made.path)
            older.rename(older.with_name(made.name.replace("chats-20", "chats-19")))
    assert len(backups.backups(path)) <= 3
    newest = backups.make(path, kept=2)
    left = backups.backups(path)
    assert len(left) == 2
    assert left[0] == newest
    assert all(is_sound(Path(made.path)) for made in left)


@pytest.mark.expects_warnings
def test_a_damaged_file_is_replaced_by_the_last_copy(path: Path) -> None:
    filled(path, "a", "b")
    made = backups.make(path)
    damage(path)
    assert titles(path) == {"a", "b"}
    (note,) = backups.healed(path.parent)
    assert note.backup == made.name
    assert (path.parent / note.kept).exists()


@pytest.mark.expects_warnings
def test_a_damaged_file_makes_no_copy(path: Path) -> None:
    filled(path, "a")
    made = backups.make(path)
    damage(path)
    with pytest.raises(DamagedError):
        backups.make(path)
    assert backups.backups(path) == [made]


def test_a_copy_that_cannot_be_begun_is_a_sentence(path: Path, tmp_path: Path) -> None:
    filled(path, "Eins")
    (tmp_path / "copy.db.part").mkdir()
    connection = Connection(str(path))
    with pytest.raises(StorageError):
        backup(connection, tmp_path / "copy.db")
    connection.close()


def test_restoring_can_be_taken_back(path: Path, tmp_path: Path) -> None:
    filled(path, "a")
    old = backups.make(path, folder=tmp_path)
    filled(path, "b")
    backups.restore(path, Path(old.path))
    assert titles(path) == {"a"}
    (before,) = backups.backups(path)
    backups.restore(path, Path(before.path))
    assert titles(path) == {"a", "b"}


def test_a_damaged_copy_is_not_put_in_place(path: Path, tmp_path: Path) -> None:
    filled(path, "a")
    copy = backups.make(path, folder=tmp_path)
    damage(Path(copy.path))
    with pytest.raises(DamagedError, match="damaged"):
        backups.restore(path, Path(copy.path))
    assert titles(path) == {"a"}


def test_what_is_removed_for_good_is_in_no_copy(path: Path) -> None:
    filled(path, "geheim", "bleibt")
    backups.make(path)
    store = ChatStore(path)
    (chat,) = [info.id for info in store.chats() if info.title == "geheim"]
    store.remove(chat)
    store.purge(chat)
    store.close()
    assert backups.backups(path) == []
    found = [p for p in path.parent.rglob("*") if p.is_file()]
    assert not [p for p in found if b"geheim" in p.read_bytes()]


def test_copies_are_made_when_due_and_never_without_history(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(paths.settings_file())
    keeping = Safekeeping(settings)
    filled(path, "a")
    assert [made.of for made in keeping.keep()] == ["chats.db"]
    assert keeping.keep() == []
    monkeypatch.setattr(backups, "EVERY_S", -1.0)
    settings.change("history", False)
    assert keeping.make() == []
    with pytest.raises(UsageError):
        keeping.find("nothing")


def test_a_copy_tells_what_is_in_it(path: Path) -> None:
    keeping = Safekeeping(Settings(paths.settings_file()))
    filled(path, "a", "b")
    (made,) = keeping.make()
    content = keeping.content(made)
    assert content is not None
    assert (content.chats, content.questions, content.collections) == (2, 2, ())
    damage(Path(made.path))
    assert keeping.content(made) is None


@pytest.mark.parametrize("step", ["before", "in the middle", "after"])
def test_a_restore_that_was_killed_is_brought_to_its_end(path: Path, step: str) -> None:
    filled(path, "old")
    old = backups.make(path)
    filled(path, *(f"new {n}" for n in range(300)))
    assert run_killed(path, old.path, step) == -9
    if step == "in the middle":
        # What was cut off is undone: the state before, whole.
        assert is_sound(path)
    assert titles(path) == {"old"}
    assert not path.with_name("chats.db.restoring").exists()
    filled(path, "later")
    assert titles(path) == {"old", "later"}
    kept = [Path(made.path) for made in backups.backups(path)]
    assert any(len(titles_of(made)) == 301 for made in kept)


def test_while_one_restores_no_other_opens(path: Path) -> None:
    filled(path, "old")
    old = backups.make(path)
    filled(path, "new")
    path.with_name("chats.db.restoring").write_text(old.path)
    with FileLock(path.parent / "backups" / "chats.lock"), pytest.raises(BusyError):
        ChatStore(path)
    assert titles(path) == {"old"}


@pytest.mark.expects_warnings
def test_a_restore_without_its_backup_leaves_what_is_there(path: Path) -> None:
    filled(path, "new")
    path.with_name("chats.db.restoring").write_text(str(path.parent / "gone.db"))
    assert titles(path) == {"new"}


def test_a_backup_of_a_newer_version_is_refused(path: Path) -> None:
    filled(path, "old")
    newer = backups.make(path)
    connection = Connection(newer.path)
    connection.pragma("user_version", 99)
    connection.close()
    with pytest.raises(StorageError, match="newer version"):
        backups.restore(path, Path(newer.path))
    assert titles(path) == {"old"}


def titles_of(copy: Path) -> set[str]:
    (rows,) = look_into(copy, "SELECT title FROM chats")
    return {title for (title,) in rows}


def run_killed(path: Path, source: str, step: str) -> int:
    """Restore in another process that is killed at a step; return its exit code."""
    code = f"""
import os
from pathlib import Path
from app import backups, database
original, step = backups.overwrite, {step!r}
def die(*_):
    os.kill(os.getpid(), 9)
def overwrite(target, source):
    if step == "after":
        original(target, source)
    elif step == "in the middle":
        new = database.apsw.Connection(str(source))
        old = database.apsw.Connection(str(target))
        with old.backup("main", new, "main") as job:
            job.step(3)
            assert not job.done
            die()
    die()
backups.overwrite = overwrite
backups.restore(Path({str(path)!r}), Path({source!r}))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    return done.returncode
