import math
import struct

import numpy as np
import onnxruntime
import pytest
from tokenizers import Tokenizer

from models import convert_e5 as e5

HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 32, 2, 2, 64, 16
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁da", "s", "▁Hau", "ü", "▁Grü"]
PIECES += [f"~{n}" for n in range(10)]
VOCABULARY = len(PIECES) + 4


def q4(values):
    """Quantise rows to 4-bit blocks; returns the bytes and the unpacked values."""
    blocks = values.reshape(-1, e5.BLOCK)
    scales = (np.abs(blocks).max(axis=1) / 7).astype(np.float16)
    codes = np.clip(np.rint(blocks / scales[:, None].astype(np.float32)), -8, 7)
    stored = (codes + 8).astype(np.uint8)
    packed = stored[:, :16] | (stored[:, 16:] << 4)
    data = b"".join(
        scale.tobytes() + row.tobytes()
        for scale, row in zip(scales, packed, strict=True)
    )
    return data, (codes * scales[:, None].astype(np.float32)).reshape(values.shape)


class Archive:
    """A tiny E5S1 file with random weights, and what they are."""

    def __init__(self, path):
        rng = np.random.default_rng(7)
        self.values = {}
        self._records = []
        self._floats("emb.pos", rng.normal(0, 0.2, (POSITIONS, HIDDEN)))
        self._floats("emb.type", rng.normal(0, 0.2, (2, HIDDEN)))
        self._blocks("emb.word", rng.normal(0, 1, (VOCABULARY, HIDDEN)))
        self._norm(rng, "emb.ln")
        for layer in range(LAYERS):
            for part, rows, columns in (
                ("q", HIDDEN, HIDDEN),
                ("k", HIDDEN, HIDDEN),
                ("v", HIDDEN, HIDDEN),
                ("ao", HIDDEN, HIDDEN),
                ("fi", INNER, HIDDEN),
                ("fo", HIDDEN, INNER),
            ):
                weights = rng.normal(0, 1 / math.sqrt(columns), (rows, columns))
                if part == "fo":
                    weights[:, 5] *= 30
                self._blocks(f"l{layer}.{part}.w", weights)
                self._floats(f"l{layer}.{part}.b", rng.normal(0, 0.1, rows))
            self._norm(rng, f"l{layer}.aln")
            self._norm(rng, f"l{layer}.oln")
        self._write(path)

    def _norm(self, rng, name):
        self._floats(f"{name}.w", rng.normal(1, 0.1, HIDDEN))
        self._floats(f"{name}.b", rng.normal(0, 0.1, HIDDEN))

    def _floats(self, name, values):
        self.values[name] = values.astype(np.float32)
        data = self.values[name].tobytes()
        self._records.append((name, 0, values.size, data))

    def _blocks(self, name, values):
        data, self.values[name] = q4(values.astype(np.float32))
        self._records.append((name, 1, values.size, data))

    def _write(self, path):
        blob = [piece.encode() for piece in PIECES]
        offsets = np.cumsum([0, *map(len, blob)]).astype("<u4")
        scores = -np.arange(len(PIECES), dtype="<f4")
        head = e5.MAGIC + struct.pack("<I", 1)
        head += struct.pack(
            "<7i", HIDDEN, LAYERS, HEADS, INNER, VOCABULARY, POSITIONS, 2
        )
        head += struct.pack("<fi", 1e-12, e5.BLOCK)
        head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(b"".join(blob)))
        head += offsets.tobytes() + scores.tobytes() + b"".join(blob)
        head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 9, 1, 32)
        head += struct.pack("<i", len(self._records))
        size = len(head) + sum(2 + len(name) + 21 for name, *_ in self._records)
        table, body = b"", b""
        for name, kind, count, data in self._records:
            table += struct.pack("<H", len(name)) + name.encode()
            table += struct.pack("<BIQQ", kind, count, size + len(body), len(data))
            body += data
        path.write_bytes(head + table + body)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return tmp_path_factory.mktemp("e5") / "tiny.bin"


@pytest.fixture(scope="module")
def archive(source):
    return Archive(source)


def normalise(x, weight, bias):
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
    return centred / spread * weight + bias


