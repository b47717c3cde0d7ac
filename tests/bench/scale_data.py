"""A large base that behaves like a real one: its words, its vectors, its documents.

Words are drawn as often as they occur in the real corpora (so they follow Zipf's law,
stop words and all), a third of them from the few words of a document's topic; new
compounds keep appearing, as they do in a growing collection. Vectors are unit vectors
around topics that all lie near a common direction, as those of real embedders do.
Everything goes through the tables of `Store`, in few large transactions.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
from numpy.typing import NDArray

from app.database import open_database, transaction
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.values.bases import Base
from app.values.documents import Chunk, ExtractedDocument

BASE = "large"
EMBEDDER = "synthetic"
DIMENSIONS = 384
CHUNKS_A_DOCUMENT = 20
_WORDS_A_SENTENCE = 15
_SENTENCES = 8
_DOCUMENTS_A_WRITE = 500
_TOPIC_WORDS = 60
_NEW_COMPOUND_SHARE = 0.004


@dataclass(frozen=True, slots=True)
class Questions:
    """Real questions, each with a vector near one of the base's chunks."""

    texts: list[str]
    vectors: NDArray[numpy.float32]


class EmbedderOfQuestions:
    """An Embedder that knows the questions' vectors: searching is measured, not it."""

    key = EMBEDDER
    dimensions = DIMENSIONS

    def __init__(self, questions: Questions) -> None:
        self._known = dict(zip(questions.texts, questions.vectors, strict=True))
        self._random = numpy.random.default_rng(3)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[numpy.float32]:
        return numpy.stack([self._known[self._asked(text)] for text in texts])

    def _asked(self, text: str) -> str:
        """Return the question; the search may have added words to it."""
        if text in self._known:
            return text
        return max((q for q in self._known if text.startswith(q)), key=len)

    def embed_passages(
        self, texts: Sequence[str], stop: object = None
    ) -> NDArray[numpy.float32]:
        vectors = self._random.standard_normal((len(texts), DIMENSIONS), "float32")
        return unit(vectors)


def unit(vectors: NDArray[numpy.float32]) -> NDArray[numpy.float32]:
    """Return the rows with length 1."""
    lengths = numpy.linalg.norm(vectors, axis=1, keepdims=True)
    return numpy.asarray(vectors / lengths, dtype=numpy.float32)


class Vocabulary:
    """The words of the real corpora, drawn as often as they occur there."""

    def __init__(self, data: Path, random: numpy.random.Generator) -> None:
        counts: Counter[str] = Counter()
        for file in sorted(data.glob("*-de/*")) + sorted(data.glob("laws*/*")):
            counts.update(re.findall(r"\w+", file.read_text("utf-8")))
        self.words = list(counts)
        shares = numpy.array(list(counts.values()), dtype=float)
        self._steps = numpy.cumsum(shares / shares.sum())
        flat = numpy.sqrt(shares)
        self._flat_steps = numpy.cumsum(flat / flat.sum())
        self._random = random

    def draw(self, count: int, flat: bool = False) -> NDArray[numpy.int64]:
        """Return places of words; `flat` takes rarer ones more often."""
        steps = self._flat_steps if flat else self._steps
        places = numpy.searchsorted(steps, self._random.random(count))
        return numpy.minimum(places, len(self.words) - 1)


