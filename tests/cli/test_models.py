"""`allmende models` with files and folders of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.catalogue.test_store import MODEL
from tests.cli.test_contract import allmende, rows


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
