"""What an option is, and the groups that options stand in."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import N_

Value = str | int | float | bool

GROUPS: dict[str, str] = {
    "general": N_("General"),
    "looks": N_("Appearance"),
    "documents": N_("Documents"),
    "answers": N_("Answers"),
    "models": N_("Models"),
    "chats": N_("Conversations"),
    "network": N_("Network"),
}

RULES = "rules"


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: its default tells its type.

    `choices` are all it may be, if any, with their titles (gettext templates);
    numbers lie in `least`..`most` and go up and down by `step`; `unit` is what they
    count (a gettext template), and a zero is shown as `zero` if there is one. A text must match `pattern`, if there is one. `group` is
    a key of `GROUPS`, `RULES` for what only administrators decide, "" for what no page
    shows. `advanced` ones are shown only on request; those with `restart` work from the
    next start on. `safest` is what counts while a policy has mistakes, None where
    nothing is at risk; `strictest` where a locked value cannot be read.
    """

    name: str
    default: Value
    title: str
    help: str
    group: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    least: float = 0
    most: float = 1_000_000
    step: float = 1
    unit: str = ""
    zero: str = ""
    pattern: str = ""
    advanced: bool = False
    restart: bool = False
    safest: Value | None = None
    strictest: Value | None = None
