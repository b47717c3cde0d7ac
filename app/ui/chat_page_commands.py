"""What can be done with the conversation that is shown, as commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import N_
from app.ui.commands import Command
from app.values.chats import Exchange

if TYPE_CHECKING:
    from app.ui.chat_page import ChatPage

_GROUP = N_("Conversation")


def page_commands(page: ChatPage) -> list[Command]:
    """Return the commands of a page; most of them are about its last question."""
    conversation = page.conversation

    def has_answer() -> bool:
        return any(exchange.answer for exchange in conversation.exchanges)

    def has_question() -> bool:
        return bool(conversation.exchanges)

    def last() -> Exchange:
        return conversation.exchanges[-1]

    return [
        Command(
            "chat.assistants", N_("Own assistants …"), _GROUP, page.assistants.manage
        ),
        Command("chat.ask", N_("Write a question"), _GROUP, page.focus, "Ctrl+L"),
        Command(
            "chat.stop",
            N_("Stop the answer"),
            _GROUP,
            page.asking.stop,
            "Esc",
            lambda: page.asking.busy,
        ),
        Command(
            "chat.copy",
            N_("Copy the last answer"),
            _GROUP,
            page.copy_last,
            "Ctrl+Shift+C",
            has_answer,
        ),
        Command(
            "chat.again",
            N_("Ask the last question again"),
            _GROUP,
            lambda: page.ask_again(last()),
            "Ctrl+R",
            lambda: has_question() and not page.asking.busy,
        ),
        Command(
            "chat.edit",
            N_("Edit the last question"),
            _GROUP,
            lambda: page.start_editing(last()),
            "Ctrl+E",
            has_question,
        ),
        Command(
            "chat.previous",
            N_("Previous question"),
            _GROUP,
            lambda: conversation.step(-1),
            "Alt+Up",
            has_question,
        ),
        Command(
            "chat.next",
            N_("Next question"),
            _GROUP,
            lambda: conversation.step(1),
            "Alt+Down",
            has_question,
        ),
        Command(
            "sources.toggle",
            N_("Show or hide the sources"),
            N_("Sources"),
            page.toggle_sources,
            "Ctrl+Shift+S",
        ),
    ]
