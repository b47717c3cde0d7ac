"""The reranker of the index child: loaded when the first question needs it.

How many passages it reads for a question follows from its speed on this computer
(`retrieval/rerank.py`). Where nobody measured that, it is measured after loading; where
it is too slow, or does not load, the order of the search stays as it is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.embedding import open_reranker
from app.errors import AppError
from app.knowledge.config import IndexConfig, RerankerChoice
from app.knowledge.embedders import need_unchanged
from app.knowledge.ingest import passage_text
from app.knowledge.messages import Noted
from app.knowledge.trial import speed_of_reranker, try_reranker
from app.log import get_logger
from app.retrieval.candidates import Candidate
from app.retrieval.rerank import BUDGET_S, affordable, reranked
from app.values.bases import EmbedderSpeed
from app.values.cards import InstalledModel
from app.values.ports import Reranker
from app.workers.child import Job

_log = get_logger("knowledge.reranking")
# On a busy computer it may take longer than was measured, but not without end.
_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class SecondLook:
    """A reranker that is ready, and how many passages it may read for a question."""

    reranker: Reranker
    count: int

    def order(self, question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return the candidates, the first of them in the reranker's order."""
        ends_s = time.monotonic() + BUDGET_S * _PATIENCE
        texts = [passage_text(c.heading, c.text) for c in candidates[: self.count]]
        scores = self.reranker.score(
            question, texts, stop=lambda: time.monotonic() > ends_s
        )
        return reranked(candidates, scores)


class Rerankers:
    """Loads the chosen reranker once. Any thread may ask."""

    def __init__(self, config: IndexConfig) -> None:
        self._choice = config.reranker
        self._threads = config.threads
        self._ready: SecondLook | None = None
        self._tried = False
        self._lock = threading.Lock()

    def take(self, job: Job) -> Iterator[Noted]:
        """Take what was chosen, told by the main process."""
        self.use(job.message.choice)
        yield Noted()

    def use(self, choice: RerankerChoice | None) -> None:
        """Use another reranker, or none, from the next question on."""
        with self._lock:
            if choice != self._choice:
                self._choice, self._ready, self._tried = choice, None, False

    def measured(self, job: Job) -> Iterator[EmbedderSpeed]:
        """Yield how a reranker does on this computer; the last value counts."""
        reranker = self._opened(job.message.model)
        yield from try_reranker(reranker, job.cancelled)

    def ready(self) -> SecondLook | None:
        """Return the chosen reranker, loaded; None where there is none to use."""
        with self._lock:
            if self._choice is not None and not self._tried:
                self._tried = True
                self._ready = self._open(self._choice)
            return self._ready

    def _opened(self, model: InstalledModel) -> Reranker:
        need_unchanged(model)
        return open_reranker(model, self._threads)

    def _open(self, choice: RerankerChoice) -> SecondLook | None:
        if choice.pairs_per_second and not affordable(choice.pairs_per_second):
            return None
        try:
            reranker = self._opened(choice.model)
        except AppError as error:
            _log.error("a reranker did not load: %s", type(error).__name__)
            return None
        count = affordable(choice.pairs_per_second or speed_of_reranker(reranker))
        return SecondLook(reranker, count) if count else None
