"""Conversations as they are kept: exchanges in a tree, so that nothing said is lost.

An exchange is a question with its answer. Editing a question or asking again makes a
new exchange with the same parent, a *variant*; the way from the root to the chosen
leaf is what the window shows, and every other way can be gone back to.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.values.answers import Answer
from app.values.prompts import Sampling


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question is asked of: a base, or only these documents (paths) of it."""

    base: str
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """What the answer was made with, kept so that it can be understood later.

    `model` is a card's id ("" when no model was asked), `version` Allmende's.
    """

    model: str = ""
    model_title: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    top_k: int = 8
    sources_only: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person found of an answer: `good` is None where nothing was said.

    `correction` is the answer as it should have been, "" where nobody wrote one. It stays
    on this computer; the data studio takes it when somebody collects it.
    """

    good: bool | None = None
    correction: str = ""

    @property
    def useful(self) -> bool:
        """Whether it tells how to answer: a good answer, or a corrected one."""
        return bool(self.good) or bool(self.correction)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with what came of it. Times are seconds since 1970 (UTC).

    `answer` is None while it is being given, or when it was cut off by a crash; then
    `partial` holds what had been said. `failure` is a sentence with its remedy in the
    user's language when the question could not be answered at all. `variants` are the
    ids of all exchanges with the same parent, oldest first, this one among them.
    """

    id: int
    chat: int
    parent: int | None
    question: str
    scope: Scope
    settings: AnswerSettings
    asked_at: float
    answer: Answer | None = None
    partial: str = ""
    failure: str = ""
    variants: tuple[int, ...] = ()
    rating: Rating = Rating()


@dataclass(frozen=True, slots=True)
class ChatInfo:
    """A conversation in a list. `folder` "" is none; `deleted_at` None is not in the bin.

    `exchanges` counts those on the chosen way.
    """

    id: int
    title: str
    folder: str = ""
    pinned: bool = False
    created_at: float = 0.0
    changed_at: float = 0.0
    deleted_at: float | None = None
    exchanges: int = 0


@dataclass(frozen=True, slots=True)
class ChatHit:
    """A conversation that was found, with the words around the first place.

    `marks` are (start, end) offsets into `snippet` of what was searched for.
    """

    chat: ChatInfo
    exchange: int | None
    snippet: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ChatReceipt:
    """What was removed for good, as proof."""

    chats: int = 0
    exchanges: int = 0
    passages: int = 0
