"""The same e5 weights for the other two back ends: a sentence-transformers folder, a GGUF.

    E5S1 file ──read_archive──► Archive ─┬─write_folder──► model.safetensors + configuration
                                         └─write_gguf────► model.gguf (llama.cpp, "bert")

They serve tests and measurements: only engines that run the very same numbers can be
compared. The archive's 4-bit blocks are ggml's Q4_0 blocks and go into the GGUF as they
are; the folder holds them unpacked to float32.

Formats: safetensors (u64 length, JSON of names, types, shapes and places, then data);
GGUF 3 (llama.cpp, docs/gguf.md).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.convert_e5 import Archive, Blocks, build_tokenizer

Array = NDArray[np.float32]
Value = str | int | float | bool | list[str] | list[int] | list[float]

_U32, _I32, _F32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9
_FLOAT, _Q4_0 = 0, 2
_ALIGNMENT = 32
_PARTS = {
    "q": ("attention.self.query", "attn_q"),
    "k": ("attention.self.key", "attn_k"),
    "v": ("attention.self.value", "attn_v"),
    "ao": ("attention.output.dense", "attn_output"),
    "aln": ("attention.output.LayerNorm", "attn_output_norm"),
    "fi": ("intermediate.dense", "ffn_up"),
    "fo": ("output.dense", "ffn_down"),
    "oln": ("output.LayerNorm", "layer_output_norm"),
}
_ENDS = {"w": "weight", "b": "bias"}
_TABLES = {
    "emb.word": ("embeddings.word_embeddings.weight", "token_embd.weight"),
    "emb.pos": ("embeddings.position_embeddings.weight", "position_embd.weight"),
    "emb.type": ("embeddings.token_type_embeddings.weight", "token_types.weight"),
    "emb.ln.w": ("embeddings.LayerNorm.weight", "token_embd_norm.weight"),
    "emb.ln.b": ("embeddings.LayerNorm.bias", "token_embd_norm.bias"),
}


def names_of(name: str) -> tuple[str, str]:
    """Return what an archive's tensor is called in a BertModel and in a GGUF."""
    if name in _TABLES:
        return _TABLES[name]
    layer, part, end = name.split(".")
    bert, gguf = _PARTS[part]
    number = layer.removeprefix("l")
    ending = _ENDS[end]
    return (
        f"encoder.layer.{number}.{bert}.{ending}",
        f"blk.{number}.{gguf}.{ending}",
    )


def write_folder(archive: Archive, folder: Path) -> None:
    """Write a folder that sentence-transformers opens: mean pooling, unit length."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        names_of(name)[0]: _shaped(name, values, archive)
        for name, values in archive.arrays.items()
    }
    tensors |= {names_of(n)[0]: b.values() for n, b in archive.matrices.items()}
    write_safetensors(folder / "model.safetensors", tensors)
    positions = len(tensors["embeddings.position_embeddings.weight"])
    write_settings(
        folder,
        {
            "vocab_size": len(tensors["embeddings.word_embeddings.weight"]),
            "hidden_size": archive.hidden,
            "num_hidden_layers": archive.layers,
            "num_attention_heads": archive.heads,
            "intermediate_size": archive.feed_forward,
            "max_position_embeddings": positions,
            "type_vocab_size": len(tensors["embeddings.token_type_embeddings.weight"]),
            "layer_norm_eps": archive.epsilon,
            "pad_token_id": archive.pad,
        },
        {
            "pad_token": archive.pieces[archive.pad],
            "unk_token": archive.pieces[archive.unknown],
            "bos_token": archive.pieces[archive.begin],
            "eos_token": archive.pieces[archive.end],
        },
    )
    text = build_tokenizer(archive).to_str(pretty=False)
    (folder / "tokenizer.json").write_text(text, "utf-8")


def write_settings(
    folder: Path, shape: Mapping[str, Any], tokens: Mapping[str, str]
) -> None:
    """Write the small files of a sentence-transformers folder around a BertModel."""
    kind = "sentence_transformers.models."
    steps = [
        ("", "Transformer"),
        ("1_Pooling", "Pooling"),
        ("2_Normalize", "Normalize"),
    ]
    longest = shape["max_position_embeddings"]
    files: dict[str, Any] = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "dtype": "float32",
            **shape,
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": kind + name}
            for i, (path, name) in enumerate(steps)
        ],
        "sentence_bert_config.json": {
            "max_seq_length": longest,
            "do_lower_case": False,
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape["hidden_size"],
            "pooling_mode_mean_tokens": True,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": longest,
            "model_input_names": ["input_ids", "attention_mask"],
            **tokens,
        },
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2), "utf-8")


def write_safetensors(path: Path, tensors: Mapping[str, Array]) -> None:
    """Write float32 tensors in the safetensors format."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    place = 0
    for name, values in tensors.items():
        end = place + values.size * 4
        header[name] = {
            "dtype": "F32",
            "shape": list(values.shape),
            "data_offsets": [place, end],
        }
        place = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for values in tensors.values():
            file.write(np.ascontiguousarray(values, "<f4").tobytes())


