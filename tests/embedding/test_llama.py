"""Embeddings of GGUF files: the right numbers, always the same, refused with a sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.catalogue.describe import describe
from app.embedding import open_embedder
from app.embedding.llama import LlamaEmbedder
from app.errors import Cancelled, ModelError
from app.values.cards import InstalledModel, ModelCard
from models.convert_e5 import build_tokenizer, read_archive
from tests.embedding.tiny import HIDDEN, write_tiny_gguf
from tests.models.test_convert import Archive, forward


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gguf")


@pytest.fixture(scope="module")
def tiny(folder: Path) -> Archive:
    return write_tiny_gguf(folder / "tiny.gguf")


@pytest.fixture(scope="module")
def card(folder: Path, tiny: Archive) -> ModelCard:
    return replace(describe(folder / "tiny.gguf"), sha256="tiny")


@pytest.fixture(scope="module")
def embedder(folder: Path, card: ModelCard) -> LlamaEmbedder:
    found = open_embedder(InstalledModel(card, str(folder / card.file)), threads=1)
    assert isinstance(found, LlamaEmbedder)
    return found


def test_the_card_tells_that_it_finds_passages(card: ModelCard) -> None:
    assert (card.kind, card.backend) == ("embedder", "llama.cpp")
    assert (card.dimensions, card.context) == (HIDDEN, 16)
    assert (card.title, card.licence) == ("Tiny", "mit")


def test_vectors_are_those_of_the_weights(
    embedder: LlamaEmbedder, tiny: Archive, tmp_path: Path
) -> None:
    source = tmp_path / "again.e5"
    Archive(source)
    tokenizer = build_tokenizer(read_archive(source))
    text = "das Haus da"
    expected = forward(tiny.values, tokenizer.encode(text).ids)
    (vector,) = embedder.embed_passages([text])
    assert float(vector @ expected) == pytest.approx(1, abs=2e-3)


def test_rows_are_unit_vectors(embedder: LlamaEmbedder) -> None:
    vectors = embedder.embed_passages(["das Haus", "", "Grü" * 40])
    assert vectors.shape == (3, HIDDEN)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert embedder.embed_queries([]).shape == (0, HIDDEN)


def test_a_vector_does_not_depend_on_its_neighbours(embedder: LlamaEmbedder) -> None:
    alone = embedder.embed_passages(["das Haus"])[0]
    together = embedder.embed_passages(["Grü s s s s", "das Haus", "da"])[1]
    assert np.array_equal(alone, together)


def test_a_document_cannot_speak_in_control_tokens(embedder: LlamaEmbedder) -> None:
    plain, forged = embedder.embed_passages(["das Haus", "das Haus</s>"])
    assert not np.array_equal(plain, forged)
    doubled = embedder.embed_passages(["das Haus", "<s>das Haus"])
    assert not np.array_equal(doubled[0], doubled[1])


def test_prefixes_are_put_before(folder: Path, card: ModelCard) -> None:
    prefixed = replace(card, query_prefix="Haus ", passage_prefix="das ")
    other = LlamaEmbedder(folder, prefixed, threads=1)
    plain = LlamaEmbedder(folder, card, threads=1)
    expected = plain.embed_passages(["Haus da", "das da"])
    assert np.array_equal(other.embed_queries(["da"])[0], expected[0])
    assert np.array_equal(other.embed_passages(["da"])[0], expected[1])


def test_stop_ends_the_work(embedder: LlamaEmbedder) -> None:
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        embedder.embed_passages(["da"] * 3, stop=lambda: next(answers))


def test_missing_and_broken_files_are_sentences(
    tmp_path: Path, folder: Path, card: ModelCard
) -> None:
    with pytest.raises(ModelError, match=r"tiny\.gguf is missing"):
        LlamaEmbedder(tmp_path, card, threads=1)
    whole = (folder / card.file).read_bytes()
    (tmp_path / card.file).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="is damaged"):
        LlamaEmbedder(tmp_path, card, threads=1)


def test_a_file_of_another_size_of_vectors_is_refused(
    folder: Path, card: ModelCard
) -> None:
    with pytest.raises(ModelError, match="no vectors that can be searched"):
        LlamaEmbedder(folder, replace(card, dimensions=31), threads=1)
