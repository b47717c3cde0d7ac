"""What every page of the window is handed: nobody reaches for a global."""

from __future__ import annotations

from dataclasses import dataclass

from app.services import Services
from app.ui.background import Background
from app.ui.commands import Commands
from app.ui.messages import Messages


@dataclass(frozen=True, slots=True)
class Context:
    """The services, the helper for background work, the one mouth, and the commands."""

    services: Services
    background: Background
    messages: Messages
    commands: Commands
