"""Where messages are seen: a bar for words, a box for mistakes of ours."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.messages import Kind, Message
from app.ui.theme import GRID
from app.ui.widgets import fit_to_words, glyph_button, label, no_mnemonics, text_button

_SHOWN_MS = 8_000
_MOST_LETTERS = 90
# Whoever reads slowly or comes by keyboard needs longer to take something back.
_SHOWN_WITH_ACTION_MS = 15_000


class MessageBar(QFrame):
    """Shows one message: news for a while, errors until they are closed.

    News does not go away while the mouse or the keyboard is in the bar.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("MessageBar")
        self.text = label("")
        self.action = text_button("", "quiet")
        self.action.setObjectName("MessageAction")
        self.action.clicked.connect(self._act)
        self.action.hide()
        self._message: Message | None = None
        close = glyph_button("close", translate(N_("Close message")), "text")
        close.clicked.connect(self.hide)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_time_up)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 2, GRID, GRID, GRID)
        row.addWidget(self.text, 1)
        row.addWidget(self.action)
        row.addWidget(close)
        self.hide()

    def show_message(self, message: Message) -> None:
        """Show a message in place of the one before."""
        self._message = message
        self.setProperty("tone", message.kind.value)
        for part in (self, self.text):
            part.style().unpolish(part)
            part.style().polish(part)
        self.text.setText(message.text)
        title = message.action[0] if message.action else ""
        self.action.setText(no_mnemonics(title))
        self.action.setVisible(bool(title))
        self._timer.stop()
        if message.kind is Kind.INFO:
            self._timer.start(_SHOWN_WITH_ACTION_MS if title else _SHOWN_MS)
        self.show()
        announce(self, f"{message.text} {title}".strip())

    def _act(self) -> None:
        message = self._message
        self.hide()
        if message is not None and message.action is not None:
            message.action[1]()

    def _on_time_up(self) -> None:
        focus = QApplication.focusWidget()
        inside = focus is not None and self.isAncestorOf(focus)
        if inside or self.underMouse():
            self._timer.start()
        else:
            self.hide()


class MessageRow(QObject):
    """Lays a message bar over the top of a widget, so that nothing below it moves."""

    def __init__(self, bar: MessageBar, over: QWidget) -> None:
        super().__init__(over)
        self._bar = bar
        self._over = over
        bar.setParent(over)
        bar.hide()
        for watched in (bar, over):
            watched.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Keep the bar at its place when it comes and when the window changes."""
        kinds = (
            QEvent.Type.Resize,
            QEvent.Type.ShowToParent,
            QEvent.Type.LayoutRequest,
        )
        if event.type() in kinds:
            self._place()
        return False

    def _place(self) -> None:
        room = self._over.width() - 4 * GRID
        letters = self._bar.fontMetrics().averageCharWidth() * _MOST_LETTERS
        width = max(160, min(room, letters))
        height = self._bar.heightForWidth(width)
        if height < 0:
            height = self._bar.sizeHint().height()
        left = (self._over.width() - width) // 2
        self._bar.setGeometry(left, GRID, width, height)
        self._bar.raise_()


def announce(widget: QWidget, text: str) -> None:
    """Let a screen reader say a text."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))


class MistakeBox(QDialog):
    """Says that Allmende made a mistake, with details to copy. Nothing is sent."""

    def __init__(self, details: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.details = details
        self.setWindowTitle(translate(N_("That was our mistake")))
        fit_to_words(self, 440)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 3] * 4)
        column.setSpacing(GRID * 2)
        column.addWidget(label(self.windowTitle(), "heading"))
        column.addWidget(
            label(
                translate(
                    N_(
                        "Something unexpected happened inside Allmende. Your documents"
                        " are safe and you can go on. If you want to report it, copy"
                        " the details: they hold nothing of your documents."
                    )
                )
            )
        )
        column.addWidget(label(details, "small"))
        copy = text_button(translate(N_("Copy details")))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.details))
        close = text_button(translate(N_("Close")), "primary")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(copy)
        row.addWidget(close)
        column.addLayout(row)
