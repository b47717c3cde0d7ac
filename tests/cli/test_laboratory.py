"""`allmende tokens`, `bias` and `limits` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.__main__ import main
from app.literacy.bias import run as bias_run

pytestmark = pytest.mark.models


def told(capsys: pytest.CaptureFixture[str]) -> dict:  # type: ignore[type-arg]
    found: dict = json.loads(capsys.readouterr().out)  # type: ignore[type-arg]
    return found


def test_tokens_and_what_may_follow(capsys: pytest.CaptureFixture[str]) -> None:
    text = "The capital of France is"
    arguments = ["tokens", text, "--next", "--top-k", "5", "--temperature", "0.7"]
    assert main([*arguments, "--json"]) == 0
    found = told(capsys)
    assert "".join(token["text"] for token in found["tokens"]) == text
    assert found["model"]["id"] == "smollm2-135m-instruct"
    assert len(found["model"]["sha256"]) == 64
    assert found["next"][0]["text"] == " Paris"
    assert len(found["next"]) == 5
    assert found["next"][0]["chance"] > found["next"][0]["probability"]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "The | ·capital | ·of | ·France | ·is" in shown
    assert "█" in shown


def test_a_text_machine_learns_on_the_spot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "story.txt"
    path.write_text("The dog sees the cat. The dog sees the bird. " * 8, "utf-8")
    arguments = ["tokens", "The dog", "--next", "--practice-text", str(path)]
    assert main([*arguments, "--json"]) == 0
    found = told(capsys)
    assert found["model"] == {"id": "text-machine", "sha256": ""}
    assert found["next"][0]["text"] == " sees"


@pytest.mark.parametrize(
    "arguments",
    [
        ["tokens", "", "--next"],
        ["tokens", "a", "--temperature", "9"],
        ["tokens", "a", "--top-p", "0"],
        ["tokens", "a", "--practice-text", "nowhere.txt"],
        ["tokens", "a", "--model", "none"],
        ["bias", "run", "--out", "report.docx"],
        ["bias", "run", "--data", "nowhere.jsonl"],
        ["bias", "run", "--model", "none"],
    ],
)
def test_wrong_use_is_a_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.strip().count(". ") >= 1


def test_bias_of_the_starter_model_is_the_same_for_the_same_seed(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A smaller test than "quick", which takes minutes; the way is the same."""
    monkeypatch.setitem(bias_run.SIZES, "quick", (6, 2))
    out = tmp_path / "report.html"
    arguments = ["bias", "run", "--seed", "3", "--json", "--out", str(out)]
    found = []
    for _ in range(2):
        assert main(arguments) == 0
        found.append(told(capsys))
    assert found[0]["findings"] == found[1]["findings"]
    assert found[0]["seed"] == 3
    assert len(found[0]["model"]["sha256"]) == 64
    assert found[0]["sources"][0]["licence"] == "CC0-1.0"
    assert len(found[0]["sources"][0]["sha256"]) == 64
    page = out.read_text("utf-8")
    assert found[0]["model"]["sha256"] in page
    assert "cannot tell" in page
    assert "http" not in page.replace("http-equiv", "")
