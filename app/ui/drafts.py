"""What is being written, kept for each conversation: a crash costs half a second of it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from app.ui.chat_book import ChatBook
from app.ui.composer import Composer

_CALM_MS = 400


class Drafts(QObject):
    """Keeps the question line of each conversation.

    While an earlier question is being edited (`pause`) nothing is kept: the draft is
    there again afterwards.
    """

    def __init__(self, composer: Composer, book: ChatBook, parent: QObject) -> None:
        super().__init__(parent)
        self._composer = composer
        self._book = book
        # Whose draft stands in the line: the book is already further on when another
        # conversation is opened.
        self._chat: int | None = None
        self._paused = False
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(_CALM_MS)
        self._calm.timeout.connect(self._keep)
        composer.edited.connect(self._calm.start)

    def load(self) -> None:
        """Show the draft of the conversation that is open now."""
        chat = self._chat = self._book.current
        self._paused = False

        def show(text: str) -> None:
            if self._book.current == chat and not self._composer.text:
                self._composer.show_text(text)
                self._calm.stop()

        self._composer.edit.clear()
        self._calm.stop()
        self._book.run(lambda store: store.draft(chat), show)

    def keep(self) -> None:
        """Keep what has been written since, before something else is shown."""
        if self._calm.isActive():
            self._calm.stop()
            self._keep()

    def clear(self, chat: int | None) -> None:
        """Empty the line: it was sent, or shall be forgotten; `chat` is open from now."""
        self._paused = False
        self._composer.edit.clear()
        self._calm.stop()
        self._keep()
        self._chat = chat

    def pause(self) -> None:
        """Keep what stands there; what is written from now on is something else."""
        self.keep()
        self._paused = True

    def _keep(self) -> None:
        if not self._paused:
            chat, text = self._chat, self._composer.text
            self._book.run(lambda store: store.keep_draft(chat, text))
