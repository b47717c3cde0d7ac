import json
import re
import runpy
from dataclasses import fields
from pathlib import Path

import pytest

from app.catalogue.cards import read_calibrations, read_card
from app.catalogue.download import can_be_downloaded
from app.paths import cards_dir
from app.prompting.templates import TEMPLATES
from app.values.cards import ModelCard

CARDS = sorted(
    path for path in cards_dir().glob("*.json") if not path.name.endswith("schema.json")
)
SHA256 = re.compile(r"[0-9a-f]{64}")
SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
BACKENDS = {
    "chat": {"llama.cpp"},
    "embedder": {"onnx", "sentence-transformers", "llama.cpp", ""},
}


@pytest.fixture(params=CARDS, ids=lambda path: path.stem)
def path(request) -> Path:
    return request.param


@pytest.fixture
def card(path) -> ModelCard:
    return read_card(path)


def test_the_starter_models_are_there():
    names = {path.stem for path in CARDS}
    assert {"smollm2-135m-instruct", "multilingual-e5-small"} <= names


def test_every_field_is_known_and_the_name_is_the_id(path):
    data = json.loads(path.read_text(encoding="utf-8"))
    assert set(data) <= {field.name for field in fields(ModelCard)}
    assert data["id"] == path.stem
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", data["id"])


def test_the_file_is_pinned_or_cannot_be_fetched(card):
    if not card.sha256:
        assert not can_be_downloaded(card)
        assert not card.recommended
        return
    assert SHA256.fullmatch(card.sha256)
    assert Path(card.file).name == card.file
    assert Path(card.file).suffix in {".gguf", ".onnx", ".safetensors"}
    assert card.size_bytes > 1_000_000 or not card.size_bytes
    assert card.ram_bytes > card.size_bytes or not card.ram_bytes


def test_what_is_recommended_is_known_through_and_through(card):
    if card.recommended:
        assert card.sha256
        assert card.size_bytes
        assert card.ram_bytes
        assert card.context


def test_licence_and_openness_are_said(card):
    assert SPDX.fullmatch(card.licence)
    assert set(card.openness) == {"weights", "data", "code"}
    assert set(card.openness.values()) <= {"open", "partial", "closed", "unknown"}


def test_it_can_be_run(card):
    assert card.backend in BACKENDS[card.kind]
    if card.kind == "chat":
        assert card.template in TEMPLATES or not card.recommended
    else:
        assert card.dimensions > 0
        assert not card.template


def test_languages_are_two_letter_codes(card):
    assert card.languages
    assert all(re.fullmatch("[a-z]{2}", code) for code in card.languages)
    assert len(set(card.languages)) == len(card.languages)


def test_people_read_about_it_in_german_and_english(card):
    assert set(card.description) == {"de", "en"}
    assert all(text.endswith(".") for text in card.description.values())


def test_the_source_names_no_host(path, card):
    assert "://" not in json.dumps(card.source)
    if "package" in card.source:
        assert SHA256.fullmatch(card.source["package_sha256"])
        assert SHA256.fullmatch(card.source["member_sha256"])
        assert {"version", "member"} <= set(card.source)
    elif "repository" in card.source:
        assert card.source.get("file", "") == card.file
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", card.source["repository"])


def test_the_small_model_admits_that_it_speaks_english_only():
    data = json.loads((cards_dir() / "smollm2-135m-instruct.json").read_text("utf-8"))
    assert data["languages"] == ["en"]
    assert "nur Englisch" in data["description"]["de"]
    assert not data["recommended"]


def test_a_recommended_chat_model_speaks_german(card):
    if card.recommended:
        assert "de" in card.languages


def test_the_default_embedder_is_calibrated_for_its_very_file():
    calibration = read_calibrations(cards_dir())["multilingual-e5-small"]
    assert len(calibration.weights) == 7
    assert set(dict(calibration.thresholds)) == {"de", "en", "tr", "foreign"}
    assert all(0 < value < 1 for value in dict(calibration.thresholds).values())
    assert 0 < calibration.threshold < 1
    assert len(calibration.background) == 384


def test_the_fetcher_takes_the_cards_whose_model_a_package_carries():
    fetcher = runpy.run_path(str(cards_dir().parent / "fetch.py"))
    found = {card["id"] for card in fetcher["load_cards"]()}
    assert {"smollm2-135m-instruct", "multilingual-e5-small"} <= found
    assert len(found) < len(CARDS)
