"""The numbered migrations of `chats.db`. Never edit one that was released."""

from __future__ import annotations

from collections.abc import Sequence

from app.database import Connection, Migration


def _first(connection: Connection) -> None:
    # Narrow columns stand before long texts, so that reading them touches one page.
    # `ways` tells for each parent (0: the root) which of its variants was used last.
    connection.execute("""
    CREATE TABLE chats(
        id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL DEFAULT '',
        folder TEXT NOT NULL DEFAULT '', pinned INTEGER NOT NULL DEFAULT 0,
        created_at REAL NOT NULL, changed_at REAL NOT NULL, deleted_at REAL,
        exchanges INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE exchanges(
        id INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL REFERENCES chats,
        parent INTEGER NOT NULL DEFAULT 0, asked_at REAL NOT NULL,
        failure TEXT NOT NULL DEFAULT '', scope TEXT NOT NULL, settings TEXT NOT NULL,
        question TEXT NOT NULL, text TEXT NOT NULL DEFAULT '', answer TEXT);
    CREATE INDEX exchanges_by_chat ON exchanges(chat, parent);
    CREATE TABLE ways(
        chat INTEGER NOT NULL REFERENCES chats, parent INTEGER NOT NULL,
        chosen INTEGER NOT NULL, PRIMARY KEY(chat, parent)) WITHOUT ROWID;
    CREATE TABLE partials(
        exchange INTEGER PRIMARY KEY REFERENCES exchanges, text TEXT NOT NULL);
    CREATE TABLE drafts(chat INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE sources(
        file TEXT NOT NULL, exchange INTEGER NOT NULL REFERENCES exchanges,
        PRIMARY KEY(file, exchange)) WITHOUT ROWID;
    CREATE INDEX sources_by_exchange ON sources(exchange);
    CREATE VIRTUAL TABLE title_words USING fts5(title, content='chats',
        content_rowid='id', prefix='1 2 3',
        tokenize="unicode61 remove_diacritics 2");
    CREATE VIRTUAL TABLE exchange_words USING fts5(question, text, content='exchanges',
        content_rowid='id', prefix='1 2 3',
        tokenize="unicode61 remove_diacritics 2");
    CREATE VIRTUAL TABLE exchange_vocabulary USING fts5vocab(exchange_words, row);
    INSERT INTO title_words(title_words, rank) VALUES('secure-delete', 1);
    INSERT INTO exchange_words(exchange_words, rank) VALUES('secure-delete', 1);
    """)


def _works(connection: Connection) -> None:
    # Drafts of the workshop; `work_sources` names the documents they quote.
    connection.execute("""
    CREATE TABLE works(
        id INTEGER PRIMARY KEY AUTOINCREMENT, task TEXT NOT NULL,
        title TEXT NOT NULL DEFAULT '', size INTEGER NOT NULL DEFAULT 0,
        changed_at REAL NOT NULL, data TEXT NOT NULL);
    CREATE TABLE work_sources(
        file TEXT NOT NULL, work INTEGER NOT NULL REFERENCES works,
        PRIMARY KEY(file, work)) WITHOUT ROWID;
    CREATE INDEX work_sources_by_work ON work_sources(work);
    """)


def _ratings(connection: Connection) -> None:
    # What a person found of an answer; `good` is NULL where only a correction is there.
    connection.execute("""
    CREATE TABLE ratings(
        exchange INTEGER PRIMARY KEY REFERENCES exchanges, good INTEGER,
        correction TEXT NOT NULL DEFAULT '');
    """)


MIGRATIONS: Sequence[Migration] = (_first, _works, _ratings)
