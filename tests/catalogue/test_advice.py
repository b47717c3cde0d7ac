"""What fits: exact where a header tells it, with a margin where it does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.catalogue.advice import Shape, advise, shape_of, shape_of_file
from app.catalogue.gguf import read_header
from app.inference.llama_model import LlamaModel
from app.inference.messages import ModelSpec
from tests.catalogue.make_gguf import gguf_bytes
from tests.inference.test_llama import model_path

GB = 10**9
# As of a model of 7 billion parameters in 4 bits.
SHAPE = Shape(4 * GB, 32, 120_000_000, 100_000_000, 131_072, 32_768)


def test_the_largest_context_that_fits() -> None:
    assert advise(SHAPE, 64 * GB).context == 32_768
    assert advise(SHAPE, 64 * GB, wanted=4096).context == 4096
    some = advise(SHAPE, 6 * GB)
    assert 512 <= some.context < 32_768
    assert some.context % 256 == 0
    assert some.needed_bytes <= 6 * GB
    none = advise(SHAPE, 4 * GB)
    assert none.context == 0
    assert none.needed_bytes > 4 * GB


def test_layers_on_a_card_leave_room_for_their_context() -> None:
    assert advise(SHAPE, 64 * GB, 0).gpu_layers == 0
    assert advise(SHAPE, 64 * GB, 24 * GB, wanted=4096).gpu_layers == 33
    some = advise(SHAPE, 64 * GB, 3 * GB, wanted=4096).gpu_layers
    fewer = advise(SHAPE, 64 * GB, 3 * GB, wanted=32_768).gpu_layers
    assert 0 < fewer < some < 33


def test_eight_bits_only_where_memory_is_short() -> None:
    small = replace(SHAPE, small_kv=True)
    assert advise(small, 64 * GB).kv_bits == 16
    short = advise(small, 6 * GB, wanted=8192)
    usual = advise(SHAPE, 6 * GB, wanted=8192)
    assert (usual.kv_bits, short.kv_bits) == (16, 8)
    assert short.kv_per_token == SHAPE.kv_per_token * 34 // 64
    assert usual.context < short.context <= 8192
    assert short.needed_bytes <= 6 * GB
    # What a card holds stays as it is: not every driver can read the small numbers.
    assert advise(small, 6 * GB, 3 * GB, wanted=8192).kv_bits == 16


def test_heads_may_differ_from_layer_to_layer(tmp_path: Path) -> None:
    pairs = {
        "general.architecture": "x",
        "x.block_count": 3,
        "x.context_length": 1024,
        "x.embedding_length": 64,
        "x.attention.head_count": 8,
        "x.attention.head_count_kv": [4, 0, 2],
    }
    path = tmp_path / "m.gguf"
    weight = np.zeros((4, 8), np.float32)
    path.write_bytes(
        gguf_bytes(pairs, {"blk.0.w": weight, "blk.1.w": weight, "out.w": weight})
    )
    shape = shape_of(read_header(path), path.stat().st_size)
    assert shape.kv_per_token == (4 + 0 + 2) * (8 + 8) * 2
    assert (shape.layers, shape.largest_layer, shape.outside_layers) == (3, 128, 128)
    assert shape_of_file(path) == shape


@pytest.mark.models
def test_a_tokens_bytes_are_those_that_llama_cpp_takes() -> None:
    """30 layers, 3 heads for keys, 64 numbers each, half floats: 23,040 bytes."""
    shape = shape_of_file(Path(model_path()))
    assert shape.kv_per_token == 23_040
    assert shape.small_kv
    sizes = [_state_bytes_a_token(bits) for bits in (16, 8)]
    assert sizes == pytest.approx([23_040, 23_040 * 34 // 64], rel=0.03)


def _state_bytes_a_token(kv_bits: int) -> float:
    spec = ModelSpec(model_path(), context=512, kv_bits=kv_bits)
    model = LlamaModel(spec, lambda *_: True)
    try:
        model.decode(list(range(100, 200)))
        return model.state_size() / 100
    finally:
        model.close()
