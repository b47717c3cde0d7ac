"""All vectors of a base in memory, and the nearest of them in milliseconds.

    ≤ 20,000 vectors   float32, every cosine is computed
    more               float16; the sign of each component (after the mean vector was
                       taken away) is one bit, the bits of all vectors are compared
                       with the question's, and the nearest `_SHORTLIST` get their cosine

A million vectors of 384 components are 48 MB of bits, where their floats are 1.5 GB.
`tests/bench/SCALE.md`: with 690,000 synthetic vectors the shortlist held all of the ten
nearest for each of twenty questions.

Invariant: a Matrix never changes; row i of `vectors` belongs to chunk `rows[i]`, and
`rows` ascend. Every score is an exact cosine of the stored vector.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy
from numpy.typing import NDArray

from app.index.closeness import closeness
from app.values.ports import Vectors

EXACT_UP_TO = 20_000
_SHORTLIST = 800
_SAMPLE = 5_000
_BLOCK = 1 << 15
_WORD_BITS = 64

Rows = NDArray[numpy.int64]
Places = NDArray[numpy.intp]
Halves = NDArray[numpy.float16]


class Matrix:
    """The vectors of a base by one embedder. `stored` is (len(rows), dimensions)."""

    def __init__(self, rows: Rows, stored: Halves) -> None:
        self.rows = rows
        self._small = len(rows) <= EXACT_UP_TO
        self._vectors = stored.astype(numpy.float32) if self._small else stored
        step = max(1, len(rows) // _SAMPLE)
        sample = self._vectors[::step].astype(numpy.float32)
        self._mean = sample.mean(axis=0) if len(sample) else numpy.float32(0)
        if not self._small:
            self._bits = self._bits_of_all()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def vectors(self) -> NDArray[numpy.float32] | Halves:
        """The vectors, float32 in a small base and float16 in a large one."""
        return self._vectors

    def changed(self, gone: NDArray[numpy.bool_], rows: Rows, stored: Halves) -> Matrix:
        """Return a Matrix without the rows marked as `gone` and with some new ones."""
        kept = self._vectors[~gone].astype(numpy.float16)
        joined = numpy.concatenate([self.rows[~gone], rows])
        vectors = numpy.concatenate([kept, stored]) if len(kept) else stored
        if len(rows) and len(kept) and joined[len(kept) - 1] > rows[0]:
            order = numpy.argsort(joined)
            joined, vectors = joined[order], vectors[order]
        return Matrix(joined, vectors)

    def nearest(
        self, vector: Vectors, top_k: int, within: Rows | None = None
    ) -> list[tuple[int, float]]:
        """Return (chunk id, cosine), best first; `within` are ids, ascending."""
        places = None if within is None else self._places(within)
        if not self._small:
            places = self._shortlist(vector, max(_SHORTLIST, 4 * top_k), places)
        rows = self.rows if places is None else self.rows[places]
        if not len(rows):
            return []
        scores = self._cosines(vector, places)
        best = numpy.argsort(-scores, kind="stable")[:top_k]
        return [(int(rows[i]), float(scores[i])) for i in best]

    def cosines(self, vector: Vectors, ids: Iterable[int]) -> dict[int, float]:
        """Return the cosine for each of the chunks that has a vector."""
        wanted = numpy.unique(numpy.fromiter(ids, dtype=numpy.int64))
        places = self._places(wanted)
        if not len(places):
            return {}
        scores = self._cosines(vector, places)
        return {
            int(row): float(score)
            for row, score in zip(self.rows[places], scores, strict=True)
        }

    def background(self, vector: Vectors) -> float:
        """Return the mean cosine of the base, from an even sample of its vectors.

        The mean of the cosines is the cosine of the mean.
        """
        return float(numpy.dot(self._mean, vector.reshape(-1)))

    # -- helpers -------------------------------------------------------------------

    def _places(self, ids: Rows) -> Places:
        """Return where these chunks stand; those without a vector are left out."""
        if not len(self.rows):
            return numpy.empty(0, dtype=numpy.intp)
        places = numpy.searchsorted(self.rows, ids)
        places = numpy.minimum(places, len(self.rows) - 1)
        return numpy.asarray(places[self.rows[places] == ids], dtype=numpy.intp)

    def _cosines(self, vector: Vectors, places: Places | None) -> Vectors:
        chosen = self._vectors if places is None else self._vectors[places]
        return closeness(chosen, vector)

    def _bits_of_all(self) -> NDArray[numpy.uint64]:
        """Return the bits as words, (words a vector, vectors): each column lies close."""
        words = -(-self._vectors.shape[1] // _WORD_BITS)
        bits = numpy.empty((words, len(self.rows)), dtype=numpy.uint64)
        mean = self._mean.astype(numpy.float16)
        for start in range(0, len(self.rows), _BLOCK):
            part = self._vectors[start : start + _BLOCK] > mean
            bits[:, start : start + _BLOCK] = _as_words(part, words).T
        return bits

    def _shortlist(self, vector: Vectors, count: int, places: Places | None) -> Places:
        """Return where the `count` vectors with the most equal signs stand."""
        words = len(self._bits)
        asked = _as_words((vector.reshape(1, -1) > self._mean), words)[0]
        different = numpy.zeros(len(self.rows), dtype=numpy.uint16)
        # Two blocks for all that lies between; new ones each time cost a tenth more.
        bits = numpy.empty(_BLOCK, dtype=numpy.uint64)
        counted = numpy.empty(_BLOCK, dtype=numpy.uint8)
        for start in range(0, len(self.rows), _BLOCK):
            part = different[start : start + _BLOCK]
            size = len(part)
            for word, own in zip(asked, self._bits, strict=True):
                numpy.bitwise_xor(own[start : start + size], word, out=bits[:size])
                part += numpy.bitwise_count(bits[:size], out=counted[:size])
        if places is not None:
            different = different[places]
        if len(different) > count:
            counts = numpy.cumsum(numpy.bincount(different))
            limit = int(numpy.searchsorted(counts, count))
            chosen = numpy.flatnonzero(different <= limit)
            if len(chosen) > 4 * count:  # many are the same: any of them will do
                chosen = chosen[numpy.argsort(different[chosen], kind="stable")[:count]]
                chosen.sort()
        else:
            chosen = numpy.arange(len(different))
        return chosen if places is None else places[chosen]


def _as_words(signs: NDArray[numpy.bool_], words: int) -> NDArray[numpy.uint64]:
    """Return each row of signs as 64-bit words."""
    packed = numpy.packbits(signs, axis=1)
    padded = numpy.zeros((len(signs), words * 8), dtype=numpy.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(numpy.uint64)
