"""How fast models are on this computer: measured once, kept, and decided by.

    model ─► nothing else speaks ─► measured in its child ─► speeds.json ─► choices

A reranker that would keep people waiting is not used, and the embedder recommended is
the fastest of those that find enough. Part of the composition root (`services.py`).
"""

from __future__ import annotations

import contextlib
from dataclasses import replace

from app import paths
from app.catalogue.speeds import Speed, Speeds, best_embedder, of_embedder
from app.catalogue.speeds import measure as measure_engine
from app.catalogue.store import ModelStore
from app.catalogue.trust import Trust
from app.embedding import runs_here
from app.errors import AppError, BusyError, Cancelled, ModelError
from app.i18n import N_
from app.inference.hardware import physical_cores
from app.inference.quiet import QuietEngine, Turns
from app.knowledge.client import Knowledge
from app.knowledge.config import RerankerChoice
from app.model_loader import ModelLoader, at_most
from app.prompting.templates import Message, build_prompt, template_of
from app.retrieval.rerank import BUDGET_S, FEWEST, affordable
from app.settings.store import Settings
from app.values.cards import InstalledModel, ModelCard
from app.values.ports import Stop
from app.values.prompts import Prompt, PromptPart


def index_threads(limit: int = 0) -> int:
    """Leave one core to the window and to whatever else runs."""
    return at_most(max(1, physical_cores() - 1), limit)


class Measurements:
    """Measures models and lets the search use those that are fast enough.

    `turns` counts the answers that are being written.
    """

    def __init__(
        self,
        settings: Settings,
        models: ModelStore,
        trust: Trust,
        knowledge: Knowledge,
        loader: ModelLoader,
        turns: Turns,
    ) -> None:
        self._settings = settings
        self._models = models
        self._trust = trust
        self._knowledge = knowledge
        self._loader = loader
        self._turns = turns
        self.speeds = Speeds(paths.home() / "speeds.json")

    def forget(self) -> None:
        """Start anew, after the file with what was measured was deleted."""
        self.speeds = Speeds(paths.home() / "speeds.json")

    def speed_of(self, card: ModelCard) -> Speed | None:
        """Return how fast a model is on this computer, None where nobody measured."""
        threads = self._loader.threads() if card.kind == "chat" else self._threads
        return self.speeds.get(card.sha256, threads) if card.sha256 else None

    @property
    def _threads(self) -> int:
        return index_threads(self._settings.number("threads"))

    def measure(self, id_: str, stop: Stop = lambda: False) -> Speed:
        """Measure how fast a model reads and writes here, and keep it.

        Raises BusyError while an answer is being written or when one begins meanwhile:
        both would be slow, and the figure wrong. Also ModelError, PolicyError, Cancelled.
        """
        model = self._models.need(id_)
        if self._turns.count:
            raise _busy()
        if model.card.kind != "chat":
            return self._searching(model, stop)

        def ended() -> bool:
            if self._turns.count > 1:
                raise _busy()
            return stop()

        own = self._loader.engine(model)
        engine = QuietEngine(own, self._knowledge.pause, self._turns)
        template = model.card.template

        def prompt_of(text: str) -> Prompt:
            if template_of(template) is not None:
                return build_prompt(template, [Message("user", text)])
            return Prompt((PromptPart(text),))

        found = own.tune(ended)
        own.spec = replace(
            own.spec, batch=found.batch, threads=found.threads, draft=0, states=""
        )
        speed = replace(
            measure_engine(engine, prompt_of, self._loader.threads(), ended),
            batch=found.batch,
            fastest_threads=found.threads,
            step_ratio=found.step_ratio,
            exact=found.exact,
        )
        if model.card.sha256:
            self.speeds.keep(model.card.sha256, speed)
        return speed

    def _searching(self, model: InstalledModel, stop: Stop) -> Speed:
        """Measure an embedder or a reranker in the index child."""
        self._trust.need_allowed(model.card)
        speed = None
        if model.card.kind == "reranker":
            stream = self._knowledge.measure_reranker(model)
        else:
            self.refresh_embedders()
            stream = self._knowledge.measure_embedder(model.card.id)
        with contextlib.closing(stream):  # type: ignore[type-var]
            for found in stream:
                if stop():
                    raise Cancelled
                speed = of_embedder(found, self._threads)
        if speed is None:
            raise Cancelled
        if model.card.sha256:
            self.speeds.keep(model.card.sha256, speed)
        return speed

    def reranker(self) -> InstalledModel | None:
        """Return the reranker that the settings name; None without one, or if it is gone."""
        try:
            return self._models.reranker(self._settings.text("reranker"))
        except AppError:
            return None

    def use_reranker(self, choice: str, stop: Stop = lambda: False) -> Speed | None:
        """Rerank passages with a model from now on, "" for not at all.

        It is measured first, if that was not done. Raises ModelError when it is none, does
        not load, or is too slow here; BusyError, PolicyError, Cancelled.
        """
        self._settings.said("reranker", choice)
        model = self._models.reranker(choice)
        speed = None
        if model is not None:
            self._trust.need_allowed(model.card)
            speed = self.speed_of(model.card) or self._searching(model, stop)
            if not self.passages_reranked(speed):
                raise _too_slow(model.card, speed)
        if not self._settings.locked("reranker"):
            self._settings.change("reranker", choice if model else "")
        self._knowledge.use_reranker(self._reranker_choice())
        return speed

    def passages_reranked(self, speed: Speed | None) -> int:
        """Return how many passages a reranker of this speed reads for a question."""
        return affordable(speed.chunks_per_second) if speed else 0

    def prepare_reranker(self) -> None:
        """Let the index child, once it starts, rerank as the settings say."""
        self._knowledge.use_reranker(self._reranker_choice())

    def _reranker_choice(self) -> RerankerChoice | None:
        model = self.reranker()
        if model is None or self._trust.refusal(model.card) is not None:
            return None
        speed = self.speed_of(model.card)
        return RerankerChoice(model, speed.chunks_per_second if speed else 0.0)

    def refresh_embedders(self) -> None:
        """Let the index child know which embedders are installed now."""
        self._knowledge.know_embedders(self._models.embedders())

    def embedders(self) -> tuple[InstalledModel, ...]:
        """Return the installed embedders whose engine is installed too."""
        return tuple(m for m in self._models.embedders() if runs_here(m.card))

    def recommended_embedder(self) -> ModelCard | None:
        """Return the best of the installed embedders that were measured, or None."""
        cards = [model.card for model in self.embedders()]
        return best_embedder(cards, self.speed_of)


def _busy() -> BusyError:
    return BusyError(
        N_("An answer is being written; both would be slow now."),
        N_("Measure again when the answer is there."),
    )


def _too_slow(card: ModelCard, speed: Speed) -> ModelError:
    return ModelError(
        N_(
            "{title} is too slow on this computer: it judges {rate} passages a second,"
            " and {count} in {seconds} seconds would be needed."
        ),
        N_("Choose a smaller reranker, or do without; the search works as before."),
        title=card.title,
        rate=f"{speed.chunks_per_second:.1f}",
        count=FEWEST,
        seconds=f"{BUDGET_S:.1f}",
    )
