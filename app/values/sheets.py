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

    @property
    def size(self) -> int:
        """How many lines there are, without those that only belong to the frame."""
        frames = sum(is_frame(self.lines, place) for place in range(len(self.lines)))
        return len(self.lines) - frames or frames


def is_frame(lines: tuple[SheetLine, ...], place: int) -> bool:
    """Tell whether a line only belongs to how a sheet is shown.

    That is a note, and the first row of a table, which names its columns.
    """
    if lines[place].kind != "row":
        return lines[place].kind == "note"
    after, before = lines[place + 1 : place + 2], lines[max(0, place - 1) : place]
    heads = bool(after) and after[0].kind == "row"
    return heads and not (before and before[0].kind == "row")
