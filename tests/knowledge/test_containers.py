"""Archives and mails in a base: members are documents that come, stay and go with them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.database import open_database
from app.embedding.fake import FakeEmbedder
from app.errors import UsageError
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.index.vector_index import VectorIndex
from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.knowledge.files_of import files_of
from app.readers import is_supported
from app.values.bases import DocumentDone, IngestDone
from tests.knowledge.test_ingest import House
from tests.readers.make_packed import (
    course_members,
    mail,
    own_temp,
    pdf_of,
    raw_named_zip,
    tar_gz,
    written,
    zip_bytes,
)

CELL = b"Der Zellkern steuert alle Vorg\xc3\xa4nge in der Zelle."
LEAF = "Blätter betreiben Photosynthese mit Hilfe des Sonnenlichts.".encode()


@pytest.fixture(autouse=True)
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_temp(tmp_path, monkeypatch)


@pytest.fixture
def house(tmp_path: Path) -> House:
    store = Store(open_database(tmp_path / "home" / "knowledge.db", MIGRATIONS))
    store.create_base("a", "fake")
    return House(store, VectorIndex(store.connection), FakeEmbedder())


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


@pytest.fixture
def knowledge(home: Path) -> Iterator[Knowledge]:
    result = Knowledge(IndexConfig(home / "knowledge.db", home / "index"))
    result.create("a", "")
    yield result
    result.close()


def told(house: House, *sources: Path) -> dict[str, str]:
    """Return path below the first source's folder → status or reason."""
    root = sources[0] if sources[0].is_dir() else sources[0].parent
    return {
        Path(e.file).relative_to(root).as_posix(): e.reason or e.status
        for e in house.ingest(*sources)
        if isinstance(e, DocumentDone)
    }


def held(house: House) -> list[str]:
    documents = house.store.documents(house.store.base("a"))
    return [Path(d.file).name for d in documents if d.status == "indexed"]


def no_copies() -> bool:
    return not list(Path(tempfile.gettempdir()).glob("allmende-member-*"))


def test_members_are_documents_below_their_archive(house: House, docs: Path) -> None:
    data = zip_bytes({"Woche 1/zelle.txt": CELL, "blatt.pdf": pdf_of("Das Blatt.")})
    path = written(docs / "kurs.zip", data)
    assert told(house, docs) == {
        "kurs.zip": "indexed",
        "kurs.zip/Woche 1/zelle.txt": "indexed",
        "kurs.zip/blatt.pdf": "indexed",
    }
    assert house.first("Was steuert der Zellkern?") == "zelle.txt"
    infos = {d.file: d for d in house.store.documents(house.store.base("a"))}
    assert infos[str(path)].chunks == 0
    assert infos[str(path / "blatt.pdf")].pages == 1
    assert infos[str(path / "Woche 1" / "zelle.txt")].size_bytes == len(CELL)
    assert no_copies()


def test_an_unchanged_archive_is_not_opened(house: House, docs: Path) -> None:
    data = zip_bytes({"a.txt": CELL, "b.txt": b""})
    path = written(docs / "kurs.zip", data)
    first = told(house, docs)
    assert first["kurs.zip/b.txt"] == "empty"
    status = path.stat()
    # What cannot be opened, but has size and time of before, is not even tried.
    path.write_bytes(b"x" * len(data))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert told(house, docs) == {
        "kurs.zip": "unchanged",
        "kurs.zip/a.txt": "unchanged",
        "kurs.zip/b.txt": "empty",
    }
    path.write_bytes(data)
    os.utime(path, (5, 5))
    assert set(told(house, docs).values()) == {"unchanged", "empty"}


def test_an_archive_that_changes(house: House, docs: Path) -> None:
    path = written(docs / "kurs.zip", zip_bytes({"a.txt": CELL, "b.txt": LEAF}))
    told(house, docs)
    calls = house.embedder.calls
    data = zip_bytes({"a.txt": CELL, "c.txt": b"Ganz anderes steht hier."})
    written(path, data)
    assert told(house, docs) == {
        "kurs.zip": "indexed",
        "kurs.zip/a.txt": "unchanged",
        "kurs.zip/b.txt": "removed",
        "kurs.zip/c.txt": "indexed",
    }
    assert held(house) == ["kurs.zip", "a.txt", "c.txt"]
    assert house.embedder.calls > calls
    assert house.first("Photosynthese", "words") == ""
    # As a file of its own, too, an archive drops what it no longer holds.
    written(path, zip_bytes({"a.txt": CELL}))
    assert told(house, path)["kurs.zip/c.txt"] == "removed"


def test_an_archive_that_breaks_or_goes_takes_its_members(
    house: House, docs: Path
) -> None:
    path = written(docs / "kurs.zip", zip_bytes({"a.txt": CELL}))
    written(docs / "b.txt", LEAF)
    told(house, docs)
    written(path, path.read_bytes()[:50])
    assert told(house, docs) == {
        "kurs.zip": "unreadable",
        "kurs.zip/a.txt": "removed",
        "b.txt": "unchanged",
    }
    written(path, zip_bytes({"a.txt": CELL}))
    assert told(house, docs)["kurs.zip/a.txt"] == "indexed"
    path.unlink()
    assert told(house, docs)["kurs.zip/a.txt"] == "removed"
    assert held(house) == ["b.txt"]


