"""From a question to a stored exchange, one at a time.

The exchange is stored before anything is asked, what is said is kept every other
second, and the answer when it is there: a crash costs at most two seconds of words.
The answer goes on when another conversation is opened; `LiveExchange` remembers what a
turn built later has missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.answering.ask import AskOptions, interrupted_answer
from app.chats.store import ChatStore
from app.errors import AppError
from app.i18n import N_, language, translate, translate_error
from app.metering import metered
from app.services import Services
from app.ui.background import Background, StopCheck, Task
from app.ui.chat_book import ChatBook
from app.ui.message_bar import announce
from app.ui.messages import Messages
from app.values.answers import (
    AnswerEvent,
    AnswerFinished,
    EvidenceFound,
    Progress,
    TextAdded,
)
from app.values.assistants import Assistant
from app.values.chats import AnswerSettings, Exchange, Scope
from app.version import __version__

if TYPE_CHECKING:
    from app.ui.turn import Turn

_KEEP_MS = 2_000
_FREER = 0.7
_MOST_SPOKEN = 1_500


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, where it belongs, and who shall answer (a card's id or "none").

    `chat` None begins a conversation. `version` counts from 0 and tells that this is
    the n-th try: later ones are answered more freely, or they would all be alike.
    """

    text: str
    scope: Scope
    model: str = ""
    model_title: str = ""
    sources_only: bool = False
    chat: int | None = None
    parent: int | None = None
    version: int = 0
    assistant: Assistant | None = None


@dataclass(slots=True)
class LiveExchange:
    """An exchange that is being answered, and what has come so far."""

    exchange: Exchange
    turn: Turn | None = None
    evidence: EvidenceFound | None = None
    progress: Progress | None = None
    said: list[str] = field(default_factory=list)
    kept: int = 0

    def take(self, event: AnswerEvent) -> None:
        """Remember an event and show it where the exchange is shown."""
        if isinstance(event, EvidenceFound):
            self.evidence = event
        elif isinstance(event, Progress):
            self.progress = event
        elif isinstance(event, TextAdded):
            self.said.append(event.text)
        if self.turn is not None:
            self.turn.take(event)

    def show_in(self, turn: Turn) -> None:
        """Bring a turn that was built later up to date."""
        self.turn = turn
        turn.destroyed.connect(lambda: self._forget(turn))
        for event in (self.evidence, self.progress):
            if event is not None:
                turn.take(event)
        if self.said:
            turn.take(TextAdded("".join(self.said)))

    def _forget(self, turn: Turn) -> None:
        if self.turn is turn:
            self.turn = None


