"""What is said of a model's openness, in sentences: the same on screen and on paper.

All results are gettext templates with their values, so that each face translates them.
"""

from __future__ import annotations

from pathlib import Path

from app.catalogue.contradictions import Contradiction, contradictions
from app.catalogue.gguf import read_metadata
from app.catalogue.labels import Label
from app.catalogue.openness import G1, G2, G3, G4, G5, UNGRADED, Openness
from app.errors import ModelError
from app.i18n import N_
from app.values.cards import InstalledModel

MEANINGS = {
    G1: N_(
        "Weights, training data and code are published, and the training texts themselves"
        " are free."
    ),
    G2: N_(
        "Weights, training data and code are published; the training texts belong to"
        " others."
    ),
    G3: N_("The weights are free; of data and code, a part is missing."),
    G4: N_("The weights are free; the training data are not published."),
    G5: N_("The licence of the weights sets limits."),
    UNGRADED: N_("Too little is known of it."),
}
OSAID = {
    True: N_("meets the Open Source AI Definition 1.0"),
    False: N_("does not meet the Open Source AI Definition 1.0"),
    None: N_("whether it meets the Open Source AI Definition 1.0 is not known"),
}
MOF = {
    1: N_("class I, open science"),
    2: N_("class II, open tooling"),
    3: N_("class III, open model"),
    0: N_("no class: a required part is missing"),
    None: N_("class not known: the parts were not listed"),
}
RIGHTS = {
    "free": N_("The training texts are free themselves."),
    "third_party": N_("The training texts belong to others."),
    "described": N_("The training texts are described, not published."),
    "unknown": N_("Who holds the rights in the training texts is not known."),
}
STALE = N_("These facts are older than twelve months and may be outdated.")
FAMILY = N_(
    "Data and code were examined for {rated}, a larger model of the same family; this one"
    " may differ."
)
ATTRIBUTION = N_(
    "Facts on data and code: European Open Source AI Index, CC BY 4.0,"
    " doi:10.5281/zenodo.15386042."
)


def remarks(found: Openness, label: Label | None) -> list[tuple[str, dict[str, str]]]:
    """Return what must be said beside a grade: (template, values)."""
    said: list[tuple[str, dict[str, str]]] = []
    if found.stale:
        said.append((STALE, {}))
    if label and label.of_family:
        said.append((FAMILY, {"rated": label.rated}))
    if label and label.rated:
        said.append((ATTRIBUTION, {}))
    return said


def contradicting(model: InstalledModel | None) -> tuple[Contradiction, ...]:
    """Return where an installed model's file contradicts its card; () if it cannot tell."""
    if model is None or not model.path.lower().endswith(".gguf"):
        return ()
    try:
        return contradictions(model.card, read_metadata(Path(model.path)))
    except ModelError:
        return ()
