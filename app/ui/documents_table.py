"""The documents of a collection as a table of thousands of rows.

The model sorts and filters by itself: done row by row through Qt's proxy, ten thousand
rows would take half a second with each letter that is typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.i18n import N_, translate
from app.ui.library_work import by_name
from app.ui.theme import GRID, colours
from app.ui.wording import number_text, size_text
from app.values.bases import DocumentDone, DocumentInfo, ReadingBegan
from app.values.places import file_name

READING = "reading"
_UNREAD = ("skipped", "failed")
_NAME, _STATE, _PAGES, _SIZE, _PASSAGES = range(5)
_TITLES = (N_("Name"), N_("State"), N_("Pages"), N_("Size"), N_("Passages"))
# Above this many, a selection is not kept when the rows change.
_MOST_KEPT = 500
# In letters: below, pages and passages are not shown.
_ROOM_FOR_ALL = 74
_ROOM_FOR_NAME = 24
Index = QModelIndex | QPersistentModelIndex
# Plain numbers: a table asks thousands of times each time it is drawn.
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)
_FOREGROUND = int(Qt.ItemDataRole.ForegroundRole)
_SPOKEN = int(Qt.ItemDataRole.AccessibleTextRole)
_ANSWERED = frozenset({_DISPLAY, _ALIGNMENT, _FOREGROUND, _SPOKEN})


class DocumentsModel(QAbstractTableModel):
    """Rows are documents. `show` sets them, `narrow` filters, `sort` orders."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: dict[str, DocumentInfo] = {}
        self._rows: list[DocumentInfo] = []
        self._places: dict[str, int] = {}
        self._by_meaning = False
        self._text = ""
        self._unread_only = False
        self._column, self._order = _NAME, Qt.SortOrder.AscendingOrder

    # -- what others ask and say -----------------------------------------------------

    def show(self, documents: Iterable[DocumentInfo], by_meaning: bool) -> None:
        """Show these documents; `by_meaning` tells that they shall have vectors."""
        self._all = {document.file: document for document in documents}
        self._by_meaning = by_meaning
        self._refill()

    def narrow(self, text: str, unread_only: bool) -> None:
        """Show only names with all these words in them, or only what was not read."""
        if (text, unread_only) != (self._text, self._unread_only):
            self._text, self._unread_only = text, unread_only
            self._refill()

    def take(self, event: ReadingBegan | DocumentDone) -> None:
        """Show what is happening to a document; a new one comes last until reloaded."""
        before = self._all.get(event.file) or DocumentInfo(0, event.file, READING)
        if isinstance(event, ReadingBegan):
            after = replace(before, status=READING, size_bytes=event.size_bytes)
        elif event.status == "unchanged":
            after = replace(before, status="indexed")
        else:
            after = replace(
                before,
                status=event.status,
                reason=event.reason,
                sentence=event.sentence,
                remedy=event.remedy,
                parameters=event.parameters,
                chunks=event.chunks,
                vectors=0,
            )
        self._put(after)

    def document(self, row: int) -> DocumentInfo | None:
        """Return the document of a row, None where there is none."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, file: str) -> int:
        """Return the row of a document, -1 where it is not shown."""
        return self._places.get(file, -1)

    @property
    def count(self) -> int:
        """How many documents there are, shown or not."""
        return len(self._all)

    # -- Qt's questions --------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many documents are shown."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return how many columns there are."""
        return 0 if parent is not None and parent.isValid() else len(_TITLES)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return a column's title."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return translate(_TITLES[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what is shown and read out."""
        if role not in _ANSWERED:
            return None
        column = index.column()
        if role == _ALIGNMENT:
            return _alignment(column)
        document = self._rows[index.row()]
        if role == _DISPLAY:
            return self._text_of(document, column)
        if role == _FOREGROUND:
            return QColor(_state_colour(document)) if column == _STATE else None
        title = translate(_TITLES[column])
        return f"{title}: {self._text_of(document, column)}"

    def sort(
        self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder
    ) -> None:
        """Order the rows; what is selected stays selected."""
        self._column, self._order = column, order
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        files = [self._rows[index.row()].file for index in old]
        self._arrange()
        new = [
            self.index(self._places[file], index.column())
            for file, index in zip(files, old, strict=True)
        ]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    # -- inside ----------------------------------------------------------------------

    def _refill(self) -> None:
        self.beginResetModel()
        self._rows = [d for d in self._all.values() if self._is_wanted(d)]
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        # Two sorts: what is equal stays in the order of names either way.
        self._rows.sort(key=by_name)
        self._rows.sort(
            key=self._key(), reverse=self._order is Qt.SortOrder.DescendingOrder
        )
        self._places = {d.file: place for place, d in enumerate(self._rows)}

    def _key(self) -> Callable[[DocumentInfo], Any]:
        keys: dict[int, Callable[[DocumentInfo], Any]] = {
            _NAME: by_name,
            _STATE: lambda d: self._text_of(d, _STATE),
            _PAGES: lambda d: d.pages,
            _SIZE: lambda d: d.size_bytes,
            _PASSAGES: lambda d: d.chunks,
        }
        return keys[self._column]

    def _is_wanted(self, document: DocumentInfo) -> bool:
        if self._unread_only and document.status not in _UNREAD:
            return False
        path = document.file.casefold()
        return all(word in path for word in self._text.casefold().split())

    def _put(self, document: DocumentInfo) -> None:
        self._all[document.file] = document
        row = self._places.get(document.file)
        if row is not None:
            self._rows[row] = document
            last = len(_TITLES) - 1
            self.dataChanged.emit(self.index(row, 0), self.index(row, last))
        elif self._is_wanted(document):
            row = len(self._rows)
            self.beginInsertRows(QModelIndex(), row, row)
            self._rows.append(document)
            self._places[document.file] = row
            self.endInsertRows()

    def _text_of(self, document: DocumentInfo, column: int) -> str:
        if column == _NAME:
            return file_name(document.file)
        if column == _STATE:
            return state_text(document, self._by_meaning)
        if column == _SIZE:
            return size_text(document.size_bytes) if document.size_bytes else ""
        number = document.pages if column == _PAGES else document.chunks
        return number_text(number) if number else ""


