"""Tell whether the marked sentences hold the answer.

    python -m tests.bench.evidence [--data DIR] [--work DIR] [--corpora …] [--every N]
                                   [--write]

Of the questions whose passage comes first: in how many the sentences that are marked in
it, at most 300 characters together, hold an answer. `--every N` takes each N-th question.
"""

from __future__ import annotations

import sys

from app.catalogue.cards import read_calibrations
from app.paths import cards_dir
from tests.bench.__main__ import _plain, is_hit
from tests.bench.corpora import EMBEDDER, arguments, open_corpus, open_model
from tests.bench.table import Row, save

_LONGEST = 300
_MARK = 0.8


def main() -> int:
    """Print the share for each corpus; 1 where the mark is missed."""
    parser = arguments((__doc__ or "").splitlines()[0])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    parser.set_defaults(corpora=["xquad-de"])
    options = parser.parse_args()
    embedder = open_model()
    calibration = read_calibrations(cards_dir()).get(EMBEDDER)
    table = []
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
        share = held / max(1, first)
        is_marked = name == "xquad-de"
        table.append(
            Row(
                f"{name}: of {first} questions whose passage is first",
                f"{share:.3f}",
                f"≥ {_MARK:.2f}" if is_marked else "",
                share >= _MARK if is_marked else None,
            )
        )
    notes = f"Each {options.every}th question was asked." if options.every > 1 else ""
    title = "Marked sentences that hold the answer"
    return save("evidence", title, table, options.write, notes)


if __name__ == "__main__":
    sys.exit(main())
