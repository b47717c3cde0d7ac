"""`allmende models measure`: how fast models are here, and their fastest settings."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from app.catalogue.speeds import Speed
from app.cli.output import plain, progress, say, say_error, say_json
from app.errors import AppError
from app.i18n import N_, translate
from app.services import Services, build_services
from app.values.cards import ModelCard


def measure(options: argparse.Namespace) -> int:
    """Measure the named models, or all that are installed; the worst failure's code."""
    services = build_services()
    store = services.models
    models = [store.need(id_) for id_ in options.id] or store.installed()
    rows, problem = [], 0
    for model in models:
        try:
            rows.append((model.card, _measured(services, model.card)))
        except AppError as error:
            say_error(error)
            problem = max(problem, error.exit_code)
    services.close()
    if options.json:
        say_json({"models": [{"id": c.id, "speed": plain(s)} for c, s in rows]})
    for card, speed in rows if not options.json else ():
        say(f"{card.title}: {_text(speed)}")
    return problem


def tune(services: Services, cards: Iterable[ModelCard]) -> None:
    """Find the fastest settings of new chat models; a failure costs only these."""
    for card in cards:
        is_new = card.kind == "chat" and services.measurements.speed_of(card) is None
        if not is_new or not card.sha256:
            continue
        try:
            _measured(services, card)
        except AppError as error:
            say_error(error)
    services.close()


def _measured(services: Services, card: ModelCard) -> Speed:
    progress(translate(N_("Measuring {title} …"), title=card.title))
    try:
        return services.measurements.measure(card.id)
    finally:
        progress("")


def _text(speed: Speed) -> str:
    said: dict[str, Any] = {}
    if speed.questions:
        said = {"rate": f"{speed.chunks_per_second:.1f}"}
        sentence = N_("{rate} passages a second")
    else:
        sentence = N_(
            "reads {reading} and writes {writing} tokens a second with {threads} threads"
        )
        said["reading"] = round(speed.prompt_tokens_per_second)
        said["writing"] = round(speed.tokens_per_second)
        said["threads"] = speed.fastest_threads or speed.threads
    return translate(sentence, **said)
