"""What `allmende doctor` and the commands beside it tell of policies that do not help."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from app import paths, selftest
from app.catalogue.import_models import hash_model
from app.cli.doctor import _models, _places, _update
from app.cli.main import run
from app.values.cards import ModelCard
from tests.settings.conftest import House, Lock
from tests.settings.test_policies_closed import keep_card, lay_embedder


def test_places_that_are_not_there_are_told_with_their_options(
    house: House, tmp_path: Path
) -> None:
    there, ca = tmp_path / "there", tmp_path / "ca.pem"
    there.mkdir()
    ca.write_text("PEM")
    services = house(
        model_folders=f"{there}; {tmp_path / 'gone'}; share/models",
        base_folders=str(there),
        update_folder=str(tmp_path / "new"),
        lesson_file="lesson.json",
        download_ca=str(there),
        remote_ca=str(ca),
    )
    found = _places(services)
    assert {finding.state for finding in found} == {"warning"}
    for finding, option, path, what in zip(
        found,
        (
            "model_folders",
            "model_folders",
            "update_folder",
            "lesson_file",
            "download_ca",
        ),
        (tmp_path / "gone", "share/models", tmp_path / "new", "lesson.json", there),
        ("not there", "no whole path", "not there", "no whole path", "not there"),
        strict=True,
    ):
        assert f"“{option}” names {path}, which is {what}" in finding.text
    assert _places(house()) == []


def test_a_folder_of_models_is_named_whole(house: House, tmp_path: Path) -> None:
    services = house(model_folders=f"models; {tmp_path}")
    assert services.models.for_everybody == (paths.shared_models_dir(), tmp_path)


def test_a_package_without_a_list_of_hashes(house: House, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (new / "allmende_99.0.0_amd64.deb").write_bytes(b"package")
    (finding,) = _update(house(update_folder=str(new)))
    assert "no list SHA256SUMS" in finding.text
    (new / "SHA256SUMS").write_text(f"{'0' * 64}  allmende_99.0.0_amd64.deb\n")
    (finding,) = _update(house(update_folder=str(new)))
    assert "not the one that SHA256SUMS" in finding.text


@pytest.fixture
def searching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelCard:
    """The usual embedder, installed: a small one, with a card that says so."""
    store, cards = tmp_path / "store", tmp_path / "cards"
    cards.mkdir()
    monkeypatch.setenv("ALLMENDE_MODELS", str(store))
    monkeypatch.setattr(paths, "cards_dir", lambda: cards)
    return lay_embedder(store, "multilingual-e5-small", "c" * 64)


def test_a_search_model_that_is_not_allowed_is_told(
    searching: ModelCard, house: House, laws: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services = house(allowed_models="a" * 64)
    assert any("Only words are searched" in f.text for f in _models(services))
    skipped = selftest._words_only(services)
    assert skipped.sentence.startswith("The model {title} is not among those")
    assert run(["base", "create", "new"]) == 0
    said = capsys.readouterr().err
    assert "Only words are searched" in said
    assert "Goethe school" in said
    assert run(["base", "create", "B", "--embedder", searching.id]) == 3
    capsys.readouterr()
    assert run(["base", "create", "words", "--embedder", "none"]) == 0
    assert run(["base", "add", "words", str(laws)]) == 0
    assert "Only words" not in capsys.readouterr().err


def test_documents_that_are_added_without_vectors_are_told(
    searching: ModelCard,
    house: House,
    lock: Lock,
    laws: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    digest = hash_model(Path(house().models.embedders()[0].path))
    card = replace(searching, sha256=digest)
    keep_card(paths.models_dir() / card.id, card)
    assert run(["base", "create", "B", "--embedder", card.id]) == 0
    assert "Only words" not in capsys.readouterr().err
    lock(allowed_models="a" * 64)
    assert run(["base", "add", "B", str(laws)]) == 0
    assert "not among those that Goethe school allowed" in capsys.readouterr().err


def test_the_usual_search_model_is_missed_beside_another(
    searching: ModelCard, house: House, tmp_path: Path
) -> None:
    assert not [f for f in _models(house()) if f.name == "embedder"]
    (tmp_path / "store" / searching.id).rename(tmp_path / "away")
    lay_embedder(tmp_path / "store", "other", "c" * 64)
    text = json.dumps(asdict(replace(searching, title="E5")))
    (tmp_path / "cards" / "e5.json").write_text(text)
    (found,) = [f for f in _models(house()) if f.name == "embedder"]
    assert "The model E5 is not installed." in found.text


def test_a_card_is_shown_with_its_hash(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "show", "multilingual-e5-small"]) == 0
    assert "SHA-256: " in capsys.readouterr().out
