"""Bases, documents and chunks in SQLite: the truth that everything else is made from.

A *content* is the text of a file, known by the hash of its bytes, and shared by all
documents with these bytes: the same file in two bases is read, split and embedded once.

Invariants: a document is "indexed" only together with its chunks and words, in one
transaction; a content that no document uses is gone with its chunks and vectors.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from app.database import fetch, fetch_value, hasty_transaction, transaction
from app.errors import AppError, UsageError
from app.i18n import N_
from app.index.base_table import path_hash
from app.index.content_table import TEXT_VERSION, ContentTable, StoredChunk, StoredTable
from app.index.word_index import WordIndex
from app.values.bases import Base, DocumentInfo, ForgetReceipt
from app.values.documents import Chunk, ExtractedDocument

__all__ = [
    "TEXT_VERSION",
    "KnownDocument",
    "NewDocument",
    "Store",
    "StoredChunk",
    "StoredTable",
]

_DOCUMENT_COLUMNS = """d.id, d.path, d.status, d.reason, d.sentence, d.remedy,
    d.parameters, d.size_bytes, coalesce(c.title, ''),
    (SELECT count(*) FROM chunks k WHERE k.content_id = d.content_id),
    (SELECT count(*) FROM chunks k JOIN vectors v ON v.chunk_id = k.id
      WHERE k.content_id = d.content_id AND v.embedder = ?),
    coalesce(json_array_length(c.outline, '$.pages'), 0),
    coalesce(json_extract(c.outline, '$.warnings'), '[]')"""


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """What the store remembers of a file, to see whether it changed."""

    id: int
    path: str
    status: str
    reason: str
    attempts: int
    size_bytes: int
    mtime_ns: int
    content_id: int | None
    hash: str


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A file that was read, as it is stored."""

    path: str
    hash: str
    size_bytes: int
    mtime_ns: int
    document: ExtractedDocument
    language: str
    chunks: Sequence[Chunk]


