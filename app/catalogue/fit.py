"""Does a model fit this computer: yes, tight or no, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.i18n import N_
from app.values.cards import ModelCard

_TIGHT = 0.8


@dataclass(frozen=True, slots=True)
class Fit:
    """`verdict`: "yes", "tight" or "no"; `reason` is a gettext template."""

    verdict: str
    reason: str


def fit(card: ModelCard, total_bytes: int) -> Fit:
    """Compare what a model needs with this computer's memory."""
    needed = card.ram_bytes or card.size_bytes
    if needed > total_bytes * _TIGHT:
        return Fit(
            "no", N_("It needs {needed} GB of memory; this computer has {total} GB.")
        )
    if needed > total_bytes * _TIGHT / 2:
        return Fit("tight", N_("It fits when other large programs are closed."))
    return Fit("yes", N_("It fits into this computer's memory."))


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
