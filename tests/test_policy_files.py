"""The files for administrators are made from the table, and fit together."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from app.settings.options import OPTIONS

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "packaging" / "policies"
SPACE = "{http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions}"
ADMX = ET.parse(FOLDER / "allmende.admx").getroot()
DECIDABLE = {option.name for option in OPTIONS.values() if option.group}


def test_they_are_as_the_table_says() -> None:
    program = [sys.executable, "packaging/policies.py", "check"]
    done = subprocess.run(
        program, check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("culture", ["de-DE", "en-US"])
def test_every_reference_has_its_text(culture: str) -> None:
    adml = ET.parse(FOLDER / culture / "allmende.adml").getroot()
    strings = {row.attrib["id"] for row in adml.iter(f"{SPACE}string")}
    shown = {row.attrib["id"]: row for row in adml.iter(f"{SPACE}presentation")}
    text = (FOLDER / "allmende.admx").read_text("utf-8")
    assert set(re.findall(r"\$\(string\.(\w+)\)", text)) <= strings
    assert set(re.findall(r"\$\(presentation\.(\w+)\)", text)) == set(shown)
    assert all(row.text for row in adml.iter(f"{SPACE}string"))
    for policy in ADMX.iter(f"{SPACE}policy"):
        elements = policy.find(f"{SPACE}elements")
        if elements is not None:
            name = policy.attrib["presentation"].split(".")[1].rstrip(")")
            asked = {box.attrib["refId"] for box in shown[name]}
            assert {row.attrib["id"] for row in elements} == asked


def test_every_option_is_a_policy_once_locked() -> None:
    names = [row.attrib["name"] for row in ADMX.iter(f"{SPACE}policy")]
    assert len(names) == len(set(names))
    assert set(names) >= DECIDABLE
    categories = {row.attrib["name"] for row in ADMX.iter(f"{SPACE}category")}
    used = {row.attrib["ref"] for row in ADMX.iter(f"{SPACE}parentCategory")}
    assert used <= categories
    values = {row.attrib.get("valueName", "") for row in ADMX.iter() if row is not ADMX}
    assert values >= DECIDABLE


def test_every_namespace_is_referred_to() -> None:
    text = (FOLDER / "allmende.admx").read_text("utf-8")
    for row in ADMX.iter(f"{SPACE}using"):
        assert f'ref="{row.attrib["prefix"]}:' in text


def test_the_schema_knows_every_option() -> None:
    schema = json.loads((FOLDER / "policies.schema.json").read_text("utf-8"))
    locked = schema["properties"]["locked"]["properties"]
    assert set(locked) == DECIDABLE
    for name, rule in locked.items():
        default = OPTIONS[name].default
        if "enum" in rule:
            assert default in rule["enum"]
        elif rule["type"] in ("integer", "number"):
            assert rule["minimum"] <= default <= rule["maximum"]


@pytest.mark.parametrize("code", ["de", "en"])
def test_the_reference_names_every_option(code: str) -> None:
    page = (FOLDER / f"REFERENCE.{code}.md").read_text("utf-8")
    assert all(f"`{name}`" in page for name in DECIDABLE)
