"""The examples of a data set, their licences, and the card of what was learned from them.

Knows nothing of models; `train.py` does. Reads the export of Allmende's data studio:
`data/train.jsonl` and `data/validation.jsonl` in the form of OpenAI's messages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class Refused(Exception):
    """What cannot be done with these files; the text says why."""


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation that ends with the answer to learn."""

    messages: tuple[dict[str, str], ...]
    meta: dict[str, str]


@dataclass(frozen=True, slots=True)
class Data:
    """The two sides of a data set, and the hashes of their files."""

    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    sha256: dict[str, str]
    name: str


def read_data(folder: Path) -> Data:
    """Read `data/train.jsonl` and, if there, `data/validation.jsonl` of an export."""
    sides, hashes = {}, {}
    for side in ("train", "validation"):
        path = folder / "data" / f"{side}.jsonl"
        if path.exists():
            sides[side] = tuple(_examples(path))
            hashes[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    if not sides.get("train"):
        raise Refused(f"{folder} holds no data/train.jsonl with examples.")
    return Data(sides["train"], sides.get("validation", ()), hashes, folder.name)


def _examples(path: Path) -> Iterator[Example]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            messages = [
                {"role": str(m["role"]), "content": str(m["content"])}
                for m in row["messages"]
            ]
            if messages[-1]["role"] != "assistant":
                raise ValueError("no answer")
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise Refused(
                f"{path.name}, line {number}: no such conversation."
            ) from error
        meta = {str(k): str(v) for k, v in (row.get("meta") or {}).items()}
        yield Example(tuple(messages), meta)


def need_licence(examples: Sequence[Example], licence: str) -> None:
    """Refuse a licence for the adapter that the records' licences do not allow."""
    for name in sorted({e.meta.get("licence", "") for e in examples}):
        if not name:
            raise Refused("A record has no licence; without one nobody may use it.")
        parts = name.upper().split("-")
        if "NC" in parts or "ND" in parts:
            raise Refused(f"{name} allows no adapter for everybody.")
        if "SA" in parts and name.upper() != licence.upper():
            raise Refused(f"Records under {name} need an adapter under {name}.")


def card(result: dict[str, Any], data: Data) -> str:
    """Return the adapter's card: licence, origin, and what it changed."""
    examples = (*data.train, *data.validation)
    authors = sorted({e.meta.get("author", "") for e in examples} - {""})
    licences = sorted({e.meta.get("licence", "") for e in examples})
    rows = "".join(
        f"| {name} | {_figure(result['before'][key])} | {_figure(result['after'][key])} |\n"
        for name, key in (
            ("Loss, learned examples", "train_loss"),
            ("Loss, examples it did not see", "validation_loss"),
        )
    )
    said = "".join(
        f"\n**{row['question']}**\n\n- wanted: {row['wanted']}\n"
        f"- before: {row['before']}\n- after: {row['after']}\n"
        for row in result["answers"]
    )
    return f"""---
license: {result["licence"].lower()}
base_model: {result["base"]["name"]}
---

# {result["title"]}

A LoRA adapter for {result["base"]["name"]}
(licence of the base: {result["base"]["licence"] or "see there"}).

- Licence: {result["licence"]}
- Learned from: {data.name}, {len(data.train)} examples under {", ".join(licences)}
- Attribution: {", ".join(authors)}

| | before | after |
|---|---|---|
{rows}{said}"""


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
