"""A LoRA adapter from PEFT's folder to one GGUF file, as llama.cpp and Allmende load it.

    adapter_config.json + adapter_model.safetensors ─read─► Adapter ─write─► adapter.gguf

Each pair A (rank, in), B (out, rank) keeps its weight's GGUF name with the endings
`.lora_a` and `.lora_b`; llama.cpp adds B·A·alpha/rank to the weight.

Invariant: a weight that GGUF stores in another order than PyTorch is changed in that
order, too. That concerns the query and key rows of Llama and its relatives, whose
rotary position encoding pairs neighbouring rows in GGUF, and halves in PyTorch.

Needs numpy and `gguf` (PyPI), neither torch nor the base model's weights.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import gguf
import numpy as np
from examples import Refused
from numpy.typing import NDArray

Array = NDArray[np.float32]

# PyTorch's names of model families, and GGUF's.
ARCHITECTURES = {
    "apertus": "apertus",
    "gemma3_text": "gemma3",
    "granite": "granite",
    "llama": "llama",
    "mistral": "llama",
    "olmo2": "olmo2",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "smollm3": "smollm3",
}
# Families whose query and key rows GGUF stores in pairs.
PAIRED = ("granite", "llama", "mistral", "smollm3")
_PREFIX = "base_model.model."
_A, _B = ".lora_A.weight", ".lora_B.weight"
_LARGEST_HEADER = 100_000_000
# What PEFT can do beyond plain LoRA, and a plain adapter in GGUF cannot say.
_BEYOND = ("use_dora", "use_rslora", "modules_to_save", "rank_pattern", "alpha_pattern")


@dataclass(frozen=True, slots=True)
class Family:
    """What must be known of a base model: its family and its numbers of layers and heads."""

    kind: str
    layers: int
    heads: int
    key_heads: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Family:
        """Read a model's `config.json`. Raises Refused for a family nobody has tried."""
        kind = str(config.get("model_type", ""))
        if kind not in ARCHITECTURES:
            known = ", ".join(sorted(ARCHITECTURES))
            raise Refused(f"Models of the kind “{kind}” are not known; known: {known}.")
        heads = int(config["num_attention_heads"])
        return cls(
            kind,
            int(config["num_hidden_layers"]),
            heads,
            int(config.get("num_key_value_heads") or heads),
        )


@dataclass(frozen=True, slots=True)
class Adapter:
    """Pairs by the PyTorch name of the weight they change, and how much they count."""

    pairs: Mapping[str, tuple[Array, Array]]
    alpha: float


@dataclass(frozen=True, slots=True)
class About:
    """What an adapter says of itself: `licence` and the base's are SPDX identifiers."""

    title: str
    licence: str
    base: str
    base_licence: str = ""
    data: Sequence[str] = field(default_factory=tuple)


def read_safetensors(path: Path) -> dict[str, Array]:
    """Return the tensors of a file as float32.

    Format: eight bytes length, a JSON header, raw little-endian data
    (huggingface.co/docs/safetensors). Raises Refused for a broken file.
    """
    data = path.read_bytes()
    try:
        (size,) = struct.unpack("<Q", data[:8])
        if size > _LARGEST_HEADER:
            raise ValueError("header")
        header = json.loads(data[8 : 8 + size])
        header.pop("__metadata__", None)
        body = memoryview(data)[8 + size :]
        return {
            name: _numbers(
                body[entry["data_offsets"][0] : entry["data_offsets"][1]],
                entry["dtype"],
            ).reshape(entry["shape"])
            for name, entry in header.items()
        }
    except (ValueError, KeyError, TypeError, struct.error) as error:
        raise Refused(f"{path.name} is no whole safetensors file.") from error


def _numbers(raw: memoryview, kind: str) -> Array:
    if kind == "BF16":
        wide = np.frombuffer(raw, "<u2").astype(np.uint32) << 16
        return wide.view(np.float32)
    return np.frombuffer(raw, {"F32": "<f4", "F16": "<f2"}[kind]).astype(np.float32)


