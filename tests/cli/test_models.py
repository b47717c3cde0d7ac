"""`allmende models` with files and folders of one's own."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.cli.measuring import tune
from app.errors import ModelError
from app.values.cards import ModelCard
from tests.bench.corpora import installed
from tests.catalogue.make_gguf import lora, tiny_model
from tests.catalogue.test_store import MODEL
from tests.cli.test_contract import allmende, rows
from tests.embedding.tiny_reranker import write_folder, write_reranker
from tests.server.conftest import CARD


@pytest.fixture
def usb(tmp_path: Path) -> Path:
    folder = tmp_path / "usb"
    folder.mkdir()
    (folder / "One.gguf").write_bytes(MODEL)
    (folder / "bad.gguf").write_bytes(b"<html>")
    return folder


@pytest.mark.slow
def test_a_folder_is_imported_and_what_is_bad_is_told(
    usb: Path, tmp_path: Path
) -> None:
    store = {"ALLMENDE_MODELS": str(tmp_path / "own")}
    done = allmende("models", "import", usb, "--json", code=1, **store)
    (row,) = rows(done)
    assert [model["id"] for model in row["models"]] == ["one"]
    assert "bad.gguf is not a GGUF model" in done.stderr
    shown = allmende("models", "show", "one", **store).stdout
    assert "This licence is not known" in shown
    assert "How openly this model was made is not known" in shown
    assert allmende("models", "verify", "one", **store).stdout.strip()
    allmende("models", "remove", "one", **store)
    assert not list((tmp_path / "own").glob("*/*"))


def test_a_folder_without_models(tmp_path: Path) -> None:
    done = allmende("models", "import", tmp_path, code=1)
    assert "There is no model in" in done.stderr


@pytest.mark.models
@pytest.mark.slow
def test_a_model_is_measured_when_it_is_asked_for(
    tmp_path: Path,
) -> None:
    chat_model = installed("smollm2-135m-instruct")
    store = {"ALLMENDE_MODELS": str(tmp_path / "own")}
    allmende("models", "import", chat_model.path, "--in-place", "--no-measure", **store)
    id_ = chat_model.card.id
    (row,) = rows(allmende("models", "measure", id_, "--json", **store))
    (model,) = row["models"]
    assert model["id"] == id_
    assert model["speed"]["tokens_per_second"] > 0
    assert model["speed"]["batch"] > 0
    assert model["speed"]["fastest_threads"] >= 1
    allmende("models", "measure", "no-such-model", code=2, **store)


def test_only_new_chat_models_are_tuned_and_a_failure_costs_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Services:
        def __init__(self) -> None:
            self.tried: list[str] = []
            self.closed = False
            self.measurements = self

        def speed_of(self, card: ModelCard) -> object:
            return 1 if card.id == "known" else None

        def measure(self, id_: str) -> None:
            self.tried.append(id_)
            raise ModelError("It is broken.")

        def close(self) -> None:
            self.closed = True

    def card(id_: str, kind: str = "chat", sha256: str = "ab") -> ModelCard:
        return replace(CARD, id=id_, kind=kind, sha256=sha256)

    services: Any = Services()
    cards = [card("known"), card("words", "embedder"), card("raw", sha256="")]
    tune(services, [*cards, card("a"), card("b")])
    assert services.tried == ["a", "b"]
    assert services.closed
    assert capsys.readouterr().err.count("It is broken.") == 2


FULL = importlib.util.find_spec("sentence_transformers") is not None


@pytest.mark.slow
def test_the_reranker_is_shown_refused_and_left_out(tmp_path: Path) -> None:
    store = {"ALLMENDE_MODELS": str(tmp_path / "own")}
    (row,) = rows(allmende("models", "rerank", "--json", **store))
    assert row["reranker"] is None
    done = allmende("models", "rerank", "no-such-model", code=2, **store)
    assert "no model called" in done.stderr
    sorter = write_folder(tmp_path / "sorter", labels=3)
    done = allmende("models", "rerank", sorter, code=1, **store)
    assert "sorts texts into kinds" in done.stderr
    assert "by itself" in allmende("models", "rerank", "none", **store).stdout


@pytest.mark.full
@pytest.mark.slow
@pytest.mark.skipif(not FULL, reason="the extra [full] is not installed")
def test_a_reranker_is_measured_and_chosen(tmp_path: Path) -> None:
    store = {"ALLMENDE_MODELS": str(tmp_path / "own")}
    folder = write_reranker(tmp_path / "my-reranker", steps=20)
    (row,) = rows(allmende("models", "rerank", folder, "--json", **store))
    assert row["reranker"]["id"] == "my-reranker"
    assert row["passages_per_second"] > 0
    assert row["passages"] == 24
    assert row["questions"] == 18
    shown = allmende("models", "rerank", **store).stdout
    assert "reads 24 passages for a question" in shown
    allmende("models", "rerank", "none", **store)
    (row,) = rows(allmende("models", "rerank", "--json", **store))
    assert row["reranker"] is None


@pytest.mark.slow
def test_a_model_that_is_not_allowed_is_refused_even_if_it_is_installed(
    home: Path, laws: Path, tmp_path: Path
) -> None:
    store = {"ALLMENDE_MODELS": str(tmp_path / "own")}
    file = tiny_model(tmp_path / "usb" / "tiny.gguf")
    other = tiny_model(tmp_path / "usb" / "other.gguf", width=16)
    allmende("models", "import", file, **store)
    home.mkdir(exist_ok=True)
    (home / "settings.json").write_text(f'{{"allowed_models": "{"1" * 64}"}}')
    for arguments in (
        ("models", "import", other),
        ("models", "import", other, "--in-place"),
        ("ask", "Wann?", "--docs", laws, "--model", "tiny"),
        ("ask", "Wann?", "--docs", laws, "--model", other),
    ):
        done = allmende(*arguments, code=3, **store)
        assert "not among those that you allowed" in done.stderr
    shown = allmende("models", "show", "tiny", **store).stdout
    assert "not among those that you allowed" in shown


@pytest.mark.slow
def test_an_adapter_is_attached_shown_and_detached(tmp_path: Path) -> None:
    store = {"ALLMENDE_MODELS": str(tmp_path / "own")}
    allmende("models", "import", tiny_model(tmp_path / "usb" / "tiny.gguf"), **store)
    plain = lora(tmp_path / "usb" / "plain.gguf")
    allmende("models", "import", plain, "--in-place", **store)
    done = allmende("models", "attach", "tiny", "plain", "--scale", "0.5", **store)
    assert "counts 0.5 times" in done.stdout
    assert "MIT" in done.stdout or "mit" in done.stdout
    (row,) = rows(allmende("models", "show", "tiny", "--json", **store))
    assert row["adapters"] == [{"id": "plain", "scale": 0.5, "licence": "mit"}]
    allmende("models", "detach", "tiny", "plain", **store)
    allmende("models", "detach", "tiny", "plain", code=2, **store)
