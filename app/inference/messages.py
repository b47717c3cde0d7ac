"""What the model child is asked. It answers with `app.values`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app import codec
from app.values.generation import Done, Loading, Reading, Token
from app.values.prompts import Prompt, Sampling
from app.values.tokens import NextTokens, Scores, Tokens


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter in GGUF, and how strongly it counts."""

    path: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model file and how to run it.

    `context` and `batch` are in tokens, `ram_bytes` the working set to expect;
    `kv_bits` 8 halves the memory of the context and costs speed. `draft` tokens are
    guessed ahead (0: none). States are kept in the folder `states` up to `states_mb`
    megabytes; "" keeps none.
    """

    path: str
    context: int = 4096
    threads: int = 1
    ram_bytes: int = 0
    gpu_layers: int = 0
    batch: int = 128
    kv_bits: int = 16
    sha256: str = ""
    adapters: tuple[Adapter, ...] = ()
    draft: int = 0
    states: str = ""
    states_mb: int = 0

    @property
    def loaded(self) -> ModelSpec:
        """What of it needs the model to be loaded anew when it changes."""
        return replace(self, ram_bytes=0, draft=0, states="", states_mb=0)


@dataclass(frozen=True, slots=True)
class Generate:
    """Continue a prompt."""

    spec: ModelSpec
    prompt: Prompt
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Prepare:
    """Evaluate the beginning of a prompt, so that its continuation starts sooner."""

    spec: ModelSpec
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Tune:
    """Measure which settings of a model are the fastest on this computer."""

    spec: ModelSpec


@dataclass(frozen=True, slots=True)
class Forget:
    """Let go of all text: in memory, and the states in the folder."""

    states: str


@dataclass(frozen=True, slots=True)
class TokensOf:
    """Take a text apart into tokens."""

    spec: ModelSpec
    text: str


@dataclass(frozen=True, slots=True)
class NextOf:
    """Tell the `count` most probable tokens after a prompt."""

    spec: ModelSpec
    prompt: Prompt
    count: int


@dataclass(frozen=True, slots=True)
class ScoreOf:
    """Tell how likely each option is after a prompt.

    `fresh`: nothing evaluated before is used, so that the figures are the same each time.
    """

    spec: ModelSpec
    prompt: Prompt
    options: tuple[str, ...]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Tuned:
    """The fastest settings: see `app.inference.tuning`.

    `step_ratio` is the time of a batch of 8 tokens over that of one token;
    `exact` says that both give the same logits to the bit.
    """

    batch: int
    threads: int
    step_ratio: float
    exact: bool


ANSWERS = codec.registry_of(
    Loading, Reading, Token, Done, Tuned, Tokens, NextTokens, Scores
)
