"""Which model answers, and which one reads: by choice, setting, lesson and policy.

    choice, else lesson, else setting, else the best of what is installed and allowed

Part of the composition root (`services.py`). Invariant: nothing is loaded here, and no
file but a model's card and a GGUF's head is read.
"""

from __future__ import annotations

import os
from pathlib import Path

from app.catalogue.fit import recommended
from app.catalogue.store import ModelStore
from app.catalogue.trust import Trust
from app.classroom.room import Room
from app.errors import AppError
from app.inference.hardware import memory_bytes
from app.remote import PREFIX as REMOTE
from app.remote import Remote
from app.settings.store import Settings
from app.values.cards import InstalledModel

NONE = "none"


class ModelChoice:
    """Answers which model it is to be; what each one is, its card says."""

    def __init__(
        self,
        settings: Settings,
        models: ModelStore,
        trust: Trust,
        remote: Remote,
        room: Room,
    ) -> None:
        self._settings = settings
        self._models = models
        self._trust = trust
        self._remote = remote
        self._room = room

    def model(self, choice: str = "") -> InstalledModel | None:
        """Return the model for a choice: a card's id, "remote:NAME", a GGUF file, or "".

        "" means the setting, and without one the best installed model; None where
        there is none or "none" was chosen. Raises ModelError, UsageError, or PolicyError
        where another model than the chosen one is locked.
        """
        if choice:
            self._need_free(choice)
        wanted = choice or self._settings.text("model")
        if (running := self._room.running()) is not None:
            lesson = running.lesson
            wanted = NONE if lesson.sources_only else lesson.model or wanted
        if wanted == NONE:
            return None
        if wanted.startswith(REMOTE):
            return InstalledModel(self._remote.card(wanted), wanted)
        if wanted.lower().endswith(".gguf") or os.sep in wanted:
            self._settings.need("own_models")
            path = Path(wanted).expanduser().absolute()
            return InstalledModel(self._models.describe_file(path), str(path))
        if wanted:
            model = self._models.need(wanted)
            self._trust.need_allowed(model.card)
            return model
        return self._best()

    def models(self) -> list[InstalledModel]:
        """Return the installed chat models that can be chosen; the locked one only."""
        models = self._chat_models()
        if not self._settings.locked("model"):
            return models
        usual = self.model()
        return [m for m in models if usual is not None and m.card.id == usual.card.id]

    def embedder_id(self, choice: str = "") -> str:
        """Return the id for a new base's embedder; "" means words only.

        Without a choice an embedder that is not installed, or not allowed, is no
        obstacle: the base searches words. Raises ModelError when one was named that is
        not there, and PolicyError for one that is not allowed or where another is locked.
        """
        if choice:
            self._settings.said("embedder", choice)
        if choice == NONE:
            return ""
        if choice:
            card = self._models.need(choice).card
            self._trust.need_allowed(card)
            return card.id
        wanted = self._settings.text("embedder")
        usable = {m.card.id for m in self._models.embedders()}
        return wanted if wanted in usable else ""

    def embedder_problem(self, id_: str = "") -> AppError | None:
        """Return why an embedder, or the usual one, cannot be used; None if it can.

        "none" can.
        """
        wanted = id_ or self._settings.text("embedder")
        if wanted in ("", NONE):
            return None
        try:
            self._trust.need_allowed(self._models.need(wanted).card)
        except AppError as error:
            return error
        return None

    def _chat_models(self) -> list[InstalledModel]:
        return [m for m in self._models.installed() if m.card.kind == "chat"]

    def _best(self) -> InstalledModel | None:
        allowed = [
            m for m in self._chat_models() if self._trust.refusal(m.card) is None
        ]
        total, _ = memory_bytes()
        best = recommended([m.card for m in allowed], total, "de")
        chosen = [m for m in allowed if best is None or m.card.id == best.id]
        return chosen[0] if chosen else None

    def _need_free(self, choice: str) -> None:
        if self._settings.locked("model") and choice != self._settings.text("model"):
            usual = self.model()
            if choice not in ((usual.card.id, usual.path) if usual else (NONE,)):
                self._settings.need_unlocked("model")
