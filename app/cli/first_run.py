"""`allmende first-run`: sample documents in a base, then the window.

Without a display it says so and answers a sample question in the terminal instead.
"""

from __future__ import annotations

import argparse
from contextlib import closing

from app.cli.ask import ask_command
from app.cli.base import show_ingest
from app.cli.output import note, say
from app.i18n import N_, language, translate
from app.samples import first_question, sample_base, sample_folder
from app.services import build_services
from app.ui.display import has_display


def first_run(options: argparse.Namespace) -> int:
    """Prepare the samples, then open the window or answer in the terminal."""
    base = _prepare_samples()
    if not options.no_window and has_display():
        from app.ui.start import run_window

        return run_window(base)
    note(
        translate(
            N_("There is no display here, so a sample question is answered instead.")
        )
    )
    question = first_question(language())
    say(f"\n> {question}\n")
    return ask_command(
        argparse.Namespace(
            question=question,
            base=base,
            assistant="",
            docs=None,
            model="",
            top_k=6,
            sources_only=False,
            max_tokens=0,
            seed=0,
            json=options.json,
        )
    )


def _prepare_samples() -> str:
    name, folder = sample_base(language()), sample_folder(language())
    with closing(build_services()) as services:
        services.knowledge.create(name, services.choice.embedder_id(), exist_ok=True)
        show_ingest(services.knowledge.add(name, (str(folder),)), quiet=True)
    return name
