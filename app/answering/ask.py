"""Question → stream of answer events: the second half of Allmende in one page.

    search ── EvidenceFound ── nothing good enough?  ── AnswerFinished (abstained)
                            ├─ computed from cells?   ── AnswerFinished (the sentence)
                            ├─ no model that fits?    ── AnswerFinished (evidence)
                            └─ prompt ── TextAdded… ── check ── AnswerFinished

Invariants: evidence comes before the model's first word; the last event is always
AnswerFinished, also when the model fails or is stopped; every citation's quote is a
slice of its document.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace

from app import words
from app.answering.citations import check_answer, evidence_citations
from app.answering.computed import (
    computed_citations,
    computed_text,
    tells_all,
    with_computed,
)
from app.answering.followup import standalone
from app.answering.phrases import phrase, refusals
from app.answering.prompt import answer_prompt, is_small
from app.errors import AppError, Cancelled
from app.values.answers import (
    Answer,
    AnswerEvent,
    AnswerFinished,
    Citation,
    EvidenceFound,
    ModelUsed,
    Progress,
    TextAdded,
    Timings,
)
from app.values.cards import ModelCard
from app.values.generation import Done, Loading, Reading, Token
from app.values.passages import Passage, SearchResult
from app.values.ports import Engine, Searcher, Stop
from app.values.prompts import Prompt, Sampling
from app.values.quotes import readable
from app.values.tables import ComputedAnswer

# So many passages tell whether a model speaks the language of the documents.
_TELLING = 2


@dataclass(frozen=True, slots=True)
class AskOptions:
    """How to answer. `language` is used where the question does not tell its own.

    `wish` is what an assistant of one's own tells the model beside our instructions.
    """

    top_k: int = 8
    sources_only: bool = False
    language: str = "de"
    sampling: Sampling = field(default_factory=Sampling)
    wish: str = ""


@dataclass(frozen=True, slots=True)
class Speaker:
    """An engine together with the card of the model it runs."""

    engine: Engine
    card: ModelCard


def ask(
    question: str,
    searcher: Searcher,
    speaker: Speaker | None,
    options: AskOptions,
    stop: Stop = lambda: False,
    earlier: Sequence[str] = (),
    history: Sequence[Answer] = (),
) -> Iterator[AnswerEvent]:
    """Answer a question from the documents that `searcher` knows.

    `earlier` are the questions before it in the same conversation, the last one last,
    `history` the answers to them as far as there are any.
    """
    started = time.monotonic()
    asked = standalone(question, earlier)
    found = with_computed(searcher.search(asked, options.top_k))
    language = words.guess_language(question, options.language)
    citations = (
        evidence_citations(found.passages, found.sentences)
        if found.computed is None
        else computed_citations(found.computed)
    )
    retrieve_ms = (time.monotonic() - started) * 1000
    yield EvidenceFound(
        passages=found.passages,
        sentences=found.sentences if found.answerable else (),
        citations=citations if found.answerable else (),
        answerable=found.answerable,
        confidence=found.confidence,
        retrieve_ms=round(retrieve_ms, 1),
        computed=found.computed,
    )
    draft = _evidence_answer(question, language, found, citations)
    draft = replace(draft, timings=Timings(retrieve_ms=round(retrieve_ms, 1)))
    silence = _why_no_model(found, speaker, options, language)
    if silence or speaker is None:
        finished = replace(draft, why_no_model=silence)
    else:
        made = answer_prompt(
            question,
            language,
            found,
            speaker.card,
            options.sampling,
            earlier,
            history,
            options.wish,
        )
        finished = yield from _speak(made, found, speaker, options, draft, stop)
    total_ms = round((time.monotonic() - started) * 1000, 1)
    yield AnswerFinished(
        replace(finished, timings=replace(finished.timings, total_ms=total_ms))
    )


def prepare(
    question: str,
    found: SearchResult,
    speaker: Speaker,
    options: AskOptions,
    stop: Stop = lambda: False,
) -> None:
    """Let the model read instructions and sources ahead of being asked.

    Worth nothing where it would not be asked: then nothing is done. Raises ModelError
    or WorkerDied; when `stop` says so, or a question comes, it ends at once.
    """
    found = with_computed(found)
    language = words.guess_language(question, options.language)
    if _why_no_model(found, speaker, options, language):
        return
    prompt, _ = answer_prompt(
        question, language, found, speaker.card, options.sampling, wish=options.wish
    )
    with contextlib.closing(speaker.engine.prepare(prompt)) as events:  # type: ignore[type-var]
        for _ in events:
            if stop():
                break


def _why_no_model(
    found: SearchResult, speaker: Speaker | None, options: AskOptions, language: str
) -> str:
    if not found.answerable:
        return "abstained"
    if found.computed is not None:
        return _why_computed(speaker, options, language)
    if options.sources_only:
        return "sources_only"
    if speaker is None:
        return "no_model"
    spoken = speaker.card.languages
    needed = {language, *_languages_of(found.passages[:_TELLING])} - {""}
    return "" if needed <= set(spoken) else "language"


def _why_computed(speaker: Speaker | None, options: AskOptions, language: str) -> str:
    """A computed sentence needs no model; a small one would only make it worse."""
    able = (
        speaker is not None
        and not options.sources_only
        and not is_small(speaker.card)
        and language in speaker.card.languages
    )
    return "" if able else "computed"


def _languages_of(passages: Sequence[Passage]) -> list[str]:
    """Return the languages of the passages a model would have to understand."""
    return [words.guess_language(passage.text) for passage in passages]


def _evidence_answer(
    question: str,
    language: str,
    found: SearchResult,
    citations: tuple[Citation, ...],
) -> Answer:
    """Return the answer that needs no model: quotations, or an honest no."""
    if not found.answerable:
        return Answer(
            question=question,
            text=phrase("refusal", language),
            abstained=True,
            language=language,
            passages=found.passages,
        )
    if found.computed is not None:
        return Answer(
            question=question,
            text=computed_text(found.computed, language),
            abstained=False,
            language=language,
            citations=computed_citations(found.computed),
            passages=found.passages,
            computed=True,
        )
    lines = [phrase("evidence", language)]
    for citation in citations:
        quote = readable(citation.quote, language, citation.place.cells != "")
        lines.append(
            phrase("quote", language).format(text=quote, number=citation.number)
        )
    return Answer(
        question=question,
        text="\n\n".join(lines),
        abstained=False,
        language=language,
        citations=citations,
        passages=found.passages,
    )


@dataclass(slots=True)
class _Speech:
    """What the model has said so far."""

    text: str = ""
    done: Done | None = None
    first_token_ms: float | None = None
    why: str = ""
    failure: AppError | None = None


def _speak(
    made: tuple[Prompt, tuple[Passage, ...]],
    found: SearchResult,
    speaker: Speaker,
    options: AskOptions,
    draft: Answer,
    stop: Stop,
) -> Generator[AnswerEvent, None, Answer]:
    """Let the model answer a prompt and check what it said; returns the answer."""
    prompt, used = made
    speech = _Speech()
    started = time.monotonic()
    try:
        events = speaker.engine.generate(prompt, options.sampling)
        with contextlib.closing(events) as stream:  # type: ignore[type-var]
            for event in stream:
                if stop():
                    speech.why = "stopped"
                    break
                if isinstance(event, Loading):
                    yield Progress("loading", event.fraction)
                elif isinstance(event, Reading):
                    yield Progress("reading", event.done / max(1, event.total))
                elif isinstance(event, Token):
                    if speech.first_token_ms is None:
                        speech.first_token_ms = (time.monotonic() - started) * 1000
                    speech.text += event.text
                    yield TextAdded(event.text)
                else:
                    speech.done = event
    except Cancelled:
        speech.why = "stopped"
    except AppError as error:
        speech.why, speech.failure = "failed", error
    answer = _finished(draft, speech, speaker, used)
    if found.computed is None or not answer.spoken_by_model:
        return answer
    return _phrased(answer, draft, found.computed)


def _finished(
    draft: Answer, speech: _Speech, speaker: Speaker, used: tuple[Passage, ...]
) -> Answer:
    timings = _timings(draft.timings, speech)
    draft = _with_failure(draft, speech)
    model = ModelUsed(speaker.card.id, speaker.card.sha256)
    said = speech.text.strip()
    if not said:
        return replace(draft, timings=timings, why_no_model=speech.why or "silent")
    if any(said.rstrip(".").endswith(refusal.rstrip(".")) for refusal in refusals()):
        return replace(
            draft,
            text=phrase("refusal", draft.language),
            abstained=True,
            citations=(),
            model=model,
            timings=timings,
            spoken_by_model=True,
        )
    answer = _said(draft, said, used)
    if not answer.spoken_by_model and draft.computed:
        return replace(answer, timings=timings, why_no_model=speech.why or "computed")
    why = "" if answer.spoken_by_model else "unfounded"
    return replace(answer, model=model, timings=timings, why_no_model=speech.why or why)


def _said(draft: Answer, said: str, used: Sequence[Passage]) -> Answer:
    """Return a model's text, checked; the draft where no sentence of it was found.

    Where the documents speak another language than the answer, words cannot be compared:
    there the text stays, marked sentence by sentence.
    """
    checked = check_answer(said, draft.question, draft.language, used)
    spoken = set(_languages_of(used)) - {""}
    comparable = not spoken or draft.language in spoken
    if comparable and not any(sentence.supported for sentence in checked.sentences):
        return draft
    return replace(
        draft,
        text=checked.text,
        sentences=checked.sentences,
        citations=checked.citations,
        spoken_by_model=True,
    )


def _phrased(answer: Answer, draft: Answer, computed: ComputedAnswer) -> Answer:
    """Take a model's words for a result only where they say it all and nothing else."""
    faithful = (
        not answer.abstained
        and not any(sentence.unknown for sentence in answer.sentences)
        and tells_all(answer.text, computed, answer.language)
    )
    if not faithful:
        why = answer.why_no_model or "computed"
        return replace(draft, timings=answer.timings, why_no_model=why)
    return replace(answer, citations=draft.citations)


