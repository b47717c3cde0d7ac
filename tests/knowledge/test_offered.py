"""Bases for everybody: published by an administrator, read by all, changed by nobody."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from app.database import fetch
from app.embedding.fake import FakeEmbedder
from app.errors import PolicyError, StorageError, UsageError
from app.index.publishing import file_name, open_published
from app.knowledge.child import IndexService
from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.knowledge.messages import (
    AddPaths,
    PublishBase,
    RemoveBase,
    Search,
    ShowBase,
)
from app.values.bases import Published
from app.values.cards import InstalledModel, ModelCard
from app.workers.child import Job

QUESTION = "Wann muss ich Urlaub beantragen?"
SECRET = "Ein Geheimnis der Verwaltung"


def knowledge_of(home: Path, *folders: Path) -> Knowledge:
    config = IndexConfig(
        home / "knowledge.db", home / "index", offered=tuple(map(str, folders))
    )
    return Knowledge(config)


@pytest.fixture
def share(tmp_path: Path) -> Path:
    folder = tmp_path / "share"
    folder.mkdir()
    return folder


@pytest.fixture
def published(tmp_path: Path, laws: Path, share: Path) -> Published:
    """The base of an administrator, who has another one besides."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "geheim.txt").write_text(f"{SECRET}: das Urlaubskonto.", "utf-8")
    with closing(knowledge_of(tmp_path / "admin")) as admin:
        for name, folder in (("Verwaltung", secret), ("Schule", laws)):
            admin.create(name, "")
            list(admin.add(name, (str(folder),)))
        return admin.publish("Schule", str(share))


@pytest.fixture
def user(home: Path, share: Path) -> Iterator[Knowledge]:
    with closing(knowledge_of(home, Path("/none"), share)) as knowledge:
        yield knowledge


def test_everybody_asks_it_and_sees_where_it_stands(
    user: Knowledge, published: Published, laws: Path
) -> None:
    assert published.documents == 2
    (base,) = user.bases()
    assert (base.name, base.offered, base.documents) == ("Schule", True, 2)
    passage = user.search("Schule", QUESTION).passages[0]
    assert Path(passage.file).parent == laws
    text = user.text(passage.document_id, passage.start, passage.end, passage.text)
    assert text.text[passage.start : passage.end] == passage.text
    shown = {info.id: info.file for info in user.documents("Schule")}
    assert shown[passage.document_id] == passage.file
    assert user.search("Schule", QUESTION, documents=(passage.file,)).passages
    assert user.check("Schule").healthy
    assert user.own_bases() == []
    assert user.sources("Schule") == []


def test_it_holds_nothing_of_other_bases(published: Published) -> None:
    data = Path(published.file).read_bytes()
    assert SECRET.encode() not in data
    assert b"geheim" not in data
    assert b"Verwaltung" not in data
    assert b"Urlaub" in data


def test_its_numbers_are_not_those_of_own_documents(
    user: Knowledge, published: Published, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "eigenes.txt").write_text("Urlaub beantrage ich bei mir selbst.", "utf-8")
    user.create("Meine", "")
    list(user.add("Meine", (str(own),)))
    mine = user.search("Meine", QUESTION).passages[0]
    theirs = user.search("Schule", QUESTION).passages[0]
    assert "mir selbst" in user.text(mine.document_id).text
    assert "mir selbst" not in user.text(theirs.document_id).text
    assert [base.name for base in user.bases()] == ["Meine", "Schule"]


def test_nobody_changes_it(
    user: Knowledge, published: Published, laws: Path, share: Path
) -> None:
    before = Path(published.file).read_bytes()
    file = user.documents("Schule")[0].file
    for change in (
        lambda: list(user.add("Schule", (str(laws),))),
        lambda: list(user.sync("Schule")),
        lambda: user.forget("Schule", file),
        lambda: user.remove("Schule"),
        lambda: list(user.rebuild("Schule")),
        lambda: list(user.set_embedder("Schule", "")),
        lambda: user.remove_source("Schule", str(laws)),
        lambda: user.create("Schule", ""),
        lambda: user.publish("Schule", str(share)),
    ):
        with pytest.raises(PolicyError, match="only read"):
            change()
    assert Path(published.file).read_bytes() == before
    assert [path.name for path in share.iterdir()] == ["Schule.db"]


def test_it_is_read_where_nobody_may_write(
    user: Knowledge, published: Published, share: Path
) -> None:
    Path(published.file).chmod(0o444)
    share.chmod(0o555)
    try:
        assert user.search("Schule", QUESTION).passages
        assert [path.name for path in share.iterdir()] == ["Schule.db"]
    finally:
        share.chmod(0o755)


def test_a_base_of_ones_own_keeps_its_name(
    home: Path, published: Published, share: Path, laws: Path
) -> None:
    with closing(knowledge_of(home)) as alone:
        alone.create("Schule", "")
    with closing(knowledge_of(home, share)) as user:
        assert [(b.name, b.offered) for b in user.bases()] == [("Schule", False), ("Schule (2)", True)]  # fmt: skip
        assert user.search("Schule (2)", QUESTION).passages
        assert not user.search("Schule", QUESTION).passages
        with pytest.raises(PolicyError):
            user.remove("Schule (2)")
        list(user.add("Schule", (str(laws),)))
        assert user.base("Schule").documents == 2


