"""`allmende energy`: what can be measured, and what an answer took."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.__main__ import main
from app.i18n import translate
from app.literacy.energy.values import Energy
from app.literacy.energy.words import energy_text


def test_the_sources_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    states = {"rapl": "forbidden", "nvml": "missing", "battery": "missing"}
    monkeypatch.setattr("app.cli.energy.source_states", lambda: states)
    assert main(["energy"]) == 0
    shown = capsys.readouterr().out
    assert "only administrators may read it" in shown
    assert "udev" in shown
    assert "half and double" in shown
    assert main(["energy", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"sources": states, "method": "estimate"}


def test_a_question_needs_documents(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["energy", "What?"]) == 2
    assert "--docs PATH" in capsys.readouterr().err


def test_the_sentence_is_as_sure_as_the_method() -> None:
    text = energy_text(Energy(767.3, 383.6, 1534.6, "estimate", 30.0, False), translate)
    assert "about 0.2 Wh (0.1 to 0.4 Wh)" in text
    assert "factor of two" in text


@pytest.mark.slow
def test_an_answer_is_measured_or_estimated(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("Der Ausflug kostet 18 Euro im Schuljahr.\n")
    question = ["Was kostet der Ausflug?", "--docs", str(tmp_path), "--sources-only"]
    assert main(["energy", *question, "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["low_wh"] <= told["energy_wh"] <= told["high_wh"]
    assert told["energy_wh"] > 0 or told["method"] != "estimate"
    assert told["seconds"] > 0
