"""Data on a network share: recognised from the list of mounts, and written with care."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from app import mounts, paths
from app.chats.store import ChatStore
from app.cli.main import run
from app.database import open_database
from app.mounts import network_kind

TABLE = """/dev/sda1 / ext4 rw,relatime 0 0
tmpfs /tmp tmpfs rw 0 0
auto.home /home autofs rw,fd=6 0 0
server:/export/home/anna /home/anna nfs4 rw,vers=4.2 0 0
//files/school /srv/Schul\\040Laufwerk cifs rw 0 0
/dev/sdb1 /home/anna/local ext4 rw 0 0
broken line
user@host: /home/bert/far fuse.sshfs rw 0 0
"""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mounts"
    path.write_text(TABLE)
    monkeypatch.setattr(mounts, "MOUNTS", path)
    return path


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/anna", "nfs4"),
        ("/home/anna/.local/share/Allmende", "nfs4"),
        ("/home/annabell/x", ""),
        ("/home/anna/local/Allmende", ""),
        ("/srv/Schul Laufwerk/x", "cifs"),
        ("/srv/Schul", ""),
        ("/home/bert/far", "fuse.sshfs"),
        ("/", ""),
        ("/var/lib", ""),
    ],
)
def test_the_nearest_mount_counts(table: Path, folder: str, kind: str) -> None:
    assert network_kind(Path(folder)) == kind


def test_a_link_counts_as_what_it_leads_to(table: Path, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to("/home/anna/allmende")
    assert network_kind(tmp_path / "data") == "nfs4"


def test_the_last_of_two_mounts_at_one_place_counts(table: Path) -> None:
    table.write_text(TABLE + "server:/x /tmp nfs rw 0 0\n")
    assert network_kind(Path("/tmp/x")) == "nfs"


@pytest.mark.parametrize("content", [None, b"", b"\xff\\9\\999 \\\xff nfs\n", b"a b"])
def test_a_list_that_tells_nothing_means_no_share(
    table: Path, content: bytes | None
) -> None:
    if content is None:
        table.unlink()
    else:
        table.write_bytes(content)
    assert network_kind(Path("/home/anna")) == ""


def on_share(table: Path, folder: Path) -> None:
    table.write_text(TABLE + f"server:/x {folder} nfs4 rw 0 0\n")


def test_on_a_share_no_write_ahead_log_is_used(table: Path, tmp_path: Path) -> None:
    path = tmp_path / "share" / "x.db"
    for shared, mode in ((False, "wal"), (True, "delete"), (False, "wal")):
        table.write_text(TABLE)
        if shared:
            on_share(table, path.parent)
        with contextlib.closing(open_database(path, [])) as connection:
            assert connection.pragma("journal_mode") == mode


@pytest.mark.usefixtures("home")
def test_conversations_work_on_a_share_and_doctor_tells(
    table: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    on_share(table, tmp_path)
    with contextlib.closing(ChatStore(paths.chats_file())) as store:
        first = store.create("eins").id
        with contextlib.closing(ChatStore(paths.chats_file())) as second:
            second.create("zwei")
            assert len(second.chats()) == 2
        store.keep_draft(first, "drei")
        assert store.draft(first) == "drei"
    assert not paths.chats_file().with_name("chats.db-wal").exists()
    assert run(["doctor", "--json"]) in (0, 1)
    told = capsys.readouterr().out
    assert "network share (nfs4)" in told
    assert "ALLMENDE_HOME" in told


def test_a_reader_does_not_stop_a_writer_for_long(table: Path, tmp_path: Path) -> None:
    path = tmp_path / "share" / "x.db"
    on_share(table, path.parent)
    with (
        contextlib.closing(open_database(path, [])) as writer,
        contextlib.closing(open_database(path, [])) as reader,
    ):
        writer.execute("CREATE TABLE t (x)")
        for number in range(50):
            writer.execute("INSERT INTO t VALUES (?)", (number,))
            assert reader.execute("SELECT count(*) FROM t").fetchall() == [
                (number + 1,)
            ]
        with writer:
            writer.execute("INSERT INTO t VALUES (99)")
            # What is not committed is not seen, and does not hold the reader up.
            assert reader.execute("SELECT count(*) FROM t").fetchall() == [(50,)]
