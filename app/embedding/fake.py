"""A deterministic embedder and a reranker without a model, for tests and trials.

Each word adds its hash's direction to the text's vector, cut to its first letters so
that inflected forms meet. Texts that share words are near, others about orthogonal.

Invariant: it keeps the port's promises (shape, unit length, `stop`), so what runs with
it runs with a real one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from app.errors import Cancelled

if TYPE_CHECKING:
    from app.values.ports import Vectors

_WORD = re.compile(r"\w+")
_STEM_LETTERS = 5


def _never() -> bool:
    return False


class FakeEmbedder:
    """Hashed bag of word stems. `calls` counts the texts it was given."""

    def __init__(self, dimensions: int = 64, key: str = "fake") -> None:
        self.dimensions = dimensions
        self.key = key
        self.calls = 0

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return float32 (len(texts), dimensions), rows of length 1."""
        return self.embed_passages(texts)

    def embed_passages(
        self, texts: Sequence[str], stop: Callable[[], bool] = _never
    ) -> Vectors:
        """Return float32 (len(texts), dimensions), rows of length 1.

        Raises Cancelled when `stop` says so; it is asked before each text.
        """
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            if stop():
                raise Cancelled
            self.calls += 1
            vectors[row] = self._vector(text)
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Return how many words the texts have."""
        return sum(len(text.split()) for text in texts)

    def _vector(self, text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        total = np.zeros(self.dimensions, np.float64)
        for word in _WORD.findall(text.casefold()) or [""]:
            total += self._direction(word[:_STEM_LETTERS])
        length = float(np.linalg.norm(total)) or 1.0
        return (total / length).astype(np.float32)

    def _direction(self, stem: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        digest = hashlib.shake_128(stem.encode()).digest(self.dimensions)
        return np.frombuffer(digest, np.uint8).astype(np.float64) - 127.5


class FakeReranker:
    """Share of the question's word stems that a passage holds. `calls` counts pairs."""

    def __init__(self, key: str = "fake") -> None:
        self.key = key
        self.calls = 0

    def score(
        self,
        question: str,
        passages: Sequence[str],
        stop: Callable[[], bool] = _never,
    ) -> list[float]:
        """Return a score in 0..1 for each passage that was read before `stop`."""
        asked = _stems(question)
        scores: list[float] = []
        for passage in passages:
            if stop():
                break
            self.calls += 1
            scores.append(len(asked & _stems(passage)) / max(1, len(asked)))
        return scores


def _stems(text: str) -> set[str]:
    return {word[:_STEM_LETTERS] for word in _WORD.findall(text.casefold())}
