"""A conversation as a file, with its sources and marked as AI output."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.chats.store import ChatStore
from app.errors import PolicyError
from app.exporters.chat import ENDINGS, write_chat
from app.exporters.wording import wording
from app.i18n import N_, language, translate
from app.ui.chat_book import ChatBook
from app.ui.chat_wording import shown_title
from app.ui.context import Context
from app.values.chats import ChatInfo

_MOST_LETTERS = 80


def export_conversation(
    parent: QWidget, context: Context, book: ChatBook, chat: int
) -> None:
    """Ask where to, then write the conversation there."""
    info = book.info(chat)
    if info is None:
        return
    try:
        context.services.settings.need("exports")
    except PolicyError as error:
        context.messages.failure(error)
        return
    names = {
        "md": translate(N_("Markdown")),
        "html": translate(N_("Web page")),
        "json": translate(N_("Data (JSON)")),
    }
    filters = [f"{names[format_]} (*.{format_})" for format_ in ENDINGS]
    chosen, filter_ = QFileDialog.getSaveFileName(
        parent,
        translate(N_("Export this conversation")),
        str(Path.home() / file_name_for(info)),
        ";;".join(filters),
    )
    if not chosen:
        return
    path = Path(chosen)
    if path.suffix.lower().removeprefix(".") not in ENDINGS:
        path = path.with_name(f"{path.name}.{ENDINGS[filters.index(filter_)]}")
    write_conversation(context, book, chat, path)


def write_conversation(context: Context, book: ChatBook, chat: int, path: Path) -> None:
    """Write a conversation to a file; its ending chooses the format."""
    sentences, spoken = wording(translate), language()

    def work(store: ChatStore) -> None:
        write_chat(path, store.info(chat), store.exchanges(chat), spoken, sentences)

    def done(_nothing: None) -> None:
        text = translate(N_("The conversation was written to {file}."), file=path.name)
        context.messages.info(text)

    book.run(work, done)


def file_name_for(info: ChatInfo) -> str:
    """Return a name for the file that every system takes."""
    plain = re.sub(r"[^\w\- ]+", "", shown_title(info)).strip()
    return f"{plain[:_MOST_LETTERS].strip() or 'Allmende'}.md"
