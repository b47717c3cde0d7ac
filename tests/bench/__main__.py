"""Measure retrieval: words alone, vectors alone, and both, in one run.

    python -m tests.bench [--data DIR] [--work DIR] [--corpora …] [--write]

Prints recall@1, recall@5, MRR@10 and milliseconds a query for each corpus and mode,
and tells where the hybrid does not beat both. `--write` saves the table as the
baseline; without it the table is compared with the saved one and a loss of more than
one point fails.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from app.catalogue.cards import read_calibrations
from app.paths import cards_dir
from app.values.passages import Passage
from app.values.ports import Embedder
from tests.bench.corpora import EMBEDDER, Corpus, arguments, open_corpus, open_model

MODES = ("words", "vectors", "hybrid")
_BASELINE = Path(__file__).parent / "baseline.json"
_COUNTED = 1_600
_OVERLAP = 60
_LOSS = 0.01
_ROUNDING = 1e-4


def is_hit(passage: Passage, question: dict[str, Any]) -> bool:
    """Tell whether a passage answers: right file, an answer, and part of the gold text."""
    if Path(passage.file).name != question["file"]:
        return False
    text, gold = _plain(passage.text[:_COUNTED]), _plain(question["gold"])
    if not any(_plain(answer) in text for answer in question["answers"]):
        return False
    match = SequenceMatcher(None, text, gold, autojunk=False).find_longest_match()
    return match.size >= min(_OVERLAP, len(gold))


def _plain(text: str) -> str:
    return re.sub(r"[\s*_#>`]+", " ", text).strip().lower()


def measure(corpus: Corpus, embedder: Embedder) -> dict[str, dict[str, float]]:
    """Return the figures of each mode; modes take turns question by question."""
    calibration = read_calibrations(cards_dir()).get(EMBEDDER)
    ranks: dict[str, list[int]] = {mode: [] for mode in MODES}
    times: dict[str, list[float]] = {mode: [] for mode in MODES}
    for question in corpus.questions:
        for mode in MODES:
            started = time.perf_counter()
            result = corpus.search.search(
                corpus.base,
                question["question"],
                10,
                mode,
                embedder,
                calibration,
                sentence_count=0,
            )
            times[mode].append((time.perf_counter() - started) * 1000)
            hits = (p.rank for p in result.passages if is_hit(p, question))
            ranks[mode].append(next(hits, 0))
    return {
        mode: {
            "recall@1": _share(found, 1),
            "recall@5": _share(found, 5),
            "mrr@10": round(sum(1 / r for r in found if r) / len(found), 4),
            "ms": round(statistics.median(times[mode]), 1),
            "questions": len(found),
        }
        for mode, found in ranks.items()
    }


def _share(ranks: list[int], top: int) -> float:
    return round(sum(0 < rank <= top for rank in ranks) / len(ranks), 4)


def show(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    """Print the table."""
    print("| corpus | mode | recall@1 | recall@5 | MRR@10 | ms a query |")
    print("|---|---|---|---|---|---|")
    for name, modes in figures.items():
        for mode, row in modes.items():
            cells = (row["recall@1"], row["recall@5"], row["mrr@10"], row["ms"])
            print(f"| {name} | {mode} | " + " | ".join(map(str, cells)) + " |")


def complaints(figures: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    """Return where the hybrid is beaten, and where it lost against the baseline.

    One question more or less is chance.
    """
    found = []
    saved = json.loads(_BASELINE.read_text("utf-8")) if _BASELINE.exists() else {}
    for name, modes in figures.items():
        for key in ("recall@1", "recall@5"):
            best = max(modes["words"][key], modes["vectors"][key])
            one = 1 / modes["hybrid"]["questions"]
            if modes["hybrid"][key] < best - one - _ROUNDING:
                found.append(f"{name}: {key} of the hybrid is below one of its parts")
            before = saved.get(name, {}).get("hybrid", {}).get(key, 0.0)
            if modes["hybrid"][key] < before - max(_LOSS, one + _ROUNDING):
                found.append(f"{name}: {key} fell from {before}")
    return found


def main() -> int:
    """Measure, print, compare or save."""
    parser = arguments((__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(
            f"There are no corpora in {options.data}. Name their folder: --data DIR"
        )
    embedder = open_model()
    figures = {
        name: measure(open_corpus(name, options), embedder) for name in options.corpora
    }
    show(figures)
    problems = complaints(figures)
    print("\n".join(problems))
    if options.write:
        _BASELINE.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