def write_gguf(
    archive: Archive, path: Path, name: str = "multilingual-e5-small"
) -> None:
    """Write a GGUF of the architecture "bert" with a Unigram tokenizer."""
    tensors: dict[str, Array | Blocks] = {
        names_of(n)[1]: _shaped(n, values, archive)
        for n, values in archive.arrays.items()
    }
    tensors |= {names_of(n)[1]: blocks for n, blocks in archive.matrices.items()}
    rows = len(archive.matrices["emb.word"].codes)
    unused = range(len(archive.pieces), rows)
    special = {archive.begin, archive.end, archive.pad}
    kinds = [
        3 if i in special else 2 if i == archive.unknown else 1
        for i in range(len(archive.pieces))
    ]
    write_tensors(
        path,
        {
            **_shape(archive, len(tensors["position_embd.weight"])),  # type: ignore[arg-type]
            "general.name": name,
            "general.license": "mit",
            "tokenizer.ggml.model": "t5",
            "tokenizer.ggml.token_type_count": len(tensors["token_types.weight"]),  # type: ignore[arg-type]
            "tokenizer.ggml.tokens": [
                *archive.pieces,
                *(f"[unused{i}]" for i in unused),
            ],
            "tokenizer.ggml.scores": [*archive.scores, *(-1e4 for _ in unused)],
            "tokenizer.ggml.token_type": [*kinds, *(5 for _ in unused)],
            "tokenizer.ggml.bos_token_id": archive.begin,
            "tokenizer.ggml.eos_token_id": archive.end,
            "tokenizer.ggml.padding_token_id": archive.pad,
            "tokenizer.ggml.unknown_token_id": archive.unknown,
            "tokenizer.ggml.add_bos_token": True,
            "tokenizer.ggml.add_eos_token": True,
            "tokenizer.ggml.add_space_prefix": True,
            "tokenizer.ggml.remove_extra_whitespaces": True,
        },
        tensors,
    )


def _shape(archive: Archive, positions: int) -> dict[str, Value]:
    return {
        "general.architecture": "bert",
        "bert.context_length": positions,
        "bert.embedding_length": archive.hidden,
        "bert.block_count": archive.layers,
        "bert.feed_forward_length": archive.feed_forward,
        "bert.attention.head_count": archive.heads,
        "bert.attention.layer_norm_epsilon": archive.epsilon,
        "bert.attention.causal": False,
        "bert.pooling_type": 1,
    }


def write_tensors(
    path: Path, pairs: Mapping[str, Value], tensors: Mapping[str, Array | Blocks]
) -> None:
    """Write a GGUF file of any pairs and tensors; whole numbers are 32 bits wide."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs))
    head += b"".join(_text(key) + _pair(value) for key, value in pairs.items())
    bodies, place = [], 0
    for name, values in tensors.items():
        body, kind, shape = _packed(values)
        head += _text(name) + struct.pack("<I", len(shape))
        head += struct.pack(f"<{len(shape)}Q", *reversed(shape))
        head += struct.pack("<IQ", kind, place)
        bodies.append(body + bytes(-len(body) % _ALIGNMENT))
        place += len(bodies[-1])
    with path.open("wb") as file:
        file.write(head + bytes(-len(head) % _ALIGNMENT))
        file.writelines(bodies)


def _packed(values: Array | Blocks) -> tuple[bytes, int, Sequence[int]]:
    if not isinstance(values, Blocks):
        return np.ascontiguousarray(values, "<f4").tobytes(), _FLOAT, values.shape
    rows, columns = values.codes.shape
    codes = values.codes.reshape(rows, -1, 2, 16)
    record = np.empty(
        codes.shape[:2], np.dtype([("scale", "<f2"), ("codes", "u1", 16)])
    )
    record["scale"] = values.scales
    record["codes"] = codes[:, :, 0] | (codes[:, :, 1] << 4)
    return record.tobytes(), _Q4_0, (rows, columns)


def _pair(value: Value) -> bytes:
    if isinstance(value, list):
        kind, _ = _scalar(value[0])
        packed = b"".join(_scalar(entry)[1] for entry in value)
        # llama.cpp wants whole numbers with a sign in arrays, without one elsewhere.
        kind = _I32 if kind == _U32 else kind
        return struct.pack("<IIQ", _ARRAY, kind, len(value)) + packed
    kind, packed = _scalar(value)
    return struct.pack("<I", kind) + packed


def _scalar(value: str | float | bool) -> tuple[int, bytes]:
    if isinstance(value, str):
        return _STRING, _text(value)
    if isinstance(value, bool):
        return _BOOL, struct.pack("<?", value)
    if isinstance(value, int):
        return _U32, struct.pack("<I", value)
    return _F32, struct.pack("<f", value)


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _shaped(name: str, values: Array, archive: Archive) -> Array:
    """Return a tensor of the archive in its shape: tables have rows, the rest is flat."""
    return (
        values.reshape(-1, archive.hidden)
        if name in ("emb.pos", "emb.type")
        else values
    )
