"""`allmende dataset`: the whole way on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.__main__ import main


def told(capsys: pytest.CaptureFixture[str]) -> dict:  # type: ignore[type-arg]
    found: dict = json.loads(capsys.readouterr().out)  # type: ignore[type-arg]
    return found


@pytest.mark.parametrize("name", ["dataset", "data"])
def test_from_a_table_to_a_data_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    table = tmp_path / "t.csv"
    table.write_text(
        "question,answer\nWann ist Pause?,Um zehn Uhr.\n"
        "Wer hilft?,Frau Sabine Krüger hilft.\n",
        "utf-8",
    )
    project, out = str(tmp_path / "p.jsonl"), tmp_path / "out"
    collect = ["collect", project, "--from", str(table), "--licence", "CC0-1.0"]
    rights = ["--author", "8b", "--consent", "alle"]
    assert main([name, *collect, *rights, "--json"]) == 0
    assert told(capsys)["added"] == 2
    assert main([name, "show", project]) == 0
    assert "? Wann ist Pause?" in capsys.readouterr().out
    exporting = ["export", project, "--out", str(out), "--title", "T"]
    exporting += ["--description", "D", "--publisher", "P", "--url", "https://e.org/d"]
    exporting += ["--email", "a@e.org"]
    assert main([name, *exporting]) == 2
    assert "No record has been accepted" in capsys.readouterr().err
    assert main([name, "review", project, "--accept", "all", "--by", "K. Ruiz"]) == 0
    capsys.readouterr()
    assert main([name, *exporting, "--json"]) == 0
    done = told(capsys)
    assert done["licence"] == "CC0-1.0"
    assert done["records"] == 2
    assert done["personal_replaced"] == 1
    assert (out / "croissant.json").exists()
    assert main([name, *exporting]) == 0
    assert "which GovData assigns" in capsys.readouterr().err


def test_wrong_use_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = str(tmp_path / "p.jsonl")
    rights = ["--licence", "CC0-1.0", "--author", "x", "--consent", "y"]
    assert main(["dataset", "collect", project, *rights]) == 2
    assert main(["dataset", "review", project, "--accept", "abc", "--by", "K"]) == 2
    assert main(["dataset", "import", str(tmp_path), "--base", "B"]) == 2
    assert capsys.readouterr().err.count("\n") == 3


def test_open_data_is_imported_as_a_base(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "bäder"
    source.mkdir()
    (source / "bäder.csv").write_text("Name;Ort\nNordbad;Hamburg\n", "utf-8")
    (source / "metadata.json").write_text(
        json.dumps({"title": "Bäder", "publisher": {"name": "Stadt"}}), "utf-8"
    )
    assert main(["dataset", "import", str(source), "--base", "Bäder", "--json"]) == 0
    capfd.readouterr()
    assert main(["base", "search", "Bäder", "Nordbad Hamburg", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert "Nordbad" in found["passages"][0]["text"]
