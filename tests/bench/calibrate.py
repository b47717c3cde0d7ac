"""Fit when a search result is good enough, for one embedder file.

    python -m tests.bench.calibrate [--data DIR] [--work DIR] [--write]

Answerable: questions on their own corpus, on their own document alone, and in English
on the German texts. Unanswerable: questions of another corpus; and, harder, questions
whose own document was taken away, so that only related texts are left, in a large and
in a small base. Half of the questions of each kind fit the weights, the other half is
reported. The threshold lets 6 in 100 answerable questions go unanswered.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy

from app.retrieval.confidence import blended_background, features
from app.retrieval.fuse import REFINED
from app.values.ports import Embedder
from tests.bench.corpora import EMBEDDER, Corpus, arguments, open_corpus, open_model

_MOST = 150
_LOST = 0.06
_OTHER = {
    "xquad-de": "laws",
    "xquad-en": "laws",
    "xquad-tr": "laws",
    "laws": "xquad-de",
}
_TARGET = Path(__file__).parents[2] / "models/cards/calibration" / f"{EMBEDDER}.json"

Row = tuple[str, bool, tuple[float, ...]]
Array = Any


class Bench:
    """One corpus with what is needed to pretend that documents are not there."""

    def __init__(self, corpus: Corpus, embedder: Embedder, general: Array) -> None:
        self.corpus = corpus
        self._embedder = embedder
        self._general = general
        self._loaded = corpus.search.vectors.load(corpus.base, embedder.key)
        chunks = corpus.search.store.chunks(corpus.base, self._loaded.rows.tolist())
        self.files = [Path(chunks[int(row)].file).name for row in self._loaded.rows]

    def measure(self, question: str, only: set[str]) -> tuple[float, ...]:
        """Return the features of one search in a base of `only` these files."""
        look = self.corpus.search.look(
            self.corpus.base, question, "hybrid", self._embedder
        )
        assert look.vector is not None
        kept = numpy.array([file in only for file in self.files])
        mean = float((self._loaded.vectors[kept] @ look.vector).mean())
        background = blended_background(
            mean, int(kept.sum()), float(look.vector @ self._general)
        )
        ordered = [c for c in look.ordered() if Path(c.file).name in only]
        return features(
            replace(look.question, background=background),
            look.refined(ordered[:REFINED]),
        )


def rows(benches: dict[str, Bench]) -> Iterator[Row]:
    """Yield (kind, answerable, features)."""
    rng = random.Random(7)
    pick = {
        name: rng.sample(b.corpus.questions, min(_MOST, len(b.corpus.questions)))
        for name, b in benches.items()
    }
    for name, bench in benches.items():
        every = set(bench.files)
        for row in pick[name]:
            text, file = row["question"], row["file"]
            few = set(rng.sample(sorted(every - {file}), 3))
            yield f"{name}: own", True, bench.measure(text, every)
            yield f"{name}: own, small base", True, bench.measure(text, {file})
            if name != "laws":
                away = bench.measure(text, every - {file})
                yield f"{name}: document away", False, away
                yield f"{name}: away, small base", False, bench.measure(text, few)
        for row in pick[_OTHER[name]]:
            yield f"{name}: other topic", False, bench.measure(row["question"], every)
    for row in pick["xquad-en"]:
        for name, kind, answerable in (
            ("xquad-de", "English on German: own", True),
            ("laws", "English on laws: other topic", False),
        ):
            bench = benches[name]
            yield kind, answerable, bench.measure(row["question"], set(bench.files))


def fit(x: Array, y: Array, weights: Array) -> Array:
    """Return the weights of a logistic regression (Newton's method, small ridge)."""
    design = numpy.hstack([x, numpy.ones((len(x), 1))])
    beta = numpy.zeros(design.shape[1])
    ridge = 0.05 * numpy.eye(len(beta))
    for _ in range(80):
        p = 1 / (1 + numpy.exp(-design @ beta))
        gradient = design.T @ (weights * (y - p)) - ridge @ beta
        slope = (design * (weights * p * (1 - p))[:, None]).T @ design
        beta += numpy.linalg.solve(slope + ridge, gradient)
    return beta


def general_background(corpora: list[Corpus], embedder: Embedder) -> Array:
    """Return the mean vector over all corpora, each counting the same."""
    means = [
        c.search.vectors.load(c.base, embedder.key).vectors.mean(axis=0)
        for c in corpora
    ]
    return numpy.mean(means, axis=0)


def standardised_fit(x: Array, y: Array, weights: Array) -> Array:
    """Return weights and bias for features as they are, fitted on equal scales."""
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    beta = fit((x - mean) / deviation, y, weights)
    slope = beta[:-1] / deviation
    return numpy.append(slope, beta[-1] - slope @ mean)


def main() -> int:
    """Measure, fit, report; `--write` saves the calibration."""
    parser = arguments(__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    embedder = open_model()
    corpora = [open_corpus(name, options) for name in options.corpora]
    general = general_background(corpora, embedder)
    found = list(rows({c.name: Bench(c, embedder, general) for c in corpora}))
    x = numpy.array([values for _, _, values in found])
    y = numpy.array([float(answerable) for _, answerable, _ in found])
    names = numpy.array([kind for kind, _, _ in found])
    kinds = sorted(set(names.tolist()))
    half = numpy.zeros(len(found), bool)
    for kind in kinds:
        half[numpy.flatnonzero(names == kind)[::2]] = True
    # Every kind counts the same, however many questions it has.
    weights = numpy.array([100 / (names == kind).sum() for kind in names])
    beta = standardised_fit(x[half], y[half], weights[half])
    sure = 1 / (1 + numpy.exp(-(x @ beta[:-1] + beta[-1])))
    threshold = float(numpy.quantile(sure[half & (y == 1)], _LOST))
    print("| kind | questions | answered |\n|---|---|---|")
    for kind in kinds:
        chosen = ~half & (names == kind)
        share = (sure[chosen] >= threshold).mean()
        print(f"| {kind} | {chosen.sum()} | {share:.3f} |")
    result = {
        "embedder": EMBEDDER,
        "sha256": embedder.key,
        "weights": [round(float(value), 4) for value in beta[:-1]],
        "bias": round(float(beta[-1]), 4),
        "threshold": round(threshold, 4),
        "background": [round(float(value), 5) for value in general],
    }
    print({key: value for key, value in result.items() if key != "background"})
    if options.write:
        _TARGET.parent.mkdir(parents=True, exist_ok=True)
        _TARGET.write_text(json.dumps(result) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
