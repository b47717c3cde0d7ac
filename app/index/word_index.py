"""Words of one base in FTS5: stems, headings, and the parts of German compounds.

Each base has its own FTS5 table, so that the rarity of a word is that of these
documents. The table is contentless: it holds terms that `compounds.py` made, never
text.

Invariant: rowid = chunk id, one row for each chunk of the base (`check`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app import words
from app.database import Connection, fetch, fetch_value
from app.index.compounds import (
    SHORTEST_COMPOUND,
    Frequency,
    IndexTerms,
    split_compound,
)

# A hit in a heading counts more: headings name what a section is about.
_HEADING_WEIGHT = 1.6
_FEWEST_CHUNKS = 100
# Up to so many new words are looked up one by one; above, the whole vocabulary is read.
_FEW_WORDS = 300
# BM25 costs a microsecond for each chunk that holds a word, finding it a tenth of that.
_MOST_RANKED = 2_000
_MOST_VISITS = 100_000
_CHOSEN = 400

_AMONG = "AND +rowid IN (SELECT value FROM json_each(?))"

ChunkRow = tuple[int, str, str, str]  # id, heading, text, language


@dataclass(frozen=True, slots=True)
class WordHit:
    """A chunk that holds words of the question; a larger `score` is better."""

    chunk_id: int
    score: float


class WordIndex:
    """The FTS5 table of one base."""

    def __init__(self, connection: Connection, base_id: int) -> None:
        self._connection = connection
        self._base_id = base_id
        self._table = f"words_{int(base_id)}"
        self._vocabulary = f"vocabulary_{int(base_id)}"
        # One object serves one question or one transaction.
        self._frequencies: dict[str, int] = {}

    def create(self) -> None:
        """Create the empty table."""
        self._connection.execute(f"""
        CREATE VIRTUAL TABLE {self._table} USING fts5(heading, body, content='',
            contentless_delete=1, tokenize="unicode61 remove_diacritics 0");
        CREATE VIRTUAL TABLE {self._vocabulary} USING fts5vocab({self._table}, row);
        """)

    def drop(self) -> None:
        """Remove the table and everything in it."""
        self._connection.execute(
            f"DROP TABLE IF EXISTS {self._vocabulary};"
            f"DROP TABLE IF EXISTS {self._table};"
            f"DELETE FROM compounds WHERE base_id = {int(self._base_id)}"
        )

    def add(self, chunks: Iterable[ChunkRow], terms: IndexTerms) -> None:
        """Index chunks; the caller's transaction makes it durable.

        `terms` are made of the base's known splits, see `compounds()`.
        """
        self._connection.executemany(
            f"INSERT INTO {self._table}(rowid, heading, body) VALUES(?, ?, ?)",
            [
                (id_, terms.line(heading, language), terms.line(text, language))
                for id_, heading, text, language in chunks
            ],
        )

    def remove(self, ids: Iterable[int]) -> None:
        """Remove chunks. FTS5 keeps their terms on disk until the table is dropped."""
        self._connection.executemany(
            f"DELETE FROM {self._table} WHERE rowid = ?", [(id_,) for id_ in ids]
        )

    def row_ids(self) -> set[int]:
        """Return the chunk ids that are indexed."""
        rows = self._connection.execute(f"SELECT rowid FROM {self._table}")
        return {row[0] for row in rows}

    def search(
        self,
        groups: Sequence[Sequence[str]],
        limit: int = 200,
        within: Sequence[int] | None = None,
    ) -> list[WordHit]:
        """Return the chunks that hold any of the terms, best first by BM25.

        `within` leaves only these chunks; how rare a word is stays that of the base.
        """
        terms = {term for group in groups for term in group}
        wanted = self._affordable(terms, _MOST_VISITS)
        if not wanted:
            return []
        rare = self._affordable(terms, _MOST_RANKED)
        if rare != wanted:
            hits = self._ranked(rare, max(limit, _CHOSEN), within)
            within = [hit.chunk_id for hit in hits]
        return self._ranked(wanted, limit, within)

    def _ranked(
        self, terms: Sequence[str], limit: int, within: Sequence[int] | None
    ) -> list[WordHit]:
        # The + keeps SQLite from searching the words anew for each of these rows.
        among = "" if within is None else _AMONG
        values = () if within is None else (json.dumps(list(within)),)
        rows = self._connection.execute(
            f"SELECT rowid, -bm25({self._table}, {_HEADING_WEIGHT}, 1.0) AS score"
            f" FROM {self._table} WHERE {self._table} MATCH ? {among}"
            " ORDER BY score DESC, rowid LIMIT ?",
            (_any_of(terms), *values, limit),
        )
        return [WordHit(*row) for row in rows]

    def holding(
        self,
        sets: Sequence[Sequence[str]],
        limit: int = 100,
        within: Sequence[int] | None = None,
    ) -> list[int]:
        """Return chunks that hold all terms of one of the sets, best by BM25 first."""
        among = "" if within is None else _AMONG
        values = () if within is None else (json.dumps(list(within)),)
        found: dict[int, None] = {}
        for terms in sets:
            # Headings weigh so much here that what is about a term comes first.
            rows = self._connection.execute(
                f"SELECT rowid FROM {self._table} WHERE {self._table} MATCH ? {among}"
                f" ORDER BY bm25({self._table}, 20.0, 1.0), rowid LIMIT ?",
                (" AND ".join(map(_quoted, terms)), *values, limit),
            )
            found.update(dict.fromkeys(row[0] for row in rows))
        return list(found)

    def occur(
        self, groups: Sequence[Sequence[str]], within: Sequence[int]
    ) -> list[bool]:
        """Tell for each group of terms whether one of these chunks holds one."""
        ids = json.dumps(list(within))
        query = (
            f"SELECT 1 FROM {self._table} WHERE {self._table} MATCH ? {_AMONG} LIMIT 1"
        )
        return [
            bool(group)
            and fetch_value(self._connection, query, _any_of(group), ids) is not None
            for group in groups
        ]

    @staticmethod
    def expand(
        groups: Sequence[Sequence[str]], compounds: dict[str, tuple[str, ...]]
    ) -> list[tuple[str, ...]]:
        """Add the parts of known compounds to each group of a question's terms."""
        return [
            tuple(
                dict.fromkeys(
                    [*group, *(p for term in group for p in compounds.get(term, ()))]
                )
            )
            for group in groups
        ]

    def frequencies(self, groups: Sequence[Sequence[str]]) -> list[int]:
        """Return for each group of terms in how many chunks its commonest occurs."""
        return [max(map(self._frequency, group), default=0) for group in groups]

    def rarities(self, frequencies: Sequence[int]) -> list[float]:
        """Return the inverse document frequency for each count of chunks.

        Robertson's ln(1 + (N - n + 0.5) / (n + 0.5)); what occurs nowhere has the
        largest value. N is at least `_FEWEST_CHUNKS`: in a base of three chunks every
        known word would look common.
        """
        total = max(self._count_rows(), _FEWEST_CHUNKS)
        return [math.log(1 + (total - n + 0.5) / (n + 0.5)) for n in frequencies]

    def compounds(self) -> dict[str, tuple[str, ...]]:
        """Return the splits that are known: stem of the compound → stems of its parts."""
        rows = self._connection.execute(
            "SELECT word, parts FROM compounds WHERE base_id = ?", (self._base_id,)
        )
        return {word: tuple(json.loads(parts)) for word, parts in rows}

    def learn_compounds(self, new: Iterable[str]) -> set[int]:
        """Find splits of German words; return the ids that have to be indexed again.

        These are all chunks of the base that hold one of the words that are split now.
        """
        candidates = sorted(w for w in set(new) if len(w) >= SHORTEST_COMPOUND)
        known = self.compounds()
        stems = zip(candidates, words.stems(candidates, "de"), strict=True)
        unknown = {word: stem for word, stem in stems if stem not in known}
        frequency = self._vocabulary_of(len(unknown))
        found: dict[str, tuple[str, ...]] = {}
        for word, stem in unknown.items():
            if parts := split_compound(word, "de", frequency):
                found[stem] = parts
        self._connection.executemany(
            "INSERT OR REPLACE INTO compounds(base_id, word, parts) VALUES(?, ?, ?)",
            [(self._base_id, word, json.dumps(p)) for word, p in found.items()],
        )
        return self._holding(found)

    def _vocabulary_of(self, count: int) -> Frequency:
        """Return what tells frequencies for so many words: each is asked for ~ 20 stems."""
        if count <= _FEW_WORDS:
            self._frequencies.clear()
            return self._frequency
        query = f"SELECT term, doc FROM {self._vocabulary}"
        counts: dict[str, int] = dict(fetch(self._connection, query))
        return counts.get

    def _holding(self, terms: Iterable[str]) -> set[int]:
        """Return all chunks that hold any of the terms.

        One question each: asked for thousands of terms at once, FTS5 compares all of
        them for every row.
        """
        query = f"SELECT rowid FROM {self._table} WHERE {self._table} MATCH ?"
        held: set[int] = set()
        for term in terms:
            held.update(row[0] for row in fetch(self._connection, query, _quoted(term)))
        return held

    def _affordable(self, terms: set[str], most: int) -> list[str]:
        """Return the rarest terms that occur in `most` chunks together, at least one.

        A word in every tenth chunk costs as much time as a hundred rare ones, whose
        weight is many times larger. So the rare ones choose the chunks that are ranked
        by all of them; in a small base these are all.
        """
        chosen: list[str] = []
        visits = 0
        for frequency, term in sorted((self._frequency(t), t) for t in terms):
            visits += frequency
            if visits > most and chosen:
                break
            if frequency:
                chosen.append(term)
        return sorted(chosen)

    def _frequency(self, term: str) -> int:
        if term not in self._frequencies:
            query = f"SELECT doc FROM {self._vocabulary} WHERE term = ?"
            found = fetch_value(self._connection, query, term)
            self._frequencies[term] = int(found or 0)
        return self._frequencies[term]

    def _count_rows(self) -> int:
        """Return how many chunks there are, without visiting them.

        FTS5 keeps the count as the first number of its record of averages, a varint
        (https://www.sqlite.org/fts5.html, "The FTS5 Data Table").
        """
        query = f"SELECT block FROM {self._table}_data WHERE id = 1"
        count = 0
        for byte in fetch_value(self._connection, query) or b"":
            count = (count << 7) | (byte & 0x7F)
            if byte < 0x80:
                break
        return count


def _any_of(terms: Iterable[str]) -> str:
    """Return FTS5's question for any of the terms."""
    return " OR ".join(map(_quoted, terms))


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'
