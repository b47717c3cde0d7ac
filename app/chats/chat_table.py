"""The list of conversations: titles, folders, pins, the bin, and drafts.

Invariants: one connection, used by one thread at a time (`_lock`); every change is one
transaction and on disk when it is acknowledged. `ChatStore` adds what they hold.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.backups import closed, open_sound
from app.chats import records
from app.chats.schema import MIGRATIONS
from app.chats.words import Words
from app.database import (
    Connection,
    database_errors,
    fetch,
    fetch_value,
    open_database,
    transaction,
)
from app.errors import UsageError
from app.i18n import N_
from app.values.chats import ChatInfo

MEMORY = Path(":memory:")
NO_CHAT = 0
INFO = "id, title, folder, pinned, created_at, changed_at, deleted_at, exchanges"


class ChatTable:
    """The conversations themselves, without what was said in them."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now = now
        self._lock = threading.RLock()
        self._connection = (
            open_database(path, MIGRATIONS)
            if path == MEMORY
            else open_sound(path, MIGRATIONS)
        )
        self._words = Words(self._connection)

    def close(self) -> None:
        """Close the file; harmless when it is closed."""
        with self._lock:
            self._connection.close()
            closed(self._path)

    # -- conversations -----------------------------------------------------------

    def create(self, title: str = "", folder: str = "") -> ChatInfo:
        """Make an empty conversation. Without a title the first question becomes it."""
        now = self._now()
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO chats(title, folder, created_at, changed_at)"
                " VALUES(?, ?, ?, ?)",
                (records.one_line(title), records.one_line(folder), now, now),
            )
            chat = connection.last_insert_rowid()
            self._words.add_title(chat)
            return self._info(chat)

    def chats(self, deleted: bool = False) -> list[ChatInfo]:
        """Return all conversations, or those in the bin: pinned first, then newest."""
        state = "NOT NULL" if deleted else "NULL"
        with self._reading() as connection:
            rows = fetch(
                connection,
                f"SELECT {INFO} FROM chats WHERE deleted_at IS {state}"
                " ORDER BY pinned DESC, changed_at DESC, id DESC",
            )
        return [chat_info(row) for row in rows]

    def info(self, chat: int) -> ChatInfo:
        """Return one conversation, also from the bin."""
        with self._reading():
            return self._info(chat)

    def folders(self) -> list[str]:
        """Return the names of all folders in use, by alphabet."""
        with self._reading() as connection:
            rows = fetch(
                connection,
                "SELECT DISTINCT folder FROM chats"
                " WHERE folder != '' AND deleted_at IS NULL",
            )
        return sorted((row[0] for row in rows), key=str.casefold)

    def rename(self, chat: int, title: str) -> None:
        """Give a conversation a title."""
        with self._writing():
            self._info(chat)
            self._rename(chat, records.one_line(title))

    def pin(self, chat: int, on: bool) -> None:
        """Keep a conversation at the top, or no longer."""
        self._set(chat, "pinned", int(on))

    def move(self, chat: int, folder: str) -> None:
        """Put a conversation into a folder; "" takes it out."""
        self._set(chat, "folder", records.one_line(folder))

    def remove(self, chat: int) -> None:
        """Put a conversation into the bin."""
        self._set(chat, "deleted_at", self._now())

    def restore(self, chat: int) -> None:
        """Take a conversation out of the bin; its time without a change begins anew."""
        with self._writing():
            self._set(chat, "deleted_at", None)
            self._set(chat, "changed_at", self._now())

    # -- drafts ------------------------------------------------------------------

    def draft(self, chat: int | None) -> str:
        """Return what was typed and not asked yet; None is the new conversation."""
        with self._reading() as connection:
            query = "SELECT text FROM drafts WHERE chat = ?"
            return str(fetch_value(connection, query, chat or NO_CHAT) or "")

    def keep_draft(self, chat: int | None, text: str) -> None:
        """Keep what is being typed; "" removes it."""
        with self._writing() as connection:
            if text:
                connection.execute(
                    """INSERT OR REPLACE INTO drafts(chat, text) SELECT ?1, ?2
                    WHERE ?1 = 0 OR EXISTS(SELECT 1 FROM chats WHERE id = ?1)""",
                    (chat or NO_CHAT, records.clean(text)),
                )
            else:
                query = "DELETE FROM drafts WHERE chat = ?"
                connection.execute(query, (chat or NO_CHAT,))

    # -- helpers -----------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._lock, database_errors(self._path):
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """All of the block or nothing; a block inside another is part of it."""
        with self._reading() as connection:
            if connection.in_transaction:
                yield connection
                return
            with transaction(connection):
                yield connection

    def _info(self, chat: int) -> ChatInfo:
        rows = fetch(
            self._connection, f"SELECT {INFO} FROM chats WHERE id = ?", int(chat)
        )
        if not rows:
            raise gone()
        return chat_info(rows[0])

    def _set(self, chat: int, column: str, value: object) -> None:
        with self._writing() as connection:
            self._info(chat)
            connection.execute(
                f"UPDATE chats SET {column} = ? WHERE id = ?", (value, chat)
            )

    def _rename(self, chat: int, title: str) -> None:
        self._words.remove_title(chat)
        query = "UPDATE chats SET title = ? WHERE id = ?"
        self._connection.execute(query, (title, chat))
        self._words.add_title(chat)

    def _touch(self, chat: int) -> None:
        query = "UPDATE chats SET changed_at = ? WHERE id = ?"
        self._connection.execute(query, (self._now(), chat))


def gone() -> UsageError:
    """Return the error for a conversation that somebody removed meanwhile."""
    return UsageError(
        N_("This conversation is not there any more."),
        N_("Choose another one, or begin a new one."),
    )


def chat_info(row: tuple[Any, ...]) -> ChatInfo:
    """Return the value for a row of `INFO`."""
    return ChatInfo(row[0], row[1], row[2], bool(row[3]), *row[4:])
