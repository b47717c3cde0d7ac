"""Measure search in a base of 100,000 or a million chunks.

    python -m tests.bench.scale --chunks 100000 [--data DIR] [--work DIR] [--chroma]

Makes the base once (`scale_data.py`: 1 million takes a quarter of an hour and 4 GB),
then searches it in a fresh process with real questions. Embedding is left out: the
embedder knows its vectors. Tells median and 95th percentile of milliseconds for each
mode, of wall clock and of the process's own time (a busy machine doubles the former),
the time to the first answer after start, memory, disk, and how many of the ten nearest
chunks by exact cosine the search finds. `--chroma` also builds Chroma's cache.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy

from app.database import open_database
from app.environment import QUIET_ENVIRONMENT
from app.index.maintenance import Caches
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.index.vector_index import VectorIndex
from app.knowledge.child import collect_seldom
from app.knowledge.search import BaseSearch
from tests.bench.corpora import arguments
from tests.bench.scale_data import (
    BASE,
    DIMENSIONS,
    EMBEDDER,
    EmbedderOfQuestions,
    Questions,
    build,
    read_questions,
)
from tests.bench.table import Row, save

_QUESTIONS = 100
_EXACT = 10
_BLOCK = 20_000
_MARKS = {100_000: (30.0, 1.2), 1_000_000: (120.0, 4.0)}


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return milliseconds of wall clock and of this process."""
    wall, own = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - own) * 1e3


def spread(times: list[tuple[float, float]]) -> str:
    wall, own = numpy.percentile(numpy.array(times), [50, 95], axis=0).T
    return (
        f"median {wall[0]:.1f}, p95 {wall[1]:.1f}; own time {own[0]:.1f}, {own[1]:.1f}"
    )


def recall(vectors: VectorIndex, store: Store, questions: Questions) -> float:
    """Return the share of the ten nearest by exact cosine that are found."""
    base = store.base(BASE, counted=False)
    loaded = vectors.load(base, EMBEDDER)
    some = questions.vectors[:20]
    scores = numpy.empty((len(some), len(loaded)), dtype=numpy.float32)
    for start in range(0, len(loaded), _BLOCK):
        part = loaded.vectors[start : start + _BLOCK].astype(numpy.float32)
        scores[:, start : start + _BLOCK] = some @ part.T
    share = []
    for vector, row in zip(some, scores, strict=True):
        exact = set(loaded.rows[numpy.argsort(-row)[:_EXACT]].tolist())
        found = {id_ for id_, _ in loaded.nearest(vector, 60)[:_EXACT]}
        share.append(len(exact & found) / _EXACT)
    return float(numpy.mean(share))


def memory() -> tuple[float, float]:
    """Return the memory of this process in GB, now and at most."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    now = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return now / 1e6, peak


def measure(file: Path, data: Path, chunks: int, with_chroma: bool) -> list[Row]:
    """Return the figures; the mark is for the hybrid search of a quiet machine.

    A busy one is judged by the process's own time: it was not searching otherwise.
    """
    mark_ms, mark_gb = _MARKS.get(chunks, (float("inf"), float("inf")))
    rows = []
    collect_seldom()
    store = Store(open_database(file, MIGRATIONS))
    vectors = VectorIndex(store.connection)
    search = BaseSearch(store, vectors)
    questions = read_questions(data, store, _QUESTIONS)
    embedder = EmbedderOfQuestions(questions)
    caches = Caches(file.parent / "index", 1 if with_chroma else 1 << 40)
    base = store.base(BASE, counted=False)
    if with_chroma:
        took = timed(lambda: caches.refresh(base, embedder, vectors))
        value = f"{took[0] / 1e3:.0f} s, own time {took[1] / 1e3:.0f} s"
        rows.append(Row("Chroma built", value))
    cache = caches.searcher(base, embedder, vectors)

    def ask(text: str, mode: str) -> None:
        asked = store.base(BASE, counted=False)
        search.search(asked, text, 8, mode, embedder, None, cache)

    first = timed(lambda: ask(questions.texts[0], "hybrid"))
    value = f"{first[0]:.0f} ms, own time {first[1]:.0f}"
    rows.append(Row("first answer after start", value))
    for mode in ("words", "vectors", "hybrid"):
        times = [timed(lambda t=t, m=mode: ask(t, m)) for t in questions.texts]
        is_marked = mode == "hybrid" and mark_ms < float("inf")
        met = float(numpy.median([own for _, own in times])) <= mark_ms
        rows.append(
            Row(
                f"{mode}, milliseconds",
                spread(times),
                f"median ≤ {mark_ms:.0f}" if is_marked else "",
                met if is_marked else None,
            )
        )
    now_gb, peak_gb = memory()
    rows.append(
        Row(
            "memory of the searching process",
            f"{now_gb:.2f} GB, {peak_gb:.2f} at most",
            f"< {mark_gb} GB" if mark_gb < float("inf") else "",
            peak_gb < mark_gb,
        )
    )
    share = recall(vectors, store, questions)
    rows.append(Row(f"recall@{_EXACT} of the exact nearest", f"{share:.3f}"))
    size = sum(f.stat().st_size for f in file.parent.rglob("*") if f.is_file())
    rows.append(Row("disk", f"{size / 1e9:.2f} GB, {DIMENSIONS} dimensions"))
    caches.close()
    return rows


def main() -> int:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--chroma", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--measure", action="store_true", help="(used by itself)")
    options = parser.parse_args()
    file = options.work / "scale" / str(options.chunks) / "knowledge.db"
    if options.measure:
        return save(
            f"scale-{options.chunks}",
            f"Search in {options.chunks:,} chunks, after embedding the question",
            measure(file, options.data, options.chunks, options.chroma),
            options.write,
        )
    if not file.exists():
        part = file.with_name("part.db")
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        took = timed(lambda: build(part, options.data, options.chunks))
        part.rename(file)
        print(f"{options.chunks} chunks made in {took[0] / 1e3:.0f} s")
    return subprocess.run(
        [sys.executable, "-m", "tests.bench.scale", "--measure", *sys.argv[1:]],
        # As every child of the program is started.
        env={**os.environ, **QUIET_ENVIRONMENT},
        check=False,
    ).returncode


if __name__ == "__main__":
    raise SystemExit(main())
