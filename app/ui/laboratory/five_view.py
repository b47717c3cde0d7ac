"""The same beginning five times, with or without sources: where the ways part."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import N_, language, translate
from app.literacy.tokens.five import (
    TIMES,
    Way,
    continued,
    different,
    parting,
    with_sources,
)
from app.services import Services
from app.ui.background import StopCheck, Task
from app.ui.context import Context
from app.ui.laboratory.voices import Voices
from app.ui.library import Library
from app.ui.theme import GRID
from app.ui.widgets import label, selectable_label, text_button
from app.values.ports import Engine
from app.values.prompts import Prompt, PromptPart, Sampling

_TOKENS = 32
_PASSAGES = 4


class FiveView(QWidget):
    """Continues a text five times. `use` takes over temperature and top-p."""

    def __init__(
        self,
        context: Context,
        voices: Voices,
        library: Library,
        text: Callable[[], str],
    ) -> None:
        super().__init__()
        self._context = context
        self._voices = voices
        self._library = library
        self._text = text
        self._sampling = Sampling(max_tokens=_TOKENS, temperature=1.0, top_p=1.0)
        self._task: Task | None = None
        self.go = text_button(translate(N_("Continue five times")), "primary")
        self.sources = QComboBox()
        self.sources.setAccessibleName(translate(N_("Sources")))
        self.result = label("", "small")
        self.ways = [selectable_label() for _ in range(TIMES)]
        self._frames = [_frame(way) for way in self.ways]
        self._lay_out()
        self.go.clicked.connect(self._on_go)
        library.changed.connect(self._fill)
        self._fill()

    def use(self, temperature: float, top_p: float) -> None:
        """Draw with these from now on."""
        self._sampling = Sampling(_TOKENS, temperature, top_p, repeat_penalty=1.0)

    def read_sources(self, on: bool) -> None:
        """Offer sources, or not: the small text machine cannot read them."""
        self.sources.setEnabled(on)
        if not on:
            self.sources.setCurrentIndex(0)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.go)
        row.addWidget(self.sources)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GRID, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(label(translate(N_("The same five times")), "heading"))
        column.addWidget(
            label(
                translate(
                    N_(
                        "Chance decides anew each time. At temperature 0 it has no say."
                        " With sources the text counts as a question to your documents."
                    )
                ),
                "small",
            )
        )
        column.addLayout(row)
        column.addWidget(self.result)
        for frame in self._frames:
            column.addWidget(frame)
            frame.hide()

    def _fill(self) -> None:
        chosen = self.sources.currentData()
        self.sources.clear()
        self.sources.addItem(translate(N_("without sources")), "")
        for entry in self._library.entries:
            name = entry.base.name
            text = translate(N_("with sources from {name}"), name=name)
            self.sources.addItem(text, name)
        self.sources.setCurrentIndex(max(0, self.sources.findData(chosen)))

    # -- drawing ---------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether the five are being written."""
        return self._task is not None

    def _on_go(self) -> None:
        if self._task is not None:
            self._task.cancel()
            return
        text, base = self._text(), str(self.sources.currentData() or "")
        if not text.strip():
            return
        self.go.setText(translate(N_("Stop")))
        self.result.setText("")
        for way, frame in zip(self.ways, self._frames, strict=True):
            way.setText("")
            frame.hide()
        sampling, services = self._sampling, self._context.services

        def work(stop: StopCheck) -> Iterator[Way]:
            engine, prompt = _prepared(services, self._voices, text, base, stop)
            return continued(engine, prompt, sampling, stop)

        self._task = self._context.background.stream(
            work, self._show, self._ended, self._failed
        )

    def _show(self, way: Way) -> None:
        self.ways[way.number].setText(f"{self._text()}{way.text}")
        self._frames[way.number].show()

    def _ended(self) -> None:
        self._task = None
        self.go.setText(translate(N_("Continue five times")))
        texts = [way.text() for way in self.ways if way.text()]
        if len(texts) < TIMES:
            return
        count = different(texts)
        if count == 1:
            self.result.setText(translate(N_("All five are the same.")))
            return
        same = texts[0][: parting(texts)].rsplit(" ", 1)[0]
        self.result.setText(
            translate(
                N_("{count} different texts; they part after “{words}”."),
                count=count,
                words=same[-60:],
            )
        )

    def _failed(self, error: Exception) -> None:
        self._ended()
        self._context.messages.failure(error)


def _frame(inside: QWidget) -> QFrame:
    frame = QFrame()
    frame.setObjectName("OptionCard")
    column = QVBoxLayout(frame)
    column.setContentsMargins(GRID * 2, GRID, GRID * 2, GRID)
    column.addWidget(inside)
    return frame


def _prepared(
    services: Services, voices: Voices, text: str, base: str, stop: StopCheck
) -> tuple[Engine, Prompt]:
    """Return who continues what; with a base its best passages stand before the text."""
    del stop
    voice = voices.voice()
    plain = Prompt((PromptPart(text),))
    if not base or voice.card is None:
        return voice.engine, plain
    found = services.knowledge.search(base, text, _PASSAGES)
    if not found.passages:
        return voice.engine, plain
    prompt = with_sources(voice.card.template, language(), text, found.passages)
    return voice.engine, prompt
