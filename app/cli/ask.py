"""`allmende ask`: the main job on the command line."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from app.answering.ask import AskOptions
from app.answering.phrases import WHY_NO_MODEL
from app.cli.base import show_ingest
from app.cli.output import note, plain, progress, say, say_error, say_json
from app.errors import UsageError
from app.i18n import N_, language, translate, translate_error
from app.remote import PREFIX as REMOTE
from app.services import Services, absolute_paths, build_services
from app.values.answers import (
    Answer,
    AnswerFinished,
    Citation,
    EvidenceFound,
    Progress,
    TextAdded,
)
from app.values.chats import Scope
from app.values.documents import Place
from app.values.passages import Passage
from app.values.places import (
    PLACE_SENTENCES,
    also_text,
    file_name,
    place_json,
    place_words,
)
from app.values.quotes import readable
from app.values.tables import ComputedAnswer, Figure


def ask_command(options: argparse.Namespace) -> int:
    """Answer one question and return the exit code."""
    services = build_services()
    services.loader.on_trouble = say_error
    try:
        _take_assistant(services, options)
        base = base_of(services, options)
        answer = answered(services, base, options)
    finally:
        services.close()
    if options.json:
        say_json(answer_json(*answer))
    if answer[0].why_no_model == "failed":
        failed = answer[0]
        parameters = dict(failed.parameters)
        note(translate_error(failed.problem, failed.remedy, parameters))
    return 1 if answer[0].why_no_model == "failed" else 0


def _take_assistant(services: Services, options: argparse.Namespace) -> None:
    """Take over collection and model of an assistant, where none are named."""
    options.spoken_as = None
    if options.assistant:
        found = services.assistants.get(options.assistant, language())
        options.spoken_as = found
        options.model = options.model or found.model
        if not options.docs and not options.base:
            options.base = found.base
    if not options.docs and not options.base:
        raise UsageError(
            N_("It is not said what shall be asked."),
            N_("Name documents with --docs or a collection with --base."),
        )


def base_of(services: Services, options: argparse.Namespace) -> str:
    """Return the base a question goes to; that of `--docs` is brought up to date."""
    if options.base:
        return services.knowledge.base(options.base).name
    base = services.automatic_base(options.docs)
    paths = tuple(absolute_paths(options.docs))
    show_ingest(services.knowledge.add(base.name, paths), quiet=True)
    return base.name


def answered(
    services: Services, base: str, options: argparse.Namespace
) -> tuple[Answer, EvidenceFound]:
    """Answer a question, told while it comes unless JSON is wanted."""
    speaker = None if options.sources_only else services.speaker(options.model)
    asked = _options(services, options)
    quiet = options.json
    evidence = EvidenceFound((), (), (), False, 0.0, 0.0)
    spoke = False
    for event in services.ask(options.question, Scope(base), speaker, asked):
        if isinstance(event, EvidenceFound):
            evidence = event
            if not quiet and event.answerable:
                _say_evidence(event)
        elif isinstance(event, Progress):
            progress(f"{event.stage} {event.fraction:.0%}")
        elif isinstance(event, TextAdded):
            if not quiet:
                if not spoke:
                    progress("")
                    say(f"\n{translate(N_('Answer'))}:")
                say(event.text, end="")
            spoke = True
        elif isinstance(event, AnswerFinished):
            if not quiet:
                _say_end(event.answer, spoke)
            return event.answer, evidence
    raise RuntimeError("an answer without an end")


def _options(services: Services, options: argparse.Namespace) -> AskOptions:
    """Return how to answer: as the settings say, but for what this call says."""
    assistant = getattr(options, "spoken_as", None)
    usual = services.ask_options(language(), options.sources_only, assistant)
    settings = services.settings
    sampling = replace(
        usual.sampling,
        max_tokens=int(settings.said("max_tokens", options.max_tokens or None)),
        seed=int(settings.said("seed", options.seed)),
    )
    top_k = int(settings.said("top_k", options.top_k or None))
    return replace(usual, top_k=top_k, sampling=sampling)


def _say_evidence(event: EvidenceFound) -> None:
    say(f"{translate(N_('From your documents'))}:")
    for citation in event.citations:
        quote = readable(citation.quote, language(), citation.place.cells != "")
        say(f"\n  [{citation.number}] {place_text(citation, event.passages)}")
        say(f"      {translate(N_('“{quote}”'), quote=quote)}")
        if citation.also:
            say(
                f"      {translate(N_('Also in: {places}'), places=_also_text(citation))}"
            )


def _say_end(answer: Answer, spoke: bool) -> None:
    if spoke:
        say()
    if answer.abstained:
        say(answer.text)
    if answer.computed and not answer.spoken_by_model:
        say(f"\n{translate(N_('Result'))}:\n{answer.text}")
    if answer.spoken_by_model and answer.sentences:
        say(f"\n{translate(N_('Checked against the sources'))}:")
        for sentence in answer.sentences:
            mark = "✓" if sentence.supported else "?"
            text = " ".join(answer.text[sentence.start : sentence.end].split())
            say(f"  {mark} {text}")
            if sentence.unknown:
                unknown = ", ".join(sentence.unknown)
                say(f"      {translate(N_('in no source'))}: {unknown}")
    if answer.model.id.startswith(REMOTE) and answer.spoken_by_model:
        note(
            translate(
                N_("({model} answered: question and passages left this computer.)"),
                model=answer.model.id.removeprefix(REMOTE),
            )
        )
    if answer.why_no_model in WHY_NO_MODEL:
        note(f"({translate(WHY_NO_MODEL[answer.why_no_model])})")


def place_text(citation: Citation, passages: tuple[Passage, ...]) -> str:
    """Return file, page (or slide, sheet …) and heading of a citation for people."""
    name = file_name(citation.file)
    heading = next((p.heading for p in passages if p.rank == citation.number), "")
    if heading == citation.place.label:
        heading = ""
    parts = (name, where_text(citation.page, citation.place), heading)
    return " · ".join(part for part in parts if part)


def _also_text(citation: Citation) -> str:
    return also_text(citation.also, _sentence)


def where_text(page: int | None, place: Place) -> str:
    """Return page, slide, sheet and the like for people, or ""."""
    return place_words(page, place, _sentence)


def _sentence(key: str) -> str:
    return translate(PLACE_SENTENCES[key])


def answer_json(answer: Answer, evidence: EvidenceFound) -> dict[str, Any]:
    """Return an answer in the shape that scripts rely on."""
    return {
        "question": answer.question,
        "answer": answer.text,
        "abstained": answer.abstained,
        "model": plain(answer.model),
        "citations": [_citation_json(citation) for citation in answer.citations],
        "passages": [passage_json(passage) for passage in answer.passages],
        "timings": plain(answer.timings),
        "evidence": [_citation_json(citation) for citation in evidence.citations],
        "computed": computed_json(evidence.computed),
    }


def computed_json(computed: ComputedAnswer | None) -> dict[str, Any] | None:
    """Return a computed result as scripts read it: numbers as numbers, lists as lists."""
    if computed is None:
        return None
    value: Any = None
    if computed.value is not None:
        value = _figure_json(computed.value)
    elif computed.group:
        value = {i.label.text: _figure_json(i.value) for i in computed.items if i.value}
    elif computed.operation == "list":
        value = [_figure_json(item.label) for item in computed.items]
    else:
        value = [_figure_json(item.value) for item in computed.items if item.value]
    return {
        "operation": computed.operation,
        "value": value,
        "rows": computed.rows,
        "cells": computed.cells,
    }


def _figure_json(figure: Figure) -> str | int | float:
    if figure.kind != "number":
        return figure.text
    return float(figure.text) if "." in figure.text else int(figure.text)


def _citation_json(citation: Citation) -> dict[str, Any]:
    names = ("number", "file", "page", "start", "end", "quote", "supported")
    row = {name: getattr(citation, name) for name in names}
    parts = ("file", "page", "start", "end")
    also = [{name: getattr(other, name) for name in parts} for other in citation.also]
    return {**row, "place": place_json(citation.place), "also": also}


def passage_json(passage: Passage) -> dict[str, Any]:
    """Return a passage in the shape that scripts rely on."""
    names = ("rank", "score", "file", "page", "start", "end", "heading", "text")
    row = {name: getattr(passage, name) for name in names}
    return {**row, "place": place_json(passage.place)}
