"""Chunks as the word index wants them, and the compounds a base has learned.

Invariant: `index_terms` is what the rows of the word index were made with; it is
forgotten whenever new ones are learned or the words are made anew.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass

from app.database import Connection, change_version, fetch, transaction
from app.index.base_table import BaseTable
from app.index.compounds import IndexTerms
from app.index.word_index import ChunkRow, WordIndex
from app.values.bases import Base

# Counting languages again may take this share of the time while a base is written.
_LANGUAGES_PAUSE = 50


@dataclass(frozen=True, slots=True)
class _Languages:
    """Which languages a base had, when that was found out, and how long it took."""

    found: list[str]
    version: tuple[int, int]
    at_s: float
    cost_s: float


@dataclass(frozen=True, slots=True)
class _Terms:
    """What makes a base's terms, as of a version of the database.

    `is_all_new`: when it was made all compounds were learned, so that whatever is not
    learned yet went through it.
    """

    terms: IndexTerms
    version: int
    is_all_new: bool


class WordTable(BaseTable):
    """Keeps the words of bases in step with their chunks. `Store` adds documents."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._terms: dict[int, _Terms] = {}
        self._languages: dict[tuple[int, str], _Languages] = {}

    def content_chunks(self, content_id: int) -> list[ChunkRow]:
        """Return (id, heading, text, language) of each chunk of a content."""
        return fetch(
            self.connection,
            "SELECT id, heading, text, language FROM chunks WHERE content_id = ?",
            content_id,
        )

    def chunk_rows(
        self,
        base: Base,
        *,
        files: Iterable[str] | None = None,
        ids: Iterable[int] | None = None,
    ) -> list[ChunkRow]:
        """Return the rows that the word index wants: all, those of files, or by id."""
        condition, value = "1 OR ?", "[]"
        if files is not None:
            condition = "d.path IN (SELECT value FROM json_each(?))"
            value = json.dumps(list(files))
        elif ids is not None:
            condition = "k.id IN (SELECT value FROM json_each(?))"
            value = json.dumps(list(ids))
        return list(
            self.connection.execute(
                f"""SELECT DISTINCT k.id, k.heading, k.text, k.language FROM chunks k
                JOIN documents d ON d.content_id = k.content_id
                WHERE d.base_id = ? AND ({condition})""",
                (base.id, value),
            )
        )

    def count_chunks(self, base: Base, path: str) -> int:
        """Return how many chunks a document of the base has."""
        return self.count(
            "chunks WHERE content_id = (SELECT content_id FROM documents"
            " WHERE base_id = ? AND path = ?)",
            base.id,
            path,
        )

    def chunk_ids(self, base: Base, files: Iterable[str]) -> list[int]:
        """Return the ids of the chunks of these documents, ascending."""
        rows = fetch(
            self.connection,
            """SELECT DISTINCT k.id FROM json_each(?) f
            JOIN documents d ON d.base_id = ? AND d.path = f.value
            JOIN chunks k ON k.content_id = d.content_id ORDER BY k.id""",
            json.dumps(list(files)),
            base.id,
        )
        return [row[0] for row in rows]

    def section_around(
        self, content_id: int, ordinal: int, reach: int
    ) -> list[tuple[int, int, str]]:
        """Return (start, end, first characters) of the chunks around one, in order.

        Those under the same heading on the same page, at most `reach` on either side.
        """
        return fetch(
            self.connection,
            """SELECT k.start, k."end", substr(k.text, 1, 8) FROM chunks o
            JOIN chunks k ON k.content_id = o.content_id AND k.heading = o.heading
            AND k.page IS o.page AND abs(k.ordinal - o.ordinal) <= ?
            WHERE o.content_id = ? AND o.ordinal = ? ORDER BY k.ordinal""",
            reach,
            content_id,
            ordinal,
        )

    def index_terms(self, base: Base) -> IndexTerms:
        """Return what makes the base's terms.

        It is remembered until compounds are learned, here or by another process.
        """
        version = self._foreign_version()
        known = self._terms.get(base.id)
        if known is None or known.version != version:
            splits = WordIndex(self.connection, base.id).compounds()
            is_first = not self.unlearned(base)
            known = _Terms(IndexTerms(splits), version, is_first)
            self._terms[base.id] = known
        return known.terms

    def _foreign_version(self) -> int:
        """Return a number that changes when another connection writes."""
        return change_version(self.connection)[0]

    def unlearned(self, base: Base) -> list[str]:
        """Return the files whose compounds were not looked for yet."""
        rows = fetch(
            self.connection,
            "SELECT path FROM documents WHERE base_id = ? AND status = 'indexed'"
            " AND NOT learned",
            base.id,
        )
        return [row[0] for row in rows]

    def learn_compounds(self, base: Base) -> None:
        """Split what new documents' words allow, and index what that changes again."""
        files = self.unlearned(base)
        if not files:
            return
        index = WordIndex(self.connection, base.id)
        with transaction(self.connection):
            stale = index.learn_compounds(self._candidates(base, files))
            self._terms.pop(base.id, None)
            index.remove(stale)
            index.add(self.chunk_rows(base, ids=stale), self.index_terms(base))
            self.connection.execute(
                """UPDATE documents SET learned = 1 WHERE base_id = ? AND path IN
                (SELECT value FROM json_each(?))""",
                (base.id, json.dumps(files)),
            )

    def _candidates(self, base: Base, files: list[str]) -> set[str]:
        """Return the words of these files that may be compounds.

        Most often all that is new since the last learning was turned into terms by
        this object, which knows them already.
        """
        known = self._terms.get(base.id)
        if known and known.is_all_new and known.version == self._foreign_version():
            return known.terms.candidates
        terms = IndexTerms({})
        for _, heading, text, language in self.chunk_rows(base, files=files):
            if language == "de":
                terms.line(f"{heading} {text}", language)
        return terms.candidates

    def rebuild_words(self, base: Base) -> None:
        """Make the words of a base anew from its chunks.

        Nothing of what was removed is left: FTS5 only marks removed rows of such a
        table, but a dropped table is overwritten.
        """
        index = WordIndex(self.connection, base.id)
        with transaction(self.connection):
            index.drop()
            index.create()
            self._terms.pop(base.id, None)
            index.add(self.chunk_rows(base), IndexTerms({}))
            self.connection.execute(
                "UPDATE documents SET learned = 0 WHERE base_id = ?", (base.id,)
            )
        self.learn_compounds(base)

    def chunk_languages(self, base: Base, files: Iterable[str] = ()) -> list[str]:
        """Return the languages of the base's contents, most frequent first.

        With `files` only of these documents. They are remembered while nothing
        changes; a large base that is being written is not counted for each search.
        """
        wanted = json.dumps(list(files))
        version = change_version(self.connection)
        known = self._languages.get((base.id, wanted))
        now_s = time.monotonic()
        if known is not None:
            is_new = now_s - known.at_s < _LANGUAGES_PAUSE * known.cost_s
            if known.version == version or is_new:
                return known.found
        found = self._count_languages(base, wanted)
        cost_s = time.monotonic() - now_s
        self._languages = {(base.id, wanted): _Languages(found, version, now_s, cost_s)}
        return found

    def _count_languages(self, base: Base, wanted: str) -> list[str]:
        """Return the languages by how many chunks they have; texts are not read."""
        rows = fetch(
            self.connection,
            """SELECT c.language, sum(
              (SELECT count(*) FROM chunks k WHERE k.content_id = c.id)) AS size
            FROM contents c INDEXED BY contents_by_language
            WHERE c.id IN (SELECT content_id FROM documents WHERE base_id = ?
              AND (? OR path IN (SELECT value FROM json_each(?))))
            GROUP BY c.language ORDER BY size DESC""",
            base.id,
            wanted == "[]",
            wanted,
        )
        whole = sum(size for _, size in rows) or 1
        return [language for language, size in rows if language and size > whole * 0.02]
