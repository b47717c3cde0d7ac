"""The reranker of sentence-transformers: real folders, a real order, no foreign code."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from app.catalogue.folders import describe_folder
from app.embedding import open_reranker
from app.embedding.cross_encoder import CrossEncoderReranker
from app.embedding.fake import FakeReranker
from app.errors import ModelError
from app.values.cards import InstalledModel
from tests.embedding.tiny_reranker import LIKED, write_folder, write_reranker

INSTALLED = importlib.util.find_spec("sentence_transformers") is not None
needs_full = pytest.mark.skipif(
    not INSTALLED, reason="the extra [full] is not installed"
)
quiet = pytest.mark.filterwarnings("ignore::DeprecationWarning")
PASSAGES = ["haus wiese", "fluss berg", "stein wolke", f"wiese {LIKED}", "berg haus"]


def opened(folder: Path) -> CrossEncoderReranker:
    model = InstalledModel(describe_folder(folder), str(folder / "model.safetensors"))
    found = open_reranker(model, threads=1)
    assert isinstance(found, CrossEncoderReranker)
    return found


@needs_full
@quiet
@pytest.mark.full
def test_a_trained_reranker_puts_first_what_it_learned_to_like(tmp_path: Path) -> None:
    reranker = opened(write_reranker(tmp_path / "trained", steps=40))
    scores = reranker.score("was ist", PASSAGES)
    assert len(scores) == len(PASSAGES)
    assert max(scores) == scores[3]
    assert scores[3] > 0.8
    assert max(scores[:3] + scores[4:]) < 0.2


@needs_full
@quiet
@pytest.mark.full
def test_a_pair_has_its_score_in_any_company(tmp_path: Path) -> None:
    reranker = opened(write_reranker(tmp_path / "random"))
    together = reranker.score("wo ist haus", PASSAGES)
    alone = [reranker.score("wo ist haus", [text])[0] for text in PASSAGES]
    assert together == pytest.approx(alone, abs=1e-5)
    assert reranker.score("wo", []) == []


@needs_full
@quiet
@pytest.mark.full
def test_what_was_scored_when_time_is_up_comes_back(tmp_path: Path) -> None:
    reranker = opened(write_reranker(tmp_path / "random"))
    answers = iter([False, True])
    scores = reranker.score("was", PASSAGES, stop=lambda: next(answers))
    assert scores == pytest.approx(reranker.score("was", PASSAGES)[:4], abs=1e-5)


@needs_full
@quiet
@pytest.mark.full
def test_a_model_of_several_scores_is_none(tmp_path: Path) -> None:
    folder = write_reranker(tmp_path / "kinds", labels=3)
    with pytest.raises(ModelError, match="sorts texts into kinds"):
        describe_folder(folder)
    card = replace(describe_folder(write_folder(tmp_path / "one")), size_bytes=0)
    with pytest.raises(ModelError, match="gives no order"):
        CrossEncoderReranker(folder, card, threads=1)


@needs_full
@quiet
@pytest.mark.full
def test_damaged_weights_are_a_sentence(tmp_path: Path) -> None:
    folder = write_reranker(tmp_path / "damaged")
    card = describe_folder(folder)
    (folder / "model.safetensors").write_bytes(b"\x00" * card.size_bytes)
    with pytest.raises(ModelError, match="is damaged"):
        CrossEncoderReranker(folder, card, threads=1)


@pytest.mark.skipif(INSTALLED, reason="the extra [full] is installed")
def test_without_the_library_the_full_edition_is_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "r")
    with pytest.raises(ModelError, match="needs the full edition"):
        CrossEncoderReranker(folder, describe_folder(folder), threads=1)


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "r")
    card = describe_folder(folder)
    (folder / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(ModelError, match="could run foreign code"):
        CrossEncoderReranker(folder, card, threads=1)


def test_the_fake_keeps_the_promises_of_the_port() -> None:
    fake = FakeReranker()
    scores = fake.score("Wie lang ist der Urlaub?", ["Urlaub lang", "Urlaub", "Bus"])
    assert scores[0] > scores[1] > scores[2] == 0.0
    answers = iter([False, True])
    assert len(fake.score("a", ["a", "b"], stop=lambda: next(answers))) == 1
    assert fake.calls == 4
