import json
import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from app.embedding import open_embedder, runs_here
from app.embedding.onnx import OnnxEmbedder
from app.errors import Cancelled, ModelError
from app.paths import cards_dir, models_dir
from app.values.cards import InstalledModel, ModelCard

MODEL = "multilingual-e5-small"

URLAUB = "Der Urlaub beträgt jährlich mindestens 24 Werktage."
KUENDIGUNG = "Die Kündigung des Arbeitsverhältnisses bedarf der Schriftform."
PFLANZEN = "Pflanzen erzeugen mit Licht aus Wasser und Kohlendioxid Zucker."


def read_card() -> ModelCard:
    data = json.loads((cards_dir() / f"{MODEL}.json").read_text(encoding="utf-8"))
    return ModelCard(**{**data, "languages": tuple(data["languages"])})


def model_folder() -> Path:
    folder = models_dir() / MODEL
    if not (folder / "model.onnx").is_file():
        pytest.fail("The starter model is missing: run make setup.")
    return folder


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(model_folder(), read_card(), threads=1)


@pytest.mark.models
def test_rows_are_unit_vectors_of_the_cards_size(embedder):
    vectors = embedder.embed_passages([URLAUB, "", "x"])
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert embedder.embed_queries([]).shape == (0, 384)


@pytest.mark.models
def test_key_names_the_exact_weights(embedder):
    assert embedder.key == read_card().sha256


@pytest.mark.models
@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Wie viele freie Tage bekomme ich im Jahr?", 0),
        ("Darf mein Chef mich mündlich entlassen?", 1),
        ("Wie ernähren sich Blumen?", 2),
        ("How many days of holiday do I get?", 0),
        ("İşveren beni sözlü olarak işten çıkarabilir mi?", 1),
    ],
)
def test_a_question_finds_its_passage_without_sharing_words(
    embedder, question, expected
):
    passages = embedder.embed_passages([URLAUB, KUENDIGUNG, PFLANZEN])
    scores = passages @ embedder.embed_queries([question])[0]
    assert int(np.argmax(scores)) == expected


@pytest.mark.models
def test_a_vector_does_not_depend_on_its_neighbours(embedder):
    alone = embedder.embed_passages([URLAUB])[0]
    together = embedder.embed_passages([PFLANZEN * 20, URLAUB, "kurz"])[1]
    assert np.array_equal(alone, together)


@pytest.mark.models
def test_an_umlaut_in_two_characters_is_the_same_umlaut(embedder):
    composed, decomposed = embedder.embed_passages(["Größe", "Gro\u0308ße"])
    assert np.array_equal(composed, decomposed)


@pytest.mark.models
def test_only_the_first_512_tokens_count(embedder):
    long = "Wort " * 600
    one, two = embedder.embed_passages([long, long + "Ein ganz anderer Schluss."])
    assert np.array_equal(one, two)


@pytest.mark.models
def test_questions_and_passages_carry_different_prefixes(embedder):
    question, passage = (
        embedder.embed_queries([URLAUB]),
        embedder.embed_passages([URLAUB]),
    )
    assert not np.array_equal(question, passage)


@pytest.mark.models
def test_stop_ends_the_work(embedder):
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        embedder.embed_passages([URLAUB] * 3, stop=lambda: next(answers))


@pytest.mark.models
def test_open_embedder_chooses_by_the_card():
    installed = InstalledModel(read_card(), str(model_folder() / "model.onnx"))
    assert isinstance(open_embedder(installed, threads=1), OnnxEmbedder)


def test_telemetry_is_off():
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(ModelError, match=r"model\.onnx is missing") as caught:
        OnnxEmbedder(tmp_path, read_card(), threads=1)
    assert caught.value.remedy


def test_a_wrong_size_is_damage(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"short")
    with pytest.raises(ModelError, match="is damaged"):
        OnnxEmbedder(tmp_path, read_card(), threads=1)


@pytest.mark.parametrize("tokenizer", [b"{", b"\xff\xfe", b"{}"])
def test_a_broken_tokenizer_is_damage(tmp_path, tokenizer):
    (tmp_path / "model.onnx").write_bytes(b"x")
    (tmp_path / "tokenizer.json").write_bytes(tokenizer)
    with pytest.raises(ModelError, match="is damaged"):
        OnnxEmbedder(tmp_path, replace(read_card(), size_bytes=1), threads=1)


@pytest.mark.models
def test_a_broken_graph_is_damage(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"x" * 100)
    (tmp_path / "tokenizer.json").write_bytes(
        (model_folder() / "tokenizer.json").read_bytes()
    )
    with pytest.raises(ModelError, match="is damaged"):
        OnnxEmbedder(tmp_path, replace(read_card(), size_bytes=100), threads=1)


def test_an_unknown_back_end_is_a_sentence(tmp_path):
    card = replace(read_card(), backend="abacus")
    with pytest.raises(ModelError, match="cannot search with the model"):
        open_embedder(InstalledModel(card, str(tmp_path)), threads=1)


def test_only_installed_engines_count() -> None:
    card = read_card()
    assert runs_here(card)
    folder = replace(card, backend="sentence-transformers")
    assert runs_here(folder) == (find_spec("sentence_transformers") is not None)
    assert not runs_here(replace(card, backend="of tomorrow"))
