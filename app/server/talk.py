"""From a request to what is sent back: the same events for every dialect.

    Queued* ── base:  Evidence ── Queued* ── (Working | Said)* ── Ended
            └─ model:                       (Working | Said)* ── Ended

A base's sentences are checked before they are said, so that a number in brackets in a
stream is as good as in the whole answer: it is ours, not the model's.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from app import words
from app.answering.ask import AskOptions, Speaker
from app.answering.citations import check_answer
from app.answering.prompt import answer_prompt
from app.errors import Cancelled
from app.prompting.templates import Message, build_prompt
from app.sentences import sentence_spans
from app.server.desk import Alive, Desk, Queued
from app.server.offers import Offer, Offers
from app.services import Services
from app.values.answers import (
    Answer,
    AnswerEvent,
    AnswerFinished,
    Citation,
    EvidenceFound,
    Progress,
    TextAdded,
)
from app.values.chats import Scope
from app.values.generation import Done, Loading, Reading, Token
from app.values.passages import Passage, SearchResult
from app.values.prompts import Prompt, PromptPart, Sampling


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client wants. `raw` text is continued as it stands, without turns.

    `stops` end the text where they would come; None in the numbers means: as set here.
    `schema` is the JSON schema of the answer, "" for words; only models keep to it.
    """

    offer: Offer
    messages: tuple[Message, ...]
    raw: bool = False
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stops: tuple[str, ...] = ()
    schema: str = ""
    language: str = "de"

    @property
    def question(self) -> str:
        """The last thing that the person said."""
        asked = [m.text for m in self.messages if m.role == "user"]
        return asked[-1] if asked else ""

    @property
    def earlier(self) -> tuple[str, ...]:
        """The questions before it."""
        return tuple(m.text for m in self.messages if m.role == "user")[:-1]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a base holds on the question, before any model spoke."""

    found: EvidenceFound


@dataclass(frozen=True, slots=True)
class Working:
    """A model is loading or reads the prompt."""

    stage: str
    fraction: float


@dataclass(frozen=True, slots=True)
class Said:
    """More text. `draft` text is the model's own and not checked yet."""

    text: str
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """The end. `text` is all of it; `answer` is there where a base was asked."""

    text: str
    reason: str = "stop"
    prompt_tokens: int = 0
    answer_tokens: int = 0
    answer: Answer | None = None

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations of the answer."""
        return self.answer.citations if self.answer is not None else ()


TalkEvent = Queued | Alive | Evidence | Working | Said | Ended


class Talker:
    """Answers wishes, each in its turn."""

    def __init__(self, services: Services, offers: Offers, desk: Desk) -> None:
        self._services = services
        self._offers = offers
        self._desk = desk

    async def talk(
        self, wish: Wish, client: str, drafts: bool = False
    ) -> AsyncIterator[TalkEvent]:
        """Yield what happens; the last event is `Ended`.

        With `drafts` the model's own words are passed on as they come, too. Raises
        AppError. Leaving before the end stops the work.
        """
        if wish.offer.kind == "base":
            events = self._ask(wish, client, drafts)
        else:
            events = self._continue(wish, client)
        async with aclosing(events) as stream:  # type: ignore[type-var]
            async for event in stream:
                yield event

    # -- a base ----------------------------------------------------------------------

    async def _ask(
        self, wish: Wish, client: str, drafts: bool
    ) -> AsyncIterator[TalkEvent]:
        # It may hash the model's file.
        speaker = await asyncio.to_thread(self._offers.speaker_for, wish.offer)
        options = self._options(wish)
        halt = self._desk.halt()
        answering = self._services.ask(
            wish.question,
            Scope(wish.offer.target),
            speaker,
            options,
            halt,
            wish.earlier,
        )
        evidence: EvidenceFound | None = None
        search = self._desk.run(
            self._desk.searching, client, halt, lambda: _first(answering)
        )
        async with aclosing(search) as stream:  # type: ignore[type-var]
            async for event in stream:
                if isinstance(event, EvidenceFound):
                    evidence = event
                    yield Evidence(event)
                elif isinstance(event, Queued | Alive):
                    yield event
        if evidence is None:
            raise Cancelled
        queue = self._desk.searching
        if evidence.answerable and speaker is not None:
            queue = self._desk.speaking
        checked = _Checked(wish, evidence, speaker, options)
        rest = self._desk.run(queue, client, halt, lambda: answering)
        async with aclosing(rest) as events:  # type: ignore[type-var]
            async for step in events:
                for said in checked.take(step, drafts):
                    yield said

    def _options(self, wish: Wish) -> AskOptions:
        usual = self._services.ask_options(wish.language)
        return replace(usual, sampling=self._sampling(wish))

    def _sampling(self, wish: Wish) -> Sampling:
        """Return how a model speaks: as asked, but for what the policy locks."""
        settings = self._services.settings
        usual = self._services.ask_options(wish.language).sampling
        asked = {
            "temperature": wish.temperature,
            "top_p": wish.top_p,
            "seed": wish.seed,
            "max_tokens": wish.max_tokens,
        }
        said = {
            name: value
            for name, value in asked.items()
            if value is not None and not settings.locked(name)
        }
        if wish.max_tokens is not None:
            # A shorter answer than the longest allowed one is always allowed.
            locked = settings.locked("max_tokens")
            most = usual.max_tokens if locked else wish.max_tokens
            said["max_tokens"] = min(wish.max_tokens, most)
        return replace(usual, **said)  # type: ignore[arg-type]

    # -- a model ---------------------------------------------------------------------

    async def _continue(self, wish: Wish, client: str) -> AsyncIterator[TalkEvent]:
        # It may hash the model's file.
        speaker = await asyncio.to_thread(self._offers.speaker_for, wish.offer)
        if speaker is None:
            raise Cancelled
        sampling = self._sampling(wish)
        prompt = _prompt(wish, speaker)
        halt = self._desk.halt()
        text = ""

        def generate() -> Iterator[Loading | Reading | Token | Done]:
            events = speaker.engine.generate(prompt, sampling)
            with contextlib.closing(events) as stream:  # type: ignore[type-var]
                for event in stream:
                    if halt():
                        raise Cancelled
                    yield event

        running = self._desk.run(self._desk.speaking, client, halt, generate)
        async with aclosing(running) as stream:  # type: ignore[type-var]
            async for event in stream:
                if isinstance(event, Token):
                    text += event.text
                    yield Said(event.text)
                elif isinstance(event, Done):
                    yield Ended(
                        text, event.reason, event.prompt_tokens, event.answer_tokens
                    )
                elif isinstance(event, Loading):
                    yield Working("loading", event.fraction)
                elif isinstance(event, Reading):
                    yield Working("reading", event.done / max(1, event.total))
                else:
                    yield event


def _first(events: Iterator[AnswerEvent]) -> Iterator[AnswerEvent]:
    yield next(events)


def _prompt(wish: Wish, speaker: Speaker) -> Prompt:
    if wish.raw:
        return Prompt((PromptPart(wish.question),), wish.stops, wish.schema)
    prompt = build_prompt(speaker.card.template, wish.messages)
    return replace(prompt, stops=(*prompt.stops, *wish.stops), schema=wish.schema)


class _Checked:
    """Turns the events of an answer into what may be said, sentence by sentence."""

    def __init__(
        self,
        wish: Wish,
        evidence: EvidenceFound,
        speaker: Speaker | None,
        options: AskOptions,
    ) -> None:
        self._question = wish.question
        self._language = words.guess_language(wish.question, options.language)
        self._computed = evidence.computed is not None
        self._passages: Sequence[Passage] = ()
        if speaker is not None and evidence.answerable:
            found = SearchResult(
                wish.question, evidence.passages, computed=evidence.computed
            )
            _, self._passages = answer_prompt(
                wish.question,
                self._language,
                found,
                speaker.card,
                options.sampling,
                wish.earlier,
            )
        self._raw = self._said = self._whole = ""

    def take(self, event: object, drafts: bool) -> Iterator[TalkEvent]:
        """Yield what an event of `services.ask` or of the desk means to the client."""
        if isinstance(event, TextAdded):
            if drafts:
                yield Said(event.text, draft=True)
            self._raw += event.text
            yield from self._say(self._checked_so_far())
        elif isinstance(event, Progress):
            yield Working(event.stage, event.fraction)
        elif isinstance(event, AnswerFinished):
            yield from self._end(event.answer)
        elif isinstance(event, Queued | Alive):
            yield event

    def _say(self, checked: str) -> Iterator[Said]:
        if checked.startswith(self._said) and len(checked) > len(self._said):
            added = checked[len(self._said) :]
            self._said = checked
            yield Said(added)

    def _checked_so_far(self) -> str:
        """Return the checked sentences that nothing to come can change any more."""
        if self._computed:
            return ""
        starts = [start for start, _ in sentence_spans(self._raw)]
        while starts and self._raw[starts[-1]] == "[":
            starts.pop()
        whole = self._raw[: starts[-1]] if len(starts) > 1 else ""
        if not whole.strip() or whole == self._whole:
            return ""
        self._whole = whole
        checked = check_answer(whole, self._question, self._language, self._passages)
        # Where nothing is found in the sources, the text will be left out as a whole.
        found = any(sentence.supported for sentence in checked.sentences)
        return checked.text if found else ""

    def _end(self, answer: Answer) -> Iterator[TalkEvent]:
        if answer.text.startswith(self._said):
            yield from self._say(answer.text)
        else:
            yield Said(f"\n\n{answer.text}")
        timings = answer.timings
        reason = "stop" if answer.why_no_model != "stopped" else "cancelled"
        yield Ended(
            answer.text, reason, timings.prompt_tokens, timings.answer_tokens, answer
        )
