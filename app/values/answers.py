"""The events of an answer, in the order a person sees them.

EvidenceFound   the best sentences, before any model has said a word
Progress        a model is loading, a prompt is being read
TextAdded       the model's words as they come
AnswerFinished  the whole answer, with checked citations (always last)
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.values.documents import Place
from app.values.passages import Elsewhere, Passage, Sentence
from app.values.tables import ComputedAnswer


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a document that an answer refers to.

    `number` is what stands in brackets in the answer. `quote` is exactly
    `extracted[start:end]`. `supported` says whether our own matching found the
    answer's words there. `also` are other files in which the same quote stands.
    """

    number: int
    file: str
    page: int | None
    start: int
    end: int
    quote: str
    supported: bool
    document_id: int = 0
    place: Place = field(default_factory=Place)
    also: tuple[Elsewhere, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of the answer at `start`..`end` of its text, as checked by us.

    `unknown` lists numbers and names in it that occur in no source.
    """

    start: int
    end: int
    supported: bool
    citations: tuple[int, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelUsed:
    """Which model spoke; empty id when the evidence is the whole answer."""

    id: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Timings:
    """What the answer cost. Times in milliseconds; None where nothing ran."""

    retrieve_ms: float = 0.0
    first_token_ms: float | None = None
    total_ms: float = 0.0
    prompt_tokens: int = 0
    prompt_tokens_reused: int = 0
    answer_tokens: int = 0
    tokens_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class EnergyUse:
    """What an answer used, in joules, with the band it lies in; see `literacy/energy`."""

    joules: float
    low: float
    high: float
    method: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer. `abstained` means: the documents do not say it.

    `spoken_by_model` is False when the text was put together from the evidence.
    `why_no_model` says why no model spoke or why it fell silent, as a stable word:
    "abstained", "sources_only", "no_model", "language", "stopped", "failed", "silent",
    "computed", "unfounded" (nothing of what it wrote was found in the sources).
    `computed` says that the text is, or phrases, what was computed from cells.
    For "failed", `problem` and `remedy` are gettext templates for `parameters`.
    """

    question: str
    text: str
    abstained: bool
    language: str = "de"
    model: ModelUsed = field(default_factory=ModelUsed)
    citations: tuple[Citation, ...] = ()
    sentences: tuple[AnswerSentence, ...] = ()
    passages: tuple[Passage, ...] = ()
    timings: Timings = field(default_factory=Timings)
    spoken_by_model: bool = False
    why_no_model: str = ""
    problem: str = ""
    remedy: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    computed: bool = False
    energy: EnergyUse | None = None


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """The best sentences with their passages. Empty when nothing good enough was found.

    `computed` is what tables compute; its cells then are the first passages.
    """

    passages: tuple[Passage, ...]
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    answerable: bool
    confidence: float
    retrieve_ms: float
    computed: ComputedAnswer | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Work that takes a while. `stage` is "loading" or "reading"; `fraction` 0..1."""

    stage: str
    fraction: float


@dataclass(frozen=True, slots=True)
class TextAdded:
    """A piece of the model's answer."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerFinished:
    """The last event of every answer."""

    answer: Answer


AnswerEvent = EvidenceFound | Progress | TextAdded | AnswerFinished
