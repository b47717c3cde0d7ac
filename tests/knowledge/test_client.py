"""The real index child, through the messages the main process uses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import paths
from app.errors import Cancelled, UsageError
from app.files import FileLock
from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.services import build_services
from app.values.bases import DocumentDone, IngestDone, Waiting


@pytest.fixture
def knowledge(home: Path) -> Iterator[Knowledge]:
    result = Knowledge(IndexConfig(home / "knowledge.db", home / "index"))
    yield result
    result.close()


def test_add_search_show_forget(knowledge: Knowledge, laws: Path) -> None:
    knowledge.create("Schule", "")
    done = list(knowledge.add("Schule", (str(laws),)))[-1]
    assert isinstance(done, IngestDone)
    assert done.indexed == 2
    result = knowledge.search("Schule", "Wann muss ich Urlaub beantragen?")
    assert result.mode == "words"
    passage = result.passages[0]
    text = knowledge.text(passage.document_id)
    assert text.text[passage.start : passage.end] == passage.text
    receipt = knowledge.forget("Schule", passage.file)
    assert receipt.chunks > 0
    assert knowledge.check("Schule").healthy
    assert [base.name for base in knowledge.bases()] == ["Schule"]


@pytest.mark.skipif(sys.platform == "win32", reason="niceness is POSIX")
def test_reading_steps_back_behind_the_window(knowledge: Knowledge) -> None:
    knowledge.create("Schule", "")
    child = knowledge._worker.pid
    assert child is not None
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, child) == min(19, ours + 5)


def test_an_old_citation_never_marks_other_words(
    knowledge: Knowledge, laws: Path
) -> None:
    knowledge.create("Schule", "")
    list(knowledge.add("Schule", (str(laws),)))
    old = knowledge.search("Schule", "Bibliothek geöffnet").passages[0]
    place = (old.document_id, old.start, old.end, " ".join(old.text.split()))
    assert knowledge.text(*place).text
    (laws / "bibliothek.txt").write_text(
        "Ganz andere Worte stehen hier jetzt.", "utf-8"
    )
    list(knowledge.sync("Schule"))
    with pytest.raises(UsageError, match="has changed"):
        knowledge.text(*place)


@pytest.mark.expects_warnings
def test_a_child_that_dies_often_is_followed_by_another(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for name in "abcdefg":
        (folder / f"{name}.txt").write_text(f"Dokument {name} über Pausen.", "utf-8")
    knowledge.create("b", "")
    events = []
    for event in knowledge.add("b", (str(folder),)):
        events.append(event)
        if isinstance(event, DocumentDone) and event.done in (2, 4) and knowledge.pid:
            os.kill(knowledge.pid, signal.SIGKILL)
    files = [event.file for event in events if isinstance(event, DocumentDone)]
    assert sorted(files) == sorted(set(files))
    assert len(files) == 7
    # What was stored when the child died, but not told, is found unchanged afterwards.
    assert events[-1].indexed + events[-1].unchanged == 7


def test_a_pdf_page_comes_as_a_picture_with_marks(knowledge: Knowledge) -> None:
    sample = paths.assets_dir() / "samples" / "de" / "schulordnung.pdf"
    knowledge.create("Schule", "")
    list(knowledge.add("Schule", (str(sample),)))
    passage = knowledge.search("Schule", "Handy Unterricht").passages[0]
    assert passage.page is not None
    picture = knowledge.page(
        passage.document_id, passage.page, 600, passage.start, passage.end
    )
    assert picture.png.startswith(b"\x89PNG")
    assert picture.width_px == 600
    assert picture.marks
    assert all(0 <= m.left < m.right <= 1 for m in picture.marks)


def test_reading_is_stopped_while_it_waits_for_another(
    knowledge: Knowledge, home: Path, laws: Path
) -> None:
    knowledge.create("Schule", "")
    with FileLock(home / "knowledge.lock"):
        events = knowledge.add("Schule", (str(laws),))
        assert isinstance(next(events), Waiting)
        threading.Timer(0.1, knowledge.cancel_writing).start()
        with pytest.raises(Cancelled):
            list(events)
    assert list(knowledge.add("Schule", (str(laws),)))[-1].indexed == 2


def test_unknown_names_are_sentences(knowledge: Knowledge) -> None:
    with pytest.raises(UsageError, match="no base"):
        knowledge.search("nothing", "x")
    with pytest.raises(UsageError, match="not installed"):
        knowledge.create("x", "no-such-embedder")


@pytest.mark.expects_warnings
def test_a_killed_child_comes_back_with_everything(
    knowledge: Knowledge, laws: Path
) -> None:
    knowledge.create("Schule", "")
    list(knowledge.add("Schule", (str(laws),)))
    assert knowledge.pid is not None
    os.kill(knowledge.pid, signal.SIGKILL)
    while knowledge.pid is not None:
        time.sleep(0.01)
    assert knowledge.search("Schule", "Urlaub").passages


def test_kill_9_while_indexing_200_documents_loses_nothing(
    home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(200):
        text = f"Dokument {number} handelt vom Thema t{number}.\n\n" * 20
        (folder / f"{number:03}.txt").write_text(text, "utf-8")
    command = [sys.executable, "-m", "app", "base"]
    root = Path(__file__).parents[2]
    subprocess.run(
        [*command, "create", "b", "--embedder", "none"], cwd=root, check=True
    )
    process = subprocess.Popen(
        [*command, "add", "b", str(folder), "--json"],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    acknowledged = [next(process.stdout) for _ in range(40)]
    process.kill()
    process.communicate()
    knowledge = Knowledge(IndexConfig(home / "knowledge.db", home / "index"))
    try:
        before = {d.file for d in knowledge.documents("b") if d.status == "indexed"}
        assert len(before) >= len(acknowledged)
        events = list(knowledge.sync("b"))
        statuses = [e.status for e in events if isinstance(e, DocumentDone)]
        assert len(statuses) == 200
        assert statuses.count("unchanged") >= 40
        documents = knowledge.documents("b")
        assert len(documents) == len({d.file for d in documents}) == 200
        assert {d.status for d in documents} == {"indexed"}
        assert knowledge.check("b").healthy
    finally:
        knowledge.close()


@pytest.mark.models
def test_the_real_embedder_finds_other_words(laws: Path) -> None:
    services = build_services()
    try:
        base = services.automatic_base([str(laws)])
        assert base.embedder, "run `make setup`: the embedder is not installed"
        done = list(services.knowledge.add(base.name, (str(laws),)))[-1]
        assert done.vectors == done.chunks > 0
        result = services.knowledge.search(base.name, "How many days off do I get?")
        assert result.mode == "hybrid"
        assert any("24 Werktage" in sentence.text for sentence in result.sentences)
        assert services.knowledge.base(base.name).vectors == done.vectors
    finally:
        services.close()


@pytest.mark.models
def test_a_large_base_is_answered_by_chroma(home: Path, laws: Path) -> None:
    services = build_services()
    embedders = tuple(
        m for m in services.models.installed() if m.card.kind == "embedder"
    )
    config = IndexConfig(
        home / "knowledge.db", home / "index", embedders, chroma_from=2
    )
    services.close()
    knowledge = Knowledge(config)
    try:
        knowledge.create("a", "multilingual-e5-small")
        list(knowledge.add("a", (str(laws),)))
        assert knowledge.check("a").cache == "ok"
        first = knowledge.search("a", "Wie viele Tage Urlaub?").passages[0]
        assert "24 Werktage" in first.text
        knowledge.close()
        for file in (home / "index").rglob("chroma.sqlite3"):
            file.write_bytes(b"")
        again = knowledge.search("a", "Wie viele Tage Urlaub?").passages[0]
        assert again.text == first.text
        assert knowledge.check("a").problems == ("cache",)
        list(knowledge.rebuild("a"))
        assert knowledge.check("a").healthy
    finally:
        knowledge.close()
