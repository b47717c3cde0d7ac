"""Help under F1: everything that can be done, with its keys, to search and read out."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.chat_model import Index
from app.ui.chat_search import SearchField
from app.ui.context import Context
from app.ui.fuzzy import fit
from app.ui.message_bar import announce
from app.ui.theme import GRID, font
from app.ui.widgets import label, text_button

# What works without being a command of the window. Keys as Qt writes them.
_STANDARD: dict[str, tuple[tuple[str, str], ...]] = {
    N_("Everywhere"): (
        (N_("Go to the next field or button"), "Tab"),
        (N_("Go back to the one before"), "Shift+Tab"),
        (N_("Press the button that has the focus"), "Space"),
        (N_("Close a dialog"), "Esc"),
        (N_("Open the menu of what has the focus"), "Menu"),
    ),
    N_("In lists"): (
        (N_("Go up or down"), "Up, Down"),
        (N_("Close or open a folder"), "Left, Right"),
        (N_("Go to the first or the last one"), "Home, End"),
        (N_("Open"), "Return"),
        (N_("Rename a conversation or a folder"), "F2"),
        (N_("Move a conversation to the bin"), "Del"),
    ),
    N_("In the question field"): (
        (N_("Send the question"), "Return"),
        (N_("Begin a new line"), "Shift+Return"),
    ),
}


class HelpDialog(QDialog):
    """Lists all commands and standard keys.

    `statement_wanted` asks for the accessibility statement.
    """

    statement_wanted = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = translate(N_("Help: all commands and keys"))
        self.setWindowTitle(title)
        self.resize(640, 600)
        self._context = context
        self.search = SearchField(translate(N_("Search commands and keys")))
        self.tree = _tree()
        self.none = label(translate(N_("Nothing fits. Try another word.")), "small")
        self.none.hide()
        self.statement_button = text_button(translate(N_("Accessibility statement")))
        self.statement_button.clicked.connect(self.statement_wanted)
        close = text_button(translate(N_("Close")), "primary")
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addWidget(self.statement_button)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 3] * 4)
        column.setSpacing(GRID * 2)
        column.addWidget(label(title, "heading"))
        column.addWidget(self.search)
        column.addWidget(self.tree, 1)
        column.addWidget(self.none)
        column.addLayout(buttons)
        self._fill()
        self.search.searched.connect(self._filter)
        self.search.results_wanted.connect(self.tree.setFocus)
        self.search.setFocus()

    def _fill(self) -> None:
        commands = self._context.commands
        groups: dict[str, list[tuple[str, str]]] = {}
        for command in commands.all():
            row = (translate(command.title), commands.keys_text(command.id))
            groups.setdefault(translate(command.group), []).append(row)
        for name, keys in _STANDARD.items():
            rows = [(translate(title), _keys_text(text)) for title, text in keys]
            groups.setdefault(translate(name), []).extend(rows)
        for name, rows in groups.items():
            heading = QTreeWidgetItem([name, ""])
            bold = font("body")
            bold.setBold(True)
            heading.setFont(0, bold)
            # The empty cell beside it would be read out as nothing at all.
            heading.setData(1, Qt.ItemDataRole.AccessibleTextRole, name)
            self.tree.addTopLevelItem(heading)
            for title, text in rows:
                heading.addChild(_row(title, text))
        self.tree.expandAll()
        self.tree.setCurrentIndex(self.tree.model().index(0, 0))

    def _filter(self, query: str) -> None:
        shown = 0
        for place in range(self.tree.topLevelItemCount()):
            heading = self.tree.topLevelItem(place)
            assert heading is not None
            count = _filter_group(heading, query)
            heading.setHidden(not count)
            shown += count
        self.tree.setVisible(shown > 0)
        self.none.setVisible(not shown)
        if not shown:
            announce(self.search, self.none.text())


def _filter_group(heading: QTreeWidgetItem, query: str) -> int:
    count = 0
    for place in range(heading.childCount()):
        row = heading.child(place)
        assert row is not None
        text = f"{row.text(0)} {row.text(1)}"
        fits = not query or bool(fit(query, text, heading.text(0)))
        row.setHidden(not fits)
        count += fits
    return count


def _row(title: str, keys: str) -> QTreeWidgetItem:
    row = QTreeWidgetItem([title, keys])
    spoken = f"{title}: {keys}" if keys else title
    for column in range(2):
        row.setData(column, Qt.ItemDataRole.AccessibleTextRole, spoken)
    return row


def _keys_text(text: str) -> str:
    """Return keys as this system writes them; Qt knows the names of most."""
    native = QKeySequence.SequenceFormat.NativeText
    parts = [QKeySequence(part).toString(native) for part in text.split(", ")]
    return ", ".join(parts)


class _Rows(QStyledItemDelegate):
    """Gives rows room to breathe."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return super().sizeHint(option, index) + QSize(0, GRID)


def _tree() -> QTreeWidget:
    tree = QTreeWidget()
    tree.setItemDelegate(_Rows(tree))
    tree.setObjectName("HelpTree")
    tree.setAccessibleName(translate(N_("Commands and keys")))
    tree.setHeaderLabels([translate(N_("Command")), translate(N_("Keys"))])
    tree.setRootIsDecorated(False)
    tree.setIndentation(GRID * 2)
    tree.setAllColumnsShowFocus(True)
    tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    header = tree.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    return tree
