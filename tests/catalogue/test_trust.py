"""Which models may be loaded: by policy, header and hash, before a byte is loaded."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.catalogue import trust as trust_module
from app.catalogue.describe import describe
from app.catalogue.gguf import read_header
from app.catalogue.gguf_limits import has_sane_sizes
from app.catalogue.import_models import hash_model
from app.catalogue.store import ModelStore
from app.catalogue.trust import Trust, allowed_hashes
from app.errors import ModelError, PolicyError
from app.values.cards import InstalledModel
from tests.catalogue.make_gguf import gguf_bytes, tiny_model


def installed(path: Path, sha256: str | None = None) -> InstalledModel:
    digest = hash_model(path) if sha256 is None else sha256
    return InstalledModel(dataclasses.replace(describe(path), sha256=digest), str(path))


def a_trust(folder: Path, allowed: str = "") -> Trust:
    return Trust(
        folder / "notes.json", lambda: allowed_hashes(allowed), lambda: "the school"
    )


def check(trust: Trust, model: InstalledModel) -> list[float]:
    return list(trust.check(model))


@pytest.fixture
def count_hashes(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    real, calls = trust_module.hash_steps, []

    def counted(path: Path) -> object:
        calls.append(path)
        return real(path)

    monkeypatch.setattr(trust_module, "hash_steps", counted)
    return lambda: len(calls)


def test_a_file_is_hashed_once_until_it_changes(
    tmp_path: Path, count_hashes: Callable[[], int]
) -> None:
    path = tiny_model(tmp_path / "m.gguf")
    model = installed(path)
    assert check(a_trust(tmp_path), model)[-1] == 1.0
    assert check(a_trust(tmp_path), model) == []
    assert count_hashes() == 1
    os.utime(path, ns=(1, 1))
    check(a_trust(tmp_path), model)
    assert count_hashes() == 2


def test_an_exchanged_file_is_not_loaded(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "m.gguf")
    model = installed(path)
    trust = a_trust(tmp_path)
    check(trust, model)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="not the one that was installed"):
        check(trust, model)


def test_only_listed_models_pass_by_card_and_by_file(tmp_path: Path) -> None:
    good = installed(tiny_model(tmp_path / "good.gguf"))
    other = installed(tiny_model(tmp_path / "other.gguf", width=16))
    trust = a_trust(tmp_path, f" {good.card.sha256.upper()}, {'0' * 64}")
    check(trust, good)
    with pytest.raises(PolicyError, match="the school") as caught:
        check(trust, other)
    assert caught.value.exit_code == 3
    # A path without a card is judged by its bytes, a card that lies too.
    unknown = installed(Path(other.path), sha256="")
    with pytest.raises(PolicyError):
        check(trust, unknown)
    liar = dataclasses.replace(other, card=good.card)
    with pytest.raises(ModelError):
        check(trust, liar)


def test_a_list_does_not_believe_what_is_noted_in_the_users_folder(
    tmp_path: Path, count_hashes: Callable[[], int]
) -> None:
    good = installed(tiny_model(tmp_path / "good.gguf"))
    other = installed(tiny_model(tmp_path / "other.gguf", width=16), sha256="")
    mark = trust_module._mark(Path(other.path))
    note = json.dumps({f"{other.path}|{mark}": good.card.sha256})
    (tmp_path / "notes.json").write_text(note)
    with pytest.raises(PolicyError):
        check(a_trust(tmp_path, good.card.sha256), other)
    assert count_hashes() == 1


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"a": 1}', "[" * 5000, '{"a": "0000"}']
)
def test_damaged_notes_cost_a_hash_and_nothing_else(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "notes.json").write_text(content)
    check(a_trust(tmp_path), installed(tiny_model(tmp_path / "m.gguf")))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("block_count", 2**31 - 1),
        ("context_length", 2**31 - 1),
        ("embedding_length", 2**30),
        ("attention.head_count", "many"),
        ("expert_count", 1 << 20),
        ("attention.layer_norm_rms_epsilon", -1.0),
        ("rope.freq_base", float("nan")),
    ],
)
def test_an_absurd_header_never_reaches_the_engine(
    tmp_path: Path, key: str, value: object
) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(
        gguf_bytes({"general.architecture": "llama", f"llama.{key}": value})
    )
    model = InstalledModel(describe_as_chat(tmp_path), str(path))
    with pytest.raises(ModelError, match="makes no sense"):
        check(a_trust(tmp_path), model)


def describe_as_chat(folder: Path) -> object:
    card = describe(tiny_model(folder / "sane.gguf"))
    return dataclasses.replace(card, sha256="")


@pytest.mark.parametrize(
    ("pairs", "sane"),
    [
        ({"tokenizer.ggml.tokens": ["a", "b"]}, True),
        (
            {"tokenizer.ggml.tokens": ["a", "b"], "tokenizer.ggml.scores": [1.0]},
            False,
        ),
        (
            {"tokenizer.ggml.tokens": ["a"], "tokenizer.ggml.bos_token_id": 1},
            False,
        ),
    ],
)
def test_vocabularies_must_fit_together(
    tmp_path: Path, pairs: dict[str, object], sane: bool
) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf_bytes({"general.architecture": "llama", **pairs}))
    assert has_sane_sizes(read_header(path)) is sane


def test_a_model_that_is_not_allowed_is_not_imported(tmp_path: Path) -> None:
    trust = a_trust(tmp_path, "1" * 64)
    for name in ("cards", "own", "shared"):
        (tmp_path / name).mkdir()
    store = ModelStore(
        tmp_path / "cards", tmp_path / "own", tmp_path / "shared", trust.refusal
    )
    path = tiny_model(tmp_path / "m.gguf")
    for take in (store.import_file, store.use_in_place):
        with pytest.raises(PolicyError):
            take(path)
    assert store.installed() == []
