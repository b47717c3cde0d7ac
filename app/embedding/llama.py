"""Embeddings through llama.cpp, for models that come as GGUF files.

Runs inside the index child, so that a file that crashes llama.cpp takes down no window.
Texts run one at a time: attention goes over a whole batch, and several texts in one
cost more than they save (measured: 490 ms instead of 185 for a paragraph).

Invariants: the same text always gives the same vector; a text is never read as control
tokens, so no document can pretend to end where it does not. One of the two owners of
llama_cpp, imported in the constructor.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app import backends
from app.errors import Cancelled, ModelError
from app.i18n import N_
from app.values.cards import ModelCard

if TYPE_CHECKING:
    from app.values.ports import Vectors

MAX_TOKENS = 512


def _never() -> bool:
    return False


class LlamaEmbedder:
    """An `Embedder` over a GGUF file.

    Raises ModelError for a missing or damaged file, and for a model that does not pool
    its tokens to one vector.
    """

    def __init__(self, folder: Path, card: ModelCard, threads: int) -> None:
        self.key = card.sha256
        self.dimensions = card.dimensions
        self._prefixes = (card.query_prefix, card.passage_prefix)
        self._tokens = min(card.context or MAX_TOKENS, MAX_TOKENS)
        # Searches and indexing ask from two threads; llama.cpp has one context.
        self._lock = threading.Lock()
        path = folder / card.file
        if not path.is_file():
            raise ModelError(
                N_("The search model {title} is incomplete: {file} is missing."),
                N_("Install the model again."),
                title=card.title,
                file=path.name,
            )
        self._llama = _load(path, card, self._tokens, threads)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return float32 (len(texts), dimensions), rows of length 1, for questions."""
        return self._embed(self._prefixes[0], texts, _never)

    def embed_passages(
        self, texts: Sequence[str], stop: Callable[[], bool] = _never
    ) -> Vectors:
        """Return float32 (len(texts), dimensions), rows of length 1, for passages.

        Only the first 512 tokens of a text count. Raises Cancelled when `stop` says so;
        it is asked before each text.
        """
        return self._embed(self._prefixes[1], texts, stop)

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Return how many tokens the texts have, as far as they are read."""
        with self._lock:
            counts = [len(self._llama.tokenize(text.encode())) for text in texts]
        return sum(min(count, self._tokens) for count in counts)

    def _embed(
        self, prefix: str, texts: Sequence[str], stop: Callable[[], bool]
    ) -> Vectors:
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            if stop():
                raise Cancelled
            # An empty text has no tokens in models that add none of their own.
            with self._lock:
                vectors[row] = self._llama.embed(prefix + text or " ", normalize=True)
        return vectors


def _load(path: Path, card: ModelCard, tokens: int, threads: int) -> Any:
    import llama_cpp

    os.environ["GGML_NO_BACKTRACE"] = "1"
    backends.load(llama_cpp, gpu=False)
    try:
        llama = llama_cpp.Llama(
            str(path),
            embedding=True,
            n_ctx=tokens,
            n_batch=tokens,
            n_ubatch=tokens,
            n_threads=max(1, threads),
            n_threads_batch=max(1, threads),
            n_gpu_layers=0,
            verbose=False,
        )
    except (ValueError, RuntimeError, OSError) as error:
        raise _damaged(card) from error
    # Declared as text there, but a number.
    pooling = int(llama.pooling_type())
    pooled = pooling != llama_cpp.LLAMA_POOLING_TYPE_NONE
    if pooled and llama.n_embd() == card.dimensions:
        return llama
    llama.close()
    raise ModelError(
        N_("The model {title} gives no vectors that can be searched."),
        N_("Choose a model that was made as an embedder."),
        title=card.title,
    )


def _damaged(card: ModelCard) -> ModelError:
    return ModelError(
        N_("The search model {title} is damaged."),
        N_("Install the model again."),
        title=card.title,
    )
