"""Bases, their sources and what was forgotten: the first tables of `knowledge.db`."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from typing import Any

from app import words
from app.database import Connection, fetch, fetch_value, transaction
from app.errors import UsageError
from app.i18n import N_
from app.index.word_index import WordIndex
from app.values.bases import Base

_COUNTS = """(SELECT count(*) FROM documents d WHERE d.base_id = b.id
    AND d.status = 'indexed'),
    (SELECT count(*) FROM chunks k WHERE k.content_id IN
      (SELECT content_id FROM documents d WHERE d.base_id = b.id))"""


class BaseTable:
    """Makes, lists and removes bases. `Store` adds documents to it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    # -- bases ---------------------------------------------------------------

    def create_base(self, name: str, embedder: str, automatic: bool = False) -> Base:
        """Create a base. Raises UsageError when the name is taken or empty."""
        name = name.strip()
        if not name:
            raise UsageError(N_("A base needs a name."), N_("Give it one."))
        if self.find_base(name) is not None:
            raise UsageError(
                N_("There is already a base called “{name}”."),
                N_("Choose another name, or add documents to it."),
                name=name,
            )
        with transaction(self.connection):
            self.connection.execute(
                "INSERT INTO bases(name, embedder, automatic, word_version, used_at)"
                " VALUES(?, ?, ?, ?, ?)",
                (name, embedder, automatic, words.VERSION, int(time.time())),
            )
            WordIndex(self.connection, self.connection.last_insert_rowid()).create()
        return self.base(name)

    def find_base(self, name: str, counted: bool = True) -> Base | None:
        """Return the base of that name, or None; see `base`."""
        found = self._bases("WHERE b.name = ?", (name,), counted)
        return found[0] if found else None

    def base(self, name: str, counted: bool = True) -> Base:
        """Return the base of that name. Raises UsageError when there is none.

        Without `counted` its documents and chunks are left 0: counting a million of
        them takes longer than searching them.
        """
        found = self.find_base(name, counted)
        if found is None:
            raise UsageError(
                N_("There is no base called “{name}”."),
                N_("`allmende base list` shows the bases there are."),
                name=name,
            )
        return found

    def bases(self, automatic: bool = False) -> list[Base]:
        """Return all bases that people made, by name; or also the automatic ones."""
        order = "ORDER BY b.automatic, b.name COLLATE NOCASE"
        return self._bases(f"WHERE ? OR NOT b.automatic {order}", (automatic,))

    def touch(self, base: Base) -> None:
        """Note that a base was used now."""
        with transaction(self.connection):
            self.connection.execute(
                "UPDATE bases SET used_at = ? WHERE id = ?",
                (int(time.time()), base.id),
            )

    def drop_unused_automatic(self, days: int, keep: str) -> list[Base]:
        """Remove automatic bases that nobody has asked for so many days; return them."""
        before = int(time.time()) - days * 86_400
        old = self._bases(
            "WHERE b.automatic AND b.used_at < ? AND b.name != ?", (before, keep)
        )
        for base in old:
            self.remove_base(base)
        return old

    def _bases(
        self, condition: str, values: tuple[Any, ...], counted: bool = True
    ) -> list[Base]:
        counts = _COUNTS if counted else "0, 0"
        rows = fetch(
            self.connection,
            f"""SELECT b.id, b.name, b.embedder, b.automatic, {counts},
            b.changing_to FROM bases b {condition}""",
            *values,
        )
        return [
            Base(
                id=id_,
                name=name,
                embedder=embedder,
                automatic=bool(automatic),
                documents=documents,
                chunks=chunks,
                changing_to=changing_to,
            )
            for id_, name, embedder, automatic, documents, chunks, changing_to in rows
        ]

    def remove_base(self, base: Base) -> None:
        """Remove a base with everything that only it used."""
        with transaction(self.connection):
            WordIndex(self.connection, base.id).drop()
            self.connection.execute("DELETE FROM bases WHERE id = ?", (base.id,))
            self.drop_unused_contents()

    def plan_embedder(self, base: Base, embedder: str) -> None:
        """Remember which embedder a base is changing to; "" for none."""
        with transaction(self.connection):
            self.connection.execute(
                "UPDATE bases SET changing_to = ? WHERE id = ?", (embedder, base.id)
            )

    # -- sources -------------------------------------------------------------

    def add_sources(
        self, base: Base, paths: Iterable[str], exclude: Iterable[str] = ()
    ) -> None:
        """Remember the files and folders a base was made from.

        `exclude` are patterns of what is left out of them; without any, those that
        were given before stay.
        """
        patterns = "\n".join(exclude)
        with transaction(self.connection):
            self.connection.executemany(
                """INSERT INTO sources(base_id, path, exclude) VALUES(?, ?, ?)
                ON CONFLICT DO UPDATE SET exclude = excluded.exclude
                WHERE excluded.exclude != ''""",
                [(base.id, path, patterns) for path in paths],
            )

    def exclusions(self, base: Base) -> dict[str, tuple[str, ...]]:
        """Return the patterns of what is left out of each source that has some."""
        rows = fetch(
            self.connection,
            "SELECT path, exclude FROM sources WHERE base_id = ? AND exclude != ''",
            base.id,
        )
        return {path: tuple(patterns.split("\n")) for path, patterns in rows}

    def sources(self, base: Base) -> list[str]:
        """Return the files and folders a base was made from."""
        rows = fetch(
            self.connection,
            "SELECT path FROM sources WHERE base_id = ? ORDER BY path",
            base.id,
        )
        return [path for (path,) in rows]

    def remove_source(self, base: Base, path: str) -> None:
        """Forget that a base was made from this file or folder; its documents stay."""
        with transaction(self.connection):
            self.connection.execute(
                "DELETE FROM sources WHERE base_id = ? AND path = ?", (base.id, path)
            )

    def drop_unused_contents(self) -> None:
        """Remove texts that no document uses any more."""
        self.connection.execute(
            """DELETE FROM contents WHERE id NOT IN
            (SELECT content_id FROM documents WHERE content_id IS NOT NULL)"""
        )

    def is_forgotten(self, base: Base, path: str) -> bool:
        """Tell whether this path was forgotten on purpose; only its hash is kept."""
        return bool(
            self.count(
                "forgotten WHERE base_id = ? AND path_hash = ?",
                base.id,
                path_hash(path),
            )
        )

    def welcome_back(self, base: Base, paths: Iterable[str]) -> None:
        """Let files that were forgotten be read again, because somebody named them."""
        with transaction(self.connection):
            self.connection.executemany(
                "DELETE FROM forgotten WHERE base_id = ? AND path_hash = ?",
                [(base.id, path_hash(path)) for path in paths],
            )

    def count(self, what: str, *values: Any) -> int:
        """Return how many rows `what` (a table with its conditions) has."""
        return int(
            fetch_value(self.connection, f"SELECT count(*) FROM {what}", *values)
        )


def path_hash(path: str) -> str:
    """Return what is kept of a forgotten path."""
    return hashlib.sha256(path.encode()).hexdigest()
