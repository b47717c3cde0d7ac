"""Ways round a policy that somebody found: each is tried as it was found."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from app.catalogue.describe import describe
from app.catalogue.folders import describe_folder
from app.catalogue.import_models import hash_model
from app.errors import PolicyError
from app.values.cards import ModelCard
from tests.embedding.tiny import write_tiny_gguf
from tests.embedding.tiny_reranker import write_folder
from tests.settings.conftest import House

CARD = ModelCard("tiny", "chat", "Tiny", "t.gguf", 4, "", "", ("de",), 3000, 4096, 1, "chatml")  # fmt: skip

# -- which models may be used ------------------------------------------------------------


def lay_embedder(store: Path, id_: str, sha256: str) -> ModelCard:
    """Put an embedder that works into a store, with a card as somebody wrote it."""
    folder = store / id_
    folder.mkdir(parents=True)
    path = folder / "tiny.gguf"
    write_tiny_gguf(path)
    card = replace(describe(path), id=id_, sha256=sha256)
    keep_card(folder, card)
    return card


def keep_card(folder: Path, card: ModelCard) -> None:
    (folder / "card.json").write_text(json.dumps(asdict(card)))


# A list that nobody can read counts as "-".
@pytest.mark.expects_warnings
@pytest.mark.parametrize(
    ("listed", "claimed"), [("a" * 64, ""), ("-", "-"), ("a" * 64, "b" * 64)]
)
def test_an_embedder_must_have_a_hash_that_is_listed(
    house: House, tmp_path: Path, listed: str, claimed: str
) -> None:
    services = house(allowed_models=listed)
    services.models.own = tmp_path / "store"
    lay_embedder(services.models.own, "mine", claimed)
    assert services.models.embedders() == ()
    assert services.choice.embedder_id() == ""
    for attempt in (
        lambda: services.choice.embedder_id("mine"),
        lambda: services.measurements.measure("mine"),
    ):
        with pytest.raises(PolicyError, match="not among those"):
            attempt()


def test_an_embedder_that_is_listed_is_used_and_so_is_any_without_a_list(
    house: House, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    card = lay_embedder(store, "mine", "")
    free = house()
    free.models.own = store
    assert free.choice.embedder_id("mine") == "mine"
    digest = hash_model(store / "mine" / card.file)
    keep_card(store / "mine", replace(card, sha256=digest))
    services = house(allowed_models=digest)
    services.models.own = store
    assert services.choice.embedder_id("mine") == "mine"
    assert [m.card.id for m in services.models.embedders()] == ["mine"]


def test_a_reranker_must_have_a_hash_that_is_listed(
    house: House, tmp_path: Path
) -> None:
    services = house(allowed_models="a" * 64)
    services.models.own = tmp_path / "store"
    folder = write_folder(services.models.own / "mine")
    keep_card(folder, replace(describe_folder(folder), id="mine"))
    for attempt in (
        lambda: services.measurements.use_reranker("mine"),
        lambda: services.measurements.measure("mine"),
    ):
        with pytest.raises(PolicyError, match="not among those"):
            attempt()


@pytest.mark.parametrize("file", ["t.gguf", "other.gguf"])
@pytest.mark.parametrize("sha256", ["", "a" * 64])
def test_the_schools_model_is_not_replaced_by_one_of_its_name(
    house: House, tmp_path: Path, file: str, sha256: str
) -> None:
    lay_model(tmp_path / "share", "t.gguf", sha256)
    lay_model(tmp_path / "store", file, "b" * 64)
    services = house(model="school", model_folders=str(tmp_path / "share"))
    services.models.own = tmp_path / "store"
    model = services.choice.model()
    assert model is not None
    assert (model.path, model.card.sha256, model.shared) == (
        str(tmp_path / "share" / "school" / "t.gguf"),
        sha256,
        True,
    )
    # What is the user's own is the user's to remove.
    services.models.remove("school")
    assert not (tmp_path / "store" / "school").exists()
    assert services.choice.model() == model


def lay_model(store: Path, file: str, sha256: str) -> None:
    folder = store / "school"
    folder.mkdir(parents=True)
    (folder / file).write_bytes(b"GGUF")
    keep_card(folder, replace(CARD, id="school", file=file, sha256=sha256))
