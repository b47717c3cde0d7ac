"""Records as lines for training programs, and back: one JSON object a line, UTF-8.

    messages   {"messages": [{"role": "user"|"assistant", "content": …}]}   OpenAI, TRL
    sharegpt   {"conversations": [{"from": "human"|"gpt", "value": …}]}
    alpaca     {"instruction": …, "input": "", "output": …}

Each line also carries `meta` (licence, author, origin); loaders ignore what they do not
know.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from app.values.datasets import Record


def _messages(record: Record) -> dict[str, Any]:
    return {
        "messages": [
            {"role": "user", "content": record.question},
            {"role": "assistant", "content": record.answer},
        ]
    }


def _sharegpt(record: Record) -> dict[str, Any]:
    return {
        "conversations": [
            {"from": "human", "value": record.question},
            {"from": "gpt", "value": record.answer},
        ]
    }


def _alpaca(record: Record) -> dict[str, Any]:
    return {"instruction": record.question, "input": "", "output": record.answer}


FORMS: dict[str, Callable[[Record], dict[str, Any]]] = {
    "messages": _messages,
    "sharegpt": _sharegpt,
    "alpaca": _alpaca,
}


def lines_of(records: Iterable[Record], form: str) -> str:
    """Return the records as JSON lines."""
    build = FORMS[form]
    return "".join(
        json.dumps({**build(record), "meta": _meta(record)}, ensure_ascii=False) + "\n"
        for record in records
    )


def _meta(record: Record) -> dict[str, str]:
    return {
        "id": record.id,
        "licence": record.licence,
        "author": record.author,
        "created_by": record.created_by,
        "document": record.document,
        "language": record.language,
        **({"rating": record.rating} if record.rating else {}),
    }


def pairs_in(text: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield (question, answer, meta) of JSON lines in any of the three forms.

    Of longer conversations each question with the answer after it. Raises ValueError,
    naming the line, for one of no known form.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            found = list(_pairs(row))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"line {number}") from error
        meta = row.get("meta") or {}
        for question, answer in found:
            yield question, answer, meta if isinstance(meta, dict) else {}


def _pairs(row: Any) -> Iterator[tuple[str, str]]:
    if "messages" in row:
        turns = [(m["role"], m["content"]) for m in row["messages"]]
    elif "conversations" in row:
        names = {"human": "user", "gpt": "assistant"}
        turns = [
            (names.get(t["from"], t["from"]), t["value"]) for t in row["conversations"]
        ]
    else:
        asked = "\n\n".join(
            part for part in (row["instruction"], row.get("input")) if part
        )
        turns = [("user", asked), ("assistant", row["output"])]
    for (role, asked), (next_role, said) in itertools.pairwise(turns):
        if (role, next_role) == ("user", "assistant"):
            yield str(asked), str(said)
