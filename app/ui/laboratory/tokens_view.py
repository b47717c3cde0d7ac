"""The token laboratory on a screen: a text as tokens, what may follow, the same five times.

What is entered is looked at a moment later, in the background; the sliders act on what the
model said already (`literacy/tokens/shaping.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.errors import UsageError
from app.i18n import N_, translate, translate_error, translate_plural
from app.literacy.tokens.shaping import shape
from app.ui.background import StopCheck, Task
from app.ui.context import Context
from app.ui.laboratory.candidate_bars import CandidateBars
from app.ui.laboratory.five_view import FiveView
from app.ui.laboratory.token_strip import TokenStrip
from app.ui.laboratory.voices import Voice, Voices
from app.ui.library import Library
from app.ui.regional import number_text
from app.ui.theme import GRID
from app.ui.widgets import label, text_button
from app.values.prompts import TOP_K, Prompt, PromptPart
from app.values.tokens import Candidate, TextToken

_REST_MS = 350
_EXAMPLE = N_("On Monday we are going to")
_LARGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class _Found:
    """What the model said of a text."""

    voice: Voice
    text: str
    tokens: tuple[TextToken, ...]
    candidates: tuple[Candidate, ...]


class TokensView(QWidget):
    """Everything about tokens. `show_text` begins with another text."""

    def __init__(
        self, context: Context, voices: Voices, library: Library, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._voices = voices
        self._candidates: tuple[Candidate, ...] = ()
        self._task: Task | None = None
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_REST_MS)
        self._wait.timeout.connect(self.look)
        self.field = _text_field()
        self.who = label("", "small")
        self.count = label("", "small")
        self.strip = TokenStrip()
        self.temperature = _slider(N_("Temperature"), 0, 20, 10)
        self.top_p = _slider(N_("Top-p"), 1, 20, 20)
        self._temperature_value, self._top_p_value = label(), label()
        self.bars = CandidateBars()
        self.back = text_button(translate(N_("Take the last token away")))
        self.practice = text_button(translate(N_("Choose a practice text …")))
        self.five = FiveView(context, voices, library, self.field.toPlainText)
        self._lay_out()
        self._connect()
        self.field.setPlainText(translate(_EXAMPLE))

    def show_text(self, text: str) -> None:
        """Look at a text."""
        self.field.setPlainText(text)
        self.field.moveCursor(QTextCursor.MoveOperation.End)

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        sliders = QGridLayout()
        sliders.setHorizontalSpacing(GRID * 2)
        for row, (title, slider, value) in enumerate(
            (
                (N_("Temperature"), self.temperature, self._temperature_value),
                (N_("Top-p"), self.top_p, self._top_p_value),
            )
        ):
            sliders.addWidget(label(translate(title), wraps=False), row, 0)
            sliders.addWidget(slider, row, 1)
            sliders.addWidget(value, row, 2)
        sliders.setColumnStretch(1, 1)
        sliders.setColumnMinimumWidth(2, GRID * 5)
        buttons = QHBoxLayout()
        buttons.addWidget(self.back)
        buttons.addWidget(self.practice)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID * 2)
        column.addWidget(label(translate(N_("Tokens")), "title"))
        column.addWidget(
            label(
                translate(
                    N_(
                        "A language model reads no words but pieces, called tokens, and"
                        " reckons which one may follow."
                    )
                )
            )
        )
        for part in (self.field, self.who, self.strip, self.count):
            column.addWidget(part)
        column.addWidget(label(translate(N_("What may follow?")), "heading"))
        column.addWidget(
            label(
                translate(
                    N_(
                        "Click a bar to go on with it. The upright line marks the model's"
                        " own probability, the bar the chance with these settings."
                    )
                ),
                "small",
            )
        )
        column.addLayout(sliders)
        column.addWidget(self.bars)
        column.addLayout(buttons)
        column.addWidget(self.five)
        column.addStretch(1)

    def _connect(self) -> None:
        self.field.textChanged.connect(self._wait.start)
        self.temperature.valueChanged.connect(self._reshape)
        self.top_p.valueChanged.connect(self._reshape)
        self.bars.chosen.connect(self._go_on)
        self.back.clicked.connect(self._take_back)
        self.practice.clicked.connect(self.choose_practice)
        self._reshape()

    # -- looking ---------------------------------------------------------------------

    def look(self) -> None:
        """Ask the model about the text."""
        self._wait.stop()
        if self._task is not None:
            self._task.cancel()
        text = self.field.toPlainText()

        def work(stop: StopCheck) -> object:
            yield self._look_at(text, stop)

        self._task = self._context.background.stream(
            work,  # type: ignore[arg-type]
            self._show,
            on_failed=self._fail,
        )

    def _look_at(self, text: str, stop: StopCheck) -> _Found:
        voice = self._voices.voice()
        if not text:
            return _Found(voice, text, (), ())
        tokens = voice.prober.tokens(text, stop=stop)
        prompt = Prompt((PromptPart(text),))
        following = voice.prober.next_tokens(prompt, TOP_K, stop=stop)
        return _Found(voice, text, tokens, following.candidates)

    def _show(self, found: _Found) -> None:
        if found.text != self.field.toPlainText():
            return
        self._candidates = found.candidates
        self.strip.show_tokens(found.tokens)
        self.count.setText(
            translate_plural("{count} token", "{count} tokens", len(found.tokens))
        )
        who = translate(N_("Computed by: {model}"), model=found.voice.title)
        if (why := found.voice.why) is not None:
            who += "\n" + translate_error(why.sentence, why.remedy, why.parameters)
        self.who.setText(who)
        self.practice.setVisible(found.voice.card is None)
        self.five.read_sources(found.voice.card is not None)
        self.back.setEnabled(bool(found.tokens))
        self._reshape()

    def _fail(self, error: Exception) -> None:
        self._candidates = ()
        self.strip.show_tokens(())
        self.count.setText("")
        self._reshape()
        self._context.messages.failure(error)

    def _reshape(self) -> None:
        temperature, top_p = self.temperature.value() / 10, self.top_p.value() / 20
        self._temperature_value.setText(number_text(temperature, 1))
        self._top_p_value.setText(number_text(top_p, 2))
        self.bars.show_candidates(shape(self._candidates, temperature, top_p))
        self.five.use(temperature, top_p)

    # -- acting ----------------------------------------------------------------------

    def _go_on(self, text: str) -> None:
        self.field.moveCursor(QTextCursor.MoveOperation.End)
        self.field.insertPlainText(text)
        self.look()

    def _take_back(self) -> None:
        tokens = self.strip.tokens
        if not tokens:
            return
        text = self.field.toPlainText()
        # Parts of one letter go together.
        last = tokens[-1].text if tokens[-1].whole else text[-1:]
        self.show_text(text[: len(text) - len(last)])
        self.look()

    def choose_practice(self) -> None:
        """Let the small text machine learn from another text."""
        chosen, _ = QFileDialog.getOpenFileName(
            self,
            translate(N_("Which text shall the machine learn from?")),
            str(Path.home()),
            translate(N_("Text files (*.txt *.md)")),
        )
        if chosen:
            self.learn_from(Path(chosen))

    def learn_from(self, path: Path) -> None:
        """Let the machine learn from a file, and look again."""

        def learned(count: int) -> None:
            self._context.messages.info(
                translate(N_("The machine has read {count} tokens."), count=count)
            )
            self.look()

        self._context.background.run(
            lambda: self._voices.learn(_read(path)).learned, learned
        )


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise OSError
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            N_("The file {file} cannot be read as text."),
            N_("Name a text file in UTF-8."),
            file=path.name,
        ) from error


def _text_field() -> QPlainTextEdit:
    field = QPlainTextEdit()
    field.setAccessibleName(translate(N_("Text for the model")))
    field.setTabChangesFocus(True)
    field.setFixedHeight(field.fontMetrics().height() * 4 + GRID)
    return field


def _slider(name: str, least: int, most: int, value: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(least, most)
    slider.setValue(value)
    slider.setAccessibleName(translate(name))
    return slider
