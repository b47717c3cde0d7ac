"""The way to the pages of the window: a column of words, or a row of icons."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from app.i18n import N_, translate
from app.ui.theme import GRID
from app.ui.widgets import set_tip, text_button

PAGES: dict[str, tuple[str, str]] = {
    "chat": (N_("Conversations"), "chat"),
    "documents": (N_("Documents"), "library"),
    "workshop": (N_("Workshop"), "workshop"),
    "laboratory": (N_("Laboratory"), "laboratory"),
    "models": (N_("Models"), "models"),
    "settings": (N_("Settings"), "settings"),
}


class Navigation(QWidget):
    """One button a page, one of them down. `wanted` carries a page's name.

    `letters_changed` tells that its words have become wider or narrower.
    """

    wanted = Signal(str)
    letters_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate(N_("Pages")))
        self._form = ""
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self.buttons = {name: self._button(name) for name in PAGES}
        self.show_page("chat")
        self.set_form("words")

    def changeEvent(self, event: QEvent) -> None:
        """Tell when the letters are others: it is later than for what is around it."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.letters_changed.emit()

    def show_page(self, name: str) -> None:
        """Show which page is open."""
        self.buttons[name].setChecked(True)

    def set_form(self, form: str) -> None:
        """Show "words" below each other, "icons" side by side, or a "rail" of icons."""
        if form == self._form:
            return
        self._form = form
        for place, (name, button) in enumerate(self.buttons.items()):
            title = translate(PAGES[name][0])
            button.setText(title if form == "words" else "")
            button.setProperty("bare", form != "words")
            button.style().unpolish(button)
            button.style().polish(button)
            row, column = (0, place) if form == "icons" else (place, 0)
            self._grid.addWidget(button, row, column)

    def words_height(self) -> int:
        """Return how high the column of words is."""
        spacing = self._grid.spacing()
        heights = [button.sizeHint().height() for button in self.buttons.values()]
        return sum(heights) + spacing * (len(heights) - 1)

    def words_width(self) -> int:
        """Return how wide the column of words is."""
        metrics = self.fontMetrics()
        longest = max(
            metrics.horizontalAdvance(translate(t)) for t, _ in PAGES.values()
        )
        icon = max(button.iconSize().width() for button in self.buttons.values())
        return longest + icon + 5 * GRID

    def _button(self, name: str) -> QPushButton:
        title, glyph = PAGES[name]
        button = text_button(translate(title), "page", glyph)
        button.setAccessibleName(translate(title))
        set_tip(button, translate(title))
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.setMinimumWidth(GRID * 4)
        button.clicked.connect(lambda: self.wanted.emit(name))
        return button
