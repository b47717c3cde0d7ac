"""Finding conversations by words, fast enough for every keystroke.

Newest first needs no ranking, so FTS5 may stop after the first few conversations
however common a word is; only these get a snippet. Indexes of beginnings make one
letter as quick as a word. Diacritics and case do not matter.

Invariant: no input is a syntax error.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass

from app.chats import records
from app.chats.records import MARK_END, MARK_START
from app.database import Connection, fetch

_TOKENS = 24
_LONGEST_QUERY = 1_000
_MOST_WORDS = 24
_LONG_BYTES = 200_000
_LONG_SNIPPET = 160
_PARTS = re.compile(r'"([^"]*)("?)|([^\s"]+)')
_MARKS = re.compile(f"[{MARK_START}{MARK_END}]")


@dataclass(frozen=True, slots=True)
class Found:
    """A hit before its conversation is known; fields as in `ChatHit`."""

    chat: int
    exchange: int | None
    snippet: str
    marks: tuple[tuple[int, int], ...]


def match_of(query: str) -> str:
    """Return a query of FTS5 for what somebody typed; "" when it holds no word."""
    parts = []
    text = records.clean(query[:_LONGEST_QUERY])
    for quoted, closed, word in _PARTS.findall(text):
        if any(sign.isalnum() for sign in quoted or word):
            parts.append(f'"{quoted or word}"' + ("" if closed else "*"))
    del parts[_MOST_WORDS:]
    return " AND ".join([*(part.rstrip("*") for part in parts[:-1]), *parts[-1:]])


def find(connection: Connection, query: str, limit: int) -> list[Found]:
    """Return at most `limit` conversations, those with the words in the title first."""
    match = match_of(query)
    if not match or limit < 1:
        return []
    titles = _find_titles(connection, match, limit)
    seen = {found.chat for found in titles}
    exchanges = _find_exchanges(connection, match, limit - len(titles), seen)
    snippets = _snippets(connection, match, list(exchanges.values()))
    return titles + [
        Found(chat, exchange, *_split(snippets.get(exchange, "")))
        for chat, exchange in exchanges.items()
    ]


def _find_titles(connection: Connection, match: str, limit: int) -> list[Found]:
    rows = fetch(
        connection,
        f"""SELECT c.id, highlight(title_words, 0, '{MARK_START}', '{MARK_END}')
        FROM title_words JOIN chats c ON c.id = title_words.rowid
        WHERE title_words MATCH ? AND c.deleted_at IS NULL
        ORDER BY title_words.rowid DESC LIMIT ?""",
        match,
        limit,
    )
    return [Found(chat, None, *_split(title)) for chat, title in rows]


def _find_exchanges(
    connection: Connection, match: str, limit: int, seen: set[int]
) -> dict[int, int]:
    """Return the newest fitting exchange of each conversation, newest first."""
    query = "SELECT id FROM chats WHERE deleted_at IS NOT NULL"
    passed_over = seen | {row[0] for row in fetch(connection, query)}
    found: dict[int, int] = {}
    cursor = connection.execute(
        """SELECT e.chat, e.id FROM exchange_words
        CROSS JOIN exchanges e ON e.id = exchange_words.rowid
        WHERE exchange_words MATCH ? ORDER BY exchange_words.rowid DESC""",
        (match,),
    )
    with contextlib.closing(cursor):
        for chat, exchange in cursor:
            if len(found) >= limit:
                break
            if chat not in passed_over:
                found.setdefault(chat, exchange)
    return found


def _snippets(
    connection: Connection, match: str, exchanges: list[int]
) -> dict[int, str]:
    if not exchanges:
        return {}
    # One walk over the stretch in which they lie: to look each up begins anew 50 times.
    rows = fetch(
        connection,
        f"""SELECT e.id, CASE WHEN octet_length(e.question) + octet_length(e.text) < ?
        THEN snippet(exchange_words, -1, '{MARK_START}', '{MARK_END}', '…', {_TOKENS})
        ELSE NULL END, substr(e.question, 1, {_LONG_SNIPPET})
        FROM exchange_words CROSS JOIN exchanges e ON e.id = exchange_words.rowid
        WHERE exchange_words MATCH ? AND exchange_words.rowid BETWEEN ? AND ?
        AND +exchange_words.rowid IN (SELECT value FROM json_each(?))
        ORDER BY exchange_words.rowid DESC""",
        _LONG_BYTES,
        match,
        min(exchanges),
        max(exchanges),
        json.dumps(exchanges),
    )
    # Looking through megabytes for the place would take longer than a keystroke may.
    return {row[0]: row[2] if row[1] is None else row[1] for row in rows}


def _split(marked: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return a snippet on one line and where its marks stand."""
    text = re.sub(r"\s+", " ", marked)
    plain: list[str] = []
    marks: list[tuple[int, int]] = []
    size = start = 0
    last = 0
    for mark in _MARKS.finditer(text):
        plain.append(text[last : mark.start()])
        size += mark.start() - last
        last = mark.end()
        if mark.group() == MARK_START:
            start = size
        else:
            marks.append((start, size))
    plain.append(text[last:])
    return "".join(plain), tuple(marks)
