import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from app.catalogue.store import ModelStore
from app.embedding import open_embedder
from app.embedding.sentence_transformers import SentenceTransformersEmbedder
from app.errors import Cancelled, ModelError
from app.paths import cards_dir, models_dir
from app.values.cards import InstalledModel, ModelCard
from models.convert_e5 import build_tokenizer, read_archive
from tests.embedding.tiny import write_tiny_folder
from tests.models.test_convert import Archive, forward

MODEL = "all-minilm-l6-v2"
INSTALLED = importlib.util.find_spec("sentence_transformers") is not None
needs_full = pytest.mark.skipif(
    not INSTALLED, reason="the extra [full] is not installed"
)


def read_card(**changes: object) -> ModelCard:
    data = json.loads((cards_dir() / f"{MODEL}.json").read_text(encoding="utf-8"))
    return ModelCard(**{**data, "languages": tuple(data["languages"]), **changes})


def model_folder() -> Path:
    folder = models_dir() / MODEL
    if not (folder / "model.safetensors").is_file():
        pytest.fail("The model is missing: run models/fetch.py --full.")
    return folder


@pytest.fixture(scope="module")
def embedder():
    return open_embedder(InstalledModel(read_card(), str(model_folder())), threads=1)


@needs_full
@pytest.mark.full
def test_it_ranks_english_passages(embedder):
    passages = ["Plants make sugar from light.", "The court dismissed the case."]
    vectors = embedder.embed_passages(passages)
    assert vectors.shape == (2, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)
    question = embedder.embed_queries(["What do flowers live on?"])[0]
    assert int(np.argmax(vectors @ question)) == 0


@needs_full
@pytest.mark.full
def test_rows_keep_the_order_of_the_texts(embedder):
    texts = [f"{'word ' * (20 - n)}{n}" for n in range(20)]
    together = embedder.embed_passages(texts)
    alone = np.concatenate([embedder.embed_passages([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-4


@needs_full
@pytest.mark.full
def test_stop_ends_the_work(embedder):
    with pytest.raises(Cancelled):
        embedder.embed_passages(["a"], stop=lambda: True)


@needs_full
@pytest.mark.full
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_imported_folder_gives_the_vectors_of_its_weights(tmp_path):
    tiny = write_tiny_folder(tmp_path / "usb" / "tiny")
    for name in ("cards", "own", "shared"):
        (tmp_path / name).mkdir()
    store = ModelStore(tmp_path / "cards", tmp_path / "own", tmp_path / "shared")
    found = open_embedder(store.import_file(tmp_path / "usb" / "tiny"), threads=1)
    source = tmp_path / "again.e5"
    Archive(source)
    tokenizer = build_tokenizer(read_archive(source))
    text = "das Haus da"
    expected = forward(tiny.values, tokenizer.encode(text).ids)
    assert float(found.embed_passages([text])[0] @ expected) == pytest.approx(
        1, abs=1e-4
    )


@pytest.mark.skipif(INSTALLED, reason="the extra [full] is installed")
def test_without_the_library_the_full_edition_is_named(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"x")
    with pytest.raises(ModelError, match="needs the full edition"):
        SentenceTransformersEmbedder(tmp_path, read_card(size_bytes=1), threads=1)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "0_Dense/weights.PT"])
def test_pickled_weights_are_refused(tmp_path, name):
    (tmp_path / "model.safetensors").write_bytes(b"x")
    extra = tmp_path / name
    extra.parent.mkdir(exist_ok=True)
    extra.write_bytes(b"x")
    with pytest.raises(ModelError, match="could run foreign code"):
        SentenceTransformersEmbedder(tmp_path, read_card(size_bytes=1), threads=1)


def test_missing_and_cut_weights_are_sentences(tmp_path):
    with pytest.raises(ModelError, match="is missing"):
        SentenceTransformersEmbedder(tmp_path, read_card(), threads=1)
    (tmp_path / "model.safetensors").write_bytes(b"short")
    with pytest.raises(ModelError, match="is damaged"):
        SentenceTransformersEmbedder(tmp_path, read_card(), threads=1)
