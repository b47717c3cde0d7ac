"""One door for exporting a conversation; the format follows the file's ending."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.errors import UsageError
from app.exporters.data import json_text
from app.exporters.html import html
from app.exporters.markdown import markdown
from app.exporters.view import chat_view
from app.exporters.wording import Wording
from app.files import write_atomically
from app.i18n import N_
from app.values.chats import ChatInfo, Exchange

ENDINGS = ("md", "html", "json")


def export_chat(
    info: ChatInfo,
    exchanges: Sequence[Exchange],
    ending: str,
    language: str,
    wording: Wording,
) -> bytes:
    """Return a conversation as a file of the kind that `ending` names (".md" or "md").

    Raises UsageError for an ending that is not one of `ENDINGS`.
    """
    kind = ending.lower().lstrip(".")
    if kind == "json":
        text = json_text(info, exchanges, language, wording)
    elif kind == "html":
        text = html(chat_view(info, exchanges, wording), language, wording)
    elif kind == "md":
        text = markdown(chat_view(info, exchanges, wording), language, wording)
    else:
        raise UsageError(
            N_("Allmende cannot write files that end in “{ending}”."),
            N_("Use one of these endings: {endings}."),
            ending=ending,
            endings=", ".join(f".{name}" for name in ENDINGS),
        )
    return text.encode("utf-8", "replace")


def write_chat(
    path: Path,
    info: ChatInfo,
    exchanges: Sequence[Exchange],
    language: str,
    wording: Wording,
) -> int:
    """Write a conversation into a file, whole or not at all; return its size in bytes.

    Raises StorageError when the disk does not allow it.
    """
    data = export_chat(info, exchanges, path.suffix, language, wording)
    write_atomically(path, data)
    return len(data)
