"""The label: the cards validate, and grades follow from facts alone."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.catalogue.cards import card_from, read_card, read_cards
from app.catalogue.contradictions import contradictions
from app.catalogue.gguf import read_metadata
from app.catalogue.labels import OSI_APPROVED, Label, Part, label_of, links_of
from app.catalogue.mof import mof_class
from app.catalogue.openness import GRADES, grade_of, openness
from app.paths import cards_dir, models_dir
from app.values.cards import ModelCard

TODAY = datetime.date(2026, 11, 30)
PATHS = sorted(
    path for path in cards_dir().glob("*.json") if not path.name.endswith("schema.json")
)
VALIDATOR = Draft202012Validator(
    json.loads((cards_dir() / "card.schema.json").read_text("utf-8"))
)
PARTS = ("pretrain", "post")
FLAGS = ("open", "partial", "closed")
# As people who looked at each of these models graded them by hand.
GRADED = {
    "smollm2-1.7b-instruct": "G2",
    "smollm2-135m-instruct": "G2",
    "smollm3-3b": "G2",
    "olmo-2-1b-instruct": "G2",
    "olmo-3-7b-instruct": "G2",
    "apertus-8b-instruct-2509": "G2",
    "teuken-7b-instruct-commercial-v0.4": "G3",
    "eurollm-1.7b-instruct": "G3",
    "eurollm-9b-instruct": "G3",
    "llammlein-1b": "G5",
    "pleias-rag-1b": "G3",
    "pleias-pico": "G3",
    "baguettotron": "G3",
    "comma-v0.1-2t": "G1",
    "salamandra-7b-instruct": "G3",
    "lucie-7b-instruct-v1.1": "G3",
    "minerva-7b-instruct": "G3",
    "viking-7b": "G3",
    "poro-2-8b-instruct": "G5",
    "granite-4.1-3b": "G4",
    "granite-4.0-micro": "G4",
    "ministral-3-3b-instruct-2512": "G4",
    "qwen2.5-1.5b-instruct": "G4",
    "qwen2.5-3b-instruct": "G5",
    "phi-4-mini-instruct": "G4",
    "gemma-4-e2b-it": "G4",
    "gemma-3-1b-it": "G5",
    "llama-3.2-3b-instruct": "G5",
    "deepseek-r1-distill-qwen-1.5b": "G4",
    "lfm2.5-1.2b-instruct": "G5",
    "bitnet-b1.58-2b-4t": "G4",
    "gpt-oss-20b": "G4",
    "embeddinggemma-300m": "G5",
    "nomic-embed-text-v2-moe": "G2",
}


def each_card(check: Callable[[Path], None]) -> Callable[[], None]:
    """Make one test of a check for all cards; it names those that fail."""

    def test() -> None:
        failed = []
        for path in PATHS:
            try:
                check(path)
            except AssertionError as error:
                failed.append(f"{path.stem}: {error}")
        assert not failed

    return test


def raw(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return data


def labelled(card: ModelCard) -> Label:
    label = label_of(card)
    assert label is not None
    return label


def grade_by_the_rule(label: dict[str, Any]) -> str:
    """The rule once more, written from its table and not from the program."""
    weights, data = label["licence_weights"], label["training_data"]
    if weights["osi"] is None:
        return ""
    if not weights["osi"]:
        return "G5"
    states = {data["pretrain"]["state"], data["post"]["state"]} - {"none"}
    if not states & {"open", "partial"}:
        return "G4"
    if states != {"open"} or label["training_code"]["state"] != "open":
        return "G3"
    free = data["rights"] == "free" and data["pretrain"]["licences"]
    return "G1" if free else "G2"


def test_there_are_enough_models_of_each_kind() -> None:
    cards = read_cards(cards_dir())
    assert sum(card.kind == "chat" for card in cards) >= 35
    assert sum(card.kind == "embedder" for card in cards) >= 10
    german = [card for card in cards if card.kind == "chat" and "de" in card.languages]
    assert len(german) >= 20


@each_card
def test_a_card_is_built_as_the_schema_says(path: Path) -> None:
    errors = [error.message for error in VALIDATOR.iter_errors(raw(path))]
    assert not errors


def test_the_schema_refuses_an_open_part_without_a_link() -> None:
    data = raw(cards_dir() / "smollm3-3b.json")
    data["label"]["training_code"]["links"] = []
    assert not VALIDATOR.is_valid(data)


@each_card
def test_no_card_carries_a_grade_or_a_light_that_somebody_typed(path: Path) -> None:
    data = raw(path)
    assert not {"grade", "openness"} & data.keys()
    assert "grade" not in data["label"]
    assert "class" not in data["label"].get("mof", {})


@each_card
def test_nothing_is_called_open_without_a_link(path: Path) -> None:
    label = raw(path)["label"]
    parts = [label["training_code"], *(label["training_data"][p] for p in PARTS)]
    assert all(part["links"] for part in parts if part["state"] == "open")


@each_card
def test_the_grade_follows_from_the_facts(path: Path) -> None:
    found = openness(read_card(path), TODAY)
    assert found.grade == grade_by_the_rule(raw(path)["label"])
    assert found.grade in (*GRADES, "")
    assert found.word


@pytest.mark.parametrize(("id_", "grade"), GRADED.items())
def test_the_grade_is_what_people_found(id_: str, grade: str) -> None:
    assert openness(read_card(cards_dir() / f"{id_}.json"), TODAY).grade == grade


@each_card
def test_card_and_label_name_the_same_licence_and_the_osi_approved_it(
    path: Path,
) -> None:
    data = raw(path)
    weights = data["label"]["licence_weights"]
    assert weights["spdx"] == data["licence"]
    if weights["osi"] is not None:
        assert weights["osi"] == (weights["spdx"] in OSI_APPROVED)
    assert not (weights["osi"] and weights["use_limits"])


@each_card
def test_the_definition_is_judged_from_the_same_facts(path: Path) -> None:
    label = raw(path)["label"]
    osaid, code = label["osaid"], label["training_code"]["state"]
    assert osaid["parameters"] == label["licence_weights"]["osi"]
    assert osaid["code"] == {"open": True, "closed": False}.get(code)
    states = {label["training_data"][part]["state"] for part in PARTS} - {"none"}
    assert osaid["data_information"] is not True or states == {"open"}


@each_card
def test_the_flags_of_the_index_stand_behind_the_states(path: Path) -> None:
    label = raw(path)["label"]
    if "osai" not in label:
        return
    flags = dict(zip("OPX", FLAGS, strict=True))
    found = [flags[flag] for flag in label["osai"]["flags"]]
    training = label["training_data"]
    assert found[0] == training["pretrain"]["state"]
    assert found[1] == training["post"]["state"]
    assert found[4] == label["training_code"]["state"]


@each_card
def test_the_hash_of_the_label_is_that_of_the_card(path: Path) -> None:
    data = raw(path)
    gguf = data["label"].get("gguf", {})
    if "sha256" in gguf and data.get("file", "").endswith(".gguf"):
        assert gguf["sha256"] == data["sha256"]
        assert gguf["file"] == data["file"]


@each_card
def test_every_label_has_evidence_and_is_fresh(path: Path) -> None:
    label = labelled(read_card(path))
    assert label.evidence or label.licence.startswith(("LicenseRef", "unknown"))
    assert not label.is_stale(TODAY)
    assert all(url.startswith("https://") for _, url in links_of(label))


@pytest.mark.parametrize(
    ("change", "grade"),
    [
        ({}, "G1"),
        ({"rights": "third_party"}, "G2"),
        ({"rights": "unknown"}, "G2"),
        ({"pretrain": Part("open", ("https://a.example",))}, "G2"),
        ({"code": Part("partial")}, "G3"),
        ({"code": Part()}, "G3"),
        ({"post": Part("partial")}, "G3"),
        ({"post": Part()}, "G3"),
        ({"pretrain": Part("closed"), "post": Part("closed")}, "G4"),
        ({"pretrain": Part(), "post": Part()}, "G4"),
        ({"use_limits": ("research only",)}, "G5"),
        ({"licence": "CC-BY-4.0", "osi": False}, "G5"),
        ({"licence": "LicenseRef-Own"}, "G5"),
        ({"osi": None}, ""),
    ],
)
def test_each_missing_thing_lowers_the_grade(
    change: dict[str, Any], grade: str
) -> None:
    whole = Label(
        "Apache-2.0",
        True,
        pretrain=Part("open", ("https://a.example",), ("CC0-1.0",)),
        post=Part("none"),
        rights="free",
        code=Part("open", ("https://b.example",)),
    )
    assert grade_of(replace(whole, **change)) == grade


def test_a_label_grows_old() -> None:
    card = read_card(cards_dir() / "smollm3-3b.json")
    assert not openness(card, datetime.date(2027, 11, 1)).stale
    assert openness(card, datetime.date(2027, 12, 1)).stale
    assert replace(labelled(card), checked="").is_stale(TODAY)


def test_a_broken_label_is_told_as_such() -> None:
    data = raw(cards_dir() / "smollm3-3b.json")
    del data["label"]["training_data"]
    with pytest.raises(ValueError, match="label"):
        card_from(data)


THERE = {"present": True, "spdx": "Apache-2.0"}
THREE = dict.fromkeys(
    (
        "Model architecture",
        "Model parameters (Final)",
        "Research paper",
        "Evaluation results",
        "Model card",
        "Data card",
    ),
    THERE,
)
TWO = dict.fromkeys(
    ("Training code", "Inference code", "Evaluation code", "Evaluation data"), THERE
)
ONE = dict.fromkeys(
    ("Datasets", "Data preprocessing code", "Model parameters (Intermediate)"), THERE
)


@pytest.mark.parametrize(
    ("components", "number"),
    [
        ({}, None),
        (THREE, 3),
        (THREE | TWO, 2),
        (THREE | TWO | ONE, 1),
        (THREE | ONE, 3),
        (THREE | {"Data card": {"present": False}}, 0),
        (THREE | {"Data card": {"present": True}}, None),
        (THREE | {"Data card": {"present": True, "spdx": "LicenseRef-Own"}}, 0),
        (THREE | TWO | {"Datasets": {"present": False}}, 2),
        ({name: THERE for name in THREE if name != "Model card"}, None),
    ],
)
def test_the_class_of_the_framework(
    components: dict[str, dict[str, Any]], number: int | None
) -> None:
    assert mof_class(components) == number


def test_granite_is_an_open_model_and_gpt_oss_lacks_its_data_card() -> None:
    found = {card.id: openness(card, TODAY).mof for card in read_cards(cards_dir())}
    assert found["granite-4.0-micro"] == found["granite-4.1-3b"] == 3
    assert found["gpt-oss-20b"] == 0
    assert found["gemma-3-1b-it"] == 0


def test_a_file_that_contradicts_its_card_is_told() -> None:
    card = read_card(cards_dir() / "smollm3-3b.json")
    header = {
        "general.license": "llama3.2",
        "general.base_model.0.name": "Llama 3.2 3B",
        "general.base_model.0.repo_url": "https://hub.example/meta/Llama-3.2-3B",
        "general.quantized_by": "Somebody",
    }
    said = [found.sentence for found in contradictions(card, header)]
    assert len(said) == 3
    assert "licence" in said[0]
    assert "made from" in said[1]
    assert "quantised" in said[2]


def test_an_agreeing_or_silent_file_is_not_accused() -> None:
    card = read_card(cards_dir() / "smollm3-3b.json")
    assert not contradictions(card, {})
    assert not contradictions(card, {"general.license": "other"})
    agreeing = {
        "general.license": "apache-2.0",
        "general.base_model.0.name": "SmolLM3 3B Base",
        "general.base_model.1.repo_url": "https://hub.example/HuggingFaceTB/SmolLM3-3B",
        "general.quantized_by": "Bartowski",
    }
    assert not contradictions(card, agreeing)


@pytest.mark.parametrize("id_", ["smollm2-135m-instruct"])
def test_the_starter_model_agrees_with_its_own_header(id_: str) -> None:
    card = read_card(cards_dir() / f"{id_}.json")
    file = models_dir() / id_ / card.file
    assert file.stat().st_size == card.size_bytes
    header = read_metadata(file)
    assert str(header["general.license"]).lower() == card.licence.lower()
    assert not contradictions(card, header)
