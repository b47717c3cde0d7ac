"""The private session in the window: its sign, and the way to begin one."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSettings, Qt
from PySide6.QtWidgets import QWidget

from app import private
from app.i18n import N_, translate
from app.ui.commands import Command
from app.ui.context import Context
from app.ui.serve_process import start_beside
from app.ui.widgets import notice

TITLE = N_("Private session")
_SIGN = N_(
    "Private session: conversations, drafts and documents you add are gone when you close"
    " this window. Models you install stay, and so do files you save yourself."
)
_WITH_COPIES = N_("Your collections are here as copies.")
_WITHOUT = N_("Your collections are too large to be taken along.")


def private_command(context: Context, group: str) -> Command:
    """Return the command that begins a private session in a window of its own."""
    return Command(
        "private",
        N_("New private session"),
        group,
        lambda: _begin(context),
        "Ctrl+Shift+P",
        enabled=lambda: private.current() is None,
    )


def private_sign() -> QWidget | None:
    """Return the strip that stays above every page of a private session."""
    session = private.current()
    if session is None:
        return None
    more = _WITH_COPIES if session.complete else _WITHOUT
    strip = notice(f"{translate(_SIGN)} {translate(more)}")
    strip.setObjectName("PrivateSign")
    return strip


def window_title() -> str:
    """Return the title of the window, to which Qt adds the name of the program."""
    return "Allmende" if private.current() is None else translate(TITLE)


def keep_dialogs_silent(folder: Path) -> None:
    """Let dialogs remember the folders of this session in `folder` only.

    The system's own dialogs keep lists of files that were opened; Qt's keep theirs in
    its settings, which go with the session. In the registry of Windows they are dropped.
    """
    application = QCoreApplication.instance()
    if application is not None:
        application.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    for format_ in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(format_, QSettings.Scope.UserScope, str(folder))


def command_line() -> list[str]:
    """Return what starts a private session."""
    own = [sys.executable]
    if not getattr(sys, "frozen", False):
        own += ["-m", "app"]
    return [*own, "--private"]


def _begin(context: Context) -> None:
    if start_beside(command_line()):
        text = N_("A private session opens in a window of its own.")
        context.messages.info(translate(text))
    else:
        context.messages.error(
            translate(N_("The private session could not be started."))
        )
