"""LoRA adapters: recognised, attached to what they fit, and to nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.catalogue.adapters import Attachments
from app.catalogue.store import ModelStore
from app.errors import ModelError, UsageError
from app.values.cards import InstalledModel
from tests.catalogue.make_gguf import lora, tiny_model


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    for name in ("cards", "own", "shared"):
        (tmp_path / name).mkdir()
    return ModelStore(tmp_path / "cards", tmp_path / "own", tmp_path / "shared")


@pytest.fixture
def model(store: ModelStore, tmp_path: Path) -> InstalledModel:
    return store.import_file(tiny_model(tmp_path / "usb" / "tiny.gguf"))


def test_an_adapter_is_imported_with_its_licence(
    store: ModelStore, tmp_path: Path
) -> None:
    adapter = store.import_file(lora(tmp_path / "plain.gguf"))
    assert (adapter.card.kind, adapter.card.licence) == ("adapter", "mit")
    assert adapter.card.title == "Plain German"
    assert [a.card.id for a in Attachments(store).adapters()] == ["plain"]
    with pytest.raises(ModelError, match="an addition to a model"):
        store.describe_file(Path(adapter.path))


def test_attaching_is_kept_and_can_be_taken_back(
    store: ModelStore, model: InstalledModel, tmp_path: Path
) -> None:
    store.import_file(lora(tmp_path / "plain.gguf"))
    Attachments(store).attach(model, "plain", 0.5)
    assert Attachments(store).of("tiny") == {"plain": 0.5}
    ((adapter, scale),) = Attachments(store).needed(model)
    assert (adapter.card.id, scale) == ("plain", 0.5)
    Attachments(store).detach("tiny", "plain")
    assert Attachments(store).needed(model) == []
    with pytest.raises(UsageError):
        Attachments(store).detach("tiny", "plain")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"architecture": "qwen2"}, "was made for “qwen2”"),
        ({"width": 16}, "does not fit"),
        ({"name": "blk.7.attn_q.weight"}, "does not fit"),
    ],
)
def test_what_was_made_for_another_model_is_refused(
    store: ModelStore,
    model: InstalledModel,
    tmp_path: Path,
    changes: dict[str, object],
    words: str,
) -> None:
    store.import_file(lora(tmp_path / "plain.gguf", **changes))  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=words):
        Attachments(store).attach(model, "plain", 1.0)
    assert Attachments(store).of("tiny") == {}


@pytest.mark.parametrize(
    "changes", [{"adapter__type": "control"}, {"adapter__lora__alpha": 4}]
)
def test_a_header_that_ends_llama_cpp_is_no_adapter(
    store: ModelStore, tmp_path: Path, changes: dict[str, object]
) -> None:
    with pytest.raises(ModelError, match="addition"):
        store.import_file(lora(tmp_path / "plain.gguf", **changes))  # type: ignore[arg-type]


def test_a_missing_or_damaged_adapter_is_a_sentence_and_a_removed_one_nothing(
    store: ModelStore, model: InstalledModel, tmp_path: Path
) -> None:
    file = lora(tmp_path / "share" / "plain.gguf")
    store.use_in_place(file)
    attachments = Attachments(store)
    attachments.attach(model, "plain", 1.0)
    data = file.read_bytes()
    file.unlink()
    with pytest.raises(ModelError, match="drive or share"):
        attachments.needed(model)
    file.write_bytes(b"\0" * len(data))
    with pytest.raises(ModelError, match="not a GGUF"):
        attachments.needed(model)
    store.remove("plain")
    assert attachments.needed(model) == []


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf"), 100.0])
def test_a_scale_without_sense(
    store: ModelStore, model: InstalledModel, tmp_path: Path, scale: float
) -> None:
    store.import_file(lora(tmp_path / "plain.gguf"))
    with pytest.raises(UsageError):
        Attachments(store).attach(model, "plain", scale)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"tiny": 1}', '{"tiny": {"plain": "x"}}']
)
def test_a_damaged_file_of_attachments_attaches_nothing(
    store: ModelStore, model: InstalledModel, content: str
) -> None:
    (store.own / "adapters.json").write_text(content)
    assert Attachments(store).needed(model) == []
