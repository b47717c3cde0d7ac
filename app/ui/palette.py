"""The command palette: type a few letters of what shall happen, press Enter.

It lies over the window as a part of it, not as a window of its own: it is at the right
place on every system, and the focus goes back to where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.i18n import N_, translate
from app.ui.chat_book import ChatBook
from app.ui.chat_model import Index
from app.ui.chat_rows import RowPainter
from app.ui.chat_wording import shown_title
from app.ui.commands import Command, Commands
from app.ui.context import Context
from app.ui.fuzzy import fit, folded
from app.ui.message_bar import announce
from app.ui.regional import date_text
from app.ui.theme import GRID, font
from app.ui.widgets import label
from app.values.chats import ChatInfo

_ITEM = int(Qt.ItemDataRole.UserRole)
_MOST = 60
_ROWS = 9
_WIDTH = 640
_MOST_CHATS = 20
_TITLE_CHARACTERS = 200
_VEIL = QColor(0, 0, 0, 70)


@dataclass(frozen=True, slots=True)
class PaletteItem:
    """One thing to choose, in the user's language."""

    title: str
    group: str
    run: Callable[[], object]
    keys: str = ""
    enabled: bool = True


Provider = Callable[[str], list[PaletteItem]]


class Palette(QDialog):
    """Lists commands, and what providers add to them.

    A provider gets what was typed and returns what might fit; the palette ranks it.
    """

    def __init__(
        self, context: Context, providers: Sequence[Provider], window: QWidget
    ) -> None:
        super().__init__(window)
        # A part of the window; without this Qt makes every dialog one of its own.
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setObjectName("PaletteVeil")
        self.setAccessibleName(translate(N_("Commands")))
        self._commands = context.commands
        self._providers = list(providers)
        self._before: QWidget | None = None
        self.line = QLineEdit()
        self.line.setObjectName("PaletteLine")
        self.line.setFont(font("reading"))
        hint = translate(N_("What would you like to do?"))
        self.line.setPlaceholderText(hint)
        self.line.setAccessibleName(hint)
        self.line.setMaxLength(200)
        self.list = QListWidget()
        self.list.setObjectName("PaletteList")
        self.list.setAccessibleName(translate(N_("Commands found")))
        self.list.setItemDelegate(PaletteRows(self.list))
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.none = label(translate(N_("Nothing fits. Try another word.")), "small")
        self._lay_out()
        self.line.textChanged.connect(self._show)
        self.line.installEventFilter(self)
        self.list.installEventFilter(self)
        self.list.itemClicked.connect(lambda _item: self.choose())
        window.installEventFilter(self)
        self.hide()
        context.commands.add(
            Command("palette", N_("All commands"), N_("Window"), self.toggle, "Ctrl+K")
        )

    def _lay_out(self) -> None:
        self.frame = QFrame()
        self.frame.setObjectName("Palette")
        self.frame.setMaximumWidth(_WIDTH)
        column = QVBoxLayout(self.frame)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(self.line)
        column.addWidget(self.list)
        column.addWidget(self.none)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.frame, 100)
        row.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(GRID * 2, GRID * 6, GRID * 2, GRID * 2)
        outer.addLayout(row)
        outer.addStretch(1)

    # -- opening and closing ---------------------------------------------------------

    def toggle(self) -> None:
        """Open, or close when it is open."""
        if self.isVisible():
            self.reject()
        else:
            self.appear()

    def appear(self) -> None:
        """Open with an empty line."""
        self._before = QApplication.focusWidget()
        self.setGeometry(self._window().rect())
        self.line.clear()
        self._show("")
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def done(self, result: int) -> None:
        """Close; the focus goes back to where it was."""
        before, self._before = self._before, None
        super().done(result)
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    def choose(self) -> None:
        """Do what is chosen, unless it cannot be done now."""
        item = self.chosen
        if item is None or not item.enabled:
            return
        self.accept()
        item.run()

    @property
    def chosen(self) -> PaletteItem | None:
        """What Enter would do."""
        item = self.list.currentIndex().data(_ITEM)
        return item if isinstance(item, PaletteItem) else None

    def _window(self) -> QWidget:
        window = self.parentWidget()
        assert window is not None
        return window

    # -- showing ---------------------------------------------------------------------

    def _show(self, query: str) -> None:
        self.list.clear()
        for item in self._fitting(query):
            row = QListWidgetItem(item.title)
            row.setData(_ITEM, item)
            row.setData(Qt.ItemDataRole.AccessibleTextRole, _spoken(item))
            self.list.addItem(row)
        count = self.list.count()
        self.list.setCurrentRow(0)
        height = self.list.sizeHintForRow(0) if count else 0
        room = self._window().height() - GRID * 16 - self.line.sizeHint().height()
        rows = max(1, min(_ROWS, count, room // max(1, height)))
        self.list.setFixedHeight(height * rows + 2)
        self.list.setVisible(count > 0)
        self.none.setVisible(not count)
        self._tell()

    def _fitting(self, query: str) -> list[PaletteItem]:
        items = command_items(self._commands)
        for provider in self._providers:
            items += provider(query)
        if query.strip():
            ranked = [(fit(query, item.title, item.group), item) for item in items]
            ranked = [pair for pair in ranked if pair[0]]
            ranked.sort(key=lambda pair: (pair[1].enabled, pair[0]), reverse=True)
            items = [item for _, item in ranked]
        else:
            items.sort(key=lambda item: not item.enabled)
        return items[:_MOST]

    def _tell(self) -> None:
        item = self.chosen
        announce(self.line, _spoken(item) if item is not None else self.none.text())

    def _step(self, step: int) -> None:
        count = self.list.count()
        if count:
            self.list.setCurrentRow((self.list.currentRow() + step) % count)
            self._tell()

    # -- keys and the mouse ----------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list from the line, type from the list; follow the window."""
        if event.type() == QEvent.Type.Resize and watched is self.parentWidget():
            self.setGeometry(self._window().rect())
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if watched is self.line:
                return self._move(event)
            if watched is self.list:
                return self._go_on_typing(event)
        return super().eventFilter(watched, event)

    def _move(self, event: QKeyEvent) -> bool:
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: _ROWS,
            Qt.Key.Key_PageUp: -_ROWS,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is not None:
            self._step(step)
        return step is not None

    def _go_on_typing(self, event: QKeyEvent) -> bool:
        text = event.text()
        if not text or not text.isprintable():
            return False
        self.line.setFocus()
        self.line.insert(text)
        return True

    def event(self, event: QEvent) -> bool:
        """Keep the window's shortcuts quiet; Ctrl+K still closes."""
        if event.type() == QEvent.Type.ShortcutOverride:
            assert isinstance(event, QKeyEvent)
            if event.key() != Qt.Key.Key_K:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Run or close."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose()
        elif event.key() == Qt.Key.Key_Escape:
            self.reject()
        event.accept()

    def focusNextPrevChild(self, _next: bool) -> bool:  # noqa: N802 - Qt's name
        """Let Tab go between the line and the list; what lies below is covered."""
        to_list = self.line.hasFocus() and self.list.isVisible()
        target = self.list if to_list else self.line
        target.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close on a click beside it."""
        if not self.frame.geometry().contains(event.position().toPoint()):
            self.reject()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Lay a veil over the window."""
        QPainter(self).fillRect(self.rect(), _VEIL)


class PaletteRows(QStyledItemDelegate):
    """Draws a title, what it belongs to, and its shortcut."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Draw one row."""
        item = index.data(_ITEM)
        if not isinstance(item, PaletteItem):
            return
        painter.save()
        row = RowPainter(painter, option)
        shown = row.colours
        chosen = row.selected
        row.ground(shown.soft if chosen else shown.line if row.hovered else "")
        colour = shown.on_soft if chosen else shown.text
        quiet = shown.on_soft if chosen else shown.muted
        if not item.enabled:
            colour = quiet = shown.control
        small = font("small")
        metrics = QFontMetrics(small)
        if item.keys:
            keys = row.take_end(metrics.horizontalAdvance(item.keys) + 2)
            row.text(keys, item.keys, small, quiet)
            row.take_end(GRID * 2)
        body = font("body")
        wanted = QFontMetrics(body).horizontalAdvance(item.title) + 2
        title = row.take_start(min(wanted, row.inner.width()))
        row.text(title, item.title, body, colour)
        row.take_start(GRID * 2)
        row.text(row.rest(), item.group, small, quiet)
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return the height of a row."""
        return QSize(80, QFontMetrics(font("body")).height() + 2 * GRID)


def command_items(commands: Commands) -> list[PaletteItem]:
    """Return all commands but the palette itself."""
    return [
        PaletteItem(
            translate(command.title),
            translate(command.group),
            partial(commands.run, command.id),
            commands.keys_text(command.id),
            command.enabled(),
        )
        for command in commands.all()
        if command.id != "palette"
    ]


def chat_provider(book: ChatBook) -> Provider:
    """Return a provider of conversations by title; without a query of none."""
    known: list[ChatInfo] = []
    titles: list[str] = []

    def items(query: str) -> list[PaletteItem]:
        nonlocal known, titles
        words = folded(query).split()
        if not words:
            return []
        if known is not book.chats:
            known = book.chats
            titles = [folded(info.title[:_TITLE_CHARACTERS]) for info in known]
        fitting = (
            _chat_item(book, info)
            for info, title in zip(known, titles, strict=True)
            if all(word in title for word in words)
        )
        return list(islice(fitting, _MOST_CHATS))

    return items


def _chat_item(book: ChatBook, info: ChatInfo) -> PaletteItem:
    group = translate(N_("Go to conversation"))
    day = date_text(info.changed_at)
    return PaletteItem(shown_title(info), group, partial(book.open, info.id), day)


def _spoken(item: PaletteItem) -> str:
    parts = [item.title, item.group, item.keys]
    if not item.enabled:
        parts.append(translate(N_("not possible now")))
    return ", ".join(part for part in parts if part)
