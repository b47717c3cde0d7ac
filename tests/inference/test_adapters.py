"""A real adapter on the real starter model: it changes what is said, a bad one nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import ModelError
from app.inference.engine import LlamaEngine
from app.inference.hardware import model_threads
from app.inference.messages import Adapter, ModelSpec
from app.values.generation import Token
from app.values.prompts import Prompt, PromptPart, Sampling
from tests.catalogue.make_gguf import lora
from tests.inference.test_llama import model_path

pytestmark = pytest.mark.models
WIDTH = 576


@pytest.fixture(scope="module")
def engine() -> Iterator[LlamaEngine]:
    result = LlamaEngine(ModelSpec(model_path(), 256, model_threads()))
    yield result
    result.close()


def said(engine: LlamaEngine) -> str:
    prompt = Prompt((PromptPart("The capital of France is"),))
    events = engine.generate(prompt, Sampling(8))
    return "".join(event.text for event in events if isinstance(event, Token))


def adapted(engine: LlamaEngine, path: Path, scale: float = 1.0) -> str:
    plain = engine.spec
    engine.spec = dataclasses.replace(plain, adapters=(Adapter(str(path), scale),))
    try:
        return said(engine)
    finally:
        engine.spec = plain


def test_it_counts_as_much_as_it_should(engine: LlamaEngine, tmp_path: Path) -> None:
    plain = said(engine)
    assert "Paris" in plain
    nothing = lora(tmp_path / "zero.gguf", "blk.3.attn_output.weight", WIDTH)
    assert adapted(engine, nothing) == plain
    strong = lora(
        tmp_path / "strong.gguf", "blk.3.attn_output.weight", WIDTH, strength=3.0
    )
    assert adapted(engine, strong) != plain
    assert said(engine) == plain


@pytest.mark.parametrize("damage", ["missing", "empty", "html", "cut", "other"])
def test_a_bad_one_is_a_sentence_and_the_next_answer_is_there(
    engine: LlamaEngine, tmp_path: Path, damage: str
) -> None:
    path = lora(tmp_path / "bad.gguf", "blk.3.attn_output.weight", WIDTH)
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-4000])
    elif damage == "other":
        lora(path, "blk.3.attn_output.weight", 64)
    else:
        path.write_bytes(b"" if damage == "empty" else b"<html>")
    with pytest.raises(ModelError, match="does not fit"):
        adapted(engine, path)
    assert "Paris" in said(engine)
