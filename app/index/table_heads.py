"""What tables there are, without their rows; and one table at a time.

A base may hold hundreds of sheets: a question looks at names and headers first and
loads only what may answer it. Heads are remembered, for a content never changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from app.database import Connection, fetch
from app.index.content_table import read_table
from app.values.bases import Base
from app.values.documents import Place, Table


@dataclass(frozen=True, slots=True)
class TableHead:
    """A table's name, header and place in the text. `size` is that of its data."""

    key: tuple[int, int]
    document_id: int
    file: str
    name: str
    header: tuple[str, ...]
    start: int
    end: int
    size: int


class TableHeads:
    """The heads of a database's tables. One thread uses one TableHeads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[int, int], tuple[tuple[str, ...], int, int, int]] = {}

    def of(self, base: Base, files: Iterable[str] = ()) -> list[TableHead]:
        """Return the heads of a base's tables, or of these files, twins left out."""
        wanted = list(files)
        rows = fetch(
            self._connection,
            """SELECT t.content_id, t.ordinal, min(d.id), d.path, t.name FROM tables t
            CROSS JOIN documents d INDEXED BY documents_by_content
              ON d.content_id = t.content_id AND d.base_id = ?
            WHERE ? OR d.path IN (SELECT value FROM json_each(?))
            GROUP BY t.content_id, t.ordinal ORDER BY min(d.id), t.ordinal""",
            base.id,
            not wanted,
            json.dumps(wanted),
        )
        self._learn({(row[0], row[1]) for row in rows} - self._known.keys())
        return [
            TableHead(
                (row[0], row[1]), row[2], row[3], row[4], *self._known[row[0], row[1]]
            )
            for row in rows
            if (row[0], row[1]) in self._known
        ]

    def load(self, head: TableHead) -> tuple[Table, Place] | None:
        """Return a table with the part it stands in; None when it is gone."""
        rows = fetch(
            self._connection,
            """SELECT t.name, t.data, json_extract(c.outline, '$.parts') FROM tables t
            JOIN contents c ON c.id = t.content_id
            WHERE t.content_id = ? AND t.ordinal = ?""",
            *head.key,
        )
        if not rows:
            return None
        name, data, parts = rows[0]
        table = read_table(name, data)
        for kind, number, start, end, label in json.loads(parts or "[]"):
            if start <= table.start < end:
                return table, Place(kind, number, label)
        return table, Place()

    def text_of(self, head: TableHead, start: int, end: int) -> str:
        """Return a piece of the text that a table stands in."""
        rows = fetch(
            self._connection,
            "SELECT substr(text, ?, ?) FROM contents WHERE id = ?",
            start + 1,
            end - start,
            head.key[0],
        )
        return str(rows[0][0]) if rows else ""

    def _learn(self, keys: set[tuple[int, int]]) -> None:
        rows = self._connection.execute(
            """SELECT content_id, ordinal, json_extract(data, '$.header'),
            json_extract(data, '$.start'), json_extract(data, '$.end'), length(data)
            FROM tables WHERE (content_id, ordinal) IN
            (SELECT value ->> 0, value ->> 1 FROM json_each(?))""",
            (json.dumps(sorted(keys)),),
        )
        for content_id, ordinal, header, start, end, size in rows:
            head = (tuple(json.loads(header)), start, end, size)
            self._known[content_id, ordinal] = head
