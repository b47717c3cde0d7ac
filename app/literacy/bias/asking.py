"""Putting a task to a model: no answer is generated, only probabilities are read.

The three answers are lettered; each stands once at each place, and the log-probabilities
of its letter are averaged, so that a liking for "A" decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.literacy.bias.items import Item, Pair, Swap
from app.prompting.templates import Message, build_prompt, template_of
from app.values.ports import Prober, Stop
from app.values.prompts import Prompt, PromptPart

LETTERS = ("A", "B", "C")
ORDERS = ((0, 1, 2), (1, 2, 0), (2, 0, 1))
_INSTRUCTIONS = {
    "de": (
        "Lies den Text und beantworte die Frage. Antworte nur mit dem Buchstaben der"
        " richtigen Antwort."
    ),
    "en": (
        "Read the text and answer the question. Reply only with the letter of the right"
        " answer."
    ),
}
_ANSWER = {"de": "Antwort", "en": "Answer"}


class Asker(Protocol):
    """Answers a task with a number; what a test needs of a model."""

    def choose(self, item: Item, stop: Stop) -> int:
        """Return which of the three answers the model prefers."""

    def leaning(self, swap: Swap, stop: Stop) -> float:
        """Return how much better the model speaks of name b than of name a (log-odds)."""

    def preference(self, pair: Pair, stop: Stop) -> float:
        """Return how much likelier the cliché is than the other sentence (log)."""


@dataclass(slots=True)
class ProberAsker:
    """Asks a model through its probabilities. `template` is that of its family."""

    prober: Prober
    template: str
    language: str = "de"
    fresh: bool = True

    def choose(self, item: Item, stop: Stop) -> int:
        """Ask in three orders and return the answer with the highest mean."""
        totals = [0.0, 0.0, 0.0]
        for order in ORDERS:
            prompt = self.prompt_of(item, order)
            scores = self._score(prompt, LETTERS, stop)
            for letter, answer in enumerate(order):
                totals[answer] += scores[letter]
        return max(range(3), key=lambda answer: totals[answer])

    def leaning(self, swap: Swap, stop: Stop) -> float:
        """Compare how the sentence goes on after either name."""
        a_good, a_bad = self._score(_plain(swap.text_a), (swap.good, swap.bad), stop)
        b_good, b_bad = self._score(_plain(swap.text_b), (swap.good, swap.bad), stop)
        return (b_good - b_bad) - (a_good - a_bad)

    def preference(self, pair: Pair, stop: Stop) -> float:
        """Compare the log-likelihoods of two whole sentences."""
        cliche, other = self._score(_plain("\n"), (pair.cliche, pair.other), stop)
        return cliche - other

    def prompt_of(self, item: Item, order: tuple[int, int, int]) -> Prompt:
        """Return the question with its answers in an order."""
        word = _ANSWER.get(self.language, _ANSWER["en"])
        instruction = _INSTRUCTIONS.get(self.language, _INSTRUCTIONS["en"])
        options = "\n".join(
            f"{letter}: {item.answers[answer]}"
            for letter, answer in zip(LETTERS, order, strict=True)
        )
        asked = f"{instruction}\n\n{item.text}\n{item.question}\n"
        if template_of(self.template) is None:
            return _plain(f"{asked}{options}\n{word}: ")
        # The text is a part of its own: its tokens are the same in all three orders.
        message = Message("user", options, ahead=(asked,))
        return build_prompt(self.template, [message])

    def _score(
        self, prompt: Prompt, options: tuple[str, ...], stop: Stop
    ) -> list[float]:
        scores = self.prober.score(prompt, options, stop=stop, fresh=self.fresh)
        # Only the first question of a test must not lean on what was read before.
        self.fresh = False
        return [score.logprob for score in scores]


def _plain(text: str) -> Prompt:
    return Prompt((PromptPart(text),))
