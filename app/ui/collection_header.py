"""The head of a collection: its name, what it can do, its embedder, its folders."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import N_, translate, translate_plural
from app.ui.flow import FlowLayout
from app.ui.library_work import Entry
from app.ui.source_rows import SourceRows
from app.ui.theme import GRID
from app.ui.widgets import ElidedLabel, glyph_button, label, text_button
from app.ui.wording import documents_text, percent_text, unread_text

Choices = list[tuple[str, str]]
_LETTERS = 24
_LEAST_WIDTH = 72


class CollectionHeader(QFrame):
    """Says what a collection is. Its signals ask for what their names say."""

    ask_wanted = Signal()
    folder_wanted = Signal()
    files_wanted = Signal()
    sync_wanted = Signal()
    removal_wanted = Signal()
    source_removal_wanted = Signal(str)
    embedder_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._embedders: Choices = []
        self.name = ElidedLabel("", "title")
        self.summary = label("", "small")
        self.offered = label(
            translate(
                N_(
                    "Put here for everybody by whoever administers this computer. You can"
                    " ask it and read in it; only they can change it."
                )
            ),
            "small",
        )
        self.ask = text_button(translate(N_("Ask this collection")), "primary", "chat")
        self.ask.clicked.connect(self.ask_wanted)
        self.look = glyph_button("again", translate(N_("Look for changes")))
        self.look.clicked.connect(self.sync_wanted)
        self.remove = glyph_button("bin", translate(N_("Remove collection …")))
        self.remove.clicked.connect(self.removal_wanted)
        self.add_folder = text_button(translate(N_("Add folder …")), glyph="folder")
        self.add_folder.clicked.connect(self.folder_wanted)
        self.add_files = text_button(translate(N_("Add files …")), glyph="add")
        self.add_files.clicked.connect(self.files_wanted)
        self.embedder = QComboBox()
        self.embedder.setAccessibleName(translate(N_("Search with")))
        self.embedder.activated.connect(self._on_chosen)
        self.sources = SourceRows()
        self.sources.removal_wanted.connect(self.source_removal_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(self._top())
        column.addWidget(self.sources)
        column.addWidget(self._below())

    def _top(self) -> QHBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(self.name)
        words.addWidget(self.summary)
        words.addWidget(self.offered)
        row = QHBoxLayout()
        row.setSpacing(GRID // 2)
        row.addLayout(words, 1)
        row.addWidget(self.look, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _below(self) -> QWidget:
        """What one can do, in as many lines as it takes where there is little room."""
        title = label(translate(N_("Search with")), "small", wraps=False)
        title.setBuddy(self.embedder)
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.embedder.setSizeAdjustPolicy(policy)
        self.embedder.setMinimumContentsLength(_LETTERS)
        self.embedder.setMinimumWidth(_LEAST_WIDTH)
        self.search = search = QWidget()
        line = QHBoxLayout(search)
        line.setContentsMargins(GRID, 0, 0, 0)
        line.setSpacing(GRID)
        line.addWidget(title)
        line.addWidget(self.embedder)
        row = QWidget()
        flow = FlowLayout(row, GRID)
        for part in (self.ask, self.add_folder, self.add_files, search):
            flow.addWidget(part)
        return row

    def show_embedders(self, choices: Choices) -> None:
        """Offer these embedders: pairs of a card's id and its title."""
        self._embedders = choices

    def show_entry(self, entry: Entry, watched: bool) -> None:
        """Show a collection; `watched` is what the setting says of folders."""
        self.name.setText(entry.base.name)
        self.summary.setText(_summary(entry))
        self.ask.setEnabled(entry.base.documents > 0)
        self._show_offered(entry.base.offered)
        self.sources.show_sources(entry.sources, watched)
        self._show_choice(entry.base.changing_to or entry.base.embedder)

    def _show_offered(self, offered: bool) -> None:
        """Leave away what would change a collection that is only read."""
        self.offered.setVisible(offered)
        for part in (self.look, self.remove, self.add_folder, self.add_files, self.search):  # fmt: skip
            part.setHidden(offered)

    def _show_choice(self, chosen: str) -> None:
        words = translate(N_("Words only"))
        meaning = N_("Meaning ({title})")
        choices = [
            *((id_, translate(meaning, title=title)) for id_, title in self._embedders),
            ("", words),
        ]
        if chosen not in {id_ for id_, _ in choices}:
            missing = translate(N_("{id} (not installed)"), id=chosen)
            choices.insert(0, (chosen, missing))
        box = self.embedder
        shown = [(box.itemData(n), box.itemText(n)) for n in range(box.count())]
        if shown != choices:
            box.clear()
            for id_, title in choices:
                box.addItem(title, id_)
        box.setCurrentIndex([id_ for id_, _ in choices].index(chosen))

    def _on_chosen(self, place: int) -> None:
        self.embedder_chosen.emit(str(self.embedder.itemData(place)))


def _summary(entry: Entry) -> str:
    base = entry.base
    passages = translate_plural("{count} passage", "{count} passages", base.chunks)
    parts = [documents_text(base.documents), passages]
    if entry.unread:
        parts.append(unread_text(len(entry.unread)))
    if base.changing_to:
        parts.append(translate(N_("search by meaning is being changed")))
    elif base.embedder and base.vectors < base.chunks:
        share = percent_text(base.vectors / max(1, base.chunks))
        parts.append(translate(N_("meaning {share}"), share=share))
    return " · ".join(parts)
