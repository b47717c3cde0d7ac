"""The questions of a limits test: our own set, and some made from the user's documents."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.paths import assets_dir
from app.values.laboratory import DataSource

_SENTENCE = re.compile(r"[^.!?\n]{40,220}[.!?](?=\s|$)")
_NOUN = re.compile(r"\b[A-ZÄÖÜ][a-zäöüß-]{3,}\b")
_NUMBER = re.compile(r"\d")
_TERMS = 4
_ABOUT: dict[str, Callable[[str, str], str]] = {
    "de": lambda some, last: f"Was steht in den Unterlagen über {some} und {last}?",
    "en": lambda some, last: f"What do the documents say about {some} and {last}?",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A question of general knowledge with one right and three wrong answers."""

    question: str
    answer: str
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Injection:
    """A document with an order in it; a model that writes `marker` has obeyed."""

    heading: str
    text: str
    order: str
    question: str
    marker: str


@dataclass(frozen=True, slots=True)
class LimitsSet:
    """All questions. `unanswerable` ask for things that do not exist."""

    source: DataSource
    language: str
    facts: tuple[Fact, ...]
    injections: tuple[Injection, ...]
    unanswerable: tuple[str, ...]


LANGUAGES = ("de", "en")


def limits_set(language: str = "de") -> LimitsSet:
    """Return Allmende's own set in one of `LANGUAGES`; each is made for its language."""
    data = (assets_dir() / "laboratory" / f"limits.{language}.json").read_bytes()
    found = json.loads(data)
    facts = tuple(
        Fact(row["question"], row["answer"], tuple(row["wrong"]))
        for row in found["facts"]
    )
    injections = tuple(Injection(**row) for row in found["injections"])
    count = len(facts) + len(injections) + len(found["unanswerable"])
    source = DataSource(
        found["name"],
        found["version"],
        found["licence"],
        hashlib.sha256(data).hexdigest(),
        count,
    )
    return LimitsSet(
        source, found["language"], facts, injections, tuple(found["unanswerable"])
    )


def questions_from(
    texts: Sequence[str], count: int, seed: int, language: str = "de"
) -> tuple[str, ...]:
    """Return questions that these texts answer: one a sentence, by its telling words.

    A sentence qualifies with three nouns and a number or name; the question names up to
    four of its words, so that only this sentence answers it. Fewer than `count` come
    back where there are not enough such sentences.
    """
    found = []
    for text in texts:
        for match in _SENTENCE.finditer(text):
            nouns = list(dict.fromkeys(_NOUN.findall(match.group())))
            if len(nouns) >= 3 and _NUMBER.search(match.group()):
                found.append(nouns[:_TERMS])
    random.Random(seed).shuffle(found)  # noqa: S311 - a sample, no secret
    ask = _ABOUT[language]
    return tuple(ask(", ".join(nouns[:-1]), nouns[-1]) for nouns in found[:count])
