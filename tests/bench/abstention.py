"""Tell how often it is judged rightly whether the documents answer.

200 questions that they answer, 200 that they do not.

    python -m tests.bench.abstention [--data DIR] [--work DIR] [--write]

`questions/abstention.jsonl` (CC0): German, English, Turkish and some other languages; what
is not answered asks in the same manner about other things. Nothing is fitted to them
(`calibrate.py`). Across languages: the question is in another one than the documents.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Any

from app import words
from app.catalogue.cards import read_calibrations
from app.paths import cards_dir
from app.values.ports import Embedder
from tests.bench.corpora import (
    EMBEDDER,
    Corpus,
    arguments,
    open_corpus,
    open_model,
)
from tests.bench.everyday import QUESTIONS
from tests.bench.table import Row, save

_MARK = 0.9
_HOMES = {"xquad-en": "en", "xquad-tr": "tr"}
_NAMES = {"de": "German", "en": "English", "tr": "Turkish", "": "across languages"}


def main() -> int:
    """Print for each corpus and language how many questions were judged rightly."""
    parser = arguments((__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    embedder = open_model()
    lines = (QUESTIONS / "abstention.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    number: Counter[tuple[str, bool]] = Counter()
    right: Counter[tuple[str, bool]] = Counter()
    for name in options.corpora:
        asked = [row for row in rows if row["base"] == name]
        _count(open_corpus(name, options), embedder, asked, number, right)
    whole = sum(number["all", kind] for kind in (True, False)) == len(rows)
    table = [_row(key, number, right, whole) for key in _order(number)]
    return save(
        "abstention", "Answered, or honestly not", table, options.write and whole
    )


def _count(
    corpus: Corpus,
    embedder: Embedder,
    rows: list[dict[str, Any]],
    number: Counter[tuple[str, bool]],
    right: Counter[tuple[str, bool]],
) -> None:
    calibration = read_calibrations(cards_dir()).get(EMBEDDER)
    for row in rows:
        found = corpus.search.search(
            corpus.base,
            row["question"],
            8,
            "hybrid",
            embedder,
            calibration,
            sentence_count=0,
        )
        kind = bool(row["answerable"])
        home = _HOMES.get(corpus.name, "de")
        language = words.guess_language(row["question"], home)
        spoken = _NAMES[language if language == home else ""]
        for key in ((corpus.name, kind), (spoken, kind), ("all", kind)):
            number[key] += 1
            right[key] += found.answerable is kind


def _order(number: Counter[tuple[str, bool]]) -> list[tuple[str, bool]]:
    names = ["all", *_NAMES.values()]
    names += sorted({name for name, _ in number} - set(names))
    keys = [(name, kind) for name in names for kind in (True, False)]
    return [key for key in keys if number[key]]


def _row(
    key: tuple[str, bool],
    number: Counter[tuple[str, bool]],
    right: Counter[tuple[str, bool]],
    whole: bool,
) -> Row:
    name, answerable = key
    share = right[key] / number[key]
    what = "answered" if answerable else "not answered"
    marked = whole and name == "all"
    return Row(
        f"{name}: {number[key]} questions that should be {what}",
        f"{share:.3f}",
        f"≥ {_MARK:.2f}" if marked else "",
        share >= _MARK if marked else None,
    )


if __name__ == "__main__":
    sys.exit(main())
