"""Search over all that was said: the field, and what was found."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.chat_rows import HIT, HitRows
from app.ui.chat_wording import one_line, shown_title
from app.ui.glyphs import pixmap
from app.ui.regional import date_text
from app.ui.theme import colours
from app.values.chats import ChatHit

DEBOUNCE_MS = 150


class SearchField(QLineEdit):
    """A line to search in. `searched` comes when typing pauses, "" at once.

    Esc empties it; the arrow down and Enter ask for the results.
    """

    searched = Signal(str)
    results_wanted = Signal()
    first_wanted = Signal()

    def __init__(self, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Search")
        self.setPlaceholderText(hint)
        self.setAccessibleName(hint)
        self.setMaxLength(400)
        # Otherwise the sample text decides how narrow a pane can be.
        self.setMinimumWidth(80)
        self._lens = QAction(translate(N_("Search")), self)
        self._clear = QAction(translate(N_("Clear search (Esc)")), self)
        self._clear.triggered.connect(self.clear)
        self.addAction(self._lens, QLineEdit.ActionPosition.LeadingPosition)
        self.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)
        self._lens.triggered.connect(self.setFocus)
        self._drawn = ""
        self._draw()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(DEBOUNCE_MS)
        self._pause.timeout.connect(lambda: self.searched.emit(self.text().strip()))
        self.textChanged.connect(self._on_changed)
        self._on_changed("")

    def _on_changed(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        self._pause.stop()
        if text.strip():
            self._pause.start()
        else:
            self.searched.emit("")

    def event(self, event: QEvent) -> bool:
        """Keep Esc for the field while there is something to clear."""
        if event.type() == QEvent.Type.ShortcutOverride and self.text():
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear, or go to the results."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Down:
            self.results_wanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.first_wanted.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Draw the icons anew when the colours change."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._draw()

    def _draw(self) -> None:
        colour = colours().muted
        # Setting an icon can tell of a new style again.
        if not hasattr(self, "_drawn") or colour == self._drawn:
            return
        self._drawn = colour
        self._lens.setIcon(QIcon(pixmap("search", colour)))
        self._clear.setIcon(QIcon(pixmap("close", colour)))


class HitList(QListWidget):
    """What was found. `chosen` carries a ChatHit, `left` that Esc or Up leaves it."""

    chosen = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ChatHits")
        self.setAccessibleName(translate(N_("Conversations found")))
        self.setItemDelegate(HitRows(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(QSize(80, 48))
        self.clicked.connect(self._on_clicked)

    def show_hits(self, hits: list[ChatHit]) -> None:
        """Show what was found in place of what was found before."""
        self.clear()
        for hit in hits:
            item = QListWidgetItem(shown_title(hit.chat))
            item.setData(HIT, hit)
            spoken = (shown_title(hit.chat), date_text(hit.chat.changed_at))
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole,
                f"{', '.join(spoken)}: {one_line(hit.snippet)}",
            )
            self.addItem(item)
        if hits:
            self.setCurrentRow(0)

    def choose_first(self) -> None:
        """Choose the first that was found."""
        if self.count():
            self._on_clicked(self.model().index(0, 0))

    def event(self, event: QEvent) -> bool:
        """Keep Esc for the list: it goes back to the field."""
        if event.type() == QEvent.Type.ShortcutOverride:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open, or go back to the field."""
        key = event.key()
        at_top = key == Qt.Key.Key_Up and self.currentRow() <= 0
        if key == Qt.Key.Key_Escape or at_top:
            self.left.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self._on_clicked(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _on_clicked(self, index: QModelIndex) -> None:
        self.chosen.emit(index.data(HIT))
