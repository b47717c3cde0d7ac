from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.backups import healed
from app.chats.store import MEMORY, ChatStore
from app.database import database_errors, is_suspect
from app.errors import DamagedError, StorageError, UsageError
from app.values.chats import ChatReceipt
from tests.chats.make import SCOPE, SETTINGS, answer

DAY = 86_400


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


@pytest.fixture
def store(path: Path, clock: Clock) -> Iterator[ChatStore]:
    store = ChatStore(path, clock)
    yield store
    store.close()


def ask(store: ChatStore, chat: int, parent: int | None, question: str) -> int:
    exchange = store.begin(chat, parent, question, SCOPE, SETTINGS)
    return store.finish(exchange.id, answer(f"Antwort auf {question}")).id


def way(store: ChatStore, chat: int) -> list[int]:
    return [exchange.id for exchange in store.exchanges(chat)]


def test_what_was_written_is_read_again(store: ChatStore, path: Path) -> None:
    chat = store.create()
    begun = store.begin(chat.id, None, "Wie lange?", SCOPE, SETTINGS)
    assert (begun.answer, begun.variants) == (None, (begun.id,))
    given = answer("Drei Wochen [1].", ("/d/a.pdf", "drei Wochen"))
    finished = store.finish(begun.id, given)
    assert finished.answer == replace(given, question="?")
    store.close()
    again = ChatStore(path)
    (read,) = again.exchanges(chat.id)
    assert read == finished
    assert read.scope == SCOPE
    assert read.settings == SETTINGS
    again.close()


def test_the_first_question_becomes_the_title(store: ChatStore) -> None:
    chat = store.create()
    long = "Wie viele\n Tage  Urlaub " + "habe ich in diesem Jahr noch " * 9
    first = ask(store, chat.id, None, long)
    title = store.info(chat.id).title
    assert title.startswith("Wie viele Tage Urlaub habe ich")
    assert len(title) <= 80
    assert title.endswith("…")
    assert " ".join(long.split()).startswith(title[:-1] + " ")
    ask(store, chat.id, first, "Und dann?")
    assert store.info(chat.id).title == title
    named = store.create("Mein Titel")
    ask(store, named.id, None, "Frage")
    assert store.info(named.id).title == "Mein Titel"


def test_variants_keep_what_followed_them(store: ChatStore) -> None:
    chat = store.create().id
    root = ask(store, chat, None, "eins")
    old = ask(store, chat, root, "zwei")
    old_leaf = ask(store, chat, old, "drei")
    new = ask(store, chat, root, "zwei, anders gefragt")
    new_leaf = ask(store, chat, new, "drei, anders")
    other_leaf = ask(store, chat, new, "drei, noch anders")
    assert way(store, chat) == [root, new, other_leaf]
    assert store.exchanges(chat)[1].variants == (old, new)
    assert [e.id for e in store.choose(old)] == [root, old, old_leaf]
    assert [e.id for e in store.choose(new)] == [root, new, other_leaf]
    assert [e.id for e in store.choose(new_leaf)] == [root, new, new_leaf]
    store.choose(old)
    assert [e.id for e in store.choose(new)] == [root, new, new_leaf]
    second_root = ask(store, chat, None, "ganz anders")
    assert way(store, chat) == [second_root]
    assert store.info(chat).exchanges == 1
    assert store.exchanges(chat)[0].variants == (root, second_root)
    assert [e.id for e in store.choose(root)] == [root, new, new_leaf]
    assert store.info(chat).exchanges == 3


def test_a_parent_from_elsewhere_is_refused(store: ChatStore) -> None:
    first, second = store.create().id, store.create().id
    exchange = ask(store, first, None, "eins")
    with pytest.raises(UsageError):
        store.begin(second, exchange, "zwei", SCOPE, SETTINGS)
    assert store.exchanges(second) == []
    for call in (store.info, store.exchanges, store.purge, store.remove):
        with pytest.raises(UsageError):
            call(4711)
    with pytest.raises(UsageError):
        store.finish(4711, None)
    store.keep_partial(4711, "zu spät")


