"""Measure how fast documents become searchable by their words, through the real child.

    python -m tests.bench.throughput [--data DIR] [--documents N] [--write]

Two marks of the issue: 50 documents of 10 kB text a second, and a first answer from
5,000 pages of PDF within ten seconds after they were added. For the second one a
question is asked again and again, from the moment of adding, while the rest is still
being read; told is when the first document of 100 pages answered, and when the tenth.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from app.errors import Cancelled
from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.values.bases import DocumentDone, IngestDone
from tests.bench.corpora import arguments
from tests.bench.table import Row, save
from tests.readers.make import PdfPage, paragraph, write_pdf

SIZE_BYTES = 10_000
FILES, PAGES = 50, 100
LINES, COLUMNS = 45, 80
LEAST_DOCUMENTS_S = 50.0
MOST_FIRST_ANSWER_S = 10.0
_SOURCES = ("xquad-de", "laws", "xquad-en", "xquad-tr")


def paragraphs(data: Path, seed: int) -> Iterator[str]:
    """Yield the paragraphs of the corpora in an order of chance, again and again."""
    found = []
    for name in _SOURCES:
        for path in sorted((data / name).iterdir()):
            text = path.read_text("utf-8", "replace")
            found += [p.strip() for p in text.split("\n\n") if len(p) > 80]
    order = random.Random(seed)
    while True:
        order.shuffle(found)
        yield from found


def write_texts(folder: Path, data: Path, count: int) -> None:
    """Write documents of 10 kB, no two alike."""
    source = paragraphs(data, 1)
    for number in range(count):
        text = f"Dokument {number}\n"
        while len(text.encode()) < SIZE_BYTES:
            text += "\n" + next(source)[:2_000] + "\n"
        (folder / f"{number:05}.txt").write_text(text, "utf-8")


def write_pdfs(folder: Path, data: Path) -> None:
    """Write 50 PDFs of 100 full pages; each names itself once on its last page."""
    words = itertools.chain.from_iterable(p.split() for p in paragraphs(data, 2))
    for number in range(FILES):
        pages = [PdfPage(_page(words)) for _ in range(PAGES - 1)]
        pages.append(
            PdfPage(paragraph([f"Das Losungswort heisst Kennwort{number:03}."]))
        )
        write_pdf(folder / f"{number:03}.pdf", pages, title=f"Heft {number}")


def _page(words: Iterator[str]) -> list:
    lines = []
    for _ in range(LINES):
        line = ""
        while len(line) < COLUMNS:
            line += next(words).encode("cp1252", "ignore").decode("cp1252") + " "
        lines.append(line)
    return paragraph(lines, y=790)


def documents_a_second(knowledge: Knowledge, folder: Path) -> tuple[float, float]:
    """Return how many documents become searchable a second, the child being started.

    The second figure is for a second of processor time of both processes, the one that
    reads and the one that stores: on a computer that others use too it tells what the
    first one would be on a quiet one, or nearly twice that with two cores.
    """
    knowledge.create("texts", "")
    child = psutil.Process(knowledge.pid)
    started, before = time.perf_counter(), _worked_s(child)
    for event in knowledge.add("texts", (str(folder),), wait=False):
        if isinstance(event, IngestDone):
            assert event.failed == event.skipped == 0
            seconds = time.perf_counter() - started
            worked = _worked_s(child) - before
            return event.indexed / seconds, event.indexed / worked
    raise AssertionError("the adding did not end")


def _worked_s(process: psutil.Process) -> float:
    """Return the processor time of a process and of those it started."""
    family = [process, *process.children(recursive=True)]
    return sum(sum(member.cpu_times()[:2]) for member in family)


def answers(knowledge: Knowledge, folder: Path) -> dict[str, float]:
    """Return after how many seconds the first and the tenth document answer.

    The rest of the 5,000 pages is waiting meanwhile, and is given up then.
    """
    knowledge.create("pdfs", "")
    seconds: dict[str, float] = {}
    started = time.perf_counter()

    def add() -> None:
        with contextlib.suppress(Cancelled):
            for event in knowledge.add("pdfs", (str(folder),), wait=False):
                if isinstance(event, DocumentDone):
                    assert event.status == "indexed", event

    adding = threading.Thread(target=add)
    adding.start()
    asked = {"first": 0, "tenth": 9}
    while asked:
        name, number = next(iter(asked.items()))
        found = knowledge.search("pdfs", f"Kennwort{number:03}", sentences=0)
        if found.passages and found.passages[0].file.endswith(f"{number:03}.pdf"):
            seconds[name] = time.perf_counter() - started
            del asked[name]
        elif not adding.is_alive():
            raise AssertionError(f"document {number} was never found")
        else:
            time.sleep(0.1)
    knowledge.cancel_writing()
    adding.join()
    return seconds


def main() -> int:
    """Measure, print, save."""
    parser = arguments((__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for part in ("texts", "pdfs"):
            (work / part).mkdir()
        write_texts(work / "texts", options.data, options.documents)
        write_pdfs(work / "pdfs", options.data)
        knowledge = Knowledge(IndexConfig(work / "knowledge.db", work / "index"))
        try:
            knowledge.bases()
            rate, worked = documents_a_second(knowledge, work / "texts")
            seconds = answers(knowledge, work / "pdfs")
        finally:
            knowledge.close()
    rows = [
        Row(
            "words of 10 kB texts searchable",
            f"{rate:.0f} documents/s ({worked:.0f} a second of processor time)",
            f"≥ {LEAST_DOCUMENTS_S:.0f}",
            rate >= LEAST_DOCUMENTS_S,
        ),
        Row(
            f"first answer from {FILES * PAGES:,} pages of PDF, after adding",
            f"{seconds['first']:.1f} s",
            f"< {MOST_FIRST_ANSWER_S:.0f} s",
            seconds["first"] < MOST_FIRST_ANSWER_S,
        ),
        Row("… from the 1,000th of these pages", f"{seconds['tenth']:.1f} s"),
    ]
    return save("throughput", "How fast words become searchable", rows, options.write)


if __name__ == "__main__":
    sys.exit(main())
