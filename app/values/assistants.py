"""An assistant of one's own: how to answer, from which collection, with which model."""

from __future__ import annotations

from dataclasses import dataclass

# Levels of language (Common European Framework), and the two of plain German.
LEVELS = ("", "A1", "A2", "B1", "B2", "C1", "einfach", "leicht")


@dataclass(frozen=True, slots=True)
class Assistant:
    """What a person saves under a name.

    `instruction` is told to the model beside ours; the documents stay the only source.
    `base` and `model` "" mean what is chosen anyway; `starters` are questions to begin
    with; `level` is one of `LEVELS`. Those that come with Allmende are `built_in`.
    """

    id: str
    name: str
    about: str = ""
    instruction: str = ""
    base: str = ""
    model: str = ""
    starters: tuple[str, ...] = ()
    level: str = ""
    roles: tuple[str, ...] = ()
    built_in: bool = False
