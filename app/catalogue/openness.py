"""How open a model is: three lights and one plain sentence, computed and never typed in.

A light is open, partly open, closed or unknown; what stands in the card decides. The
sentence follows the weakest link: weights that are free while nobody may see what they
were made from are called exactly that.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import N_
from app.values.cards import ModelCard

OPEN, PARTIAL, CLOSED, UNKNOWN = "open", "partial", "closed", "unknown"
STATES = {
    OPEN: N_("open"),
    PARTIAL: N_("partly open"),
    CLOSED: N_("not published"),
    UNKNOWN: N_("unknown"),
}
_PARTS = {
    "weights": N_("Weights"),
    "data": N_("Training data"),
    "code": N_("Training code"),
}


@dataclass(frozen=True, slots=True)
class Light:
    """One of the three. `title` and `word` are gettext templates."""

    part: str
    title: str
    state: str

    @property
    def word(self) -> str:
        """The state in a word."""
        return STATES[self.state]


@dataclass(frozen=True, slots=True)
class Openness:
    """The three lights and what they mean together (a gettext template)."""

    lights: tuple[Light, ...]
    sentence: str


def openness(card: ModelCard) -> Openness:
    """Return how open a model is, from the facts on its card."""
    lights = tuple(
        Light(part, title, _state(card.openness.get(part, "")))
        for part, title in _PARTS.items()
    )
    return Openness(lights, _sentence(*(light.state for light in lights)))


def _state(value: str) -> str:
    return value if value in STATES else UNKNOWN


def _sentence(weights: str, data: str, code: str) -> str:
    if UNKNOWN in (weights, data, code):
        return N_("How openly this model was made is not known.")
    if weights != OPEN:
        return N_("Even the model itself is not free; its licence sets limits.")
    if data == code == OPEN:
        return N_(
            "All is published: others can check how it was made, and make it again."
        )
    if data == CLOSED:
        return N_("The model is free, but what it was trained on is not published.")
    return N_("The model is free; how it was made is published only in part.")
