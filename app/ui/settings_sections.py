"""What the settings are divided into, and the commands that lead there.

Apart from the pages themselves, which the start of the window need not wait for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from app.i18n import N_
from app.ui.commands import Command

SHARING, PRIVACY, BACKUPS = "sharing", "privacy", "backup"
LESSON, DIAGNOSTICS = "lesson", "diagnostics"
ACCESSIBILITY, ABOUT = "accessibility", "about"
EXPORT, ERASE = "export", "erase"
NETWORK = "network"
PAGES = {
    SHARING: N_("Sharing"),
    LESSON: N_("Lesson and exam"),
    PRIVACY: N_("Privacy"),
    BACKUPS: N_("Backups"),
    DIAGNOSTICS: N_("Diagnostics"),
    ACCESSIBILITY: N_("Accessibility"),
    ABOUT: N_("About Allmende"),
}
_JUMPS = (
    ("theme", N_("Change the colours")),
    ("text_percent", N_("Change the size of text")),
    ("language", N_("Change the language")),
    (SHARING, N_("Share collections in the own network")),
    (BACKUPS, N_("Make or restore a backup")),
    (DIAGNOSTICS, N_("Show the log and crashes")),
    (LESSON, N_("Begin a lesson or an exam")),
    (ABOUT, N_("About Allmende")),
    (EXPORT, N_("Export everything …")),
    (ERASE, N_("Delete everything …")),
)


def settings_commands(open_section: Callable[[str], object]) -> list[Command]:
    """Return the commands that lead here; `open_section` shows the page and opens it."""

    def command(section: str, title: str) -> Command:
        run = functools.partial(open_section, section)
        return Command(f"settings.{section}", title, N_("Settings"), run)

    return [command(section, title) for section, title in _JUMPS]
