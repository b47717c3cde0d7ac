"""A card that fails: the processor answers, and it is told why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from app.errors import AppError, ModelError, WorkerDied
from app.i18n import N_
from app.inference.engine import LlamaEngine
from app.inference.fallback import FallingBack
from app.inference.grants import Grants
from app.inference.hardware import model_threads
from app.inference.llama_child import LlamaRunner
from app.inference.messages import ANSWERS, Generate, ModelSpec
from app.values.generation import EngineEvent, Token
from app.values.prompts import Prompt, PromptPart, Sampling
from app.workers.child import Child, Job, Route
from app.workers.worker import Worker
from tests.inference.test_llama import model_path

pytestmark = [pytest.mark.models, pytest.mark.expects_warnings]
REFUSING, CRASHING, AMID = 1, 2, 3


def _failing_card(connection: Connection, *_grants: Grants) -> None:
    """Be the real child, but with a card that fails in the way `gpu_layers` names."""
    runner = LlamaRunner()

    def generate(job: Job) -> Iterator[EngineEvent]:
        message: Generate = job.message
        way = message.spec.gpu_layers
        if way == REFUSING:
            raise ModelError(N_("The model file {file} is damaged."), "", file="x")
        if way == CRASHING:
            os.abort()
        job.message = replace(message, spec=replace(message.spec, gpu_layers=0))
        for event in runner.generate(job):
            yield event
            if way == AMID and isinstance(event, Token):
                os.abort()

    Child(connection, {Generate: Route(generate)}).serve()


@pytest.fixture
def told() -> list[AppError]:
    return []


@pytest.fixture
def engine() -> Iterator[LlamaEngine]:
    result = LlamaEngine(ModelSpec(model_path(), 256, model_threads()))
    result._worker = Worker("language model", _failing_card, (), ANSWERS)
    yield result
    result.close()


def said(engine: FallingBack) -> str:
    prompt = Prompt((PromptPart("The capital of France is"),))
    events = engine.generate(prompt, Sampling(6))
    return "".join(event.text for event in events if isinstance(event, Token))


@pytest.mark.parametrize("way", [REFUSING, CRASHING])
def test_the_processor_answers_instead_and_it_is_told_once(
    engine: LlamaEngine, told: list[AppError], way: int
) -> None:
    engine.spec = replace(engine.spec, gpu_layers=way)
    both = FallingBack(engine, told.append)
    assert "Paris" in said(both)
    assert "Paris" in said(both)
    (error,) = told
    assert "processor computes instead" in str(error)


def test_amid_an_answer_it_is_told_and_the_next_one_is_there(
    engine: LlamaEngine, told: list[AppError]
) -> None:
    engine.spec = replace(engine.spec, gpu_layers=AMID)
    both = FallingBack(engine, told.append)
    with pytest.raises(WorkerDied):
        said(both)
    assert "in the middle of the answer" in str(told[0])
    assert "Paris" in said(both)
    assert len(told) == 1


def test_a_damaged_file_is_not_blamed_on_the_card(
    engine: LlamaEngine, told: list[AppError], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"<html>")
    engine.spec = replace(engine.spec, path=str(bad), gpu_layers=REFUSING)
    with pytest.raises(ModelError, match="not a GGUF"):
        said(FallingBack(engine, told.append))
    assert told == []
