"""`allmende --selftest`: does this installation work? A table, or JSON for scripts.

Exit code 0: everything works; 1: something does not, or with `--strict` could not be
tried because a model or the data for text recognition are missing.
"""

from __future__ import annotations

import argparse
import os

from app import encryption, selftest
from app.cli.output import progress, say, say_json
from app.encryption import STAGES
from app.errors import AppError
from app.i18n import N_, translate
from app.keys import ON
from app.services import Services
from app.settings.store import load_settings
from app.version import __version__

_SIGNS = {selftest.OK: "✓", selftest.SKIPPED: "–", selftest.FAILED: "✗"}


def run(options: argparse.Namespace) -> int:
    """Try every part and return 0 when nothing failed."""
    built = selftest.bundle()
    if not options.json:
        name = f"Allmende {__version__} ({built.edition})"
        say(f"{name} {built.engine}".rstrip())
    findings = []
    for finding in selftest.run({**_encryption(), "window": _window}):
        findings.append(finding)
        progress("")
        if not options.json:
            sign = _SIGNS[finding.state]
            text = _text(finding)
            say(f"{sign} {finding.name:<14}{finding.took_ms:>6} ms  {text}")
    bad = {selftest.FAILED, *([selftest.SKIPPED] if options.strict else [])}
    passed = not any(finding.state in bad for finding in findings)
    if options.json:
        say_json(
            {
                "version": __version__,
                "edition": built.edition,
                "engine": built.engine,
                "passed": passed,
                "checks": [
                    {
                        "name": finding.name,
                        "state": finding.state,
                        "ms": finding.took_ms,
                        "text": _text(finding),
                    }
                    for finding in findings
                ],
            }
        )
    return 0 if passed else 1


def _encryption() -> dict[str, selftest.Check]:
    """Return how this user's own data are, where they must be encrypted."""
    settings = load_settings()
    if not encryption.required(settings):
        return {}
    problem: AppError | None = None
    try:
        encryption.see_to(settings)
    except AppError as error:
        problem = error

    def told(_services: Services) -> selftest.Result:
        if problem is not None:
            raise problem
        return STAGES[ON], {}

    return {"encryption": told}


def _text(finding: selftest.Finding) -> str:
    parameters = {key: translate(value) for key, value in finding.parameters}
    return translate(finding.sentence, **parameters)


def _window(services: Services) -> selftest.Result:
    """Draw the window where nobody sees it."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from app.ui.snapshot import colours_of_window

    colours = colours_of_window(services)
    if colours < 2:
        raise selftest.Failed(N_("The window stays empty"))
    return N_("The window is drawn"), {}
