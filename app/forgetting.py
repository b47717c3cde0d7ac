"""“Forget everything about …”: what speaks of somebody, found and removed, with a receipt.

    words ─► documents of all bases whose text or name holds them ┐
          ├► conversations that hold them, also from the bin      ├─ Traces ─► Forgotten
          └► drafts: of the workshop, and what is being typed     ┘
What is looked for is the very words, whatever their case and the spaces between them.
People see what was found before anything goes: this module finds and removes, it does
not decide. Files of the user are never touched.

Invariant: after `forget` a second `traces` finds nothing (`tests/test_forgetting.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from app.errors import UsageError
from app.i18n import N_
from app.knowledge.client import Knowledge
from app.values.chats import ChatInfo, ChatReceipt, Exchange
from app.values.ports import Stop
from app.values.works import WorkInfo

_FEWEST_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Trace:
    """A document that holds the words."""

    base: str
    file: str


@dataclass(frozen=True, slots=True)
class Traces:
    """All that holds the words. `typed`: the question that is being typed does."""

    words: str
    documents: tuple[Trace, ...] = ()
    chats: tuple[ChatInfo, ...] = ()
    works: tuple[WorkInfo, ...] = ()
    typed: bool = False

    @property
    def nothing(self) -> bool:
        """Whether nothing holds the words."""
        return not (self.documents or self.chats or self.works or self.typed)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed, as proof, in numbers."""

    documents: int = 0
    chunks: int = 0
    vectors: int = 0
    chats: int = 0
    exchanges: int = 0
    quotes: int = 0
    works: int = 0


class Chats(Protocol):
    """The part of the conversations that is needed."""

    def chats(self, deleted: bool = False) -> list[ChatInfo]:
        """Return all conversations, or those in the bin."""

    def all_exchanges(self, chat: int) -> list[Exchange]:
        """Return every exchange of a conversation, also of other variants."""

    def draft(self, chat: int | None) -> str:
        """Return what was typed and not asked yet."""

    def purge(self, chat: int) -> ChatReceipt:
        """Remove a conversation for good."""

    def work_texts(self) -> list[tuple[WorkInfo, str]]:
        """Return the drafts of the workshop with all texts in them."""


def traces(
    words: str, knowledge: Knowledge, chats: Chats, stop: Stop = lambda: False
) -> Traces:
    """Return what holds the words. Raises UsageError for too few letters."""
    wanted = _folded(words)
    if len(wanted) < _FEWEST_LETTERS:
        raise UsageError(
            N_("That is too short: it would be found nearly everywhere."),
            N_("Give a whole name or several words."),
        )
    documents = tuple(_documents(wanted, knowledge, stop))
    found = tuple(_chats(wanted, chats, stop))
    works = tuple(info for info, text in chats.work_texts() if wanted in _folded(text))
    return Traces(words, documents, found, works, wanted in _folded(chats.draft(None)))


def _documents(wanted: str, knowledge: Knowledge, stop: Stop) -> Iterator[Trace]:
    for base in knowledge.own_bases(automatic=True):
        for document in knowledge.documents(base.name):
            if stop():
                return
            held = wanted in _folded(f"{document.file} {document.title}")
            if not held and document.status == "indexed":
                held = wanted in _folded(knowledge.text(document.id).text)
            if held:
                yield Trace(base.name, document.file)


def _chats(wanted: str, chats: Chats, stop: Stop) -> Iterator[ChatInfo]:
    for info in (*chats.chats(), *chats.chats(deleted=True)):
        if stop():
            return
        said = [info.title, info.folder, chats.draft(info.id)]
        for exchange in chats.all_exchanges(info.id):
            said += [exchange.question, exchange.partial, exchange.rating.correction]
            if exchange.answer is not None:
                said.append(exchange.answer.text)
                said += [p.text for p in exchange.answer.passages]
        if wanted in _folded(" ".join(said)):
            yield info


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
