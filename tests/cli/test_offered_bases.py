"""`allmende base publish`, and what everybody sees of it on the command line."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from app import paths
from app.classroom.lesson import to_file
from app.cli.main import run
from app.services import build_services
from app.settings import store
from app.settings.policy import Policy
from tests.classroom.conftest import a_lesson


def test_a_base_is_published_asked_and_not_changed(
    home: Path, laws: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    shared = tmp_path / "usr" / "allmende" / "bases"
    monkeypatch.setattr(paths, "shared_bases_dir", lambda: shared)
    assert run(["base", "create", "Regeln", "--embedder", "none"]) == 0
    assert run(["base", "add", "Regeln", str(laws)]) == 0
    assert run(["base", "publish", "Regeln"]) == 0
    said = capsys.readouterr()
    assert f"{shared / 'Regeln.db'} is written: 2 documents" in said.out
    assert "The documents stay where they are." in said.err
    assert run(["base", "remove", "Regeln"]) == 0
    capsys.readouterr()

    assert run(["base", "list"]) == 0
    assert "Regeln  (2 documents, none, for everybody)" in capsys.readouterr().out
    assert run(["base", "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["bases"]
    assert row["offered"] is True
    assert (
        run(["base", "search", "Regeln", "Wie viele Werktage Urlaub?", "--json"]) == 0
    )
    assert "24 Werktage" in capsys.readouterr().out
    question = ["ask", "Wie viele Tage Urlaub?", "--base", "Regeln", "--sources-only"]
    assert run(question) == 0
    capsys.readouterr()
    assert run(["base", "add", "Regeln", str(laws)]) == 3
    assert "only read" in capsys.readouterr().err
    assert run(["base", "remove", "Regeln"]) == 3


def test_the_doctor_tells_of_one_that_cannot_be_used(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    shared = tmp_path / "bases"
    shared.mkdir()
    (shared / "kaputt.db").write_bytes(b"no database at all" * 100)
    monkeypatch.setattr(paths, "shared_bases_dir", lambda: shared)
    run(["doctor", "--json"])
    told = json.loads(capsys.readouterr().out)["findings"]
    (found,) = [row for row in told if "kaputt.db" in row["name"]]
    assert found["state"] == "warning"
    assert "base publish" in found["text"]


def test_publishing_where_one_may_not_write_says_so(
    home: Path, laws: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["base", "create", "Regeln", "--embedder", "none"]) == 0
    (tmp_path / "file").write_text("x", "ascii")
    assert run(["base", "publish", "Regeln", "--to", str(tmp_path / "file")]) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert run(["base", "publish", "None", "--to", str(tmp_path)]) == 2


@pytest.mark.parametrize("chosen", [False, True])
def test_in_a_prescribed_lesson_the_offered_base_counts(
    home: Path,
    laws: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    chosen: bool,
) -> None:
    """A pupil's own base, or one in a folder of a pupil's, does not take its place."""
    shared, own = tmp_path / "shared", tmp_path / "own"
    monkeypatch.setattr(paths, "shared_bases_dir", lambda: shared)
    crib = tmp_path / "crib"
    crib.mkdir()
    (crib / "crib.md").write_text("Die Loesung zum Urlaub lautet Quitte.", "utf-8")
    run(["base", "create", "Regeln", "--embedder", "none"])
    run(["base", "add", "Regeln", str(laws)])
    assert run(["base", "publish", "Regeln", "--to", str(shared)]) == 0
    run(["base", "remove", "Regeln"])
    monkeypatch.setattr(paths, "shared_bases_dir", lambda: tmp_path / "none")
    run(["base", "create", "Regeln", "--embedder", "none"])
    run(["base", "add", "Regeln", str(crib)])
    if chosen:
        assert run(["base", "publish", "Regeln", "--to", str(own)]) == 0
        run(["base", "remove", "Regeln"])
        (home / "settings.json").write_text(json.dumps({"base_folders": str(own)}))
    monkeypatch.setattr(paths, "shared_bases_dir", lambda: shared)
    path = tmp_path / "class.lesson"
    path.write_bytes(to_file(a_lesson(base="Regeln")))
    policy = Policy(locked={"lesson_file": str(path)}, present=True)
    monkeypatch.setattr(store, "machine_policy", lambda: policy)
    with closing(build_services()) as services:
        services.room.need_question("Regeln")
        found = services.knowledge.search("Regeln", "Urlaub").passages
        assert found
        assert not [passage for passage in found if "Quitte" in passage.text]
        names = [base.name for base in services.knowledge.bases()]
        assert names.count("Regeln") == 1
        assert services.knowledge.base("Regeln").offered
