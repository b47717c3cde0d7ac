"""What files say: their texts with outline, chunks and tables.

Invariant: chunks and tables are stored with their content in one transaction, and gone
with it (`ON DELETE CASCADE`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from app.database import fetch
from app.errors import UsageError
from app.i18n import N_
from app.index.places import packed, unpacked
from app.index.word_table import WordTable
from app.values.bases import Base
from app.values.documents import (
    Chunk,
    ExtractedDocument,
    Heading,
    Page,
    Part,
    Place,
    Recognised,
    Table,
)

# Part of every content's hash: a reader or chunker that changed its mind reads again.
TEXT_VERSION = 3


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk with the document it was found in."""

    id: int
    document_id: int
    file: str
    content_id: int
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table with the document that it stands in."""

    document_id: int
    file: str
    table: Table


class ContentTable(WordTable):
    """Texts, chunks and tables. `Store` adds documents."""

    def document_text(
        self, document_id: int, tables: bool = False
    ) -> tuple[str, ExtractedDocument]:
        """Return path and text of a document. Raises UsageError when it is gone.

        Its tables come only where `tables` is set: they may be as long as the text.
        """
        rows = fetch(
            self.connection,
            """SELECT d.path, c.text, c.outline, c.title, c.format FROM documents d
            JOIN contents c ON c.id = d.content_id WHERE d.id = ?""",
            document_id,
        )
        if not rows:
            raise UsageError(
                N_("This document is no longer in the base."),
                N_("Add it again to see it."),
            )
        path, text, outline, title, format_ = rows[0]
        data = json.loads(outline)
        return path, ExtractedDocument(
            text=text,
            pages=tuple(Page(*page) for page in data["pages"]),
            headings=tuple(Heading(*heading) for heading in data["headings"]),
            title=title,
            format=format_,
            warnings=tuple(data.get("warnings", ())),
            parts=tuple(Part(*part) for part in data.get("parts", ())),
            placed=tuple(unpacked(data["placed"])) if data.get("placed") else (),
            recognised=tuple(Recognised(*page) for page in data.get("recognised", ())),
            tables=self._tables_of(document_id) if tables else (),
        )

    def _tables_of(self, document_id: int) -> tuple[Table, ...]:
        rows = fetch(
            self.connection,
            """SELECT t.name, t.data FROM tables t
            JOIN documents d ON d.content_id = t.content_id
            WHERE d.id = ? ORDER BY t.ordinal""",
            document_id,
        )
        return tuple(read_table(name, data) for name, data in rows)

    def tables(self, base: Base, files: Iterable[str] = ()) -> list[StoredTable]:
        """Return the tables of a base, or of these files, in the order of documents."""
        wanted = list(files)
        rows = self.connection.execute(
            """SELECT d.id, d.path, t.name, t.data FROM tables t
            JOIN documents d ON d.content_id = t.content_id AND d.base_id = ?
            WHERE ? OR d.path IN (SELECT value FROM json_each(?))
            ORDER BY d.id, t.ordinal""",
            (base.id, not wanted, json.dumps(wanted)),
        )
        return [StoredTable(row[0], row[1], read_table(row[2], row[3])) for row in rows]

    def chunks(
        self, base: Base, ids: Iterable[int], files: Iterable[str] = ()
    ) -> dict[int, StoredChunk]:
        """Return the chunks with these ids that belong to the base, by id.

        Of twins the first document is named; with `files`, the first of these.
        """
        wanted = list(files)
        rows = fetch(
            self.connection,
            """SELECT k.id, d.id, d.path, k.content_id, k.ordinal, k.start, k."end",
            k.text, k.page, k.heading, k.language, k.place FROM json_each(?) w
            CROSS JOIN chunks k ON k.id = w.value
            CROSS JOIN documents d INDEXED BY documents_by_content
              ON d.content_id = k.content_id AND d.base_id = ?
            WHERE (? OR d.path IN (SELECT value FROM json_each(?)))
            ORDER BY d.id DESC""",
            json.dumps(list(ids)),
            base.id,
            not wanted,
            json.dumps(wanted),
        )
        return {
            row[0]: StoredChunk(row[0], row[1], row[2], row[3], _chunk(row[4:]))
            for row in rows
        }

    def sharers(
        self, base: Base, contents: Iterable[int], files: Iterable[str] = ()
    ) -> dict[int, list[tuple[int, str]]]:
        """Return (document id, path) of all documents of each of these contents.

        With `files` only these.
        """
        wanted = list(files)
        rows = fetch(
            self.connection,
            """SELECT d.content_id, d.id, d.path FROM json_each(?) w
            CROSS JOIN documents d INDEXED BY documents_by_content
              ON d.content_id = w.value AND d.base_id = ?
            WHERE ? OR d.path IN (SELECT value FROM json_each(?)) ORDER BY d.id""",
            json.dumps(sorted(set(contents))),
            base.id,
            not wanted,
            json.dumps(wanted),
        )
        found: dict[int, list[tuple[int, str]]] = {}
        for content_id, id_, path in rows:
            found.setdefault(content_id, []).append((id_, path))
        return found

    def content_id(self, hash_: str) -> int | None:
        """Return the content with this hash, None where there is none."""
        rows = fetch(self.connection, "SELECT id FROM contents WHERE hash = ?", hash_)
        return int(rows[0][0]) if rows else None

    def add_content(
        self,
        hash_: str,
        document: ExtractedDocument,
        language: str,
        chunks: Sequence[Chunk],
    ) -> int:
        """Store a content inside the caller's transaction and return its id."""
        existing = self.content_id(hash_)
        if existing is not None:
            return existing
        self.connection.execute(
            "INSERT INTO contents(hash, text, outline, title, format, language)"
            " VALUES(?, ?, ?, ?, ?, ?)",
            (
                hash_,
                document.text,
                json.dumps(_outline(document), ensure_ascii=False),
                document.title,
                document.format,
                language,
            ),
        )
        content_id = self.connection.last_insert_rowid()
        self.connection.executemany(
            'INSERT INTO chunks(content_id, ordinal, start, "end", text, page,'
            " heading, language, place) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    content_id,
                    c.ordinal,
                    c.start,
                    c.end,
                    c.text,
                    c.page,
                    c.heading,
                    c.language,
                    _place_data(c.place),
                )
                for c in chunks
            ],
        )
        self.connection.executemany(
            "INSERT INTO tables(content_id, ordinal, name, data) VALUES(?, ?, ?, ?)",
            [
                (content_id, ordinal, table.name, _table_data(table))
                for ordinal, table in enumerate(document.tables)
            ],
        )
        return content_id