def test_an_archive_on_an_unplugged_drive_keeps_its_members(
    house: House, docs: Path
) -> None:
    path = written(docs / "kurs.zip", zip_bytes({"a.txt": CELL}))
    told(house, path)
    path.unlink()
    assert told(house, path) == {"kurs.zip": "vanished"}
    assert held(house) == ["kurs.zip", "a.txt"]


def test_the_same_file_inside_and_outside_is_read_once(
    house: House, docs: Path
) -> None:
    pdf = pdf_of("Der Zellkern steuert die Zelle.")
    written(docs / "aussen.pdf", pdf)
    written(docs / "kurs.zip", zip_bytes({"innen.pdf": pdf}))
    told(house, docs)
    assert house.store.count("contents WHERE format = 'pdf'") == 1
    base = house.store.base("a")
    house.store.forget_document(base, str(docs / "aussen.pdf"))
    assert house.first("Zellkern") == "innen.pdf"


def test_every_problem_is_told_and_costs_nothing_else(house: House, docs: Path) -> None:
    members = {
        "gut.txt": CELL,
        "leer.txt": b"",
        "kaputt.pdf": b"%PDF-1.7\n" + b"\xff" * 500,
        "luege.txt": bytes(range(256)) * 20,
        "film.mp4": b"x",
        "__MACOSX/._gut.txt": b"x",
        ".versteckt.txt": b"x",
        "~$sperre.docx": b"x",
    }
    written(docs / "kurs.zip", zip_bytes(members))
    written(docs / "geheim.zip", raw_named_zip(b"a.txt", b"geheim", True))
    assert told(house, docs) == {
        "kurs.zip": "indexed",
        "kurs.zip/gut.txt": "indexed",
        "kurs.zip/leer.txt": "empty",
        "kurs.zip/kaputt.pdf": "unreadable",
        "kurs.zip/luege.txt": "mislabelled",
        "geheim.zip": "indexed",
        "geheim.zip/a.txt": "encrypted",
    }
    infos = house.store.documents(house.store.base("a"))
    for info in infos:
        if info.status != "indexed":
            assert dict(info.parameters)["file"] == Path(info.file).name
            assert info.remedy


def test_archives_in_archives_end_at_the_second(house: House, docs: Path) -> None:
    third = zip_bytes({"c.txt": b"ganz unten"})
    second = zip_bytes({"b.txt": LEAF, "drei.zip": third})
    written(docs / "eins.zip", zip_bytes({"a.txt": CELL, "zwei.zip": second}))
    assert told(house, docs) == {
        "eins.zip": "indexed",
        "eins.zip/a.txt": "indexed",
        "eins.zip/zwei.zip": "indexed",
        "eins.zip/zwei.zip/b.txt": "indexed",
        "eins.zip/zwei.zip/drei.zip": "too_big",
    }
    # The inner archive stays as it is, the outer one changes.
    written(docs / "eins.zip", zip_bytes({"neu.txt": b"Neues", "zwei.zip": second}))
    again = told(house, docs)
    assert again["eins.zip/zwei.zip/b.txt"] == "unchanged"
    assert again["eins.zip/a.txt"] == "removed"
    assert set(told(house, docs).values()) == {"unchanged", "too_big"}


def test_a_mail_in_an_archive_with_its_attachment(house: House, docs: Path) -> None:
    inner = mail(subject="Innen", files={"tief.txt": b"zu tief"})
    outer = mail(subject="Aussen", files={"zelle.txt": CELL})
    outer.add_attachment(inner)
    written(docs / "post.zip", zip_bytes({"a.eml": outer.as_bytes()}))
    assert told(house, docs) == {
        "post.zip": "indexed",
        "post.zip/a.eml": "indexed",
        "post.zip/a.eml/zelle.txt": "indexed",
        "post.zip/a.eml/Innen.eml": "indexed",
        "post.zip/a.eml/Innen.eml/tief.txt": "too_big",
    }
    assert house.first("Wann ist Elternabend am Dienstag?", "words").endswith(".eml")


def test_a_course_is_searchable(house: House, docs: Path) -> None:
    written(docs / "bio.mbz", tar_gz(course_members()))
    statuses = told(house, docs)
    assert len(statuses) == 6
    assert set(statuses.values()) == {"indexed"}
    assert house.first("Mikroskop mitbringen", "words") == "bio.mbz"
    assert house.first("Photosynthese Blätter") == "Pflanzenkunde.html"


