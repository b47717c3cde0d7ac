from __future__ import annotations

import hashlib
import json
import struct
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from app.catalogue.cards import card_from
from app.catalogue.fit import fit, recommended
from app.catalogue.gguf import read_metadata
from app.catalogue.store import ModelStore
from app.errors import ModelError, UsageError
from app.values.cards import InstalledModel, ModelCard, not_as_promised


def gguf(**pairs: str | int) -> bytes:
    body = b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs))
    for key, value in pairs.items():
        name = key.replace("__", ".").encode()
        body += struct.pack("<Q", len(name)) + name
        if isinstance(value, int):
            body += struct.pack("<II", 4, value)
        else:
            body += struct.pack("<IQ", 8, len(value)) + value.encode()
    return body


MODEL = gguf(
    general__architecture="llama",
    general__name="Test Model",
    llama__context_length=2048,
    tokenizer__chat_template="{{ '<|im_start|>' }}",
)


def card(**changes: object) -> ModelCard:
    data = {
        "id": "m",
        "kind": "chat",
        "title": "M",
        "file": "m.gguf",
        "size_bytes": len(MODEL),
        "sha256": hashlib.sha256(MODEL).hexdigest(),
        "licence": "MIT",
        "languages": ["de"],
        "ram_bytes": 1000,
        "recommended": True,
    }
    return card_from({**data, **changes})


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    for name in ("cards", "own", "shared"):
        (tmp_path / name).mkdir()
    return ModelStore(tmp_path / "cards", tmp_path / "own", tmp_path / "shared")


def test_a_file_is_imported_described_and_removed(
    store: ModelStore, tmp_path: Path
) -> None:
    file = tmp_path / "My Model.gguf"
    file.write_bytes(MODEL)
    model = store.import_file(file)
    assert (model.card.id, model.card.template) == ("my-model", "chatml")
    assert model.card.context == 2048
    assert store.verify(model)
    assert [m.card.id for m in store.installed()] == ["my-model"]
    Path(model.path).write_bytes(MODEL[:-1] + b"x")
    assert not store.verify(model)
    assert store.remove("my-model") > 0
    assert store.installed() == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GG",
        b"<html>",
        b"GGUF" + b"\xff" * 60,
        MODEL[:40],
        gguf(general__architecture="llama", llama__context_length=2**31 - 1),
        gguf(general__name="no architecture"),
    ],
)
def test_what_is_no_model_is_refused(
    store: ModelStore, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "x.gguf"
    file.write_bytes(content)
    with pytest.raises(ModelError):
        store.import_file(file)
    assert list((tmp_path / "own").iterdir()) == []


def test_a_shared_model_is_seen_and_left_alone(
    store: ModelStore, tmp_path: Path
) -> None:
    (tmp_path / "cards" / "m.json").write_text(json.dumps(asdict(card())))
    folder = tmp_path / "shared" / "m"
    folder.mkdir()
    (folder / "m.gguf").write_bytes(MODEL)
    (model,) = store.installed()
    assert model.shared
    with pytest.raises(ModelError, match="belongs to this computer"):
        store.remove("m")
    (folder / "m.gguf").write_bytes(MODEL[:-5])
    assert store.installed() == []


@pytest.mark.skipif(sys.platform != "linux", reason="packages are Linux'")
def test_who_may_remove_a_shared_model_is_told_how(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cards" / "m.json").write_text(json.dumps(asdict(card())))
    folder = tmp_path / "shared" / "m"
    folder.mkdir()
    (folder / "m.gguf").write_bytes(MODEL)
    with pytest.raises(ModelError) as caught:
        store.remove("m")
    assert "apt-get purge" in caught.value.remedy
    assert caught.value.parameters["folder"] == str(folder)
    assert list(folder.iterdir()) == [folder / "m.gguf"]
    # The tests may run as root, who may write everywhere.
    monkeypatch.setattr("app.catalogue.whereabouts.may_write", lambda _folder: False)
    with pytest.raises(ModelError) as caught:
        store.remove("m")
    assert caught.value.remedy.startswith("Ask whoever")


def test_a_damaged_shared_model_is_not_the_users_to_mend(
    store: ModelStore, tmp_path: Path
) -> None:
    for shared, remedy in ((False, "Remove the model"), (True, "It lies in")):
        model = InstalledModel(card(), str(tmp_path / "m" / "m.gguf"), shared)
        assert not_as_promised(model).remedy.startswith(remedy)


def test_a_rounded_size_in_the_catalogue_is_no_obstacle(
    store: ModelStore, tmp_path: Path
) -> None:
    rounded = card(size_bytes=len(MODEL) + 3, source={"size": "rounded"})
    (tmp_path / "cards" / "m.json").write_text(json.dumps(asdict(rounded)))
    file = tmp_path / "m.gguf"
    file.write_bytes(MODEL)
    assert store.import_file(file).card.id == "m"
    assert [m.card.id for m in store.installed()] == ["m"]


def test_unknown_models_are_sentences(store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        store.card("none")
    with pytest.raises(ModelError, match="no file"):
        store.import_file(tmp_path / "none.gguf")


def test_cards_with_unknown_fields_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        card(colour="red")
    with pytest.raises(ValueError, match="missing"):
        card_from({"id": "x"})


def test_what_fits() -> None:
    assert fit(card(ram_bytes=100), 1000).verdict == "yes"
    assert fit(card(ram_bytes=600), 1000).verdict == "tight"
    assert fit(card(ram_bytes=900), 1000).verdict == "no"
    best = recommended([card(), card(id="big", ram_bytes=300)], 1000, "de")
    assert best is not None
    assert best.id == "big"
    assert recommended([card()], 10, "de") is None
    assert recommended([card()], 10_000, "tr") is None


def test_metadata_is_read_with_limits(tmp_path: Path) -> None:
    file = tmp_path / "x.gguf"
    file.write_bytes(MODEL)
    assert read_metadata(file)["general.name"] == "Test Model"
