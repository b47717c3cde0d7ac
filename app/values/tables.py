"""What was computed from the cells of a table, as data that any language can phrase."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.values.documents import Place


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell or a result. `kind` is "number", "date" or "text".

    A number's `text` is a plain decimal with ".", a date's is ISO 8601. `unit` is "%", a
    currency's sign or what stands behind the number in the sheet; `decimals` are shown
    at least.
    """

    text: str
    kind: str = "text"
    unit: str = ""
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """What the rows have in common: the column's name, a relation, one or two values.

    `relation` is "=", "≠", "<", "≤", ">", "≥" or "–" (from … to …, both included); with
    "=" several values mean any of them.
    """

    column: str
    relation: str
    values: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a result that is a list; `label` says whose value it is."""

    label: Figure
    value: Figure | None = None


@dataclass(frozen=True, slots=True)
class CellRows:
    """Rows that were used, one below the other, and where their text stands.

    `text` is what stands at `start`..`end` of the document: these rows, or of very many
    the first. `cells` are all that were used there, as "C2:C14".
    """

    start: int
    end: int
    cells: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ComputedAnswer:
    """The result of a computation over a table.

    `operation` is "count", "distinct", "sum", "mean", "minimum", "maximum", "lookup" or
    "list". `value` is the result, None where `items` are it; with "minimum" and
    "maximum" the items say where it stands. `column` is what was computed with, `group`
    the column each of whose values has an item. `rows` counts the rows that were used,
    `skipped` those among them without a usable value, `more` the items left out.
    """

    operation: str
    column: str
    value: Figure | None
    rows: int
    cells: str
    places: tuple[CellRows, ...]
    conditions: tuple[Condition, ...] = ()
    items: tuple[Item, ...] = ()
    group: str = ""
    more: int = 0
    skipped: int = 0
    confidence: float = 1.0
    sheet: str = ""
    file: str = ""
    document_id: int = 0
    heading: str = ""
    place: Place = field(default_factory=Place)
