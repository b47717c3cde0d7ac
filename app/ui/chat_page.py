"""The page of a conversation: its turns, the question line, and the sources beside it.

It shows what the `ChatBook` has open and hands questions to `Asking`; whatever is
stored comes back as an `Exchange`. Drafts are kept for each conversation.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.errors import AppError
from app.i18n import N_, translate
from app.ui.ahead import Ahead
from app.ui.asking import Asking, Question
from app.ui.assistant_picker import AssistantPicker
from app.ui.chat_book import ChatBook
from app.ui.chat_page_commands import page_commands
from app.ui.composer import MOST_LETTERS, Composer
from app.ui.context import Context
from app.ui.conversation import Conversation
from app.ui.drafts import Drafts
from app.ui.library import Library
from app.ui.link_question import ask_and_open
from app.ui.model_picker import ModelPicker
from app.ui.places import Place
from app.ui.sources import Sources
from app.ui.text_column import text_column
from app.ui.theme import GRID
from app.ui.welcome import Welcome
from app.ui.wording import number_text
from app.values.chats import Exchange, Scope

if TYPE_CHECKING:
    from app.ui.turn import Turn

_COLUMNS = [640, 460]
_LEAST_WIDTH = 316
# As many exchanges as a long scroll shows; what is before them is read meanwhile.
_AT_ONCE = 40


class ChatPage(QWidget):
    """Shows the open conversation.

    `add_wanted` asks for documents to be added, `documents_wanted` for the page on
    which they are chosen; `sources_shown` tells that the panel came or went.
    """

    add_wanted = Signal()
    documents_wanted = Signal()

    def __init__(self, context: Context, library: Library, book: ChatBook) -> None:
        super().__init__()
        self._context = context
        self._library = library
        self._book = book
        self._shown_turn: Turn | None = None
        self._edited: Exchange | None = None
        self.asking = Asking(
            context.services, context.background, context.messages, book, self
        )
        self.welcome = Welcome()
        self.conversation = Conversation()
        self.conversation.running = self.asking.is_running
        self.composer = Composer()
        self._ahead = Ahead(
            context.services,
            context.background,
            self.composer,
            self.asking,
            lambda: [one.question for one in self.conversation.exchanges],
        )
        self.sources = Sources(context)
        self.sources.hide()
        self._drafts = Drafts(self.composer, book, self)
        self.models = ModelPicker(context, self.composer, self)
        self.assistants = AssistantPicker(context, self.composer, self)
        self.assistants.scope_wanted.connect(self.show_scope)
        self._lay_out()
        self._connect()
        context.commands.add(*page_commands(self))
        self.composer.setEnabled(False)

    def start(self) -> None:
        """Load the models, and the draft of the next conversation."""
        self.models.reload()
        self._drafts.load()

    def close_page(self) -> None:
        """Keep what is being written and said."""
        self._drafts.keep()
        self._ahead.stop()
        self.asking.close()

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.middle = QWidget()
        self.middle.setObjectName("Middle")
        self.middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.middle.setMinimumWidth(_LEAST_WIDTH)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.conversation)
        self._below = QHBoxLayout()
        self._below.addWidget(self.composer)
        self.middle.installEventFilter(self)
        column = QVBoxLayout(self.middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.stack, 1)
        column.addLayout(self._below)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(4)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.middle)
        self.splitter.addWidget(self.sources)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.splitter.setSizes(_COLUMNS)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.splitter)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the question line in the column of the conversation."""
        if watched is self.middle and event.type() == QEvent.Type.Resize:
            bar = self.conversation.verticalScrollBar().sizeHint().width()
            left, width = text_column(self.middle.width() - bar)
            right = self.middle.width() - left - width
            if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
                left, right = right, left
            self._below.setContentsMargins(left, GRID, right, GRID * 3)
        return False

    def _connect(self) -> None:
        self._library.changed.connect(self._on_bases)
        self._library.forgotten.connect(self._show_anew)
        self._book.opened.connect(self._open)
        self._book.exchange_wanted.connect(self._go_to)
        self._book.left.connect(self.show_new)
        self.welcome.add_wanted.connect(self.add_wanted)
        self.conversation.made.connect(self._connect_turn)
        composer = self.composer
        composer.asked.connect(self.ask)
        composer.stopped.connect(self.asking.stop)
        composer.scope_wanted.connect(self.show_scope)
        composer.documents_wanted.connect(self.documents_wanted)
        composer.cancelled.connect(self._stop_editing)
        composer.edit.too_long.connect(self._refuse_long)
        self.asking.running.connect(composer.set_running)
        self.asking.began.connect(self._on_began)
        self.asking.ended.connect(self.conversation.update_exchange)
        self.sources.closed.connect(self.sources.hide)

    # -- conversations ---------------------------------------------------------------

    def _open(self, chat: int) -> None:
        """Show a stored conversation: its end at once, all of it when it is read."""
        self._leave()

        def show_end(exchanges: list[Exchange]) -> None:
            show(exchanges)
            if len(exchanges) == _AT_ONCE:
                self._book.run(
                    lambda store: store.exchanges(chat), lambda whole: show(whole, True)
                )

        def show(exchanges: list[Exchange], keep_place: bool = False) -> None:
            if self._book.current != chat:
                return
            live = self.asking.live
            self._show(exchanges, keep_place)
            if live is not None and live.exchange.chat == chat:
                self.conversation.update_exchange(live.exchange)
            if exchanges:
                self.show_scope(exchanges[-1].scope)

        self._book.run(lambda store: store.exchanges(chat, _AT_ONCE), show_end)
        self._drafts.load()

    def _show_anew(self) -> None:
        """Show what is stored now: quotes of a document may be gone from it."""
        if self._book.current is not None and not self.asking.busy:
            self._clear_sources()
            self._show([])
            self._open(self._book.current)

    def _go_to(self, chat: int, exchange: int) -> None:
        """Show the exchange in which something was found, on whichever way it lies."""

        def show(exchanges: list[Exchange]) -> None:
            if self._book.current == chat:
                self._show(exchanges)
                self.conversation.scroll_to(exchange)

        self._book.run(lambda store: store.choose(exchange), show)

    def show_new(self) -> None:
        """Show the begin of a conversation that does not exist yet."""
        self._leave()
        self._show([])
        self._drafts.load()
        self.focus()

    def forget_all(self) -> None:
        """Let go of everything: it is about to be deleted."""
        self._ahead.stop()
        self.asking.stop()
        self._edited = None
        self._drafts.clear(None)
        self.sources.hide()
        self._show([])

    def _leave(self) -> None:
        self._drafts.keep()
        self._edited = None
        self.composer.stop_editing()
        self._shown_turn = None
        self.sources.hide()

    def _show(self, exchanges: Sequence[Exchange], keep_place: bool = False) -> None:
        self.conversation.show_exchanges(exchanges, keep_place)
        self.stack.setCurrentWidget(self.conversation if exchanges else self.welcome)

    # -- asking ----------------------------------------------------------------------

    def ask(self, text: str) -> None:
        """Ask a question in the open conversation, or begin one with it."""
        exchanges = self.conversation.exchanges
        edited = self._edited
        if edited is not None:
            self._send(text, edited.parent, len(edited.variants))
        else:
            self._send(text, exchanges[-1].id if exchanges else None, 0)

    def _send(
        self, text: str, parent: int | None, version: int, scope: Scope | None = None
    ) -> None:
        composer = self.composer
        question = Question(
            text=text,
            scope=scope or composer.scope.scope,
            model=composer.model,
            model_title=composer.model_title,
            sources_only=composer.sources_only.isChecked(),
            chat=self._book.current,
            parent=parent,
            version=version,
            assistant=composer.spoken_as,
        )
        self.asking.ask(question)

    def ask_again(self, exchange: Exchange) -> None:
        """Ask a question once more; the answer before it is kept."""
        if not self.asking.busy:
            self._send(
                exchange.question,
                exchange.parent,
                len(exchange.variants),
                exchange.scope,
            )

    def _on_began(self, exchange: Exchange) -> None:
        """Show the question as soon as it is stored, and only then empty the line."""
        if self._book.current not in (None, exchange.chat):
            return
        self._clear_sources()
        self._remember_base(exchange.scope.base)
        self.composer.banner.hide()
        if self._edited is not None:
            self._edited = None
            self._drafts.load()
        else:
            self._drafts.clear(exchange.chat)
        if self._book.current is None:
            self._book.adopt(exchange.chat)
        way = self.conversation.exchanges
        above = next((n + 1 for n, e in enumerate(way) if e.id == exchange.parent), 0)
        if above < len(way):
            self.conversation.show_exchanges(way[:above])
        self.stack.setCurrentWidget(self.conversation)
        self.conversation.add(exchange)
        if QApplication.focusWidget() is None:
            self.focus()
        self._book.reload()

    def start_editing(self, exchange: Exchange) -> None:
        """Let an earlier question be changed and asked anew."""
        self._drafts.pause()
        self._edited = exchange
        self.composer.start_editing(exchange.question)

    def _stop_editing(self) -> None:
        if self._edited is not None:
            self._edited = None
            self.composer.stop_editing()
            self._drafts.load()

    def _switch(self, variant: int) -> None:
        def show(exchanges: list[Exchange]) -> None:
            self._clear_sources()
            self._show(exchanges, keep_place=True)
            self.conversation.scroll_to(variant)
            turn = self.conversation.turn_of(variant)
            if turn is not None:
                turn.actions_row.focus_switch()

        self._book.run(lambda store: store.choose(variant), show)

    # -- turns -----------------------------------------------------------------------

    def _connect_turn(self, turn: Turn) -> None:
        exchange = turn.exchange
        live = self.asking.live
        if live is not None and live.exchange.id == exchange.id:
            turn.finish()
            live.show_in(turn)
        elif exchange.answer is None and not exchange.failure:
            turn.finish()
            turn.fail(translate(N_("This answer was cut off. You can ask again.")))
        turn.opened.connect(lambda place: self._open_place(turn, place))
        turn.found.connect(lambda: self._on_found(turn))
        turn.nearest_wanted.connect(lambda: self._show_sources(turn))
        turn.again_wanted.connect(lambda: self.ask_again(turn.exchange))
        turn.edit_wanted.connect(lambda: self.start_editing(turn.exchange))
        turn.quote_wanted.connect(self.composer.quote)
        turn.copied.connect(self._copy)
        turn.variant_wanted.connect(self._switch)
        turn.link_wanted.connect(lambda url: ask_and_open(url, self))
        id_, keep = exchange.id, self.conversation.update_exchange
        turn.rated.connect(
            lambda good: self._book.run(lambda store: store.rate(id_, good), keep)
        )
        turn.corrected.connect(
            lambda text: self._book.run(lambda store: store.correct(id_, text), keep)
        )

    def _on_found(self, turn: Turn) -> None:
        """Show the sources of the answer that is being given, if there is room."""
        if self.asking.is_running(turn.exchange.id):
            self._show_sources(turn)

    def _show_sources(self, turn: Turn) -> None:
        self._shown_turn = turn
        self.sources.show_places(turn.places)
        self.sources.show()

    def _clear_sources(self) -> None:
        """Show no sources of an answer that is not the one being read any more."""
        self._shown_turn = None
        self.sources.show_places(())

    def _open_place(self, turn: Turn, place: Place) -> None:
        if turn is not self._shown_turn or self.sources.isHidden():
            self._show_sources(turn)
        self.sources.open(place)

    def toggle_sources(self) -> None:
        """Show the sources of the last answer, or hide them."""
        if self.sources.isVisible():
            self.sources.hide()
        elif self._shown_turn is None and self.conversation.turns:
            self._show_sources(self.conversation.turns[-1])
        else:
            self.sources.show()

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._context.messages.info(translate(N_("Copied.")))

    def copy_last(self) -> None:
        """Copy the last answer."""
        for exchange in reversed(self.conversation.exchanges):
            if exchange.answer is not None:
                self._copy(exchange.answer.text)
                return

    # -- what is asked, and who answers ----------------------------------------------

    def show_scope(self, scope: Scope) -> None:
        """Ask this collection, or these documents, from now on."""
        known = {entry.base.name for entry in self._library.entries}
        if self._library.loaded and scope.base not in known:
            scope = Scope(next(iter(sorted(known)), ""))
        self.composer.show_scope(scope)
        self.welcome.show_base(scope.base, loading=not self._library.loaded)

    def _remember_base(self, base: str) -> None:
        """Let the next start begin with what was asked last."""
        settings = self._context.services.settings
        if settings.text("base") != base:
            with contextlib.suppress(AppError):
                settings.change("base", base)

    def _on_bases(self) -> None:
        names = [entry.base.name for entry in self._library.entries]
        self.composer.scope.show_bases(names)
        scope = self.composer.scope.scope
        if not scope.base:
            scope = Scope(self._context.services.settings.text("base"))
        self.show_scope(scope)
        usable = bool(names)
        if usable and not self.composer.isEnabled() and self.isVisible():
            self.composer.setEnabled(True)
            self.focus()
        self.composer.setEnabled(usable)

    def _refuse_long(self) -> None:
        self._context.messages.error(
            translate(
                N_(
                    "That is too long for a question (more than {most} characters)."
                    " Save it as a file and add it to your documents."
                ),
                most=number_text(MOST_LETTERS),
            )
        )

    def haven(self) -> QWidget:
        """Return the question line: there one goes on."""
        return self.composer.edit

    def focus(self) -> None:
        """Put the cursor into the question line; without documents, show the way to some."""
        usable = self.composer.isEnabled()
        target = self.composer.edit if usable else self.welcome.add_button
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)
