"""`allmende chat …`: the stored conversations on the command line."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from app.cli.output import note, plain, say, say_json
from app.exporters.chat import write_chat
from app.exporters.data import chat_json, info_json
from app.exporters.view import ChatView, chat_view
from app.exporters.wording import wording
from app.i18n import N_, language, translate, translate_plural
from app.services import build_services
from app.values.chats import ChatInfo, ChatReceipt


def list_chats(options: argparse.Namespace) -> int:
    """List the conversations, or those in the bin."""
    with closing(build_services()) as services:
        chats = services.chats.chats(deleted=options.bin)
    if options.json:
        say_json({"chats": [info_json(chat) for chat in chats]})
        return 0
    for chat in chats:
        say(_line(chat))
    if not chats:
        empty = N_("The bin is empty.")
        none = N_("There are no conversations yet.")
        note(translate(empty if options.bin else none))
    return 0


def show(options: argparse.Namespace) -> int:
    """Show one conversation as it was last."""
    with closing(build_services()) as services:
        chat = services.chats.info(options.id)
        exchanges = services.chats.exchanges(options.id)
    if options.json:
        say_json(chat_json(chat, exchanges))
    else:
        _say_chat(chat_view(chat, exchanges, wording(translate)))
    return 0


def search(options: argparse.Namespace) -> int:
    """Search titles, questions and answers."""
    with closing(build_services()) as services:
        hits = services.chats.search(options.query, options.limit)
    if options.json:
        rows = [
            {
                "chat": info_json(hit.chat),
                "exchange": hit.exchange,
                "snippet": hit.snippet,
                "marks": hit.marks,
            }
            for hit in hits
        ]
        say_json({"query": options.query, "hits": rows})
        return 0
    for hit in hits:
        say(_line(hit.chat))
        if hit.exchange is not None:
            say(f"      {_printable(hit.snippet)}")
    if not hits:
        note(translate(N_("No conversation holds these words.")))
    return 0


def export(options: argparse.Namespace) -> int:
    """Write one conversation into a file; its ending tells the format."""
    path = Path(options.out).expanduser().absolute()
    with closing(build_services()) as services:
        services.settings.need("exports")
        size = write_chat(
            path,
            services.chats.info(options.id),
            services.chats.exchanges(options.id),
            language(),
            wording(translate),
        )
    if options.json:
        say_json({"id": options.id, "file": str(path), "bytes": size})
    else:
        say(translate(N_("Written: {file}"), file=path))
    return 0


def delete(options: argparse.Namespace) -> int:
    """Put one conversation into the bin, or remove it for good."""
    with closing(build_services()) as services:
        title = services.chats.info(options.id).title
        if options.forever:
            receipt = services.chats.purge(options.id)
        else:
            receipt = ChatReceipt()
            services.chats.remove(options.id)
    if options.json:
        say_json({"id": options.id, "forever": options.forever, **plain(receipt)})
    elif options.forever:
        say(
            translate(
                N_("Removed for good: “{title}” ({exchanges} questions with answers)."),
                title=_printable(title),
                exchanges=receipt.exchanges,
            )
        )
    else:
        say(translate(N_("“{title}” is in the bin."), title=_printable(title)))
    return 0


def _line(chat: ChatInfo) -> str:
    count = translate_plural("{count} question", "{count} questions", chat.exchanges)
    folder = f"{chat.folder} / " if chat.folder else ""
    title = chat.title or translate(N_("Conversation"))
    pin = "*" if chat.pinned else " "
    return _printable(f"{chat.id:>5}{pin} {folder}{title}  ({count})")


def _say_chat(view: ChatView) -> None:
    say(_printable(view.title))
    for exchange in view.exchanges:
        say(f"\n{translate(N_('Question'))} ({exchange.asked}):")
        say(_printable(exchange.question))
        say(f"\n{translate(N_('Answer'))}:")
        say(_printable(exchange.text))
        for text in exchange.notes:
            say(f"({_printable(text)})")
        for source in exchange.sources:
            say(f"\n  [{source.number}] {_printable(source.place)}")
            quote = _printable(source.quote)
            say(f"      {translate(N_('“{quote}”'), quote=quote)}")


def _printable(text: str) -> str:
    """Return stored text without what a terminal would obey."""
    return "".join(
        sign if sign.isprintable() or sign in "\n\t" else "\ufffd" for sign in text
    )
