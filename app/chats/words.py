"""The two indexes of words, of titles and of exchanges, kept in step with the texts.

Invariant: each row of `chats` and `exchanges` is in its index with exactly its present
text (FTS5 needs the old text to take a row out). `tests/chats` looks for removed words
in the raw file: FTS5 takes them out of its pages (`secure-delete`), but a word that
separates two pages stays, so `scrub` looks for such words and writes the pages anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from app.database import Connection, fetch, fetch_value

# Taking one exchange out costs about as much as indexing fifty (measured with 100,000).
_COST_OF_REMOVAL = 50
_SHORTEST_TELLING = 4
# Terms of the main index begin with this byte, beginnings of words with others.
_MAIN = b"0"
_OF_DOCUMENT = 4  # FTS5_TOKENIZE_DOCUMENT


class Words:
    """Writes the indexes. The caller's transaction surrounds every method."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_title(self, chat: int) -> None:
        """Index the title that the conversation has now."""
        self._connection.execute(
            "INSERT INTO title_words(rowid, title)"
            " SELECT id, title FROM chats WHERE id = ?",
            (chat,),
        )

    def remove_title(self, chat: int) -> None:
        """Take a title out, before it changes."""
        self._connection.execute(
            "INSERT INTO title_words(title_words, rowid, title)"
            " SELECT 'delete', id, title FROM chats WHERE id = ?",
            (chat,),
        )

    def add_exchanges(self, exchanges: Sequence[int]) -> None:
        """Index the questions and answers that the exchanges have now."""
        self._connection.execute(
            """INSERT INTO exchange_words(rowid, question, text)
            SELECT id, question, text FROM exchanges
            WHERE id IN (SELECT value FROM json_each(?))""",
            (json.dumps(exchanges),),
        )

    def remove_exchanges(self, exchanges: Sequence[int]) -> None:
        """Take exchanges out, before they change or go."""
        self._connection.execute(
            """INSERT INTO exchange_words(exchange_words, rowid, question, text)
            SELECT 'delete', id, question, text FROM exchanges
            WHERE id IN (SELECT value FROM json_each(?))""",
            (json.dumps(exchanges),),
        )

    def better_anew(self, removed: int) -> bool:
        """Tell whether to remove so many exchanges by indexing the others anew."""
        whole = int(fetch_value(self._connection, "SELECT count(*) FROM exchanges"))
        return removed * _COST_OF_REMOVAL > whole - removed

    def rebuild_titles(self) -> None:
        """Index all titles anew; ten thousand take a moment."""
        self._rebuild("title_words")

    def rebuild_exchanges(self) -> None:
        """Index all questions and answers anew."""
        self._rebuild("exchange_words")

    def scrub(self, texts: Iterable[str]) -> None:
        """Leave no word of removed texts behind as a separator of pages."""
        terms = {term for text in texts for term in self._terms(text)}
        rows = fetch(self._connection, "SELECT DISTINCT term FROM exchange_words_idx")
        separators = {
            bytes(row[0][1:]).decode("utf-8", "ignore")
            for row in rows
            if bytes(row[0][:1]) == _MAIN
        }
        beginnings = {
            term[:size]
            for term in terms
            for size in range(_SHORTEST_TELLING, len(term) + 1)
        }
        if any(not self._in_use(text) for text in sorted(beginnings & separators)):
            self._write_anew()

    def _terms(self, text: str) -> set[str]:
        tokenizer = self._connection.fts5_tokenizer(
            "unicode61", ["remove_diacritics", "2"]
        )
        found = tokenizer(
            text.encode(),
            _OF_DOCUMENT,
            None,
            include_offsets=False,
            include_colocated=False,
        )
        return {term for term in found if isinstance(term, str)}

    def _in_use(self, beginning: str) -> bool:
        query = "SELECT term FROM exchange_vocabulary WHERE term >= ? LIMIT 1"
        term = fetch_value(self._connection, query, beginning)
        return term is not None and str(term).startswith(beginning)

    def _write_anew(self) -> None:
        """Merge all pages. FTS5 does so only where there are two parts: make a second."""
        query = "SELECT max(id) FROM exchanges"
        some = fetch_value(self._connection, query)
        if some is not None:
            self.remove_exchanges([some])
            self.add_exchanges([some])
        self._connection.execute(
            "INSERT INTO exchange_words(exchange_words) VALUES('optimize')"
        )

    def _rebuild(self, table: str) -> None:
        self._connection.execute(f"INSERT INTO {table}({table}) VALUES('rebuild')")
