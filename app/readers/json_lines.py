"""JSON and JSON Lines as readable lines: `path: value`, an entry of a list a paragraph.

Numbers stay as they are written. What is no JSON is read as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.readers.builder import TextBuilder
from app.readers.encoding import decode
from app.readers.failures import MAX_MARKUP_BYTES, failure, read_bytes
from app.readers.formats import SUFFIXES_OF, looks_binary
from app.readers.text import TextReader
from app.values.documents import ExtractedDocument

_LINES = (".jsonl", ".ndjson")


class JsonReader:
    """Reads JSON in one piece or line by line."""

    name = "json"
    suffixes = SUFFIXES_OF["json"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; without any value it is "empty"."""
        data = read_bytes(path, MAX_MARKUP_BYTES)
        if looks_binary(data):
            raise failure("mislabelled", path)
        text, lossy = decode(data)
        try:
            entries = _entries(text, path.suffix.lower() in _LINES)
            builder = TextBuilder()
            for entry in entries:
                _add(builder, entry)
        except (ValueError, RecursionError):
            return TextReader().read(path)
        document = builder.build("json", warnings=("encoding",) if lossy else ())
        if not document.text:
            raise failure("empty", path)
        return document


def _entries(text: str, by_line: bool) -> list[Any]:
    """Return what is to be a paragraph each: the entries of a list, or of the file."""
    if by_line:
        return [_parsed(line) for line in text.split("\n") if line.strip()]
    value = _parsed(text)
    return value if isinstance(value, list) else [value]


def _parsed(text: str) -> Any:
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)


def _add(builder: TextBuilder, entry: Any) -> None:
    builder.end_list()
    for path, value in _leaves(entry, ""):
        builder.item(f"{path}: {value}" if path else value, marker="")
    builder.end_list()


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield the path and text of every value; lists of plain values are one line."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        plain = [item for item in value if not isinstance(item, dict | list)]
        if len(plain) == len(value):
            yield path, ", ".join(filter(None, map(_said, value)))
            return
        for number, item in enumerate(value, 1):
            yield from _leaves(item, f"{path}[{number}]")
    elif text := _said(value):
        yield path, text


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    # Halves of a character, which JSON may hold, cannot be stored.
    return str(value).encode("utf-8", "replace").decode("utf-8")
