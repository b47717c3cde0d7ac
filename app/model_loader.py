"""How a model comes into memory: vouched for, fitted to this computer, one engine a file.

    model ─► policy, hash, adapters ─► room ─► context and layers that fit ─► engine

Part of the composition root (`services.py`), which alone knows both the catalogue and
the engines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from app.backends import graphics, library_folder
from app.catalogue.adapters import Attachments
from app.catalogue.advice import Advice, advise, shape_of_file
from app.catalogue.trust import Trust
from app.errors import AppError, ModelError
from app.i18n import N_
from app.inference.engine import LlamaEngine
from app.inference.fallback import FallingBack
from app.inference.hardware import memory_bytes, model_threads
from app.inference.messages import Adapter, ModelSpec
from app.inference.model_file import too_big
from app.inference.model_keeper import Keeping, ModelKeeper
from app.inference.probe import Machine, probe
from app.settings.store import Settings
from app.values.cards import InstalledModel, ModelCard

CONTEXT = 4096
_PLENTY = 1 << 60


def at_most(threads: int, limit: int) -> int:
    """Return a number of threads within a limit, 0 for none."""
    return min(threads, limit) if limit else threads


class ModelLoader:
    """Gives engines for models. `speaking` returns how many engines speak now.

    `tuned` adds to how a model is loaded what was measured and chosen elsewhere;
    `on_trouble` is told when a graphics card fails; `card_trouble` keeps the sentence.
    """

    def __init__(
        self,
        settings: Settings,
        attachments: Attachments,
        trust: Trust,
        speaking: Callable[[], int],
        tuned: Callable[[ModelCard, ModelSpec], ModelSpec],
    ) -> None:
        self._settings = settings
        self._attachments = attachments
        self._trust = trust
        self._tuned = tuned
        self._keeper = ModelKeeper(self._keeping, speaking, self._memory)
        self._machine: Machine | None = None
        self.on_trouble: Callable[[AppError], None] = lambda _trouble: None
        self.card_trouble: AppError | None = None

    def guarded(
        self, model: InstalledModel, chosen: Mapping[str, float] | None = None
    ) -> FallingBack:
        """Return a model's engine, which leaves a graphics card that fails alone."""
        return FallingBack(self.engine(model, chosen), self._leave_card)

    def engine(
        self, model: InstalledModel, chosen: Mapping[str, float] | None = None
    ) -> LlamaEngine:
        """Return a model's engine; others let go of theirs when there is no room.

        `chosen` are adapters by id with their scales, instead of the attached ones.
        Raises ModelError for a file that must not be loaded or does not fit,
        PolicyError for one that is not allowed.
        """
        adapters = self._vouched(model, chosen)
        spec = self._keeper.loaded(model.path) or self._fitting(model)
        if chosen is not None:
            spec = self._tuned(model.card, spec)
            return self._keeper.engine(spec).adapted(adapters)
        spec = self._tuned(model.card, replace(spec, adapters=adapters))
        return self._keeper.engine(spec)

    def has_loaded(self, model: InstalledModel) -> bool:
        """Tell whether a model is in memory now."""
        return self._keeper.loaded(model.path) is not None

    def pids(self) -> list[int]:
        """Return the process numbers of the model children that run now."""
        return self._keeper.pids()

    def forget(self) -> None:
        """Let all models in memory drop what they have read."""
        self._keeper.forget()

    def close(self) -> None:
        """Let go of all engines."""
        self._keeper.close()

    def advice(self, model: InstalledModel, wanted: int = 0) -> Advice:
        """Return how much context and how many layers on a card fit now.

        `wanted` is the most context asked for, 0 for all the model can. Raises
        ModelError for a file that is not there or has a damaged header.
        """
        try:
            shape = shape_of_file(Path(model.path))
        except OSError as error:
            raise ModelError(
                N_("The model file {file} cannot be read."),
                N_("Check its permissions, or the drive it lies on."),
                file=Path(model.path).name,
            ) from error
        return advise(shape, self._memory()[1], self._card_free_bytes(), wanted)

    def threads(self) -> int:
        """Return how many threads a model may use here, as the settings say."""
        return at_most(model_threads(), self._settings.number("threads"))

    def _memory(self) -> tuple[int, int]:
        """Return how much memory there is, and how much of it a model may take now."""
        total, free = memory_bytes()
        return total, min(free, total * self._settings.number("memory_percent") // 100)

    def machine(self) -> Machine:
        """Return what this computer computes with; drivers are asked once, in a child.

        Nobody is asked where no part for graphics cards is installed, or it is off.
        """
        if self._machine is None:
            self._machine = probe(gpu=self._may_use_card())
        return self._machine

    def _vouched(
        self, model: InstalledModel, chosen: Mapping[str, float] | None
    ) -> tuple[Adapter, ...]:
        """Return a model's adapters, after a look at its file and at theirs."""
        adapters = self._attachments.needed(model, chosen)
        for file in (model, *(adapter for adapter, _ in adapters)):
            for _ in self._trust.check(file):
                pass
        return tuple(Adapter(adapter.path, scale) for adapter, scale in adapters)

    def _fitting(self, model: InstalledModel) -> ModelSpec:
        """Return how a model is to be loaded with the memory there is now."""
        wanted = min(model.card.context or CONTEXT, CONTEXT)
        shape = shape_of_file(Path(model.path))
        whole = advise(shape, _PLENTY, wanted=wanted).needed_bytes
        self._keeper.make_room(model.path, whole)
        advice = self.advice(model, wanted)
        if not advice.context:
            raise too_big(Path(model.path), advice.needed_bytes, self._memory()[1])
        return ModelSpec(
            path=model.path,
            context=advice.context,
            threads=self.threads(),
            ram_bytes=advice.needed_bytes,
            kv_bits=advice.kv_bits,
            # With less than half on the card, waiting for it costs what it brings.
            gpu_layers=advice.gpu_layers
            if 2 * advice.gpu_layers > advice.layers
            else 0,
        )

    def _may_use_card(self) -> bool:
        folder = library_folder()
        there = folder is not None and bool(graphics(folder))
        return there and self._settings.text("gpu") != "off"

    def _card_free_bytes(self) -> int:
        """Return the free memory of the card that may be used, 0 for none."""
        if self.card_trouble is not None or not self._may_use_card():
            return 0
        card = self.machine().card
        return card.free_bytes if card else 0

    def _leave_card(self, trouble: AppError) -> None:
        self.card_trouble = trouble
        self.on_trouble(trouble)

    def _keeping(self) -> Keeping:
        return Keeping(
            self._settings.number("keep_model_minutes"),
            self._settings.flag("two_models"),
        )
