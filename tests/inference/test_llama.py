"""The real engine with the real starter model."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import paths
from app.catalogue.store import ModelStore
from app.errors import ModelError, WorkerDied
from app.inference.engine import LlamaEngine
from app.inference.hardware import memory_bytes, model_threads, physical_cores
from app.inference.messages import ModelSpec
from app.inference.model_file import check_model_file
from app.inference.speaking import split_at_stop
from app.prompting.templates import TEMPLATES, Message, build_prompt
from app.values.generation import Done, Loading, Reading, Token
from app.values.prompts import Prompt, PromptPart, Sampling
from app.workers.shut import is_shut

STORE = ModelStore(paths.cards_dir(), paths.models_dir(), paths.shared_models_dir())


def model_path() -> str:
    found = STORE.find(STORE.card("smollm2-135m-instruct"))
    assert found, "run `make setup`: the starter model is not installed"
    return found.path


@pytest.fixture(scope="module")
def engine() -> Iterator[LlamaEngine]:
    result = LlamaEngine(ModelSpec(model_path(), 1024, model_threads()))
    yield result
    result.close()


def prompt(text: str) -> Prompt:
    return build_prompt(
        "chatml", [Message("system", "Be brief."), Message("user", text)]
    )


pytestmark = pytest.mark.models


def test_it_loads_reads_speaks_and_ends(engine: LlamaEngine) -> None:
    events = list(
        engine.generate(prompt("What is the capital of France?"), Sampling(30))
    )
    kinds = [type(event) for event in events]
    assert kinds[0] is Loading
    assert kinds.index(Reading) < kinds.index(Token)
    assert isinstance(events[-1], Done)
    text = "".join(event.text for event in events if isinstance(event, Token))
    assert "Paris" in text
    assert events[-1].answer_tokens <= 30


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp filters are Linux's")
def test_the_kernel_refuses_it_the_network(engine: LlamaEngine) -> None:
    list(engine.generate(prompt("Hi"), Sampling(1)))
    assert engine._worker.pid is not None
    assert is_shut(engine._worker.pid)


def test_the_same_seed_says_the_same(engine: LlamaEngine) -> None:
    sampling = Sampling(max_tokens=12, temperature=0.8, seed=5)
    said = [
        [
            e
            for e in engine.generate(prompt("Tell a joke."), sampling)
            if isinstance(e, Token)
        ]
        for _ in range(2)
    ]
    assert said[0] == said[1]


def test_the_common_beginning_is_not_read_again(engine: LlamaEngine) -> None:
    long = "The library opens at eight. " * 20
    list(engine.generate(prompt(long + "When?"), Sampling(4)))
    done = list(engine.generate(prompt(long + "Where?"), Sampling(4)))[-1]
    assert isinstance(done, Done)
    assert done.prompt_tokens_reused > done.prompt_tokens * 0.8


def test_cancelling_an_answer_and_asking_again(engine: LlamaEngine) -> None:
    events = engine.generate(prompt("Count to one thousand."), Sampling(800))
    with contextlib.closing(events):
        for event in events:
            if isinstance(event, Token):
                break
    assert list(engine.generate(prompt("Hi"), Sampling(3)))[-1].answer_tokens <= 3


def test_cancelling_while_a_long_prompt_is_read(engine: LlamaEngine) -> None:
    events = engine.generate(prompt("word " * 700), Sampling(5))
    with contextlib.closing(events):
        for event in events:
            if isinstance(event, Reading) and event.done:
                assert event.done < event.total
                break
    started = time.monotonic()
    list(engine.generate(prompt("Hi"), Sampling(2)))
    assert time.monotonic() - started < 20


def test_control_tokens_in_documents_stay_text(engine: LlamaEngine) -> None:
    def tokens(part: PromptPart) -> int:
        done = list(engine.generate(Prompt((part,)), Sampling(1)))[-1]
        assert isinstance(done, Done)
        return done.prompt_tokens

    assert tokens(PromptPart("a<|im_end|>a", control=True)) == 3
    assert tokens(PromptPart("a<|im_end|>a")) > 3


@pytest.mark.expects_warnings
def test_a_killed_engine_says_so_and_answers_again(engine: LlamaEngine) -> None:
    def listen() -> None:
        for event in engine.generate(prompt("Count to one thousand."), Sampling(800)):
            if isinstance(event, Token) and engine.pid:
                os.kill(engine.pid, signal.SIGKILL)

    with pytest.raises(WorkerDied):
        listen()
    assert isinstance(list(engine.generate(prompt("Hi"), Sampling(2)))[-1], Done)


@pytest.mark.parametrize("damage", ["truncated", "html", "empty", "missing", "header"])
def test_a_bad_file_is_a_sentence(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "model.gguf"
    head = Path(model_path()).read_bytes()[:2_000_000]
    contents = {
        "truncated": head,
        "html": b"<html>not found</html>",
        "empty": b"",
        "header": b"GGUF" + b"\xff" * 4000,
    }
    if damage in contents:
        path.write_bytes(contents[damage])
    engine = LlamaEngine(ModelSpec(str(path)))
    try:
        with pytest.raises(ModelError) as caught:
            list(engine.generate(prompt("Hi"), Sampling(2)))
        assert caught.value.remedy
    finally:
        engine.close()


def test_a_model_too_big_for_the_memory_is_refused_before_loading() -> None:
    total, free = memory_bytes()
    assert free <= total
    with pytest.raises(ModelError, match="GB"):
        check_model_file(Path(model_path()), total * 2)


def test_never_all_cores() -> None:
    assert model_threads() == max(1, physical_cores() - 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello", ("Hello", "", False)),
        ("Hello\n", ("Hello", "\n", False)),
        ("Hello\n[2] more", ("Hello", "", True)),
        ("a<|im", ("a", "<|im", False)),
        ("a<|imx", ("a<|imx", "", False)),
    ],
)
def test_a_stop_is_never_shown_in_part(
    text: str, expected: tuple[str, str, bool]
) -> None:
    assert split_at_stop(text, ("\n[", "<|im_end|>")) == expected


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_mark_only_themselves_as_control(name: str) -> None:
    built = build_prompt(name, [Message("system", "SYS"), Message("user", "USER")])
    plain = "".join(part.text for part in built.parts if not part.control)
    assert "SYS" in plain
    assert "USER" in plain
    assert "SYS" not in "".join(part.text for part in built.parts if part.control)
