"""How much of a model fits here: the largest context, and layers on a graphics card.

From the header alone, before anything is loaded. What a token costs in the context is
exact (checked against llama.cpp's own size of a state in `tests/catalogue/test_advice.py`);
what the rest needs is estimated with a margin, from measured models. Only where memory is
too short for the context that is wanted are its numbers kept in 8 bits, which cost speed.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.catalogue.describe import parts_of
from app.catalogue.gguf import Header, Tensor, Value, read_header

STEP = 256
LEAST = 512
_HALF = 2  # bytes of a number in the context
# In 8 bits a block of 32 numbers has a factor of two bytes: ggml's q8_0.
_BLOCK, _BLOCK_BYTES = 32, 34
# Models that keep one small vector for all heads have no values of their own to shrink.
_SHARED_KV = "attention.kv_lora_rank"
# Measured with 0.1–1.5 billion parameters: buffers of 150–300 MB beside the weights, and
# up to 1.1 times the file when the weights are laid out anew for the processor.
_BUFFERS = 300_000_000
_REPACKED = 1.1
_OF_FREE = 0.9


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a model matters here: sizes in bytes, `context` in tokens.

    `small_kv` tells whether the context may be kept in 8 bits.
    """

    weights: int
    layers: int
    largest_layer: int
    outside_layers: int
    kv_per_token: int
    context: int
    small_kv: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """The largest context (0: it does not fit) and how many layers a card can hold.

    `needed_bytes` is the memory with that context; `gpu_layers` counts the output as
    one more layer, as llama.cpp does. `kv_per_token` are bytes at `kv_bits`, 16 or 8.
    """

    context: int
    needed_bytes: int
    gpu_layers: int
    layers: int
    kv_per_token: int
    kv_bits: int = 16


def shape_of_file(path: Path) -> Shape:
    """Return what matters of a model's files; they are read once until they change.

    Raises ModelError, OSError.
    """
    parts = parts_of(path)
    stats = [part.stat() for part in parts]
    return _shape_of_parts(parts, tuple((s.st_size, s.st_mtime_ns) for s in stats))


@functools.lru_cache(maxsize=32)
def _shape_of_parts(
    parts: tuple[Path, ...], marks: tuple[tuple[int, int], ...]
) -> Shape:
    headers = [read_header(part) for part in parts]
    tensors = [tensor for header in headers for tensor in header.tensors]
    return shape_of(headers[0], sum(size for size, _ in marks), tensors)


def shape_of(
    header: Header, size_bytes: int, tensors: Sequence[Tensor] | None = None
) -> Shape:
    """Return what matters of a model, from its header and the size of all its files.

    `tensors` are those of all its files, where there are several.
    """
    layers: dict[int, int] = {}
    outside = 0
    for tensor in header.tensors if tensors is None else tensors:
        parts = tensor.name.split(".")
        if parts[0] == "blk" and len(parts) > 2 and parts[1].isdigit():
            number = int(parts[1])
            layers[number] = layers.get(number, 0) + tensor.size_bytes
        elif not tensor.name.startswith("token_embd"):
            outside += tensor.size_bytes
    count = _whole(header, "block_count") or len(layers)
    key, value = _widths(header)
    return Shape(
        weights=size_bytes,
        layers=count,
        largest_layer=max(layers.values(), default=0),
        outside_layers=outside or size_bytes // max(1, count + 1),
        kv_per_token=_kv_per_token(header, count),
        context=_whole(header, "context_length"),
        small_kv=_has_blocks(key, value) and not _whole(header, _SHARED_KV),
    )


def advise(
    shape: Shape, free_bytes: int, card_free_bytes: int = 0, wanted: int = 0
) -> Advice:
    """Return what fits into free memory; `wanted` is the most context asked for."""
    fixed = int(shape.weights * _REPACKED) + _BUFFERS
    room = int(free_bytes * _OF_FREE) - fixed
    most = min(wanted or shape.context or 1 << 20, shape.context or 1 << 20)
    bits, each = 16, shape.kv_per_token
    if most * each > room and shape.small_kv and not card_free_bytes:
        bits, each = 8, each * _BLOCK_BYTES // (_BLOCK * _HALF)
    fitting = most if not each else room // each
    context = max(0, min(most, fitting)) // STEP * STEP if room > 0 else 0
    context = context if context >= min(LEAST, most) else 0
    return Advice(
        context=context,
        needed_bytes=fixed + (context or min(most, LEAST)) * each,
        gpu_layers=_gpu_layers(shape, card_free_bytes, context),
        layers=shape.layers + 1,
        kv_per_token=each,
        kv_bits=bits,
    )


def _gpu_layers(shape: Shape, free_bytes: int, context: int) -> int:
    """Return how many layers fit beside their share of the context."""
    room = int(free_bytes * _OF_FREE) - _BUFFERS
    if room <= 0 or not shape.layers:
        return 0
    share = shape.kv_per_token * context // shape.layers
    each = max(1, shape.largest_layer + share)
    if room >= each * shape.layers + shape.outside_layers:
        return shape.layers + 1
    return min(shape.layers, room // each)


def _kv_per_token(header: Header, layers: int) -> int:
    """Return the bytes a token takes in the context, keys and values as half floats.

    Models that look back only part of the way in some layers need less than this.
    """
    key, value = _widths(header)
    per_layer = header.numbers.get(_key(header, "attention.head_count_kv"))
    if per_layer is None:
        heads = _whole(header, "attention.head_count")
        shared = _whole(header, "attention.head_count_kv") or heads
        return layers * shared * (key + value) * _HALF
    return sum(max(0, count) for count in per_layer) * (key + value) * _HALF


def _has_blocks(key: int, value: int) -> bool:
    return key > 0 and value > 0 and not key % _BLOCK and not value % _BLOCK


def _widths(header: Header) -> tuple[int, int]:
    """Return how many numbers a head has for a key and for a value."""
    heads = _whole(header, "attention.head_count")
    width = _whole(header, "embedding_length")
    usual = width // heads if heads else 0
    key = _whole(header, "attention.key_length") or usual
    return key, _whole(header, "attention.value_length") or usual


def _key(header: Header, name: str) -> str:
    return f"{header.metadata.get('general.architecture', '')}.{name}"


def _whole(header: Header, name: str) -> int:
    value: Value = header.metadata.get(_key(header, name), 0)
    return value if isinstance(value, int) and value > 0 else 0
