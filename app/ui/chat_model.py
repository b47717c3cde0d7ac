"""The conversations of the sidebar as a tree: sections, and conversations in them.

The tree knows of its conversations only how many there are; what a row shows is asked
of Python when it is drawn. That is what makes ten thousand of them cheap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from PySide6.QtCore import (
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QStandardItem, QStandardItemModel

from app.i18n import N_, translate
from app.ui.chat_wording import chats_text, month_text, shown_title, when_text
from app.values.chats import ChatInfo

Index = QModelIndex | QPersistentModelIndex
PINNED = "pinned"
_FOLDER = "folder:"
_MIME = "application/x-allmende-conversation"
_ROLE = Qt.ItemDataRole
_DAYS: dict[str, str] = {
    "today": N_("Today"),
    "yesterday": N_("Yesterday"),
    "week": N_("Last 7 days"),
    "month": N_("This month"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with its conversations. `key` stays the same from day to day."""

    key: str
    title: str
    chats: tuple[ChatInfo, ...]

    @property
    def folder(self) -> str:
        """The folder's name, "" for other sections."""
        return self.title if self.is_folder else ""

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder of the user."""
        return self.key.startswith(_FOLDER)


def sections_of(
    chats: Sequence[ChatInfo], folders: Sequence[str], now: datetime
) -> list[Section]:
    """Sort conversations (newest first) into pinned, folders and times."""
    pinned = tuple(info for info in chats if info.pinned)
    laid: dict[str, list[ChatInfo]] = {name: [] for name in folders}
    loose = []
    for info in chats:
        if info.pinned:
            continue
        if info.folder:
            laid.setdefault(info.folder, []).append(info)
        else:
            loose.append(info)
    result = [Section(PINNED, translate(N_("Pinned")), pinned)] if pinned else []
    result += [
        Section(f"{_FOLDER}{name}", name, tuple(laid[name]))
        for name in sorted(laid, key=str.casefold)
    ]
    return result + _by_time(loose, now)


def _by_time(chats: Sequence[ChatInfo], now: datetime) -> list[Section]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [
        ("today", midnight),
        ("yesterday", midnight - timedelta(days=1)),
        ("week", midnight - timedelta(days=7)),
        ("month", midnight.replace(day=1)),
    ]
    bounds = [(key, start.timestamp()) for key, start in starts]
    result: list[tuple[str, str, list[ChatInfo]]] = []
    until = float("inf")
    for info in chats:
        if not result or info.changed_at < until:
            key, title, until = _span(info.changed_at, bounds, now)
            result.append((key, title, []))
        result[-1][2].append(info)
    return [Section(key, title, tuple(infos)) for key, title, infos in result]


def _span(
    seconds: float, bounds: list[tuple[str, float]], now: datetime
) -> tuple[str, str, float]:
    """Return key, title and earliest moment of the section a moment belongs to."""
    for key, start in bounds:
        if seconds >= start:
            return key, translate(_DAYS[key]), start
    day = datetime.fromtimestamp(seconds, now.tzinfo)
    start_of_month = day.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    key = f"{day.year}-{day.month:02}"
    return key, month_text(day, now), start_of_month.timestamp()


class ChatModel(QStandardItemModel):
    """Sections at the top, conversations below them.

    The signals carry what the user did in the tree: a title (of a conversation or a
    folder) was typed, a conversation was dropped onto a folder ("" for none) or onto
    the pinned ones.
    """

    renamed = Signal(int, str)
    folder_renamed = Signal(str, str)
    moved = Signal(int, str)
    pinned = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sections: list[Section] = []
        self.opened: int | None = None

    # -- what is shown ---------------------------------------------------------------

    def show(self, sections: list[Section]) -> bool:
        """Show sections; tell whether rows came, went or moved."""
        same = _shape(sections) == _shape(self.sections)
        self.sections = sections
        if same:
            self.repaint()
            return False
        self.clear()
        for section in sections:
            self.appendRow(_heading(section))
        return True

    def repaint(self) -> None:
        """Let views ask anew what rows look like."""
        for row in range(self.rowCount()):
            top = self.index(row, 0)
            last = self.index(self.rowCount(top) - 1, 0, top)
            self.dataChanged.emit(top, top)
            if last.isValid():
                self.dataChanged.emit(self.index(0, 0, top), last)

    def section_at(self, index: Index) -> Section | None:
        """Return the section whose heading an index is."""
        if not index.isValid() or index.parent().isValid():
            return None
        return self.sections[index.row()]

    def chat_at(self, index: Index) -> ChatInfo | None:
        """Return the conversation of an index."""
        parent = index.parent()
        if not parent.isValid():
            return None
        return self.sections[parent.row()].chats[index.row()]

    def index_of(self, chat: int | None) -> QModelIndex:
        """Return where a conversation is; an invalid index when it is not there."""
        for row, section in enumerate(self.sections):
            for place, info in enumerate(section.chats):
                if info.id == chat:
                    return self.index(place, 0, self.index(row, 0))
        return QModelIndex()

    def order(self) -> list[int]:
        """Return all conversations from top to bottom."""
        return [info.id for section in self.sections for info in section.chats]

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> object:
        """Return what a row says."""
        info = self.chat_at(index)
        if info is not None:
            return self._chat_data(info, role)
        section = self.section_at(index)
        return _section_data(section, role) if section else None

    def _chat_data(self, info: ChatInfo, role: int) -> str | None:
        if role == _ROLE.DisplayRole:
            return shown_title(info)
        if role == _ROLE.EditRole:
            return info.title
        if role == _ROLE.AccessibleTextRole:
            return self._spoken(info)
        return None

    def _spoken(self, info: ChatInfo) -> str:
        parts = [shown_title(info), when_text(info.changed_at)]
        if info.pinned:
            parts.append(translate(N_("pinned")))
        if info.id == self.opened:
            parts.append(translate(N_("is shown")))
        return ", ".join(parts)

    # -- what the user does ----------------------------------------------------------

    def setData(self, index: Index, value: object, role: int = _ROLE.EditRole) -> bool:
        """Ask for another title; it is shown when it is kept."""
        if role != _ROLE.EditRole or not str(value).strip():
            return False
        info, section = self.chat_at(index), self.section_at(index)
        if info is not None and str(value) != info.title:
            self.renamed.emit(info.id, str(value))
        elif section is not None and str(value) != section.folder:
            self.folder_renamed.emit(section.folder, str(value))
        return True

    def mimeTypes(self) -> list[str]:  # noqa: N802 - Qt's name
        """Name what can be dropped here."""
        return [_MIME]

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        """Allow moving."""
        return Qt.DropAction.MoveAction

    def mimeData(  # noqa: N802 - Qt's name
        self, indexes: Sequence[QModelIndex]
    ) -> QMimeData:
        """Wrap up a conversation that is dragged."""
        result = QMimeData()
        for info in map(self.chat_at, indexes):
            if info is not None:
                result.setData(_MIME, str(info.id).encode())
        return result

    def canDropMimeData(  # noqa: N802 - Qt's name
        self,
        data: QMimeData,
        _action: Qt.DropAction,
        row: int,
        _column: int,
        parent: Index,
    ) -> bool:
        """Tell whether a place takes what is dragged."""
        return data.hasFormat(_MIME) and self._target(row, parent) is not None

    def dropMimeData(  # noqa: N802 - Qt's name
        self,
        data: QMimeData,
        _action: Qt.DropAction,
        row: int,
        _column: int,
        parent: Index,
    ) -> bool:
        """Ask that a conversation be laid where it was dropped."""
        section = self._target(row, parent)
        if section is None or not data.hasFormat(_MIME):
            return False
        chat = int(bytes(data.data(_MIME).data()))
        if section.key == PINNED:
            self.pinned.emit(chat)
        else:
            self.moved.emit(chat, section.folder)
        # The rows are shown anew when the change is kept; Qt shall remove none.
        return False

    def _target(self, row: int, parent: Index) -> Section | None:
        if not parent.isValid():
            return self.sections[row - 1] if 0 < row <= len(self.sections) else None
        top = parent.parent() if parent.parent().isValid() else parent
        return self.sections[top.row()]


def _heading(section: Section) -> QStandardItem:
    item = QStandardItem()
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
    flags |= Qt.ItemFlag.ItemIsDropEnabled
    if section.is_folder:
        flags |= Qt.ItemFlag.ItemIsEditable
    item.setFlags(flags)
    item.setColumnCount(1)
    item.setRowCount(len(section.chats))
    return item


def _section_data(section: Section, role: int) -> str | None:
    if role in (_ROLE.DisplayRole, _ROLE.EditRole):
        return section.title
    if role == _ROLE.AccessibleTextRole:
        count = chats_text(len(section.chats))
        if section.is_folder:
            name = translate(N_("Folder {name}"), name=section.title)
            return f"{name}, {count}"
        return f"{section.title}, {count}"
    return None


def _shape(sections: list[Section]) -> list[tuple[str, list[int]]]:
    return [(s.key, [info.id for info in s.chats]) for s in sections]
