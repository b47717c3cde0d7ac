"""Our engine for other computers against our own server, and against llama.cpp's."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.errors import ModelError
from app.remote import Remote
from app.server.access import Access
from app.services import Services
from app.settings.store import Settings
from app.values.chats import Scope
from app.values.generation import Done, Token
from app.values.prompts import Sampling
from tests.inference.test_remote import PROMPT
from tests.server.conftest import ANSWER, QUESTION

SERVER = ("fastapi", "sse_starlette", "starlette_context", "pydantic_settings")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(tmp_path / "remote.json")
    found.change("remote", True)
    return found


def text_of(remote: Remote, name: str, most: int = 40) -> str:
    engine = remote.engine(remote.card(f"remote:{name}"))
    events = list(engine.generate(PROMPT, Sampling(max_tokens=most)))
    assert isinstance(events[-1], Done)
    assert events[-1].answer_tokens > 0
    return "".join(e.text for e in events if isinstance(e, Token))


def test_one_allmende_asks_another(
    serving: Any, access: Access, settings: Settings, say: Callable[..., Any]
) -> None:
    engine = say(ANSWER)
    secret = access.create("Büro")
    with serving(open_to_others=True) as listener:
        settings.change("remote_address", f"{listener.address}/v1")
        remote = Remote(settings)
        with pytest.raises(ModelError, match="accept the token"):
            remote.models()
        remote.keep_token(secret)
        assert "tiny" in [model.name for model in remote.models()]
        assert text_of(remote, "tiny") == ANSWER
        assert [p.text for p in engine.prompts[0].parts if not p.control] == [
            "Kurz.",
            "Hallo?",
        ]
        with pytest.raises(ModelError, match="does not know this model"):
            text_of(remote, "other")


def test_answers_from_a_base_are_checked_here(
    house: Services, serving: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as listener:
        settings.change("remote_address", f"{listener.address}/v1")
        remote = Remote(settings)
        monkeypatch.setattr(house, "remote", remote)
        monkeypatch.setattr(house.choice, "_remote", remote)
        speaker = Services.speaker(house, "remote:tiny")
        options = house.ask_options("de")
        events = list(house.ask(QUESTION, Scope("Handbuch"), speaker, options))
    answer = events[-1].answer  # type: ignore[union-attr]
    assert "24 Werktage [1]" in answer.text
    assert answer.model.id == "remote:tiny"
    assert speaker is not None
    assert "leaves this computer" in speaker.card.title


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in SERVER),
    reason="needs llama-cpp-python[server], which is not part of the set-up",
)
def test_llama_cpps_own_server(settings: Settings, socket_enabled: None) -> None:
    from app.services import build_services

    model = build_services().models.need("smollm2-135m-instruct")
    arguments = f"--port 18491 --n_ctx 1024 --model_alias smol --model {model.path}"
    process = subprocess.Popen(
        [sys.executable, "-m", "llama_cpp.server", *arguments.split()],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        settings.change("remote_address", "http://127.0.0.1:18491/v1")
        remote = Remote(settings)
        for _ in range(120):
            try:
                assert [m.name for m in remote.models()] == ["smol"]
                break
            except Exception:
                time.sleep(0.5)
        assert text_of(remote, "smol", 8)
    finally:
        process.terminate()
        process.wait(20)
