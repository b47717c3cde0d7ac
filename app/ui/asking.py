"""From a question in the composer to a turn in the conversation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.answering.ask import AskOptions
from app.errors import AppError
from app.i18n import N_, language, translate, translate_error
from app.services import Services
from app.ui.background import Background, StopCheck, Task
from app.ui.message_bar import announce
from app.ui.messages import Messages
from app.ui.turn import Turn
from app.values.answers import AnswerEvent, AnswerFinished
from app.values.prompts import Sampling


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, of which base, and who shall answer (a card's id or "none")."""

    text: str
    base: str
    model: str
    sources_only: bool = False


class Asking(QObject):
    """Answers one question at a time. `running` tells when that begins and ends."""

    running = Signal(bool)

    def __init__(
        self,
        services: Services,
        background: Background,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._background = background
        self._messages = messages
        self._task: Task | None = None

    def ask(self, question: Question, turn: Turn) -> None:
        """Answer a question into a turn."""
        services = self._services
        options = AskOptions(
            sources_only=question.sources_only,
            language=language(),
            sampling=Sampling(max_tokens=services.settings.number("max_tokens")),
        )

        def events(stop: StopCheck) -> Iterator[AnswerEvent]:
            speaker = None
            if not question.sources_only:
                speaker = services.speaker(question.model)
            return services.ask(question.text, question.base, speaker, options, stop)

        def take(event: AnswerEvent) -> None:
            turn.take(event)
            if isinstance(event, AnswerFinished):
                announce(turn, translate(N_("The answer is there.")))

        def fail(error: Exception) -> None:
            if isinstance(error, AppError):
                turn.fail(
                    translate_error(error.sentence, error.remedy, error.parameters)
                )
            else:
                turn.fail(translate(N_("The question could not be answered.")))
                self._messages.failure(error)
            self._end()

        self._task = self._background.stream(
            events, take, self._end, fail, runs_on=True
        )
        self.running.emit(True)

    def stop(self) -> None:
        """Stop the answer that is being given."""
        if self._task is not None:
            self._task.cancel()

    def _end(self) -> None:
        self._task = None
        self.running.emit(False)
