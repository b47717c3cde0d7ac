"""GGUF files for tests: whole, small and written by ourselves."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np

ALIGNMENT = 32


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def pair(key: str, value: object) -> bytes:
    head = text(key)
    if isinstance(value, bool):
        return head + struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return head + struct.pack("<II", 4, value)
    if isinstance(value, float):
        return head + struct.pack("<If", 6, value)
    if isinstance(value, str):
        return head + struct.pack("<I", 8) + text(value)
    assert isinstance(value, list)
    if key == "tokenizer.ggml.merges" or (value and isinstance(value[0], str)):
        body = b"".join(text(item) for item in value)
        return head + struct.pack("<IIQ", 9, 8, len(value)) + body
    if value and isinstance(value[0], float):
        kind, form = 6, "f"
    else:
        kind, form = 5, "i"
    packed = struct.pack(f"<{len(value)}{form}", *value)
    return head + struct.pack("<IIQ", 9, kind, len(value)) + packed


def gguf_bytes(
    pairs: Mapping[str, object], tensors: Mapping[str, np.ndarray] | None = None
) -> bytes:
    """Return a GGUF file; tensors are float32, their shapes as numpy has them."""
    tensors = tensors or {}
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs))
    head += b"".join(pair(key, value) for key, value in pairs.items())
    data = b""
    for name, tensor in tensors.items():
        shape = tensor.shape[::-1]
        head += text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        head += struct.pack("<IQ", 0, len(data))
        data += tensor.astype("<f4").tobytes()
        data += bytes(-len(data) % ALIGNMENT)
    return head + bytes(-len(head) % ALIGNMENT) + data if tensors else head


def tiny_model(path: Path, architecture: str = "llama", width: int = 8) -> Path:
    """Write a model whose header is in order; its one layer is not enough to run."""
    pairs = {
        "general.architecture": architecture,
        "general.name": "Tiny",
        f"{architecture}.block_count": 1,
        f"{architecture}.context_length": 512,
        f"{architecture}.embedding_length": width,
        "tokenizer.chat_template": "<|im_start|>",
    }
    weight = np.zeros((width, width), np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gguf_bytes(pairs, {"blk.0.attn_q.weight": weight}))
    return path


def lora(
    path: Path,
    name: str = "blk.0.attn_q.weight",
    width: int = 8,
    rank: int = 2,
    architecture: str = "llama",
    strength: float = 0.0,
    **more: object,
) -> Path:
    """Write a LoRA adapter for one square weight of `width` numbers each way."""
    pairs = {
        "general.type": "adapter",
        "general.architecture": architecture,
        "general.name": "Plain German",
        "general.license": "mit",
        "adapter.type": "lora",
        "adapter.lora.alpha": float(rank),
        **{key.replace("__", "."): value for key, value in more.items()},
    }
    random = np.random.default_rng(7)
    tensors = {
        f"{name}.lora_a": random.standard_normal((rank, width)) * strength,
        f"{name}.lora_b": random.standard_normal((width, rank)) * strength,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gguf_bytes(pairs, tensors))
    return path


def working_model(
    path: Path,
    width: int = 32,
    layers: int = 2,
    merges: tuple[str, ...] = ("h e", "l l", "Ġ t", "e r"),
) -> Path:
    """Write a model that llama.cpp loads and runs; its weights are noise.

    256 tokens for the bytes (as GPT-2 writes them) and four special ones; a header like
    that of the models one downloads. Stricter readers than llama.cpp want no merges,
    as the tokens they make are not there.
    """
    vocabulary = 260
    inner = 2 * width
    pairs: dict[str, object] = {
        "general.architecture": "llama",
        "general.type": "model",
        "general.name": "Noise",
        "general.file_type": 0,
        "llama.block_count": layers,
        "llama.context_length": 512,
        "llama.embedding_length": width,
        "llama.feed_forward_length": inner,
        "llama.attention.head_count": 2,
        "llama.attention.head_count_kv": 2,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": width // 2,
        "llama.rope.freq_base": 10000.0,
        "llama.vocab_size": vocabulary,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": [*_byte_letters(), *_SPECIAL],
        "tokenizer.ggml.token_type": [1] * 256 + [3] * len(_SPECIAL),
        "tokenizer.ggml.merges": list(merges),
        "tokenizer.ggml.bos_token_id": 256,
        "tokenizer.ggml.eos_token_id": 257,
        "tokenizer.chat_template": "<|im_start|>",
    }
    random = np.random.default_rng(1)

    def noise(*shape: int) -> np.ndarray:
        return random.standard_normal(shape) * 0.1

    tensors = {
        "token_embd.weight": noise(vocabulary, width),
        "output_norm.weight": np.ones(width),
    }
    for number in range(layers):
        block = f"blk.{number}"
        for name in ("attn_norm", "ffn_norm"):
            tensors[f"{block}.{name}.weight"] = np.ones(width)
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensors[f"{block}.{name}.weight"] = noise(width, width)
        for name in ("ffn_gate", "ffn_up"):
            tensors[f"{block}.{name}.weight"] = noise(inner, width)
        tensors[f"{block}.ffn_down.weight"] = noise(width, inner)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gguf_bytes(pairs, tensors))
    return path


_SPECIAL = ("<|endoftext|>", "<|im_end|>", "<|im_start|>", "<pad>")


def _byte_letters() -> list[str]:
    """Return GPT-2's letters for the bytes: themselves, or shifted if unprintable."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    letters = {byte: chr(byte) for byte in shown}
    letters.update({byte: chr(256 + place) for place, byte in enumerate(hidden)})
    return [letters[byte] for byte in range(256)]
