"""Which model answers: the installed ones in the question line, and the choice kept."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.errors import AppError
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
        installed = services.models.installed()
        models = [(m.card.id, m.card.title) for m in installed if m.card.kind == "chat"]
        chosen = services.chat_model()
        return models, chosen.card.id if chosen else NO_MODEL

    def _show(self, found: tuple[list[tuple[str, str]], str]) -> None:
        self._composer.show_models(*found)

    def _keep(self, id_: str) -> None:
        try:
            self._context.services.settings.change("model", id_)
        except AppError as error:
            self._context.messages.failure(error)
            self.reload()
