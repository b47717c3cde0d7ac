"""The data folder is its owner's alone; what is saved elsewhere has the usual rights."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import paths, private
from app.chats.store import ChatStore
from app.files import close_to_others, make_folder, storage_error, write_atomically
from app.services import build_services

ROOT = Path(__file__).parents[1]
WITH_RIGHTS = pytest.mark.skipif(sys.platform == "win32", reason="has other rights")


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def allmende(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def open_to_others(folder: Path) -> list[str]:
    """Return what others of the computer may read or enter, whatever lies above it."""
    found = [folder, *folder.rglob("*.db*"), *folder.rglob("*.json")]
    found += [path for path in folder.rglob("*") if path.is_dir()]
    return sorted(str(path) for path in found if mode(path) & 0o077)


@WITH_RIGHTS
def test_a_new_data_folder_is_its_owners_alone(home: Path, laws: Path) -> None:
    assert allmende("base", "create", "Schule", "--embedder", "none").returncode == 0
    assert mode(home) == 0o700
    assert allmende("base", "add", "Schule", str(laws)).returncode == 0
    assert allmende("backup", "create").returncode == 0
    assert len(list((home / "backups").glob("*.db"))) == 1
    assert open_to_others(home) == []


@WITH_RIGHTS
def test_a_log_of_changes_is_as_closed_as_its_database(home: Path) -> None:
    with contextlib.closing(ChatStore(paths.chats_file())) as store:
        store.create("Konfitüre")
        beside = sorted(path.name for path in home.glob("chats.db-*"))
        assert beside == ["chats.db-shm", "chats.db-wal"]
        assert open_to_others(home) == []


@WITH_RIGHTS
def test_a_backup_in_another_folder_is_closed_too(home: Path, tmp_path: Path) -> None:
    ChatStore(paths.chats_file()).close()
    with contextlib.closing(build_services()) as services:
        (made,) = services.safekeeping.make(tmp_path / "stick")
    assert mode(Path(made.path)) == 0o600
    # The folder is none of ours.
    assert mode(tmp_path / "stick") == 0o755


@WITH_RIGHTS
@pytest.mark.parametrize("how", ["command line", "private"])
def test_the_start_closes_a_folder_that_was_left_open(home: Path, how: str) -> None:
    ChatStore(paths.chats_file()).close()
    (home / "backups").mkdir()
    copy = home / "backups" / "chats-20260101-000000.db"
    copy.write_bytes(b"")
    for path in (home, home / "backups"):
        path.chmod(0o755)
    for path in (paths.chats_file(), copy):
        path.chmod(0o644)
    asked = ["--private"] if how == "private" else []
    assert allmende(*asked, "chat", "list").returncode == 0
    assert mode(home) == 0o700
    assert mode(paths.chats_file()) == mode(copy) == 0o600
    # Once only: what its owner opens in there stays open.
    copy.chmod(0o640)
    assert allmende("chat", "list").returncode == 0
    assert mode(copy) == 0o640


@WITH_RIGHTS
def test_a_folder_that_cannot_be_closed_is_used_all_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_folder(home)
    home.chmod(0o750)

    def refuse(path: Path, _mode: int) -> None:
        raise PermissionError(errno.EPERM, "not on this drive", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "chmod", refuse)
        close_to_others(home)
    owner = home.stat().st_uid
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: owner + 1)
        close_to_others(home)
    close_to_others(home / "nowhere")
    assert mode(home) == 0o750


@WITH_RIGHTS
def test_a_session_on_the_disk_closes_the_folder_that_it_makes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with private.session() as session:
        assert home in session.folder.parents
        assert mode(home) == mode(home / "private") == mode(session.folder) == 0o700


@WITH_RIGHTS
def test_what_is_saved_elsewhere_has_the_usual_rights(
    home: Path, tmp_path: Path
) -> None:
    write_atomically(home / "receipts" / "one.txt", b"mine")
    write_atomically(tmp_path / "class" / "sheet.html", b"for everybody")
    assert mode(home / "receipts") == 0o700
    assert mode(home / "receipts" / "one.txt") == 0o600
    assert mode(tmp_path / "class") == 0o755
    assert mode(tmp_path / "class" / "sheet.html") == 0o644


def refusal_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(paths, "shared_bases_dir", lambda: Path("/shared/bases"))
    return str(storage_error(PermissionError(errno.EACCES, "no", str(path))))


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("{home}/chats.db", "Allmende may not write to its data folder."),
        ("/shared/bases/A.db", "Only administrators may write to /shared/bases."),
        ("/srv/x/A.db", "Allmende may not write to /srv/x."),
    ],
)
def test_the_folder_that_was_meant_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, where: str, told: str
) -> None:
    text = refusal_of(Path(where.format(home=home)), monkeypatch)
    assert text.startswith(told)
    assert ("ALLMENDE_HOME" in text) == (where[0] == "{")


@pytest.mark.skipif(sys.platform != "linux", reason="where even root may not write")
def test_a_backup_into_a_closed_folder_names_it(home: Path) -> None:
    ChatStore(paths.chats_file()).close()
    done = allmende("backup", "create", "/sys/allmende")
    assert done.returncode == 1
    assert "Allmende may not write to /sys/allmende." in done.stderr
    assert "ALLMENDE_HOME" not in done.stderr
