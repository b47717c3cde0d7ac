"""The conversations as the window knows them.

All work with the store happens on one lane, off the main thread and in the order in
which it was asked for: nothing blocks the window, no write overtakes another, and
`close` finishes what is left. Lists are read anew after each change; of several
readings that wait, only the last is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from app.chats.store import ChatStore
from app.i18n import N_, translate
from app.ui.background import Lane, OnFailed
from app.ui.chat_wording import receipt_text, shown_title
from app.ui.context import Context
from app.values.chats import ChatHit, ChatInfo, ChatReceipt

T = TypeVar("T")
_Lists = tuple[list[ChatInfo], list[ChatInfo], list[str]]


def _ignore(_value: object) -> None:
    """Take what nobody waits for."""


class ChatBook(QObject):
    """Lists, finds and changes conversations.

    `changed`: the lists are new. `opened`: the window shall show this conversation;
    `exchange_wanted` follows when a certain place of it was chosen. `left`: it shall
    show none, as for a new one.
    """

    changed = Signal()
    opened = Signal(int)
    exchange_wanted = Signal(int, int)
    left = Signal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = context.services
        self._messages = context.messages
        self._lane = Lane(context.background)
        self._lists: _Lists = ([], [], [])
        self._current: int | None = None
        self._readings = 0
        self._searches = 0
        self._deleted: tuple[int, bool] | None = None

    # -- what there is ---------------------------------------------------------------

    @property
    def chats(self) -> list[ChatInfo]:
        """The conversations: pinned ones first, then the newest change."""
        return self._lists[0]

    @property
    def bin(self) -> list[ChatInfo]:
        """The deleted conversations that can still be taken back."""
        return self._lists[1]

    @property
    def folders(self) -> list[str]:
        """The names of the folders."""
        return self._lists[2]

    @property
    def current(self) -> int | None:
        """The conversation that is shown; None for a new one."""
        return self._current

    def info(self, chat: int | None) -> ChatInfo | None:
        """Return what the list knows of a conversation."""
        return next((info for info in self.chats if info.id == chat), None)

    def start(self) -> None:
        """Read the lists for the first time."""
        self.reload()

    def reload(self) -> None:
        """Read the lists again."""
        self._readings += 1
        ticket = self._readings

        def read(store: ChatStore) -> _Lists | None:
            if ticket != self._readings:
                return None
            return store.chats(), store.chats(deleted=True), store.folders()

        self._lane.run(lambda: read(self._services.chats), self._show_lists)

    def _show_lists(self, lists: _Lists | None) -> None:
        if lists is not None:
            self._lists = lists
            self.changed.emit()

    # -- which is shown --------------------------------------------------------------

    def open(self, chat: int, exchange: int | None = None) -> None:
        """Show a conversation, at a certain exchange if one is named."""
        self._current = chat
        self.opened.emit(chat)
        if exchange is not None:
            self.exchange_wanted.emit(chat, exchange)

    def new(self) -> None:
        """Show none: the next question begins a conversation."""
        self._current = None
        self.left.emit()

    def adopt(self, chat: int) -> None:
        """Take a conversation that has just begun for the one that is shown."""
        self._current = chat
        self.reload()

    # -- changes ---------------------------------------------------------------------

    def rename(self, chat: int, title: str) -> None:
        """Give a conversation another title; an empty one changes nothing."""
        title = " ".join(title.split())
        if title:
            self._change(lambda store: store.rename(chat, title))

    def pin(self, chat: int, on: bool) -> None:
        """Keep a conversation at the top, or no longer."""
        self._change(lambda store: store.pin(chat, on))

    def move(self, chat: int, folder: str) -> None:
        """Lay a conversation into a folder; "" takes it out of all."""
        folder = " ".join(folder.split())
        self._change(lambda store: store.move(chat, folder))

    def rename_folder(self, folder: str, name: str) -> None:
        """Lay all that a folder holds into another; "" takes it out."""
        name = " ".join(name.split())
        if name == folder:
            return

        def work(store: ChatStore) -> None:
            for info in (*store.chats(), *store.chats(deleted=True)):
                if info.folder == folder:
                    store.move(info.id, name)

        self._change(work)

    def remove(self, chat: int) -> None:
        """Move a conversation to the bin and offer to take that back."""
        info = self.info(chat)
        if info is None:
            return
        was_shown = chat == self._current
        text = translate(N_("“{title}” is in the bin."), title=shown_title(info))

        def removed(_value: object) -> None:
            self._deleted = (chat, was_shown)
            undo = (translate(N_("Undo")), lambda: self._take_back(chat, was_shown))
            self._messages.info(text, undo)

        if was_shown:
            self.new()
        self._change(lambda store: store.remove(chat), removed)

    @property
    def can_undo(self) -> bool:
        """Whether a deletion can be taken back."""
        return self._deleted is not None

    def undo(self) -> None:
        """Take the last deletion back."""
        if self._deleted is not None:
            self._take_back(*self._deleted)

    def _take_back(self, chat: int, was_shown: bool) -> None:
        show = was_shown and self._current is None

        def back() -> None:
            self._messages.info(translate(N_("The conversation is back.")))
            if show:
                self.open(chat)

        self.restore(chat, back)

    def restore(self, chat: int, on_done: Callable[[], None] = lambda: None) -> None:
        """Take a conversation out of the bin."""
        self._forget_deletion(chat)
        self._change(lambda store: store.restore(chat), lambda _value: on_done())

    def purge(
        self, chat: int, on_done: Callable[[ChatReceipt], None] | None = None
    ) -> None:
        """Delete a conversation of the bin for good."""
        self._forget_deletion(chat)
        self._change(lambda store: store.purge(chat), on_done or self._tell)

    def empty_bin(self, on_done: Callable[[ChatReceipt], None] | None = None) -> None:
        """Delete all that is in the bin for good."""
        self._deleted = None
        self._change(lambda store: store.empty_bin(), on_done or self._tell)

    def _forget_deletion(self, chat: int) -> None:
        if self._deleted is not None and self._deleted[0] == chat:
            self._deleted = None

    def _tell(self, receipt: ChatReceipt) -> None:
        self._messages.info(receipt_text(receipt))

    # -- all the rest ----------------------------------------------------------------

    def search(self, query: str, on_done: Callable[[list[ChatHit]], None]) -> None:
        """Find conversations by their text; only the newest search is answered.

        An empty query stops the search that is under way and answers nothing.
        """
        self._searches += 1
        ticket = self._searches
        if not query.strip():
            return

        def find(store: ChatStore) -> list[ChatHit]:
            return store.search(query) if ticket == self._searches else []

        def found(hits: list[ChatHit]) -> None:
            if ticket == self._searches:
                on_done(hits)

        self.run(find, found)

    def run(
        self,
        work: Callable[[ChatStore], T],
        on_done: Callable[[T], None] = _ignore,
        on_failed: OnFailed | None = None,
    ) -> None:
        """Do something with the store after all that was asked for before it.

        `work` runs off the main thread and touches nothing but the store. Call
        `reload` afterwards where a list changed.
        """
        self._lane.run(lambda: work(self._services.chats), on_done, on_failed)

    def close(self) -> None:
        """Finish all that was asked for, at once."""
        self._readings += 1
        self._searches += 1
        self._lane.drain()

    def _change(
        self,
        work: Callable[[ChatStore], T],
        on_done: Callable[[T], None] = _ignore,
    ) -> None:
        self.run(work, on_done)
        self.reload()
