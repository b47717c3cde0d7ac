"""`allmende models` with files and folders of one's own."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.catalogue.make_gguf import lora, tiny_model
from tests.catalogue.test_store import MODEL
from tests.cli.test_contract import allmende, rows
from tests.embedding.tiny_reranker import write_folder, write_reranker


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
