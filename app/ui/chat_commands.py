"""What the sidebar can do, as commands for shortcuts, palette and help."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.i18n import N_
from app.ui.chat_book import ChatBook
from app.ui.chat_menu import ask_for_folder
from app.ui.commands import Command
from app.ui.side_navigation import PAGES

if TYPE_CHECKING:
    from app.ui.chat_list import ChatSidebar

CHATS = N_("Conversations")
WINDOW = N_("Window")
_PAGE_TITLES = {
    "chat": N_("Go to the conversation"),
    "documents": N_("Go to the documents"),
    "workshop": N_("Go to the workshop"),
    "laboratory": N_("Go to the laboratory"),
    "models": N_("Go to the models"),
    "settings": N_("Go to the settings"),
}


def side_commands(side: ChatSidebar) -> list[Command]:
    """Return what belongs to the bar as a whole."""
    pages = [
        Command(
            f"page.{name}",
            _PAGE_TITLES[name],
            WINDOW,
            partial(side.page_wanted.emit, name),
            f"Ctrl+{place}",
        )
        for place, name in enumerate(PAGES, 1)
    ]
    fold = Command(
        "window.sidebar", N_("Show or hide the sidebar"), WINDOW, side.toggle, "Ctrl+B"
    )
    return [*pages, fold]


def chat_commands(side: ChatSidebar, book: ChatBook) -> list[Command]:
    """Return what can be done with conversations; most with the one that is shown."""

    def is_shown() -> bool:
        return book.info(book.current) is not None

    def with_shown(work: Callable[[int], object]) -> Callable[[], object]:
        return lambda: work(book.current) if book.current is not None else None

    def turn_pin(chat: int) -> None:
        info = book.info(chat)
        book.pin(chat, not (info and info.pinned))

    of_shown: list[tuple[str, str, Callable[[int], object]]] = [
        ("rename", N_("Rename this conversation"), side.rename),
        ("pin", N_("Pin or unpin this conversation"), turn_pin),
        (
            "move",
            N_("Move this conversation to a new folder …"),
            lambda chat: ask_for_folder(book, chat, side),
        ),
        ("export", N_("Export this conversation …"), side.export_wanted.emit),
        ("delete", N_("Delete this conversation"), book.remove),
    ]
    return [
        Command("chat.new", N_("New conversation"), CHATS, side.begin, "Ctrl+N"),
        Command(
            "chat.search",
            N_("Search conversations"),
            CHATS,
            side.focus_search,
            "Ctrl+F",
        ),
        *(
            Command(f"chat.{id_}", title, CHATS, with_shown(work), "", is_shown)
            for id_, title, work in of_shown
        ),
        Command(
            "chat.undo",
            N_("Take back the last deletion"),
            CHATS,
            book.undo,
            "Ctrl+Z",
            lambda: book.can_undo,
        ),
        Command("chat.bin", N_("Open the bin"), CHATS, side.open_bin),
    ]
