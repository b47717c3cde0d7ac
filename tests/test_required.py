"""Where encryption is demanded nothing stays plain: not by a copy, a lock or a session."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app import encryption, keys, paths, private, selftest
from app.chats.store import ChatStore
from app.cli.main import run
from app.errors import AppError, BusyError, LockedError
from app.keys.store import MemoryStore
from app.privacy import alone
from app.services import build_services
from tests.faults.encrypting import holding
from tests.key_stores import kept
from tests.settings.conftest import Lock, lock

assert kept  # fixtures
assert lock
ROOT = Path(__file__).parents[1]
CANARY = "Quittenmarmelade"


@pytest.fixture
def plain(home: Path, tmp_path: Path) -> Path:
    """A plain database with a collection, made by another Allmende."""
    with contextlib.closing(build_services()) as services:
        services.knowledge.create(CANARY, "")
    copy = shutil.copy(paths.knowledge_file(), tmp_path / "knowledge-plain.db")
    shutil.rmtree(home)
    return Path(copy)


def names() -> set[str]:
    with contextlib.closing(build_services()) as services:
        return {base.name for base in services.knowledge.bases()}


def encrypted_start() -> None:
    build_services().close()
    assert keys.state().stage == keys.ON


def test_a_plain_database_that_is_copied_in_is_encrypted_at_the_start(
    lock: Lock, home: Path, plain: Path
) -> None:
    lock(encryption="required")
    encrypted_start()
    shutil.copy(plain, paths.knowledge_file())
    assert names() == {CANARY}
    assert keys.is_encrypted(paths.knowledge_file())
    assert holding(home, CANARY) == []


def test_the_start_is_refused_while_a_plain_one_cannot_be_encrypted(
    lock: Lock, home: Path, plain: Path, kept: MemoryStore
) -> None:
    lock(encryption="required")
    encrypted_start()
    shutil.copy(plain, paths.knowledge_file())
    kept.keys.clear()
    keys.forget()
    with pytest.raises(LockedError):
        build_services()
    assert keys.is_plain(paths.knowledge_file())


def test_who_holds_the_lock_does_not_get_by_the_policy(
    lock: Lock, home: Path, plain: Path, kept: MemoryStore
) -> None:
    lock(encryption="required")
    home.mkdir()
    shutil.copy(plain, paths.knowledge_file())
    with alone(), pytest.raises(BusyError):
        build_services()
    build_services().close()
    # Nothing is left to do: another one may work meanwhile.
    with alone():
        assert names() == {CANARY}


@pytest.mark.parametrize("demanded", [True, False])
def test_a_backup_is_encrypted_also_where_a_plain_file_lay(
    lock: Lock, home: Path, plain: Path, demanded: bool
) -> None:
    if demanded:
        lock(encryption="required")
    with alone():
        encryption.turn_on()
    shutil.copy(plain, paths.knowledge_file())
    assert run(["backup", "restore", str(plain)]) == 0
    assert keys.is_encrypted(paths.knowledge_file())
    assert encryption.status().plain == ()
    assert holding(home, CANARY) == []
    assert names() == {CANARY}


def test_without_a_key_no_backup_comes_in(
    lock: Lock, home: Path, plain: Path, kept: MemoryStore
) -> None:
    lock(encryption="required")
    kept.takes = False
    assert run(["backup", "restore", str(plain)]) == 1
    assert holding(home, CANARY) == []


def test_a_backup_takes_the_place_of_a_damaged_plain_file(
    lock: Lock, home: Path, plain: Path
) -> None:
    home.mkdir()
    data = bytearray(plain.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    paths.knowledge_file().write_bytes(data)
    lock(encryption="required")
    with pytest.raises(AppError):
        build_services()
    assert run(["backup", "restore", str(plain)]) == 0
    assert names() == {CANARY}
    assert holding(home, CANARY) == []


def test_what_came_in_plain_is_encrypted_without_a_policy_too(
    home: Path, plain: Path
) -> None:
    with alone():
        encryption.turn_on()
    shutil.copy(plain, paths.knowledge_file())
    assert names() == {CANARY}
    assert keys.is_encrypted(paths.knowledge_file())


# -- private sessions --------------------------------------------------------------------


def test_a_private_session_has_a_key_of_its_own(
    lock: Lock, home: Path, kept: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    lock(encryption="required")
    kept.takes = False
    with private.session() as session:
        with contextlib.closing(build_services()) as services:
            services.knowledge.create(CANARY, "")
            assert services.knowledge.base(CANARY).name == CANARY
        assert keys.is_encrypted(paths.knowledge_file())
        assert holding(session.folder, CANARY) == []
        assert holding(session.folder, keys.current().hex()) == []
        assert encryption.status().told
    assert kept.keys == {}


def test_plain_collections_that_a_session_takes_along_are_encrypted(
    lock: Lock, home: Path, plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    home.mkdir()
    shutil.copy(plain, paths.knowledge_file())
    lock(encryption="required")
    with private.session() as session:
        assert names() == {CANARY}
        assert holding(session.folder, CANARY) == []
    assert keys.is_plain(paths.knowledge_file())


def test_nobody_reads_what_a_killed_session_left(tmp_path: Path, home: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(f"""
import os, signal
from pathlib import Path
from app import paths, private
from app.services import build_services
from app.settings import carriers
if __name__ == "__main__":
    paths.policy_file = lambda: Path({str(tmp_path / "policies.json")!r})
    carriers._others_may_write = lambda _path: False
    with private.session():
        services = build_services()
        services.knowledge.create("{CANARY}", "")
        os.kill(os.getpid(), signal.SIGKILL)
