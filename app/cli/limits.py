"""`allmende limits run`: what a model knows, keeps to and admits."""

from __future__ import annotations

import argparse
from contextlib import closing

from app.cli.laboratory import need_ending, reports_of, show
from app.services import build_services
from app.trials import Trial
from app.values.laboratory import LIMITS


def run(options: argparse.Namespace) -> int:
    """Test one model, with the user's own collection where one is named."""
    need_ending(options.out)
    with closing(build_services()) as services:
        base = services.knowledge.base(options.base).name if options.base else ""
        trial = Trial(
            LIMITS,
            (options.model,),
            options.size,
            options.seed,
            base,
            adapter=options.adapter,
            language=options.language,
        )
        reports = reports_of(services, trial)
    show(reports, options)
    return 0
