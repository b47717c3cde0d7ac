"""The command line as scripts see it: real processes, exit codes, JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app import __main__ as entry
from app import paths

ROOT = Path(__file__).parents[2]


def allmende(
    *arguments: str | Path, code: int = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def base(laws: Path) -> str:
    allmende("base", "create", "Schule", "--embedder", "none")
    allmende("base", "add", "Schule", laws)
    return "Schule"


def test_version_and_help() -> None:
    assert allmende("--version").stdout.startswith("allmende ")
    assert "nothing leaves this computer" in allmende("--help").stdout
    german = allmende("--help", LANGUAGE="de").stdout
    assert "Ihren eigenen Dokumenten" in german


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["ask", "x"],
        ["base"],
        ["base", "show", "nothing"],
        ["ask", "x", "--base", "nothing"],
        ["ask", "x", "--docs", "/no/such/folder"],
        ["base", "search", "x"],
        ["models", "show", "nothing"],
        ["ask", "  ", "--docs", "README.md"],
        ["ask", "x", "--base", "y", "--top-k", "0"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    assert allmende(*arguments, code=2).stderr.strip()


def test_downloads_are_refused_unless_allowed() -> None:
    done = allmende("models", "install", "smollm3-3b", "--json", code=3)
    assert "switched off" in done.stderr
    assert done.stdout == ""


def test_ask_json_has_the_promised_shape(base: str) -> None:
    (row,) = rows(
        allmende("ask", "Wie viele Werktage Urlaub?", "--base", base, "--json")
    )
    assert {
        "question",
        "answer",
        "abstained",
        "model",
        "citations",
        "passages",
        "timings",
    } <= row.keys()
    assert row["model"].keys() == {"id", "sha256"}
    assert set(row["timings"]) == {
        "retrieve_ms",
        "first_token_ms",
        "total_ms",
        "prompt_tokens",
        "prompt_tokens_reused",
        "answer_tokens",
        "tokens_per_second",
    }
    citation = row["citations"][0]
    assert citation.keys() == {
        "number",
        "file",
        "page",
        "start",
        "end",
        "quote",
        "supported",
        "place",
        "also",
    }
    assert citation["place"] is None
    assert "24 Werktage" in citation["quote"]
    text = Path(citation["file"]).read_text("utf-8")
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    passage = row["passages"][0]
    assert text[passage["start"] : passage["end"]] == passage["text"]
    assert passage["page"] is None
    assert passage["place"] is None


def test_slides_and_cells_are_named_for_scripts_and_people() -> None:
    files = ROOT / "tests" / "readers" / "files"
    allmende("base", "create", "Büro", "--embedder", "none")
    allmende("base", "add", "Büro", files / "buecher.xlsx", files / "brandschutz.pptx")
    question = "Wann wurde Faust bestellt?"
    (row,) = rows(allmende("ask", question, "--base", "Büro", "--json"))
    citation = row["citations"][0]
    place = {"kind": "sheet", "number": 1, "label": "Bücher", "cells": "D5"}
    assert (citation["page"], citation["place"]) == (None, place)
    assert row["computed"]["cells"] == "D5"
    (found,) = rows(allmende("base", "search", "Büro", question, "--json"))
    assert {**place, "cells": "A4:D5"} in [p["place"] for p in found["passages"]]
    (found,) = rows(allmende("base", "search", "Büro", "Feuerlöscher", "--json"))
    passage = found["passages"][0]
    place = {"kind": "slide", "number": 2, "label": "", "cells": ""}
    assert (passage["page"], passage["place"]) == (2, place)
    (text,) = rows(allmende("base", "show", "Büro", "brandschutz.pptx", "--json"))
    part = {"kind": "slide", "number": 2, "start": 103, "end": 172, "label": ""}
    assert (text["pages"], text["parts"][1], text["warnings"]) == ([], part, [])
    said = allmende("base", "search", "Büro", "Feuerlöscher").stdout
    assert "brandschutz.pptx, slide 2" in said


def test_what_is_not_there_is_refused(base: str) -> None:
    (row,) = rows(
        allmende("ask", "Wie hoch ist der Eiffelturm?", "--base", base, "--json")
    )
    assert row["abstained"] is True
    assert row["answer"] == "Das steht nicht in Ihren Dokumenten."
    assert row["citations"] == []


def test_docs_are_indexed_once(laws: Path) -> None:
    question = ["ask", "Wann ist die Bibliothek offen?", "--docs", str(laws)]
    allmende(*question, "--sources-only", "--json")
    stamp = (Path(os.environ["ALLMENDE_HOME"]) / "knowledge.db").stat().st_size
    (row,) = rows(allmende(*question, "--sources-only", "--json"))
    assert "bibliothek.txt" in row["citations"][0]["file"]
    assert (Path(os.environ["ALLMENDE_HOME"]) / "knowledge.db").stat().st_size == stamp
    assert rows(allmende("base", "list", "--json")) == [{"bases": []}]


def test_add_tells_one_event_a_document(base: str, laws: Path) -> None:
    (laws / "leer.txt").write_text("")
    events = rows(allmende("base", "add", base, laws, "--json"))
    assert [event["event"] for event in events] == ["document"] * 3 + ["done"]
    empty = next(e for e in events if e.get("file", "").endswith("leer.txt"))
    assert (empty["status"], empty["reason"]) == ("skipped", "empty")
    assert empty["message"]
    assert {e["status"] for e in events[:-1]} == {"unchanged", "skipped"}


def test_search_one_and_many(base: str, tmp_path: Path) -> None:
    (row,) = rows(allmende("base", "search", base, "Urlaub", "--json", "--top-k", "1"))
    assert row["query"] == "Urlaub"
    assert len(row["passages"]) == 1
    assert row["elapsed_ms"] >= 0
    queries = tmp_path / "queries.jsonl"
    lines = [{"id": f"q{n}", "question": "Bücher", "more": 1} for n in range(3)]
    queries.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    found = rows(allmende("base", "search", base, "--queries", queries, "--json"))
    assert [row["id"] for row in found] == ["q0", "q1", "q2"]
    queries.write_text("no json")
    assert (
        "queries"
        in allmende("base", "search", base, "--queries", queries, code=2).stderr
    )


def test_search_is_narrowed_by_folder_type_and_date(base: str, laws: Path) -> None:
    old = laws / "alt" / "urlaub-frueher.txt"
    old.parent.mkdir()
    old.write_text("Früher betrug der Urlaub zwölf Werktage im Jahr.", "utf-8")
    allmende("base", "add", base, laws)
    os.utime(old, (1_000_000_000, 1_000_000_000))

    def files(*narrowing: object) -> set[str]:
        out = allmende("base", "search", base, "Urlaub Werktage", "--json", *narrowing)
        return {Path(p["file"]).name for p in rows(out)[0]["passages"]}

    assert files("--in", laws / "alt") == {old.name}
    assert files("--type", "md") == {"urlaub.md"}
    assert old.name in files("--type", "TXT", "--type", ".md")
    assert old.name not in files("--since", "2020-01-01")
    gone = allmende("base", "search", base, "Urlaub", "--type", "pdf", code=2)
    assert "folder, type and date" in gone.stderr
    allmende("base", "search", base, "Urlaub", "--since", "gestern", code=2)
    allmende("base", "search", base, "Urlaub", "--in", laws / "nirgends", code=2)


def test_show_check_forget_remove(base: str, laws: Path) -> None:
    (shown,) = rows(allmende("base", "show", base, "--json"))
    assert len(shown["documents"]) == 2
    text = allmende("base", "show", base, "bibliothek.txt").stdout
    assert text.rstrip("\n") == (laws / "bibliothek.txt").read_text("utf-8").rstrip(
        "\n"
    )
    assert rows(allmende("base", "check", base, "--json"))[0]["healthy"] is True
    (receipt,) = rows(allmende("base", "forget", base, "bibliothek.txt", "--json"))
    assert receipt["chunks"] >= 1
    allmende("base", "forget", base, "bibliothek.txt", code=2)
    allmende("base", "rebuild", base, "--json")
    allmende("base", "remove", base)
    allmende("base", "show", base, code=2)


def test_show_tells_what_was_left_out(base: str, laws: Path) -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    (laws / "hausordnung.txt").write_text(f"Im Haus ist es leise{hidden}.", "utf-8")
    allmende("base", "sync", base, "--no-wait")
    (shown,) = rows(allmende("base", "show", base, "--json"))
    notes = {Path(d["file"]).name: d["notes"] for d in shown["documents"]}
    assert notes["hausordnung.txt"] == ["invisible_characters"]
    assert notes["bibliothek.txt"] == []
    assert "invisible characters" in allmende("base", "show", base).stdout


def test_forgetting_leaves_no_trace_on_the_disk(base: str, laws: Path) -> None:
    secret = laws / "geheim.txt"
    secret.write_text("Xaverqwz wohnt in Zzyzxstadt und sammelt Pilzgerichte.", "utf-8")
    allmende("base", "add", base, secret)
    allmende("base", "search", base, "Zzyzxstadt")
    home = Path(os.environ["ALLMENDE_HOME"])
    words = (b"xaverqwz", b"zzyzxst", b"geheim.txt")

    def traces() -> list[str]:
        found = [path for path in home.rglob("*") if path.is_file()]
        return [
            p.name for p in found if any(w in p.read_bytes().lower() for w in words)
        ]

    assert traces()
    allmende("base", "forget", base, "geheim.txt")
    assert traces() == []
    assert "1 new" not in allmende("base", "sync", base).stdout


def test_a_bad_model_file_is_a_sentence_and_the_evidence_stays(
    base: str, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"<html>")
    question = ("ask", "Wie viele Werktage Urlaub?", "--base", base)
    done = allmende(*question, "--model", bad, code=1)
    assert "not a GGUF model" in done.stderr
    done = allmende(*question, "--model", tmp_path / "none.gguf", code=1)
    assert "cannot be read" in done.stderr or "not there" in done.stderr


@pytest.mark.models
def test_a_truncated_model_leaves_the_evidence(base: str, tmp_path: Path) -> None:
    (shown,) = rows(allmende("models", "show", "smollm2-135m-instruct", "--json"))
    assert shown["installed"], "run `make setup`: the starter model is not installed"
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(Path(shown["path"]).read_bytes()[:5_000_000])
    done = allmende(
        "ask", "Wie viele Werktage Urlaub?", "--base", base, "--model", cut, code=1
    )
    assert "24 Werktage" in done.stdout
    assert "is cut off" in done.stderr


@pytest.mark.models
def test_models_are_listed_verified_recommended() -> None:
    (listed,) = rows(allmende("models", "list", "--json"))
    ids = {row["id"]: row for row in listed["models"]}
    assert ids["smollm2-135m-instruct"]["installed"]
    (verified,) = rows(allmende("models", "verify", "smollm2-135m-instruct", "--json"))
    assert verified["models"] == [{"id": "smollm2-135m-instruct", "ok": True}]
    allmende("models", "recommend", "--json")
    allmende("models", "import", "/no/such/file.gguf", code=1)


@pytest.mark.models
def test_the_doctor_finds_everything_in_order() -> None:
    (report,) = rows(allmende("doctor", "--json"))
    states = {finding["name"]: finding["state"] for finding in report["findings"]}
    assert states["index"] == states["engine"] == "ok"


@pytest.mark.models
def test_first_run_without_a_display_answers_a_sample_question() -> None:
    done = allmende(
        "first-run", LANGUAGE="de", QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY=""
    )
    assert "285 Euro" in done.stdout
    assert "elternbrief-klassenfahrt.docx" in done.stdout


@pytest.mark.models
def test_an_english_question_is_answered_and_checked() -> None:
    samples = paths.assets_dir() / "samples" / "en"
    (row,) = rows(
        allmende("ask", "When is the library open?", "--docs", samples, "--json")
    )
    assert row["model"]["id"] == "smollm2-135m-instruct"
    # What a small model says may be found nowhere: then the places are the answer.
    assert "Monday to Friday" not in row["answer"]
    assert row["timings"]["answer_tokens"] > 0
    assert any("8:30" in place["quote"] for place in row["evidence"])
    numbers = {citation["number"] for citation in row["citations"]}
    assert numbers <= {passage["rank"] for passage in row["passages"]}


def test_stopping_is_130(laws: Path, tmp_path: Path) -> None:
    for number in range(1_000):
        (laws / f"{number}.txt").write_text(f"Satz {number}. " * 400, "utf-8")
    allmende("base", "create", "b", "--embedder", "none")
    # A shell that runs the tests in the background has what it starts ignore Ctrl+C.
    program = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        " from app.__main__ import main; sys.exit(main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, "base", "add", "b", str(laws), "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_stopping_while_it_loads_is_130_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_arguments: list[str], _is_private: bool) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.cli.main.run", stopped)
    assert entry.main(["doctor"]) == 130
