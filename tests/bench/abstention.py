"""Tell how often it is judged rightly whether the documents answer.

200 questions that they answer, 200 that they do not.

    python -m tests.bench.abstention [--data DIR] [--work DIR]

`questions/abstention.jsonl` (CC0): German, English, Turkish and some other languages; what
is not answered asks in the same manner about other things.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

from app.catalogue.cards import read_calibrations
from app.paths import cards_dir
from tests.bench.corpora import EMBEDDER, arguments, open_corpus, open_model
from tests.bench.everyday import QUESTIONS


def main() -> int:
    """Print for each corpus and kind how many questions were judged rightly."""
    parser = arguments((__doc__ or "").splitlines()[0])
    options = parser.parse_args()
    embedder = open_model()
    calibration = read_calibrations(cards_dir()).get(EMBEDDER)
    lines = (QUESTIONS / "abstention.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    number: Counter[tuple[str, bool]] = Counter()
    right: Counter[tuple[str, bool]] = Counter()
    for name in options.corpora:
        corpus = open_corpus(name, options)
        for row in (row for row in rows if row["base"] == name):
            result = corpus.search.search(
                corpus.base,
                row["question"],
                8,
                "hybrid",
                embedder,
                calibration,
                sentence_count=0,
            )
            kind = bool(row["answerable"])
            for key in ((name, kind), ("all", kind)):
                number[key] += 1
                right[key] += result.answerable is kind
    print("| corpus | answerable | questions | right |\n|---|---|---|---|")
    for key, count in sorted(number.items()):
        print(f"| {key[0]} | {key[1]} | {count} | {right[key] / count:.3f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
