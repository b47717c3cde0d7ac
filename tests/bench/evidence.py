"""Tell whether the marked sentences hold the answer.

    python -m tests.bench.evidence [--data DIR] [--work DIR] [--corpora …] [--every N]

Of the questions whose passage comes first: in how many the sentences that are marked in
it, at most 300 characters together, hold an answer. `--every N` takes each N-th question.
"""

from __future__ import annotations

import sys

from app.catalogue.cards import read_calibrations
from app.paths import cards_dir
from tests.bench.__main__ import _plain, is_hit
from tests.bench.corpora import EMBEDDER, arguments, open_corpus, open_model

_LONGEST = 300


def main() -> int:
    """Print the share for each corpus."""
    parser = arguments((__doc__ or "").splitlines()[0])
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    embedder = open_model()
    calibration = read_calibrations(cards_dir()).get(EMBEDDER)
    print(
        "| corpus | passage first | marked sentences hold the answer |\n|---|---|---|"
    )
    for name in options.corpora:
        corpus = open_corpus(name, options)
        first = held = 0
        for row in corpus.questions[:: options.every]:
            result = corpus.search.search(
                corpus.base, row["question"], 8, "hybrid", embedder, calibration
            )
            if not result.passages or not is_hit(result.passages[0], row):
                continue
            first += 1
            marked = " ".join(s.text for s in result.sentences if s.passage == 1)
            told = _plain(marked[:_LONGEST])
            held += any(_plain(answer) in told for answer in row["answers"])
        print(f"| {name} | {first} | {held / max(1, first):.3f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
