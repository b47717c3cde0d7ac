"""The composition root: builds everything once and hands it on by argument.

Nothing heavy is imported here: models, Chroma and readers live in the two children,
which start with the first request that needs them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from app import paths
from app.answering.ask import AskOptions, Speaker, ask
from app.catalogue.cards import read_calibrations
from app.catalogue.fit import recommended
from app.catalogue.store import ModelStore
from app.errors import UsageError
from app.i18n import N_
from app.inference.engine import LlamaEngine
from app.inference.hardware import memory_bytes, model_threads, physical_cores
from app.inference.messages import ModelSpec
from app.knowledge.client import BaseSearcher, Knowledge
from app.knowledge.config import IndexConfig
from app.net import Door
from app.settings.store import Settings
from app.values.answers import AnswerEvent
from app.values.bases import Base
from app.values.cards import InstalledModel
from app.values.generation import EngineEvent
from app.values.ports import Engine, Stop
from app.values.prompts import Prompt, Sampling

NONE = "none"
_CONTEXT = 4096


class Services:
    """What a face (window, command line, network service) works with."""

    def __init__(
        self, settings: Settings, models: ModelStore, knowledge: Knowledge, door: Door
    ) -> None:
        self.settings = settings
        self.models = models
        self.knowledge = knowledge
        self.door = door
        self._engines: dict[str, LlamaEngine] = {}

    def close(self) -> None:
        """End the children."""
        for engine in self._engines.values():
            engine.close()
        self.knowledge.close()

    # -- models ----------------------------------------------------------------

    def chat_model(self, choice: str = "") -> InstalledModel | None:
        """Return the model for a choice: a card's id, a path of a GGUF file, or "".

        "" means the setting, and without one the best installed model; None where
        there is none or "none" was chosen. Raises ModelError or UsageError.
        """
        wanted = choice or self.settings.text("model")
        if wanted == NONE:
            return None
        if wanted.lower().endswith(".gguf") or os.sep in wanted:
            path = Path(wanted).expanduser().absolute()
            return InstalledModel(self.models.describe_file(path), str(path))
        if wanted:
            return self.models.need(wanted)
        installed = [m for m in self.models.installed() if m.card.kind == "chat"]
        total, _ = memory_bytes()
        best = recommended([m.card for m in installed], total, "de")
        chosen = [m for m in installed if best is None or m.card.id == best.id]
        return chosen[0] if chosen else None

    def speaker(self, choice: str = "") -> Speaker | None:
        """Return the engine of the chosen model, not started yet; None without one."""
        model = self.chat_model(choice)
        if model is None:
            return None
        engine = self._engines.get(model.path)
        if engine is None:
            spec = ModelSpec(
                path=model.path,
                context=min(model.card.context or _CONTEXT, _CONTEXT),
                threads=model_threads(),
                ram_bytes=model.card.ram_bytes,
            )
            engine = self._engines[model.path] = LlamaEngine(spec)
        return Speaker(_QuietEngine(engine, self.knowledge), model.card)

    def embedder_id(self, choice: str = "") -> str:
        """Return the id for a new base's embedder; "" means words only.

        Without a choice an embedder that is not installed is no obstacle: the base
        searches words. Raises ModelError when one was named that is not there.
        """
        if choice == NONE:
            return ""
        if choice:
            return self.models.need(choice).card.id
        wanted = self.settings.text("embedder")
        installed = {m.card.id for m in self.models.installed()}
        return wanted if wanted in installed else ""

    # -- bases -----------------------------------------------------------------

    def automatic_base(self, documents: list[str], embedder: str = "") -> Base:
        """Return the base that belongs to a set of paths, made when it is new."""
        wanted = sorted(absolute_paths(documents))
        id_ = self.embedder_id(embedder)
        whole = "\n".join([id_, *wanted])
        name = f"docs-{hashlib.sha256(whole.encode()).hexdigest()[:16]}"
        return self.knowledge.create(name, id_, automatic=True, exist_ok=True)

    # -- asking ----------------------------------------------------------------

    def ask(
        self,
        question: str,
        base: str,
        speaker: Speaker | None,
        options: AskOptions,
        stop: Stop = lambda: False,
    ) -> Iterator[AnswerEvent]:
        """Answer a question from a base. Raises UsageError when nothing was asked."""
        if not question.strip():
            raise UsageError(
                N_("There is no question."),
                N_("Ask in words, as you would a colleague."),
            )
        return ask(question, BaseSearcher(self.knowledge, base), speaker, options, stop)


class _QuietEngine:
    """An engine that lets indexing rest while it speaks: their threads stall each other."""

    def __init__(self, engine: Engine, knowledge: Knowledge) -> None:
        self._engine = engine
        self._knowledge = knowledge

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        """Stream the continuation of a prompt."""
        self._knowledge.pause(True)
        try:
            events = self._engine.generate(prompt, sampling)
            with contextlib.closing(events) as stream:  # type: ignore[type-var]
                yield from stream
        finally:
            self._knowledge.pause(False)

    def close(self) -> None:
        """Leave closing to whoever owns the engine."""


def build_services() -> Services:
    """Put the house together for `ALLMENDE_HOME`."""
    settings = Settings(paths.settings_file())
    models = ModelStore(
        paths.cards_dir(), paths.models_dir(), paths.shared_models_dir()
    )
    config = IndexConfig(
        knowledge_file=paths.knowledge_file(),
        index_dir=paths.index_dir(),
        embedders=tuple(m for m in models.installed() if m.card.kind == "embedder"),
        calibrations=tuple(read_calibrations(paths.cards_dir()).items()),
        threads=max(1, physical_cores() - 1),
        chroma_from=settings.number("chroma_from"),
    )
    return Services(
        settings, models, Knowledge(config), Door(settings.flag("downloads"))
    )


def absolute_paths(given: list[str]) -> list[str]:
    """Return paths as they are kept: absolute, links not resolved.

    Raises UsageError for one that does not exist.
    """
    result = []
    for text in given:
        path = _absolute(text)
        if not _exists(path):
            raise UsageError(
                N_("There is no file or folder {path}."),
                N_("Check the path."),
                path=text,
            )
        result.append(str(path))
    return result


def _exists(path: Path) -> bool:
    try:
        path.name.encode()
        return path.exists()
    except (OSError, UnicodeEncodeError):
        return False


def _absolute(text: str) -> Path:
    """Return an absolute path without `..`, its links not resolved."""
    return Path(os.path.abspath(os.path.expanduser(text)))  # noqa: PTH100, PTH111
