"""Words about conversations: titles on one line, times, numbers, receipts."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from app.i18n import N_, translate, translate_plural
from app.ui.regional import date_text, locale, time_text
from app.values.chats import ChatInfo, ChatReceipt

_TITLE_CHARACTERS = 200
# What turns the direction of all that follows, beyond its own line too.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """Return a text without anything that breaks or turns a line; offsets stay."""
    return "".join(
        " " if c in _TURNS or unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c
        for c in text
    )


def shown_title(info: ChatInfo) -> str:
    """Return a conversation's title on one line."""
    title = one_line(info.title[:_TITLE_CHARACTERS]).strip()
    return title or translate(N_("Without a title"))


def when_text(seconds: float) -> str:
    """Return day and time of a moment, as the language writes them."""
    return f"{date_text(seconds)} {time_text(seconds)}"


def month_text(day: datetime, now: datetime) -> str:
    """Return a month's name, with its year when that is not this year."""
    name = locale().standaloneMonthName(day.month)
    name = name[:1].upper() + name[1:]
    return name if day.year == now.year else f"{name} {day.year}"


def found_text(count: int) -> str:
    """Return how many conversations a search found."""
    if not count:
        return translate(N_("No conversation found"))
    return translate_plural(
        "{count} conversation found", "{count} conversations found", count
    )


def chats_text(count: int) -> str:
    """Return a number of conversations."""
    return translate_plural("{count} conversation", "{count} conversations", count)


def receipt_text(receipt: ChatReceipt) -> str:
    """Return what was deleted for good."""
    if not receipt.chats:
        return translate(N_("Nothing was there to delete."))
    return translate(
        N_("Deleted for good: {chats}, {exchanges}, {passages}."),
        chats=chats_text(receipt.chats),
        exchanges=translate_plural(
            "{count} question with its answer",
            "{count} questions with their answers",
            receipt.exchanges,
        ),
        passages=translate_plural(
            "{count} stored passage", "{count} stored passages", receipt.passages
        ),
    )


def retention_text(days: int) -> str:
    """Return how long conversations are kept."""
    return translate_plural(
        "Conversations are deleted {count} day after the last change.",
        "Conversations are deleted {count} days after the last change.",
        days,
    )


def bin_text(days: int) -> str:
    """Return how long the bin keeps what is in it."""
    return translate_plural(
        "Deleted conversations stay here for {count} day, then they are gone for good.",
        "Deleted conversations stay here for {count} days, then they are gone for"
        " good.",
        days,
    )