class Store(ContentTable):
    """The tables of `knowledge.db`. One thread uses one Store."""

    # -- documents -----------------------------------------------------------

    def known_documents(self, base: Base) -> dict[str, KnownDocument]:
        """Return what is remembered of each file of the base, by path."""
        rows = fetch(
            self.connection,
            """SELECT d.id, d.path, d.status, d.reason, d.attempts, d.size_bytes,
            d.mtime_ns, d.content_id, coalesce(c.hash, '') FROM documents d
            LEFT JOIN contents c ON c.id = d.content_id WHERE d.base_id = ?""",
            base.id,
        )
        return {row[1]: KnownDocument(*row) for row in rows}

    def documents(
        self, base: Base, embedder_key: str = "", unread: bool = False
    ) -> list[DocumentInfo]:
        """Return all documents of a base with their states, by path.

        With `unread` only those that were skipped or failed.
        """
        rows = fetch(
            self.connection,
            f"SELECT {_DOCUMENT_COLUMNS} FROM documents d LEFT JOIN contents c"
            " ON c.id = d.content_id WHERE d.base_id = ?"
            " AND (NOT ? OR d.status IN ('skipped', 'failed')) ORDER BY d.path",
            embedder_key,
            base.id,
            unread,
        )
        return [
            DocumentInfo(
                id=row[0],
                file=row[1],
                status=row[2],
                reason=row[3],
                sentence=row[4],
                remedy=row[5],
                parameters=tuple(json.loads(row[6]).items()),
                size_bytes=row[7],
                title=row[8],
                chunks=row[9],
                vectors=row[10],
                pages=row[11],
                notes=tuple(json.loads(row[12])),
            )
            for row in rows
        ]

    def begin_documents(self, base: Base, paths: Sequence[str]) -> None:
        """Note which files are being read, so that a crash can be laid to them.

        This outlives the process but not a power cut, which says nothing of the files.
        """
        with hasty_transaction(self.connection):
            self.connection.executemany(
                """INSERT INTO documents(base_id, path, status) VALUES(?, ?, 'reading')
                ON CONFLICT(base_id, path) DO UPDATE SET status = 'reading'""",
                [(base.id, path) for path in paths],
            )

    def settle_interrupted(self, base: Base, crashed: bool) -> None:
        """Look at what was being read when the last process ended.

        Only a process that died by itself (`crashed`) counts against its document; a
        closed window or a power cut says nothing about it.
        """
        with transaction(self.connection):
            self.connection.execute(
                """UPDATE documents SET attempts = CASE WHEN ? THEN attempts + 1
                ELSE 0 END WHERE base_id = ? AND status = 'reading'""",
                (crashed, base.id),
            )

    def save_documents(self, base: Base, documents: Sequence[NewDocument]) -> None:
        """Store documents with their chunks and words, all of them or none."""
        if not documents:
            return
        with transaction(self.connection):
            for new in documents:
                content_id = self.add_content(
                    new.hash, new.document, new.language, new.chunks
                )
                self._point_to(base, new.path, content_id, new.size_bytes, new.mtime_ns)

    def link_document(
        self, base: Base, path: str, hash_: str, size_bytes: int, mtime_ns: int
    ) -> bool:
        """Point a document to a content that is already known; False when it is not."""
        content_id = self.content_id(hash_)
        if content_id is None:
            return False
        with transaction(self.connection):
            self._point_to(base, path, content_id, size_bytes, mtime_ns)
        return True

    def touch_document(self, document: KnownDocument, mtime_ns: int) -> None:
        """Note that a file is unchanged although its time is not."""
        with transaction(self.connection):
            self.connection.execute(
                "UPDATE documents SET mtime_ns = ? WHERE id = ?",
                (mtime_ns, document.id),
            )

    def settle_document(self, base: Base, path: str, mtime_ns: int) -> None:
        """Note that a document, and all that is in it, is as its file of this time."""
        with transaction(self.connection):
            self.connection.execute(
                "UPDATE documents SET mtime_ns = ? WHERE base_id = ? AND path = ?",
                (mtime_ns, base.id, path),
            )

    def fail_document(
        self,
        base: Base,
        path: str,
        status: str,
        reason: str,
        error: AppError,
        size_bytes: int,
        mtime_ns: int,
        counts: bool = False,
    ) -> None:
        """Note why a file was not indexed; what it held before is dropped.

        `counts` when this was one of the few attempts that a file has.
        """
        with transaction(self.connection):
            _, before = self._unlink(base, path)
            self.connection.execute(
                """INSERT INTO documents(base_id, path, status, reason, sentence,
                remedy, parameters, size_bytes, mtime_ns, attempts)
                VALUES(?,?,?,?,?,?,?,?,?,?)
                ON CONFLICT(base_id, path) DO UPDATE SET content_id = NULL,
                status = excluded.status, reason = excluded.reason,
                sentence = excluded.sentence, remedy = excluded.remedy,
                parameters = excluded.parameters, size_bytes = excluded.size_bytes,
                mtime_ns = excluded.mtime_ns,
                attempts = CASE excluded.attempts WHEN 0 THEN 0 ELSE attempts + 1 END""",
                (
                    base.id,
                    path,
                    status,
                    reason,
                    error.sentence,
                    error.remedy,
                    json.dumps(error.parameters, ensure_ascii=False),
                    size_bytes,
                    mtime_ns,
                    int(counts),
                ),
            )
            self._drop_if_unused(before)

    def forget_document(
        self, base: Base, path: str, on_purpose: bool = False
    ) -> ForgetReceipt:
        """Remove a document and all that only it used; the receipt counts it.

        `on_purpose` keeps a folder from bringing it back. `cached` is left 0: the
        caller clears the cache of vectors and fills it in.
        """
        return self.forget_documents(base, [path], on_purpose)[0]

    def forget_documents(
        self,
        base: Base,
        paths: Sequence[str],
        on_purpose: bool = False,
        along: Sequence[str] = (),
    ) -> list[ForgetReceipt]:
        """Remove documents, all or none of them; see `forget_document`.

        `along` go with them and may come back with them.
        """
        with transaction(self.connection):
            named = [self._forget(base, path, on_purpose) for path in paths]
            return named + [self._forget(base, path, False) for path in along]

    def _forget(self, base: Base, path: str, on_purpose: bool) -> ForgetReceipt:
        rows = fetch(
            self.connection,
            """SELECT d.content_id, coalesce(length(CAST(c.text AS BLOB)), 0),
            (SELECT count(*) FROM documents o WHERE o.content_id = d.content_id)
            FROM documents d LEFT JOIN contents c ON c.id = d.content_id
            WHERE d.base_id = ? AND d.path = ?""",
            base.id,
            path,
        )
        if not rows:
            raise UsageError(
                N_("The base “{name}” does not hold this document."),
                N_("`allmende base show` lists its documents."),
                name=base.name,
            )
        content_id, size, users = rows[0]
        chunk_count = self.count("chunks WHERE content_id = ?", content_id)
        vector_count = self.count(
            "vectors WHERE chunk_id IN (SELECT id FROM chunks WHERE content_id = ?)",
            content_id,
        )
        word_rows, _ = self._unlink(base, path)
        self.connection.execute(
            "DELETE FROM documents WHERE base_id = ? AND path = ?", (base.id, path)
        )
        self._drop_if_unused(content_id)
        self.connection.execute(
            "DELETE FROM sources WHERE base_id = ? AND path = ?", (base.id, path)
        )
        if on_purpose:
            self.connection.execute(
                "INSERT OR IGNORE INTO forgotten VALUES(?, ?)",
                (base.id, path_hash(path)),
            )
        shared = users > 1
        return ForgetReceipt(
            file=path,
            documents=1,
            chunks=0 if shared else chunk_count,
            vectors=0 if shared else vector_count,
            words=word_rows,
            cached=0,
            bytes=0 if shared else size,
            shared=shared,
        )

    # -- helpers -------------------------------------------------------------

    def _point_to(
        self, base: Base, path: str, content_id: int, size_bytes: int, mtime_ns: int
    ) -> None:
        _, before = self._unlink(base, path)
        if not self._users(base, content_id):
            WordIndex(self.connection, base.id).add(
                self.content_chunks(content_id), self.index_terms(base)
            )
        self.connection.execute(
            """INSERT INTO documents(base_id, path, content_id, status, size_bytes,
            mtime_ns) VALUES(?, ?, ?, 'indexed', ?, ?) ON CONFLICT(base_id, path)
            DO UPDATE SET content_id = excluded.content_id, status = 'indexed',
            learned = 0, reason = '', sentence = '', remedy = '', parameters = '{}',
            size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns,
            attempts = 0""",
            (base.id, path, content_id, size_bytes, mtime_ns),
        )
        self._drop_if_unused(before)

    def _users(self, base: Base, content_id: int) -> int:
        return self.count(
            "documents WHERE base_id = ? AND content_id = ?", base.id, content_id
        )

    def _unlink(self, base: Base, path: str) -> tuple[int, int | None]:
        """Part a document from its text; return (rows of words removed, content id).

        A twin in the same base keeps the words. The caller drops the text if nothing
        uses it any more.
        """
        content_id = fetch_value(
            self.connection,
            "SELECT content_id FROM documents WHERE base_id = ? AND path = ?",
            base.id,
            path,
        )
        if content_id is None:
            return 0, None
        ids: list[int] = []
        if self._users(base, content_id) == 1:
            ids = [row[0] for row in self.content_chunks(content_id)]
            WordIndex(self.connection, base.id).remove(ids)
        self.connection.execute(
            "UPDATE documents SET content_id = NULL WHERE base_id = ? AND path = ?",
            (base.id, path),
        )
        return len(ids), content_id

    def _drop_if_unused(self, content_id: int | None) -> None:
        self.connection.execute(
            """DELETE FROM contents WHERE id = ? AND NOT EXISTS
            (SELECT 1 FROM documents WHERE content_id = contents.id)""",
            (content_id,),
        )
