from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from app import netlog, paths, privacy
from app.errors import BusyError, Cancelled, StorageError
from app.files import FileLock
from app.values.bases import Base, DocumentInfo
from app.values.chats import AnswerSettings, ChatInfo, Exchange, Scope
from app.values.quiz import Item
from app.values.works import Work, WorkInfo


@pytest.fixture
def filled(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with everything in it, and things that are not ours."""
    models = home / "models"
    monkeypatch.setenv("ALLMENDE_MODELS", str(models))
    for name in (
        "chats.db",
        "chats.db-wal",
        "chats.db.before-2",
        "knowledge.db",
        "index/1/data.bin",
        "states/0a.state",
        "settings.json",
        "remote.token",
        "serve.json",
        "network.json",
        "backups/chats-20260101-120000.db",
        "receipts/1.json",
        "assistants/a.assistant.json",
        "log/allmende.log",
        "log/allmende.log.1",
        "lesson/process.jsonl",
        "lesson/last.json",
        "lesson/put-away-0123.jsonl",
        "models/tiny/tiny.gguf",
        "thesis.odt",
        "log/other.log",
    ):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 10)
    return home


def files_in(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_what_is_kept_is_told_with_its_size(filled: Path) -> None:
    holdings = {h.key: h for h in privacy.inventory({"chats": 3})}
    assert holdings["chats"].size_bytes == 30
    assert holdings["chats"].count == 3
    assert holdings["settings"].path == str(filled / "settings.json")
    assert holdings["models"].size_bytes == 10
    assert holdings["log"].count is None


def test_an_empty_folder_holds_nothing(home: Path) -> None:
    assert not {h.key for h in privacy.inventory({})} - {"models", "shared"}


def test_everything_of_ours_goes_and_nothing_else(filled: Path) -> None:
    receipt = privacy.erase()
    assert files_in(filled) == {"thesis.odt", "log/other.log", "models/tiny/tiny.gguf"}
    assert receipt.files == 19
    assert receipt.bytes >= 100
    assert not receipt.failed
    assert {part.key for part in receipt.removed} == {p.key for p in privacy.PARTS}


def test_models_go_on_wish_and_parts_can_be_kept(filled: Path) -> None:
    privacy.erase(models=True, keep=frozenset({"chats.db", "chats.db-wal"}))
    left = files_in(filled)
    assert "models/tiny/tiny.gguf" not in left
    assert {"chats.db", "chats.db-wal"} <= left
    assert "chats.db.before-2" not in left
    assert "knowledge.db" not in left


def test_a_link_is_removed_but_not_what_it_points_to(
    filled: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.txt").write_text("mine")
    (filled / "receipts" / "link").symlink_to(elsewhere)
    privacy.erase()
    assert (elsewhere / "mine.txt").read_text() == "mine"
    assert not (filled / "receipts").exists()


def test_nothing_goes_while_another_allmende_writes(filled: Path) -> None:
    before = files_in(filled)
    with (
        FileLock(paths.knowledge_file().with_suffix(".lock")),
        pytest.raises(BusyError),
    ):
        privacy.erase()
    assert files_in(filled) >= before


class Chats:
    def chats(self, deleted: bool = False) -> list[ChatInfo]:
        if deleted:
            return [ChatInfo(2, "Old / news")]
        return [ChatInfo(1, "../../Fahrt: wohin?")]

    def exchanges(self, chat: int) -> list[Exchange]:
        return [Exchange(chat, chat, None, "Wohin?", Scope("B"), AnswerSettings(), 0.0)]

    def works(self) -> list[WorkInfo]:
        return [WorkInfo(7, "quiz", "Quiz: Regeln", 0.0)]

    def work(self, id_: int) -> Work:
        return Work("quiz", "Quiz: Regeln", items=(Item("essay", "Warum?"),))


class Documents:
    def own_bases(self) -> list[Base]:
        return [Base(1, "Schule", "")]

    def documents(self, name: str) -> list[DocumentInfo]:
        return [DocumentInfo(1, "/s/letter.docx", "indexed")]


def everything() -> list[privacy.Entry]:
    def render(info: ChatInfo, exchanges: Sequence[Exchange], ending: str) -> bytes:
        return f"{ending}: {info.title}: {exchanges[0].question}".encode()

    return list(privacy.entries_of_all(Chats(), Documents(), {"theme": "dark"}, render))


def test_the_archive_holds_all_and_names_stay_inside(
    filled: Path, tmp_path: Path
) -> None:
    target = tmp_path / "all.zip"
    total = privacy.count_entries(Chats(), Documents())
    steps = list(privacy.write_archive(target, everything(), total))
    assert steps[-1].done == steps[-1].total
    with zipfile.ZipFile(target) as archive:
        names = set(archive.namelist())
        assert names == {
            "settings.json",
            "documents/00001 Schule.json",
            "conversations/00001 Fahrt wohin.md",
            "conversations/00001 Fahrt wohin.json",
            "bin/00002 Old news.md",
            "bin/00002 Old news.json",
            "drafts/00007 Quiz Regeln.json",
            "network.json",
            "receipts/1.json",
            "assistants/a.assistant.json",
        }
        chat = archive.read("conversations/00001 Fahrt wohin.json").decode()
        assert chat == "json: ../../Fahrt: wohin?: Wohin?"
        draft = json.loads(archive.read("drafts/00007 Quiz Regeln.json"))
        assert draft["items"][0]["text"] == "Warum?"


def test_a_stopped_export_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "all.zip"
    with pytest.raises(Cancelled):
        list(privacy.write_archive(target, everything(), 3, lambda: True))
    assert list(tmp_path.glob("all*")) == []


def test_an_export_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        list(privacy.write_archive(tmp_path / "none" / "all.zip", everything(), 3))


def test_connections_are_counted_and_kept(home: Path) -> None:
    netlog.forget()
    before = netlog.summary()
    assert before.connections == 0
    assert before.since > 0
    netlog.record("models.example")
    netlog.record("models.example", sent_bytes=5, received_bytes=900, connections=0)
    after = netlog.summary()
    assert after.session == before.session + 1
    (host,) = after.hosts
    assert (host.connections, host.sent_bytes, host.received_bytes) == (1, 5, 900)
    assert after.since == before.since
    kept = json.loads(paths.network_file().read_text())
    assert kept["hosts"][0]["host"] == "models.example"


@pytest.mark.expects_warnings
def test_what_the_disk_refuses_is_counted_all_the_same(home: Path) -> None:
    netlog.forget()
    paths.network_file().unlink()
    paths.network_file().mkdir()
    netlog.record("models.example")
    assert netlog.summary().connections == 1
    paths.network_file().rmdir()
    netlog.record("models.example")
    assert netlog.summary().connections == 2
    netlog.forget()
