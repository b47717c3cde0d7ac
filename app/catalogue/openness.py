"""How open a model is: a grade, three lights and one plain sentence, never typed in.

    label (facts with links) ─► three lights ─► grade G1 … G5, sentence
                             ├─► OSAID: the Open Source AI Definition, yes or no
                             └─► class of the Model Openness Framework

A light is open, partly open, closed or unknown. The sentence follows the weakest link:
weights that are free while nobody may see what they were made from are called exactly
that. G1 asks for more than the OSAID does: the training texts themselves must be free.
What is unknown never lifts a grade.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from app.catalogue.labels import (
    CLOSED,
    OPEN,
    OSI_APPROVED,
    PARTIAL,
    UNKNOWN,
    Label,
    label_of,
)
from app.catalogue.mof import mof_class
from app.i18n import N_
from app.values.cards import ModelCard

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
G1, G2, G3, G4, G5, UNGRADED = "G1", "G2", "G3", "G4", "G5", ""
GRADES = (G1, G2, G3, G4, G5)
WORDS = {
    G1: N_("commons"),
    G2: N_("open and traceable"),
    G3: N_("partly open"),
    G4: N_("only the weights are free"),
    G5: N_("restricted"),
    UNGRADED: N_("not known"),
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
    """The three lights and what they mean together (a gettext template).

    `osaid`: whether it meets the Open Source AI Definition; None is unknown. `mof`: class
    1 to 3 of the Model Openness Framework, 0 for none, None where too little is known.
    `stale`: the facts were last checked more than twelve months ago.
    """

    lights: tuple[Light, ...]
    sentence: str
    grade: str = UNGRADED
    osaid: bool | None = None
    mof: int | None = None
    stale: bool = False

    @property
    def word(self) -> str:
        """The grade in a word (a gettext template)."""
        return WORDS[self.grade]


def openness(card: ModelCard, today: datetime.date | None = None) -> Openness:
    """Return how open a model is, from the facts on its card."""
    states = lights_of(card)
    lights = tuple(Light(part, title, states[part]) for part, title in _PARTS.items())
    sentence = _sentence(states["weights"], states["data"], states["code"])
    label = label_of(card)
    if label is None:
        return Openness(lights, sentence)
    return Openness(
        lights,
        sentence,
        grade_of(label),
        _osaid(label),
        mof_class(label.components),
        label.is_stale(today or datetime.datetime.now(datetime.UTC).date()),
    )


def lights_of(card: ModelCard) -> dict[str, str]:
    """Return the state of weights, data and code; of a card without a label, as it says."""
    label = label_of(card)
    if label is None:
        return {part: _state(card.openness.get(part, "")) for part in _PARTS}
    free = is_free(label)
    weights = UNKNOWN if free is None else OPEN if free else PARTIAL
    return {"weights": weights, "data": label.data, "code": _state(label.code.state)}


def is_free(label: Label) -> bool | None:
    """Tell whether the weights' licence is an open-source one; None where unknown."""
    if label.osi is None:
        return None
    return label.osi and label.licence in OSI_APPROVED and not label.use_limits


def grade_of(label: Label) -> str:
    """Return G1 … G5, or "" while not even the licence is known."""
    free = is_free(label)
    if free is None:
        return UNGRADED
    if not free:
        return G5
    if label.data == OPEN and label.code.state == OPEN:
        documented = label.rights == "free" and label.pretrain.licences
        return G1 if documented else G2
    return G3 if label.data in (OPEN, PARTIAL) else G4


def _osaid(label: Label) -> bool | None:
    """Data information, code and parameters: all three, or it is no open-source AI."""
    if False in label.osaid:
        return False
    return None if None in label.osaid else True


def _state(value: str) -> str:
    return value if value in STATES else UNKNOWN


def _sentence(weights: str, data: str, code: str) -> str:
    if weights not in (OPEN, UNKNOWN):
        return N_("Even the model itself is not free; its licence sets limits.")
    if UNKNOWN in (weights, data):
        return N_("How openly this model was made is not known.")
    if data == CLOSED:
        return N_("The model is free, but what it was trained on is not published.")
    if data == code == OPEN:
        return N_(
            "All is published: others can check how it was made, and make it again."
        )
    if code == UNKNOWN:
        return N_("How openly this model was made is not known.")
    return N_("The model is free; how it was made is published only in part.")
