"""Reranking by a cross-encoder of sentence-transformers, for the full edition.

A cross-encoder reads question and passage together and gives one score. It is loaded by
the rules of `sentence_transformers.py`: its own folder, safetensors only, no code that
came with it, no hub. Passages run a few at a time and in order, so that time can be
called at any moment and the best of the search were read by then.

Invariant: the same pair always gets the same score, whatever runs beside it, but for
rounding (`tests/embedding/test_cross_encoder.py`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.embedding.sentence_transformers import (
    OFFLINE,
    check_files,
    damaged,
    needs_full_edition,
    without_bars,
)
from app.errors import ModelError
from app.i18n import N_
from app.values.cards import ModelCard

BATCH = 4
MAX_TOKENS = 512


def _never() -> bool:
    return False


class CrossEncoderReranker:
    """A `Reranker` over a model folder.

    Raises ModelError when the library is not installed, when the folder holds pickled
    weights, when files are missing or damaged, and for a model with several scores.
    """

    def __init__(self, folder: Path, card: ModelCard, threads: int) -> None:
        self.key = card.sha256
        check_files(folder, card)
        os.environ.update(OFFLINE)
        self._model = _load(folder.absolute(), card, threads)

    def score(
        self,
        question: str,
        passages: Sequence[str],
        stop: Callable[[], bool] = _never,
    ) -> list[float]:
        """Return a score for each passage, larger is better.

        `stop` is asked before each four; what was scored by then comes back.
        """
        scores: list[float] = []
        for start in range(0, len(passages), BATCH):
            if stop():
                break
            part = passages[start : start + BATCH]
            scores.extend(self._scored(question, part).tolist())
        return scores

    def _scored(self, question: str, passages: Sequence[str]) -> Any:
        found = self._model.predict(
            [(question, passage) for passage in passages],
            batch_size=BATCH,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return np.asarray(found, np.float64).reshape(len(passages))


def _load(folder: Path, card: ModelCard, threads: int) -> Any:
    try:
        import torch
        from sentence_transformers import CrossEncoder
    except ImportError as error:
        raise needs_full_edition(card) from error
    without_bars()
    torch.set_num_threads(max(1, threads))
    try:
        model = CrossEncoder(
            str(folder),
            device="cpu",
            max_length=min(card.context or MAX_TOKENS, MAX_TOKENS),
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:  # each file format has an error of its own
        raise damaged(card) from error
    if int(model.num_labels) != 1:
        raise ModelError(
            N_("The model {title} gives no order of passages."),
            N_("Choose a model that was made as a reranker."),
            title=card.title,
        )
    return model
