"""A text to hand out: a lesson, a sheet for teachers, a certificate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a handout. `text` is simple Markdown; `lines`: blank lines to write on."""

    title: str
    text: str = ""
    choices: tuple[str, ...] = ()
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Handout:
    """A whole handout. `facts` (licence, tags …) go to its end, in small letters."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    facts: tuple[str, ...] = ()
    language: str = "de"
