"""The tools above a source: which page, how large, which hit, and a field to find."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QIntValidator, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QWidget

from app.i18n import N_, translate
from app.ui.theme import GRID
from app.ui.widgets import glyph_button, label, set_tip, text_button


class PageNavigation(QWidget):
    """Which page, as a field to type into. `wanted` carries a page to go to."""

    wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number, self._total = 0, 0
        self.previous = glyph_button("up", translate(N_("Previous page")))
        self.next = glyph_button("down", translate(N_("Next page")))
        self.field = QLineEdit()
        self.field.setObjectName("PageField")
        self.field.setAccessibleName(translate(N_("Page number")))
        self.field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.field.setValidator(QIntValidator(0, 999_999, self.field))
        self.field.returnPressed.connect(self._on_entered)
        self.field.editingFinished.connect(self._show)
        self.total = label("", "small", wraps=False)
        self.previous.clicked.connect(lambda: self.wanted.emit(self._number - 1))
        self.next.clicked.connect(lambda: self.wanted.emit(self._number + 1))
        _row(self, self.previous, self.field, self.total, self.next)

    def show_page(self, number: int, total: int) -> None:
        """Show where someone is."""
        self._number, self._total = number, total
        self.previous.setEnabled(number > 1)
        self.next.setEnabled(number < total)
        self.total.setText(translate(N_("/ {total}"), total=total))
        set_tip(self.field, translate(N_("Type a page number and press Enter")))
        letters = max(3, len(str(total)) + 1)
        width = self.field.fontMetrics().horizontalAdvance("0" * letters)
        self.field.setFixedWidth(width + 2 * GRID)
        if not self.field.hasFocus() or not self.field.isModified():
            self._show()

    def _show(self) -> None:
        self.field.setText(str(self._number) if self._number else "")

    def _on_entered(self) -> None:
        number = int(self.field.text() or self._number)
        self.field.setModified(False)
        self.wanted.emit(min(max(1, number), max(1, self._total)))


class Zooming(QWidget):
    """Smaller, larger, and a menu of sizes."""

    smaller = Signal()
    larger = Signal()
    width_wanted = Signal()
    page_wanted = Signal()
    zoom_wanted = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        smaller = glyph_button("minus", translate(N_("Smaller")))
        larger = glyph_button("add", translate(N_("Larger")))
        self.button = text_button("", "quiet")
        self.button.setObjectName("ZoomButton")
        set_tip(self.button, translate(N_("Size of the page")))
        menu = QMenu(self.button)
        menu.addAction(translate(N_("Fit the width"))).triggered.connect(
            self.width_wanted
        )
        menu.addAction(translate(N_("Fit the page"))).triggered.connect(
            self.page_wanted
        )
        menu.addSeparator()
        for percent in (100, 150, 200, 300, 500):
            text = translate(N_("{percent} %"), percent=percent)
            menu.addAction(text).triggered.connect(
                lambda _on=False, zoom=percent / 100: self.zoom_wanted.emit(zoom)
            )
        self.button.setMenu(menu)
        smaller.clicked.connect(self.smaller)
        larger.clicked.connect(self.larger)
        self.show_zoom(1.0)
        _row(self, smaller, self.button, larger)

    def show_zoom(self, zoom: float) -> None:
        """Show how large pages are now."""
        text = translate(N_("{percent} %"), percent=round(zoom * 100))
        self.button.setText(text)
        self.button.setAccessibleName(
            translate(N_("Size of the page: {size}"), size=text)
        )


class Stepper(QWidget):
    """“3 of 12” with a way back and forth. `stepped` carries 1 or -1."""

    stepped = Signal(int)

    def __init__(
        self, previous: str, following: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.text = label("", "small", wraps=False)
        self.previous = glyph_button("previous", previous)
        self.next = glyph_button("next", following)
        self.previous.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        _row(self, self.previous, self.text, self.next)

    def show_text(self, text: str, can_step: bool) -> None:
        """Show where someone is, and whether there is anywhere else."""
        self.text.setText(text)
        self.previous.setEnabled(can_step)
        self.next.setEnabled(can_step)


class FindBar(QWidget):
    """A field for words and the hits. `typed` carries new words, `stepped` 1 or -1.

    `closed` tells that the reader wants to read on.
    """

    typed = Signal(str)
    stepped = Signal(int)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("FindBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field = QLineEdit()
        self.field.setObjectName("FindField")
        self.field.setPlaceholderText(translate(N_("Find in this document")))
        self.field.setAccessibleName(translate(N_("Find in this document")))
        self.field.setMaxLength(200)
        self.field.textChanged.connect(self.typed)
        self.field.installEventFilter(self)
        self.hits = Stepper(translate(N_("Previous hit")), translate(N_("Next hit")))
        self.hits.stepped.connect(self.stepped)
        close = glyph_button("close", translate(N_("Close the search")))
        close.clicked.connect(self.close_bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addWidget(self.hits)
        row.addWidget(close)
        self.hide()

    def open_bar(self) -> None:
        """Let someone type."""
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def close_bar(self) -> None:
        """Go away and search no more."""
        if not self.isHidden():
            self.hide()
            self.field.clear()
            self.closed.emit()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Go from hit to hit with Enter and Shift+Enter, away with Escape."""
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        assert isinstance(event, QKeyEvent)
        actions: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Escape: self.close_bar,
            Qt.Key.Key_Return: lambda: self._on_enter(event),
            Qt.Key.Key_Enter: lambda: self._on_enter(event),
        }
        action = actions.get(event.key())
        if action is None:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            # Escape means this field and not what the window does with it.
            event.accept()
            return True
        action()
        return True

    def _on_enter(self, event: QKeyEvent) -> None:
        back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        self.stepped.emit(-1 if back else 1)


def _row(owner: QWidget, *parts: QWidget) -> None:
    row = QHBoxLayout(owner)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2)
    for part in parts:
        row.addWidget(part)
