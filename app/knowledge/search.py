"""Question → passages: both searches, fused, cleaned, with their best sentences."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy

from app import words
from app.chunking import sentence_spans
from app.index.store import Store
from app.index.vector_index import VectorIndex
from app.index.word_index import WordIndex
from app.knowledge.ingest import passage_text
from app.retrieval.candidates import Candidate, Question, with_terms
from app.retrieval.confidence import WORDS_ONLY, confidence
from app.retrieval.evidence import best_sentences, sentences_of
from app.retrieval.fuse import fuse
from app.retrieval.passages import joined_neighbours, without_twins
from app.values.bases import Base
from app.values.cards import Calibration
from app.values.passages import Passage, SearchResult, Sentence
from app.values.ports import Embedder, Vectors, VectorStore

_DEPTH = 60


class BaseSearch:
    """Searches bases; one thread uses one BaseSearch."""

    def __init__(self, store: Store, vectors: VectorIndex) -> None:
        self._store = store
        self._vectors = vectors

    def search(
        self,
        base: Base,
        query: str,
        top_k: int,
        mode: str,
        embedder: Embedder | None,
        calibration: Calibration | None,
        cache: VectorStore | None = None,
        sentence_count: int = 3,
    ) -> SearchResult:
        """Return the best passages of a base for a question.

        `cache` answers for the vectors of a large base; without it the search is
        exact. Without `embedder`, or while nothing is embedded yet, words alone answer.
        """
        started = time.monotonic()
        index = WordIndex(self._store.connection, base.id)
        vector = None
        if embedder is not None and mode != "words":
            vector = embedder.embed_queries([query])[0]
            if not len(self._vectors.load(base, embedder.key).rows):
                vector = None
        question = self._question(base, query, index, embedder, vector)
        candidates = self._candidates(
            base, question, index, embedder, vector, mode, cache
        )
        ordered = fuse(question, candidates)
        sure = confidence(
            question,
            ordered,
            calibration if vector is not None and calibration else WORDS_ONLY,
        )
        threshold = (
            calibration if vector is not None and calibration else WORDS_ONLY
        ).threshold
        chosen = joined_neighbours(
            without_twins(ordered[: top_k * 3])[: top_k + 4], self._text_of
        )
        passages = tuple(
            _passage(rank, candidate)
            for rank, candidate in enumerate(chosen[:top_k], 1)
        )
        sentences = self._sentences(
            question,
            passages,
            {rank: c.language for rank, c in enumerate(chosen, 1)},
            index,
            embedder if vector is not None else None,
            vector,
            sentence_count,
        )
        return SearchResult(
            query=query,
            passages=passages,
            sentences=sentences,
            confidence=round(sure, 4),
            answerable=bool(passages) and sure >= threshold,
            mode=mode if vector is not None else "words",
            elapsed_ms=round((time.monotonic() - started) * 1000, 2),
        )

    def _question(
        self,
        base: Base,
        query: str,
        index: WordIndex,
        embedder: Embedder | None,
        vector: Vectors | None,
    ) -> Question:
        languages = self._store.chunk_languages(base)
        groups = index.expand(words.query_terms(query, languages))
        frequencies = index.frequencies(groups)
        background: tuple[float, float] | tuple[()] = ()
        if vector is not None and embedder is not None:
            scores = self._vectors.background(base, embedder.key, vector)
            background = (float(numpy.mean(scores)), float(numpy.std(scores)))
        return Question(
            text=query,
            groups=tuple(groups),
            rarities=tuple(index.rarities(frequencies)),
            known=tuple(count > 0 for count in frequencies),
            background=background,
        )

    def _candidates(
        self,
        base: Base,
        question: Question,
        index: WordIndex,
        embedder: Embedder | None,
        vector: Vectors | None,
        mode: str,
        cache: VectorStore | None,
    ) -> list[Candidate]:
        by_words: dict[int, float] = {}
        if mode != "vectors":
            hits = index.search(question.groups)
            by_words = {hit.chunk_id: hit.score for hit in hits}
        ids = list(by_words)[:_DEPTH]
        cosines: dict[int, float] = {}
        if vector is not None and embedder is not None:
            nearest = (
                cache.search(vector, _DEPTH)
                if cache is not None
                else self._vectors.search(base, embedder.key, vector, _DEPTH)
            )
            ids = list(dict.fromkeys([*ids, *(id_ for id_, _ in nearest)]))
            cosines = self._vectors.cosines(base, embedder.key, vector, ids)
        stored = self._store.chunks(base, ids)
        candidates = [
            Candidate(
                chunk_id=id_,
                document_id=found.document_id,
                content_id=found.content_id,
                file=found.file,
                ordinal=found.chunk.ordinal,
                start=found.chunk.start,
                end=found.chunk.end,
                text=found.chunk.text,
                page=found.chunk.page,
                heading=found.chunk.heading,
                language=found.chunk.language,
                bm25=by_words.get(id_, 0.0),
                cosine=cosines.get(id_),
            )
            for id_ in ids
            if (found := stored.get(id_)) is not None
        ]
        return with_terms(candidates, index.compounds())

    def _sentences(
        self,
        question: Question,
        passages: Sequence[Passage],
        languages: dict[int, str],
        index: WordIndex,
        embedder: Embedder | None,
        vector: Vectors | None,
        count: int,
    ) -> tuple[Sentence, ...]:
        if not count:
            return ()
        sentences = sentences_of(passages, sentence_spans)
        closeness = None
        if embedder is not None and vector is not None and sentences:
            headings = {passage.rank: passage.heading for passage in passages}
            texts = [passage_text(headings[s.passage], s.text) for s in sentences]
            closeness = (embedder.embed_passages(texts) @ vector).tolist()
        return best_sentences(
            question,
            passages,
            sentences,
            closeness,
            languages,
            index.compounds(),
            count,
        )

    def _text_of(self, document_id: int, start: int, end: int) -> str:
        _, document = self._store.document_text(document_id)
        return document.text[start:end]


def _passage(rank: int, candidate: Candidate) -> Passage:
    return Passage(
        rank=rank,
        score=round(candidate.score, 4),
        file=candidate.file,
        page=candidate.page,
        start=candidate.start,
        end=candidate.end,
        heading=candidate.heading,
        text=candidate.text,
        document_id=candidate.document_id,
    )