def _outline(document: ExtractedDocument) -> dict[str, object]:
    """Return what is known of a text besides its letters, as it is stored."""
    outline: dict[str, object] = {
        "pages": [(page.number, page.start, page.end) for page in document.pages],
        "headings": [(h.level, h.start, h.end, h.title) for h in document.headings],
        "parts": [(p.kind, p.number, p.start, p.end, p.label) for p in document.parts],
        "warnings": document.warnings,
    }
    if document.placed:
        outline["placed"] = packed(document.placed)
    if document.recognised:
        outline["recognised"] = [
            (page.number, page.confidence) for page in document.recognised
        ]
    return outline


def _chunk(row: tuple[Any, ...]) -> Chunk:
    ordinal, start, end, text, page, heading, language, place = row
    return Chunk(ordinal, start, end, text, page, heading, language, _place(place))


def _place(data: str) -> Place:
    return Place(*json.loads(data)) if data else Place()


def _place_data(place: Place) -> str:
    values = (place.kind, place.number, place.label, place.cells)
    return json.dumps(values, ensure_ascii=False) if any(values) else ""


def read_table(name: str, data: str) -> Table:
    """Return a table from its name and what `add_content` wrote of it."""
    value = json.loads(data)
    return Table(
        name=name,
        start=value["start"],
        end=value["end"],
        header=tuple(value["header"]),
        rows=tuple(tuple(row) for row in value["rows"]),
        row_numbers=tuple(value["row_numbers"]),
        header_row=value["header_row"],
        first_column=value["first_column"],
    )


def _table_data(table: Table) -> str:
    value = {
        field.name: getattr(table, field.name)
        for field in fields(table)
        if field.name != "name"
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
