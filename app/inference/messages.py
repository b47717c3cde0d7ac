"""What the model child is asked. It answers with `app.values.generation`."""

from __future__ import annotations

from dataclasses import dataclass

from app import codec
from app.values.generation import Done, Loading, Reading, Token
from app.values.prompts import Prompt, Sampling


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter in GGUF, and how strongly it counts."""

    path: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model file and how to run it. Equal specs mean: the same loaded model.

    `context` is in tokens, `ram_bytes` the working set to expect.
    """

    path: str
    context: int = 4096
    threads: int = 1
    ram_bytes: int = 0
    gpu_layers: int = 0
    adapters: tuple[Adapter, ...] = ()


@dataclass(frozen=True, slots=True)
class Generate:
    """Continue a prompt."""

    spec: ModelSpec
    prompt: Prompt
    sampling: Sampling


ANSWERS = codec.registry_of(Loading, Reading, Token, Done)
