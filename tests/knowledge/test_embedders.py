"""Embedders that come and go while the index child runs, and what they are worth here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.catalogue.describe import describe
from app.embedding.fake import FakeEmbedder
from app.errors import Cancelled, UsageError
from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.knowledge.trial import PASSAGES, QUESTIONS, try_embedder
from app.values.bases import IngestDone
from app.values.cards import InstalledModel
from tests.embedding.tiny import write_tiny_gguf


@pytest.fixture
def tiny(tmp_path: Path) -> InstalledModel:
    path = tmp_path / "tiny.gguf"
    write_tiny_gguf(path)
    return InstalledModel(replace(describe(path), sha256="tiny"), str(path))


@pytest.fixture
def knowledge(tmp_path: Path) -> Iterator[Knowledge]:
    config = IndexConfig(tmp_path / "k" / "knowledge.db", tmp_path / "k" / "index")
    found = Knowledge(config)
    yield found
    found.close()


@pytest.mark.slow
def test_an_imported_gguf_is_used_at_once_and_its_vectors_are_made(
    knowledge: Knowledge, tiny: InstalledModel, laws: Path
) -> None:
    with pytest.raises(UsageError, match="is not installed"):
        knowledge.create("b", tiny.card.id)
    knowledge.know_embedders((tiny,))
    knowledge.create("b", tiny.card.id)
    *_, done = knowledge.add("b", (str(laws),))
    assert isinstance(done, IngestDone)
    assert done.vectors == done.chunks > 0
    found = knowledge.search("b", "Urlaub", mode="vectors")
    assert found.mode == "vectors"
    # A child that starts anew knows it too.
    knowledge.close()
    assert knowledge.search("b", "Urlaub", mode="vectors").mode == "vectors"
    knowledge.know_embedders(())
    assert knowledge.search("b", "Urlaub").mode == "words"


@pytest.mark.slow
def test_an_embedder_is_measured_in_the_child(
    knowledge: Knowledge, tiny: InstalledModel
) -> None:
    knowledge.know_embedders((tiny,))
    *_, last = knowledge.measure_embedder("tiny")
    assert last.chunks_per_second > 0
    assert last.questions == len(QUESTIONS)
    with pytest.raises(UsageError, match="is not installed"):
        list(knowledge.measure_embedder("other"))


class Knowing(FakeEmbedder):
    """Knows the right passage of every question of the trial."""

    def embed_queries(self, texts):  # type: ignore[no-untyped-def]
        places = dict(QUESTIONS)
        return np.stack([self._vector(PASSAGES[places[text]]) for text in texts])


def test_the_trial_tells_who_understands() -> None:
    *_, knowing = try_embedder(Knowing(512))
    *_, guessing = try_embedder(FakeEmbedder(512))
    assert knowing.hits == knowing.questions == len(QUESTIONS)
    assert guessing.hits < len(QUESTIONS) * 2 / 3
    with pytest.raises(Cancelled):
        list(try_embedder(FakeEmbedder(), stop=lambda: True))
