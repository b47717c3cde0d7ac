"""What a model is told: which passages, which of the talk before, in which order.

The talk before is told only where a question makes no sense without it, and to models
that are large enough not to be led astray by it. Numbers in earlier answers refer to
the sources of then: they stay only where these are the sources of now.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.answering.computed import computed_source
from app.answering.followup import leans_back, standalone
from app.answering.phrases import phrase
from app.prompting.question import Said, question_prompt
from app.values.answers import Answer
from app.values.cards import ModelCard
from app.values.passages import Passage, SearchResult
from app.values.prompts import Prompt, Sampling

_SMALL_MODEL_M = 1_000
_SMALL_BUDGET, _BUDGET = 900, 2_600
_MOST_TURNS, _MOST_CHARS = 2, 1_600
_HISTORY_TOKENS = 640
_LEAST_ROOM = 512
_NUMBERS = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")


def is_small(card: ModelCard) -> bool:
    """Tell whether a model is so small that it needs little and plain text."""
    return 0 < card.parameters_m < _SMALL_MODEL_M


def answer_prompt(
    question: str,
    language: str,
    found: SearchResult,
    card: ModelCard,
    sampling: Sampling,
    earlier: Sequence[str] = (),
    history: Sequence[Answer] = (),
    wish: str = "",
) -> tuple[Prompt, tuple[Passage, ...]]:
    """Return the prompt for a question, and the passages that fitted into it.

    `earlier` are the questions before it, `history` the answers, the last one last;
    `wish` is how else to answer.
    """
    small = is_small(card)
    context = min(card.context or 4096, 4096) - sampling.max_tokens - _HISTORY_TOKENS
    budget = min(max(_LEAST_ROOM, context), _SMALL_BUDGET if small else _BUDGET)
    passages = found.passages
    if found.computed is not None:
        # Of a result a model may say only the sentence that was computed.
        passages = (computed_source(found.computed, language),)
    told = () if small else _told(question, history)
    return question_prompt(
        card.template,
        language,
        phrase("refusal", language),
        question if told else standalone(question, earlier),
        passages,
        budget,
        [_said(answer, found.passages) for answer in told],
        wish,
    )


def _told(question: str, history: Sequence[Answer]) -> Sequence[Answer]:
    """Return the answers that a question needs to be understood, none for most."""
    if not leans_back(question):
        return ()
    told: list[Answer] = []
    room = _MOST_CHARS
    for answer in reversed(history[-_MOST_TURNS:]):
        room -= len(answer.question) + len(answer.text)
        if not answer.spoken_by_model or answer.abstained or room < 0:
            break
        told.insert(0, answer)
        if not leans_back(answer.question):
            return told
    # A talk whose beginning is missing is not understood.
    return told if len(told) == _MOST_TURNS else ()


def _said(answer: Answer, passages: Sequence[Passage]) -> Said:
    same = _places(answer.passages) == _places(passages)
    text = answer.text if same else _NUMBERS.sub("", answer.text)
    return Said(answer.question, text.strip())


def _places(passages: Sequence[Passage]) -> list[tuple[int, str, int, int]]:
    return [(p.rank, p.file, p.start, p.end) for p in passages]