def test_what_was_said_before_a_crash_stays_and_is_found(
    store: ChatStore, path: Path
) -> None:
    chat = store.create("T").id
    exchange = store.begin(chat, None, "Frage", SCOPE, SETTINGS).id
    store.keep_partial(exchange, "Bis hierher")
    store.keep_partial(exchange, "Bis hierher gesprochen")
    assert store.exchanges(chat)[0].partial == "Bis hierher gesprochen"
    store.close()
    again = ChatStore(path)
    assert again.exchanges(chat)[0].partial == "Bis hierher gesprochen"
    assert again.search("gesprochen")[0].exchange == exchange
    failed = again.finish(exchange, None, "Das Modell antwortet nicht.")
    assert (failed.partial, failed.failure) == (
        "Bis hierher gesprochen",
        "Das Modell antwortet nicht.",
    )
    done = again.finish(exchange, answer("Ganz neu"))
    assert (done.partial, done.failure) == ("", "")
    again.keep_partial(exchange, "verspätet")
    assert again.exchanges(chat)[0].answer == done.answer
    assert again.search("gesprochen") == []
    again.close()


def test_pins_folders_names_and_order(store: ChatStore) -> None:
    one, two, three = (store.create(name).id for name in ("eins", "zwei", "drei"))
    assert [chat.id for chat in store.chats()] == [three, two, one]
    ask(store, one, None, "neu")
    assert [chat.id for chat in store.chats()] == [one, three, two]
    store.pin(two, True)
    store.move(three, "Verwaltung\n ")
    store.move(one, "ablage")
    store.rename(three, "  Neuer\tName ")
    assert [chat.id for chat in store.chats()] == [two, one, three]
    assert store.folders() == ["ablage", "Verwaltung"]
    assert store.info(three).title == "Neuer Name"
    assert store.info(two).pinned
    store.pin(two, False)
    store.move(one, "")
    assert not store.info(two).pinned
    assert store.folders() == ["Verwaltung"]


def test_the_bin_gives_back_until_it_is_emptied(store: ChatStore) -> None:
    kept, gone = store.create("bleibt").id, store.create("geht").id
    exchange = store.begin(gone, None, "weg", SCOPE, SETTINGS)
    store.finish(exchange.id, answer("x", ("/a", "b"), ("/c", "d")))
    store.remove(gone)
    assert [chat.id for chat in store.chats()] == [kept]
    assert [chat.id for chat in store.chats(deleted=True)] == [gone]
    assert store.search("weg") == []
    store.restore(gone)
    assert store.info(gone).deleted_at is None
    assert store.search("weg")[0].chat.id == gone
    store.remove(gone)
    store.keep_draft(gone, "Entwurf")
    assert store.empty_bin() == ChatReceipt(chats=1, exchanges=1, passages=2)
    assert store.empty_bin() == ChatReceipt()
    assert store.chats(deleted=True) == []
    assert store.draft(gone) == ""


def test_tidying_bins_old_ones_and_gives_them_their_days(
    store: ChatStore, clock: Clock
) -> None:
    old, pinned = store.create("alt").id, store.create("angeheftet").id
    store.pin(pinned, True)
    clock.now += 40 * DAY
    young = store.create("jung").id
    assert store.tidy(0, 30) == ChatReceipt()
    assert store.tidy(30, 30) == ChatReceipt()
    assert {chat.id for chat in store.chats()} == {pinned, young}
    assert [chat.id for chat in store.chats(deleted=True)] == [old]
    clock.now += 29 * DAY
    assert store.tidy(0, 30) == ChatReceipt()
    clock.now += 2 * DAY
    assert store.tidy(0, 30) == ChatReceipt(chats=1)
    assert store.chats(deleted=True) == []
    store.remove(young)
    store.restore(young)
    assert store.tidy(30, 30) == ChatReceipt()
    assert young in {chat.id for chat in store.chats()}


def test_drafts_outlive_the_window(store: ChatStore, path: Path) -> None:
    chat = store.create().id
    store.keep_draft(None, "neu")
    store.keep_draft(chat, "alt")
    store.keep_draft(4711, "nirgends")
    store.close()
    again = ChatStore(path)
    assert [again.draft(c) for c in (None, chat, 4711)] == ["neu", "alt", ""]
    again.keep_draft(None, "")
    assert again.draft(None) == ""
    again.close()


