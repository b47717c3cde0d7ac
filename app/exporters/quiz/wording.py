"""The sentences of an exported quiz, in the language of the quiz.

`SENTENCES` are the templates; a face calls `quiz_wording(say)`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.i18n import N_
from app.values.places import PLACE_SENTENCES
from app.values.quiz import KINDS


@dataclass(frozen=True, slots=True)
class QuizWording:
    """Sentences in the language of the quiz; some hold a `{placeholder}`."""

    notice: str
    notice_text: str
    checked: str
    ai_tag: str
    model: str
    licence: str
    author: str
    sources: str
    source: str
    solutions: str
    solution: str
    question: str
    name_line: str
    answer: str
    true: str
    false: str
    several: str
    decide: str
    fill: str
    match: str
    belongs: str
    points: str
    kind: str
    tags: str
    feedback: str
    check: str
    retry: str
    show: str
    finish: str
    next: str
    back: str
    progress: str
    jump: str
    result: str
    score: str
    right: str
    wrong: str
    missing: str
    picture: str
    kinds: Mapping[str, str]
    places: Mapping[str, str]


SENTENCES = QuizWording(
    notice=N_(
        "These questions were made with the help of artificial intelligence. Compare"
        " them with the sources before you use them."
    ),
    notice_text=N_(
        "These questions were made by a computer program from the sources, without a"
        " language model. Compare them with the sources before you use them."
    ),
    checked=N_("Checked by {name} on {date}."),
    ai_tag=N_("AI-generated"),
    model=N_("Language model: {model}"),
    licence=N_("Licence: {licence}"),
    author=N_("Author: {author}"),
    sources=N_("Sources"),
    source=N_("Source: {place}"),
    solutions=N_("Solutions"),
    solution=N_("Solution"),
    question=N_("Question"),
    name_line=N_("Name:"),
    answer=N_("Answer"),
    true=N_("True"),
    false=N_("False"),
    several=N_("Several answers can be right."),
    decide=N_("True or false?"),
    fill=N_("Fill in the gaps."),
    match=N_("What belongs together?"),
    belongs=N_("What belongs to “{left}”?"),
    points=N_("Points"),
    kind=N_("Type"),
    tags=N_("Tags"),
    feedback=N_("Feedback"),
    check=N_("Check"),
    retry=N_("Try again"),
    show=N_("Show solution"),
    finish=N_("Finish"),
    next=N_("Next question"),
    back=N_("Previous question"),
    # Translators: @current and @total stay as they are.
    progress=N_("Question @current of @total"),
    # Translators: %d stays as it is.
    jump=N_("Jump to question %d"),
    result=N_("Your result:"),
    # Translators: @score and @total stay as they are.
    score=N_("@score of @total points"),
    right=N_("Right!"),
    wrong=N_("Not right."),
    missing=N_("Please answer first."),
    picture=N_("Picture"),
    kinds={
        "single": N_("Single choice"),
        "multiple": N_("Multiple choice"),
        "truefalse": N_("True or false"),
        "short": N_("Short answer"),
        "matching": N_("Matching"),
        "cloze": N_("Gap text"),
        "numerical": N_("Number"),
        "essay": N_("Essay"),
    },
    places=PLACE_SENTENCES,
)


def quiz_wording(say: Callable[[str], str] = str) -> QuizWording:
    """Return the sentences as `say` says them; English without it."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(QuizWording):
        template = getattr(SENTENCES, field.name)
        if isinstance(template, str):
            found[field.name] = say(template)
        else:
            found[field.name] = {key: say(text) for key, text in template.items()}
    return QuizWording(**found)


assert set(SENTENCES.kinds) == set(KINDS)
