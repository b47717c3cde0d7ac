"""From logits to text: one token after the other, and what of it can be shown already."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.inference.lookup import Lookup
from app.values.generation import Token

if TYPE_CHECKING:  # imported when a model is loaded
    from app.inference.llama_model import LlamaModel
    from app.inference.llama_sampler import Sampler


class Said:
    """What was said, with the tokens it came in, and why it ended.

    `cut` tells that the text is less than its tokens: a stop was met within it.
    """

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.text = ""
        self.reason = "stop"
        self.cut = False


def speak(
    model: LlamaModel,
    ids: Iterator[int],
    stops: tuple[str, ...],
    limit: int,
    said: Said,
) -> Iterator[Token]:
    """Yield text as it can be shown: whole characters, nothing of a stop."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    pending = ""
    for token in ids:
        if model.ends(token):
            break
        said.tokens.append(token)
        pending += decoder.decode(model.piece(token))
        ready, pending, stopped = split_at_stop(pending, stops)
        if ready:
            said.text += ready
            yield Token(ready)
        if stopped:
            said.cut = True
            return
        if len(said.tokens) >= limit:
            said.reason = "length"
            break
    if pending:
        said.text += pending
        yield Token(pending)


def chosen(
    model: LlamaModel, sampler: Sampler, tokens: list[int], draft: int
) -> Iterator[int]:
    """Yield one token after the other; each is evaluated when the next is wanted."""
    if draft:
        yield from _checked(model, sampler, Lookup(tokens, min(draft, model.batch - 1)))
        return
    while True:
        token = sampler.next()
        yield token
        model.decode([token])


def _checked(model: LlamaModel, sampler: Sampler, lookup: Lookup) -> Iterator[int]:
    """Yield the tokens of `chosen`, several at once where a guess was right."""
    token = sampler.next()
    while True:
        lookup.add(token)
        yield token
        room = model.size - len(model.tokens) - 1
        guess = lookup.draft()[: max(0, room)]
        model.decode_all([token, *guess])
        known = len(model.tokens) - len(guess)
        token = sampler.next(0)
        for place, guessed in enumerate(guess, 1):
            if token != guessed:
                break
            known += 1
            lookup.add(token)
            yield token
            token = sampler.next(place)
        model.cut(known)


def split_at_stop(text: str, stops: tuple[str, ...]) -> tuple[str, str, bool]:
    """Return (ready to show, to hold back, whether a stop was met)."""
    for stop in stops:
        place = text.find(stop)
        if place >= 0:
            return text[:place], "", True
    for size in range(min(max(map(len, stops), default=0), len(text)), 0, -1):
        if any(stop.startswith(text[-size:]) for stop in stops):
            return text[:-size], text[-size:], False
    return text, "", False
