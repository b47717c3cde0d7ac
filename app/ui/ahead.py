"""The model reads ahead: while a question is being written, and while places are read.

When somebody pauses in writing a question, it is searched for, and the model reads the
places found; sent unchanged or changed a little, it finds most of its prompt read. After
an answer that showed the places only, the model reads these, in case it is asked after
all. What does not fit is dropped without a word, and a question never waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QTimer

from app.i18n import language
from app.services import Services
from app.ui.asking import Asking
from app.ui.background import Background, StopCheck, Task
from app.ui.composer import NO_MODEL, Composer
from app.values.chats import Exchange
from app.values.passages import SearchResult

_PAUSE_MS = 700
_FEWEST_WORDS = 3


class Ahead(QObject):
    """Starts reading ahead and ends it. `earlier` returns the questions before this one."""

    def __init__(
        self,
        services: Services,
        background: Background,
        composer: Composer,
        asking: Asking,
        earlier: Callable[[], list[str]],
    ) -> None:
        super().__init__(asking)
        self._services = services
        self._background = background
        self._composer = composer
        self._asking = asking
        self._earlier = earlier
        self._task: Task | None = None
        self._later: Exchange | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._read_for_draft)
        composer.edited.connect(self._on_edited)
        asking.running.connect(self._on_running)
        asking.ended.connect(self._on_ended)

    def stop(self) -> None:
        """End what is being read."""
        self._pause.stop()
        if self._task is not None:
            self._task.cancel()

    def _on_edited(self) -> None:
        if self._worth(self._composer.text):
            self._pause.start()
        else:
            self._pause.stop()

    def _on_running(self, running: bool) -> None:
        if running:
            self._later = None
            self.stop()
        elif self._later is not None:
            self._read_places(self._later)

    def _on_ended(self, exchange: Exchange) -> None:
        # The answer is stored before or after the asking is over.
        if self._asking.busy:
            self._later = exchange
        else:
            self._read_places(exchange)

    def _worth(self, text: str) -> bool:
        composer = self._composer
        return (
            not self._asking.busy
            and composer.model != NO_MODEL
            and not composer.sources_only.isChecked()
            and len(text.split()) >= _FEWEST_WORDS
        )

    def _read_for_draft(self) -> None:
        text = self._composer.text.strip()
        if self._worth(text) and self._composer.scope.scope.base:
            self._read(text, self._earlier())

    def _read_places(self, exchange: Exchange) -> None:
        """Read the places that were shown without the model."""
        self._later = None
        answer = exchange.answer
        if answer is None or answer.why_no_model != "sources_only" or answer.computed:
            return
        found = SearchResult(exchange.question, answer.passages, answerable=True)
        if self._composer.model != NO_MODEL:
            self._read(exchange.question, [], found)

    def _read(
        self, text: str, earlier: list[str], found: SearchResult | None = None
    ) -> None:
        services, choice = self._services, self._composer.model
        scope = self._composer.scope.scope
        options = services.ask_options(language(), assistant=self._composer.spoken_as)
        self.stop()

        def work(stop: StopCheck) -> Iterator[None]:
            services.prepare(text, scope, choice, options, stop, earlier, found)
            yield

        def ended() -> None:
            if self._task is task:
                self._task = None

        def failed(_error: Exception) -> None:
            # Nobody asked for it; whoever asks will be told.
            ended()

        task = self._task = self._background.stream(
            work, on_end=ended, on_failed=failed
        )