def test_threads_may_write_at_once(store: ChatStore) -> None:
    failed: list[BaseException] = []

    def work(name: str) -> None:
        try:
            chat = store.create(name).id
            parent = None
            for number in range(10):
                parent = ask(store, chat, parent, f"{name} {number}")
                store.search(name)
                store.chats()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(f"faden{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [chat.exchanges for chat in store.chats()] == [10] * 4


def test_in_memory_nothing_is_written(tmp_path: Path) -> None:
    store = ChatStore(MEMORY)
    chat = store.create().id
    ask(store, chat, None, "geheim")
    assert store.search("geheim")
    assert store.purge(chat).exchanges == 1
    assert store.remove_everything() == ChatReceipt()
    store.close()
    assert not Path(":memory:").exists()
    assert list(tmp_path.iterdir()) == []


def test_strange_text_is_kept_as_well_as_it_can_be(store: ChatStore) -> None:
    chat = store.create("x" * 1_000_000).id
    assert len(store.info(chat).title) <= 80
    store.rename(chat, "Zeile\x00eins \ud800 \u202e\ufdd0")
    assert store.info(chat).title.isprintable()
    question = "Frage\x00 mit \ud800 halbem Zeichen"
    exchange = store.begin(chat, None, question, SCOPE, SETTINGS)
    assert len(exchange.question) == len(question)
    store.keep_partial(exchange.id, "teil\ud800")
    read = store.finish(exchange.id, answer("a\x00b\udfff", ("/d/\udcff.pdf", "q\x00")))
    assert read.answer is not None
    assert read.answer.text == "a\ufffdb?"
    assert store.forget_document("/d/\udcff.pdf").passages == 1
    store.keep_draft(chat, "\ud800")
    assert store.search("halbem\ud800\x00")[0].exchange == exchange.id


def test_five_megabytes_are_one_question(store: ChatStore) -> None:
    chat = store.create().id
    question = "anfang " + "wort " * 1_000_000 + "schluss"
    exchange = store.begin(chat, None, question, SCOPE, SETTINGS)
    store.keep_draft(chat, question)
    store.finish(exchange.id, answer("kurz"))
    assert store.exchanges(chat)[0].question == question
    assert store.draft(chat) == question
    (hit,) = store.search("schluss")
    assert hit.exchange == exchange.id
    assert len(hit.snippet) <= 200


def test_a_newer_version_is_left_alone(path: Path) -> None:
    store = ChatStore(path)
    store.create("Titel")
    store._connection.pragma("user_version", 99)
    store.close()
    with pytest.raises(StorageError, match="newer version"):
        ChatStore(path)


@pytest.mark.parametrize("damage", [b"no database at all" * 99, b"SQLite format 3\0x"])
@pytest.mark.expects_warnings
def test_a_damaged_file_is_kept_and_a_new_one_made(path: Path, damage: bytes) -> None:
    path.write_bytes(damage)
    store = ChatStore(path)
    assert store.chats() == []
    store.close()
    (kept,) = path.parent.glob("chats.db.damaged-*")
    assert kept.read_bytes() == damage


@pytest.mark.expects_warnings
def test_damage_in_the_middle_is_seen_at_the_start(path: Path) -> None:
    store = ChatStore(path)
    chat = store.create("Titel").id
    for number in range(50):
        ask(store, chat, None, f"Frage {number} " * 40)
    store.wipe()
    store.close()
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    path.write_bytes(data)
    store = ChatStore(path)
    assert store.chats() == []
    assert [note.backup for note in healed(path.parent)] == [""]
    store.close()


def test_damage_while_it_is_used_is_a_sentence(path: Path) -> None:
    store = ChatStore(path)
    told = pytest.raises(DamagedError, match="Start Allmende again")
    with told, database_errors(path):
        raise UnicodeDecodeError("utf-8", b"x", 0, 1, "damaged text")
    assert is_suspect(path)
    store.close()
    ChatStore(path).close()
    assert not is_suspect(path)


def test_a_wrong_clock_removes_nothing(store: ChatStore, clock: Clock) -> None:
    kept, binned = store.create("bleibt").id, store.create("im Papierkorb").id
    store.remove(binned)
    for leap_s in (315_532_800.0, 4_294_967_300.0):
        before, clock.now = clock.now, leap_s
        assert store.tidy(30, 30) == ChatReceipt()
        clock.now = before
    clock.now = 315_532_800.0
    store.rename(kept, "umbenannt")
    while_wrong = store.create("1980").id
    clock.now = before
    store.tidy(30, 30)
    assert {info.id for info in store.chats()} == {kept, while_wrong}
    assert [info.id for info in store.chats(deleted=True)] == [binned]


def test_the_end_of_a_long_conversation_can_be_read_alone(store: ChatStore) -> None:
    chat = store.create()
    parent = None
    for number in range(5):
        begun = store.begin(chat.id, parent, f"Frage {number}?", SCOPE, SETTINGS)
        parent = store.finish(begun.id, answer("Ja.")).id
    whole = store.exchanges(chat.id)
    assert store.exchanges(chat.id, 2) == whole[-2:]
    assert store.exchanges(chat.id, 9) == whole
