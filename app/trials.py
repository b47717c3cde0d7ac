"""A test of models as window and command line run it: the laboratory with real services.

Between them and `services`, because neither `literacy` nor `exporters` knows models,
collections or the user's language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.catalogue.adapters import need_fitting
from app.errors import UsageError
from app.exporters.laboratory import ReportWords
from app.i18n import N_, translate
from app.literacy import notes
from app.literacy.bias.asking import ProberAsker
from app.literacy.bias.run import run as run_bias
from app.literacy.bias.sets import own_set, read_set
from app.literacy.limits.questions import limits_set
from app.literacy.limits.run import Ask, Bench
from app.literacy.limits.run import run as run_limits
from app.services import Services
from app.values.answers import Answer, AnswerFinished
from app.values.cards import ModelCard
from app.values.chats import Scope
from app.values.laboratory import (
    BIAS,
    AskedSoFar,
    ExaminedAdapter,
    ExaminedModel,
    Report,
)
from app.values.ports import Stop

_DOCUMENTS = 40


@dataclass(frozen=True, slots=True)
class Trial:
    """A test that was asked for. `models` are one or two choices, `base` "" for none.

    `data` are question sets of others; none means Allmende's own. With `adapter` one
    model is tested twice, without any adapter and with this one. `language` is that of
    the questions about limits, "" for one that the model speaks.
    """

    kind: str
    models: tuple[str, ...]
    size: str
    seed: int = 0
    base: str = ""
    data: tuple[Path, ...] = ()
    adapter: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class _Voice:
    """Whom a test asks: a model, with adapters other than its own if they are named."""

    choice: str
    adapters: Mapping[str, float] | None = None


def trial_events(
    services: Services, trial: Trial, stop: Stop = lambda: False
) -> Iterator[AskedSoFar | Report]:
    """Test each model; yield progress over all of them, and a report for each."""
    voices = _voices(services, trial)
    count = len(voices)
    for number, voice in enumerate(voices):
        for event in _events(services, trial, voice, stop):
            if isinstance(event, AskedSoFar):
                done = number * event.total + event.done
                event = AskedSoFar(done, count * event.total)  # noqa: PLW2901
            yield event


def _voices(services: Services, trial: Trial) -> list[_Voice]:
    if not trial.adapter:
        return [_Voice(choice) for choice in trial.models]
    if len(trial.models) > 1:
        raise UsageError(
            N_("An adapter is compared with its own model, not with a second one."),
            N_("Name one model and one adapter."),
        )
    adapter = services.models.need(trial.adapter)
    model = services.choice.model(trial.models[0])
    if model is not None:
        # Before half an hour has passed without it.
        need_fitting(model, adapter)
    attached = services.attachments.of(model.card.id) if model else {}
    with_it = {trial.adapter: attached.get(trial.adapter, 1.0)}
    return [_Voice(trial.models[0], adapters) for adapters in ({}, with_it)]


def _examined(services: Services, card: ModelCard, voice: _Voice) -> ExaminedModel:
    """Return a model with the adapters it is tested with, its own if none are named."""
    named = voice.adapters
    if named is None:
        named = services.attachments.of(card.id)
    cards = [(services.models.card(id_), scale) for id_, scale in named.items()]
    title = card.title
    if voice.adapters == {}:
        title = translate(N_("{model} without adapter"), model=title)
    elif cards:
        names = ", ".join(adapter.title for adapter, _ in cards)
        title = translate(N_("{model} with {adapter}"), model=title, adapter=names)
    adapters = tuple(
        ExaminedAdapter(a.id, a.title, a.sha256, a.licence, scale) for a, scale in cards
    )
    return ExaminedModel(card.id, title, card.sha256, card.licence, adapters)


def _events(
    services: Services, trial: Trial, voice: _Voice, stop: Stop
) -> Iterator[AskedSoFar | Report]:
    found = services.prober(voice.choice, voice.adapters)
    speaker = services.speaker(voice.choice, voice.adapters)
    if found is None or speaker is None:
        raise UsageError(
            N_("No model is installed that could be tested."),
            N_("Install one on the page of models or name a GGUF file."),
        )
    prober, card = found
    model = _examined(services, card, voice)
    if trial.kind == BIAS:
        sets = [read_set(path) for path in trial.data] or [own_set()]
        asker = ProberAsker(prober, card.template, sets[0].language)
        yield from run_bias(sets, asker, model, trial.size, trial.seed, stop)
        return
    language = trial.language or language_of(card)
    ask, texts = _own(services, trial.base, voice, language)
    bench = Bench(model, prober, speaker.engine, card.template, ask, texts, language)
    yield from run_limits(limits_set(language), bench, trial.size, trial.seed, stop)


def language_of(card: ModelCard) -> str:
    """Return in which language a model is asked: German if it speaks it, else English."""
    return "en" if "en" in card.languages and "de" not in card.languages else "de"


def _own(
    services: Services, base: str, voice: _Voice, language: str
) -> tuple[Ask | None, tuple[str, ...]]:
    if not base:
        return None, ()
    documents = services.knowledge.documents(base)[:_DOCUMENTS]
    texts = tuple(
        services.knowledge.text(document.id).text
        for document in documents
        if document.chunks
    )
    options = services.ask_options(language)

    def ask(question: str) -> Answer:
        speaker = services.speaker(voice.choice, voice.adapters)
        for event in services.ask(question, Scope(base), speaker, options):
            if isinstance(event, AnswerFinished):
                return event.answer
        raise RuntimeError("an answer without an end")

    return ask, texts


def report_words(kind: str) -> ReportWords:
    """Return the words of a report in the user's language."""
    groups = (notes.MEASURES, notes.GROUPS, notes.VERDICTS, notes.NOTES, notes.SIZES)
    measures, parts, verdicts, told, sizes = (
        {key: translate(word) for key, word in group.items()} for group in groups
    )
    title, help_ = translate(notes.TITLES[kind]), translate(notes.READING_HELP)
    return ReportWords(
        title, measures, parts, verdicts, told, sizes, help_, say=translate
    )
