"""Which sizes in a GGUF header are possible, so that no absurd one reaches llama.cpp.

Measured in llama.cpp of llama-cpp-python 0.3.36: a number of layers of 2³¹-1 ends the
process, a context of 2³¹-1 takes 8 GB for each text that is tokenised, a negative
epsilon ends the process with the first token. The limits lie far above every model
there is.
"""

from __future__ import annotations

import math
import re

from app.catalogue.gguf import Header, Tensor, Value

MOST_CONTEXT = 1 << 22
_MOST = {
    "block_count": 1 << 10,
    "context_length": MOST_CONTEXT,
    "embedding_length": 1 << 17,
    "feed_forward_length": 1 << 20,
    "attention.head_count": 1 << 12,
    "attention.head_count_kv": 1 << 12,
    "attention.key_length": 1 << 14,
    "attention.value_length": 1 << 14,
    "attention.sliding_window": MOST_CONTEXT,
    "rope.dimension_count": 1 << 14,
    "rope.scaling.original_context_length": MOST_CONTEXT,
    "expert_count": 1 << 12,
    "expert_used_count": 1 << 12,
    "vocab_size": 1 << 22,
    "pooling_type": 1 << 4,
    "ssm.conv_kernel": 1 << 10,
    "ssm.inner_size": 1 << 20,
    "ssm.state_size": 1 << 14,
    "nextn_predict_layers": 1 << 10,
}
_BLOCK = re.compile(r"blk\.(\d{1,9})\.")
_A, _B = ".lora_a", ".lora_b"
_TOKENS = "tokenizer.ggml.tokens"


def has_sane_sizes(header: Header) -> bool:
    """Tell whether every size in a header is one that a model can have."""
    metadata = header.metadata
    name = str(metadata.get("general.architecture", ""))
    if not name or len(name) > 64:
        return False
    for key, most in _MOST.items():
        if not _within(metadata.get(f"{name}.{key}", 0), most):
            return False
    floats = {
        key: value
        for key, value in metadata.items()
        if isinstance(value, float) and key.startswith(f"{name}.")
    }
    # A negative epsilon ends the process with the first token.
    sound = all(math.isfinite(value) for value in floats.values()) and not any(
        value < 0 for key, value in floats.items() if key.endswith("epsilon")
    )
    return sound and _layers_fit(header, name) and _vocabulary_fits(header)


def _within(value: Value, most: int) -> bool:
    """Tell whether a size is a whole number of 0..most."""
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    return 0 <= value <= most


def _layers_fit(header: Header, name: str) -> bool:
    """Tell whether no tensor belongs to a layer that the header does not count."""
    layers = header.metadata.get(f"{name}.block_count")
    numbers = [int(match[1]) for t in header.tensors if (match := _BLOCK.match(t.name))]
    if not isinstance(layers, int) or not numbers:
        return True
    return max(numbers) < layers


def _vocabulary_fits(header: Header) -> bool:
    """Tell whether the table of scores and kinds is as long as that of the tokens."""
    count = header.arrays.get(_TOKENS)
    if count is None:
        return True
    tables = ("tokenizer.ggml.scores", "tokenizer.ggml.token_type")
    lengths = [header.arrays[key] for key in tables if key in header.arrays]
    special = [
        value
        for key, value in header.metadata.items()
        if key.startswith("tokenizer.ggml.") and key.endswith("_token_id")
    ]
    return all(length == count for length in lengths) and all(
        (isinstance(value, int) and value < count) or value == 0xFFFFFFFF
        for value in special
    )


def is_adapter(header: Header) -> bool:
    """Tell whether a header is that of a LoRA adapter, its tensors in whole pairs."""
    metadata = header.metadata
    kind = metadata.get("general.type"), metadata.get("adapter.type")
    alpha = metadata.get("adapter.lora.alpha", 1.0)
    sound = isinstance(alpha, float) and math.isfinite(alpha)
    return kind == ("adapter", "lora") and sound and bool(lora_pairs(header))


def lora_pairs(header: Header) -> dict[str, tuple[Tensor, Tensor]]:
    """Return an adapter's pairs by the weight they change; {} if one is not whole."""
    named = {t.name: t for t in header.tensors if not t.name.endswith("_norm.weight")}
    pairs = {}
    for name, tensor in named.items():
        weight = name.removesuffix(_A)
        if weight != name and (partner := named.get(weight + _B)):
            pairs[weight] = (tensor, partner)
    return pairs if 2 * len(pairs) == len(named) else {}