def test_a_crash_between_members_is_made_good(house: House, docs: Path) -> None:
    data = zip_bytes({f"{n}.txt": f"Text Nummer {n}".encode() for n in range(5)})
    path = written(docs / "kurs.zip", data)
    from app.knowledge.ingest import Ingest
    from app.workers.child import Job

    awake = __import__("threading").Event()
    awake.set()
    base = house.store.base("a")
    work = Ingest(house.store, house.vectors, base, None, Job(1, None), awake)
    events = work.run([str(docs)], False)
    for event in events:
        if getattr(event, "status", "") == "indexed" and "1.txt" in event.file:
            break
    events.close()
    assert no_copies()
    assert held(house) == ["kurs.zip", "0.txt", "1.txt"]
    statuses = told(house, docs)
    assert statuses["kurs.zip/1.txt"] == "unchanged"
    assert statuses["kurs.zip/4.txt"] == "indexed"
    assert set(told(house, path).values()) == {"unchanged"}


def test_a_member_that_ends_the_process_is_set_aside_alone(
    house: House, docs: Path
) -> None:
    path = written(docs / "kurs.zip", zip_bytes({"a.txt": CELL, "b.txt": LEAF}))
    base = house.store.base("a")
    for _ in range(2):
        house.store.settle_interrupted(base, crashed=True)
        house.store.begin_documents(base, [str(path / "a.txt")])
    events = house.ingest(docs, crashed=True)
    assert {
        Path(e.file).name: e.reason or e.status
        for e in events
        if isinstance(e, DocumentDone)
    } == {"kurs.zip": "indexed", "a.txt": "crashed", "b.txt": "indexed"}


# -- through the index child --------------------------------------------------------


def add(knowledge: Knowledge, *paths: Path) -> dict[str, str]:
    events = list(knowledge.add("a", tuple(map(str, paths))))
    assert isinstance(events[-1], IngestDone)
    return {
        Path(e.file).name: e.reason or e.status
        for e in events
        if isinstance(e, DocumentDone)
    }


def test_a_page_of_a_member_is_shown(knowledge: Knowledge, docs: Path) -> None:
    inner = zip_bytes({"zelle.pdf": pdf_of("Der Zellkern steuert die Zelle.")})
    path = written(docs / "kurs.zip", zip_bytes({"woche.zip": inner}))
    add(knowledge, docs)
    passage = knowledge.search("a", "Was steuert der Zellkern?", 3).passages[0]
    assert passage.file == str(path / "woche.zip" / "zelle.pdf")
    picture = knowledge.page(
        passage.document_id, 1, 400, passage.start, passage.end, passage.text
    )
    assert picture.png.startswith(b"\x89PNG")
    assert len(picture.marks) == 1
    assert no_copies()


def test_forgetting_a_member_and_an_archive(knowledge: Knowledge, docs: Path) -> None:
    path = written(docs / "kurs.zip", zip_bytes({"a.txt": CELL, "b.txt": LEAF}))
    written(docs / "c.txt", b"Etwas anderes.")
    add(knowledge, docs)
    receipt = knowledge.forget("a", str(path / "a.txt"))
    assert receipt.chunks == receipt.words == 1
    assert "a.txt" not in add(knowledge, docs)
    os.utime(path, (9, 9))
    assert "a.txt" not in add(knowledge, docs)
    # Who names the archive itself wants all of it.
    assert add(knowledge, path)["a.txt"] == "indexed"
    (receipt,) = knowledge.forget_all("a", (str(path),))
    assert (receipt.file, receipt.documents) == (str(path), 3)
    assert receipt.chunks == receipt.words == 2
    assert [Path(d.file).name for d in knowledge.documents("a")] == ["c.txt"]
    assert add(knowledge, docs) == {"c.txt": "unchanged"}
    assert knowledge.check("a").healthy
    assert set(add(knowledge, path)) == {"kurs.zip", "a.txt", "b.txt"}
    with pytest.raises(UsageError):
        knowledge.forget("a", str(path / "x.txt"))


def test_an_archive_is_a_source_with_what_it_holds(
    knowledge: Knowledge, docs: Path
) -> None:
    path = written(docs / "kurs.zip", zip_bytes({"a.txt": CELL, "b.txt": LEAF}))
    add(knowledge, path)
    (source,) = knowledge.sources("a")
    assert (source.path, source.kind, source.documents) == (str(path), "file", 3)
    gone = knowledge.remove_source("a", str(path), forget=True)
    assert gone.documents == 3
    assert knowledge.documents("a") == []


# -- saved web pages -----------------------------------------------------------------


def test_the_folder_beside_a_saved_page_is_left_out(docs: Path) -> None:
    for folder in ("Plan_files", "Plan-Dateien", "Andere_files"):
        (docs / folder).mkdir()
        (docs / folder / "frame.html").write_text("<p>Werbung</p>")
    (docs / "Plan.html").write_text("<p>Plan</p>")
    found = [p.name for p in files_of([str(docs)], is_supported)]
    assert found == ["Plan.html", "frame.html"]
    named = files_of([str(docs / "Plan_files")], is_supported)
    assert [p.name for p in named] == ["frame.html"]
