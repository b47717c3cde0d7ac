"""`allmende quiz` and `allmende task` as scripts see them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]


def allmende(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def test_a_quiz_is_written_with_its_sources(laws: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.xml"
    common = ["--model", "none", "--seed", "1", "--json"]
    done = allmende(
        "quiz", "--docs", laws, "--count", "3", "--types", "single,truefalse",
        "--out", out, *common,
    )  # fmt: skip
    row = json.loads(done.stdout)
    assert row["why_no_model"] == "no_model"
    assert len(row["items"]) == 3
    for item in row["items"]:
        text = Path(item["source"]["file"]).read_text("utf-8")
        source = item["source"]
        assert text[source["start"] : source["end"]] == source["quote"]
    root = ElementTree.fromstring(out.read_bytes())
    assert {q.get("type") for q in root} == {"multichoice", "truefalse"}
    again = allmende(
        "quiz", "--docs", laws, "--count", "3", "--types", "single,truefalse",
        "--out", tmp_path / "q.gift", *common,
    )  # fmt: skip
    assert json.loads(again.stdout)["items"] == row["items"]


def test_questions_of_other_programs_are_converted(tmp_path: Path) -> None:
    source = tmp_path / "old.gift"
    source.write_text("::Q::2+2? {=4 ~5}\n\nTell. {}\n\nBroken {=a\n", "utf-8")
    out = tmp_path / "new.h5p"
    done = allmende("quiz", "--from", source, "--out", out, "--json")
    row = json.loads(done.stdout)
    assert [item["kind"] for item in row["items"]] == ["single", "essay"]
    assert [remark["item"] for remark in row["remarks"]] == [3, 2]
    assert out.exists()
    (tmp_path / "bad.xml").write_text("no xml")
    allmende("quiz", "--from", tmp_path / "bad.xml", "--out", out, code=1)


def test_less_than_wanted_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Der Urlaub der Schule dauert 30 Tage im Jahr.\n")
    done = allmende(
        "quiz", "--docs", tmp_path / "a.txt", "--count", "50", "--out",
        tmp_path / "q.md", "--model", "none",
    )  # fmt: skip
    assert "of the 50 you asked for" in done.stderr
    assert (tmp_path / "q.md").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--out", "q.exe"],
        ["--out", "q.xml", "--types", "riddle"],
        ["--out", "q.xml", "--count", "0"],
        [],
    ],
)
def test_wrong_usage(laws: Path, arguments: list[str]) -> None:
    allmende("quiz", "--docs", laws, "--model", "none", *arguments, code=2)


def test_what_cannot_be_written_or_asked_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nur wenige worte hier\n")
    (tmp_path / "file").touch()
    asked = ["quiz", "--docs", tmp_path / "a.txt", "--model", "none", "--out"]
    done = allmende(*asked, tmp_path / "q.xml", code=1)
    assert "no sentence that can be asked about" in done.stderr
    (tmp_path / "a.txt").write_text("Der Urlaub der Schule dauert 30 Tage im Jahr.\n")
    done = allmende(*asked, tmp_path / "file" / "q.xml", code=1)
    assert "cannot be written" in done.stderr


def test_tasks_are_listed_and_done(laws: Path, tmp_path: Path) -> None:
    tasks = json.loads(allmende("task", "list", "--json").stdout)["tasks"]
    assert {"quiz", "summary", "anonymise", "compare"} <= {task["id"] for task in tasks}
    office = json.loads(allmende("task", "list", "--role", "office", "--json").stdout)
    assert "worksheet" not in {task["id"] for task in office["tasks"]}
    out = tmp_path / "s.md"
    done = allmende(
        "task", "run", "summary", "--docs", laws, "--out", out, "--set", "points=2",
        "--model", "none", "--json",
    )  # fmt: skip
    assert len(json.loads(done.stdout)["lines"]) == 2
    assert "Computerprogramm" in out.read_text("utf-8")
    allmende(
        "task", "run", "worksheet", "--docs", laws, "--out", tmp_path / "w.docx",
        "--set", "count=3", "--model", "none",
    )  # fmt: skip
    assert (tmp_path / "w.docx").stat().st_size > 1000
    for wrong in (["nothing"], ["summary", "--set", "x=1"]):
        allmende(
            "task", "run", *wrong, "--docs", laws, "--out", tmp_path / "x.md", code=2
        )
