"""Rerankers of one's own: told from embedders, safe, and told why not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.catalogue.folders import describe_folder, is_model_folder
from app.catalogue.import_models import find_models
from app.catalogue.store import ModelStore
from app.errors import ModelError, UsageError
from tests.embedding.tiny import write_tiny_folder
from tests.embedding.tiny_reranker import write_folder


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    for name in ("cards", "own", "shared"):
        (tmp_path / name).mkdir()
    return ModelStore(tmp_path / "cards", tmp_path / "own", tmp_path / "shared")


def of_today(folder: Path, **told: object) -> Path:
    """Write a folder as current versions of sentence-transformers save it."""
    write_folder(folder)
    kind = "sentence_transformers.base.modules.transformer.Transformer"
    modules = [{"idx": 0, "name": "0", "path": "", "type": kind}]
    (folder / "modules.json").write_text(json.dumps(modules))
    settings = {"model_type": "CrossEncoder", **told}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings))
    return folder


def test_old_and_new_folders_are_rerankers(store: ModelStore, tmp_path: Path) -> None:
    old = write_folder(tmp_path / "usb" / "old-reranker")
    new = of_today(
        tmp_path / "usb" / "new-reranker",
        activation_fn="torch.nn.modules.activation.Sigmoid",
    )
    for folder in (old, new):
        assert is_model_folder(folder)
        card = describe_folder(folder)
        assert (card.kind, card.backend) == ("reranker", "sentence-transformers")
        assert (card.dimensions, card.query_prefix, card.context) == (0, "", 64)
    found = {Path(model.path).name for model in find_models([tmp_path / "usb"])}
    assert found == {"old-reranker", "new-reranker"}
    model = store.import_file(old)
    here = Path(model.path).parent
    assert {path.name for path in here.iterdir()} == {
        "card.json",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
    }
    assert [m.card.id for m in store.rerankers()] == ["old-reranker"]
    assert store.embedders() == ()
    assert store.verify(model)


def test_an_embedder_is_no_reranker(store: ModelStore, tmp_path: Path) -> None:
    folder = tmp_path / "usb" / "tiny"
    write_tiny_folder(folder)
    assert describe_folder(folder).kind == "embedder"
    with pytest.raises(ModelError, match="gives no order"):
        store.reranker(str(folder))
    model = store.import_file(folder)
    with pytest.raises(ModelError, match="gives no order"):
        store.reranker(model.card.id)


def test_a_choice_is_an_id_a_folder_or_nothing(
    store: ModelStore, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "usb" / "mine")
    assert store.reranker("") is store.reranker("none") is None
    by_folder = store.reranker(str(folder))
    assert by_folder is not None
    assert by_folder.path == str(folder / "model.safetensors")
    used = store.use_in_place(folder)
    assert store.reranker(used.card.id) == used
    with pytest.raises(UsageError, match="no model called"):
        store.reranker("somewhere-else")


@pytest.mark.parametrize(
    "told", [{"activation_fn": "own.code.Run"}, {"activation_fn": ["os.system"]}]
)
def test_a_foreign_function_is_refused(tmp_path: Path, told: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="would run code"):
        describe_folder(of_today(tmp_path / "new", **told))
    old = write_folder(tmp_path / "old", sentence_transformers=told)
    with pytest.raises(ModelError, match="would run code"):
        describe_folder(old)
    older = write_folder(
        tmp_path / "older", sbert_ce_default_activation_function="os.system"
    )
    with pytest.raises(ModelError, match="would run code"):
        describe_folder(older)
    own = write_folder(tmp_path / "own", auto_map={"AutoModel": "own.Model"})
    with pytest.raises(ModelError, match="would run code"):
        describe_folder(own)


@pytest.mark.parametrize("labels", [2, 3])
def test_a_sorter_of_texts_is_told_so(tmp_path: Path, labels: int) -> None:
    with pytest.raises(ModelError, match="sorts texts into kinds"):
        describe_folder(write_folder(tmp_path / "m", labels))


def test_what_is_no_model_is_passed_over(tmp_path: Path) -> None:
    chat = write_folder(tmp_path / "chat", architectures=["LlamaForCausalLM"])
    broken = write_folder(tmp_path / "broken")
    (broken / "config.json").write_text("{")
    listed = write_folder(tmp_path / "list")
    (listed / "config.json").write_text("[1]")
    bare = write_folder(tmp_path / "bare")
    (bare / "model.safetensors").unlink()
    assert not any(map(is_model_folder, (chat, broken, listed, bare)))
    settings = of_today(tmp_path / "odd")
    (settings / "config_sentence_transformers.json").write_text("[]")
    with pytest.raises(ModelError, match="damaged or incomplete"):
        describe_folder(settings)