""")
    policy = {"locked": {"encryption": "required"}, "by": "Goethe school"}
    (tmp_path / "policies.json").write_text(json.dumps(policy))
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "ALLMENDE_HOME": str(home),
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere",
        },
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    (left,) = home.rglob("knowledge.db")
    assert keys.is_encrypted(left)
    assert holding(home, CANARY) == []


# -- what administrators look at -----------------------------------------------------------


def test_what_needs_no_data_works_without_a_key(
    lock: Lock,
    home: Path,
    kept: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("ALLMENDE_MODELS", str(tmp_path / "no-models"))
    lock(encryption="required")
    kept.takes = False
    assert run(["models", "list", "--json"]) == 0
    assert run(["models", "show", "multilingual-e5-small"]) == 0
    assert run(["models", "verify"]) == 0
    assert run(["policy", "show"]) == 0
    assert run(["base", "list"]) == 1
    assert not paths.knowledge_file().exists()


def test_the_doctor_tells_of_a_missing_key_as_one_of_its_findings(
    lock: Lock, home: Path, kept: MemoryStore, capsys: pytest.CaptureFixture[str]
) -> None:
    lock(encryption="required")
    kept.takes = False
    assert run(["doctor", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["findings"]
    (wrong,) = [row for row in told if "key store" in row["text"]]
    assert wrong["state"] == "error"
    assert "disk" in {row["name"] for row in told}
    assert not paths.knowledge_file().exists()


def test_closed_data_stay_closed(lock: Lock, home: Path, kept: MemoryStore) -> None:
    lock(encryption="required")
    kept.takes = False
    with contextlib.closing(build_services(data=False)) as services:
        for ask in (
            services.knowledge.bases,
            services.knowledge.start,
            lambda: services.knowledge.create(CANARY, ""),
            lambda: services.chats,
        ):
            with pytest.raises(LockedError):
                ask()
    assert not list(home.rglob("*.db"))


def test_the_selftest_keeps_no_key_and_tells_of_a_missing_one(
    lock: Lock, home: Path, kept: MemoryStore
) -> None:
    from app.cli.selftest import _encryption

    lock(encryption="required")
    kept.takes = False
    with selftest._home_of_its_own():
        with contextlib.closing(build_services(passing=True)) as services:
            services.knowledge.create(CANARY, "")
        assert keys.is_encrypted(paths.knowledge_file())
    (check,) = _encryption().values()
    found = selftest._tried("encryption", check, None)  # type: ignore[arg-type]
    assert found.state == selftest.FAILED
    assert "key store" in found.sentence
    assert kept.keys == {}
    kept.takes = True
    (check,) = _encryption().values()
    assert selftest._tried("encryption", check, None).state == selftest.OK  # type: ignore[arg-type]


def test_without_a_policy_the_selftest_looks_at_no_data_of_the_user(home: Path) -> None:
    from app.cli.selftest import _encryption

    ChatStore(paths.chats_file()).close()
    assert _encryption() == {}
