r"""A quiz as values: what was asked, what is right, and where it stands.

All texts are plain Unicode without markup; a line break is `\\n`. A gap text (`cloze`)
is the whole sentence with its answers in place: `gaps` are spans of `text`, in order
and never overlapping, so that `text[gap.start:gap.end]` is the first right answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.values.documents import Place
from app.values.pictures import Picture

KINDS = (
    "single",
    "multiple",
    "truefalse",
    "short",
    "matching",
    "cloze",
    "numerical",
    "essay",
)
BLOOM = ("remember", "understand", "apply", "analyse", "evaluate", "create")
ORIGINS = ("model", "text", "person", "imported")


@dataclass(frozen=True, slots=True)
class Option:
    """An answer one can give. `fraction` in percent of the points, -100..100.

    `tolerance` counts for numerical answers only.
    """

    text: str
    fraction: float = 0.0
    feedback: str = ""
    tolerance: float = 0.0


@dataclass(frozen=True, slots=True)
class Pair:
    """What belongs together in a matching item."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap at `start`..`end` of the item's text; `also` are other right answers."""

    start: int
    end: int
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemSource:
    """The place an item comes from: `quote` is exactly `start`..`end` of the document.

    Offsets, `page` and `place` as in `Passage`; `document_id` is 0 where the item was
    imported or the document is not in a base.
    """

    file: str
    start: int
    end: int
    quote: str
    page: int | None = None
    heading: str = ""
    place: Place = field(default_factory=Place)
    document_id: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One question; `kind`, one of `KINDS`, tells which fields count.

    single, multiple   `options` with fractions
    truefalse          `text` is the statement, `truth` tells whether it is right
    short, numerical   `options` are the accepted answers
    matching           `pairs`
    cloze              `gaps` in `text`
    essay              `feedback` says what a good answer holds

    `feedback` is shown after answering, `right_feedback` and `wrong_feedback` for
    truefalse only. `bloom` is one of `BLOOM` or "", `origin` one of `ORIGINS`.
    `pictures` stand below the question's text. `id` is stable: the same item keeps it
    through edits and exports.
    """

    kind: str
    text: str
    options: tuple[Option, ...] = ()
    pairs: tuple[Pair, ...] = ()
    gaps: tuple[Gap, ...] = ()
    truth: bool = True
    name: str = ""
    feedback: str = ""
    right_feedback: str = ""
    wrong_feedback: str = ""
    tags: tuple[str, ...] = ()
    bloom: str = ""
    level: str = ""
    points: float = 1.0
    origin: str = "person"
    source: ItemSource | None = None
    id: str = ""
    pictures: tuple[Picture, ...] = ()

    def answer_of(self, gap: Gap) -> str:
        """Return the first right answer of a gap."""
        return self.text[gap.start : gap.end]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an item is not good enough: a word of `workshop.checks`, and its values."""

    code: str
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FailedItem:
    """An item that could not be mended, with the reasons; never exported."""

    item: Item
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Quiz:
    """Items that belong together, and what a file must say about them.

    `licence` is an SPDX identifier or ""; `created` and `checked_on` are ISO dates.
    `model` is the id of the model that wrote, "" where none did. `checked_by` is the
    person who compared every item with its source, "" where nobody did. `by_people`:
    nothing in it comes from a program, such as in a lesson.
    """

    title: str
    items: tuple[Item, ...]
    language: str = "de"
    licence: str = ""
    author: str = ""
    created: str = ""
    model: str = ""
    checked_by: str = ""
    checked_on: str = ""
    documents: tuple[str, ...] = ()
    by_people: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """The documents it comes from, each once, in order: of items, then the others."""
        files = [item.source.file for item in self.items if item.source]
        return tuple(dict.fromkeys([*files, *self.documents]))


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reader of quiz files did not understand; `item` counts from 1, 0: the file.

    `sentence` is a gettext template with `parameters`.
    """

    item: int
    sentence: str
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedQuiz:
    """A quiz that was read from a file, and what of it was left behind."""

    quiz: Quiz
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class QuizRequest:
    """What a person asks for. `kinds` in the mix wanted, `language` "": the documents'.

    `level` is free text ("Klasse 7", "B1"), `bloom` one of `BLOOM` or "". The same
    `seed` on the same documents gives the same items.
    """

    count: int
    kinds: tuple[str, ...] = ("single", "truefalse")
    language: str = ""
    level: str = ""
    bloom: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ItemAdded:
    """An item passed the checks. `index` counts from 0."""

    index: int
    item: Item


@dataclass(frozen=True, slots=True)
class ItemFailed:
    """What the model wrote did not pass, not even when repaired."""

    failed: FailedItem


@dataclass(frozen=True, slots=True)
class QuizFinished:
    """The end of the work. `wanted` minus the items is what the text did not yield.

    `why_no_model`: "" or a word of `workshop.quiz.WHY_NO_MODEL`.
    """

    items: tuple[Item, ...]
    failed: tuple[FailedItem, ...]
    wanted: int
    language: str
    why_no_model: str = ""
    model: str = ""


QuizEvent = ItemAdded | ItemFailed | QuizFinished
