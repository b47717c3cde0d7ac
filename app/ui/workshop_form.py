"""The form of a task, made from its data: what it works on, and its fields."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from app.i18n import LANGUAGES, N_, language, translate
from app.ui.flow import FlowLayout
from app.ui.library import Library
from app.ui.model_wording import language_name
from app.ui.option_editors import ChoiceEditor
from app.ui.scrolling import WIDEST_PAGE, page_column
from app.ui.theme import GRID
from app.ui.widgets import label, text_button
from app.ui.workshop_material import MaterialChooser
from app.ui.workshop_parts import CountBox, TextBox
from app.ui.workshop_wording import kind_text, task_title
from app.values.cards import ModelCard
from app.values.quiz import KINDS
from app.values.works import Work
from app.workshop.speaking import is_tiny
from app.workshop.tasks import Field, Task

Read = Callable[[], str]
_NAME_LETTERS = 22


class TaskForm(QWidget):
    """One task's form. `started` carries a Work to be made, `left` goes back."""

    started = Signal(object)
    left = Signal()
    documents_wanted = Signal()

    def __init__(self, task: Task, library: Library, base: str) -> None:
        super().__init__()
        self.task = task
        self._read: dict[str, Read] = {}
        self._card: ModelCard | None = None
        self.material = MaterialChooser(library, task, base)
        self.material.documents_wanted.connect(self.documents_wanted)
        self.language = _language_choice()
        self.start_button = text_button(translate(N_("Make it")), "primary", "play")
        self.back_button = text_button(translate(N_("All tasks")), "quiet", "previous")
        self.why_not = label("", "small")
        self.speaker_line = label("", "small")
        self._lay_out()
        self.start_button.clicked.connect(self._on_start)
        self.back_button.clicked.connect(self.left)
        self.material.changed.connect(self._look)
        self.language.currentIndexChanged.connect(self._look_at_language)
        self._look()

    def show_speaker(self, card: ModelCard | None) -> None:
        """Say which model will write, or why none will."""
        self._card = card
        self.speaker_line.setText(self._speaker_text())

    def _speaker_text(self) -> str:
        if self._card is None:
            return translate(
                N_(
                    "No language model is in use: what is possible without one is made"
                    " from the text itself."
                )
            )
        # Of documents nobody has read yet, the window's language is the likeliest.
        wanted = str(self.language.currentData()) or language()
        silent = ""
        if is_tiny(self._card):
            silent = N_(
                "{title} is too small to write: what is possible without a language"
                " model is made from the text itself."
            )
        elif wanted not in self._card.languages:
            silent = N_(
                "{title} does not write in the language of the result: what is possible"
                " without a language model is made from the text itself."
            )
        return translate(
            silent or N_("{title} writes; every result is checked."),
            title=self._card.title,
        )

    def fill_in(self, work: Work) -> None:
        """Show what was filled in for a piece of work."""
        self.material.show_material(work.material)
        for name, value in work.values.items():
            if name in self._fill:
                self._fill[name](value)

    def focus(self) -> None:
        """Give the keyboard to the first thing to choose."""
        self.material.focus()

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        title = task_title(self.task)
        column = page_column(self, title)
        back = QHBoxLayout()
        back.addWidget(self.back_button)
        back.addStretch(1)
        column.addLayout(back)
        column.addWidget(label(title, "title"))
        about = self.task.said(self.task.description, language())
        column.addWidget(label(about))
        column.addWidget(label(translate(N_("What shall it be made from?")), "heading"))
        column.addWidget(self.material)
        column.addSpacing(GRID)
        column.addWidget(label(translate(N_("How shall it be?")), "heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID * 2)
        grid.setVerticalSpacing(GRID * 2)
        grid.setColumnStretch(1, 1)
        self._fill: dict[str, Callable[[str], None]] = {}
        for row, field in enumerate(self.task.fields):
            self._add_field(grid, row, field)
        self._add_row(
            grid,
            len(self.task.fields),
            translate(N_("Language of the result")),
            self.language,
        )
        # Where all editors are narrow, the names stay at the left all the same.
        wide = QSpacerItem(0, 0, QSizePolicy.Policy.Expanding)
        grid.addItem(wide, grid.rowCount(), 1)
        column.addLayout(grid)
        column.addWidget(self.speaker_line)
        column.addStretch(1)
        self._lay_out_foot()

    def _lay_out_foot(self) -> None:
        """Lay out what begins the work: always in sight, however long the form is."""
        foot = QFrame()
        foot.setObjectName("WorkFoot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(GRID * 3, GRID, GRID * 3, GRID)
        inner = QWidget()
        inner.setMaximumWidth(WIDEST_PAGE - 6 * GRID)
        line = QHBoxLayout(inner)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GRID * 2)
        line.addWidget(self.start_button)
        line.addWidget(self.why_not, 1)
        row.addStretch(1)
        row.addWidget(inner, 100)
        row.addStretch(1)
        whole = self.layout()
        assert whole is not None
        whole.addWidget(foot)

    def _add_field(self, grid: QGridLayout, row: int, field: Field) -> None:
        name = self.task.said(field.label, language())
        editor = self._editor(field, name)
        self._fill[field.name](field.default)
        help_ = self.task.said(field.help, language()) if field.help else ""
        self._add_row(grid, row, name, editor, help_)

    def _add_row(
        self, grid: QGridLayout, row: int, name: str, editor: QWidget, help_: str = ""
    ) -> None:
        words = label(name)
        words.setBuddy(editor)
        words.setFixedWidth(words.fontMetrics().averageCharWidth() * _NAME_LETTERS)
        cell = QVBoxLayout()
        cell.setSpacing(2)
        cell.addWidget(editor)
        if help_:
            cell.addWidget(label(help_, "small"))
            editor.setAccessibleDescription(help_)
        grid.addWidget(words, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(cell, row, 1)

    def _editor(self, field: Field, name: str) -> QWidget:
        if field.kind == "number":
            return self._number(field, name)
        if field.kind == "long":
            box = TextBox("", name, least=3)
            self._remember(field, lambda: box.text, box.setPlainText)
            return box
        if field.kind == "choice":
            return self._choice(field, name)
        if field.kind in ("choices", "kinds"):
            return self._choices(field, name)
        line = QLineEdit()
        line.setAccessibleName(name)
        self._remember(field, line.text, line.setText)
        return line

    def _remember(self, field: Field, read: Read, fill: Callable[[str], None]) -> None:
        self._read[field.name] = read
        self._fill[field.name] = fill

    def _number(self, field: Field, name: str) -> QWidget:
        box = CountBox(field.most)
        box.setAccessibleName(name)
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._remember(
            field,
            lambda: str(box.value()),
            lambda text: box.setValue(int(text) if text.isdigit() else 1),
        )
        return box

    def _choice(self, field: Field, name: str) -> QWidget:
        said = self.task.said
        box = ChoiceEditor(
            [(choice.value, said(choice.label, language())) for choice in field.choices]
        )
        box.setAccessibleName(name)
        box.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._remember(field, lambda: str(box.currentData()), box.show_value)
        return box

    def _choices(self, field: Field, name: str) -> QWidget:
        titles = {kind: kind_text(kind) for kind in KINDS}
        if field.kind == "choices":
            said = self.task.said
            titles = {c.value: said(c.label, language()) for c in field.choices}
        holder = QWidget()
        holder.setAccessibleName(name)
        flow = FlowLayout(holder, GRID)
        boxes: dict[str, QCheckBox] = {}
        for value, title in titles.items():
            boxes[value] = QCheckBox(title)
            boxes[value].toggled.connect(lambda _on: self._look())
            flow.addWidget(boxes[value])

        def fill(text: str) -> None:
            chosen = {part.strip() for part in text.split(",")}
            for value, box in boxes.items():
                box.setChecked(value in chosen)

        def read() -> str:
            return ",".join(value for value, box in boxes.items() if box.isChecked())

        self._remember(field, read, fill)
        return holder

    # -- starting --------------------------------------------------------------------

    @property
    def values(self) -> dict[str, str]:
        """What is filled in now."""
        return {name: read() for name, read in self._read.items()}

    def _look(self) -> None:
        """Tell whether it can begin, and what is missing."""
        missing = self.material.missing
        some = {f.name for f in self.task.fields if f.kind in ("choices", "kinds")}
        if not missing and any(
            name in some and not value for name, value in self.values.items()
        ):
            missing = translate(N_("Choose at least one type."))
        self.why_not.setText(missing)
        self.start_button.setEnabled(not missing)
        self.start_button.setAccessibleDescription(missing)

    def _look_at_language(self) -> None:
        if self.speaker_line.text():
            self.show_speaker(self._card)

    def _on_start(self) -> None:
        work = Work(
            self.task.id,
            title=self._title(),
            language=str(self.language.currentData()),
            material=self.material.material,
            values=self.values,
        )
        self.started.emit(work)

    def _title(self) -> str:
        name = self.material.title
        own = task_title(self.task)
        return f"{own}: {name}" if name else own


def _language_choice() -> QComboBox:
    box = ChoiceEditor(
        [("", translate(N_("as the documents"))), *_languages()],
    )
    box.setAccessibleName(translate(N_("Language of the result")))
    box.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return box


def _languages() -> list[tuple[str, str]]:
    return [(code, language_name(code)) for code in LANGUAGES]
