"""What a task works on: a collection, some of its documents, or a text to paste."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate, translate_plural
from app.ui.flow import FlowLayout
from app.ui.library import Library
from app.ui.option_editors import ChoiceEditor
from app.ui.theme import GRID
from app.ui.widgets import ElidedLabel, label, text_button
from app.ui.workshop_parts import TextBox
from app.values.bases import DocumentInfo
from app.values.places import file_name
from app.values.works import Material
from app.workshop.tasks import Task

_FILE = int(Qt.ItemDataRole.UserRole)
_LIST_HEIGHT = 168
_MOST_LETTERS = 400_000


class MaterialChooser(QWidget):
    """`changed` tells that something else is chosen; `missing` says what is not there."""

    changed = Signal()
    documents_wanted = Signal()

    def __init__(self, library: Library, task: Task, base: str) -> None:
        super().__init__()
        self._library = library
        self._task = task
        self._wanted: tuple[str, ...] = ()
        self._ticked: list[str] = []
        self.from_base = text_button(
            translate(N_("From a collection")), "toggle", "library"
        )
        self.from_text = text_button(translate(N_("Pasted text")), "toggle", "text")
        self.base = ChoiceEditor()
        self.base.setAccessibleName(translate(N_("Collection")))
        self.base.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.documents = QListWidget()
        self.counted = ElidedLabel("", "small")
        self.text = TextBox("", translate(N_("Your text")), least=8, most=16)
        self.text.setPlaceholderText(
            translate(N_("Paste or write the text here, or your notes."))
        )
        self.none = text_button(translate(N_("Add documents …")), glyph="folder")
        self._lay_out()
        self._connect()
        self._show_bases()
        self._choose_base(base)
        as_text = task.prefers == "text" or not self._names()
        (self.from_text if as_text else self.from_base).setChecked(True)

    # -- what is chosen --------------------------------------------------------------

    @property
    def material(self) -> Material:
        """What is chosen now."""
        if self.from_text.isChecked():
            return Material(text=self.text.text[:_MOST_LETTERS])
        chosen = self._chosen()
        every = len(chosen) == self.documents.count() and not self._task.needs
        return Material(self._name(), () if every else tuple(chosen))

    @property
    def title(self) -> str:
        """A name for what is chosen, "" for a pasted text."""
        if self.from_text.isChecked():
            return ""
        chosen = self._chosen()
        return file_name(chosen[0]) if len(chosen) == 1 else self._name()

    @property
    def missing(self) -> str:
        """What must be chosen before anything can be made, as a sentence; "" for nothing."""
        needs = self._task.needs
        if self.from_text.isChecked():
            if needs > 1:
                return translate(N_("This task needs documents of a collection."))
            return (
                "" if self.text.text.strip() else translate(N_("Paste a text first."))
            )
        count = len(self._chosen())
        if not self._name():
            return translate(N_("There is no collection yet: add documents first."))
        if needs and count != needs:
            return translate_plural(
                "Choose exactly {count} document.",
                "Choose exactly {count} documents, the older one first.",
                needs,
            )
        return "" if count else translate(N_("Choose at least one document."))

    def show_material(self, material: Material) -> None:
        """Show what was chosen for an earlier piece of work."""
        if material.base:
            self._wanted = material.documents
            self._choose_base(material.base)
        else:
            self.text.setPlainText(material.text)
        (self.from_base if material.base else self.from_text).setChecked(True)

    def focus(self) -> None:
        """Give the keyboard to what must be chosen."""
        target = self.text if self.from_text.isChecked() else self.base
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        chips = QWidget()
        flow = FlowLayout(chips, GRID)
        for button in (self.from_base, self.from_text):
            button.setCheckable(True)
            button.setAutoExclusive(True)
            flow.addWidget(button)
        self.documents.setObjectName("WorkDocuments")
        self.documents.setAccessibleName(translate(N_("Documents")))
        self.documents.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.documents.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        base = QWidget()
        column = QVBoxLayout(base)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.base)
        column.addWidget(self.documents)
        column.addWidget(self.counted)
        empty = QWidget()
        nothing = QVBoxLayout(empty)
        nothing.setContentsMargins(0, 0, 0, 0)
        nothing.setSpacing(GRID)
        nothing.addWidget(label(translate(N_("There is no collection yet."))))
        nothing.addWidget(self.none, 0, Qt.AlignmentFlag.AlignLeft)
        nothing.addStretch(1)
        pasted = QWidget()
        paste = QVBoxLayout(pasted)
        paste.setContentsMargins(0, 0, 0, 0)
        paste.addWidget(self.text)
        paste.addStretch(1)
        self.stack = QStackedWidget()
        self._pages = {"base": base, "none": empty, "text": pasted}
        for page in self._pages.values():
            self.stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GRID)
        whole.addWidget(chips)
        whole.addWidget(self.stack)

    def _connect(self) -> None:
        self.from_base.toggled.connect(self._show_page)
        self.from_text.toggled.connect(self._show_page)
        self.base.picked.connect(lambda _name: self._load())
        self.documents.itemChanged.connect(self._on_ticked)
        self.text.textChanged.connect(self._tell)
        self.none.clicked.connect(self.documents_wanted)
        self._library.changed.connect(self._on_library)

    def _show_page(self) -> None:
        name = "text" if self.from_text.isChecked() else "base"
        if name == "base" and not self._names():
            name = "none"
        for page in self._pages.values():
            # A page that is not shown shall take no room.
            takes = QSizePolicy.Policy.Preferred
            if page is not self._pages[name]:
                takes = QSizePolicy.Policy.Ignored
            page.setSizePolicy(QSizePolicy.Policy.Preferred, takes)
        self.stack.setCurrentWidget(self._pages[name])
        self._tell()

    # -- collections -----------------------------------------------------------------

    def _names(self) -> list[str]:
        return [entry.base.name for entry in self._library.entries]

    def _name(self) -> str:
        return str(self.base.currentData() or "") if self._names() else ""

    def _on_library(self) -> None:
        if self._names() != [self.base.itemData(n) for n in range(self.base.count())]:
            self._show_bases()
            self._show_page()
        self._load()

    def _show_bases(self) -> None:
        name = self._name()
        self.base.offer([(name, name) for name in self._names()])
        if self._names():
            self.base.show_value(name or self._names()[0])

    def _choose_base(self, name: str) -> None:
        if name in self._names():
            self.base.show_value(name)
        self._load()

    def _load(self) -> None:
        base = self._name()
        if not base:
            return

        def loaded(documents: list[DocumentInfo]) -> None:
            # The form may be gone, or another collection chosen, before they come.
            if base == self._name():
                self._show_documents([d for d in documents if d.status == "indexed"])

        self._library.load_documents(base, loaded)

    def _show_documents(self, documents: list[DocumentInfo]) -> None:
        files = [document.file for document in documents]
        shown = [
            self.documents.item(n).data(_FILE) for n in range(self.documents.count())
        ]
        if files == shown and not self._wanted:
            return
        # Where a certain number is needed, all would be too many.
        every = not self._task.needs and not self._wanted
        with QSignalBlocker(self.documents):
            self.documents.clear()
            for document in documents:
                item = QListWidgetItem(file_name(document.file))
                item.setData(_FILE, document.file)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                on = every or document.file in self._wanted
                item.setCheckState(
                    Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
                )
                self.documents.addItem(item)
        rows = max(2, self.documents.count())
        height = self.documents.sizeHintForRow(0) * rows + 2 * GRID
        self.documents.setFixedHeight(min(_LIST_HEIGHT, height))
        self._ticked = list(self._wanted) or (files if every else [])
        self._wanted = ()
        self._tell()

    def _on_ticked(self, item: QListWidgetItem) -> None:
        """Remember the order: where two are compared, the first one is the older."""
        file = str(item.data(_FILE))
        if item.checkState() != Qt.CheckState.Checked:
            self._ticked = [one for one in self._ticked if one != file]
        elif file not in self._ticked:
            self._ticked.append(file)
        self._tell()

    def _chosen(self) -> list[str]:
        there = [
            str(self.documents.item(n).data(_FILE))
            for n in range(self.documents.count())
        ]
        if self._task.needs:
            return [file for file in self._ticked if file in there]
        return [file for file in there if file in self._ticked]

    def _tell(self) -> None:
        chosen = self._chosen()
        text = translate(
            N_("{count} of {shown} chosen"),
            count=len(chosen),
            shown=self.documents.count(),
        )
        if self._task.needs == len(chosen) == 2:
            old, new = map(file_name, chosen)
            text = translate(N_("older: {old} · newer: {new}"), old=old, new=new)
        self.counted.setText(text)
        self.changed.emit()
