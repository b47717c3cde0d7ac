"""Documents → quiz, item by item: the flow of the workshop's first task on one page.

    statements ── model that speaks the language? ── write ── checks ── ItemAdded
                │                                       └ repaired once ── ItemFailed
                └ no, or it failed ── built from the text itself ── checks ── ItemAdded

The last event is always QuizFinished, also when stopped or when the model fails; it
says why no model wrote, and how many of the wanted items the text did not yield.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from app.errors import AppError, Cancelled, UsageError
from app.i18n import N_
from app.values.ports import Stop
from app.values.quiz import (
    KINDS,
    FailedItem,
    Item,
    ItemAdded,
    ItemFailed,
    QuizEvent,
    QuizFinished,
    QuizRequest,
)
from app.workshop import checks
from app.workshop.built import PHRASES, Builder, Say
from app.workshop.ground import Ground, survey
from app.workshop.material import SourceText, common_language
from app.workshop.rows import cell_items
from app.workshop.speaking import StructuredSpeaker
from app.workshop.tasks import Task
from app.workshop.writing import Writer, passage_around

WHY_NO_MODEL = {
    "no_model": N_("No language model is at work: all items are built from the text."),
    "language": N_(
        "The language model does not speak the language of the documents: all items"
        " are built from the text."
    ),
    "tiny": N_(
        "The language model is too small to write questions: all items are built from"
        " the text."
    ),
    "small": N_(
        "The language model is too small for some kinds of question: those are built"
        " from the text."
    ),
    "gave_up": N_(
        "The language model's questions did not pass the checks: the others are built"
        " from the text."
    ),
    "failed": N_("The language model failed: the other items are built from the text."),
    "stopped": N_("You stopped; the items that were ready are here."),
}
# What a small model says is only used where our own matching can verify the answer.
_VERIFIABLE = ("single", "short", "numerical", "cloze")
_PATIENCE = 3
MOST_ITEMS = 500


def make_quiz(
    documents: Sequence[SourceText],
    request: QuizRequest,
    task: Task,
    speaker: StructuredSpeaker | None,
    say: Say,
    stop: Stop = lambda: False,
) -> Iterator[QuizEvent]:
    """Make a quiz of documents; `say` translates into the quiz's language.

    Raises UsageError when the request makes no sense or the documents hold no text.
    """
    _need_sense(documents, request)
    language = request.language or common_language(documents)
    ground = survey(documents, common_language(documents) or language)
    if task.stages:
        return _staged(ground, request, task, speaker, say, language, stop)
    maker = _Maker(ground, request, task, speaker, say, language, stop)
    return _in_order(ground, maker.events()) if task.order == "text" else maker.events()


def _staged(
    ground: Ground,
    request: QuizRequest,
    task: Task,
    speaker: StructuredSpeaker | None,
    say: Say,
    language: str,
    stop: Stop,
) -> Iterator[QuizEvent]:
    """Make a quiz level by level, no item from a place of another."""
    items: list[Item] = []
    failed: list[FailedItem] = []
    whys: list[str] = []
    model = ""
    for stage in task.stages:
        part = replace(
            request,
            kinds=tuple(stage.types.split(",")),
            level=task.said(stage.label, language),
        )
        maker = _Maker(ground, part, task, speaker, say, language, stop)
        maker.know(items)
        for event in maker.events():
            if isinstance(event, ItemAdded):
                yield ItemAdded(len(items), event.item)
                items.append(event.item)
            elif isinstance(event, ItemFailed):
                yield event
                failed.append(event.failed)
            else:
                whys.append(event.why_no_model)
                model = model or event.model
        if "stopped" in whys:
            break
    yield QuizFinished(
        items=tuple(items),
        failed=tuple(failed),
        wanted=request.count * len(task.stages),
        language=language,
        why_no_model=next((why for why in reversed(whys) if why), ""),
        model=model,
    )


def _in_order(ground: Ground, events: Iterator[QuizEvent]) -> Iterator[QuizEvent]:
    """Hand on the items, at the end in the order of the documents."""
    files = [document.file for document in ground.documents]

    def place(item: Item) -> tuple[int, int]:
        source = item.source
        return (files.index(source.file), source.start) if source else (len(files), 0)

    for event in events:
        if isinstance(event, QuizFinished):
            event = replace(event, items=tuple(sorted(event.items, key=place)))  # noqa: PLW2901
        yield event


def make_another(
    documents: Sequence[SourceText],
    request: QuizRequest,
    task: Task,
    speaker: StructuredSpeaker | None,
    say: Say,
    earlier: Sequence[Item],
    stop: Stop = lambda: False,
) -> Iterator[QuizEvent]:
    """Make `request.count` items more, none from a place or like one of `earlier`.

    Raises as `make_quiz` does.
    """
    _need_sense(documents, request)
    language = request.language or common_language(documents)
    ground = survey(documents, common_language(documents) or language)
    maker = _Maker(ground, request, task, speaker, say, language, stop)
    maker.know(earlier)
    return maker.events()


def _need_sense(documents: Sequence[SourceText], request: QuizRequest) -> None:
    unknown = [kind for kind in request.kinds if kind not in KINDS]
    if unknown or not request.kinds:
        raise UsageError(
            N_("There is no kind of question called “{kind}”."),
            N_("Use some of these: {kinds}."),
            kind=unknown[0] if unknown else "",
            kinds=", ".join(KINDS),
        )
    if not 1 <= request.count <= MOST_ITEMS:
        raise UsageError(
            N_("A quiz can have 1 to {most} questions."),
            N_("Ask for fewer questions, or make several quizzes."),
            most=MOST_ITEMS,
        )
    if not any(document.text.strip() for document in documents):
        raise UsageError(
            N_("There is no text to ask about."),
            N_("Add documents that hold text, or look why they could not be read."),
        )


class _Maker:
    """The state of one quiz while it is made."""

    def __init__(
        self,
        ground: Ground,
        request: QuizRequest,
        task: Task,
        speaker: StructuredSpeaker | None,
        say: Say,
        language: str,
        stop: Stop,
    ) -> None:
        self._ground = ground
        self._request = request
        self._say = say
        self._language = language
        self._stop = stop
        self._items: list[Item] = []
        self._earlier: tuple[Item, ...] = ()
        self._failed: list[FailedItem] = []
        self._misses = 0
        self._builder = Builder(ground, say, request.seed)
        tables = partial(
            cell_items,
            ground.documents,
            say=say,
            seed=request.seed,
            language=ground.language,
        )
        self._built = {
            kind: chain(self._builder.items(kind), tables(kind))
            for kind in request.kinds
        }
        self._texts = {d.file: d.text for d in ground.documents}
        self._places = iter(self._builder.by_turns())
        self._why = _why_not(speaker, language, ground.language)
        self._model_id = ""
        self._writer = None
        if speaker is not None and not self._why:
            self._writer = Writer(task, speaker, request, language)
            self._small = speaker.small
            self._speaker_id = speaker.id

    def know(self, earlier: Sequence[Item]) -> None:
        """Keep away from items that are there already."""
        self._earlier = tuple(earlier)
        for source in (item.source for item in earlier):
            if source is not None:
                self._builder.use(source.file, source.start, source.end)

    def events(self) -> Iterator[QuizEvent]:
        """Yield the items one by one, then the end."""
        empty = 0
        kinds = self._request.kinds
        turn = 0
        while len(self._items) < self._request.count and empty < len(kinds):
            if self._stop():
                self._why = "stopped"
                break
            kind = kinds[turn % len(kinds)]
            turn += 1
            item = yield from self._next(kind)
            if item is None:
                empty += 1
                continue
            empty = 0
            self._items.append(item)
            yield ItemAdded(len(self._items) - 1, item)
        yield QuizFinished(
            items=tuple(self._items),
            failed=tuple(self._failed),
            wanted=self._request.count,
            language=self._language,
            why_no_model=self._why,
            model=self._model_id,
        )

    def _next(self, kind: str) -> Generator[QuizEvent, None, Item | None]:
        """Return the next item of a kind; None when the text has no more to give."""
        item = None
        try:
            item = yield from self._written(kind)
        except Cancelled:
            self._why = "stopped"
        except AppError:
            self._writer, self._why = None, "failed"
        if item is None and self._why != "stopped":
            item = self._from_text(kind)
        return self._finished(item) if item else None

    def _written(self, kind: str) -> Generator[QuizEvent, None, Item | None]:
        if self._writer is None:
            return None
        if self._small and kind not in _VERIFIABLE:
            self._why = "small"
            return None
        statement = next(
            (place for place in self._places if not self._builder.is_used(place)), None
        )
        if statement is None:
            return None
        passage = passage_around(statement, self._ground.statements, self._small)
        before = [*self._earlier, *self._items]
        item, wrong = self._writer.write(kind, passage, before, self._stop)
        if not wrong:
            self._misses = 0
            self._model_id = self._speaker_id
            if item.source:
                self._builder.use(item.source.file, item.source.start, item.source.end)
            return item
        failed = FailedItem(item, wrong)
        self._failed.append(failed)
        yield ItemFailed(failed)
        self._misses += 1
        if self._misses >= _PATIENCE:
            self._writer, self._why = None, "gave_up"
        return None

    def _from_text(self, kind: str) -> Item | None:
        for item in self._built[kind]:
            before = [*self._earlier, *self._items]
            wrong = checks.problems(item, self._texts, before, self._ground.language)
            if not wrong:
                tag = self._say(PHRASES["unassisted"])
                return replace(item, tags=(*item.tags, tag))
        return None

    def _finished(self, item: Item) -> Item:
        request = self._request
        return replace(
            item,
            level=request.level,
            bloom=item.bloom or request.bloom,
            id=item_id(item),
        )


def item_id(item: Item) -> str:
    """Return an id that the same item always gets."""
    place = f"{item.source.file}:{item.source.start}" if item.source else ""
    whole = f"{item.kind}\n{item.text}\n{place}"
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:16]


def _why_not(speaker: StructuredSpeaker | None, language: str, of_text: str) -> str:
    """Return why a model does not write; "" when it does."""
    if speaker is None:
        return "no_model"
    if not {language, of_text} - {""} <= set(speaker.languages):
        return "language"
    return "tiny" if speaker.tiny else ""
