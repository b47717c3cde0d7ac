"""Assistants of one's own: made, copied, changed, shared as a file, taken over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.assistants import ENDING, to_file
from app.errors import AppError
from app.files import write_atomically
from app.i18n import N_, language, translate
from app.ui.context import Context
from app.ui.flow import FlowLayout
from app.ui.option_editors import ChoiceEditor
from app.ui.theme import GRID
from app.ui.widgets import fit_to_words, label, named_form, text_button
from app.ui.workshop_parts import TextBox
from app.values.assistants import LEVELS, Assistant

_ONE = int(Qt.ItemDataRole.UserRole)
_NEW = Assistant("", "")
_LEVEL_NAMES = {
    "": N_("as usual"),
    "einfach": N_("plain language"),
    "leicht": N_("very simple language"),
}


class AssistantsDialog(QDialog):
    """`chosen` carries the assistant that shall word the answers from now on."""

    chosen = Signal(object)

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._store = context.services.assistants
        self._shown = _NEW
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate(N_("Own assistants")))
        fit_to_words(self, 760)
        self.list = QListWidget()
        self.list.setObjectName("WorkDocuments")
        self.list.setAccessibleName(translate(N_("Assistants")))
        self.name = QLineEdit()
        self.about = QLineEdit()
        self.instruction = TextBox("", translate(N_("Instruction")), least=4)
        self.level = ChoiceEditor(
            [
                (v, translate(_LEVEL_NAMES[v]) if v in _LEVEL_NAMES else v)
                for v in LEVELS
            ]
        )
        self.base = ChoiceEditor()
        self.model = ChoiceEditor()
        self.starters = TextBox("", translate(N_("Questions to begin with")), least=3)
        self.hint = label("", "small")
        self._make_buttons()
        self._lay_out()
        self._connect()

    def start(self) -> None:
        """Load assistants, collections and models."""
        services, spoken = self._context.services, language()

        def load() -> tuple[list[Assistant], list[str], list[tuple[str, str]]]:
            bases = [base.name for base in services.knowledge.bases()]
            models = [
                (model.card.id, model.card.title)
                for model in services.models.installed()
                if model.card.kind == "chat"
            ]
            return self._store.all(spoken), bases, models

        self._context.background.run(load, lambda found: self._show_all(*found))

    # -- building --------------------------------------------------------------------

    def _make_buttons(self) -> None:
        self.new_button = text_button(translate(N_("New")), glyph="add")
        self.import_button = text_button(translate(N_("Take over …")), glyph="import")
        self.use_button = text_button(translate(N_("Use")), "primary", "check")
        self.save_button = text_button(translate(N_("Save")))
        self.share_button = text_button(translate(N_("Share …")), glyph="export")
        self.remove_button = text_button(translate(N_("Delete")), "danger")
        self.close_button = text_button(translate(N_("Close")))

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(GRID)
        left.addWidget(self.list, 1)
        left.addWidget(self.new_button)
        left.addWidget(self.import_button)
        form = named_form(
            [
                (N_("Name"), self.name),
                (N_("What it is for"), self.about),
                (N_("Instruction"), self.instruction),
                (N_("Language level"), self.level),
                (N_("Collection"), self.base),
                (N_("Language model"), self.model),
                (N_("Questions to begin with"), self.starters),
            ]
        )
        actions = QWidget()
        flow = FlowLayout(actions, GRID)
        for button in (
            self.use_button,
            self.save_button,
            self.share_button,
            self.remove_button,
            self.close_button,
        ):
            flow.addWidget(button)
        right = QVBoxLayout()
        right.setSpacing(GRID)
        right.addLayout(form)
        right.addWidget(self.hint)
        right.addStretch(1)
        right.addWidget(actions)
        both = QHBoxLayout()
        both.setSpacing(GRID * 2)
        both.addLayout(left, 2)
        both.addLayout(right, 5)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 3] * 4)
        column.setSpacing(GRID * 2)
        column.addWidget(label(self.windowTitle(), "heading"))
        column.addLayout(both)

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(self._on_current)
        self.new_button.clicked.connect(lambda: self.show_one(_NEW))
        self.import_button.clicked.connect(self._choose_import)
        self.use_button.clicked.connect(self._on_use)
        self.save_button.clicked.connect(self.save)
        self.share_button.clicked.connect(self._choose_share)
        self.remove_button.clicked.connect(self._on_remove)
        self.close_button.clicked.connect(self.reject)
        self.name.textChanged.connect(lambda _text: self._look())

    # -- showing ---------------------------------------------------------------------

    def _show_all(
        self,
        assistants: list[Assistant],
        bases: list[str],
        models: list[tuple[str, str]],
    ) -> None:
        as_chosen = translate(N_("as chosen in the question line"))
        self.base.offer([("", as_chosen), *((name, name) for name in bases)])
        self.model.offer([("", as_chosen), *models])
        self._show_list(assistants)

    def _show_list(self, assistants: list[Assistant], wanted: str = "") -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for one in assistants:
            item = QListWidgetItem(one.name)
            item.setData(_ONE, one)
            self.list.addItem(item)
        self.list.blockSignals(False)
        ids = [one.id for one in assistants]
        self.list.setCurrentRow(ids.index(wanted) if wanted in ids else 0)

    def _on_current(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.show_one(item.data(_ONE))

    def show_one(self, assistant: Assistant) -> None:
        """Show one to be changed; a new one is empty."""
        self._shown = assistant
        self.name.setText(assistant.name)
        self.about.setText(assistant.about)
        self.about.setCursorPosition(0)
        self.instruction.setPlainText(assistant.instruction)
        self.level.show_value(assistant.level)
        self.base.show_value(assistant.base)
        self.model.show_value(assistant.model)
        self.starters.setPlainText("\n".join(assistant.starters))
        self._look()

    def _look(self) -> None:
        named = bool(self.name.text().strip())
        own = bool(self._shown.id) and not self._shown.built_in
        for button in (self.use_button, self.save_button, self.share_button):
            button.setEnabled(named)
        self.remove_button.setEnabled(own)
        text = N_("It words answers otherwise; your documents stay the only source.")
        if self._shown.built_in:
            text = N_("It comes with Allmende. What you save becomes one of your own.")
        self.hint.setText(translate(text))

    @property
    def assistant(self) -> Assistant:
        """The assistant as it stands there now."""
        return replace(
            self._shown,
            name=self.name.text().strip(),
            about=self.about.text().strip(),
            instruction=self.instruction.text.strip(),
            level=str(self.level.currentData() or ""),
            base=str(self.base.currentData() or ""),
            model=str(self.model.currentData() or ""),
            starters=tuple(
                filter(None, map(str.strip, self.starters.text.split("\n")))
            ),
        )

    # -- doing -----------------------------------------------------------------------

    def _on_use(self) -> None:
        self.chosen.emit(self.assistant)
        self.accept()

    def save(self) -> None:
        """Keep what stands there; of a built-in one an own copy."""
        try:
            kept = self._store.keep(self.assistant)
        except AppError as error:
            self._context.messages.failure(error)
            return
        self._show_list(self._store.all(language()), kept.id)

    def _on_remove(self) -> None:
        try:
            self._store.remove(self._shown)
        except AppError as error:
            self._context.messages.failure(error)
            return
        self._show_list(self._store.all(language()))

    def _choose_share(self) -> None:
        try:
            self._context.services.settings.need("exports")
        except AppError as error:
            self._context.messages.failure(error)
            return
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            translate(N_("Share the assistant")),
            str(Path.home() / f"{self._shown.id or 'assistant'}{ENDING}"),
            f"{translate(N_('Assistant'))} (*{ENDING})",
        )
        if chosen:
            self.share(Path(chosen))

    def share(self, path: Path) -> None:
        """Write the assistant to one file."""
        try:
            write_atomically(path, to_file(self.assistant))
        except AppError as error:
            self._context.messages.failure(error)
            return
        text = N_("It was written to {file}.")
        self._context.messages.info(translate(text, file=path.name))

    def _choose_import(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self,
            translate(N_("Which assistant shall be taken over?")),
            filter=f"{translate(N_('Assistant'))} (*{ENDING});;(*)",
        )
        if chosen:
            self.take_over(Path(chosen))

    def take_over(self, path: Path) -> None:
        """Take over a shared assistant, if its file is what was shared."""
        try:
            kept = self._store.bring(path)
        except AppError as error:
            self._context.messages.failure(error)
            return
        self._show_list(self._store.all(language()), kept.id)
