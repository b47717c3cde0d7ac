"""Cards from JSON. A card that does not fit its declaration is refused, not guessed."""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

from app.catalogue.openness import lights_of
from app.values.cards import Calibration, ModelCard

_FIELDS = {field.name for field in dataclasses.fields(ModelCard)}
# What a card may leave out because nobody knows it.
_UNKNOWN: dict[str, Any] = {"file": "", "size_bytes": 0, "sha256": ""}
_SCHEMA = ".schema.json"


def read_card(path: Path) -> ModelCard:
    """Return the card in a JSON file. Raises ValueError for what is not a card."""
    data = json.loads(path.read_text("utf-8"))
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return card_from(data)


def card_from(data: dict[str, Any]) -> ModelCard:
    """Return the card in plain data. Raises ValueError for unknown or missing fields."""
    unknown = data.keys() - _FIELDS
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    values = {**_UNKNOWN, **data, "languages": tuple(data.get("languages", ()))}
    try:
        card = ModelCard(**values)
    except TypeError as error:
        raise ValueError(str(error)) from error
    if not card.label:
        return card
    return dataclasses.replace(card, openness=lights_of(card))


def read_cards(folder: Path) -> list[ModelCard]:
    """Return all cards of a folder, by id; each is read anew only when it changed."""
    found = []
    for path in folder.glob("*.json"):
        if not path.name.endswith(_SCHEMA):
            state = path.stat()
            found.append(_read_once(path, state.st_mtime_ns, state.st_size))
    return sorted(found, key=lambda card: card.id)


@functools.lru_cache(maxsize=512)
def _read_once(path: Path, _changed_ns: int, _size: int) -> ModelCard:
    return read_card(path)


def read_calibrations(folder: Path) -> dict[str, Calibration]:
    """Return the calibration of each embedder that has one, by card id.

    A calibration holds for one file only: that of another hash is passed over.
    """
    hashes = {card.id: card.sha256 for card in read_cards(folder)}
    result = {}
    for path in (folder / "calibration").glob("*.json"):
        data = json.loads(path.read_text("utf-8"))
        if data["sha256"] == hashes.get(path.stem):
            result[path.stem] = Calibration(
                weights=tuple(data["weights"]),
                bias=data["bias"],
                threshold=data["threshold"],
                background=tuple(data["background"]),
                thresholds=tuple(sorted(data.get("thresholds", {}).items())),
            )
    return result
