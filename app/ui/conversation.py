"""The middle pane: questions one below the other, and a welcome before the first."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import paths
from app.i18n import N_, translate
from app.ui.theme import GRID
from app.ui.turn import Turn
from app.ui.widgets import label, text_button

_TEXT_WIDTH = 760
_NEAR = 48


class Conversation(QStackedWidget):
    """Shows turns. `opened` carries a clicked Place, `shown` the turn it belongs to."""

    opened = Signal(object, object)
    found = Signal(object)
    add_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Conversation")
        self.turns: list[Turn] = []
        self._follows = True
        self.welcome = Welcome()
        self.welcome.add_button.clicked.connect(self.add_wanted)
        inner = QWidget()
        inner.setObjectName("Turns")
        inner.setMaximumWidth(_TEXT_WIDTH)
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID)
        self._column.setSpacing(GRID)
        self._column.addStretch(1)
        outer = QWidget()
        outer.setObjectName("Turns")
        row = QHBoxLayout(outer)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(inner, 100)
        row.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setAccessibleName(translate(N_("Questions and answers")))
        self.area.setWidget(outer)
        bar = self.area.verticalScrollBar()
        bar.rangeChanged.connect(self._on_range)
        bar.valueChanged.connect(self._on_moved)
        self.addWidget(self.welcome)
        self.addWidget(self.area)

    def add_turn(self, question: str, base: str, model: str) -> Turn:
        """Begin a turn at the end and show it."""
        turn = Turn(question, base, model)
        turn.opened.connect(lambda place: self.opened.emit(turn, place))
        turn.found.connect(lambda: self.found.emit(turn))
        self.turns.append(turn)
        self._column.insertWidget(self._column.count() - 1, turn)
        self.setCurrentWidget(self.area)
        self._follows = True
        return turn

    def _on_range(self, _least: int, most: int) -> None:
        """Follow what is being written, unless the reader has scrolled away."""
        if self._follows:
            bar = self.area.verticalScrollBar()
            QTimer.singleShot(0, bar, lambda: bar.setValue(most))

    def _on_moved(self, value: int) -> None:
        self._follows = self.area.verticalScrollBar().maximum() - value < _NEAR


class Welcome(QWidget):
    """What is shown before the first question."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Turns")
        icon = QIcon(str(paths.assets_dir() / "icons" / "allmende.svg"))
        picture = QLabel()
        picture.setPixmap(icon.pixmap(QSize(72, 72), picture.devicePixelRatio()))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = label("", "title")
        self.text = label("")
        for text in (self.title, self.text):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.add_button = text_button(
            translate(N_("Add folder or files …")), "primary", "add"
        )
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.add_button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 4, GRID * 4, GRID * 4, GRID * 4)
        column.setSpacing(GRID * 2)
        column.addStretch(2)
        column.addWidget(picture)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addLayout(row)
        column.addStretch(3)
        self.show_base("")

    def show_base(self, base: str, loading: bool = False) -> None:
        """Greet: with a base to ask, or with the way to one."""
        if base:
            self.title.setText(
                translate(N_("What would you like to know from “{name}”?"), name=base)
            )
            self.text.setText(
                translate(
                    N_(
                        "You see the places in your documents first, then the answer."
                        " Each number leads to its place."
                    )
                )
            )
        else:
            self.title.setText(translate(N_("Ask your own documents")))
            self.text.setText(
                ""
                if loading
                else translate(
                    N_(
                        "Drag a folder into this window, or choose one. Your files stay"
                        " where they are, and nothing leaves this computer."
                    )
                )
            )
        self.add_button.setVisible(not base and not loading)
