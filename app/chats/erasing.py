"""Removing for good: conversations, and what answers quote from a document.

SQLite overwrites what is deleted (`secure_delete`), and FTS5 takes out words the same
way; the caller empties SQLite's log afterwards. `tests/chats` looks for removed words
in the raw files.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from app.chats import records
from app.chats.words import Words
from app.database import Connection, fetch, fetch_value
from app.values.chats import ChatReceipt

_TABLES = (
    *("partials", "sources", "ratings", "ways", "drafts", "exchanges", "chats"),
    *("work_sources", "works"),
)


def erase(connection: Connection, words: Words, chats: list[int]) -> ChatReceipt:
    """Remove conversations with all that belongs to them."""
    ids = json.dumps(chats)
    of_chats = "chat IN (SELECT value FROM json_each(?))"
    rows = fetch(connection, f"SELECT id FROM exchanges WHERE {of_chats}", ids)
    exchanges = [row[0] for row in rows]
    passages = _count_passages(connection, of_chats, ids)
    anew = words.better_anew(len(exchanges))
    texts: list[str] = []
    if not anew:
        query = f"SELECT question || ' ' || text FROM exchanges WHERE {of_chats}"
        texts = [row[0] for row in fetch(connection, query, ids)]
        words.remove_exchanges(exchanges)
    for table in ("partials", "sources", "ratings"):
        connection.execute(
            f"DELETE FROM {table} WHERE exchange IN (SELECT value FROM json_each(?))",
            (json.dumps(exchanges),),
        )
    for table in ("ways", "drafts", "exchanges"):
        connection.execute(f"DELETE FROM {table} WHERE {of_chats}", (ids,))
    connection.execute(
        "DELETE FROM chats WHERE id IN (SELECT value FROM json_each(?))", (ids,)
    )
    words.rebuild_titles()
    if anew:
        words.rebuild_exchanges()
    else:
        words.scrub(texts)
    return ChatReceipt(len(chats), len(exchanges), passages)


def erase_all(connection: Connection, words: Words) -> ChatReceipt:
    """Remove every row there is."""
    chats, exchanges = (
        int(fetch_value(connection, f"SELECT count(*) FROM {table}"))
        for table in ("chats", "exchanges")
    )
    passages = _count_passages(connection, "1 OR ?", 0)
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table}")
    words.rebuild_titles()
    words.rebuild_exchanges()
    return ChatReceipt(chats, exchanges, passages)


def forget(connection: Connection, words: Words, file: str) -> ChatReceipt:
    """Remove a document's passages, quotes and name from all exchanges.

    Works on the stored JSON, so that what a newer version wrote stays beside it.
    """
    rows = fetch(
        connection,
        """SELECT e.id, e.chat, e.text, e.answer, e.scope FROM sources s
        JOIN exchanges e ON e.id = s.exchange WHERE s.file = ?""",
        file,
    )
    passages = 0
    anew = words.better_anew(len(rows))
    if not anew:
        words.remove_exchanges([row[0] for row in rows])
    for exchange, _, text, answer, scope in rows:
        data = _data(answer)
        _forget_correction(connection, exchange, data, file)
        passages += sum(_is_of(item, file) for item in _items(data, "passages"))
        new_text = _without_quotes(text, data, file)
        connection.execute(
            "UPDATE exchanges SET text = ?, answer = ?, scope = ? WHERE id = ?",
            (
                new_text,
                _answer_without(data, file, new_text != text) if data else answer,
                _scope_without(scope, file),
                exchange,
            ),
        )
    connection.execute("DELETE FROM sources WHERE file = ?", (file,))
    if anew:
        words.rebuild_exchanges()
    else:
        words.add_exchanges([row[0] for row in rows])
        words.scrub(row[2] for row in rows)
    return ChatReceipt(len({row[1] for row in rows}), len(rows), passages)


def _forget_correction(
    connection: Connection, exchange: int, data: dict[str, Any], file: str
) -> None:
    """Remove a correction that repeats what was quoted from the document."""
    query = "SELECT correction FROM ratings WHERE exchange = ?"
    found = str(fetch_value(connection, query, exchange) or "")
    correction = " ".join(found.split())
    quotes = (str(item.get("quote", "")) for item in _cited(data, file))
    if any(quote and quote in correction for quote in map(_one_line, quotes)):
        connection.execute(
            "UPDATE ratings SET correction = '' WHERE exchange = ?", (exchange,)
        )


def _one_line(text: str) -> str:
    return " ".join(records.clean(text).split())


def _count_passages(connection: Connection, condition: str, value: object) -> int:
    query = f"SELECT answer FROM exchanges WHERE answer NOT NULL AND ({condition})"
    with contextlib.closing(connection.execute(query, (value,))) as cursor:
        return sum(len(_items(_data(row[0]), "passages")) for row in cursor)


def _data(answer: str | None) -> dict[str, Any]:
    """Return an answer's JSON; {} where there is none to read."""
    try:
        data = json.loads(answer or "")
    except ValueError:
        return {}
    value = data.get("value") if isinstance(data, dict) else None
    return data if isinstance(value, dict) else {}


def _items(data: dict[str, Any], name: str) -> list[Any]:
    items = data.get("value", {}).get(name)
    return items if isinstance(items, list) else []


def _is_of(item: object, file: str) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("file"), str)
        and records.clean(item["file"]) == file
    )


def _cited(data: dict[str, Any], file: str) -> list[dict[str, Any]]:
    return [item for item in _items(data, "citations") if _is_of(item, file)]


def _without_quotes(text: str, data: dict[str, Any], file: str) -> str:
    """Return an answer's text; quotations of the document go, a model's words stay."""
    if not data or data["value"].get("spoken_by_model"):
        return text
    ends = tuple(f"[{item.get('number')}]" for item in _cited(data, file))
    quotes = [
        " ".join(records.clean(str(item.get("quote", ""))).split())
        for item in _cited(data, file)
    ]
    return "\n\n".join(
        paragraph
        for paragraph in text.split("\n\n")
        if not (ends and paragraph.rstrip().endswith(ends))
        and not any(quote and quote in paragraph for quote in quotes)
    )


def _answer_without(data: dict[str, Any], file: str, text_changed: bool) -> str:
    value = data["value"]
    gone = {item.get("number") for item in _cited(data, file)}
    for name in ("passages", "citations"):
        value[name] = [item for item in _items(data, name) if not _is_of(item, file)]
        for item in value[name]:
            if isinstance(item, dict) and isinstance(item.get("also"), list):
                item["also"] = [o for o in item["also"] if not _is_of(o, file)]
    kept = {item.get("number") for item in value["citations"] if isinstance(item, dict)}
    sentences = [] if text_changed else _items(data, "sentences")
    for sentence in sentences:
        if isinstance(sentence, dict) and isinstance(sentence.get("citations"), list):
            numbers = sentence["citations"]
            sentence["citations"] = [n for n in numbers if n not in gone - kept]
    value["sentences"] = sentences
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _scope_without(scope: str, file: str) -> str:
    data = _data(scope)
    if not data:
        return scope
    data["value"]["documents"] = [
        name
        for name in _items(data, "documents")
        if not (isinstance(name, str) and records.clean(name) == file)
    ]
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
