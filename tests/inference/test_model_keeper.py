"""Models leave the memory when they rest for long, or when it is needed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.inference.engine import LlamaEngine
from app.inference.hardware import model_threads
from app.inference.messages import ModelSpec
from app.inference.model_keeper import Keeping, ModelKeeper
from app.values.generation import Done
from app.values.prompts import Prompt, PromptPart, Sampling
from tests.inference.test_llama import model_path

pytestmark = pytest.mark.models
GB = 10**9


class World:
    """What the keeper asks for, to be changed by the test."""

    def __init__(self) -> None:
        self.keeping = Keeping(15, several=True)
        self.speaking = 0
        self.free = 6 * GB
        self.time = 0.0
        self.keeper = ModelKeeper(
            lambda: self.keeping,
            lambda: self.speaking,
            lambda: (8 * GB, self.free),
            lambda: self.time,
        )

    def loaded(self) -> LlamaEngine:
        spec = ModelSpec(model_path(), 256, model_threads())
        engine = self.keeper.engine(spec)
        self.speak(engine)
        return engine

    def speak(self, engine: LlamaEngine) -> None:
        self.speaking = 1
        done = list(engine.generate(Prompt((PromptPart("Hi"),)), Sampling(1)))[-1]
        assert isinstance(done, Done)
        assert done.answer_tokens == 1
        self.speaking = 0


@pytest.fixture
def world() -> Iterator[World]:
    result = World()
    yield result
    result.keeper.close()


def test_an_idle_model_goes_and_comes_back(world: World) -> None:
    engine = world.loaded()
    world.time = 14 * 60
    world.keeper.tidy()
    assert engine.pid is not None
    world.speaking, world.time = 1, 60 * 60
    world.keeper.tidy()
    assert engine.pid is not None
    world.speaking, world.time = 0, 70 * 60
    world.keeper.tidy()
    assert engine.pid is not None
    world.time = 75 * 60
    world.keeper.tidy()
    assert engine.pid is None
    world.speak(engine)


def test_it_stays_for_ever_if_wanted_but_not_when_memory_is_short(
    world: World,
) -> None:
    world.keeping = Keeping(0, several=True)
    engine = world.loaded()
    world.time = 10**9
    world.keeper.tidy()
    assert engine.pid is not None
    world.free = GB // 10
    world.keeper.tidy()
    assert engine.pid is None


@pytest.mark.parametrize(
    ("needed", "several", "both"),
    [(GB, True, True), (7 * GB, True, False), (GB, False, False), (0, True, False)],
)
def test_two_models_when_they_fit(
    world: World, needed: int, several: bool, both: bool
) -> None:
    world.keeping = Keeping(15, several)
    first = world.loaded()
    world.keeper.engine(ModelSpec("/models/second.gguf", ram_bytes=needed))
    assert (first.pid is not None) is both
