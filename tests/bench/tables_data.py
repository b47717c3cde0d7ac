"""The tables and questions of `tests/bench/tables.jsonl` (written for this, CC0)."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from app.values.documents import Table

FILE = Path(__file__).parent / "tables.jsonl"


def table_of(name: str, text: str, separator: str = ";") -> Table:
    """Return a table from lines of cells, as a reader of spreadsheets makes it."""
    lines = list(csv.reader(io.StringIO(text.strip()), delimiter=separator))
    cells = [tuple(cell.strip() for cell in line) for line in lines]
    return from_rows(name, cells[0], cells[1:])


def from_rows(name: str, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    """Return a table whose text is its cells joined by " | "."""
    return Table(
        name=name,
        start=0,
        end=len(text_of(header, rows)),
        header=header,
        rows=tuple(rows),
        row_numbers=tuple(range(2, len(rows) + 2)),
    )


def text_of(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join(" | ".join(row) for row in (header, *rows))


def load() -> tuple[dict[str, Table], list[dict[str, Any]]]:
    """Return the tables by name and all questions."""
    tables: dict[str, Table] = {}
    questions = []
    for line in FILE.read_text("utf-8").splitlines():
        entry = json.loads(line)
        if "csv" in entry:
            tables[entry["table"]] = table_of(entry["table"], "\n".join(entry["csv"]))
        else:
            questions.append(entry)
    return tables, questions
