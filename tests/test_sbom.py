"""The list of parts: complete, consistent, the same twice, and with licences that fit."""

from __future__ import annotations

import json
import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def tool() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "packaging" / "sbom.py"))


@pytest.fixture(scope="module")
def bom(tool: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = tool["cyclonedx"](tool["components"]())
    return found


def test_every_library_of_the_project_is_a_part(bom: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needs = map(Requirement, project["dependencies"])
    named = {
        canonicalize_name(need.name)
        for need in needs
        # What only another system needs is no part here.
        if need.marker is None or need.marker.evaluate()
    }
    assert named <= {part["name"] for part in bom["components"]}


def test_each_part_is_named_once_and_each_reference_leads_somewhere(
    bom: dict[str, Any],
) -> None:
    refs = [part["bom-ref"] for part in bom["components"]]
    refs.append(bom["metadata"]["component"]["bom-ref"])
    assert len(refs) == len(set(refs))
    assert {row["ref"] for row in bom["dependencies"]} == set(refs)
    for row in bom["dependencies"]:
        assert set(row["dependsOn"]) <= set(refs)
    direct = next(r for r in bom["dependencies"] if "allmende" in r["ref"])
    assert len(direct["dependsOn"]) > 20


def test_two_runs_give_the_same(tool: dict[str, Any], bom: dict[str, Any]) -> None:
    again = tool["cyclonedx"](tool["components"]())
    assert json.dumps(again) == json.dumps(bom)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bom["serialNumber"])


def test_every_licence_is_known_and_fits(tool: dict[str, Any]) -> None:
    parts = tool["components"]()
    assert [part.name for part in tool["misfits"](parts)] == []
    table = tool["report"](parts)
    assert all(f"| {part.name}" in table for part in parts)


@pytest.mark.parametrize(
    ("licence", "fits"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-only", False),
        ("", False),
        ("(Apache-2.0 WITH LLVM-exception) AND MIT", True),
    ],
)
def test_what_fits(tool: dict[str, Any], licence: str, fits: bool) -> None:
    part = tool["Component"]("x", "1", licence, "pkg:pypi/x@1")
    assert (tool["misfits"]([part]) == []) is fits
