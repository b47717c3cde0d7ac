"""States on disk: what comes back is what was put, or nothing."""

from __future__ import annotations

import os
import random
import stat
import sys
import time
from pathlib import Path

import pytest

from app.inference.states import StateStore, state_key

KEY = state_key(b"model", b"tokens")
PAYLOAD = bytes(range(256)) * 40


@pytest.fixture
def store(tmp_path: Path) -> StateStore:
    return StateStore(tmp_path / "states", 100_000)


def file_of(store: StateStore) -> Path:
    (path,) = store._folder.glob("*.state")
    return path


def test_what_was_put_comes_back(store: StateStore) -> None:
    assert store.get(KEY) is None
    assert not store.has(KEY)
    assert store.put(KEY, PAYLOAD)
    assert store.has(KEY)
    assert store.get(KEY) == PAYLOAD
    assert not list(store._folder.glob("*.part"))


def test_parts_of_a_key_do_not_run_into_each_other() -> None:
    assert state_key(b"ab", b"c") != state_key(b"a", b"bc")


@pytest.mark.expects_warnings
@pytest.mark.parametrize("length", [0, 1, 40, 79, 80, 81, 5_000])
def test_a_truncated_state_is_none_and_goes(store: StateStore, length: int) -> None:
    store.put(KEY, PAYLOAD)
    path = file_of(store)
    path.write_bytes(path.read_bytes()[:length])
    assert store.get(KEY) is None
    assert not path.exists()


@pytest.mark.expects_warnings
def test_a_changed_byte_anywhere_is_noticed(store: StateStore) -> None:
    store.put(KEY, PAYLOAD)
    whole = file_of(store).read_bytes()
    draw = random.Random(4)
    for _ in range(200):
        place = draw.choice([draw.randrange(80), draw.randrange(len(whole))])
        damaged = bytearray(whole)
        damaged[place] ^= 1 << draw.randrange(8)
        store._folder.joinpath(f"{KEY.hex()}.state").write_bytes(damaged)
        assert store.get(KEY) is None


@pytest.mark.expects_warnings
def test_another_model_s_state_is_not_taken_under_our_name(store: StateStore) -> None:
    store.put(state_key(b"other"), PAYLOAD)
    file_of(store).rename(store._folder / f"{KEY.hex()}.state")
    assert store.get(KEY) is None


@pytest.mark.expects_warnings
def test_more_bytes_than_there_were_are_noticed(store: StateStore) -> None:
    store.put(KEY, PAYLOAD)
    with file_of(store).open("ab") as file:
        file.write(b"more")
    assert store.get(KEY) is None


def test_the_one_used_longest_ago_goes_first(store: StateStore) -> None:
    keys = [state_key(bytes([n])) for n in range(12)]
    for age, key in enumerate(keys):
        store.put(key, PAYLOAD)
        path = store._folder / f"{key.hex()}.state"
        if path.exists():
            os.utime(path, (time.time() - 1000 + age,) * 2)
        if age == 8:
            assert store.get(keys[0]) == PAYLOAD
    assert store.get(keys[0]) == PAYLOAD
    assert store.get(keys[1]) is None
    assert store.size_bytes() <= 100_000 + 80 * 12


def test_what_nobody_used_for_a_month_goes(store: StateStore) -> None:
    store.put(KEY, PAYLOAD)
    old = time.time() - 32 * 86_400
    os.utime(file_of(store), (old, old))
    store.put(state_key(b"new"), PAYLOAD)
    assert not store.has(KEY)


def test_too_large_a_state_is_not_worth_it(store: StateStore) -> None:
    assert store.takes(50_000)
    assert not store.takes(50_001)
    assert not store.takes(0)


def test_all_can_be_removed(store: StateStore) -> None:
    store.clear()
    store.put(KEY, PAYLOAD)
    (store._folder / "half.1.part").write_bytes(b"x")
    store.clear()
    assert not list(store._folder.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="no such rights there")
def test_states_are_the_users_alone(store: StateStore) -> None:
    store.put(KEY, PAYLOAD)
    assert stat.S_IMODE(file_of(store).stat().st_mode) == 0o600
    assert stat.S_IMODE(store._folder.stat().st_mode) == 0o700


@pytest.mark.expects_warnings
def test_a_folder_that_cannot_be_written_costs_only_the_state(tmp_path: Path) -> None:
    (tmp_path / "states").write_text("a file where the folder should be")
    store = StateStore(tmp_path / "states", 1_000)
    assert not store.put(KEY, b"x" * 10)
    assert not store.has(KEY)
