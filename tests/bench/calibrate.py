"""Fit when a search result is good enough, for one embedder file and each language.

    python -m tests.bench.calibrate [--data DIR] [--work DIR] [--write]

Answerable: questions on their own corpus, on their own document alone, and in English
and Turkish on the German texts. Unanswerable: questions of other corpora, everyday ones
on other laws among them; and, harder, questions whose own document was taken away, so
that only related texts are left, in a large and in a small base. The questions of
`tests.bench.abstention` are not among them.

Every kind of a language counts the same, answerable and not. The weights are fitted to
all rows; the threshold of a language is where, with the questions in five parts and each
judged by a fit to the other four, as many answerable as unanswerable ones are judged
rightly. The table shows that.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy

from app.retrieval.candidates import Question
from app.retrieval.confidence import blended_background, features
from app.retrieval.fuse import REFINED
from app.values.cards import FOREIGN
from app.values.ports import Embedder
from tests.bench.corpora import EMBEDDER, Corpus, arguments, open_corpus, open_model
from tests.bench.everyday import QUESTIONS

_MOST = 80
_FEW = 50
_PARTS, _ROUNDS = 5, 4
_RIDGE = 0.5
# Which of the features are fitted: the cosines, the first passage's coverage, whether the
# question is foreign. The best coverage of three adds nothing; the share of unknown words
# gets a wrong sign (any Turkish ending makes a word unknown). Both stay for words alone.
_FITTED = (0, 1, 2, 3, 6)
_LANGUAGES = ("de", "en", "tr", FOREIGN)
_TARGET = Path(__file__).parents[2] / "models/cards/calibration" / f"{EMBEDDER}.json"

Array = Any


@dataclass(frozen=True, slots=True)
class Row:
    """One question asked of one base. `language` is `FOREIGN` across languages."""

    base: str
    kind: str
    answerable: bool
    question: str
    language: str
    features: tuple[float, ...]


class Bench:
    """One corpus with what is needed to pretend that documents are not there."""

    def __init__(self, corpus: Corpus, embedder: Embedder, general: Array) -> None:
        self.corpus = corpus
        self._embedder = embedder
        self._general = general
        self._loaded = corpus.search.vectors.load(corpus.base, embedder.key)
        chunks = corpus.search.store.chunks(corpus.base, self._loaded.rows.tolist())
        self.files = [Path(chunks[int(row)].file).name for row in self._loaded.rows]

    def row(
        self, kind: str, answerable: bool, question: str, only: set[str] | None = None
    ) -> Row:
        """Return what one search in a base of `only` these files tells."""
        only = set(self.files) if only is None else only
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
        found = features(
            replace(look.question, background=background),
            look.refined(ordered[:REFINED]),
        )
        language = language_of(look.question)
        return Row(self.corpus.name, kind, answerable, question, language, found)


def language_of(question: Question) -> str:
    """Return the key of the threshold that a question is judged by."""
    return FOREIGN if question.foreign else question.language


def rows(benches: dict[str, Bench], data: Path) -> Iterator[Row]:
    """Yield all rows."""
    rng = random.Random(7)
    pick = {}
    for name in ("laws", "laws-large", "xquad-de", "xquad-en", "xquad-tr"):
        lines = (data / f"{name}.jsonl").read_text("utf-8").splitlines()
        found = [json.loads(line) for line in lines if line.strip()]
        pick[name] = rng.sample(found, min(_MOST, len(found)))
    lines = (QUESTIONS / "laws-large-own.jsonl").read_text("utf-8").splitlines()
    pick["laws-large-own"] = [json.loads(line) for line in lines]
    for name, bench in benches.items():
        yield from _own(bench, pick[name], rng)
        others = ["laws-large", "laws-large-own"]
        others += ["laws"] if name != "laws" else ["xquad-de", "xquad-en", "xquad-tr"]
        for other in others:
            few = pick[other] if other.startswith("laws") else pick[other][:_FEW]
            for row in few:
                yield bench.row(f"{name}: {other}", False, row["question"])
    if "xquad-de" in benches:
        yield from _across(benches["xquad-de"], pick)


def _own(
    bench: Bench, asked: list[dict[str, Any]], rng: random.Random
) -> Iterator[Row]:
    name, every = bench.corpus.name, set(bench.files)
    for row in asked:
        text, file = row["question"], row["file"]
        yield bench.row(f"{name}: own", True, text)
        yield bench.row(f"{name}: own, small base", True, text, {file})
        if name != "laws":
            few = set(rng.sample(sorted(every - {file}), 3))
            yield bench.row(f"{name}: document away", False, text, every - {file})
            yield bench.row(f"{name}: away, small base", False, text, few)


def _across(bench: Bench, pick: dict[str, list[dict[str, Any]]]) -> Iterator[Row]:
    every = set(bench.files)
    for name, language in (("xquad-en", "English"), ("xquad-tr", "Turkish")):
        for row in pick[name][:_FEW]:
            text, kind = row["question"], f"{language} on German"
            yield bench.row(f"{kind}: own", True, text)
            yield bench.row(f"{kind}: away", False, text, every - {row["file"]})


def fit(x: Array, y: Array, weights: Array) -> Array:
    """Return weights and bias of a logistic regression (Newton's method, small ridge).

    It is fitted on equal scales and returned for the features as they are.
    """
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-9
    design = numpy.hstack([(x - mean) / deviation, numpy.ones((len(x), 1))])
    beta = numpy.zeros(design.shape[1])
    ridge = _RIDGE * numpy.eye(len(beta))
    for _ in range(60):
        p = 1 / (1 + numpy.exp(-numpy.clip(design @ beta, -30, 30)))
        gradient = design.T @ (weights * (y - p)) - ridge @ beta
        slope = (design * (weights * p * (1 - p))[:, None]).T @ design
        beta += numpy.linalg.solve(slope + ridge, gradient)
    own = beta[:-1] / deviation
    return numpy.append(own, beta[-1] - own @ mean)


def sure(beta: Array, x: Array) -> Array:
    """Return the confidence for each row of features."""
    return 1 / (1 + numpy.exp(-numpy.clip(x @ beta[:-1] + beta[-1], -30, 30)))


class Fitting:
    """All rows as arrays, weighted."""

    def __init__(self, found: list[Row]) -> None:
        self.x = numpy.array([[row.features[n] for n in _FITTED] for row in found])
        self.y = numpy.array([float(row.answerable) for row in found])
        self.kinds = numpy.array([f"{row.kind} {row.answerable}" for row in found])
        known = [r.language if r.language in _LANGUAGES else "" for r in found]
        homes = ["de" if r.base in ("laws", "xquad-de") else r.base[-2:] for r in found]
        self.languages = numpy.array(
            [language or home for language, home in zip(known, homes, strict=True)]
        )
        self.questions = numpy.array([row.question for row in found])
        self.weights = self._weighted()

    def _weighted(self) -> Array:
        weights = numpy.zeros(len(self.y))
        for language in sorted(set(self.languages)):
            for answerable in (0.0, 1.0):
                here = (self.languages == language) & (self.y == answerable)
                kinds = sorted(set(self.kinds[here]))
                for kind in kinds:
                    chosen = here & (self.kinds == kind)
                    weights[chosen] = 50 / len(kinds) / chosen.sum()
        return weights

    def judged_by_others(self, seed: int) -> Array:
        """Return each row's confidence by a fit that never saw its question."""
        rng = numpy.random.RandomState(seed)
        names = numpy.unique(self.questions)
        part = dict(zip(names, rng.randint(0, _PARTS, len(names)), strict=True))
        parts = numpy.array([part[question] for question in self.questions])
        result = numpy.zeros(len(self.y))
        for number in range(_PARTS):
            own = parts == number
            beta = fit(self.x[~own], self.y[~own], self.weights[~own])
            result[own] = sure(beta, self.x[own])
        return result

    def threshold(self, language: str, judged: list[Array]) -> float:
        """Return where answerable and unanswerable questions are equally often right."""
        here = (self.languages == language) if language else self.y >= 0

        def right(limit: float) -> float:
            shares = []
            for answerable in (0.0, 1.0):
                chosen = here & (self.y == answerable)
                whole = self.weights[chosen].sum() * len(judged)
                good = [((s[chosen] >= limit) == bool(answerable)) for s in judged]
                shares.append(
                    sum((self.weights[chosen] * g).sum() for g in good) / whole
                )
            return float(min(shares))

        limits = numpy.linspace(0.01, 0.99, 197)
        shares = numpy.array([right(limit) for limit in limits])
        return float(numpy.median(limits[shares >= shares.max() - 0.003]))


def general_background(corpora: list[Corpus], embedder: Embedder) -> Array:
    """Return the mean vector over all corpora, each counting the same."""
    means = [
        c.search.vectors.load(c.base, embedder.key).vectors.mean(axis=0)
        for c in corpora
    ]
    return numpy.mean(means, axis=0)


def fitted(
    found: list[Row], key: str, general: Array, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """Return the calibration of an embedder; tell how often it is right."""
    fitting = Fitting(found)
    judged = [fitting.judged_by_others(seed) for seed in range(_ROUNDS)]
    beta = fit(fitting.x, fitting.y, fitting.weights)
    thresholds = {
        language: fitting.threshold(language, judged) for language in _LANGUAGES
    }
    limits = numpy.array([thresholds[language] for language in fitting.languages])
    say("| kind | questions | answered |\n|---|---|---|")
    for kind in sorted(set(fitting.kinds)):
        chosen = fitting.kinds == kind
        share = numpy.mean([(s[chosen] >= limits[chosen]).mean() for s in judged])
        say(f"| {kind.rsplit(' ', 1)[0]} | {chosen.sum()} | {share:.3f} |")
    width = len(found[0].features)
    weights = dict(zip(_FITTED, beta[:-1], strict=True))
    return {
        "embedder": EMBEDDER,
        "sha256": key,
        "weights": [round(float(weights.get(n, 0.0)), 4) for n in range(width)],
        "bias": round(float(beta[-1]), 4),
        "threshold": round(fitting.threshold("", judged), 4),
        "thresholds": {name: round(value, 4) for name, value in thresholds.items()},
        "background": [round(float(value), 5) for value in general],
    }


def main() -> int:
    """Measure, fit, report; `--write` saves the calibration."""
    parser = arguments(__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    embedder = open_model()
    corpora = [open_corpus(name, options) for name in options.corpora]
    general = general_background(corpora, embedder)
    benches = {c.name: Bench(c, embedder, general) for c in corpora}
    result = fitted(list(rows(benches, options.data)), embedder.key, general)
    print({key: value for key, value in result.items() if key != "background"})
    if options.write:
        _TARGET.parent.mkdir(parents=True, exist_ok=True)
        _TARGET.write_text(json.dumps(result) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
