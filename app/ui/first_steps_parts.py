"""The parts of the first steps: a page with one sentence, and cards to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.ui.glyphs import set_glyph
from app.ui.theme import GRID
from app.ui.widgets import label, no_mnemonics, pressed_by_enter

_ICON_ROOM = 28


class ChoiceCard(QPushButton):
    """A large button with a title and a line beneath it.

    A `checkable` one is chosen like a radio button, also with the arrow keys; Enter
    then also goes on (`entered`).
    """

    entered = Signal()

    def __init__(
        self, title: str, text: str = "", glyph: str = "", checkable: bool = True
    ) -> None:
        super().__init__()
        self.setObjectName("ChoiceCard")
        self.setCheckable(checkable)
        self.setAutoExclusive(checkable)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.title = label("")
        self.title.setProperty("strong", True)
        self.line = label("", "small")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 2, GRID + 4, GRID * 2, GRID + 4)
        row.setSpacing(GRID * 2)
        if glyph:
            row.addWidget(_picture(glyph))
        row.addLayout(words, 1)
        for part in self.findChildren(QWidget):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.toggled.connect(self._tint)
        self.say(title, text)

    def say(self, title: str, text: str = "") -> None:
        """Show other words."""
        self.title.setText(title)
        self.line.setText(text)
        self.line.setVisible(bool(text))
        self.setAccessibleName(no_mnemonics(title))
        self.setAccessibleDescription(text)
        self.updateGeometry()

    def _tint(self, chosen: bool) -> None:
        # A style sheet does not look at the state of what a label lies in.
        for part in (self.title, self.line):
            part.setProperty("chosen", chosen)
            part.style().unpolish(part)
            part.style().polish(part)

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """Tell that long words need more lines."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Return the height that the words need."""
        row = self.layout()
        return row.totalHeightForWidth(width) if row is not None else GRID * 6

    def sizeHint(self) -> QSize:
        """Return the room for the words, not for a button's empty text."""
        row = self.layout()
        return row.totalSizeHint() if row is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return the least room."""
        row = self.layout()
        return row.totalMinimumSize() if row is not None else super().minimumSizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with Enter too, and go on."""
        if not pressed_by_enter(self, event):
            super().keyPressEvent(event)
        elif self.isCheckable() and not event.isAutoRepeat():
            self.entered.emit()


def _picture(glyph: str) -> QWidget:
    """Return a glyph that follows the theme."""
    picture = label("", wraps=False)
    picture.setFixedWidth(_ICON_ROOM)
    set_glyph(picture, glyph, "accent")
    return picture


class StepPage(QWidget):
    """One question of the first steps.

    `answered` tells that there is an answer now; `entered` that Enter wants to go on.
    """

    answered = Signal()
    entered = Signal()

    def __init__(self, title: str, sentence: str) -> None:
        super().__init__()
        self.title = label(title, "title")
        self.sentence = label(sentence, "reading")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(GRID)
        self.column.addWidget(self.title)
        self.column.addWidget(self.sentence)
        self.column.addSpacing(GRID)
        self.is_answered = False

    def first_focus(self) -> QWidget | None:
        """Return what has the focus when the page is shown."""
        cards = [card for card in self.findChildren(ChoiceCard) if card.isEnabled()]
        chosen = [card for card in cards if card.isChecked()]
        return next(iter([*chosen, *cards]), None)

    def shown(self) -> None:
        """Look again at what may have changed before this page."""

    def _answer(self) -> None:
        self.is_answered = True
        self.answered.emit()

    def _grid(self, cards: Sequence[ChoiceCard], columns: int) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(GRID)
        for number, card in enumerate(cards):
            card.entered.connect(self.entered)
            grid.addWidget(card, number // columns, number % columns)
        for column in range(columns):
            grid.setColumnStretch(column, 1)
        return grid


def quiet(text: str = "") -> QLabel:
    """Return a line that is said beside the question."""
    return label(text, "small")
