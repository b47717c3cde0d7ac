"""One lesson, a step at a time: read, try out, answer and see why."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.literacy.lessons import QUESTION, TRY, Lesson, Step
from app.ui.answer_view import AnswerView
from app.ui.message_bar import announce
from app.ui.theme import GRID
from app.ui.widgets import label, selectable_label, text_button

# What the button of a step that is tried out says; places without one need no program.
TRY_TITLES = {
    "tokens": N_("Try it with tokens"),
    "chat": N_("Try it in a conversation"),
    "documents": N_("Open the documents"),
    "search": N_("Try it with the search"),
    "bias": N_("Open the test for bias"),
    "models": N_("Open the models"),
    "energy": N_("Open the energy meter"),
    "network": N_("Open the record of connections"),
}


class LessonPage(QWidget):
    """Shows a lesson. `left` asks for the list, `export_wanted` for the menu to hand on.

    `try_wanted` carries a place and what one may enter there.
    """

    left = Signal()
    export_wanted = Signal()
    try_wanted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lesson: Lesson | None = None
        self.place = 0
        self.list_button = text_button(
            translate(N_("All lessons")), "quiet", "previous"
        )
        self.export_button = text_button(translate(N_("Hand on …")), glyph="export")
        self.title, self.progress = label("", "title"), label("", "small")
        self.heading = label("", "heading")
        self.text = AnswerView()
        self.text.setAccessibleName(translate(N_("Text of the step")))
        self.try_button = text_button("", "primary")
        self.choices = QWidget()
        self._choices = QVBoxLayout(self.choices)
        self._choices.setContentsMargins(0, 0, 0, 0)
        self.choice_buttons: list[QPushButton] = []
        self.verdict = selectable_label()
        self.back = text_button(translate(N_("Back")))
        self.go_on = text_button(translate(N_("Next")), "primary")
        self._lay_out()
        self._connect()

    def show_lesson(self, lesson: Lesson) -> None:
        """Begin a lesson."""
        self.lesson = lesson
        self.title.setText(lesson.title)
        self.show_step(0)
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_step(self, place: int) -> None:
        """Show a step."""
        assert self.lesson is not None
        self.place = place
        step = self.lesson.steps[place]
        count = len(self.lesson.steps)
        self.progress.setText(
            translate(N_("Step {place} of {count}"), place=place + 1, count=count)
        )
        self.heading.setText(step.title)
        self.text.show_text(step.text)
        self._show_try(step)
        self._show_choices(step)
        self.back.setEnabled(place > 0)
        last = place + 1 == count
        self.go_on.setText(translate(N_("Finish") if last else N_("Next")))

    def haven(self) -> QWidget:
        """Return the text of the step."""
        return self.text

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.list_button)
        head.addStretch(1)
        head.addWidget(self.export_button)
        frame = QFrame()
        frame.setObjectName("OptionCard")
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(GRID * 3, GRID * 2, GRID * 3, GRID * 3)
        inner.setSpacing(GRID * 2)
        for part in (self.heading, self.text, self.choices, self.verdict):
            inner.addWidget(part)
        inner.addWidget(self.try_button, 0, Qt.AlignmentFlag.AlignLeading)
        foot = QHBoxLayout()
        foot.addWidget(self.back)
        foot.addStretch(1)
        foot.addWidget(self.go_on)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID * 2)
        column.addLayout(head)
        column.addWidget(self.title)
        column.addWidget(self.progress)
        column.addWidget(frame)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.list_button.clicked.connect(self.left)
        self.export_button.clicked.connect(self.export_wanted)
        self.try_button.clicked.connect(self._on_try)
        self.back.clicked.connect(lambda: self.show_step(self.place - 1))
        self.go_on.clicked.connect(self._on_next)

    def _show_try(self, step: Step) -> None:
        title = TRY_TITLES.get(step.place, "") if step.type == TRY else ""
        self.try_button.setText(translate(title) if title else "")
        self.try_button.setVisible(bool(title))

    def _show_choices(self, step: Step) -> None:
        for button in self.choice_buttons:
            self._choices.removeWidget(button)
            button.deleteLater()
        self.choice_buttons = []
        self.verdict.hide()
        self.choices.setVisible(step.type == QUESTION)
        for place, choice in enumerate(step.choices):
            button = text_button(choice, "toggle")
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.clicked.connect(lambda _on, n=place: self._answer(n))
            self._choices.addWidget(button)
            self.choice_buttons.append(button)

    # -- acting ----------------------------------------------------------------------

    def _on_try(self) -> None:
        assert self.lesson is not None
        step = self.lesson.steps[self.place]
        self.try_wanted.emit(step.place, step.prompt)

    def _on_next(self) -> None:
        assert self.lesson is not None
        if self.place + 1 < len(self.lesson.steps):
            self.show_step(self.place + 1)
        else:
            self.left.emit()

    def _answer(self, place: int) -> None:
        """Say whether a choice is right, and why; one may choose again."""
        assert self.lesson is not None
        step = self.lesson.steps[self.place]
        right = place == step.correct
        word = translate(N_("Right.") if right else N_("Not quite."))
        self.verdict.setText(f"{word} {step.explanation}" if right else word)
        self.verdict.show()
        announce(self.verdict, self.verdict.text())
