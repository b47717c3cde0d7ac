"""The ports: what one step asks of the next, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from app.values.documents import ExtractedDocument
from app.values.generation import EngineEvent
from app.values.passages import SearchResult
from app.values.prompts import Prompt, Sampling
from app.values.tokens import NextTokens, Score, TextToken

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vectors = NDArray[numpy.float32]
else:  # the main process does without numpy
    Vectors = Any


class Stop(Protocol):
    """Asked often by long work: True when the user wants it to end."""

    def __call__(self) -> bool:
        """Tell whether to end."""


class Reader(Protocol):
    """Turns one kind of file into text.

    Raises DocumentError when the file has nothing to read. Never writes, never opens
    anything but `path`.
    """

    name: str
    suffixes: tuple[str, ...]

    def read(self, path: Path) -> ExtractedDocument:
        """Return the text of a file."""


class Embedder(Protocol):
    """Turns texts into unit vectors.

    `key` names the exact weights (a hash): vectors of different keys never mix.
    Both methods return float32 of shape (len(texts), dimensions), rows of length 1.
    `embed_passages` asks `stop` between batches and raises Cancelled.
    """

    key: str
    dimensions: int

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return a vector for each question."""

    def embed_passages(
        self, texts: Sequence[str], stop: Callable[[], bool] = ...
    ) -> Vectors:
        """Return a vector for each passage."""

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Return how many tokens the texts have, as far as they are read."""


class Reranker(Protocol):
    """Judges how well passages answer a question, each pair of the two by itself.

    `key` names the exact weights (a hash).
    """

    key: str

    def score(
        self,
        question: str,
        passages: Sequence[str],
        stop: Callable[[], bool] = ...,
    ) -> list[float]:
        """Return a score for each passage, larger is better; only their order counts.

        `stop` is asked between batches; when it says so, what was scored by then comes
        back, so the list may be shorter than `passages`.
        """


class VectorStore(Protocol):
    """Nearest vectors of one base. `rows` are chunk ids, scores cosines."""

    def search(self, vector: Vectors, top_k: int) -> list[tuple[int, float]]:
        """Return (chunk id, cosine), best first."""


class Engine(Protocol):
    """Turns a prompt into text. One generation at a time.

    Closing the iterator cancels: within one token, or one batch of the prompt.
    Raises ModelError or WorkerDied.
    """

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        """Stream the continuation of a prompt."""

    def prepare(self, prompt: Prompt) -> Iterator[EngineEvent]:
        """Evaluate `prompt.beginning` ahead of a question: Loading*, Reading*, Done.

        Speculative: `generate` ends it at once and takes over what it has done; an
        engine that cannot do this ends the stream without a word.
        """

    def close(self) -> None:
        """Let go of the model."""


class Prober(Protocol):
    """Looks into a model instead of letting it speak. Raises what an Engine raises.

    `stop` is asked meanwhile; when it says so, Cancelled is raised.
    """

    def tokens(self, text: str, stop: Stop = ...) -> tuple[TextToken, ...]:
        """Return the tokens of a text."""

    def next_tokens(self, prompt: Prompt, count: int, stop: Stop = ...) -> NextTokens:
        """Return the `count` most probable tokens after a prompt, before temperature."""

    def score(
        self,
        prompt: Prompt,
        options: Sequence[str],
        stop: Stop = ...,
        fresh: bool = ...,
    ) -> tuple[Score, ...]:
        """Return how likely each option is as continuation of a prompt.

        `fresh`: use nothing evaluated before, so that the figures can be repeated.
        """


class Searcher(Protocol):
    """Finds passages for a question; what `answering` needs of `knowledge`."""

    def search(self, query: str, top_k: int) -> SearchResult:
        """Return the best passages."""
