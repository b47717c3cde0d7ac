"""Encrypted databases: nothing readable, nothing lost, a lost key is no damage."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import backups, encryption, keys, paths, private
from app.chats.store import ChatStore
from app.cli.main import run
from app.database import is_sound
from app.errors import (
    BusyError,
    DamagedError,
    LockedError,
    PolicyError,
    StorageError,
    UsageError,
    WorkerDied,
)
from app.keys import store as key_store
from app.keys.code import code_of, key_of
from app.keys.store import FileStore, MemoryStore
from app.privacy import alone
from app.services import Services, build_services
from tests.chats.make import SCOPE, SETTINGS, answer
from tests.faults.encrypting import holding
from tests.key_stores import kept
from tests.settings.conftest import Lock, lock

assert kept  # fixtures
assert lock
ROOT = Path(__file__).parents[1]
CANARY = "Quittenmarmelade"
Tree = dict[str, bytes]


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    with contextlib.closing(build_services()) as built:
        built.settings.change("embedder", "none")
        yield built


def write_chat(title: str = "Konfitüre") -> None:
    store = ChatStore(paths.chats_file())
    chat = store.create(title).id
    one = store.begin(chat, None, f"Was kostet {CANARY}?", SCOPE, SETTINGS)
    store.finish(one.id, answer(f"{CANARY} kostet vier Euro."))
    store.close()


def titles() -> set[str]:
    store = ChatStore(paths.chats_file())
    with contextlib.closing(store):
        return {info.title for info in store.chats()}


def turn_on() -> str:
    with alone():
        return encryption.turn_on()


def lose_key(kept: MemoryStore) -> None:
    kept.keys.clear()
    keys.forget()


def tree(folder: Path) -> Tree:
    """Return all files of the data folder but what every look leaves: log and locks."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock" and "log" not in path.parts
    }


# -- the recovery code -----------------------------------------------------------------


def test_a_code_gives_its_key_back_however_it_is_typed() -> None:
    for _ in range(200):
        key = keys.new_key()
        code = code_of(key)
        assert len(code.split("-")) == 8
        assert key_of(code) == key
        typed = code.replace("0", "o").replace("1", "l").lower().replace("-", "  ")
        assert key_of(f" {typed}\n") == key


