"""The lessons: a list to choose from, and one lesson step by step.

Nothing counts, stores or compares what somebody chose: an answer is explained and gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.errors import AppError
from app.exporters.handout import write_handout
from app.exporters.quiz.formats import write_quiz
from app.exporters.quiz.wording import QuizWording, quiz_wording
from app.i18n import N_, language, translate, translate_into
from app.literacy.lesson_sheets import certificate, handout_of, quiz_of, teacher_sheet
from app.literacy.lessons import Lesson, read_lessons
from app.ui.context import Context
from app.ui.laboratory.lesson_page import LessonPage
from app.ui.theme import GRID
from app.ui.widgets import label, text_button
from app.values.handouts import Handout

_TO_PRINT = N_("PDF (*.pdf);;Web page to print (*.html)")


class LessonsView(QWidget):
    """All lessons. `try_wanted` carries a place and what one may enter there."""

    try_wanted = Signal(str, str)

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.lessons = read_lessons(language())
        self.cards: dict[str, QWidget] = {}
        self.begin_buttons: dict[str, QPushButton] = {}
        self.page = LessonPage()
        self.page.left.connect(self.show_list)
        self.page.try_wanted.connect(self.try_wanted)
        self.page.export_wanted.connect(self._open_menu)
        self._list = self._build_list()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._list)
        column.addWidget(self.page)
        column.addStretch(1)
        self.page.hide()

    @property
    def lesson(self) -> Lesson | None:
        """The lesson that is open."""
        return self.page.lesson if self.page.isVisibleTo(self) else None

    def open(self, lesson: Lesson) -> None:
        """Show a lesson from its beginning."""
        self._list.hide()
        self.page.show()
        self.page.show_lesson(lesson)

    def show_list(self) -> None:
        """Show the list again."""
        self.page.hide()
        self._list.show()
        if self.page.lesson is not None:
            button = self.begin_buttons[self.page.lesson.id]
            button.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- the list --------------------------------------------------------------------

    def _build_list(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID * 2)
        column.addWidget(label(translate(N_("Lessons")), "title"))
        column.addWidget(
            label(
                translate(
                    N_(
                        "Ten lessons on how this kind of artificial intelligence works, to"
                        " try out here. Nothing you answer is stored."
                    )
                )
            )
        )
        for lesson in self.lessons:
            card = self._card(lesson)
            self.cards[lesson.id] = card
            column.addWidget(card)
        self.certificate_button = text_button(
            translate(N_("Certificate to print …")), glyph="export"
        )
        self.certificate_button.clicked.connect(self._choose_certificate)
        row = QHBoxLayout()
        row.addWidget(self.certificate_button)
        row.addStretch(1)
        column.addLayout(row)
        return holder

    def _card(self, lesson: Lesson) -> QFrame:
        card = QFrame()
        card.setObjectName("OptionCard")
        row = QHBoxLayout(card)
        row.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID * 2)
        texts = QVBoxLayout()
        texts.setSpacing(4)
        title = f"{lesson.number}. {lesson.title}"
        texts.addWidget(label(title, "heading"))
        minutes = translate(N_("{minutes} minutes"), minutes=lesson.minutes)
        texts.addWidget(label(f"{minutes} · {' '.join(lesson.goals)}", "small"))
        row.addLayout(texts, 1)
        button = text_button(translate(N_("Begin")))
        button.setAccessibleName(translate(N_("Begin: {title}"), title=lesson.title))
        button.clicked.connect(lambda: self.open(lesson))
        self.begin_buttons[lesson.id] = button
        row.addWidget(button)
        return card

    # -- handing on ------------------------------------------------------------------

    def _open_menu(self) -> None:
        menu = QMenu(self)
        lesson = self.page.lesson
        assert lesson is not None
        entries: list[tuple[str, Callable[[], None]]] = [
            (N_("The lesson to print …"), lambda: self._choose(handout_of)),
            (N_("The sheet for teachers …"), lambda: self._choose(teacher_sheet)),
            (N_("The questions for a learning platform …"), self._choose_quiz),
        ]
        for title, action in entries:
            menu.addAction(translate(title), action)
        button = self.page.export_button
        menu.exec(button.mapToGlobal(button.rect().bottomLeft()))

    def _choose(self, build: Callable[..., Handout]) -> None:
        lesson = self.page.lesson
        assert lesson is not None
        handout = build(lesson, translate)
        self._ask_where(handout.title, lambda path: write_handout(path, handout))

    def _choose_certificate(self) -> None:
        handout = certificate(self.lessons, translate)
        self._ask_where(handout.title, lambda path: write_handout(path, handout))

    def _choose_quiz(self) -> None:
        lesson = self.page.lesson
        assert lesson is not None
        filters = translate(
            N_("H5P (*.h5p);;Moodle XML (*.xml);;OpenDocument (*.odt);;Word (*.docx)")
        )
        self._ask_where(
            lesson.title, lambda path: self._write_quiz(path, lesson), ".h5p", filters
        )

    def _write_quiz(self, path: Path, lesson: Lesson) -> None:
        write_quiz(path, quiz_of(lesson), lesson_wording(lesson.language))

    def _ask_where(
        self,
        title: str,
        write: Callable[[Path], None],
        ending: str = ".pdf",
        filters: str = "",
    ) -> None:
        name = "".join(c if c.isalnum() or c in " -" else " " for c in title)
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            translate(N_("Save as")),
            str(Path.home() / f"{' '.join(name.split())}{ending}"),
            filters or translate(_TO_PRINT),
        )
        if chosen:
            self.save(Path(chosen), write)

    def save(self, path: Path, write: Callable[[Path], None]) -> None:
        """Write a file and say so, or say why not."""
        try:
            self._context.services.settings.need("exports")
            write(path)
        except AppError as error:
            self._context.messages.failure(error)
            return
        self._context.messages.info(translate(N_("Written: {file}"), file=path.name))


def lesson_wording(code: str) -> QuizWording:
    """Return the sentences of a quiz that comes from a lesson and not from documents."""
    notice = translate_into(
        code,
        N_("From a lesson of Allmende. Use and change it freely and name the source."),
    )
    words = quiz_wording(partial(translate_into, code))
    return replace(words, notice=notice, notice_text=notice)
