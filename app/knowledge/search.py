"""Question → passages: both searches, fused, cleaned, with their best sentences."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, islice

import numpy

from app import words
from app.database import change_version
from app.errors import UsageError
from app.i18n import N_
from app.index.closeness import closeness
from app.index.store import Store
from app.index.vector_index import VectorIndex
from app.index.word_index import WordIndex
from app.knowledge.ingest import passage_text
from app.knowledge.reranking import SecondLook
from app.knowledge.tables import TableAnswers
from app.retrieval.candidates import (
    Candidate,
    Compounds,
    PassageTerms,
    Question,
    expanded_terms,
)
from app.retrieval.confidence import (
    WORDS_ONLY,
    blended_background,
    confidence,
    threshold,
)
from app.retrieval.everyday import in_writing, written_words
from app.retrieval.evidence import best_sentences, sentences_of, spans_of
from app.retrieval.fuse import REFINED, Scale, fuse, scale_of
from app.retrieval.lookups import lookup_of, with_named_first
from app.retrieval.passages import (
    REACH,
    Said,
    elsewhere,
    grown,
    joined_neighbours,
    without_twins,
)
from app.sentences import sentence_spans
from app.values.bases import Base
from app.values.cards import Calibration
from app.values.passages import Elsewhere, Passage, SearchResult, Sentence
from app.values.ports import Embedder, Vectors, VectorStore

# A passage is cut into sentences to find its best, for evidence and for comparing.
_spans = lru_cache(256)(sentence_spans)

_DEPTH = 60
_REMEMBERED = 20_000


class BaseSearch:
    """Searches bases; one thread uses one BaseSearch.

    Vectors of sentences are made when a passage is looked at closely, and remembered.
    """

    def __init__(self, store: Store, vectors: VectorIndex) -> None:
        self.store = store
        self.vectors = vectors
        self._compounds: tuple[int, tuple[int, int], Compounds] | None = None
        self._sentence_vectors: OrderedDict[tuple[str, str], Vectors] = OrderedDict()
        self._within: tuple[object, list[int]] | None = None
        self._tables = TableAnswers(store)

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
        documents: tuple[str, ...] = (),
        second: SecondLook | None = None,
    ) -> SearchResult:
        """Return the best passages of a base, or of some documents, for a question.

        `cache` answers for the vectors of a large base; without it the search is
        exact. Without `embedder`, or while nothing is embedded yet, words alone answer.
        `second` reranks what was found, unless the question names its section.
        """
        started = time.monotonic()
        look = self.look(base, query, mode, embedder, cache, calibration, documents)
        question, ordered = look.question, look.ordered()
        used = calibration if look.vector is not None and calibration else WORDS_ONLY
        sure, enough = confidence(question, ordered, used), threshold(question, used)
        if look.found_place:
            sure = max(sure, enough)
        elif second is not None:
            ordered = second.order(query, ordered)
        chosen = self._chosen(ordered, top_k)
        also = self._elsewhere(base, chosen, ordered, documents)
        passages = tuple(
            _passage(rank, candidate, places)
            for rank, (candidate, places) in enumerate(
                zip(chosen, also, strict=True), 1
            )
        )
        return SearchResult(
            query=query,
            passages=passages,
            sentences=look.evidence(passages, chosen, sentence_count),
            confidence=round(sure, 4),
            answerable=bool(passages) and sure >= enough,
            mode=mode if look.vector is not None else "words",
            computed=self._tables.answer(base, query, passages, documents),
            elapsed_ms=round((time.monotonic() - started) * 1000, 2),
        )

    def look(
        self,
        base: Base,
        query: str,
        mode: str,
        embedder: Embedder | None,
        cache: VectorStore | None = None,
        calibration: Calibration | None = None,
        documents: tuple[str, ...] = (),
    ) -> Look:
        """Return one search, step by step."""
        return Look(self, base, query, mode, embedder, cache, calibration, documents)

    def within(self, base: Base, documents: tuple[str, ...]) -> list[int] | None:
        """Return the chunks of these documents, remembered; None for the whole base.

        Raises UsageError when none of them is there any more.
        """
        if not documents:
            return None
        asked = (base.id, documents, change_version(self.store.connection))
        if self._within is None or self._within[0] != asked:
            self._within = (asked, self.store.chunk_ids(base, documents))
        if not self._within[1]:
            raise UsageError(
                N_("None of the chosen documents can be searched any more."),
                N_("Choose other documents, or ask the whole collection."),
            )
        return self._within[1]

    def compounds(self, base: Base) -> Compounds:
        """Return the base's split compounds, read again when the database changed."""
        version = change_version(self.store.connection)
        if self._compounds is None or self._compounds[:2] != (base.id, version):
            index = WordIndex(self.store.connection, base.id)
            self._compounds = (base.id, version, Compounds(index.compounds()))
        return self._compounds[2]

    def sentence_vectors(self, embedder: Embedder, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text, from memory where it was seen before."""
        known = self._sentence_vectors
        fresh = list(
            dict.fromkeys(text for text in texts if (embedder.key, text) not in known)
        )
        if fresh:
            for text, vector in zip(fresh, embedder.embed_passages(fresh), strict=True):
                known[embedder.key, text] = vector
        result: Vectors = numpy.stack([known[embedder.key, text] for text in texts])
        while len(known) > _REMEMBERED:
            known.popitem(last=False)
        return result

    def _chosen(self, ordered: Sequence[Candidate], top_k: int) -> list[Candidate]:
        """Return what is shown: no twins, neighbours joined, sections kept together."""
        distinct = without_twins(ordered[: top_k * 3])
        scores = {(c.content_id, c.start): c.score for c in ordered}
        first = list(islice(distinct, top_k + 4))
        every = chain(joined_neighbours(first, self._text_of), distinct)
        return grown(every, scores, self._section_of, self._text_of, top_k)

    def _elsewhere(
        self,
        base: Base,
        chosen: Sequence[Candidate],
        ordered: Sequence[Candidate],
        documents: tuple[str, ...],
    ) -> list[tuple[Elsewhere, ...]]:
        """Return for each chosen passage the other files in which it stands."""
        contents = (candidate.content_id for candidate in [*chosen, *ordered])
        sharers = self.store.sharers(base, contents, documents)
        # What says the same was found as well: it stands beside what is shown.
        said = Said(ordered[:_DEPTH], _spans)
        return [elsewhere(c, said, sharers) for c in chosen]

    def _section_of(self, candidate: Candidate) -> list[tuple[int, int, str]]:
        if not candidate.heading:
            return []
        store = self.store
        return store.section_around(candidate.content_id, candidate.ordinal, REACH)

    def _text_of(self, document_id: int, start: int, end: int) -> str:
        _, document = self.store.document_text(document_id)
        return document.text[start:end]


class Look:
    """One search: what is known of the question and of the candidates so far."""

    def __init__(
        self,
        searcher: BaseSearch,
        base: Base,
        query: str,
        mode: str,
        embedder: Embedder | None,
        cache: VectorStore | None,
        calibration: Calibration | None,
        documents: tuple[str, ...] = (),
    ) -> None:
        self._calibration = calibration
        self._documents = documents
        self._within = searcher.within(base, documents)
        self._searcher = searcher
        self._store = searcher.store
        self._vectors = searcher.vectors
        self._base = base
        self._mode = mode
        self._cache = cache
        self._index = WordIndex(self._store.connection, base.id)
        self._compounds = searcher.compounds(base)
        self._languages = self._store.chunk_languages(base, documents)
        usual = "de" if self._languages[:1] == ["de"] else ""
        self._is_german = words.guess_language(query, usual) == "de"
        self._lookup = lookup_of(query)
        self.found_place = False
        self.vector: Vectors | None = None
        self._embedder: Embedder | None = None
        usable = embedder if mode != "words" else None
        if usable and len(self._vectors.load(base, usable.key).rows):
            self._embedder = usable
            said = in_writing(query) if self._is_german else query
            self.vector = usable.embed_queries([said])[0]
        self.question = self._question(query)

    def ordered(self) -> list[Candidate]:
        """Return the candidates, fused and looked at closely, best first.

        Sets `found_place`: whether the section that the question names is the first.
        """
        found = self.candidates()
        scale = scale_of(self.question, found)
        ordered = fuse(self.question, found, scale=scale)
        if self._mode == "hybrid" and self.vector is not None:
            ordered = self.refined(ordered, scale)
        if self._lookup:
            ordered, self.found_place = with_named_first(self._lookup, ordered)
        return ordered

    def refined(self, ordered: Sequence[Candidate], scale: Scale) -> list[Candidate]:
        """Return the candidates with the first of them looked at sentence by sentence."""
        closely = self.with_closest(ordered[:REFINED])
        return [*fuse(self.question, closely, scale=scale), *ordered[REFINED:]]

    def evidence(
        self, passages: Sequence[Passage], chosen: Sequence[Candidate], count: int
    ) -> tuple[Sentence, ...]:
        """Return the sentences that speak most to the question."""
        sentences = (
            sentences_of(passages, _spans, telling=self._telling) if count else []
        )
        if not sentences:
            return ()
        cosines = None
        if self._embedder is not None and self.vector is not None:
            headings = {passage.rank: passage.heading for passage in passages}
            texts = [passage_text(headings[s.passage], s.text) for s in sentences]
            vectors = self._searcher.sentence_vectors(self._embedder, texts)
            cosines = closeness(vectors, self.vector).tolist()
        return best_sentences(
            self.question,
            passages,
            sentences,
            cosines,
            {rank: c.language for rank, c in enumerate(chosen, 1)},
            self._compounds,
            count,
        )

    def _question(self, query: str) -> Question:
        languages = self._languages
        if self._is_german:
            terms = words.query_terms(query, languages, written_words)
        else:
            terms = words.query_terms(query, languages)
        groups = self._index.expand(terms, self._compounds)
        frequencies = self._index.frequencies(groups)
        return Question(
            text=query,
            groups=tuple(groups),
            rarities=tuple(self._index.rarities(frequencies)),
            known=self._known(groups, frequencies),
            background=self._background(),
            foreign=self.vector is not None
            and words.guess_language(query) not in {"", *languages},
            language=words.guess_language(query, languages[0] if languages else ""),
        )

    def _known(
        self, groups: Sequence[Sequence[str]], frequencies: Sequence[int]
    ) -> tuple[bool, ...]:
        """Tell which words of the question occur in what is asked.

        Rare is what is rare in the whole base; known is only what these documents say.
        """
        if self._within is None:
            return tuple(count > 0 for count in frequencies)
        return tuple(self._index.occur(groups, self._within))

    def _background(self) -> float:
        if self.vector is None or self._embedder is None:
            return 0.0
        loaded = self._vectors.load(self._base, self._embedder.key)
        mean = loaded.background(self.vector)
        if self._calibration is None or not self._calibration.background:
            return mean
        general = float(self.vector @ numpy.array(self._calibration.background))
        return blended_background(mean, len(loaded), general)

    def candidates(self) -> list[Candidate]:
        """Return what words and vectors found, in no particular order."""
        by_words: dict[int, float] = {}
        if self._mode != "vectors":
            hits = self._index.search(self.question.groups, within=self._within)
            by_words = {hit.chunk_id: hit.score for hit in hits}
        ids = list(by_words)[:_DEPTH]
        if self._lookup:
            named = self._index.holding(self._lookup.terms, within=self._within)
            ids = list(dict.fromkeys([*ids, *named]))
        cosines: dict[int, float] = {}
        if self.vector is not None and self._embedder is not None:
            key = self._embedder.key
            nearest = self._nearest(key, self.vector)
            ids = list(dict.fromkeys([*ids, *(id_ for id_, _ in nearest)]))
            cosines = self._vectors.cosines(self._base, key, self.vector, ids)
        stored = self._store.chunks(self._base, ids, self._documents)
        return [
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
                place=found.chunk.place,
                bm25=by_words.get(id_, 0.0),
                cosine=cosines.get(id_),
                terms=PassageTerms(
                    found.chunk.heading,
                    found.chunk.text,
                    found.chunk.language,
                    self._compounds,
                ),
            )
            for id_ in ids
            if (found := stored.get(id_)) is not None
        ]

    def _telling(self, row: str) -> float:
        """Return how much of the question's words a row of a table holds."""
        terms = expanded_terms(row, words.guess_language(row), self._compounds)
        return self.question.coverage(frozenset(terms))

    def _nearest(self, key: str, vector: Vectors) -> list[tuple[int, float]]:
        """Return the nearest chunks. A few documents are searched exactly, at any size."""
        if self._cache is not None and self._within is None:
            return self._cache.search(vector, _DEPTH)
        among = None if self._within is None else numpy.array(self._within)
        return self._vectors.search(self._base, key, vector, _DEPTH, among)

    def with_closest(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return the candidates with the cosine of their best sentence."""
        assert self._embedder is not None
        assert self.vector is not None
        owners: list[int] = []
        texts: list[str] = []
        for candidate in candidates:
            for start, end in spans_of(
                candidate.text, _spans, candidate.place.cells, self._telling
            ):
                owners.append(candidate.chunk_id)
                texts.append(passage_text(candidate.heading, candidate.text[start:end]))
        best = {c.chunk_id: c.cosine or 0.0 for c in candidates}
        found: dict[int, float] = {}
        if texts:
            vectors = self._searcher.sentence_vectors(self._embedder, texts)
            scores = closeness(vectors, self.vector)
            for owner, score in zip(owners, scores, strict=True):
                found[owner] = max(found.get(owner, -1.0), float(score))
        best.update(found)
        return [c._replace(closest=best[c.chunk_id]) for c in candidates]


def _passage(rank: int, candidate: Candidate, also: tuple[Elsewhere, ...]) -> Passage:
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
        place=candidate.place,
        also=also,
    )
