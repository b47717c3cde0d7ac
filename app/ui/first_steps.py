"""The first steps: five questions, calm and in the window; each can be skipped.

One sentence a page, so that within two minutes somebody who reads nothing has an
answer. What is chosen works at once; there is nothing to confirm in the end.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, language, translate, use_language
from app.ui.context import Context
from app.ui.first_steps_model import ModelPage
from app.ui.first_steps_pages import (
    CollectionPage,
    LanguagePage,
    QuestionPage,
    RolePage,
    keep,
)
from app.ui.first_steps_parts import StepPage
from app.ui.library import Library
from app.ui.message_bar import MessageBar, announce
from app.ui.messages import Message
from app.ui.regional import direction
from app.ui.tab_order import takes_tab
from app.ui.theme import GRID, text_factor
from app.ui.widgets import label, text_button

_WIDEST = 640


class FirstSteps(QWidget):
    """Leads a newcomer to a first answer.

    `finished` tells that the window may go on; `question_wanted` carries a question and
    the collection to ask (then `finished` is not told); `language_changed` a code.
    """

    finished = Signal()
    question_wanted = Signal(str, str)
    language_changed = Signal(str)

    def __init__(
        self, context: Context, library: Library, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("FirstSteps")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._context = context
        self._library = library
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self._body: QWidget | None = None
        self._build()
        context.messages.said.connect(self._say)

    @property
    def step(self) -> int:
        """The number of the page that is shown, from 0."""
        return self.stack.currentIndex()

    @property
    def page(self) -> StepPage:
        """The page that is shown."""
        return self.pages[self.step]

    def go_to(self, step: int) -> None:
        """Show a page."""
        if self.pages[step] is self.questions:
            base = self.collection.base
            self.questions.show_for(
                base, bool(base) and base == self.collection.samples_in
            )
        self.stack.setCurrentIndex(step)
        self._show_place()
        focus = self.page.first_focus() or self.next_button
        focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def next(self) -> None:
        """Go to the next page, or finish."""
        if self.step + 1 < len(self.pages):
            self.go_to(self.step + 1)
        else:
            self.finish()

    def back(self) -> None:
        """Go to the page before."""
        if self.step:
            self.go_to(self.step - 1)

    def finish(self) -> None:
        """Remember that this was shown, and let the window go on."""
        keep(self._context, "welcomed", True)
        self.finished.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin where it was left, with the focus on the answer."""
        super().showEvent(event)
        self.go_to(self.step)

    # -- building --------------------------------------------------------------------

    def _build(self) -> None:
        """Build everything in the language that is spoken now."""
        if self._body is not None:
            self.column.removeWidget(self._body)
            self._body.deleteLater()
        settings = self._context.services.settings
        self.languages = LanguagePage(settings)
        self.roles = RolePage(settings)
        self.models = ModelPage(self._context)
        self.collection = CollectionPage(self._context, self._library)
        self.questions = QuestionPage(settings, self._library)
        self.pages: list[StepPage] = [
            self.languages,
            self.roles,
            self.models,
            self.collection,
            self.questions,
        ]
        self.stack = QStackedWidget()
        for page in self.pages:
            page.answered.connect(self._on_answered)
            page.entered.connect(self.next)
            self.stack.addWidget(_framed(page))
        self._body = self._lay_out()
        self._body.setLayoutDirection(direction())
        self.column.addWidget(self._body)
        self.languages.chosen.connect(self._choose_language)
        self.roles.chosen.connect(lambda value: keep(self._context, "role", value))
        self.models.chosen.connect(lambda value: keep(self._context, "model", value))
        self.questions.wanted.connect(self._ask)
        self.models.load()
        self._show_place()

    def _lay_out(self) -> QWidget:
        self.place = label("", "small", wraps=False)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, len(self.pages))
        self.message_bar = MessageBar()
        self.back_button = text_button(translate(N_("Back")), "quiet", "previous")
        self.back_button.clicked.connect(self.back)
        self.skip_all_button = text_button(translate(N_("Skip all")), "quiet")
        self.skip_all_button.clicked.connect(self.finish)
        self.skip_button = text_button(translate(N_("Skip")))
        self.skip_button.clicked.connect(self.next)
        self.next_button = text_button(translate(N_("Next")), "primary")
        self.next_button.clicked.connect(self.next)
        top = QHBoxLayout()
        top.setSpacing(GRID * 2)
        top.addWidget(self.bar, 1)
        top.addWidget(self.place)
        bottom = QHBoxLayout()
        bottom.setSpacing(GRID)
        bottom.addWidget(self.back_button)
        bottom.addStretch(1)
        for button in (self.skip_all_button, self.skip_button, self.next_button):
            bottom.addWidget(button)
        middle = QWidget()
        middle.setMaximumWidth(round(_WIDEST * text_factor()))
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, GRID * 4, 0, GRID * 3)
        column.setSpacing(GRID * 2)
        column.addLayout(top)
        column.addWidget(self.message_bar)
        column.addWidget(self.stack, 1)
        column.addLayout(bottom)
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(GRID * 3, 0, GRID * 3, 0)
        row.addStretch(1)
        row.addWidget(middle, 100)
        row.addStretch(1)
        return body

    def _show_place(self) -> None:
        number, total = self.step + 1, len(self.pages)
        text = translate(N_("{number} of {total}"), number=number, total=total)
        if text != self.place.text() and self.isVisible():
            announce(self, f"{text}. {self.page.title.text()}")
        self.place.setText(text)
        self.bar.setValue(number)
        self.bar.setAccessibleName(text)
        last = number == total
        answered = self.page.is_answered or last
        self.back_button.setEnabled(number > 1)
        self.skip_button.setVisible(not answered)
        self.skip_all_button.setVisible(not last)
        self.next_button.setVisible(answered)
        self.next_button.setText(translate(N_("Finish") if last else N_("Next")))

    # -- acting ----------------------------------------------------------------------

    def _on_answered(self) -> None:
        """Offer to go on; also to the keyboard, where the answer cannot be given again."""
        self._show_place()
        focus: QWidget | None = self.window().focusWidget()
        if focus is not None and self.isAncestorOf(focus) and not takes_tab(focus):
            self.next_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose_language(self, code: str) -> None:
        if code == language() or not keep(self._context, "language", code):
            return
        use_language(code)
        self._build()
        self.go_to(0)
        self.language_changed.emit(code)

    def _ask(self, question: str) -> None:
        keep(self._context, "welcomed", True)
        self.question_wanted.emit(question, self.questions.base)

    def _say(self, message: Message) -> None:
        if self.isVisible():
            self.message_bar.show_message(message)


def _framed(page: StepPage) -> QScrollArea:
    """Return a page that scrolls where the window is small or the text large."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setAccessibleName(page.title.text())
    page.setObjectName("StepPage")
    area.setWidget(page)
    return area
