"""`allmende bias run`: whether a model answers with clichés what cannot be known."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from app.cli.laboratory import need_ending, reports_of, show
from app.services import build_services
from app.trials import Trial
from app.values.laboratory import BIAS


def run(options: argparse.Namespace) -> int:
    """Test one model, or two with the same questions."""
    need_ending(options.out)
    trial = Trial(
        BIAS,
        (options.model, options.other) if options.other else (options.model,),
        options.size,
        options.seed,
        adapter=options.adapter,
        data=tuple(Path(name).expanduser() for name in options.data),
    )
    with closing(build_services()) as services:
        reports = reports_of(services, trial)
    show(reports, options)
    return 0
