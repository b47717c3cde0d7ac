"""What a task of the workshop makes that is no quiz: a sheet of text and tables."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.values.quiz import ItemSource


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line. `kind`: "heading", "text", "bullet", "row" (of a table) or "note".

    `cells` has one text but in a row; the first of neighbouring rows names the columns.
    `source` is the place a line comes from.
    """

    kind: str
    cells: tuple[str, ...]
    source: ItemSource | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A finished sheet. `model` is the id of the model that wrote, "" where none did.

    `notes` are gettext templates with their parameters: what a person must know.
    """

    title: str
    lines: tuple[SheetLine, ...]
    language: str = "de"
    model: str = ""
    documents: tuple[str, ...] = ()
    notes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = field(default=())
