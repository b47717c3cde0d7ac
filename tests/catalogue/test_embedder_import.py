"""Embedders of one's own: GGUF files and folders, whole, safe, and told why not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.catalogue.folders import describe_folder
from app.catalogue.import_models import find_models
from app.catalogue.prefixes import prefixes_of
from app.catalogue.speeds import Speed, best_embedder
from app.catalogue.store import ModelStore
from app.errors import Cancelled, ModelError
from app.values.cards import ModelCard
from tests.catalogue.test_store import card
from tests.embedding.tiny import HIDDEN, write_tiny_folder, write_tiny_gguf


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    for name in ("cards", "own", "shared"):
        (tmp_path / name).mkdir()
    return ModelStore(tmp_path / "cards", tmp_path / "own", tmp_path / "shared")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "usb" / "tiny-e5-model"
    write_tiny_folder(folder)
    return folder


def test_a_folder_comes_with_what_it_needs_and_nothing_else(
    store: ModelStore, folder: Path
) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    (folder / "run_me.py").write_text("import os")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.onnx").write_bytes(b"graph")
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n", "utf-8")
    seen: list[tuple[int, int]] = []
    model = store.import_file(folder, lambda done, total: seen.append((done, total)))
    assert model.card.id == "tiny-e5-model"
    assert (model.card.backend, model.card.dimensions) == (
        "sentence-transformers",
        HIDDEN,
    )
    assert (model.card.query_prefix, model.card.passage_prefix) == (
        "query: ",
        "passage: ",
    )
    assert model.card.licence == "mit"
    assert seen[-1][0] == seen[-1][1]
    here = Path(model.path).parent
    assert sorted(p.relative_to(here).as_posix() for p in here.rglob("*")) == [
        "1_Pooling",
        "1_Pooling/config.json",
        "card.json",
        "config.json",
        "model.safetensors",
        "modules.json",
        "sentence_bert_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert store.verify(model)
    assert [m.card.id for m in store.embedders()] == ["tiny-e5-model"]
    assert store.import_file(folder) == model


def test_a_folder_is_used_where_it_lies(store: ModelStore, folder: Path) -> None:
    model = store.use_in_place(folder)
    assert Path(model.path) == folder / "model.safetensors"
    assert store.find(model.card) == model
    store.remove(model.card.id)
    assert (folder / "model.safetensors").exists()


def test_a_gguf_embedder_is_one(store: ModelStore, tmp_path: Path) -> None:
    file = tmp_path / "multilingual-e5-tiny.gguf"
    write_tiny_gguf(file)
    model = store.import_file(file)
    assert (model.card.kind, model.card.backend) == ("embedder", "llama.cpp")
    assert model.card.query_prefix == "query: "
    with pytest.raises(ModelError, match="cannot answer"):
        store.describe_file(file)


def test_both_kinds_are_found_in_a_folder(folder: Path) -> None:
    write_tiny_gguf(folder.parent / "tiny.gguf")
    found = list(find_models([folder.parent]))
    assert {Path(model.path).name for model in found} == {"tiny.gguf", folder.name}
    assert all(model.problem is None for model in found)


def test_own_prompts_go_before_the_family(folder: Path) -> None:
    told = {"prompts": {"query": "Frage: ", "document": "Text: "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(told))
    found = describe_folder(folder)
    assert (found.query_prefix, found.passage_prefix) == ("Frage: ", "Text: ")


def test_the_name_in_a_download_cache_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "models--maker--Good-Model" / "snapshots" / ("ab" * 20)
    write_tiny_folder(folder)
    assert describe_folder(folder).title == "Good-Model"


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("config.json", {"auto_map": {"AutoModel": "own.Model"}}, "would run code"),
        ("modules.json", [{"path": "", "type": "own.Transformer"}], "would run code"),
        (
            "modules.json",
            [{"path": "../x", "type": "sentence_transformers.models.Transformer"}],
            "laid out",
        ),
        ("modules.json", ["x"], "would run code"),
        ("modules.json", {}, "damaged or incomplete"),
        ("config.json", [], "damaged or incomplete"),
        ("config.json", {"hidden_size": 10**9}, "damaged or incomplete"),
        ("config.json", {"hidden_size": "32"}, "damaged or incomplete"),
    ],
)
def test_what_could_run_code_or_makes_no_sense_is_refused(
    store: ModelStore, folder: Path, name: str, change: object, words: str
) -> None:
    (folder / name).write_text(json.dumps(change), "utf-8")
    with pytest.raises(ModelError, match=words) as caught:
        store.import_file(folder)
    assert caught.value.remedy
    assert store.installed() == []
    (found,) = find_models([folder.parent])
    assert found.problem is not None


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, b"[" * 100_000, b'{"a": \xff}'])
def test_broken_settings_are_sentences(folder: Path, content: bytes) -> None:
    (folder / "config.json").write_bytes(content)
    with pytest.raises(ModelError, match="damaged or incomplete"):
        describe_folder(folder)


def test_weights_that_are_missing_or_cut_are_refused(folder: Path) -> None:
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    for content in (whole[:-1], whole + b"x", whole[:6], b"\xff" * 100):
        weights.write_bytes(content)
        with pytest.raises(ModelError, match="damaged or incomplete"):
            describe_folder(folder)
    weights.unlink()
    with pytest.raises(ModelError, match=r"without the file model\.safetensors"):
        describe_folder(folder)


def test_a_folder_of_anything_else_is_no_embedder(
    store: ModelStore, tmp_path: Path
) -> None:
    (tmp_path / "else").mkdir()
    with pytest.raises(ModelError, match="holds no embedder"):
        store.import_file(tmp_path / "else")


def test_stopping_leaves_nothing_behind(store: ModelStore, folder: Path) -> None:
    with pytest.raises(Cancelled):
        store.import_file(folder, stop=lambda: True)
    assert store.installed() == []
    assert not (store.own / ".import").exists()


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("multilingual-e5-large-q8_0", "query: "),
        ("Multilingual E5 Small", "query: "),
        ("nomic-embed-text-v2-moe", "search_query: "),
        ("bge-m3-Q4_K_M", ""),
        ("paraphrase-multilingual-MiniLM-L12-v2", ""),
        ("somee5thing", ""),
    ],
)
def test_families_have_their_prefixes(name: str, query: str) -> None:
    assert prefixes_of(name)[0] == query


def test_the_recommendation_wants_understanding_then_speed() -> None:
    speeds = {"good": (8.0, 17), "near": (20.0, 16), "english": (90.0, 5)}
    cards = [card(id=id_, kind="embedder") for id_ in [*speeds, "unmeasured"]]

    def speed_of(known: ModelCard) -> Speed | None:
        rate, hits = speeds.get(known.id, (0.0, 0))
        return Speed(0, 0, 0, 1, rate, hits, 18) if rate else None

    best = best_embedder(cards, speed_of)
    assert best is not None
    assert best.id == "near"
    assert best_embedder(cards[-1:], speed_of) is None
    assert best_embedder([replace(cards[0], kind="chat")], speed_of) is None
