"""Lessons on the command line: the same contract, and no way around them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app import paths
from app.cli.main import run as main
from app.services import build_services

ROOT = Path(__file__).parents[2]


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]
Data = Callable[..., dict[str, Any]]
Begin = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line in this process: many short commands."""

    def call(*arguments: str, given: str = "") -> Done:
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        capsys.readouterr()
        try:
            code = main(list(arguments))
        except SystemExit as end:
            code = int(end.code or 0)
        out = capsys.readouterr()
        return Done(code, out.out, out.err)

    return call


@pytest.fixture
def data(run: Run) -> Data:
    def call(*arguments: str, given: str = "") -> dict[str, Any]:
        done = run(*arguments, "--json", given=given)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return call


@pytest.fixture
def school(laws: Path) -> str:
    with contextlib.closing(build_services()) as services:
        for name in ("Schule", "Lehrerzimmer"):
            services.knowledge.create(name, "")
        for _ in services.knowledge.add("Schule", (str(laws),)):
            pass
    return "Schule"


@pytest.fixture
def begin(data: Data, school: str) -> Begin:
    def call(*more: str) -> str:
        row = data("lesson", "start", "--name", "Bio", "--base", school, *more)
        assert row["running"] is True
        return str(row["code"])

    return call


def test_a_whole_lesson(
    run: Run, data: Data, begin: Begin, school: str, laws: Path, tmp_path: Path
) -> None:
    assert data("lesson", "status") == {"running": False}
    code = begin("--minutes", "45", "--sources-only")
    assert data("lesson", "status")["lesson"]["base"] == school
    asked = data("ask", "Wie lange ist der Urlaub?")
    assert "24 Werktage" in json.dumps(asked, ensure_ascii=False)
    assert asked["model"]["id"] == ""
    for refused in (
        ["ask", "Wie lange?", "--base", "Lehrerzimmer"],
        ["ask", "Wie lange?", "--docs", str(laws)],
        ["base", "search", "Lehrerzimmer", "Urlaub"],
        ["base", "show", "Lehrerzimmer"],
        ["base", "add", school, str(tmp_path)],
        ["base", "remove", school],
        ["chat", "list"],
        ["quiz", "--base", school, "--out", str(tmp_path / "q.xml")],
        ["task", "run", "letter", "--base", school, "--out", str(tmp_path / "l.md")],
        ["serve"],
        ["models", "list"],
        ["backup", "create", str(tmp_path)],
        ["selftest"],
        ["first-run", "--no-window"],
        ["lesson", "start", "--name", "x", "--base", school, "--minutes", "1"],
        ["lesson", "leave"],
    ):
        done = run(*refused)
        assert done.returncode == 3, (refused, done.stdout, done.stderr)
        assert done.stderr.strip()
        assert "Traceback" not in done.stderr
    written = data("lesson", "hand-in", "--out", str(tmp_path / "in"), "--name", "Mia")
    assert Path(str(written["paper"])).read_bytes().startswith(b"%PDF")
    log = json.loads(Path(str(written["data"])).read_text("utf-8"))
    assert [e["what"] for e in log["entries"]] == ["begun", "asked", "answered"]
    assert log["entries"][1]["data"]["question"] == "Wie lange ist der Urlaub?"
    assert log["entries"][2]["data"]["places"][0]["file"] == "urlaub.md"
    assert log["pupil"] == "Mia"
    assert data("lesson", "check", str(written["data"]))["whole"] is True
    wrong = run("lesson", "end", "--code-file", "-", given="wrong-code-99\n")
    assert wrong.returncode == 2
    assert data("lesson", "end", "--code-file", "-", given=f"{code}\n") == {
        "running": False
    }
    assert run("base", "list").returncode == 0
    # What was begun can still be handed in.
    assert run("lesson", "hand-in", "--out", str(tmp_path / "late")).returncode == 0


def test_a_lesson_file_for_many_computers(
    run: Run, data: Data, school: str, tmp_path: Path
) -> None:
    path = tmp_path / "class.lesson"
    made = data(
        *("lesson", "make", "--name", "Arbeit", "--base", school, "--exam"),
        *("--minutes", "60", "--out", str(path)),
    )
    code = str(made["code"])
    assert code not in path.read_text("utf-8")
    assert data("lesson", "start", str(path))["lesson"]["kind"] == "exam"
    # In an exam the window alone asks.
    assert run("ask", "Wie lange ist der Urlaub?").returncode == 3
    assert run("lesson", "end", "--code-file", "-", given=code).returncode == 0


def test_bad_input_is_a_sentence(
    run: Run, data: Data, school: str, tmp_path: Path
) -> None:
    (tmp_path / "x.lesson").write_text("{}", "utf-8")
    for wrong in (
        ["start"],
        ["start", "--name", "x", "--base", school],
        ["start", "--name", "x", "--base", "missing", "--minutes", "5"],
        ["start", "--name", "x", "--base", school, "--minutes", "5", "--task", "no"],
        ["start", "--name", "x", "--base", school, "--until", "soon"],
        ["start", str(tmp_path / "x.lesson")],
        ["start", str(tmp_path / "missing.lesson")],
        ["end", "--code-file", "-"],
        ["leave"],
        ["check", str(tmp_path / "x.lesson")],
        ["hand-in", "--out", str(tmp_path)],
    ):
        done = run("lesson", *wrong, given="\n")
        assert done.returncode == 2, (wrong, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
    assert data("lesson", "status") == {"running": False}


def test_a_log_that_was_changed_fails_its_check(
    run: Run, data: Data, begin: Begin, tmp_path: Path
) -> None:
    begin("--minutes", "5")
    run("ask", "Wie lange ist der Urlaub?", "--sources-only")
    written = data("lesson", "hand-in", "--out", str(tmp_path))
    path = Path(str(written["data"]))
    path.write_text(path.read_text("utf-8").replace("Urlaub?", "Winter?"), "utf-8")
    assert run("lesson", "check", str(path)).returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9")
def test_kill_9_frees_nobody_and_loses_nothing(
    run: Run, data: Data, begin: Begin
) -> None:
    begin("--minutes", "5")
    with subprocess.Popen(
        [sys.executable, "-m", "app", "ask", "Wie lange ist der Urlaub?", "--json"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as child:
        log = paths.lesson_dir() / "process.jsonl"
        until = time.monotonic() + 60
        while b"Urlaub" not in log.read_bytes() and time.monotonic() < until:
            time.sleep(0.01)
        os.kill(child.pid, signal.SIGKILL)
    assert run("base", "list").returncode == 3
    assert b'"asked"' in log.read_bytes()
    assert data("lesson", "status")["running"] is True
