"""The class of a model after the Model Openness Framework 1.0, from its components.

Classes build on each other: III open model, II open tooling, I open science. A component
counts when it is there under an open licence. White et al., "The Model Openness
Framework", arXiv 2403.13784; required components as in the framework's own tool
(lfai/model_openness_tool, mof.settings.yml).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.catalogue.labels import OSI_APPROVED

CLASS_NONE = 0

_REQUIRED: dict[int, tuple[tuple[str, ...], ...]] = {
    # Each entry is a choice: one of its components is enough.
    3: (
        ("Model architecture",),
        ("Model parameters (Final)",),
        ("Technical report", "Research paper"),
        ("Evaluation results",),
        ("Model card",),
        ("Data card",),
    ),
    2: (
        ("Training code",),
        ("Inference code",),
        ("Evaluation code",),
        ("Evaluation data",),
    ),
    1: (
        ("Datasets",),
        ("Data preprocessing code",),
        ("Model parameters (Intermediate)",),
        ("Research paper",),
    ),
}
_OPEN_CONTENT = frozenset(
    [
        "CC0-1.0",
        "CC-BY-4.0",
        "CC-BY-SA-4.0",
        "ODC-By-1.0",
        "ODbL-1.0",
        "PDDL-1.0",
        "CDLA-Permissive-1.0",
        "CDLA-Permissive-2.0",
        "CDLA-Sharing-1.0",
        "OpenMDW-1.0",
    ]
)


def mof_class(components: Mapping[str, Mapping[str, Any]]) -> int | None:
    """Return 1, 2 or 3; 0 where a required component is missing; None where unknown."""
    reached: int | None = None
    for number in (3, 2, 1):
        states = [_state(components, choice) for choice in _REQUIRED[number]]
        if False in states:
            return CLASS_NONE if number == 3 else reached
        if None in states:
            # A model whose higher components nobody listed is in the class it reached.
            return reached
        reached = number
    return reached


def _state(
    components: Mapping[str, Mapping[str, Any]], choice: tuple[str, ...]
) -> bool | None:
    states = [_open(components.get(name)) for name in choice]
    if True in states:
        return True
    return False if all(state is False for state in states) else None


def _open(component: Mapping[str, Any] | None) -> bool | None:
    if component is None:
        return None
    if not component["present"]:
        return False
    licence = component.get("spdx")
    if licence is None:
        return None
    return licence in OSI_APPROVED or licence in _OPEN_CONTENT
