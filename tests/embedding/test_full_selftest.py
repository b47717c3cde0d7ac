"""The self-test of the full edition searches with sentence-transformers, for real."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app import selftest

ROOT = Path(__file__).parents[2]
FULL = (
    "from app import selftest; selftest.bundle = lambda: selftest.Bundle('full', 'x')"
)
NAME = "full edition"
needs_full = pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None,
    reason="the extra [full] is not installed",
)


def findings(before: str = FULL) -> tuple[dict[str, dict[str, str]], str]:
    """Return what the self-test of a full edition says, and what it wrote besides."""
    program = f"import sys; {before}; from app.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, "--selftest", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return {row["name"]: row for row in json.loads(done.stdout)["checks"]}, done.stderr


@needs_full
@pytest.mark.full
def test_it_finds_by_meaning_and_leaves_the_terminal_alone(home: Path) -> None:
    found, besides = findings()
    assert found[NAME]["state"] == selftest.OK
    assert "finds by meaning, with all-MiniLM-L6-v2" in found[NAME]["text"]
    assert found["network"]["state"] == selftest.OK
    assert besides == ""


@needs_full
@pytest.mark.full
def test_without_a_model_the_library_loads(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLMENDE_MODELS", str(tmp_path / "none"))
    found, _ = findings()
    assert found[NAME]["state"] == selftest.OK
    assert "no model for it is installed" in found[NAME]["text"]


def test_without_the_library_a_full_edition_does_not_pass(home: Path) -> None:
    found, _ = findings(f"{FULL}; sys.modules['sentence_transformers'] = None")
    assert found[NAME]["state"] == selftest.FAILED


def test_other_editions_do_not_try_it() -> None:
    assert NAME not in selftest._CHECKS
    assert selftest.bundle().edition != "full"
