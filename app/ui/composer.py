"""The question line: what to ask, who answers, send and stop."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.glyphs import pixmap, set_glyph
from app.ui.theme import GRID, colours, font
from app.ui.widgets import glyph_button, set_tip, text_button

NO_MODEL = "none"
_MOST_LINES = 6
_ARROW = 14


class QuestionEdit(QPlainTextEdit):
    """Some lines of plain text. Enter sends, Shift+Enter makes a new line."""

    sent = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Question")
        self.setFont(font("reading"))
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setPlaceholderText(translate(N_("Ask your documents …")))
        self.setAccessibleName(translate(N_("Your question")))
        self.document().setDocumentMargin(2)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send with Enter."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.sent.emit()
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        # A plain text document measures its height in lines.
        lines = min(max(1, round(self.document().size().height())), _MOST_LINES)
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 8)


class ModelChoice(QComboBox):
    """A quiet choice with a small arrow."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much of the name as fits, and an arrow."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.width() - _ARROW - 3 * GRID
        elided = Qt.TextElideMode.ElideRight
        option.currentText = self.fontMetrics().elidedText(
            self.currentText(), elided, room
        )
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        arrow = pixmap("down", colours().muted, _ARROW)
        top = (self.height() - _ARROW) // 2
        painter.drawPixmap(self.width() - _ARROW - 6, top, arrow)


class Composer(QFrame):
    """Takes a question. `asked` carries it; `stopped` asks to end the answer."""

    asked = Signal(str)
    stopped = Signal()
    model_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Composer")
        self._running = False
        self.edit = QuestionEdit()
        self.edit.sent.connect(self._on_send)
        self.edit.textChanged.connect(self._refresh)
        self.edit.installEventFilter(self)
        self.sources_only = text_button(translate(N_("Sources only")), "toggle")
        self.sources_only.setCheckable(True)
        set_tip(
            self.sources_only,
            translate(N_("Show the places themselves, without a language model")),
        )
        self.models = ModelChoice()
        self.models.setAccessibleName(translate(N_("Language model")))
        self.models.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.models.setMinimumWidth(72)
        self.models.setMaximumWidth(280)
        self.show_models([], "")
        self.models.activated.connect(lambda _: self.model_chosen.emit(self.model))
        self.send = glyph_button("send", translate(N_("Ask")), "on_accent")
        self.send.setProperty("kind", "send")
        self.send.clicked.connect(self._on_button)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.sources_only)
        row.addWidget(self.models)
        row.addStretch(1)
        row.addWidget(self.send)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID + 4, GRID + 4, GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(self.edit)
        column.addLayout(row)
        self.setFocusProxy(self.edit)
        self._refresh()

    @property
    def model(self) -> str:
        """The id of the chosen model; "none" for no model."""
        return str(self.models.currentData())

    @property
    def model_title(self) -> str:
        """What the chosen model is called."""
        return self.models.currentText()

    def show_models(self, models: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offer models (id and title) and "without"; choose one."""
        self.models.clear()
        for id_, title in models:
            self.models.addItem(title, id_)
        self.models.addItem(translate(N_("Without a language model")), NO_MODEL)
        index = self.models.findData(chosen)
        self.models.setCurrentIndex(index if index >= 0 else self.models.count() - 1)

    def set_running(self, running: bool) -> None:
        """Turn the send button into a stop button, and back."""
        self._running = running
        name = translate(N_("Stop the answer")) if running else translate(N_("Ask"))
        set_glyph(self.send, "stop" if running else "send", "on_accent")
        self.send.setAccessibleName(name)
        set_tip(self.send, name)
        self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the focus of the text on the frame around it."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("active", event.type() == QEvent.Type.FocusIn)
            self.style().polish(self)
        return super().eventFilter(watched, event)

    def _on_button(self) -> None:
        if self._running:
            self.stopped.emit()
        else:
            self._on_send()

    def _on_send(self) -> None:
        question = self.edit.toPlainText().strip()
        if question and not self._running:
            self.edit.clear()
            self.asked.emit(question)

    def _refresh(self) -> None:
        self.send.setEnabled(self._running or bool(self.edit.toPlainText().strip()))
