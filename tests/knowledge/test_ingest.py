"""File → index with real readers, real SQLite and the fake embedder."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.database import open_database
from app.embedding.fake import FakeEmbedder
from app.errors import Cancelled
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.index.vector_index import VectorIndex
from app.knowledge.config import ReadingLimits
from app.knowledge.ingest import Ingest
from app.knowledge.search import BaseSearch
from app.readers import ocr, page_picture
from app.values.bases import DocumentDone, IngestDone, VectorsAdded
from app.workers.child import Job
from tests.readers.make import (
    PdfPage,
    odt_members,
    paragraph,
    pdf_bytes,
    pictures,
    scan,
    write_zip,
    written,
)


@dataclass
class House:
    store: Store
    vectors: VectorIndex
    embedder: FakeEmbedder
    limits: ReadingLimits = field(default_factory=ReadingLimits)

    def ingest(
        self,
        *sources: Path,
        wait: bool = True,
        job: Job | None = None,
        crashed: bool = False,
    ) -> list:
        awake = threading.Event()
        awake.set()
        base = self.store.base("a")
        work = Ingest(
            self.store,
            self.vectors,
            base,
            self.embedder,
            job or Job(1, None),
            awake,
            crashed,
            limits=self.limits,
        )
        return list(work.run([str(source) for source in sources], wait))

    def statuses(self, *sources: Path) -> dict[str, str]:
        return {
            Path(e.file).name: e.status
            for e in self.ingest(*sources)
            if isinstance(e, DocumentDone)
        }

    def first(self, query: str, mode: str = "hybrid") -> str:
        search = BaseSearch(self.store, self.vectors)
        result = search.search(
            self.store.base("a"), query, 3, mode, self.embedder, None
        )
        return Path(result.passages[0].file).name if result.passages else ""


@pytest.fixture
def house(tmp_path: Path) -> House:
    store = Store(open_database(tmp_path / "home" / "knowledge.db", MIGRATIONS))
    store.create_base("a", "fake")
    return House(store, VectorIndex(store.connection), FakeEmbedder())


def test_a_folder_becomes_searchable(house: House, laws: Path) -> None:
    events = house.ingest(laws)
    done = events[-1]
    assert isinstance(done, IngestDone)
    assert (done.indexed, done.failed, done.vectors) == (2, 0, done.chunks)
    assert house.first("Urlaub beantragen") == "urlaub.md"
    assert house.first("Wann ist die Bibliothek geöffnet?") == "bibliothek.txt"


def test_words_come_before_vectors(house: House, laws: Path) -> None:
    events = house.ingest(laws)
    kinds = [type(event) for event in events]
    assert kinds.index(VectorsAdded) > kinds.index(DocumentDone)
    house.store.remove_base(house.store.base("a"))
    house.store.create_base("a", "fake")
    done = house.ingest(laws, wait=False)[-1]
    assert done.vectors == 0
    assert house.first("Urlaub") == "urlaub.md"


def test_unchanged_files_are_not_read_again(house: House, laws: Path) -> None:
    house.ingest(laws)
    calls = house.embedder.calls
    assert set(house.statuses(laws).values()) == {"unchanged"}
    os.utime(laws / "urlaub.md", (1, 1))
    assert set(house.statuses(laws).values()) == {"unchanged"}
    assert house.embedder.calls == calls


def test_a_changed_file_replaces_itself(house: House, laws: Path) -> None:
    house.ingest(laws)
    (laws / "bibliothek.txt").write_text("Die Bibliothek ist geschlossen.", "utf-8")
    assert house.statuses(laws)["bibliothek.txt"] == "indexed"
    assert house.first("zurückzugeben Bücher", "words") != "bibliothek.txt"


def test_a_vanished_file_leaves_the_index(house: House, laws: Path) -> None:
    house.ingest(laws)
    (laws / "bibliothek.txt").unlink()
    assert house.statuses(laws)["bibliothek.txt"] == "removed"
    assert len(house.store.documents(house.store.base("a"))) == 1


def test_a_vanished_folder_keeps_its_documents(
    house: House, laws: Path, tmp_path: Path
) -> None:
    house.ingest(laws)
    laws.rename(tmp_path / "elsewhere")
    events = house.ingest(laws)
    assert events[0].reason == "vanished"
    assert house.first("Urlaub beantragen") == "urlaub.md"


def test_a_vanished_single_file_is_told_and_kept(house: House, laws: Path) -> None:
    file = laws / "urlaub.md"
    house.ingest(file)
    file.unlink()
    event = house.ingest(file)[0]
    assert (event.status, event.reason) == ("failed", "vanished")
    assert house.first("Urlaub beantragen") == "urlaub.md"


def test_bad_files_are_told_and_cost_nothing_else(house: House, laws: Path) -> None:
    (laws / "leer.md").write_text("")
    (laws / "luege.docx").write_bytes(b"\x00\x01\x02 not a document" * 50)
    (laws / "kaputt.pdf").write_bytes(b"%PDF-1.7\n" + b"\xff" * 500)
    statuses = house.statuses(laws)
    assert statuses["urlaub.md"] == statuses["bibliothek.txt"] == "indexed"
    assert statuses["leer.md"] == "skipped"
    assert statuses["luege.docx"] == "failed"
    assert statuses["kaputt.pdf"] == "failed"
    told = {
        Path(d.file).name: d.sentence
        for d in house.store.documents(house.store.base("a"))
        if d.status != "indexed"
    }
    assert all(told.values())
    assert set(told) == {"leer.md", "luege.docx", "kaputt.pdf"}


def test_a_document_that_ends_the_process_is_set_aside(
    house: House, laws: Path
) -> None:
    base = house.store.base("a")
    for _ in range(2):
        house.store.settle_interrupted(base, crashed=True)
        house.store.begin_documents(base, [str(laws / "urlaub.md")])
    events = house.ingest(laws, crashed=True)
    reasons = {Path(e.file).name: e.reason for e in events if hasattr(e, "reason")}
    assert reasons["urlaub.md"] == "crashed"
    assert reasons["bibliothek.txt"] == ""


def test_a_closed_window_says_nothing_about_a_document(
    house: House, laws: Path
) -> None:
    base = house.store.base("a")
    for _ in range(5):
        house.store.begin_documents(base, [str(laws / "urlaub.md")])
        house.store.settle_interrupted(base, crashed=False)
    assert house.statuses(laws)["urlaub.md"] == "indexed"


def test_what_was_forgotten_stays_away_until_it_is_named(
    house: House, laws: Path
) -> None:
    house.ingest(laws)
    base, file = house.store.base("a"), laws / "urlaub.md"
    house.store.forget_document(base, str(file), on_purpose=True)
    assert "urlaub.md" not in house.statuses(laws)
    assert house.statuses(file) == {"urlaub.md": "indexed"}
    assert house.statuses(laws)["urlaub.md"] == "unchanged"


def test_a_folder_that_is_suddenly_empty_keeps_its_documents(
    house: House, laws: Path
) -> None:
    house.ingest(laws)
    for file in laws.iterdir():
        file.unlink()
    event = house.ingest(laws)[0]
    assert (event.status, event.reason) == ("failed", "vanished")
    assert house.first("Urlaub beantragen") == "urlaub.md"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems forbid such names")
def test_a_name_that_is_not_unicode_is_told(house: House, laws: Path) -> None:
    with open(os.fsencode(laws) + b"/M\xfcller.txt", "w") as file:  # noqa: PTH123
        file.write("Herr Müller")
    events = house.ingest(laws)
    assert events[-1].indexed == 2
    assert [e.reason for e in events if getattr(e, "status", "") == "failed"] == [
        "unreadable"
    ]
    again = house.ingest(laws)[-1]
    assert (again.failed, again.removed) == (1, 0)


def test_compounds_are_learned_even_after_an_interruption(
    house: House, tmp_path: Path
) -> None:
    folder = tmp_path / "garden"
    folder.mkdir()
    for name, text in (
        ("a", "Die Schule."),
        ("b", "Der Garten."),
        ("c", "Schulgarten."),
    ):
        (folder / f"{name}.txt").write_text(f"{text} Wir lesen viel.", "utf-8")
    job = Job(1, None)
    awake = threading.Event()
    awake.set()
    base = house.store.base("a")
    work = Ingest(house.store, house.vectors, base, None, job, awake).run(
        [str(folder)], False
    )
    for _ in range(3):
        next(work)
    work.close()
    assert house.store.index_terms(base).splits == {}
    house.ingest(folder)
    assert "schulgart" in house.store.index_terms(base).splits


def test_cancelling_keeps_what_is_done(house: House, laws: Path) -> None:
    job = Job(1, None)
    job.cancelled_event.set()
    with pytest.raises(Cancelled):
        house.ingest(laws, job=job)
    assert house.ingest(laws)[-1].indexed == 2


def test_passages_are_exact_slices(house: House, laws: Path) -> None:
    house.ingest(laws)
    search = BaseSearch(house.store, house.vectors)
    base = house.store.base("a")
    result = search.search(base, "Urlaub Werktage", 5, "hybrid", house.embedder, None)
    for passage in result.passages:
        text = Path(passage.file).read_text("utf-8")
        assert text[passage.start : passage.end] == passage.text
    for sentence in result.sentences:
        _, document = house.store.document_text(result.passages[0].document_id)
        assert document.text[sentence.start : sentence.end] == sentence.text
        break


def test_the_same_paragraph_twice_is_shown_once(house: House, laws: Path) -> None:
    (laws / "kopie.txt").write_text(
        "Die Bibliothek hat montags und donnerstags von 8 bis 15 Uhr geöffnet.\n\n"
        "Ausgeliehene Bücher sind nach drei Wochen zurückzugeben!\n",
        "utf-8",
    )
    house.ingest(laws)
    search = BaseSearch(house.store, house.vectors)
    base = house.store.base("a")
    result = search.search(base, "Bibliothek geöffnet", 5, "words", None, None)
    texts = [passage.text[:40] for passage in result.passages]
    assert len(texts) == len(set(texts))


def test_nothing_good_enough_is_said(house: House, laws: Path) -> None:
    house.ingest(laws)
    search = BaseSearch(house.store, house.vectors)
    base = house.store.base("a")
    yes = search.search(base, "Wie lange dauert der Urlaub?", 5, "words", None, None)
    no = search.search(base, "Wie hoch ist der Eiffelturm?", 5, "words", None, None)
    assert yes.answerable
    assert not no.answerable


@pytest.mark.skipif(sys.platform == "win32", reason="a script takes its place")
def test_old_files_are_tried_again_once_libreoffice_is_there(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    files = Path(__file__).parents[1] / "readers" / "files"
    shutil.copy(files / "brief.doc", folder)
    monkeypatch.setattr("app.readers.libreoffice.find_program", lambda: None)
    for _ in range(2):
        (event,) = [e for e in house.ingest(folder) if isinstance(e, DocumentDone)]
        assert (event.status, event.reason) == ("skipped", "needs_program")
    written = write_zip(tmp_path / "new.odt", odt_members("<text:p>Hallo</text:p>"))
    script = tmp_path / "soffice"
    script.write_text(
        f"#!{sys.executable}\nimport pathlib, shutil, sys\n"
        "out = pathlib.Path(sys.argv[sys.argv.index('--outdir') + 1])\n"
        f"out.mkdir()\nshutil.copy({str(written)!r}, out / 'document.odt')\n"
    )
    script.chmod(0o755)
    monkeypatch.setattr("app.readers.libreoffice.find_program", lambda: str(script))
    assert house.statuses(folder) == {"brief.doc": "indexed"}


SMALL = "/MediaBox [0 0 460 150]"
NOTE = "Der Wandertag führt in den Zoo und endet um drei Uhr."


def note_scan(pages: int = 1) -> bytes:
    printed = PdfPage(paragraph([NOTE], y=110, x=30), extra=SMALL)
    return scan(pictures(pdf_bytes([printed])) * pages)


def test_a_scan_is_found_and_marked_from_what_was_stored(
    house: House, tmp_path: Path
) -> None:
    path = written(tmp_path / "docs.pdf", note_scan())
    assert house.statuses(path) == {"docs.pdf": "indexed"}
    assert house.first("Wohin führt der Wandertag?") == "docs.pdf"
    (info,) = house.store.documents(house.store.base("a"))
    assert info.notes == ("ocr",)
    _, document = house.store.document_text(info.id)
    start = document.text.index("Zoo")
    (box,) = page_picture(path, document, 1, 900, start, start + 3).marks
    assert box.top < 40 / 150 < box.bottom


def test_a_scan_is_read_once_recognition_is_installed(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "docs.pdf", note_scan())
    with monkeypatch.context() as without:
        without.setattr(ocr, "_SYSTEM_FOLDERS", ())
        without.setenv("ALLMENDE_MODELS", str(tmp_path))
        assert house.statuses(path) == {"docs.pdf": "skipped"}
        assert house.statuses(path) == {"docs.pdf": "skipped"}
    assert house.statuses(path) == {"docs.pdf": "indexed"}
