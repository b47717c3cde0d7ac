"""`allmende bias run`: whether a model answers with clichés what cannot be known."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from app.cli.laboratory import last_of, need_ending, need_prober, show, tested
from app.literacy.bias.asking import ProberAsker
from app.literacy.bias.run import run as test
from app.literacy.bias.sets import own_set, read_set
from app.services import build_services
from app.values.laboratory import Report


def run(options: argparse.Namespace) -> int:
    """Test one model, or two with the same questions."""
    need_ending(options.out)
    sets = [read_set(Path(name).expanduser()) for name in options.data] or [own_set()]
    reports: list[Report] = []
    with closing(build_services()) as services:
        choices = [options.model, options.other] if options.other else [options.model]
        for choice in choices:
            prober, card = need_prober(services, choice)
            asker = ProberAsker(prober, card.template, sets[0].language)
            events = test(sets, asker, tested(card), options.size, options.seed)
            reports.append(last_of(events))
    show(reports, options)
    return 0
