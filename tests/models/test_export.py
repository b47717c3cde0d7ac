"""The same weights as folder and as GGUF: every number arrives where it belongs."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np

from app.catalogue.gguf import read_header
from models.convert_e5 import read_archive
from models.export_e5 import names_of, write_folder, write_gguf
from tests.models.test_convert import HIDDEN, LAYERS, POSITIONS, VOCABULARY, Archive


def test_a_folder_holds_every_weight_in_its_shape(tmp_path: Path) -> None:
    tiny = Archive(tmp_path / "tiny.e5")
    write_folder(read_archive(tmp_path / "tiny.e5"), tmp_path / "folder")
    data = (tmp_path / "folder" / "model.safetensors").read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    assert header.pop("__metadata__") == {"format": "pt"}
    assert len(header) == len(tiny.values)
    for name, expected in tiny.values.items():
        entry = header[names_of(name)[0]]
        start, end = entry["data_offsets"]
        found = np.frombuffer(data[8 + length + start : 8 + length + end], "<f4")
        assert np.array_equal(found.reshape(entry["shape"]), expected)
    config = json.loads((tmp_path / "folder" / "config.json").read_text("utf-8"))
    assert config["vocab_size"] == VOCABULARY
    assert config["num_hidden_layers"] == LAYERS
    assert config["max_position_embeddings"] == POSITIONS


def test_a_gguf_is_whole_and_tells_what_it_is(tmp_path: Path) -> None:
    tiny = Archive(tmp_path / "tiny.e5")
    write_gguf(read_archive(tmp_path / "tiny.e5"), tmp_path / "tiny.gguf", "Tiny")
    header = read_header(tmp_path / "tiny.gguf")
    assert len(header.tensors) == len(tiny.values)
    assert header.size_bytes == (tmp_path / "tiny.gguf").stat().st_size
    assert header.metadata["bert.embedding_length"] == HIDDEN
    assert header.metadata["bert.pooling_type"] == 1


def test_names_follow_both_conventions() -> None:
    assert names_of("emb.word") == (
        "embeddings.word_embeddings.weight",
        "token_embd.weight",
    )
    assert names_of("l3.fo.b") == (
        "encoder.layer.3.output.dense.bias",
        "blk.3.ffn_down.bias",
    )
