"""The page "Workshop": gallery → form → what was made.

It only says which of the three is shown; the work itself belongs to the `WorkDesk`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.exporters.quiz.reading import READERS, read_quiz
from app.i18n import N_, language, translate
from app.ui.chat_book import ChatBook
from app.ui.commands import Command
from app.ui.context import Context
from app.ui.dialogs import careful_question
from app.ui.library import Library
from app.ui.workshop_desk import WorkDesk
from app.ui.workshop_editor import WorkEditor
from app.ui.workshop_export import (
    ExportDialog,
    ask_path,
    need_exports,
    write_work,
)
from app.ui.workshop_form import TaskForm
from app.ui.workshop_gallery import Gallery
from app.values.cards import ModelCard
from app.values.quiz import ImportedQuiz
from app.values.works import Work, WorkInfo
from app.workbench import all_tasks, task_of
from app.workshop.tasks import Task

_GROUP = N_("Workshop")


class WorkshopPage(QWidget):
    """`documents_wanted` asks for the page on which documents are added."""

    documents_wanted = Signal()

    def __init__(
        self,
        context: Context,
        library: Library,
        book: ChatBook,
        base: str,
        only: Sequence[str] = (),
    ) -> None:
        """Offer all tasks, or in a lesson `only` those; files are not read then."""
        super().__init__()
        self.setObjectName("WorkshopPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._context = context
        self._library = library
        self._base = base
        self.desk = WorkDesk(context, book, self)
        role = context.services.settings.text("role")
        tasks = [task for task in all_tasks() if not only or task.id in only]
        self.gallery = Gallery(tasks, "" if only else role)
        self.gallery.import_button.setVisible(not only)
        self._imports = not only
        self.editor = WorkEditor(context, self.desk)
        if only:
            self.editor.choose_picture = None
        self.forms: dict[str, TaskForm] = {}
        self.stack = QStackedWidget()
        self.stack.addWidget(self.gallery)
        self.stack.addWidget(self.editor)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.stack)
        self._connect()
        self._add_commands()

    def start(self) -> None:
        """Load the drafts."""
        self.desk.reload()

    # -- building --------------------------------------------------------------------

    def _connect(self) -> None:
        gallery, editor, desk = self.gallery, self.editor, self.desk
        gallery.chosen.connect(self.show_form)
        gallery.opened.connect(self._on_opened)
        gallery.removed.connect(self._ask_removal)
        gallery.import_wanted.connect(self.choose_import)
        editor.left.connect(self.show_gallery)
        editor.form_wanted.connect(self._on_form_wanted)
        editor.export_wanted.connect(self.ask_export)
        desk.listed.connect(gallery.show_drafts)
        desk.left.connect(self._on_left)

    def _add_commands(self) -> None:
        def open_() -> bool:
            return self._editing() and not self.desk.busy

        self._context.commands.add(
            Command("workshop.gallery", N_("All tasks"), _GROUP, self.show_gallery),
            Command(
                "workshop.undo",
                N_("Undo the last change"),
                _GROUP,
                self.desk.undo,
                enabled=lambda: self._editing() and self.desk.can_undo,
            ),
            Command(
                "workshop.redo",
                N_("Do the change again"),
                _GROUP,
                self.desk.redo,
                enabled=lambda: self._editing() and self.desk.can_redo,
            ),
            Command(
                "workshop.stop",
                N_("Stop making it"),
                _GROUP,
                self.desk.stop,
                enabled=lambda: self.desk.busy,
            ),
            Command(
                "workshop.export",
                N_("Write to a file …"),
                _GROUP,
                self.ask_export,
                enabled=open_,
            ),
            Command(
                "workshop.import",
                N_("Open questions of a file …"),
                _GROUP,
                self.choose_import,
                enabled=lambda: self._imports,
            ),
        )

    def _editing(self) -> bool:
        return self.isVisible() and self.stack.currentWidget() is self.editor

    # -- which is shown --------------------------------------------------------------

    def show_gallery(self) -> None:
        """Show the tasks; the open work stays a draft."""
        self.desk.leave()
        self.stack.setCurrentWidget(self.gallery)
        self.desk.reload()
        self.gallery.focus()

    def show_form(self, task: Task) -> TaskForm:
        """Show the form of a task, as it was left."""
        if task.id not in self.forms:
            form = TaskForm(task, self._library, self._base)
            form.started.connect(self.begin)
            form.left.connect(self.show_gallery)
            form.documents_wanted.connect(self.documents_wanted)
            self.forms[task.id] = form
            self.stack.addWidget(form)
        form = self.forms[task.id]
        self.stack.setCurrentWidget(form)
        self._look_for_speaker(form)
        form.focus()
        return form

    def _look_for_speaker(self, form: TaskForm) -> None:
        services = self._context.services

        def find() -> ModelCard | None:
            model = services.choice.model()
            return model.card if model is not None else None

        # A model that is missing or forbidden says so when it shall write.
        self._context.background.run(
            find, form.show_speaker, lambda _error: form.show_speaker(None)
        )

    def begin(self, work: Work) -> None:
        """Make a piece of work and show it while it comes."""
        self.desk.start(work)
        self.stack.setCurrentWidget(self.editor)
        self.editor.focus()

    def _on_opened(self, info: WorkInfo) -> None:
        self.desk.open(info)
        self.stack.setCurrentWidget(self.editor)
        self.editor.focus()

    def _on_form_wanted(self) -> None:
        work = self.desk.work
        if work is None:
            self.show_gallery()
            return
        self.desk.leave()
        self.show_form(task_of(work.task)).fill_in(work)

    def _on_left(self) -> None:
        self.editor.show_work()
        if self.stack.currentWidget() is self.editor:
            self.stack.setCurrentWidget(self.gallery)
        self.desk.reload()

    # -- drafts ----------------------------------------------------------------------

    def _ask_removal(self, info: WorkInfo) -> None:
        question = translate(N_("Delete “{title}”?"), title=info.title)
        more = N_("The draft is gone for good; files that were written stay.")
        box = careful_question(self, question, translate(more))
        delete = box.addButton(
            translate(N_("Delete")), QMessageBox.ButtonRole.DestructiveRole
        )
        delete.clicked.connect(lambda: self.desk.remove(info))
        box.open()

    # -- files -----------------------------------------------------------------------

    def ask_export(self) -> None:
        """Ask how and where to write the open work."""
        work = self.desk.work
        if work is None or not work.size or not need_exports(self._context):
            return
        dialog = ExportDialog(work, task_of(work.task), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(self._export)
        dialog.open()

    def _export(self, work: Work, ending: str) -> None:
        self.desk.change(work)
        path = ask_path(self, work, ending)
        if path is not None:
            write_work(self._context, work, path, lambda: None)

    def choose_import(self) -> None:
        """Ask for a file with questions and open it."""
        endings = " ".join(f"*.{ending}" for ending in READERS)
        chosen, _ = QFileDialog.getOpenFileName(
            self,
            translate(N_("Which questions shall be opened?")),
            filter=f"Moodle XML, GIFT, H5P ({endings})",
        )
        if chosen:
            self.import_file(Path(chosen))

    def import_file(self, path: Path) -> None:
        """Open the questions of a file as a new piece of work."""

        def show(read: ImportedQuiz) -> None:
            quiz = read.quiz
            work = Work(
                "quiz",
                title=quiz.title or path.stem,
                language=quiz.language or language(),
                items=quiz.items,
                licence=quiz.licence,
                author=quiz.author,
            )
            self.desk.take_over(work)
            self.stack.setCurrentWidget(self.editor)
            left = [
                translate(r.sentence, **{k: translate(v) for k, v in r.parameters})
                for r in read.remarks
            ]
            if left:
                self._context.messages.info(" ".join(left[:6]))

        self._context.background.run(lambda: read_quiz(path), show)
