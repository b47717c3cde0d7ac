"""Embeddings through ONNX Runtime, the fast default on every processor.

A model is a folder with the card's graph and a `tokenizer.json`. The graph takes
`input_ids` and `attention_mask`, int64 (batch, tokens), and returns `embedding`,
float32 (batch, dimensions).

Texts run one at a time: padding costs more than a batch saves (tests/bench/EMBEDDERS.md),
and as activations are quantised per run, a vector must not depend on its neighbours.

Invariant: the same text always gives the same vector, in whatever company
(`tests/embedding/test_onnx.py`). This module owns onnxruntime and tokenizers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from app.errors import Cancelled, ModelError
from app.i18n import N_
from app.values.cards import ModelCard

if TYPE_CHECKING:
    from app.values.ports import Vectors

MAX_TOKENS = 512
_ERRORS_ONLY = 3
# Threads that wait by spinning take the processor from the model that is answering.
_SPINNING = "session.intra_op.allow_spinning"


def _never() -> bool:
    return False


class OnnxEmbedder:
    """An `Embedder` over a model folder.

    Loading checks the graph's size against the card; the full hash is the business of
    `models verify`. Raises ModelError for missing or damaged files.
    """

    def __init__(self, folder: Path, card: ModelCard, threads: int) -> None:
        self.key = card.sha256
        self.dimensions = card.dimensions
        self._prefixes = (card.query_prefix, card.passage_prefix)
        graph = _existing(folder / card.file, card)
        if card.size_bytes and graph.stat().st_size != card.size_bytes:
            raise _damaged(card)
        self._tokenizer = _load_tokenizer(folder / "tokenizer.json", card)
        self._session = _load_session(graph, card, threads)

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
        return sum(len(self._tokenizer.encode(text).ids) for text in texts)

    def _embed(
        self, prefix: str, texts: Sequence[str], stop: Callable[[], bool]
    ) -> Vectors:
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            if stop():
                raise Cancelled
            ids = np.array([self._tokenizer.encode(prefix + text).ids], np.int64)
            inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
            vectors[row] = self._session.run(["embedding"], inputs)[0][0]
        return vectors


def _existing(path: Path, card: ModelCard) -> Path:
    if not path.is_file():
        raise ModelError(
            N_("The search model {title} is incomplete: {file} is missing."),
            N_("Install the model again."),
            title=card.title,
            file=path.name,
        )
    return path


def _damaged(card: ModelCard) -> ModelError:
    return ModelError(
        N_("The search model {title} is damaged."),
        N_("Install the model again."),
        title=card.title,
    )


def _load_tokenizer(path: Path, card: ModelCard) -> Any:
    text = _existing(path, card).read_bytes()
    try:
        tokenizer = Tokenizer.from_buffer(text)
    except ValueError as error:
        raise _damaged(card) from error
    tokenizer.enable_truncation(min(card.context or MAX_TOKENS, MAX_TOKENS))
    tokenizer.no_padding()
    return tokenizer


def _load_session(path: Path, card: ModelCard, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = max(1, threads)
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry(_SPINNING, "0")
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        shape = session.get_outputs()[0].shape
    except Exception as error:
        raise _damaged(card) from error
    if shape[-1] != card.dimensions:
        raise _damaged(card)
    return session
