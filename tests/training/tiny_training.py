"""A LoRA adapter trained with numpy alone: small enough to run in every test.

The model is `working_model`: Llama's architecture with random weights, a token for each
byte. Only the last layer's down projection is adapted, whose inputs do not depend on the
adapter; so the gradient is that of two matrices, a normalisation and a softmax.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

END = 257
EPSILON = 1e-5


@dataclass(frozen=True)
class Tiny:
    """The weights of a GGUF file by name, and its numbers."""

    weights: dict[str, np.ndarray]
    layers: int
    heads: int = 2

    @classmethod
    def read(cls, path: Path) -> Tiny:
        tensors = gguf.GGUFReader(path).tensors
        weights = {t.name: np.array(t.data, np.float64) for t in tensors}
        return cls(weights, sum(".ffn_down." in name for name in weights))

    def inputs(self, tokens: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """Return what goes past the last down projection, and what goes into it."""
        x = self.weights["token_embd.weight"][tokens]
        for number in range(self.layers):
            x = x + self._attention(number, norm(x))
            hidden = norm(x)
            gate = hidden @ self._of(number, "ffn_gate").T
            inner = gate / (1 + np.exp(-gate)) * (hidden @ self._of(number, "ffn_up").T)
            if number == self.layers - 1:
                return x + inner @ self._of(number, "ffn_down").T, inner
            x = x + inner @ self._of(number, "ffn_down").T
        raise AssertionError("no layers")

    def _of(self, layer: int, name: str) -> np.ndarray:
        return self.weights[f"blk.{layer}.{name}.weight"]

    def _attention(self, layer: int, x: np.ndarray) -> np.ndarray:
        count, width = x.shape
        size = width // self.heads
        q, k, v = (
            (x @ self._of(layer, f"attn_{name}").T).reshape(count, self.heads, size)
            for name in "qkv"
        )
        scores = np.einsum("ihd,jhd->hij", turned(q), turned(k)) / np.sqrt(size)
        scores[:, ~np.tri(count, dtype=bool)] = -np.inf
        said = np.einsum("hij,jhd->ihd", softmax(scores), v).reshape(count, width)
        return said @ self._of(layer, "attn_output").T


def norm(x: np.ndarray) -> np.ndarray:
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + EPSILON)


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def turned(x: np.ndarray) -> np.ndarray:
    """Turn neighbouring numbers by their position: RoPE as GGUF stores it."""
    count, _, size = x.shape
    speed = 10000.0 ** (-np.arange(0, size, 2) / size)
    angle = np.arange(count)[:, None, None] * speed
    even, odd = x[..., ::2], x[..., 1::2]
    result = np.empty_like(x)
    result[..., ::2] = even * np.cos(angle) - odd * np.sin(angle)
    result[..., 1::2] = even * np.sin(angle) + odd * np.cos(angle)
    return result


def train(
    model: Tiny, prompt: list[int], answer: list[int], rank: int = 8, steps: int = 120
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Return A, B (alpha = 2 × rank) and the losses. Adam (Kingma and Ba 2015)."""
    tokens = prompt + answer
    past, inner = model.inputs(tokens[:-1])
    past, inner = past[len(prompt) - 1 :], inner[len(prompt) - 1 :]
    table = model.weights["token_embd.weight"]
    random = np.random.default_rng(0)
    pair = [random.standard_normal((rank, inner.shape[1])) * 0.1]
    pair.append(np.zeros((past.shape[1], rank)))
    first, second = ([np.zeros_like(m) for m in pair] for _ in range(2))
    losses, rows = [], np.arange(len(answer))
    for step in range(1, steps + 1):
        a, b = pair
        x = past + 2 * inner @ a.T @ b.T
        z = norm(x)
        chances = softmax(z @ table.T)
        losses.append(float(-np.log(chances[rows, answer]).mean()))
        chances[rows, answer] -= 1
        back = chances / len(answer) @ table
        size = np.sqrt((x**2).mean(-1, keepdims=True) + EPSILON)
        back = 2 * (back - z * (back * z).mean(-1, keepdims=True)) / size
        slopes = (b.T @ back.T @ inner, back.T @ (inner @ a.T))
        for n, slope in enumerate(slopes):
            first[n] = 0.9 * first[n] + 0.1 * slope
            second[n] = 0.999 * second[n] + 0.001 * slope**2
            move = first[n] / (1 - 0.9**step)
            pair[n] -= 0.05 * move / (np.sqrt(second[n] / (1 - 0.999**step)) + 1e-8)
    return pair[0], pair[1], losses


def write_peft(folder: Path, pairs: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Write an adapter as PEFT keeps it; names are those of PyTorch's weights."""
    some = next(iter(pairs.values()))[0]
    config = {"peft_type": "LORA", "r": len(some), "lora_alpha": 2 * len(some)}
    tensors = {}
    for name, (a, b) in pairs.items():
        tensors[f"base_model.model.{name}.lora_A.weight"] = a.astype("<f4")
        tensors[f"base_model.model.{name}.lora_B.weight"] = b.astype("<f4")
    header, body = {}, b""
    for name, tensor in tensors.items():
        ends = [len(body), len(body) + tensor.nbytes]
        shape = list(tensor.shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": ends}
        body += tensor.tobytes()
    head = json.dumps(header).encode()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps(config))
    whole = struct.pack("<Q", len(head)) + head + body
    (folder / "adapter_model.safetensors").write_bytes(whole)
