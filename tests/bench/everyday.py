"""Everyday questions on laws that were written for these benchmarks, and follow-ups.

    python -m tests.bench.everyday [--data DIR] [--work DIR] [--corpora laws laws-large]

The questions lie in `questions/` (CC0), each with its section; its text is read from the
corpus. Follow-ups come after another question and are asked as they stand, with the
question before put in front, and as `app.answering.followup` understands them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.answering.followup import standalone
from app.catalogue.cards import read_calibrations
from app.paths import cards_dir
from app.values.ports import Embedder
from tests.bench.__main__ import is_hit
from tests.bench.corpora import EMBEDDER, Corpus, arguments, open_corpus, open_model

QUESTIONS = Path(__file__).parent / "questions"
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def questions(name: str, folder: Path) -> list[dict[str, Any]]:
    """Return a file of questions, each with `gold`, the text of its section."""
    lines = (QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [
        {**row, "gold": _section(folder / row["file"], row["heading"])} for row in rows
    ]


def _section(path: Path, heading: str) -> str:
    text = path.read_text("utf-8")
    found = list(_HEADING.finditer(text))
    for here, after in zip(found, [*found[1:], None], strict=True):
        if here[1].strip() == heading:
            return text[here.end() : after.start() if after else len(text)].strip()
    raise ValueError(f"{path.name} has no section {heading}")


def measure(
    corpus: Corpus,
    embedder: Embedder,
    rows: list[dict[str, Any]],
    say: Callable[[dict[str, Any]], str],
) -> str:
    """Return recall@1, recall@5 and the mean length of a passage as table cells."""
    calibration = read_calibrations(cards_dir()).get(EMBEDDER)
    ranks, lengths = [], []
    for row in rows:
        result = corpus.search.search(
            corpus.base, say(row), 10, "hybrid", embedder, calibration, sentence_count=0
        )
        hits = (p.rank for p in result.passages if is_hit(p, row))
        ranks.append(next(hits, 99))
        lengths += [len(passage.text) for passage in result.passages]
    first = sum(rank == 1 for rank in ranks) / len(ranks)
    fifth = sum(rank <= 5 for rank in ranks) / len(ranks)
    mean = sum(lengths) / max(1, len(lengths))
    return f"{len(rows)} | {first:.3f} | {fifth:.3f} | {mean:.0f}"


def main() -> int:
    """Print one table."""
    parser = arguments((__doc__ or "").splitlines()[0])
    parser.set_defaults(corpora=["laws"])
    options = parser.parse_args()
    embedder = open_model()
    print(
        "| questions | number | recall@1 | recall@5 | characters |\n|---|---|---|---|---|"
    )
    for name in options.corpora:
        corpus = open_corpus(name, options)
        own = questions(f"{name}-own", corpus.folder)
        cells = measure(corpus, embedder, own, lambda row: str(row["question"]))
        print(f"| {name}, own | {cells} |", flush=True)
        if name != "laws":
            continue
        rows = questions("followups", corpus.folder)
        ways: dict[str, Callable[[dict[str, Any]], str]] = {
            "as they stand": lambda row: str(row["question"]),
            "always after the question before": lambda row: (
                f"{row['earlier']} {row['question']}"
            ),
            "understood by rules": lambda row: standalone(
                row["question"], [row["earlier"]]
            ),
        }
        for way, say in ways.items():
            cells = measure(corpus, embedder, rows, say)
            print(f"| follow-ups, {way} | {cells} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