def read_adapter(folder: Path) -> Adapter:
    """Return the adapter in PEFT's folder. Raises Refused for what is not plain LoRA."""
    config = json.loads((folder / "adapter_config.json").read_text("utf-8"))
    beyond = [name for name in _BEYOND if config.get(name)]
    if config.get("peft_type") != "LORA" or beyond:
        what = ", ".join(beyond) or str(config.get("peft_type"))
        raise Refused(f"Only plain LoRA can be converted; this adapter uses {what}.")
    tensors = read_safetensors(folder / "adapter_model.safetensors")
    pairs = {}
    for name, a in tensors.items():
        if not name.endswith(_A):
            continue
        weight = name.removesuffix(_A)
        b = tensors.get(weight + _B)
        if b is None or a.ndim != 2 or b.ndim != 2 or a.shape[0] != b.shape[1]:
            raise Refused(f"{weight} has no whole pair of matrices.")
        pairs[weight.removeprefix(_PREFIX) + ".weight"] = (a, b)
    if not pairs or 2 * len(pairs) != len(tensors):
        raise Refused("The adapter holds other tensors than pairs of matrices.")
    return Adapter(pairs, float(config["lora_alpha"]))


def paired_rows(b: Array, heads: int) -> Array:
    """Return B's rows in GGUF's order: i and i + half of a head become neighbours."""
    rows, rank = b.shape
    halves = b.reshape(heads, 2, rows // heads // 2, rank)
    return halves.swapaxes(1, 2).reshape(rows, rank)


def converted(adapter: Adapter, family: Family) -> dict[str, Array]:
    """Return the tensors by their GGUF names. Raises Refused for an unknown weight."""
    architecture = _architecture(family.kind)
    names = gguf.get_tensor_name_map(architecture, family.layers)
    found = {}
    for weight, (a, b) in sorted(adapter.pairs.items()):
        name = names.get_name(weight, try_suffixes=(".weight",))
        # llama.cpp stores the adapter of the word table the other way round.
        if name in (None, "token_embd.weight"):
            raise Refused(f"The weight {weight} has no place in a GGUF file.")
        if family.kind in PAIRED and ".attn_q." in name:
            b = paired_rows(b, family.heads)  # noqa: PLW2901
        if family.kind in PAIRED and ".attn_k." in name:
            b = paired_rows(b, family.key_heads)  # noqa: PLW2901
        found[f"{name}.lora_a"] = np.ascontiguousarray(a)
        found[f"{name}.lora_b"] = np.ascontiguousarray(b)
    return found


def _architecture(kind: str) -> Any:
    wanted = ARCHITECTURES[kind]
    return next(key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == wanted)


def write_adapter(path: Path, adapter: Adapter, family: Family, about: About) -> None:
    """Write the GGUF file. Raises Refused, and OSError where it cannot be written."""
    tensors = converted(adapter, family)
    unfinished = path.with_name(path.name + ".part")
    writer = gguf.GGUFWriter(unfinished, ARCHITECTURES[family.kind])
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, adapter.alpha)
    writer.add_name(about.title)
    writer.add_license(about.licence)
    writer.add_base_model_count(1)
    writer.add_base_model_name(0, about.base)
    if about.data:
        writer.add_dataset_count(len(about.data))
        for number, name in enumerate(about.data):
            writer.add_dataset_name(number, name)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    unfinished.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert one folder."""
    parser = argparse.ArgumentParser(description="PEFT's LoRA adapter to GGUF")
    parser.add_argument("folder", type=Path, help="with adapter_config.json")
    parser.add_argument("--base", type=Path, required=True, help="base's config.json")
    parser.add_argument("--base-name", default="", help="what the base is called")
    parser.add_argument("--title", required=True)
    parser.add_argument("--licence", required=True, metavar="SPDX")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.gguf")
    options = parser.parse_args(arguments)
    try:
        config = json.loads(options.base.read_text("utf-8"))
        about = About(options.title, options.licence, options.base_name)
        adapter = read_adapter(options.folder)
        write_adapter(options.out, adapter, Family.of(config), about)
    except (Refused, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
