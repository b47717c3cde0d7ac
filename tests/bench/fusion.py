"""Choose the weights of the fusion: a grid over all corpora.

    python -m tests.bench.fusion [--data DIR] [--work DIR] [--corpora …]

Prints the best rows by the sum of recall@1 and recall@5 over the corpora, each corpus
counting the same. Neighbouring rows should look alike: a lone peak is chance.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace
from typing import Any

from app.retrieval.candidates import Candidate, Question
from app.retrieval.fuse import REFINED, FusionWeights, fuse
from app.retrieval.passages import without_twins
from app.values.passages import Passage
from app.values.ports import Embedder
from tests.bench.__main__ import is_hit
from tests.bench.corpora import Corpus, arguments, open_corpus, open_model

_COVERED = (0.5, 0.6, 0.7, 0.78, 0.8)
_UNCOVERED = (0.8, 0.9, 0.95, 1.0)
_SENTENCE = (0.0, 0.3, 0.4, 0.5)
_LOOKED_AT = 24

Case = tuple[Question, list[Candidate], set[int]]


def cases(corpus: Corpus, embedder: Embedder) -> list[Case]:
    """Return question, candidates with their best sentences, and the ids of the hits."""
    result = []
    for row in corpus.questions:
        look = corpus.search.look(corpus.base, row["question"], "hybrid", embedder)
        ordered = fuse(look.question, look.candidates())
        closely = look.with_closest(ordered[:_LOOKED_AT])
        hits = {c.chunk_id for c in ordered if is_hit(_passage(c), row)}
        result.append((look.question, [*closely, *ordered[_LOOKED_AT:]], hits))
    return result


def _passage(candidate: Candidate) -> Passage:
    c = candidate
    return Passage(0, 0.0, c.file, c.page, c.start, c.end, c.heading, c.text)


def recall(found: list[Case], weights: FusionWeights) -> tuple[float, float]:
    """Return recall@1 and recall@5, as the search would order with these weights."""
    ranks = []
    for question, candidates, hits in found:
        plain = {c.chunk_id: c for c in candidates}
        blind = [_without_sentence(c) for c in candidates]
        first = fuse(question, blind, weights)
        closely = [plain[c.chunk_id] for c in first[:REFINED]]
        ordered = without_twins(
            fuse(question, [*closely, *first[REFINED:]], weights)[:8]
        )
        places = [n for n, c in enumerate(ordered, 1) if c.chunk_id in hits]
        ranks.append(places[0] if places else 99)
    return (
        sum(rank == 1 for rank in ranks) / len(ranks),
        sum(rank <= 5 for rank in ranks) / len(ranks),
    )


def _without_sentence(candidate: Candidate) -> Candidate:
    return replace(candidate, closest=None)


def main() -> int:
    """Print the grid, best first."""
    options = arguments((__doc__ or "").splitlines()[0]).parse_args()
    embedder = open_model()
    found: dict[str, list[Case]] = {
        name: cases(open_corpus(name, options), embedder) for name in options.corpora
    }
    rows: list[tuple[float, FusionWeights, dict[str, Any]]] = []
    for values in itertools.product(_COVERED, _UNCOVERED, _SENTENCE):
        weights = FusionWeights(*values)
        figures = {name: recall(part, weights) for name, part in found.items()}
        rows.append((sum(map(sum, figures.values())), weights, figures))
    rows.sort(key=lambda row: -row[0])
    for total, weights, figures in rows[:15]:
        shares = {
            name: f"{one:.3f}/{five:.3f}" for name, (one, five) in figures.items()
        }
        print(f"{total:.3f}", weights, shares)
    return 0


if __name__ == "__main__":
    sys.exit(main())
