"""Drafts of the workshop, in the same file as conversations and under the same rules.

Invariants: a draft is on disk when `keep_work` returns; what `forget_in_works` removes
of a document stands in no draft any more. A draft that cannot be read (a newer version
wrote it) is left alone, but goes when a document of it is forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.chats import records
from app.chats.chat_table import ChatTable
from app.codec import decode, encode, registry_of
from app.database import Connection, fetch
from app.errors import UsageError
from app.i18n import N_
from app.values.quiz import Item, ItemSource
from app.values.sheets import SheetLine
from app.values.works import Work, WorkInfo

_REGISTRY = registry_of(Work)


class WorkTable(ChatTable):
    """Keeps drafts."""

    def works(self) -> list[WorkInfo]:
        """Return all drafts, the last changed first."""
        with self._reading() as connection:
            rows = fetch(
                connection,
                "SELECT id, task, title, changed_at, size FROM works"
                " ORDER BY changed_at DESC, id DESC",
            )
        return [WorkInfo(*row) for row in rows]

    def work_texts(self) -> list[tuple[WorkInfo, str]]:
        """Return all drafts with every text in them, also those of a newer version."""
        with self._reading() as connection:
            rows = fetch(
                connection,
                "SELECT id, task, title, changed_at, size, data FROM works",
            )
        return [(WorkInfo(*row[:5]), f"{row[2]}\n{_texts(row[5])}") for row in rows]

    def work(self, id_: int) -> Work:
        """Return a draft. Raises UsageError for one that is gone or from a newer version."""
        with self._reading() as connection:
            rows = fetch(connection, "SELECT data FROM works WHERE id = ?", id_)
        found = _read(rows[0][0]) if rows else None
        if found is None:
            raise UsageError(
                N_("This draft is not there any more, or a newer version wrote it."),
                N_("Choose another one, or begin anew."),
            )
        return found

    def keep_work(self, id_: int, work: Work) -> int:
        """Keep a draft and return its id; 0 makes a new one."""
        now = self._now()
        row = (
            work.task,
            records.one_line(work.title),
            work.size,
            now,
            encode(work).decode("utf-8"),
        )
        with self._writing() as connection:
            if id_:
                connection.execute(
                    "UPDATE works SET task = ?, title = ?, size = ?, changed_at = ?,"
                    " data = ? WHERE id = ?",
                    (*row, id_),
                )
                if not connection.changes():
                    return 0
            else:
                connection.execute(
                    "INSERT INTO works(task, title, size, changed_at, data)"
                    " VALUES(?, ?, ?, ?, ?)",
                    row,
                )
                id_ = int(connection.last_insert_rowid())
            _note_files(connection, id_, work)
        return id_

    def _remove_work(self, id_: int) -> None:
        with self._writing() as connection:
            connection.execute("DELETE FROM work_sources WHERE work = ?", (id_,))
            connection.execute("DELETE FROM works WHERE id = ?", (id_,))

    def _forget_in_works(self, connection: Connection, file: str) -> int:
        """Take a document's words out of all drafts; return how many had some."""
        rows = fetch(
            connection,
            "SELECT w.id, w.data FROM works w JOIN work_sources s ON s.work = w.id"
            " WHERE s.file = ?",
            file,
        )
        for id_, data in rows:
            work = _read(data)
            if work is None:
                connection.execute("DELETE FROM work_sources WHERE work = ?", (id_,))
                connection.execute("DELETE FROM works WHERE id = ?", (id_,))
                continue
            left = without_document(work, file)
            connection.execute(
                "UPDATE works SET data = ?, size = ? WHERE id = ?",
                (encode(left).decode("utf-8"), left.size, id_),
            )
        connection.execute("DELETE FROM work_sources WHERE file = ?", (file,))
        return len(rows)


def without_document(work: Work, file: str) -> Work:
    """Return a draft without what it quotes from a document.

    Items and lines that were built from its text go; what a model or a person worded
    stays and loses the quotation.
    """
    material = replace(
        work.material,
        documents=tuple(d for d in work.material.documents if not _is(d, file)),
    )
    items = tuple(i for i in (_item_without(i, file) for i in work.items) if i)
    failed = tuple(f for f in work.failed if not _of(f.item.source, file))
    sheet = work.sheet
    if sheet is not None:
        sheet = replace(
            sheet,
            lines=tuple(_lines_without(sheet.lines, file, bool(sheet.model))),
            documents=tuple(d for d in sheet.documents if not _is(d, file)),
        )
    return replace(work, material=material, items=items, failed=failed, sheet=sheet)


def _item_without(item: Item, file: str) -> Item | None:
    if not _of(item.source, file):
        return item
    return None if item.origin == "text" else replace(item, source=None)


def _lines_without(
    lines: tuple[SheetLine, ...], file: str, by_model: bool
) -> Iterator[SheetLine]:
    for line in lines:
        if not _of(line.source, file):
            yield line
        elif by_model:
            yield replace(line, source=None)


def _of(source: ItemSource | None, file: str) -> bool:
    return source is not None and _is(source.file, file)


def _is(name: str, file: str) -> bool:
    return records.clean(name) == file


def _texts(data: str) -> str:
    """Return the texts of a draft without what JSON puts around them."""
    try:
        return "\n".join(_strings(json.loads(data)))
    except (ValueError, RecursionError):
        return data


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            # The bytes of a picture are no text.
            if key != "data" or "mime" not in value:
                yield from (str(key), *_strings(one))
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def _read(data: str) -> Work | None:
    try:
        found: Any = decode(data.encode("utf-8"), _REGISTRY)
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, Work) else None


def _note_files(connection: Connection, id_: int, work: Work) -> None:
    files = {records.clean(name) for name in _files(work)}
    connection.execute("DELETE FROM work_sources WHERE work = ?", (id_,))
    connection.executemany(
        "INSERT INTO work_sources(file, work) VALUES(?, ?)",
        [(file, id_) for file in sorted(files)],
    )


def _files(work: Work) -> Iterator[str]:
    yield from work.material.documents
    sources = [item.source for item in work.items]
    sources += [failed.item.source for failed in work.failed]
    if work.sheet is not None:
        yield from work.sheet.documents
        sources += [line.source for line in work.sheet.lines]
    for source in sources:
        if source is not None:
            yield source.file