def build(file: Path, data: Path, chunks: int) -> None:
    """Make a base of so many chunks in a new database."""
    random = numpy.random.default_rng(1)
    vocabulary = Vocabulary(data, random)
    store = Store(open_database(file, MIGRATIONS))
    base = store.create_base(BASE, EMBEDDER)
    documents = chunks // CHUNKS_A_DOCUMENT
    topics = max(50, documents // 10)
    centres = _centres(topics, random)
    words_of = vocabulary.draw(topics * _TOPIC_WORDS, flat=True).reshape(topics, -1)
    for start in range(0, documents, _DOCUMENTS_A_WRITE):
        with transaction(store.connection):
            for number in range(start, min(start + _DOCUMENTS_A_WRITE, documents)):
                topic = int(random.integers(topics))
                texts = list(_texts(vocabulary, words_of[topic], random))
                vectors = _around(centres[topic], len(texts), random)
                _store(store, base, number, texts, vectors)
    store.connection.execute("UPDATE documents SET learned = 1")
    store.connection.pragma("wal_checkpoint", "TRUNCATE")
    store.connection.close()


def read_questions(data: Path, store: Store, count: int) -> Questions:
    """Return real questions with vectors near chunks from all over the base."""
    random = numpy.random.default_rng(2)
    texts: dict[str, None] = {}
    for name in ("laws", "xquad-de"):
        for line in (data / f"{name}.jsonl").read_text("utf-8").splitlines():
            texts.setdefault(json.loads(line)["question"])
    chosen = list(texts)[:: max(1, len(texts) // count)][:count]
    ids = [row[0] for row in store.connection.execute("SELECT max(id) FROM chunks")]
    wanted = random.integers(1, ids[0] + 1, len(chosen))
    rows = [
        next(
            iter(
                store.connection.execute(
                    "SELECT vector FROM vectors WHERE chunk_id = ?", (int(id_),)
                )
            )
        )[0]
        for id_ in wanted
    ]
    near = numpy.stack([numpy.frombuffer(row, "<f2") for row in rows])
    noise = random.standard_normal(near.shape, "float32") * (0.35 / DIMENSIONS**0.5)
    return Questions(chosen, unit(near.astype(numpy.float32) + noise))


def _centres(topics: int, random: numpy.random.Generator) -> NDArray[numpy.float32]:
    common = unit(random.standard_normal((1, DIMENSIONS), "float32"))
    own = unit(random.standard_normal((topics, DIMENSIONS), "float32"))
    return unit(0.88 * common + 0.37 * own)


def _around(
    centre: NDArray[numpy.float32], count: int, random: numpy.random.Generator
) -> NDArray[numpy.float32]:
    noise = unit(random.standard_normal((count, DIMENSIONS), "float32"))
    return unit(centre + 0.3 * noise)


def _texts(
    vocabulary: Vocabulary,
    topic: NDArray[numpy.int64],
    random: numpy.random.Generator,
) -> Iterator[str]:
    size = _SENTENCES * _WORDS_A_SENTENCE
    places = vocabulary.draw(size * CHUNKS_A_DOCUMENT).reshape(-1, size)
    on_topic = random.random(places.shape) < 0.3
    places[on_topic] = random.choice(topic, int(on_topic.sum()))
    new = random.random(places.shape) < _NEW_COMPOUND_SHARE
    others = vocabulary.draw(size, flat=True)
    for row, fresh in zip(places, new, strict=True):
        words = [vocabulary.words[place] for place in row]
        for place in numpy.flatnonzero(fresh):
            words[place] += vocabulary.words[others[place]].lower()
        yield " ".join(
            " ".join(words[start : start + _WORDS_A_SENTENCE]).capitalize() + "."
            for start in range(0, size, _WORDS_A_SENTENCE)
        )


def _store(
    store: Store,
    base: Base,
    number: int,
    texts: Sequence[str],
    vectors: NDArray[numpy.float32],
) -> None:
    chunks, start = [], 0
    for ordinal, text in enumerate(texts):
        chunks.append(Chunk(ordinal, start, start + len(text), text, None, "", "de"))
        start += len(text) + 2
    document = ExtractedDocument("\n\n".join(texts), format="text")
    content = store.add_content(f"{number:064x}", document, "de", chunks)
    store._point_to(base, f"/large/{number:07}.txt", content, start, 1)
    ids = [row[0] for row in store.content_chunks(content)]
    store.connection.executemany(
        "INSERT INTO vectors(chunk_id, embedder, vector) VALUES(?, ?, ?)",
        [
            (id_, EMBEDDER, vector.tobytes())
            for id_, vector in zip(ids, vectors.astype("<f2"), strict=True)
        ],
    )
