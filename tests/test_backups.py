"""Copies of the databases: whole, few, private, and in place when one is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import backups, paths
from app.chats.store import ChatStore
from app.database import is_sound
from app.errors import DamagedError, UsageError
from app.safekeeping import Safekeeping
from app.settings.store import Settings
from tests.chats.make import SCOPE, SETTINGS


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
