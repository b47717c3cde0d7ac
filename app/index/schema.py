"""The numbered migrations of `knowledge.db`. Never edit one that was released."""

from __future__ import annotations

from collections.abc import Sequence

from app.database import Connection, Migration


def _first(connection: Connection) -> None:
    connection.execute("""
    CREATE TABLE bases(
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, embedder TEXT NOT NULL,
        automatic INTEGER NOT NULL DEFAULT 0, word_version INTEGER NOT NULL,
        used_at INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE sources(
        base_id INTEGER NOT NULL REFERENCES bases ON DELETE CASCADE,
        path TEXT NOT NULL, PRIMARY KEY(base_id, path)) WITHOUT ROWID;
    CREATE TABLE contents(
        id INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE, text TEXT NOT NULL,
        outline TEXT NOT NULL, title TEXT NOT NULL, format TEXT NOT NULL,
        language TEXT NOT NULL);
    CREATE TABLE chunks(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        content_id INTEGER NOT NULL REFERENCES contents ON DELETE CASCADE,
        ordinal INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
        text TEXT NOT NULL, page INTEGER, heading TEXT NOT NULL,
        language TEXT NOT NULL, UNIQUE(content_id, ordinal));
    CREATE TABLE vectors(
        chunk_id INTEGER NOT NULL REFERENCES chunks ON DELETE CASCADE,
        embedder TEXT NOT NULL, vector BLOB NOT NULL,
        PRIMARY KEY(chunk_id, embedder)) WITHOUT ROWID;
    CREATE TABLE documents(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        base_id INTEGER NOT NULL REFERENCES bases ON DELETE CASCADE,
        path TEXT NOT NULL, content_id INTEGER REFERENCES contents,
        status TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
        sentence TEXT NOT NULL DEFAULT '', remedy TEXT NOT NULL DEFAULT '',
        parameters TEXT NOT NULL DEFAULT '{}', attempts INTEGER NOT NULL DEFAULT 0,
        size_bytes INTEGER NOT NULL DEFAULT 0, mtime_ns INTEGER NOT NULL DEFAULT 0,
        learned INTEGER NOT NULL DEFAULT 0, UNIQUE(base_id, path));
    CREATE TABLE forgotten(
        base_id INTEGER NOT NULL REFERENCES bases ON DELETE CASCADE,
        path_hash TEXT NOT NULL, PRIMARY KEY(base_id, path_hash)) WITHOUT ROWID;
    CREATE INDEX documents_by_content ON documents(content_id);
    CREATE TABLE compounds(
        base_id INTEGER NOT NULL REFERENCES bases ON DELETE CASCADE,
        word TEXT NOT NULL, parts TEXT NOT NULL,
        PRIMARY KEY(base_id, word)) WITHOUT ROWID;
    """)


def _second(connection: Connection) -> None:
    """A base remembers the embedder it is changing to, so that a crash loses nothing."""
    connection.execute(
        "ALTER TABLE bases ADD COLUMN changing_to TEXT NOT NULL DEFAULT ''"
    )


def _third(connection: Connection) -> None:
    """Chunks know their slide, sheet or chapter, and contents their tables."""
    connection.execute("""
    ALTER TABLE chunks ADD COLUMN place TEXT NOT NULL DEFAULT '';
    CREATE TABLE tables(
        content_id INTEGER NOT NULL REFERENCES contents ON DELETE CASCADE,
        ordinal INTEGER NOT NULL, name TEXT NOT NULL, data TEXT NOT NULL,
        PRIMARY KEY(content_id, ordinal)) WITHOUT ROWID;
    """)


def _large(connection: Connection) -> None:
    """Large bases: what is asked for each search does not read texts and vectors.

    A source keeps the patterns of what is left out of it, one a line.
    """
    connection.execute("""
    CREATE INDEX vectors_by_embedder ON vectors(embedder, chunk_id);
    CREATE INDEX contents_by_language ON contents(id, language);
    ALTER TABLE sources ADD COLUMN exclude TEXT NOT NULL DEFAULT '';
    """)


MIGRATIONS: Sequence[Migration] = (_first, _second, _third, _large)
