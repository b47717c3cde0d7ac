"""A real server on a free port, with a real base and an engine of our own."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.answering.ask import Speaker
from app.inference.fake import FakeEngine
from app.server.access import Access
from app.server.app import build_app
from app.server.desk import Desk
from app.server.fair import QueueLimits
from app.server.guard import Rules
from app.server.listen import Listener, Place, own_names
from app.services import Services, build_services
from app.values.cards import InstalledModel, ModelCard
from app.values.generation import Done, EngineEvent, Token
from app.values.prompts import Prompt, Sampling

CARD = ModelCard(
    id="tiny",
    kind="chat",
    title="Tiny",
    file="tiny.gguf",
    size_bytes=7,
    sha256="ab" * 32,
    licence="Apache-2.0",
    languages=("de", "en"),
    parameters_m=2_000,
    context=4096,
    template="chatml",
)
DOCUMENT = (
    "# Urlaubsregelung\n\n## § 1 Dauer\n\nDer Urlaub beträgt jährlich mindestens 24"
    " Werktage. Als Werktage gelten alle Tage außer Sonntagen.\n\n## § 2 Antrag\n\n"
    "Der Urlaubsantrag ist vier Wochen vorher schriftlich bei der Leitung einzureichen.\n"
)
QUESTION = "Wie viele Werktage beträgt der Urlaub?"
ANSWER = "Der Urlaub beträgt mindestens 24 Werktage [1]. Als Werktage gelten alle Tage."


class SlowEngine:
    """Says `words` words, `pause_s` each; remembers how many ever spoke at once.

    They follow a sentence of the documents, or they would be left out as unfounded.
    """

    def __init__(self, words: int = 5, pause_s: float = 0.0) -> None:
        self.words, self.pause_s = words, pause_s
        self.prompts: list[Prompt] = []
        self.speaking = self.most = self.ended = 0
        self._lock = threading.Lock()

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        with self._lock:
            self.prompts.append(prompt)
            self.speaking += 1
            self.most = max(self.most, self.speaking)
        try:
            yield Token("Der Urlaub beträgt mindestens 24 Werktage [1].\n\n")
            count = min(self.words, sampling.max_tokens)
            for number in range(count):
                time.sleep(self.pause_s)
                yield Token(f"w{number} ")
            yield Done("stop", prompt_tokens=7, answer_tokens=count)
        finally:
            with self._lock:
                self.speaking -= 1
                self.ended += 1

    def close(self) -> None:
        pass


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Services with the base “Handbuch” (words only) and one chat model."""
    folder = tmp_path_factory.mktemp("serve")
    documents = folder / "private folder"
    documents.mkdir()
    (documents / "urlaub.md").write_text(DOCUMENT, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLMENDE_HOME", str(folder / "home"))
        services = build_services()
        installed = (InstalledModel(CARD, str(folder / "tiny.gguf")),)
        patch.setattr(services.models, "installed", lambda: list(installed))
        for name in ("Handbuch", "Geheim"):
            services.knowledge.create(name, "")
            list(services.knowledge.add(name, (str(documents),)))
        yield services
        services.close()


@pytest.fixture
def say(house: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Choose what the model says: texts for a FakeEngine, or an engine."""

    def choose(*answers: Any) -> Any:
        engine = answers[0] if hasattr(answers[0], "generate") else FakeEngine(*answers)
        monkeypatch.setattr(
            house, "speaker", lambda _choice="": Speaker(engine, CARD), raising=False
        )
        return engine

    choose(*[ANSWER] * 50)
    return choose


@pytest.fixture
def access(tmp_path: Path) -> Access:
    return Access(tmp_path / "serve.json")


Serving = Callable[..., contextlib.AbstractContextManager[Listener]]


@pytest.fixture
def serving(
    house: Services, say: object, access: Access, socket_enabled: None
) -> Serving:
    """Return a context manager that runs a server; keywords change the rules."""

    @contextlib.contextmanager
    def run(
        limits: QueueLimits | None = None,
        place: Place | None = None,
        open_to_others: bool = False,
        **rules: Any,
    ) -> Iterator[Listener]:
        desk = Desk(limits=limits)
        known = Rules(own_names(), open_to_others, **rules)
        app = build_app(house, access, desk, known, "", open_to_others)
        listener = Listener(app, place or Place(port=0), desk)
        started = threading.Event()
        thread = threading.Thread(target=listener.run, args=(started.set,))
        thread.start()
        try:
            assert started.wait(10)
            yield listener
        finally:
            listener.stop()
            thread.join(15)
            desk.close()
            assert not thread.is_alive()

    return run


@pytest.fixture
def address(serving: Serving) -> Iterator[str]:
    with serving() as listener:
        yield listener.address


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=30, trust_env=False) as found:
        yield found