class Asking(QObject):
    """Answers one question at a time.

    `running` tells when that begins and ends, `began` and `ended` carry the stored
    Exchange.
    """

    running = Signal(bool)
    began = Signal(object)
    ended = Signal(object)

    def __init__(
        self,
        services: Services,
        background: Background,
        messages: Messages,
        book: ChatBook,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._background = background
        self._messages = messages
        self._book = book
        self._task: Task | None = None
        self._keeping = QTimer(self)
        self._keeping.setInterval(_KEEP_MS)
        self._keeping.timeout.connect(self._keep)
        self.live: LiveExchange | None = None
        self.busy = False

    def ask(self, question: Question) -> None:
        """Store a question, then answer it. `began` tells when it is stored."""
        if self.busy:
            return
        self._set_busy(True)
        options = self._options(question)
        settings = AnswerSettings(
            model=question.model,
            model_title=question.model_title,
            sampling=options.sampling,
            top_k=options.top_k,
            sources_only=question.sources_only,
            version=__version__,
        )

        before: list[Exchange] = []

        def begin(store: ChatStore) -> Exchange:
            chat = question.chat
            if chat is None:
                chat = store.create().id
            before.extend(_way_to(store.exchanges(chat), question.parent))
            return store.begin(
                chat, question.parent, question.text, question.scope, settings
            )

        def begun(exchange: Exchange) -> None:
            self.live = LiveExchange(exchange)
            self.began.emit(exchange)
            self._answer(exchange, options, before)

        def failed(error: Exception) -> None:
            self._messages.failure(error)
            self._set_busy(False)

        self._book.run(begin, begun, failed)

    def stop(self) -> None:
        """Stop the answer that is being given."""
        if self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """Keep what has been said and found; the answer ends with the window."""
        self._keeping.stop()
        live = self.live
        if live is None or live.evidence is None:
            return
        exchange = live.exchange.id
        answer = interrupted_answer(
            live.exchange.question, live.evidence, "".join(live.said), language()
        )
        self._book.run(lambda store: store.finish(exchange, answer))

    def is_running(self, exchange: int) -> bool:
        """Tell whether an exchange is being answered."""
        return self.live is not None and self.live.exchange.id == exchange

    # -- answering -------------------------------------------------------------------

    def _options(self, question: Question) -> AskOptions:
        options = self._services.ask_options(
            language(), question.sources_only, question.assistant
        )
        if not question.version:
            return options
        sampling = replace(
            options.sampling,
            temperature=max(_FREER, options.sampling.temperature),
            seed=options.sampling.seed + question.version,
        )
        return replace(options, sampling=sampling)

    def _answer(
        self, exchange: Exchange, options: AskOptions, before: Sequence[Exchange]
    ) -> None:
        services = self._services
        earlier = [one.question for one in before]
        history = [one.answer for one in before if one.answer is not None]

        def events(stop: StopCheck) -> Iterator[AnswerEvent]:
            speaker = None
            if not options.sources_only:
                speaker = services.speaker(exchange.settings.model)
            answering = services.ask(
                exchange.question,
                exchange.scope,
                speaker,
                options,
                stop,
                earlier,
                history,
            )
            return _prepared(metered(answering))

        self._keeping.start()
        self._task = self._background.stream(
            events, self._on_event, self._on_end, self._on_failed, runs_on=True
        )

    def _on_event(self, event: AnswerEvent) -> None:
        live = self.live
        if live is None:
            return
        if not isinstance(event, AnswerFinished):
            live.take(event)
            return
        exchange = live.exchange
        answer = event.answer
        live.exchange = replace(exchange, answer=answer)
        live.kept = len(live.said)
        if live.turn is not None:
            live.turn.keep(live.exchange)
        live.take(event)
        if live.turn is not None:
            announce(live.turn, _spoken(answer.text))
        self._store(lambda store: store.finish(exchange.id, answer))

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, AppError):
            text = translate_error(error.sentence, error.remedy, error.parameters)
        else:
            text = translate(N_("The question could not be answered."))
            self._messages.failure(error)
        live = self.live
        if live is not None:
            exchange = live.exchange
            if live.turn is not None:
                live.turn.fail(text)
            self._store(lambda store: store.finish(exchange.id, None, text))
        self._on_end()

    def _store(self, work: Callable[[ChatStore], Exchange]) -> None:
        """Store the end of an exchange and tell it."""
        self._book.run(work, self.ended.emit)

    def _keep(self) -> None:
        """Keep what has been said so far."""
        live = self.live
        if live is None or live.kept == len(live.said):
            return
        live.kept = len(live.said)
        exchange, text = live.exchange.id, "".join(live.said)
        self._book.run(lambda store: store.keep_partial(exchange, text))

    def _on_end(self) -> None:
        self._keeping.stop()
        self._task = None
        self.live = None
        self._set_busy(False)

    def _set_busy(self, busy: bool) -> None:
        self.busy = busy
        self.running.emit(busy)


def _prepared(events: Iterator[AnswerEvent]) -> Iterator[AnswerEvent]:
    """Read the finished answer's text here, where the window need not wait for it."""
    for event in events:
        if isinstance(event, AnswerFinished):
            from app.ui.answer_view import prepare

            prepare(event.answer)
        yield event


def _way_to(exchanges: Sequence[Exchange], last: int | None) -> list[Exchange]:
    """Return the exchanges of a conversation up to one of them, on its branch."""
    by_id = {exchange.id: exchange for exchange in exchanges}
    found: list[Exchange] = []
    while last is not None and last in by_id:
        found.append(by_id[last])
        last = by_id[last].parent
    return found[::-1]


def _spoken(text: str) -> str:
    """Return what a screen reader is told when an answer is there: once, and all of it."""
    said = " ".join(text.split())[:_MOST_SPOKEN]
    return translate(N_("The answer is there: {answer}"), answer=said)
