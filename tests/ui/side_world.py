"""A window with the sidebar alone, over a real store with a clock of its own."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

from PySide6.QtWidgets import (
    QLineEdit,
    QMainWindow,
    QSplitter,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.chats.store import ChatStore
from app.settings.store import Settings
from app.ui.background import Background
from app.ui.chat_book import ChatBook
from app.ui.chat_list import ChatSidebar
from app.ui.commands import Commands
from app.ui.context import Context
from app.ui.message_bar import MessageBar
from app.ui.messages import Messages
from app.values.chats import AnswerSettings, ChatInfo, Scope

DAY_S = 86_400.0


class World:
    """What a test acts on. `close` ends it all and tells of mistakes."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot = qtbot
        self.now = time.time()
        self.store = ChatStore(folder / "chats.db", now=lambda: self.now)
        self.settings = Settings(folder / "settings.json")
        self.services = SimpleNamespace(chats=self.store, settings=self.settings)
        self.window = QMainWindow()
        self.window.resize(1000, 800)
        self.messages = Messages(self.window)
        self.background = Background(self.window)
        self.failures: list[Exception] = []
        self.background.failed.connect(self.failures.append)
        self.context = Context(
            self.services,  # type: ignore[arg-type]
            self.background,
            self.messages,
            Commands(self.window),
        )
        self.book = ChatBook(self.context, self.window)
        self.side = ChatSidebar(self.context, self.book)
        self.pages: list[str] = []
        self.side.page_wanted.connect(self.pages.append)
        self.bar = MessageBar()
        self.messages.said.connect(self.bar.show_message)
        self.question = QLineEdit()
        self._lay_out()
        qtbot.addWidget(self.window)

    def _lay_out(self) -> None:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.addWidget(self.bar)
        column.addStretch(1)
        column.addWidget(self.question)
        splitter = QSplitter()
        splitter.addWidget(self.side)
        splitter.addWidget(middle)
        splitter.setSizes([288, 712])
        self.window.setCentralWidget(splitter)

    def add(self, title: str, days_ago: float = 0, folder: str = "") -> ChatInfo:
        """Put a conversation with one question into the store."""
        now, self.now = self.now, self.now - days_ago * DAY_S
        info = self.store.create(title, folder)
        question = f"What is said about {title}?"
        self.store.begin(info.id, None, question, Scope("b"), AnswerSettings())
        self.now = now
        return self.store.info(info.id)

    def start(self) -> None:
        """Show the window with what is in the store."""
        self.window.show()
        with self.qtbot.waitSignal(self.book.changed):
            self.side.start()

    def settle(self) -> None:
        """Wait until all that was asked for is done and shown."""
        done: list[None] = []
        self.book.reload()
        self.book.run(lambda _store: None, done.append)
        self.qtbot.waitUntil(lambda: bool(done))

    def titles(self) -> list[str]:
        """Return what the list shows, headings with a colon."""
        model = self.side.tree.chats
        result = []
        for section in model.sections:
            result.append(f"{section.title}:")
            result += [info.title for info in section.chats]
        return result

    def choose(self, chat: int) -> None:
        """Give the list the focus, on a conversation."""
        self.side.tree.setFocus()
        self.side.tree.setCurrentIndex(self.side.tree.chats.index_of(chat))

    def close(self) -> None:
        """End everything."""
        self.book.close()
        self.background.close()
        assert self.background.wait()
        self.window.close()
        self.store.close()
        assert self.failures == []