def test_every_mistyped_letter_is_noticed_or_names_its_group() -> None:
    random.seed(7)
    code = code_of(keys.new_key())
    places = [n for n, letter in enumerate(code) if letter != "-"]
    named = 0
    for place in places:
        for letter in random.sample("23456789ABCDEFGHJKMNPQRSTVWXYZ", 6):
            if letter == code[place]:
                continue
            wrong = code[:place] + letter + code[place + 1 :]
            with pytest.raises(UsageError) as caught:
                key_of(wrong)
            named += caught.value.parameters.get("group") == str(place // 9 + 1)
    # A group's own check is five bits; what it lets by, the check of the whole sees.
    assert named > len(places) * 5 * 0.9


@pytest.mark.parametrize("code", ["", "ABC", "-" * 80, "ä" * 64, "0" * 63, "U" * 64])
def test_what_is_no_code_gets_a_sentence(code: str) -> None:
    with pytest.raises(UsageError):
        key_of(code)


def test_groups_in_another_order_are_no_code() -> None:
    groups = code_of(keys.new_key()).split("-")
    with pytest.raises(UsageError):
        key_of("-".join([groups[1], groups[0], *groups[2:]]))


# -- nothing readable --------------------------------------------------------------------


@pytest.mark.expects_warnings
def test_no_word_stays_readable_after_use_and_a_kill(
    services: Services, home: Path, tmp_path: Path
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "laden.md").write_text(f"# Laden\n\n{CANARY} kostet vier Euro.", "utf-8")
    write_chat()
    services.knowledge.create("Laden", "")
    list(services.knowledge.add("Laden", (str(docs),)))
    services.safekeeping.make()
    paths.states_dir().mkdir()
    (paths.states_dir() / "a.state").write_text(CANARY)
    cache = paths.index_dir() / "1" / "abc"
    cache.mkdir(parents=True)
    (cache / "chroma.sqlite3").write_text(CANARY)
    aside = home / "chats.db.damaged-20260101-000000"
    aside.write_text(f"no database, with {CANARY}")
    assert len(holding(home, CANARY)) >= 7
    services.upkeep.encrypt(True)
    assert holding(home, CANARY) == []
    # It goes on as before: ask, read, copy, search.
    write_chat("Zweite")
    (docs / "neu.md").write_text(f"# Neu\n\n{CANARY} ist ausverkauft.", "utf-8")
    list(services.knowledge.add("Laden", (str(docs),)))
    found = services.knowledge.search("Laden", CANARY)
    assert {Path(p.file).name for p in found.passages} == {"laden.md", "neu.md"}
    assert services.chats.search(CANARY)
    services.safekeeping.make()
    pid = services.knowledge.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert holding(home, CANARY) == []
    assert holding(home, keys.current().hex()) == []
    assert encryption.status().plain == ()
    with contextlib.suppress(WorkerDied):
        services.knowledge.bases()
    assert services.knowledge.search("Laden", CANARY).passages


def test_a_flipped_bit_is_noticed_and_an_encrypted_copy_takes_the_place(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_chat()
    turn_on()
    backups.make(paths.chats_file())
    write_chat("Danach")
    data = bytearray(paths.chats_file().read_bytes())
    data[5 * 4096 + 1000] ^= 1
    paths.chats_file().write_bytes(data)
    with caplog.at_level("CRITICAL"):
        assert titles() == {"Konfitüre"}
    assert len(backups.healed(home)) == 1
    assert holding(home, CANARY) == []
    assert encryption.status().plain == ()


def test_models_keep_no_state_and_chroma_nothing(services: Services) -> None:
    from app.encryption import chroma_from
    from app.inference.messages import ModelSpec
    from tests.settings.test_policies_work import CARD

    spec = ModelSpec("m.gguf", 4096, 1)
    assert services._tuned(CARD, spec).states
    services.settings.change("chroma_from", 1_000)
    services.upkeep.encrypt(True)
    assert not services._tuned(CARD, spec).states
    assert services.knowledge._config.chroma_from == chroma_from(services.settings)
    assert services.knowledge._config.chroma_from > 10**12
    services.upkeep.encrypt(False)
    assert services._tuned(CARD, spec).states
    assert services.knowledge._config.chroma_from == 1_000


# -- a lost key is no damage ---------------------------------------------------------------


def test_without_its_key_nothing_is_healed_restored_or_begun_anew(
    services: Services, home: Path, kept: MemoryStore
) -> None:
    write_chat()
    services.knowledge.create("Laden", "")
    services.upkeep.encrypt(True)
    services.safekeeping.make()
    services.close()
    lose_key(kept)
    before = tree(home)
    name = backups.backups(paths.chats_file())[0].name
    with contextlib.closing(build_services()) as locked:
        for work in (
            lambda: locked.chats,
            locked.knowledge.bases,
            lambda: locked.knowledge.create("Neu", ""),
            locked.safekeeping.make,
            lambda: locked.upkeep.restore_backup(name),
            lambda: backups.open_sound(paths.chats_file(), ()),
            lambda: is_sound(paths.chats_file()),
            lambda: locked.upkeep.encrypt(False),
        ):
            with pytest.raises(LockedError):
                work()
        locked.safekeeping.keep()
        assert locked.safekeeping.content(locked.safekeeping.all()[0]) is None
    assert tree(home) == before
    assert not encryption.status().key


@pytest.mark.expects_warnings
def test_another_key_in_the_store_is_no_damage_either(
    home: Path, kept: MemoryStore
) -> None:
    write_chat()
    turn_on()
    backups.make(paths.chats_file())
    for name in kept.keys:
        kept.keys[name] = keys.new_key()
    keys.forget()
    before = tree(home)
    with pytest.raises(LockedError):
        titles()
    assert tree(home) == before


@pytest.mark.parametrize("damage", ["gone", "{", '{"stage": "perhaps"}', "[]"])
def test_without_its_note_an_encrypted_file_is_still_known_as_one(
    home: Path, damage: str
) -> None:
    write_chat()
    code = turn_on()
    backups.make(paths.chats_file())
    keys.forget()
    if damage == "gone":
        paths.encryption_file().unlink()
    else:
        paths.encryption_file().write_text(damage)
    before = tree(home)
    with pytest.raises(LockedError):
        titles()
    assert tree(home) == before
    encryption.recover(code)
    assert titles() == {"Konfitüre"}
    assert encryption.status().stage == keys.ON


def test_a_damaged_plain_file_is_healed_as_ever(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_chat()
    backups.make(paths.chats_file())
    data = bytearray(paths.chats_file().read_bytes())
    data[:100] = os.urandom(100)
    paths.chats_file().write_bytes(data)
    with caplog.at_level("CRITICAL"):
        assert titles() == {"Konfitüre"}
    assert len(backups.healed(home)) == 1


# -- the way back ----------------------------------------------------------------------------


def test_the_code_opens_the_data_when_the_key_store_is_lost(
    home: Path, kept: MemoryStore
) -> None:
    write_chat()
    code = turn_on()
    lose_key(kept)
    with pytest.raises(UsageError):
        encryption.recover(code_of(keys.new_key()))
    with pytest.raises(LockedError):
        titles()
    encryption.recover(code.lower())
    keys.forget()
    assert titles() == {"Konfitüre"}
    assert list(kept.keys) == [keys.state().key]


def test_the_code_opens_the_data_where_no_store_takes_the_key(
    home: Path, kept: MemoryStore
) -> None:
    write_chat()
    code = turn_on()
    lose_key(kept)
    kept.takes = False
    with pytest.raises(LockedError):
        encryption.recover(code)
    assert titles() == {"Konfitüre"}
    keys.forget()
    encryption.recover(code, keys.FILE)
    keys.forget()
    assert titles() == {"Konfitüre"}
    assert stat.S_IMODE(paths.key_file().stat().st_mode) == 0o600


def test_who_lost_key_and_code_can_delete_everything_and_begin_anew(
    services: Services, home: Path, kept: MemoryStore
) -> None:
    write_chat()
    services.knowledge.create("Laden", "")
    services.upkeep.encrypt(True)
    services.upkeep.erase_everything()
    # The key is there: what is written from now on is encrypted as before.
    write_chat()
    assert encryption.status().stage == keys.ON
    assert keys.is_encrypted(paths.chats_file())
    services.close()
    lose_key(kept)
    with contextlib.closing(build_services()) as locked:
        locked.upkeep.erase_everything()
        assert locked.chats.chats() == []
        assert locked.knowledge.bases() == []
    assert encryption.status().stage == keys.OFF
    write_chat()
    assert titles() == {"Konfitüre"}


def test_turned_off_all_is_as_it_was(services: Services, home: Path) -> None:
    write_chat()
    services.safekeeping.make()
    aside = home / "chats.db.damaged-20260101-000000"
    aside.write_bytes(os.urandom(3 << 20))
    was = aside.read_bytes()
    code = services.upkeep.encrypt(True)
    assert not aside.exists()
    services.upkeep.encrypt(False)
    assert aside.read_bytes() == was
    assert titles() == {"Konfitüre"}
    for path in encryption.databases():
        assert keys.is_plain(path)
        assert is_sound(path, thoroughly=True)
    # The same key once more, so that the code that was written down stays right.
    assert services.upkeep.encrypt(True) == code


def test_the_code_is_shown_until_it_was_told(home: Path) -> None:
    write_chat()
    code = turn_on()
    assert turn_on() == code
    encryption.code_was_told()
    assert turn_on() == ""
    assert titles() == {"Konfitüre"}
    assert encryption.status().plain == ()


def test_a_plain_backup_from_elsewhere_comes_in_encrypted(
    services: Services, home: Path, tmp_path: Path
) -> None:
    write_chat()
    backups.make(paths.chats_file(), folder=tmp_path / "stick")
    services.upkeep.encrypt(True)
    write_chat("Danach")
    (elsewhere,) = (tmp_path / "stick").glob("chats-*.db")
    services.upkeep.restore_backup(str(elsewhere))
    assert titles() == {"Konfitüre"}
    assert keys.is_plain(elsewhere)
    assert holding(home, CANARY) == []
    # And an encrypted one comes into a plain folder as long as its key is known.
    backups.make(paths.chats_file(), folder=tmp_path / "other")
    services.upkeep.encrypt(False)
    (other,) = (tmp_path / "other").glob("chats-*.db")
    assert keys.is_encrypted(other)
    services.upkeep.restore_backup(str(other))
    assert keys.is_plain(paths.chats_file())
    assert titles() == {"Konfitüre"}


# -- turning it ----------------------------------------------------------------------------


def test_without_a_key_store_nothing_is_changed(home: Path, kept: MemoryStore) -> None:
    write_chat()
    before = tree(home)
    kept.takes = False
    with pytest.raises(LockedError):
        turn_on()
    assert tree(home) == before


def test_a_damaged_database_is_not_encrypted_but_told(home: Path) -> None:
    write_chat()
    data = bytearray(paths.chats_file().read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    paths.chats_file().write_bytes(data)
    with pytest.raises(DamagedError):
        turn_on()
    # All but the mark how changes are logged.
    assert paths.chats_file().read_bytes()[100:] == bytes(data)[100:]
    assert keys.is_plain(paths.chats_file())


def test_while_another_has_it_open_nothing_is_replaced(home: Path) -> None:
    write_chat()
    code = (
        "from app.chats.store import ChatStore; from app import paths; import time\n"
        "s = ChatStore(paths.chats_file()); print('open', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "open\n"
            with pytest.raises(StorageError):
                turn_on()
            assert keys.is_plain(paths.chats_file())
        finally:
            other.kill()
    encryption.go_on()
    assert keys.is_encrypted(paths.chats_file())
    assert titles() == {"Konfitüre"}


def test_nobody_opens_what_is_being_turned(home: Path) -> None:
    write_chat()
    turn_on()
    keys.note(keys.State(keys.TURNING_ON, keys.state().key, keys.SYSTEM))
    with keys.turning_lock(), pytest.raises(BusyError):
        titles()
    assert titles() == {"Konfitüre"}


def test_the_start_goes_on_where_it_was_cut_off(home: Path) -> None:
    write_chat()
    turn_on()
    with alone():
        encryption.turn_off()
    noted = keys.state()
    keys.note(keys.State(keys.TURNING_ON, noted.key, noted.store))
    build_services().close()
    assert encryption.status().stage == keys.ON
    assert holding(home, CANARY) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kills as Unix does")
def test_killed_at_random_nothing_is_lost(home: Path) -> None:
    random.seed(3)
    for number in range(3):
        write_chat(f"Runde {number}")
    for attempt in range(8):
        verb = "off" if attempt % 2 else "on"
        line = [sys.executable, "-m", "app", "encryption", verb]
        line += [] if attempt % 2 else ["--key-file"]
        with subprocess.Popen(
            line, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.6 + random.random())
            process.kill()
        keys.forget()
        time.sleep(0.1)
        assert titles() == {"Runde 0", "Runde 1", "Runde 2"}, attempt
        encryption.go_on()
        assert titles() == {"Runde 0", "Runde 1", "Runde 2"}, attempt
    assert backups.healed(home) == []


# -- where it lies -------------------------------------------------------------------------


def test_a_key_file_is_its_owners_alone_and_a_broken_one_is_none(
    tmp_path: Path,
) -> None:
    path = tmp_path / "folder" / "encryption.key"
    store = FileStore(path)
    key = keys.new_key()
    assert store.read("a") is None
    assert store.write("a", key)
    assert store.read("a") == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("no key")
    assert store.read("a") is None


def test_the_systems_store_is_never_one_that_anybody_chose(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyrings.alt.file.PlaintextKeyring")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'none'}")
    store = key_store.SystemStore()
    assert not store.write("name", keys.new_key())
    assert store.read("name") is None


def test_a_private_session_takes_encrypted_collections_along(
    services: Services, home: Path, laws: Path
) -> None:
    services.knowledge.create("Schule", "")
    list(services.knowledge.add("Schule", (str(laws),)))
    services.upkeep.encrypt(True)
    services.close()
    with private.session() as session, contextlib.closing(build_services()) as inside:
        assert inside.knowledge.search("Schule", "Urlaub").passages
        with pytest.raises(UsageError):
            inside.upkeep.encrypt(False)
        assert keys.is_encrypted(session.folder / "home" / "knowledge.db")
    assert encryption.status().plain == ()


# -- the command line ------------------------------------------------------------------------


def test_the_command_line_turns_it_on_recovers_and_turns_it_off(
    home: Path,
    kept: MemoryStore,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    write_chat()
    assert run(["encryption", "status"]) == 0
    assert "not encrypted" in capsys.readouterr().out
    assert run(["encryption", "on"]) == 0
    said = capsys.readouterr().out
    (code,) = [line.strip() for line in said.splitlines() if line.count("-") == 7]
    assert run(["encryption", "on"]) == 0
    assert code not in capsys.readouterr().out
    assert code.split("-")[0] not in (home / "log" / "allmende.log").read_text()
    lose_key(kept)
    assert run(["chat", "list"]) == 1
    error = capsys.readouterr().err
    assert "key store" in error
    assert "damaged" not in error
    file = tmp_path / "code"
    file.write_text(code[:-1] + ("2" if code[-1] != "2" else "3"))
    assert run(["encryption", "recover", "--code-file", str(file)]) == 2
    assert "Group 8" in capsys.readouterr().err
    file.write_text(code)
    assert run(["encryption", "recover", "--code-file", str(file)]) == 0
    keys.forget()
    assert run(["chat", "list"]) == 0
    assert "Konfitüre" in capsys.readouterr().out
    assert run(["encryption", "off", "--json"]) == 0
    assert keys.is_plain(paths.chats_file())


def test_what_is_not_encrypted_is_told(home: Path) -> None:
    write_chat()
    turn_on()
    (home / "lesson").mkdir()
    (home / "lesson" / "process.jsonl").write_text("{}")
    (home / "lesson" / "put-away-0123.jsonl").write_text("{}")
    left = ("lesson/process.jsonl", "lesson/put-away-0123.jsonl")
    assert encryption.status().left_open == left


def test_a_policy_can_refuse_it(lock: Lock, home: Path) -> None:
    write_chat()
    lock(encryption="off")
    with contextlib.closing(build_services()) as built, pytest.raises(PolicyError):
        built.upkeep.encrypt(True)
    assert run(["encryption", "on"]) == 3
    assert keys.is_plain(paths.chats_file())


def test_a_policy_can_demand_it(lock: Lock, home: Path, kept: MemoryStore) -> None:
    write_chat()
    lock(encryption="required")
    kept.takes = False
    with pytest.raises(LockedError):
        build_services()
    assert run(["chat", "list"]) == 1
    kept.takes = True
    with contextlib.closing(build_services()) as built:
        assert keys.is_encrypted(paths.chats_file())
        assert {info.title for info in built.chats.chats()} == {"Konfitüre"}
        with pytest.raises(PolicyError):
            built.upkeep.encrypt(False)
    assert run(["encryption", "off"]) == 3
    assert encryption.status().plain == ()
    assert not encryption.status().told
