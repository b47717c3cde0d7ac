"""Drafts of the workshop: kept, found again, forgotten with their document."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.chats.store import ChatStore
from app.errors import UsageError
from app.values.documents import Place
from app.values.quiz import FailedItem, Gap, Item, ItemSource, Option, Pair, Problem
from app.values.sheets import Sheet, SheetLine
from app.values.works import Material, Work
from tests.exporters.quiz.samples import PICTURES

LAW, RULES = "/d/burlg.md", "/d/regeln.md"
SECRET = "zwiebelkuchen"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChatStore]:
    store = ChatStore(tmp_path / "data" / "chats.db")
    yield store
    store.close()


def source(file: str, quote: str = SECRET) -> ItemSource:
    return ItemSource(file, 3, 9, quote, 2, "§ 3", Place("slide", 2, "x"), 7)


def work(**more: object) -> Work:
    items = (
        Item(
            "single",
            f"Was ist {SECRET}?",
            options=(Option("gut", 100.0, "ja"), Option("schlecht")),
            origin="text",
            source=source(LAW),
        ),
        Item("cloze", "Ein Tag.", gaps=(Gap(4, 7, ("Monat",)),), source=source(RULES)),
        Item("matching", "?", pairs=(Pair("a", "b"), Pair("c", "d")), origin="model"),
        Item("essay", "Warum?", origin="model", source=source(LAW)),
    )
    failed = (FailedItem(Item("short", ""), (Problem("no_text", (("a", "b"),)),)),)
    made = Work(
        "quiz",
        "Mein Quiz",
        "de",
        Material("Gesetze", (LAW,)),
        {"count": "4"},
        items,
        failed,
        wanted=4,
        checked_by="Ana",
        checked_on="2026-11-28",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_draft_comes_back_as_it_was(store: ChatStore) -> None:
    id_ = store.keep_work(0, work())
    assert store.work(id_) == work()
    sheet = Sheet("S", (SheetLine("row", ("a", "b"), source(LAW)),), model="m")
    assert store.keep_work(id_, work(items=(), failed=(), sheet=sheet)) == id_
    assert store.work(id_).sheet == sheet
    assert [info.title for info in store.works()] == ["Mein Quiz"]


def test_a_draft_keeps_pictures_whose_bytes_are_no_words(store: ChatStore) -> None:
    item = Item("essay", "Was ist das?", pictures=PICTURES)
    id_ = store.keep_work(0, work(items=(item,)))
    assert store.work(id_).items == (item,)
    ((_, text),) = store.work_texts()
    assert PICTURES[0].alt in text
    assert base64.b64encode(PICTURES[0].data).decode() not in text


def test_drafts_survive_a_restart_newest_first(tmp_path: Path) -> None:
    path, clock = tmp_path / "chats.db", iter(range(1, 99))
    first = ChatStore(path, lambda: float(next(clock)))
    one = first.keep_work(0, work(title="eins"))
    first.keep_work(0, work(title="zwei"))
    first.keep_work(one, work(title="eins, geändert"))
    first.close()
    again = ChatStore(path)
    assert [info.title for info in again.works()] == ["eins, geändert", "zwei"]
    assert [info.size for info in again.works()] == [4, 4]
    again.close()


def test_a_removed_draft_stays_away_and_leaves_no_word(store: ChatStore) -> None:
    id_ = store.keep_work(0, work())
    store.remove_work(id_)
    assert store.works() == []
    with pytest.raises(UsageError, match="not there"):
        store.work(id_)
    assert store.keep_work(id_, work()) == 0
    data = b"".join(p.read_bytes() for p in store._path.parent.iterdir())
    assert SECRET.encode() not in data


def test_forgetting_a_document_takes_what_was_built_from_it(store: ChatStore) -> None:
    id_ = store.keep_work(0, work())
    store.forget_document(LAW)
    left = store.work(id_)
    assert [item.kind for item in left.items] == ["cloze", "matching", "essay"]
    assert left.items[2].source is None
    assert left.material.documents == ()
    assert left.items[0].source == source(RULES)
    data = b"".join(p.read_bytes() for p in store._path.parent.iterdir())
    # Once in the item that comes from the other document.
    assert data.count(SECRET.encode()) == 1


def test_a_draft_of_a_newer_version_is_refused_and_goes_with_its_document(
    store: ChatStore,
) -> None:
    id_ = store.keep_work(0, work())
    store._connection.execute(
        'UPDATE works SET data = \'{"type": "Work", "value": {"new": 1}}\''
    )
    with pytest.raises(UsageError, match="newer"):
        store.work(id_)
    store.forget_document(RULES)
    assert store.works() == []


def test_erasing_everything_takes_drafts(store: ChatStore) -> None:
    store.keep_work(0, work())
    store.remove_everything()
    assert store.works() == []


def test_a_file_of_the_first_version_gets_drafts(tmp_path: Path) -> None:
    from app.chats.schema import MIGRATIONS
    from app.database import open_database

    path = tmp_path / "chats.db"
    open_database(path, MIGRATIONS[:1]).close()
    store = ChatStore(path)
    assert store.keep_work(0, work()) == 1
    assert (tmp_path / "chats.db.before-2").exists()
    store.close()
