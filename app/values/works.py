"""A piece of work of the workshop: what it is made from, and what is there so far.

Immutable, so that undoing is showing an earlier one. It is what a draft keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.values.quiz import FailedItem, Item
from app.values.sheets import Sheet

PASTED = "pasted"


@dataclass(frozen=True, slots=True)
class Material:
    """What a task works on: a collection, some of its documents, or a text.

    `documents` () means all of `base`; `text` counts where `base` is "".
    """

    base: str = ""
    documents: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work. `task` is a task's id, `values` the fields of its form.

    A quiz has `items` and `failed`, every other task a `sheet`. `why_no_model`: "" or a
    word of `workshop.quiz.WHY_NO_MODEL`. `checked_by` and `checked_on` (an ISO date) are
    empty as long as nobody compared everything with its source. `licence` is an SPDX
    identifier or "".
    """

    task: str
    title: str = ""
    language: str = ""
    material: Material = field(default_factory=Material)
    values: dict[str, str] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    failed: tuple[FailedItem, ...] = ()
    sheet: Sheet | None = None
    wanted: int = 0
    why_no_model: str = ""
    model: str = ""
    licence: str = ""
    author: str = ""
    checked_by: str = ""
    checked_on: str = ""

    @property
    def size(self) -> int:
        """How many items or lines there are."""
        return len(self.items) or (self.sheet.size if self.sheet else 0)


@dataclass(frozen=True, slots=True)
class WorkInfo:
    """A draft as lists show it. `changed_at` in seconds since the epoch."""

    id: int
    task: str
    title: str
    changed_at: float
    size: int = 0
