"""Who computes in the laboratory: the chosen model, or the small text machine without one."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from app.errors import ModelError
from app.i18n import language, translate
from app.literacy.tokens.ngram import TITLE, NgramModel
from app.literacy.tokens.practice import practice_text
from app.services import Services
from app.values.cards import ModelCard
from app.values.ports import Engine, Prober


@dataclass(frozen=True, slots=True)
class Voice:
    """A model that can be looked into and that can speak.

    `card` None: the machine; then `why` may say why the chosen model is not used.
    """

    title: str
    prober: Prober
    engine: Engine
    card: ModelCard | None = None
    why: ModelError | None = None


class Voices:
    """Finds the voice, off the window's thread; the machine learns once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._machine: NgramModel | None = None
        self.text = ""

    def voice(self, machine: bool = False) -> Voice:
        """Return the chosen model, or the text machine where there is none to look into."""
        found, why = None, None
        try:
            found = None if machine else self._services.prober()
        except ModelError as error:
            why = error
        if found is not None:
            prober, card = found
            speaker = self._services.speaker()
            if speaker is not None:
                return Voice(card.title, prober, speaker.engine, card)
        with self._lock:
            if self._machine is None:
                self._machine = NgramModel(self.text or practice_text(language()))
            title = translate(TITLE)
            return Voice(title, self._machine, self._machine, why=why)

    def learn(self, text: str) -> NgramModel:
        """Let the machine learn from another text. Raises UsageError for a short one."""
        made = NgramModel(text)
        with self._lock:
            self.text, self._machine = text, made
        return made
