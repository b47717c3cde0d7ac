"""What retrieval returns."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.values.documents import Place
from app.values.tables import ComputedAnswer


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another document in which the same passage, or the same quote, stands.

    `start`/`end` are offsets into that document's text. `text` is that slice where it
    may be broken into lines otherwise, "" where it is the same letter by letter.
    """

    file: str
    page: int | None
    start: int
    end: int
    document_id: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A found piece of a document.

    `rank` counts from 1; `score` lies in 0..1 and compares only within one query;
    `file` is the path as the user added it; `start`/`end` are character offsets into
    the document's extracted text, and `text` is exactly that slice. `place` tells where
    that is in a document of parts; `page` is the number of a slide, too. `also` are
    other files that say the same, wholly or in part; a citation tells which of them
    have just its words.
    """

    rank: int
    score: float
    file: str
    page: int | None
    start: int
    end: int
    heading: str
    text: str
    document_id: int = 0
    place: Place = field(default_factory=Place)
    also: tuple[Elsewhere, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a passage that speaks to the question.

    `passage` is the rank of the passage it stands in; offsets as in `Passage`;
    `score` in 0..1.
    """

    passage: int
    score: float
    start: int
    end: int
    text: str
    page: int | None = None
    place: Place = field(default_factory=Place)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The passages for one query, best first.

    `confidence` in 0..1 is the calibrated chance that the passages hold the answer;
    `answerable` is that chance against the embedder's threshold. `sentences` are the
    best sentences of the best passages, best first. `mode` tells what was searched:
    "hybrid", "words" or "vectors". `computed` is what tables compute for the question.
    """

    query: str
    passages: tuple[Passage, ...]
    sentences: tuple[Sentence, ...] = ()
    confidence: float = 0.0
    answerable: bool = False
    mode: str = "words"
    elapsed_ms: float = 0.0
    computed: ComputedAnswer | None = None
