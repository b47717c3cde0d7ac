"""The window while a lesson runs: what is allowed stands above, and nothing else is there.

It has no way to collections, settings or other conversations. Closing it does not end
the lesson: the next start shows it again. `freed` tells that the lesson was left.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.services import Services
from app.ui.chat_page import ChatPage
from app.ui.commands import Command
from app.ui.dialogs import careful_question
from app.ui.help_page import HelpDialog
from app.ui.lesson_dialogs import CodeDialog, HandInDialog
from app.ui.lesson_watch import LessonWatch
from app.ui.lesson_wording import allowed_text, log_text, time_left_text, title_text
from app.ui.message_bar import MessageRow, announce
from app.ui.theme import GRID
from app.ui.widgets import label, text_button
from app.ui.work_window import WorkWindow
from app.ui.workshop_page import WorkshopPage
from app.values.chats import Scope
from app.values.classroom import Running


class LessonWindow(WorkWindow):
    """Shows one lesson; closed, it goes on at the next start."""

    freed = Signal()

    def __init__(self, services: Services, running: Running) -> None:
        super().__init__(services)
        self.setWindowTitle("Allmende")
        self.running = running
        self.library.only = running.lesson.base
        self.chat = ChatPage(self.context, self.library, self.book)
        self.workshop = self._make_workshop()
        self.watch = LessonWatch(services, self.background, self)
        self._make_parts()
        self._lay_out()
        self._connect()
        self._show(running)

    def start(self) -> None:
        """Load the collection and the model in the background."""
        self.background.run(lambda: self._services.room.record("opened"))
        self.library.reload()
        self.chat.start()
        self.chat.show_scope(Scope(self.running.lesson.base))
        if self.workshop is not None:
            self.workshop.start()

    # -- building --------------------------------------------------------------------

    def _make_workshop(self) -> WorkshopPage | None:
        lesson = self.running.lesson
        if not lesson.tasks:
            return None
        return WorkshopPage(
            self.context, self.library, self.book, lesson.base, lesson.tasks
        )

    def _make_parts(self) -> None:
        lesson = self.running.lesson
        self.title = label(title_text(lesson), "heading")
        self.time = label("", "heading", wraps=False)
        self.allowed = label(allowed_text(lesson))
        self.about_log = label(log_text(lesson), "small")
        self.hand_in = text_button(translate(N_("Hand in …")), "", "export")
        self.hand_in.setVisible(lesson.kept)
        self.end_button = text_button(translate(N_("End with the code …")), "quiet")
        self.ask_button = text_button(translate(N_("Ask")), "toggle", "chat")
        self.tasks_button = text_button(translate(N_("Tasks")), "toggle", "workshop")
        for button in (self.ask_button, self.tasks_button):
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setVisible(lesson.asks and bool(lesson.tasks))
        self.ask_button.setChecked(lesson.asks)
        self.tasks_button.setChecked(not lesson.asks)
        self.over = self._make_over()
        self._restrict_chat()

    def _make_over(self) -> QWidget:
        page = QWidget()
        page.setObjectName("Turns")
        self.over_title = label(translate(N_("The time is up.")), "title")
        self.over_text = label("")
        self.leave_button = text_button(translate(N_("Leave the lesson")), "primary")
        column = QVBoxLayout(page)
        column.setSpacing(GRID * 2)
        column.addStretch(2)
        for text in (self.over_title, self.over_text):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(text)
        column.addWidget(self.leave_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        return page

    def _restrict_chat(self) -> None:
        """Show what is fixed as fixed; the services see to it that it is."""
        lesson, composer = self.running.lesson, self.chat.composer
        composer.scope.setEnabled(False)
        composer.assistant.hide()
        without = lesson.sources_only or lesson.model == "none"
        composer.sources_only.setChecked(without)
        composer.sources_only.setEnabled(not without)
        composer.models.setVisible(not without)
        composer.models.setEnabled(not lesson.model)
        self.chat.welcome.add_button.setMaximumSize(0, 0)

    def _lay_out(self) -> None:
        banner = QFrame()
        banner.setObjectName("LessonBanner")
        inner = QVBoxLayout(banner)
        inner.setContentsMargins(GRID * 2, GRID, GRID * 2, GRID)
        inner.setSpacing(GRID // 2)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self.title, 1)
        head.addWidget(self.time)
        inner.addLayout(head)
        inner.addWidget(self.allowed)
        inner.addWidget(self.about_log)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.ask_button)
        row.addWidget(self.tasks_button)
        row.addStretch(1)
        row.addWidget(self.hand_in)
        row.addWidget(self.end_button)
        inner.addLayout(row)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.chat)
        if self.workshop is not None:
            self.pages.addWidget(self.workshop)
        self.pages.addWidget(self.over)
        whole = QWidget()
        column = self._column(whole)
        column.addWidget(banner)
        column.addWidget(self.pages, 1)
        MessageRow(self.message_bar, whole)
        self.setCentralWidget(whole)

    def _connect(self) -> None:
        self.watch.told.connect(self._on_told)
        self.hand_in.clicked.connect(self.open_hand_in)
        self.end_button.clicked.connect(self.open_code)
        self.leave_button.clicked.connect(self.leave)
        self.ask_button.clicked.connect(self._show_page)
        self.tasks_button.clicked.connect(self._show_page)
        group = N_("Window")
        self.commands.add(
            Command("help", N_("Keyboard and help"), group, self._open_help, "F1"),
            Command("lesson.hand_in", N_("Hand in …"), group, self.open_hand_in),
            Command("lesson.end", N_("End with the code …"), group, self.open_code),
        )

    # -- showing ---------------------------------------------------------------------

    def _on_told(self, running: Running | None) -> None:
        if running is None:
            self.freed.emit()
        else:
            self._show(running)

    def _show(self, running: Running) -> None:
        was_over = self.running.over
        self.running = running
        text = time_left_text(running)
        if text != self.time.text():
            self.time.setText(text)
        if running.over and not was_over:
            self.chat.asking.stop()
            announce(self, text)
        self._show_page()

    def _show_page(self) -> None:
        lesson, over = self.running.lesson, self.running.over
        for button in (self.ask_button, self.tasks_button):
            button.setEnabled(not over)
        if over or self.running.damaged:
            self._show_over()
        elif self.workshop is not None and self.tasks_button.isChecked():
            self.pages.setCurrentWidget(self.workshop)
        elif lesson.asks:
            self.pages.setCurrentWidget(self.chat)

    def _show_over(self) -> None:
        damaged = self.running.damaged
        self.pages.setCurrentWidget(self.over)
        self.over_title.setText(time_left_text(self.running))
        self.leave_button.setVisible(not damaged)
        self.allowed.setVisible(not damaged)
        self.about_log.setVisible(not damaged)
        if damaged:
            text = N_("Nothing is allowed now. Your teacher can end it with the code.")
        elif self.running.lesson.kept:
            text = N_("Hand in your process log, then leave the lesson.")
        else:
            text = N_("You can leave the lesson.")
        self.over_text.setText(translate(text))

    # -- acting ----------------------------------------------------------------------

    def open_hand_in(self) -> HandInDialog:
        """Ask where the log shall go."""
        dialog = HandInDialog(self.context, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def open_code(self) -> CodeDialog:
        """Ask for the code."""
        dialog = CodeDialog(self.context, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.ended.connect(self.freed)
        dialog.open()
        return dialog

    def leave(self) -> None:
        """Leave a lesson whose time is up; ask first where a log was not handed in."""
        room = self._services.room
        if not self.running.lesson.kept or room.was_handed_in:
            self._leave()
            return
        question = N_("Leave without handing in the process log?")
        box = careful_question(self, translate(question))
        go = box.addButton(
            translate(N_("Leave the lesson")), QMessageBox.ButtonRole.DestructiveRole
        )
        go.clicked.connect(self._leave)
        box.open()

    def _leave(self) -> None:
        self.background.run(self._services.room.leave, lambda _none: self.freed.emit())

    def _open_help(self) -> None:
        help_ = HelpDialog(self.context, self)
        help_.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        help_.open()
