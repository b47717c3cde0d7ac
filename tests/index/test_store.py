"""Real SQLite: bases, documents, words and vectors stay in step."""

from __future__ import annotations

from pathlib import Path

import apsw
import numpy
import pytest

from app.database import open_database, transaction
from app.errors import StorageError, UsageError
from app.index.compounds import split_compound
from app.index.maintenance import Caches, check_base
from app.index.schema import MIGRATIONS
from app.index.store import NewDocument, Store
from app.index.vector_index import VectorIndex
from app.index.word_index import WordIndex
from app.values.bases import Base
from app.values.documents import (
    Box,
    Chunk,
    ExtractedDocument,
    Page,
    Part,
    Place,
    Placed,
    Recognised,
    Table,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(open_database(tmp_path / "knowledge.db", MIGRATIONS))


def save(store: Store, base: Base, path: str, *texts: str, hash_: str = "") -> None:
    whole = "\n\n".join(texts)
    chunks, start = [], 0
    for ordinal, text in enumerate(texts):
        chunks.append(Chunk(ordinal, start, start + len(text), text, language="de"))
        start += len(text) + 2
    store.save_documents(
        base,
        [
            NewDocument(
                path, hash_ or path, 1, 1, ExtractedDocument(whole), "de", chunks
            )
        ],
    )


def found(store: Store, base: Base, *terms: str) -> set[int]:
    index = WordIndex(store.connection, base.id)
    return {hit.chunk_id for hit in index.search([terms])}


def test_a_document_is_found_by_its_words(store: Store) -> None:
    base = store.create_base("a", "")
    save(store, base, "x", "Der Urlaub beträgt 24 Tage.", "Die Pause ist kurz.")
    assert len(found(store, base, "urlaub")) == 1
    assert not found(store, base, "ferien")


def test_twins_share_their_text_and_survive_each_other(store: Store) -> None:
    base = store.create_base("a", "")
    save(store, base, "x", "Der Urlaub.", hash_="same")
    assert store.link_document(base, "y", "same", 1, 1)
    receipt = store.forget_document(base, "x")
    assert receipt.shared
    assert receipt.words == 0
    assert found(store, base, "urlaub")
    receipt = store.forget_document(base, "y")
    assert (receipt.chunks, receipt.words, receipt.shared) == (1, 1, False)
    assert not found(store, base, "urlaub")


def test_forgetting_leaves_no_text_in_the_file(store: Store, tmp_path: Path) -> None:
    base = store.create_base("a", "")
    save(store, base, "x", "Der Geheimniskrämer schweigt.")
    save(store, base, "y", "Anderes.")
    store.learn_compounds(base)
    store.forget_document(base, "x")
    store.rebuild_words(base)
    store.connection.pragma("wal_checkpoint", "TRUNCATE")
    data = (tmp_path / "knowledge.db").read_bytes().lower()
    assert b"geheimniskr" not in data


def test_ids_are_never_given_twice(store: Store) -> None:
    base = store.create_base("a", "")
    save(store, base, "x", "Eins.")
    first = store.documents(base)[0].id
    store.remove_base(base)
    base = store.create_base("b", "")
    save(store, base, "y", "Zwei.")
    assert store.documents(base)[0].id != first


def test_automatic_bases_that_nobody_uses_go(store: Store) -> None:
    store.create_base("docs-old", "", automatic=True)
    store.create_base("docs-new", "", automatic=True)
    store.create_base("mine", "")
    store.connection.execute("UPDATE bases SET used_at = 5 WHERE name != 'docs-new'")
    store.drop_unused_automatic(90, keep="")
    assert [b.name for b in store.bases(automatic=True)] == ["mine", "docs-new"]


def test_a_new_version_of_a_document_replaces_the_old(store: Store) -> None:
    base = store.create_base("a", "")
    save(store, base, "x", "Alter Urlaub.", hash_="one")
    save(store, base, "x", "Neue Pause.", hash_="two")
    assert not found(store, base, "urlaub")
    assert found(store, base, "paus")
    assert store.base("a").chunks == 1


def test_removing_a_base_leaves_the_others(store: Store) -> None:
    first, second = store.create_base("a", ""), store.create_base("b", "")
    save(store, first, "x", "Der Urlaub.", hash_="same")
    store.link_document(second, "x", "same", 1, 1)
    store.remove_base(first)
    assert found(store, second, "urlaub")
    assert [base.name for base in store.bases()] == ["b"]


def test_names_are_unique_and_needed(store: Store) -> None:
    store.create_base("a", "")
    with pytest.raises(UsageError, match="already"):
        store.create_base("a", "")
    with pytest.raises(UsageError, match="name"):
        store.create_base("  ", "")
    with pytest.raises(UsageError, match="no base"):
        store.base("c")


def test_vectors_are_found_and_follow_their_chunks(store: Store) -> None:
    base = store.create_base("a", "e")
    save(store, base, "x", "Eins.", "Zwei.", "Drei.")
    vectors = VectorIndex(store.connection)
    ids = vectors.missing(base, "key")
    vectors.add("key", ids, numpy.eye(3, 8, dtype=numpy.float32))
    query = numpy.eye(1, 8, 1, dtype=numpy.float32)[0]
    assert vectors.search(base, "key", query, 1) == [(ids[1], 1.0)]
    assert vectors.cosines(base, "key", query, [ids[0], ids[1], 999]) == {
        ids[0]: 0.0,
        ids[1]: 1.0,
    }
    assert not vectors.missing(base, "key")
    assert len(vectors.missing(base, "other key")) == 3
    store.forget_document(base, "x")
    assert vectors.search(base, "key", query, 1) == []


def test_compounds_are_split_with_the_documents_own_words(store: Store) -> None:
    base = store.create_base("a", "")
    save(
        store,
        base,
        "x",
        "Der Schutz gilt.",
        "Die Kündigung ist schriftlich.",
        "Es gibt Kündigungsschutz.",
    )
    index = WordIndex(store.connection, base.id)
    store.learn_compounds(base)
    assert store.unlearned(base) == []
    assert len(found(store, base, "schutz")) == 2
    assert index.expand([("kundigungsschutz",)], index.compounds()) == [
        ("kundigungsschutz", "kundig", "schutz")
    ]


def test_terms_of_another_process_are_not_forgotten(
    store: Store, tmp_path: Path
) -> None:
    base = store.create_base("a", "")
    save(store, base, "x", "Der Schutz gilt.", "Die Kündigung ist schriftlich.")
    store.learn_compounds(base)
    save(store, base, "y", "Nichts Neues unter der Sonne.")
    other = Store(open_database(tmp_path / "knowledge.db", MIGRATIONS))
    save(other, other.base("a"), "z", "Es gibt Kündigungsschutz.")
    store.learn_compounds(base)
    assert store.unlearned(base) == []
    assert len(found(store, base, "schutz")) == 2
    save(other, other.base("a"), "w", "Auch hier gilt Kündigungsschutz.")
    assert len(found(store, base, "schutz")) == 3


def test_a_frequent_word_stays_whole() -> None:
    frequency = {"hand": 1, "buch": 1, "handbuch": 50}
    assert split_compound("handbuch", "de", frequency.get) == ()


def test_check_sees_missing_words_and_rebuild_mends_them(
    store: Store, tmp_path: Path
) -> None:
    base = store.create_base("a", "")
    save(store, base, "x", "Der Urlaub.", "Die Pause.")
    caches = Caches(tmp_path / "index", 10)
    vectors = VectorIndex(store.connection)
    assert check_base(store, vectors, base, None, caches).healthy
    with transaction(store.connection):
        WordIndex(store.connection, base.id).remove([1])
    report = check_base(store, vectors, base, None, caches)
    assert report.problems == ("words",)
    store.rebuild_words(base)
    assert check_base(store, vectors, base, None, caches).healthy
    assert found(store, base, "urlaub")


def test_a_newer_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.db"
    connection = open_database(path, MIGRATIONS)
    connection.pragma("user_version", len(MIGRATIONS) + 1)
    connection.close()
    with pytest.raises(StorageError, match="newer version"):
        open_database(path, MIGRATIONS)


def test_a_migration_keeps_a_copy_of_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.db"
    store = Store(open_database(path, MIGRATIONS))
    store.create_base("kept", "")
    store.connection.close()

    def second(connection: apsw.Connection) -> None:
        connection.execute("DELETE FROM bases")

    open_database(path, [*MIGRATIONS, second]).close()
    copy = tmp_path / f"knowledge.db.before-{len(MIGRATIONS) + 1}"
    assert Store(open_database(copy, MIGRATIONS)).find_base("kept")


def test_a_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.db"
    path.write_bytes(b"not a database at all" * 400)
    with pytest.raises(StorageError, match="damaged"):
        open_database(path, MIGRATIONS)


def test_what_fails_in_a_transaction_leaves_nothing(store: Store) -> None:
    base = store.create_base("a", "")

    def work() -> None:
        with transaction(store.connection):
            store.connection.execute(
                "INSERT INTO sources(base_id, path) VALUES(?, 'x')", (base.id,)
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert not store.connection.in_transaction
    assert store.sources(base) == []


TABLE = Table("Umsatz", 0, 13, ("a", "b"), (("1.5", "ä"),), (7,), 6, 2)


def save_sheet(store: Store, base: Base, path: str, hash_: str) -> ExtractedDocument:
    place = Place("sheet", 2, "Umsatz", "C7:D7")
    document = ExtractedDocument(
        "a | b\n1.5 | ä",
        format="xlsx",
        warnings=("rows",),
        parts=(Part("sheet", 2, 0, 13, "Umsatz"),),
        tables=(TABLE,),
    )
    chunk = Chunk(0, 6, 13, "1.5 | ä", None, "a | b", "de", place)
    store.save_documents(
        base, [NewDocument(path, hash_, 1, 1, document, "de", [chunk])]
    )
    return document


def test_places_parts_and_tables_are_kept_and_go_with_the_content(
    store: Store,
) -> None:
    base, other = store.create_base("a", ""), store.create_base("b", "")
    document = save_sheet(store, base, "x.xlsx", "same")
    store.link_document(other, "y.xlsx", "same", 1, 1)
    save(store, base, "z.txt", "Kein Blatt.")
    (id_,) = store.chunk_ids(base, ["x.xlsx"])
    chunk = store.chunks(base, [id_])[id_].chunk
    assert chunk.place == Place("sheet", 2, "Umsatz", "C7:D7")
    (found,) = store.tables(base)
    assert (found.file, found.table) == ("x.xlsx", TABLE)
    _, text = store.document_text(found.document_id)
    assert (text.parts, text.warnings) == (document.parts, document.warnings)
    assert store.tables(base, ["z.txt"]) == []
    assert store.tables(other, ["y.xlsx"])[0].file == "y.xlsx"
    store.forget_document(base, "x.xlsx")
    assert store.tables(other)
    store.forget_document(other, "y.xlsx")
    assert not store.count("tables")


def test_a_base_from_before_places_is_read(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.db"
    connection = open_database(path, MIGRATIONS[:2])
    connection.execute(
        """INSERT INTO bases(name, embedder, word_version) VALUES('a', '', 1);
        INSERT INTO contents VALUES(1, 'h', 'Text', '{"pages": [], "headings": []}',
            '', 'text', 'de');
        INSERT INTO chunks VALUES(1, 1, 0, 0, 4, 'Text', NULL, '', 'de');
        INSERT INTO documents(id, base_id, path, content_id, status)
            VALUES(1, 1, 'x', 1, 'indexed')"""
    )
    connection.close()
    store = Store(open_database(path, MIGRATIONS))
    assert store.chunks(store.base("a"), [1])[1].chunk.place == Place()
    assert store.document_text(1)[1].parts == ()
    assert store.tables(store.base("a")) == []


def test_what_a_scan_is_made_of_is_kept(store: Store) -> None:
    base = store.create_base("a", "")
    document = ExtractedDocument(
        "Ein Wort",
        pages=(Page(1, 0, 8),),
        format="pdf",
        warnings=("ocr", "ocr_weak"),
        placed=(Placed(0, 3, Box(0, 0, 0.2, 1)), Placed(4, 8, Box(0.4, 0, 1, 1))),
        recognised=(Recognised(1, 61),),
    )
    store.save_documents(base, [NewDocument("x", "h", 1, 1, document, "de", [])])
    (info,) = store.documents(base)
    assert info.notes == ("ocr", "ocr_weak")
    _, back = store.document_text(info.id)
    assert back.recognised == document.recognised
    assert [(p.start, p.end) for p in back.placed] == [(0, 3), (4, 8)]
    assert back.placed[1].box.left == pytest.approx(0.4, abs=1e-4)
    assert back.warnings == document.warnings
