"""The corpora of the benchmarks: questions with their passages, indexed once.

A corpus is `NAME.jsonl` (id, question, file, gold, answers) beside a folder `NAME` of
documents. Where they lie is told by `--data`; indexed bases are kept in `--work`.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app import paths
from app.catalogue.store import ModelStore
from app.database import open_database
from app.embedding import open_embedder
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.index.vector_index import VectorIndex
from app.inference.hardware import physical_cores
from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.knowledge.search import BaseSearch
from app.values.bases import Base
from app.values.cards import InstalledModel
from app.values.ports import Embedder

BASE = "bench"
EMBEDDER = "multilingual-e5-small"
DATA = Path(__file__).parents[3] / "shared" / "data" / "retrieval"
NAMES = ("xquad-de", "xquad-en", "xquad-tr", "laws")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Questions and an open, indexed base."""

    name: str
    folder: Path
    questions: list[dict[str, Any]]
    base: Base
    search: BaseSearch


def arguments(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options all benchmarks share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--work", type=Path, default=Path("build/bench"))
    parser.add_argument("--corpora", nargs="+", default=list(NAMES))
    return parser


def installed(id_: str = EMBEDDER) -> InstalledModel:
    """Return an installed model."""
    store = ModelStore(paths.cards_dir(), paths.models_dir(), paths.shared_models_dir())
    return store.need(id_)


def open_model() -> Embedder:
    """Return the embedder of the benchmarks."""
    return open_embedder(installed(), max(1, physical_cores() - 1))


def open_corpus(name: str, options: argparse.Namespace) -> Corpus:
    """Index a corpus if that was not done yet, and open it."""
    folder = options.data / name
    file = options.work / name / "knowledge.db"
    config = IndexConfig(file, file.parent / "index", (installed(),))
    knowledge = Knowledge(config)
    try:
        knowledge.create(BASE, EMBEDDER, exist_ok=True)
        for _ in knowledge.add(BASE, (str(folder.absolute()),)):
            pass
    finally:
        knowledge.close()
    store = Store(open_database(file, MIGRATIONS))
    lines = (options.data / f"{name}.jsonl").read_text("utf-8").splitlines()
    return Corpus(
        name,
        folder,
        [json.loads(line) for line in lines if line.strip()],
        store.base(BASE),
        BaseSearch(store, VectorIndex(store.connection)),
    )