def gelu(x):
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def forward(values, ids):
    """The encoder in plain numpy, float64: embedding of one text."""
    value = {name: array.astype(np.float64) for name, array in values.items()}

    def linear(x, name):
        return x @ value[f"{name}.w"].T + value[f"{name}.b"]

    def norm(x, name):
        return normalise(x, value[f"{name}.w"], value[f"{name}.b"])

    x = value["emb.word"][ids] + value["emb.pos"][: len(ids)] + value["emb.type"][0]
    x = norm(x, "emb.ln")
    for layer in (f"l{n}." for n in range(LAYERS)):
        q, k, v = (
            linear(x, layer + part).reshape(len(ids), HEADS, -1).swapaxes(0, 1)
            for part in "qkv"
        )
        scores = q @ k.swapaxes(1, 2) / math.sqrt(HIDDEN // HEADS)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        mixed = (weights @ v).swapaxes(0, 1).reshape(len(ids), HIDDEN)
        x = norm(x + linear(mixed, f"{layer}ao"), f"{layer}aln")
        inner = gelu(linear(x, f"{layer}fi"))
        x = norm(x + linear(inner, f"{layer}fo"), f"{layer}oln")
    mean = x.mean(axis=0)
    return mean / np.linalg.norm(mean)


def run(model, ids, mask=None):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    ids = np.array(ids, np.int64)
    mask = np.ones_like(ids) if mask is None else np.array(mask, np.int64)
    return session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


def test_blocks_unpack_without_loss(source, archive):
    read = e5.read_archive(source)
    assert read.hidden == HIDDEN
    for name, blocks in read.matrices.items():
        assert np.array_equal(blocks.values(), archive.values[name]), name


def test_the_float_graph_equals_numpy(source, archive):
    recipe = e5.Recipe(e5.linear_float, exact_channels=0)
    ids = [0, 5, 6, 7, 9, 2]
    vector = run(e5.build_graph(e5.read_archive(source), recipe), [ids])[0]
    assert vector == pytest.approx(forward(archive.values, ids), abs=1e-3)


def test_keeping_channels_exact_changes_nothing_in_float(source, archive):
    recipe = e5.Recipe(e5.linear_float, exact_channels=4)
    ids = [0, 5, 6, 7, 9, 2]
    vector = run(e5.build_graph(e5.read_archive(source), recipe), [ids])[0]
    assert vector == pytest.approx(forward(archive.values, ids), abs=1e-3)


def test_the_shipped_graph_is_close_to_numpy(source, archive):
    ids = [0, 5, 6, 7, 9, 2]
    read = e5.read_archive(source)
    truth = forward(archive.values, ids)
    shipped = float(run(e5.build_graph(read), [ids])[0] @ truth)
    careless = e5.build_graph(read, e5.Recipe(exact_channels=0))
    assert shipped > 0.998
    assert shipped > float(run(careless, [ids])[0] @ truth)


def test_padding_does_not_count(source, archive):
    recipe = e5.Recipe(e5.linear_float, exact_channels=0)
    rows = run(
        e5.build_graph(e5.read_archive(source), recipe),
        [[0, 5, 2, 1, 1], [0, 5, 6, 7, 2]],
        [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]],
    )
    assert rows[0] == pytest.approx(forward(archive.values, [0, 5, 2]), abs=1e-3)
    assert rows[1] == pytest.approx(forward(archive.values, [0, 5, 6, 7, 2]), abs=1e-3)


def test_int8_levels_never_overflow_sixteen_bits(source, archive):
    model = e5.build_graph(e5.read_archive(source))
    levels = [
        np.frombuffer(tensor.raw_data, np.int8)
        for tensor in model.graph.initializer
        if tensor.data_type == e5.TensorProto.INT8
    ]
    assert levels
    assert all(2 * 255 * int(np.abs(level).max()) < 2**15 for level in levels)


def test_the_tokenizer_numbers_pieces_as_the_model_does(source, archive, tmp_path):
    e5.convert(source, tmp_path)
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert tokenizer.encode("das  Haus").tokens == [
        "<s>", "▁da", "s", "▁Hau", "s", "</s>",
    ]  # fmt: skip
    assert tokenizer.encode(" Gru\u0308 ").ids == [0, 9, 2]
    assert tokenizer.encode("").ids == [0, 2]


def test_two_runs_give_the_same_bytes(source, archive, tmp_path):
    for name in ("one", "two"):
        e5.convert(source, tmp_path / name)
    for name in ("model.onnx", "tokenizer.json"):
        one, two = ((tmp_path / run / name).read_bytes() for run in ("one", "two"))
        assert one == two


@pytest.mark.parametrize("damage", [b"", b"GGUF", e5.MAGIC + bytes(80)])
def test_another_file_is_refused(tmp_path, damage, capsys):
    path = tmp_path / "other.bin"
    path.write_bytes(damage)
    assert e5.main([str(path), str(tmp_path / "out")]) == 1
    assert "could not be converted" in capsys.readouterr().err


def test_a_cut_file_is_refused(source, archive, tmp_path):
    path = tmp_path / "cut.bin"
    path.write_bytes(source.read_bytes()[:-100])
    with pytest.raises(ValueError, match="cut off"):
        e5.read_archive(path)
