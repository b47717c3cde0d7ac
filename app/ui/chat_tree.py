"""The list of conversations: sections that open and close, rows that can be acted on.

Keyboard: arrows move (left and right close and open a section), Enter opens, F2 renames
in place, Delete moves to the bin, the menu key offers the rest, Tab leaves the list.
"""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QTreeView,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.chat_model import ChatModel, sections_of
from app.ui.chat_rows import ChatRows
from app.values.chats import ChatInfo

_HOUR_MS = 3_600_000


class ChatTree(QTreeView):
    """Shows the conversations. The signals carry ids, or the name of a folder."""

    chosen = Signal(int)
    removal_wanted = Signal(int)
    menu_wanted = Signal(QModelIndex, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ChatTree")
        self.setAccessibleName(translate(N_("Conversations")))
        self.rows = ChatRows(self)
        self.chats = ChatModel(self)
        self.setModel(self.chats)
        self.setItemDelegate(self.rows)
        self._closed: set[str] = set()
        self._waiting: tuple[list[ChatInfo], list[str]] | None = None
        self._shown: tuple[list[ChatInfo], list[str]] = ([], [])
        self._shown_on = datetime.now().astimezone().date()
        self._set_up()
        self.clicked.connect(self._on_clicked)
        self.collapsed.connect(lambda index: self._remember(index, closed=True))
        self.expanded.connect(lambda index: self._remember(index, closed=False))
        # “Today” becomes “Yesterday” while the window stays open.
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._on_hour)
        self._clock.start(_HOUR_MS)

    def _set_up(self) -> None:
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setExpandsOnDoubleClick(False)
        self.setAnimated(False)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(
            lambda point: self._want_menu(self.indexAt(point), point)
        )
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)

    # -- showing ---------------------------------------------------------------------

    def show_chats(self, chats: list[ChatInfo], folders: list[str]) -> None:
        """Show conversations; where one was in the list, one stays.

        While a title is being typed the list waits.
        """
        if self.state() == QAbstractItemView.State.EditingState:
            self._waiting = (chats, folders)
            return
        self._shown = (chats, folders)
        now = datetime.now().astimezone()
        self._shown_on = now.date()
        here = self.chats.chat_at(self.currentIndex())
        heading = self.chats.section_at(self.currentIndex())
        before = self.chats.order() if here else []
        top = self.verticalScrollBar().value()
        if not self.chats.show(sections_of(chats, folders, now)):
            return
        for row, section in enumerate(self.chats.sections):
            self.setExpanded(self.chats.index(row, 0), section.key not in self._closed)
        if here is not None:
            self._stay_at(here.id, before)
        elif heading is not None:
            self._stay_at_heading(heading.key)
        self.verticalScrollBar().setValue(top)

    def show_opened(self, chat: int | None) -> None:
        """Mark the conversation that the window shows."""
        self.chats.opened = chat
        index = self.chats.index_of(chat)
        if index.isValid() and not self.hasFocus():
            self.setCurrentIndex(index)
        self.chats.repaint()
        self.viewport().update()

    def edit_chat(self, chat: int) -> bool:
        """Let a title be typed in place; False when the row is not there."""
        index = self.chats.index_of(chat)
        if not index.isValid():
            return False
        self.setExpanded(index.parent(), True)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.setCurrentIndex(index)
        self.edit(index)
        return True

    def closeEditor(  # noqa: N802 - Qt's name
        self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint
    ) -> None:
        """Show what came in while a title was typed."""
        super().closeEditor(editor, hint)
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.show_chats(*waiting)

    def _stay_at(self, chat: int, before: list[int]) -> None:
        """Keep the place in the list, at the next one when the row is gone."""
        there = set(self.chats.order())
        place = before.index(chat)
        nearest = [*before[place:], *reversed(before[:place])]
        left = next((id_ for id_ in nearest if id_ in there), None)
        index = self.chats.index_of(left)
        if index.isValid() and self.isExpanded(index.parent()):
            self.setCurrentIndex(index)

    def _stay_at_heading(self, key: str) -> None:
        for row, section in enumerate(self.chats.sections):
            if section.key == key:
                self.setCurrentIndex(self.chats.index(row, 0))

    def _on_hour(self) -> None:
        if datetime.now().astimezone().date() != self._shown_on:
            self.show_chats(*self._shown)

    # -- acting ----------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open, delete; all else is Qt's."""
        index = self.currentIndex()
        info = self.chats.chat_at(index)
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            if self.state() != QAbstractItemView.State.EditingState:
                self._on_clicked(index)
        elif key == Qt.Key.Key_Delete and info is not None:
            self.removal_wanted.emit(info.id)
        elif key == Qt.Key.Key_Left and info is not None:
            # Without indentation Qt would scroll instead of going to the heading.
            self.setCurrentIndex(index.parent())
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the menu where its three dots are."""
        point = event.position().toPoint()
        index = self.indexAt(point)
        dots = self.rows.more_rect(self.visualRect(index))
        left = event.button() == Qt.MouseButton.LeftButton
        if left and self.chats.chat_at(index) is not None and dots.contains(point):
            self.setCurrentIndex(index)
            self._want_menu(index, dots.bottomLeft())
            return
        super().mousePressEvent(event)

    def _want_menu(self, index: QModelIndex, point: QPoint) -> None:
        if index.isValid():
            self.menu_wanted.emit(index, self.viewport().mapToGlobal(point))

    def _on_clicked(self, index: QModelIndex) -> None:
        info = self.chats.chat_at(index)
        if info is not None:
            self.chosen.emit(info.id)
        else:
            self.setExpanded(index, not self.isExpanded(index))

    def _remember(self, index: QModelIndex, closed: bool) -> None:
        section = self.chats.section_at(index)
        if section is None:
            return
        if closed:
            self._closed.add(section.key)
        else:
            self._closed.discard(section.key)