def state_text(document: DocumentInfo, by_meaning: bool) -> str:
    """Return in a word or two what became of a document."""
    if document.status == READING:
        return translate(N_("being read"))
    if document.status == "skipped":
        return translate(N_("skipped"))
    if document.status == "failed":
        return translate(N_("not read"))
    if by_meaning and document.vectors < document.chunks:
        return translate(N_("finds words"))
    return translate(N_("ready"))


def _state_colour(document: DocumentInfo) -> str:
    shown = colours()
    if document.status in _UNREAD:
        return shown.danger
    return shown.accent if document.status == READING else shown.muted


@lru_cache(maxsize=8)
def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignTrailing if column >= _PAGES else Qt.AlignmentFlag(0)
    return side | Qt.AlignmentFlag.AlignVCenter


class DocumentsTable(QTableView):
    """Shows the model. `opened` and `forget_wanted` are Return and Delete on rows."""

    opened = Signal()
    forget_wanted = Signal()
    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Documents")
        self.documents = DocumentsModel(self)
        self._narrow_below = self._tight_below = 0
        self._kept: tuple[str, list[str]] = ("", [])
        self.setModel(self.documents)
        self.setAccessibleName(translate(N_("Documents")))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.sortByColumn(_NAME, Qt.SortOrder.AscendingOrder)
        self._lay_out_headers()
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())
        self.selectionModel().currentChanged.connect(lambda *_: self.chosen.emit())
        self.doubleClicked.connect(lambda _index: self.opened.emit())
        self.documents.modelAboutToBeReset.connect(self._keep)
        self.documents.modelReset.connect(self._restore)

    def selected(self) -> list[DocumentInfo]:
        """Return the selected documents, from the top."""
        selection = self.selectionModel().selection()
        parts = [selection.at(n) for n in range(selection.count())]
        rows = sorted(
            row for part in parts for row in range(part.top(), part.bottom() + 1)
        )
        found = (self.documents.document(row) for row in dict.fromkeys(rows))
        return [document for document in found if document is not None]

    def current(self) -> DocumentInfo | None:
        """Return the document that the focus is on."""
        return self.documents.document(self.currentIndex().row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return opens, Delete forgets; everything else is the table's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.forget_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _lay_out_headers(self) -> None:
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + GRID + 4)
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        columns.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        columns.setMinimumSectionSize(6 * GRID)
        columns.setAccessibleName(translate(N_("Columns of the documents")))
        wide = self.fontMetrics().horizontalAdvance("x")
        widths: dict[int, int] = {}
        for column, letters in (
            (_STATE, 17),
            (_PAGES, 9),
            (_SIZE, 13),
            (_PASSAGES, 13),
        ):
            widths[column] = max(columns.sectionSizeHint(column), wide * letters)
            self.setColumnWidth(column, widths[column])
        name = wide * _ROOM_FOR_NAME
        self._narrow_below = max(wide * _ROOM_FOR_ALL, name + sum(widths.values()))
        self._tight_below = name + widths[_STATE] + widths[_SIZE]
        self._leave_out(self.viewport().width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what is least worth knowing where there is little room."""
        self._leave_out(event.size().width())
        super().resizeEvent(event)

    def _leave_out(self, room: int) -> None:
        for column in (_PAGES, _PASSAGES):
            self.setColumnHidden(column, room < self._narrow_below)
        self.setColumnHidden(_SIZE, room < self._tight_below)

    def changeEvent(self, event: QEvent) -> None:
        """Make room for larger letters."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lay_out_headers()

    def _keep(self) -> None:
        selected = self.selected()
        current = self.current()
        kept = [d.file for d in selected] if len(selected) <= _MOST_KEPT else []
        self._kept = (current.file if current else "", kept)

    def _restore(self) -> None:
        current, files = self._kept
        model, chosen = self.documents, QItemSelection()
        for row in (model.row_of(file) for file in files):
            if row >= 0:
                chosen.select(model.index(row, 0), model.index(row, len(_TITLES) - 1))
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(chosen, flag.ClearAndSelect)
        if (row := model.row_of(current)) >= 0:
            self.selectionModel().setCurrentIndex(model.index(row, 0), flag.NoUpdate)
        self.chosen.emit()