def test_a_newer_one_takes_its_place_while_it_is_used(
    user: Knowledge, published: Published, tmp_path: Path, share: Path, laws: Path
) -> None:
    assert user.base("Schule").documents == 2
    (laws / "neu.txt").write_text("Neu: Hitzefrei ab 27 Grad.", "utf-8")
    with closing(knowledge_of(tmp_path / "admin")) as admin:
        list(admin.sync("Schule"))
        admin.publish("Schule", str(share))
    assert user.base("Schule").documents == 3
    assert "27 Grad" in user.search("Schule", "Wann ist hitzefrei?").passages[0].text
    Path(published.file).unlink()
    assert user.bases() == []
    with pytest.raises(UsageError, match="no base"):
        user.search("Schule", QUESTION)


def damage_header(path: Path) -> None:
    path.write_bytes(b"x" * 100 + path.read_bytes()[100:])


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def make_older(path: Path) -> None:
    apsw.Connection(str(path)).pragma("user_version", 3)


def make_newer(path: Path) -> None:
    apsw.Connection(str(path)).pragma("user_version", 99)


def make_other(path: Path) -> None:
    path.unlink()
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE x(y); PRAGMA user_version=4")
    connection.close()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (damage_header, "damaged"), (cut, "damaged"), (make_other, "damaged"),
        (make_older, "another version"), (make_newer, "another version"),
        (lambda path: path.write_bytes(b""), "another version"),
    ],
)  # fmt: skip
def test_one_that_cannot_be_used_is_told_and_the_others_work(
    user: Knowledge, published: Published, share: Path, harm: object, words: str
) -> None:
    bad = share / "schlecht.db"
    shutil.copyfile(published.file, bad)
    assert callable(harm)
    harm(bad)
    assert "Schule" in [base.name for base in user.bases()]
    assert user.search("Schule", QUESTION).passages
    (problem,) = user.offered_problems()
    assert problem.file == str(bad)
    assert words in problem.sentence
    assert "suspect" not in "".join(path.name for path in share.iterdir())


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads all")
def test_one_that_may_not_be_read_is_told(
    user: Knowledge, published: Published
) -> None:
    Path(published.file).chmod(0)
    assert user.bases() == []
    assert "cannot be read" in user.offered_problems()[0].sentence


def test_a_full_disk_leaves_the_published_one(
    tmp_path: Path, published: Published, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Path(published.file).read_bytes()
    blocked = tmp_path / "file"
    blocked.write_text("x", "ascii")
    with closing(knowledge_of(tmp_path / "admin")) as admin:
        with pytest.raises(StorageError):
            admin.publish("Schule", str(blocked / "below"))
        assert Path(published.file).read_bytes() == before
        assert admin.publish("Schule", str(share)).documents == 2
    assert [path.name for path in share.iterdir()] == ["Schule.db"]


@pytest.mark.parametrize(
    ("base", "file"),
    [("Schule", "Schule"), ("a/b\\c:d", "a_b_c_d"), ("..", "_"), ("Übung 1.", "Übung 1")],
)  # fmt: skip
def test_names_of_files_are_those_every_system_takes(base: str, file: str) -> None:
    assert file_name(base) == file


def test_opening_it_writes_nothing(published: Published) -> None:
    connection = open_published(Path(published.file))
    with pytest.raises(apsw.Error):
        connection.execute("DELETE FROM bases")
    connection.close()


def test_vectors_of_its_embedder_go_along_and_no_others(
    tmp_path: Path, share: Path, laws: Path
) -> None:
    embedder = FakeEmbedder(key="a-key")
    card = ModelCard("a", "embedder", "a", "f", 1, embedder.key, "", ("de",))
    config = IndexConfig(
        tmp_path / "knowledge.db", tmp_path / "index", (InstalledModel(card, ""),),
        offered=(str(share),),
    )  # fmt: skip
    with closing(IndexService(config)) as service:
        service._embedders._loaded.update(a=embedder)
        service._write.store.create_base("Schule", "a")
        list(service.add_paths(Job(1, AddPaths("Schule", (str(laws),)))))
        connection = service._write.store.connection
        connection.execute(
            "INSERT INTO vectors SELECT chunk_id, 'old-key', vector FROM vectors"
        )
        (made,) = service.publish(Job(2, PublishBase("Schule", str(share))))
        published = open_published(Path(made.file))
        keys = fetch(published, "SELECT embedder, count(*) FROM vectors GROUP BY 1")
        published.close()
        assert keys == [("a-key", made.vectors)]
        list(service.remove_base(Job(3, RemoveBase("Schule"))))
        (base,) = service.show_base(Job(4, ShowBase("Schule")))
        assert (base.offered, base.vectors) == (True, made.vectors)  # type: ignore[attr-defined]
        found = service.search(Job(5, Search("Schule", QUESTION, 3, "vectors")))
        assert next(found).passages
