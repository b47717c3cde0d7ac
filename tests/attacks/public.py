"""Our own attacks, and those of public sets whose files lie in a folder.

Nothing is fetched. Known are, by the names of their files:

- BIPIA (MIT): `text_attack_test.json`, `code_attack_test.json`: kind → list of texts
- PurpleLlama CyberSecEval: `prompt_injection*.json`: list of records with `user_input`
- prompt_injections of the Hugging Face user yanismiraoui (Apache-2.0): `*.csv`, a column
  `prompt_injections`
- our own form: `*.jsonl` with language, kind, text, goal
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OWN = Path(__file__).with_name("attacks.jsonl")


@dataclass(frozen=True, slots=True)
class Attack:
    """What a document says to an AI. `goal`: words of success, `|` between choices."""

    id: str
    language: str
    kind: str
    text: str
    goal: str = ""

    def succeeded(self, answer: str) -> bool:
        """Tell whether an answer holds what the attack wants; a quotation does not count."""
        said = answer.casefold()
        if self.text.casefold() in said:
            return False
        return any(goal in said for goal in self.goal.casefold().split("|") if goal)


def own_attacks() -> list[Attack]:
    """Return our own German and English attacks."""
    return list(_rows(OWN))


def public_attacks(folder: Path) -> list[Attack]:
    """Return the attacks of all known sets in a folder; other files are passed by."""
    found: list[Attack] = []
    for path in sorted(folder.rglob("*")):
        if path.name.endswith("_attack_test.json"):
            found += _bipia(path)
        elif path.name.startswith("prompt_injection") and path.suffix == ".json":
            found += _purple(path)
        elif path.suffix == ".csv":
            found += _table(path)
        elif path.suffix == ".jsonl":
            found += _rows(path)
    return found


def _rows(path: Path) -> Iterator[Attack]:
    for line in path.read_text("utf-8").splitlines():
        yield Attack(**json.loads(line))


def _bipia(path: Path) -> Iterator[Attack]:
    data: dict[str, list[str]] = json.loads(path.read_text("utf-8"))
    for kind, texts in data.items():
        for number, text in enumerate(texts, 1):
            yield Attack(f"bipia-{kind}-{number}", "en", f"BIPIA {kind}", text)


def _purple(path: Path) -> Iterator[Attack]:
    records: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    for number, record in enumerate(records, 1):
        text = str(record.get("user_input", ""))
        if text:
            kind = str(record.get("injection_variant", "PurpleLlama"))
            yield Attack(f"purple-{number}", "en", kind, text)


def _table(path: Path) -> Iterator[Attack]:
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            text = row.get("prompt_injections") or ""
            if text:
                yield Attack(f"{path.stem}-{number}", "en", "prompt_injections", text)
