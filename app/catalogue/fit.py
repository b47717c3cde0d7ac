"""Does a model fit this computer: yes, tight or no, and why; and is there room for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.files import SPARE_BYTES
from app.i18n import N_
from app.values.cards import ModelCard

_TIGHT = 0.8
_AROUND = 400_000_000


@dataclass(frozen=True, slots=True)
class Computer:
    """What there is for models: memory in all, free memory, room on their disk."""

    total_bytes: int
    free_bytes: int
    disk_free_bytes: int


@dataclass(frozen=True, slots=True)
class Fit:
    """`verdict`: "yes", "tight", "no" or "unknown"; `reason` is a gettext template.

    The template's `{needed}`, `{total}` and `{free}` are the sizes below, which a face
    writes as its user is used to. `free_bytes` is 0 where nobody looked.
    """

    verdict: str
    reason: str
    needed_bytes: int = 0
    total_bytes: int = 0
    free_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """Whether a download or a copy has room on the disk."""

    enough: bool
    needed_bytes: int
    free_bytes: int


def fit(card: ModelCard, total_bytes: int, free_bytes: int = 0) -> Fit:
    """Compare what a model needs with this computer's memory, and what is free of it."""
    needed = card.ram_bytes or _estimated(card)
    verdict, reason = _verdict(needed, total_bytes, free_bytes)
    return Fit(verdict, reason, needed, total_bytes, free_bytes)


def _estimated(card: ModelCard) -> int:
    """Return a working set where no card names one: the file, its cache and buffers."""
    if not card.size_bytes:
        return 0
    around = _AROUND if card.kind == "chat" else _AROUND // 4
    return int(card.size_bytes * 1.1) + around


def _verdict(needed: int, total: int, free: int) -> tuple[str, str]:
    if not needed:
        return "unknown", N_("How much memory it needs is not known.")
    if needed > total * _TIGHT:
        return "no", N_("It needs {needed} of memory; this computer has {total}.")
    if needed > total * _TIGHT / 2:
        return "tight", N_(
            "It needs {needed} of this computer's {total} of memory: other large"
            " programs must be closed."
        )
    if 0 < free < needed:
        return "tight", N_(
            "It needs {needed} of memory; of {total}, only {free} are free now. Close"
            " other programs."
        )
    return "yes", N_("It needs {needed} of memory; this computer has {total}.")


def room(size_bytes: int, disk_free_bytes: int) -> Room:
    """Tell whether a file has room; a little must stay free for everything else."""
    enough = disk_free_bytes >= size_bytes + SPARE_BYTES
    return Room(enough, size_bytes, disk_free_bytes)


def recommended(
    cards: Sequence[ModelCard], total_bytes: int, language: str
) -> ModelCard | None:
    """Return the largest chat model that fits well and speaks the language."""
    fitting = [
        card
        for card in cards
        if card.kind == "chat"
        and card.recommended
        and language in card.languages
        and fit(card, total_bytes).verdict == "yes"
    ]
    return max(fitting, key=lambda card: card.ram_bytes, default=None)