def interrupted_answer(
    question: str, evidence: EvidenceFound, said: str, language: str
) -> Answer:
    """Return what there is of an answer whose asking ends here, checked like any other.

    For whoever consumes the events of `ask` and cannot wait for the last one.
    """
    found = SearchResult(
        question,
        evidence.passages,
        evidence.sentences,
        evidence.confidence,
        evidence.answerable,
        computed=evidence.computed,
    )
    language = words.guess_language(question, language)
    answer = replace(
        _evidence_answer(question, language, found, evidence.citations),
        timings=Timings(retrieve_ms=evidence.retrieve_ms),
        why_no_model="stopped" if evidence.answerable else "abstained",
    )
    said = said.strip()
    if not said or evidence.computed is not None:
        return answer
    return _said(answer, said, evidence.passages)


def _with_failure(draft: Answer, speech: _Speech) -> Answer:
    if speech.failure is None:
        return draft
    return replace(
        draft,
        problem=speech.failure.sentence,
        remedy=speech.failure.remedy,
        parameters=tuple(speech.failure.parameters.items()),
    )


def _timings(timings: Timings, speech: _Speech) -> Timings:
    done = speech.done
    first = None
    if speech.first_token_ms is not None:
        first = round(timings.retrieve_ms + speech.first_token_ms, 1)
    if done is None:
        return replace(timings, first_token_ms=first)
    speed = done.answer_tokens / done.answer_ms * 1000 if done.answer_ms else None
    return replace(
        timings,
        first_token_ms=first,
        prompt_tokens=done.prompt_tokens,
        prompt_tokens_reused=done.prompt_tokens_reused,
        answer_tokens=done.answer_tokens,
        tokens_per_second=round(speed, 1) if speed else None,
    )
