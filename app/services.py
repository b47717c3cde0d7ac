"""The composition root: builds everything once and hands it on by argument.

Nothing heavy is imported here: models, Chroma and readers live in the two children,
which start with the first request that needs them.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app import assembly, encryption, paths, private
from app.answering.ask import AskOptions, Speaker, ask, prepare
from app.answering.followup import standalone
from app.assistants import AssistantStore, wish_of
from app.catalogue.adapters import Attachments
from app.catalogue.download import install
from app.catalogue.fit import Computer
from app.catalogue.import_models import Progress, ignore_progress
from app.catalogue.store import ModelStore
from app.catalogue.trust import Trust
from app.chats.chat_table import MEMORY
from app.chats.on_demand import ChatsOnDemand
from app.chats.store import ChatStore
from app.classroom.room import Room
from app.classroom.taking_part import bind_settings, logged_answer
from app.errors import ModelError, UsageError
from app.files import absolute_paths, free_bytes
from app.i18n import N_
from app.inference.hardware import memory_bytes, removable_drives
from app.inference.messages import ModelSpec
from app.inference.power import saves_energy
from app.inference.probing import LlamaProber
from app.inference.quiet import QuietEngine, Turns
from app.inference.refusing import RefusingEngine
from app.inference.states import StateStore
from app.knowledge.client import BaseSearcher, Knowledge
from app.measuring import Measurements
from app.model_choice import NONE, ModelChoice
from app.model_loader import ModelLoader, at_most
from app.net import Door
from app.privacy import files_text, refused_text
from app.remote import PREFIX as REMOTE
from app.remote import Remote
from app.safekeeping import Safekeeping
from app.settings.store import Settings, load_settings
from app.values.answers import Answer, AnswerEvent
from app.values.assistants import Assistant
from app.values.bases import Base
from app.values.cards import InstalledModel, ModelCard
from app.values.chats import ChatReceipt, Scope
from app.values.passages import SearchResult
from app.values.ports import Engine, Prober, Stop
from app.values.prompts import Sampling
from app.workers.shut import is_shut
from app.workshop.speaking import EngineSpeaker, StructuredSpeaker

if TYPE_CHECKING:
    from app.upkeep import Upkeep

__all__ = ["NONE", "Services", "absolute_paths", "build_services"]


class Services:
    """What a face (window, command line, network service) works with."""

    def __init__(
        self,
        settings: Settings,
        models: ModelStore,
        knowledge: Knowledge,
        door: Door,
        trust: Trust,
    ) -> None:
        self.settings = settings
        self.models = models
        self.trust = trust
        self.attachments = Attachments(models)
        self.knowledge = knowledge
        self.door = door
        self.remote = Remote(settings)
        self.safekeeping = Safekeeping(settings)
        self.room = Room(paths.lesson_dir(), settings)
        self.choice = ModelChoice(settings, models, trust, self.remote, self.room)
        self.assistants = AssistantStore(
            paths.home() / "assistants", paths.assets_dir() / "assistants"
        )
        self._turns = Turns()
        self.loader = ModelLoader(
            settings, self.attachments, trust, lambda: self._turns.count, self._tuned
        )
        self.measurements = Measurements(
            settings, models, trust, knowledge, self.loader, self._turns
        )
        self.open_chats = ChatsOnDemand(self._open_chats)

    def close(self) -> None:
        """End the children and close the conversations."""
        self.open_chats.close()
        self.loader.close()
        self.knowledge.close()

    # -- conversations ---------------------------------------------------------

    @property
    def chats(self) -> ChatStore:
        """The conversations, opened and tidied when they are first asked for.

        Where the setting says that none are kept, they live in memory only. Raises
        StorageError when the file cannot be opened; the next call tries again.
        """
        return self.open_chats.store

    def _open_chats(self) -> ChatStore:
        kept = self.settings.flag("history")
        store = ChatStore(paths.chats_file() if kept else MEMORY)
        self._tidy(store)
        return store

    def tidy_chats(self) -> ChatReceipt:
        """Do with old conversations as the settings say; the start does it too."""
        return self._tidy(self.chats)

    def _tidy(self, store: ChatStore) -> ChatReceipt:
        return store.tidy(
            self.settings.number("retention_days"), self.settings.number("bin_days")
        )

    # -- all that is kept ------------------------------------------------------

    @functools.cached_property
    def upkeep(self) -> Upkeep:
        """What is done to all that is kept at once: few days need it, and no start."""
        from app.upkeep import Upkeep

        return Upkeep(self)

    # -- models ----------------------------------------------------------------

    def speaker(
        self, choice: str = "", adapters: Mapping[str, float] | None = None
    ) -> Speaker | None:
        """Return the engine of the chosen model, not started yet; None without one.

        `adapters`, by id with their scales, take the place of those attached to it.
        A model's file is looked at first, and hashed if it changed: not on the thread
        of a window. One that cannot be used says so when it is to speak. Raises
        ModelError for a model that is not there, PolicyError or UsageError.
        """
        model = self.choice.model(choice)
        if model is None:
            return None
        if model.path.startswith(REMOTE):
            return Speaker(self.remote.engine(model.card), model.card)
        try:
            engine = self.loader.guarded(model, adapters)
        except ModelError as error:
            return Speaker(RefusingEngine(error), model.card)
        # The prompt must fit into what fits into memory now.
        card = replace(model.card, context=engine.context)
        return Speaker(self._quiet(engine), card)

    def need_usable(self, choice: str = "") -> None:
        """Raise what `speaker` would, and ModelError for a file that cannot be used."""
        model = self.choice.model(choice)
        if model is not None and not model.path.startswith(REMOTE):
            self.loader.engine(model)

    def _quiet(self, engine: Engine) -> QuietEngine:
        return QuietEngine(engine, self.knowledge.pause, self._turns)

    def prober(
        self, choice: str = "", adapters: Mapping[str, float] | None = None
    ) -> tuple[Prober, ModelCard] | None:
        """Return the chosen model to look into, with its card; None without one.

        `adapters` as for `speaker`. Raises what `speaker` does, and ModelError for a
        model on a server.
        """
        model = self.choice.model(choice)
        if model is None:
            return None
        if model.path.startswith(REMOTE):
            raise ModelError(
                N_("A model on a server does not show its probabilities."),
                N_("Choose a model on this computer."),
            )
        engine = self.loader.engine(model, adapters)
        card = replace(model.card, context=engine.spec.context)
        return LlamaProber(engine, self.knowledge.pause, self._turns), card

    def structured_speaker(self, choice: str = "") -> StructuredSpeaker | None:
        """Return the chosen model as tasks ask it; None without one."""
        speaker = self.speaker(choice)
        return EngineSpeaker(speaker.engine, speaker.card) if speaker else None

    def _tuned(self, card: ModelCard, spec: ModelSpec) -> ModelSpec:
        """Return a spec with what was measured here, and where states may be kept."""
        speed = self.measurements.speed_of(card)
        if speed is not None and speed.batch:
            spec = replace(
                spec,
                batch=speed.batch,
                threads=at_most(speed.fastest_threads, self.settings.number("threads")),
                draft=speed.draft,
            )
        kept_mb = self.settings.number("states_mb")
        if not self.settings.flag("history") or encryption.is_on():
            kept_mb = 0
        if not kept_mb:
            StateStore(paths.states_dir(), 0).clear()
        states = str(paths.states_dir()) if kept_mb else ""
        return replace(spec, sha256=card.sha256, states=states, states_mb=kept_mb)

    def forget_states(self) -> None:
        """Remove what models have read, from the disk and from their memory."""
        StateStore(paths.states_dir(), 0).clear()
        self.loader.forget()

    def computer(self) -> Computer:
        """Return what this computer has for models, now."""
        total, free = memory_bytes()
        return Computer(total, free, free_bytes(self.models.own))

    def drives(self) -> tuple[str, ...]:
        """Return where USB drives and network shares are mounted."""
        return removable_drives()

    def install_model(
        self,
        id_: str,
        progress: Progress = ignore_progress,
        stop: Stop = lambda: False,
    ) -> InstalledModel:
        """Download a model, if downloads are allowed; go on where an earlier try ended.

        Raises PolicyError, AppError, StorageError or Cancelled.
        """
        self.settings.need("own_models")
        if self.settings.locked("downloads"):
            # Who decided so is told; otherwise the door says how to open it.
            self.settings.need("downloads")
        source = self.settings.text("model_source")
        card = self.models.card(id_)
        self.trust.need_allowed(card)
        return install(self.models, self.door, card, source, progress, stop)

    def missing_places(self) -> list[tuple[str, str]]:
        """Return which options name a folder or file that is not there, and where."""
        return assembly.missing_places(self.settings)

    def refused(self) -> tuple[int, int]:
        """Return how many children run now, and how many are refused the network.

        They read documents or run models, and it is the system that refuses. One that
        talks to a vector server of the own network is not counted.
        """
        pids = self.loader.pids()
        if self.knowledge.pid is not None and not self.settings.text("vector_server"):
            pids.append(self.knowledge.pid)
        return len(pids), sum(map(is_shut, pids))

    def refused_text(self) -> str:
        """Return that in words, and what files a reader may open; "" without a child."""
        running, refused = self.refused()
        if not running:
            return ""
        # It brings the readers along, and is asked for seldom.
        from app.knowledge.holding import held_here

        held = held_here()
        files = files_text(held.reading, held.writing)
        return f"{refused_text(running, refused)} {files}"

    # -- bases -----------------------------------------------------------------

    def automatic_base(self, documents: list[str], embedder: str = "") -> Base:
        """Return the base that belongs to a set of paths, made when it is new."""
        wanted = sorted(absolute_paths(documents))
        id_ = self.choice.embedder_id(embedder)
        whole = "\n".join([id_, *wanted])
        name = f"docs-{hashlib.sha256(whole.encode()).hexdigest()[:16]}"
        return self.knowledge.create(name, id_, automatic=True, exist_ok=True)

    # -- asking ----------------------------------------------------------------

    def ask_options(
        self,
        language: str,
        sources_only: bool = False,
        assistant: Assistant | None = None,
    ) -> AskOptions:
        """Return how to answer, as the settings say and an assistant words it."""
        settings = self.settings
        return AskOptions(
            wish=wish_of(assistant, language) if assistant else "",
            top_k=settings.number("top_k"),
            sources_only=sources_only,
            language=language,
            sampling=Sampling(
                max_tokens=settings.number("max_tokens"),
                temperature=settings.fraction("temperature"),
                top_p=settings.fraction("top_p"),
                repeat_penalty=settings.fraction("repeat_penalty"),
                seed=settings.number("seed"),
            ),
        )

    def ask(
        self,
        question: str,
        scope: Scope,
        speaker: Speaker | None,
        options: AskOptions,
        stop: Stop = lambda: False,
        earlier: Sequence[str] = (),
        history: Sequence[Answer] = (),
    ) -> Iterator[AnswerEvent]:
        """Answer a question from a base, or only from some of its documents.

        `earlier` are the questions before it in the conversation, the last one last,
        `history` the answers to them. In a lesson both go into its process log.
        Raises UsageError when nothing was asked, PolicyError where a lesson forbids it.
        """
        if not question.strip():
            raise UsageError(
                N_("There is no question."),
                N_("Ask in words, as you would a colleague."),
            )
        running = self.room.need_question(scope.base)
        if running is not None and running.lesson.sources_only:
            speaker, options = None, replace(options, sources_only=True)
        searcher = BaseSearcher(self.knowledge, scope.base, documents=scope.documents)
        events = ask(question, searcher, speaker, options, stop, earlier, history)
        return events if running is None else logged_answer(self.room, question, events)

    def prepare(
        self,
        question: str,
        scope: Scope,
        choice: str,
        options: AskOptions,
        stop: Stop = lambda: False,
        earlier: Sequence[str] = (),
        found: SearchResult | None = None,
    ) -> None:
        """Let the chosen model read what a question that may come would need.

        With `found` the places are on the screen already. Nothing happens where it
        would surprise: while the computer saves energy, or when a model would have to be
        loaded that nobody has asked yet and that takes much of the free memory.
        """
        model = self.choice.model(choice)
        if model is None or saves_energy() or not self.settings.flag("read_ahead"):
            return
        _, free = memory_bytes()
        loaded = self.loader.has_loaded(model)
        if not loaded and (found or model.card.ram_bytes * 2 > free):
            return
        if found is None:
            searcher = BaseSearcher(
                self.knowledge, scope.base, documents=scope.documents
            )
            found = searcher.search(standalone(question, earlier), options.top_k)
        speaker = self.speaker(choice)
        if speaker is not None and not stop():
            prepare(question, found, speaker, options, stop)


def build_services(
    enforce: bool = True, data: bool = True, passing: bool = False
) -> Services:
    """Put the house together for `ALLMENDE_HOME`; rests of private sessions go first.

    Where encryption is demanded all is encrypted before anything is opened; without
    `enforce` that is left to whoever calls. Raises StorageError where that cannot be;
    who does without the `data` gets services all the same, which keep them closed. In
    a private session, and where the data folder is `passing`, no key is kept.
    """
    private.sweep()
    settings = load_settings()
    why_closed = assembly.why_data_stay_closed(settings, passing) if enforce else None
    if why_closed is not None and data:
        raise why_closed
    trust = assembly.trust_of(settings)
    models = assembly.model_store(settings, trust)
    running = bind_settings(settings, Room(paths.lesson_dir(), settings))
    prescribed = running.lesson.base if running and running.prescribed else ""
    knowledge = Knowledge(assembly.index_config(settings, models, prescribed))
    services = Services(settings, models, knowledge, assembly.door_of(settings), trust)
    if why_closed is not None:
        knowledge.keep_closed(why_closed)
        services.open_chats.keep_closed(why_closed)
    services.measurements.prepare_reranker()
    return services
