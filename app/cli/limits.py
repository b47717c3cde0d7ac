"""`allmende limits run`: what a model knows, keeps to and admits."""

from __future__ import annotations

import argparse
from contextlib import closing

from app.cli.laboratory import last_of, need_ending, need_prober, show, tested
from app.literacy.limits.questions import limits_set
from app.literacy.limits.run import Ask, Bench
from app.literacy.limits.run import run as test
from app.services import Services, build_services
from app.values.answers import Answer, AnswerFinished
from app.values.chats import Scope

_DOCUMENTS = 40


def run(options: argparse.Namespace) -> int:
    """Test one model, with the user's own collection where one is named."""
    need_ending(options.out)
    with closing(build_services()) as services:
        prober, card = need_prober(services, options.model)
        speaker = services.speaker(options.model)
        assert speaker is not None
        ask, texts = _own(services, options)
        bench = Bench(tested(card), prober, speaker.engine, card.template, ask, texts)
        report = last_of(test(limits_set(), bench, options.size, options.seed))
    show([report], options)
    return 0


def _own(
    services: Services, options: argparse.Namespace
) -> tuple[Ask | None, tuple[str, ...]]:
    """Return what answers from the base, and texts of it; None and none without one."""
    if not options.base:
        return None, ()
    base = services.knowledge.base(options.base).name
    documents = services.knowledge.documents(base)[:_DOCUMENTS]
    texts = tuple(
        services.knowledge.text(document.id).text
        for document in documents
        if document.chunks
    )
    asked = services.ask_options("de")

    def ask(question: str) -> Answer:
        speaker = services.speaker(options.model)
        for event in services.ask(question, Scope(base), speaker, asked):
            if isinstance(event, AnswerFinished):
                return event.answer
        raise RuntimeError("an answer without an end")

    return ask, texts
