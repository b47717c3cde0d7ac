"""Models that fit a wish: as open as asked, speaking a language, running well here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.catalogue.fit import fit
from app.catalogue.openness import GRADES, openness
from app.values.cards import ModelCard


def at_least(grade: str) -> tuple[str, ...]:
    """Return the grades that are as open as `grade` or more; all known ones for ""."""
    return GRADES[: GRADES.index(grade) + 1] if grade else GRADES


def chosen(
    cards: Sequence[ModelCard],
    grade: str = "",
    language: str = "",
    fitting_bytes: int = 0,
) -> list[ModelCard]:
    """Return the cards that fit a wish, in their order.

    `grade`: at least as open as this; `language`: one they speak; `fitting_bytes`: the
    memory in which they must run well. "" and 0 ask for nothing.
    """
    return [
        card
        for card in cards
        if (not grade or openness(card).grade in at_least(grade))
        and (not language or language in card.languages)
        and (not fitting_bytes or fit(card, fitting_bytes).verdict == "yes")
    ]


def most_open(
    cards: Sequence[ModelCard],
    total_bytes: int,
    language: str,
    obtainable: Callable[[ModelCard], bool],
) -> ModelCard | None:
    """Return the most open chat model that speaks a language and runs well here.

    Only one that can be talked to and is `obtainable` (installed, or to be had with a
    known hash) counts; among equally open ones the larger is better.
    """
    found = [
        card
        for card in chosen(cards, language=language, fitting_bytes=total_bytes)
        if card.kind == "chat"
        and card.template
        and openness(card).grade
        and obtainable(card)
    ]

    def rank(card: ModelCard) -> tuple[int, int]:
        size = card.ram_bytes or card.size_bytes
        return GRADES.index(openness(card).grade), -size

    return min(found, key=rank, default=None)
