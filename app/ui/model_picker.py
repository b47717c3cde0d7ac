"""Which model answers: the installed ones in the question line, and the choice kept."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.errors import AppError, PolicyError
from app.ui.composer import NO_MODEL, Composer
from app.ui.context import Context


class ModelPicker(QObject):
    """Fills the choice of models and remembers what was chosen."""

    def __init__(self, context: Context, composer: Composer, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._composer = composer
        composer.model_chosen.connect(self._keep)

    def reload(self) -> None:
        """Offer the models that are installed now."""
        self._context.background.run(self._load, self._show)

    def _load(self) -> tuple[list[tuple[str, str]], str]:
        services = self._context.services
        models: list[tuple[str, str]] = []
        try:
            models += [(m.card.id, m.card.title) for m in services.choice.models()]
            if not services.settings.locked("model"):
                models += self._on_server()
            chosen = services.choice.model()
        except PolicyError:
            # It lies on another computer, which is not allowed (any more).
            chosen = None
        if chosen and chosen.card.id not in dict(models):
            models.append((chosen.card.id, chosen.card.title))
        return models, chosen.card.id if chosen else NO_MODEL

    def _on_server(self) -> list[tuple[str, str]]:
        """Return what the server of the own network offers, where one is allowed."""
        remote = self._context.services.remote
        if not remote.allowed:
            return []
        try:
            cards = [remote.card(model.name) for model in remote.models()]
        except AppError:
            # Not reachable now; what is chosen stays in the list all the same.
            return []
        return [(card.id, card.title) for card in cards]

    def _show(self, found: tuple[list[tuple[str, str]], str]) -> None:
        self._composer.show_models(*found)

    def _keep(self, id_: str) -> None:
        try:
            self._context.services.settings.change("model", id_)
        except AppError as error:
            self._context.messages.failure(error)
            self.reload()
