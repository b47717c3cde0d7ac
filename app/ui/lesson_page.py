"""Beginning a lesson or an exam: here, or on many computers through a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.classroom.codes import new_code
from app.classroom.lesson import (
    ENDING,
    MOST_MINUTES,
    locked_with,
    read_lesson,
    to_file,
)
from app.errors import AppError
from app.files import write_atomically
from app.i18n import N_, language, translate
from app.ui.context import Context
from app.ui.lesson_wording import NO_MODEL
from app.ui.option_editors import ChoiceEditor
from app.ui.theme import GRID
from app.ui.widgets import (
    fit_to_words,
    label,
    named_form,
    selectable_label,
    text_button,
)
from app.ui.workshop_parts import CountBox
from app.values.bases import Base
from app.values.cards import InstalledModel
from app.values.classroom import EXAM, LESSON, Lesson
from app.workbench import all_tasks, begin_lesson

_ABOUT = N_(
    "While a lesson runs, Allmende shows only what you choose here: one collection, and"
    " the tasks you allow. It ends by itself, or with your code. No conversations are"
    " kept; a process log, if you want one, is handed in by the pupils themselves."
    " Nothing is graded and nobody is watched."
)
_FAIR = N_(
    "On a computer that pupils can change as they like, a code holds back the curious, not"
    " the determined. For an exam, let your administrators prescribe the lesson (policy"
    " “lesson_file”)."
)
_ID = int(Qt.ItemDataRole.UserRole)
_LIST_HEIGHT = 132


class LessonPage(QWidget):
    """A form. `begun` tells that a lesson runs now."""

    begun = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.kind = ChoiceEditor(
            [(LESSON, translate(N_("Lesson"))), (EXAM, translate(N_("Exam")))]
        )
        self.kind.show_value(LESSON)
        self.name = QLineEdit()
        self.name.setMaxLength(120)
        self.name.setPlaceholderText(translate(N_("Such as: Biology 7b, cells")))
        self.base = ChoiceEditor()
        self.model = ChoiceEditor()
        self.minutes = CountBox(MOST_MINUTES)
        self.minutes.setValue(45)
        self.minutes.setSuffix(f" {translate(N_('minutes'))}")
        self.asks = QCheckBox(translate(N_("Questions to the collection")))
        self.asks.setChecked(True)
        self.sources_only = QCheckBox(
            translate(N_("Only places of the documents, no language model"))
        )
        self.kept = QCheckBox(translate(N_("Keep a process log to be handed in")))
        self.kept.setChecked(True)
        self.tasks = _task_list()
        self.begin_button = text_button(translate(N_("Begin here …")), "primary")
        self.write_button = text_button(
            translate(N_("Write a lesson file …")), glyph="export"
        )
        self.open_button = text_button(
            translate(N_("Open a lesson file …")), glyph="import"
        )
        self._lay_out()
        self._connect()

    def refresh(self) -> None:
        """Offer the collections and models there are now."""
        services = self._context.services

        def find() -> tuple[list[Base], list[InstalledModel]]:
            return services.knowledge.bases(), services.models.installed()

        self._context.background.run(find, lambda found: self._offer(*found))

    @property
    def lesson(self) -> Lesson:
        """What is filled in, without a code."""
        rows = [self.tasks.item(n) for n in range(self.tasks.count())]
        chosen = [r for r in rows if r.checkState() == Qt.CheckState.Checked]
        return Lesson(
            id="",
            name=self.name.text(),
            base=str(self.base.currentData() or ""),
            kind=str(self.kind.currentData()),
            model=str(self.model.currentData() or ""),
            asks=self.asks.isChecked(),
            tasks=tuple(str(row.data(_ID)) for row in chosen),
            sources_only=self.sources_only.isChecked(),
            minutes=self.minutes.value(),
            kept=self.kept.isChecked(),
        )

    def begin(self) -> CodeNote | None:
        """Show the code, then begin; None where it cannot, or something is missing."""
        try:
            self._context.services.room.need_place()
        except AppError as error:
            self._context.messages.failure(error)
            return None
        return self._with_code(self._begin)

    def write(self, path: Path) -> CodeNote | None:
        """Write a lesson file once its code was noted."""

        def keep(lesson: Lesson) -> None:
            write_atomically(path, to_file(lesson))
            text = translate(N_("Written: {file}"), file=path.name)
            self._context.messages.info(text)

        return self._with_code(keep)

    def open_file(self, path: Path) -> None:
        """Begin the lesson of a file."""
        try:
            self._begin(read_lesson(path))
        except AppError as error:
            self._context.messages.failure(error)

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(label(translate(N_("Lesson and exam")), "heading"))
        column.addWidget(label(translate(_ABOUT)))
        form = named_form(
            [
                (N_("Kind"), self.kind),
                (N_("Name"), self.name),
                (N_("Collection"), self.base),
                (N_("Language model"), self.model),
                (N_("Time"), self.minutes),
            ]
        )
        column.addLayout(form)
        for box in (self.asks, self.sources_only, self.kept):
            column.addWidget(box)
        column.addWidget(label(translate(N_("Allowed tasks of the workshop"))))
        column.addWidget(self.tasks)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        for button in (self.begin_button, self.write_button, self.open_button):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(label(translate(_FAIR), "small"))
        column.addStretch(1)

    def _connect(self) -> None:
        self.kind.activated.connect(lambda _row: self._look())
        self.begin_button.clicked.connect(self.begin)
        self.write_button.clicked.connect(self._choose_target)
        self.open_button.clicked.connect(self._choose_file)
        self._look()

    def _look(self) -> None:
        exam = self.kind.currentData() == EXAM
        if exam:
            self.kept.setChecked(True)
        self.kept.setEnabled(not exam)
        allowed = self._context.services.settings.flag("lessons")
        for button in (self.begin_button, self.open_button):
            button.setEnabled(allowed)

    def _offer(self, bases: list[Base], models: list[InstalledModel]) -> None:
        named = [(base.name, base.name) for base in bases if not base.automatic]
        chosen = self.base.currentData() or self._context.services.settings.text("base")
        self.base.offer(named)
        known = [name for name, _ in named]
        if known:
            self.base.show_value(chosen if chosen in known else known[0])
        choices = [("", translate(N_("As this computer chooses")))]
        choices += [(m.card.id, m.card.title) for m in models if m.card.kind == "chat"]
        choices.append((NO_MODEL, translate(N_("Without a language model"))))
        self.model.offer(choices)

    # -- acting ----------------------------------------------------------------------

    def _with_code(self, go: Callable[[Lesson], None]) -> CodeNote | None:
        code = new_code()
        try:
            lesson = locked_with(self.lesson, code)
        except AppError as error:
            self._context.messages.failure(error)
            return None
        note = CodeNote(code, self)
        note.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        note.accepted.connect(lambda: self._try(go, lesson))
        note.open()
        return note

    def _try(self, go: Callable[[Lesson], None], lesson: Lesson) -> None:
        try:
            go(lesson)
        except AppError as error:
            self._context.messages.failure(error)

    def _begin(self, lesson: Lesson) -> None:
        services = self._context.services
        self._context.background.run(
            lambda: begin_lesson(services, lesson), lambda _done: self.begun.emit()
        )

    def _choose_target(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            translate(N_("Where shall the lesson file be written?")),
            f"{self.name.text() or 'allmende'}{ENDING}",
            f"*{ENDING}",
        )
        if chosen:
            self.write(Path(chosen))

    def _choose_file(self) -> None:
        title = translate(N_("Which lesson shall begin?"))
        chosen, _ = QFileDialog.getOpenFileName(self, title, filter=f"*{ENDING}")
        if chosen:
            self.open_file(Path(chosen))


class CodeNote(QDialog):
    """Shows the code once, before anything begins."""

    def __init__(self, code: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate(N_("The code of the lesson")))
        fit_to_words(self, 440)
        self.code = selectable_label(code, "title")
        self.code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.go = text_button(translate(N_("I have noted it")), "primary")
        self.go.clicked.connect(self.accept)
        cancel = text_button(translate(N_("Cancel")))
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 3] * 4)
        column.setSpacing(GRID * 2)
        column.addWidget(label(self.windowTitle(), "heading"))
        column.addWidget(self.code)
        text = N_("It ends the lesson early. It is shown only now and kept nowhere.")
        column.addWidget(label(translate(text)))
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.go)
        column.addLayout(foot)


def _task_list() -> QListWidget:
    result = QListWidget()
    result.setAccessibleName(translate(N_("Allowed tasks of the workshop")))
    result.setObjectName("WorkDocuments")
    result.setFixedHeight(_LIST_HEIGHT)
    result.setSpacing(2)
    for task in all_tasks():
        item = QListWidgetItem(task.said(task.title, language()))
        item.setData(_ID, task.id)
        item.setCheckState(Qt.CheckState.Unchecked)
        result.addItem(item)
    return result
