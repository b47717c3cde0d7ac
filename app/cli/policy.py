"""`allmende policy …`: what the administrators of this computer decided."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app import paths
from app.cli.output import note, say, say_json
from app.errors import UsageError
from app.i18n import N_, translate
from app.settings.policy import Policy, PolicyProblem, read_policy


def show(options: argparse.Namespace) -> int:
    """Show where the policy lies and what it says."""
    path = paths.policy_file()
    policy = read_policy(path)
    if options.json:
        say_json(_row(path, policy))
        return 0
    _say_source(path, policy)
    for title, layer in (
        (N_("Locked:"), policy.locked),
        (N_("Other defaults:"), policy.defaults),
    ):
        if layer:
            say(translate(title))
        for name, value in layer.items():
            say(f"  {name} = {value}")
    _note_problems(policy.problems)
    return 0


def check(options: argparse.Namespace) -> int:
    """Look for mistakes in a policy file; 1 when there are some."""
    path = paths.policy_file()
    if options.file:
        path = Path(options.file).expanduser().absolute()
        if not path.is_file():
            raise UsageError(
                N_("There is no file or folder {path}."),
                N_("Check the path."),
                path=options.file,
            )
    policy = read_policy(path)
    if options.json:
        say_json(_row(path, policy))
    elif policy.problems:
        _note_problems(policy.problems)
    elif policy.present:
        say(translate(N_("The policy file is in order.")))
    else:
        _say_source(path, policy)
    return 1 if policy.problems else 0


def _say_source(path: Path, policy: Policy) -> None:
    if not policy.present:
        say(translate(N_("This computer has no policy file ({path})."), path=path))
        return
    who = translate(policy.who)
    if policy.contact:
        who = f"{who}, {policy.contact}"
    say(translate(N_("{path}, by {who}"), path=path, who=who))


def _note_problems(problems: tuple[PolicyProblem, ...]) -> None:
    for problem in problems:
        note(_text(problem))
    if problems:
        note(
            translate(
                N_(
                    "Until this is mended, downloads and the Chroma server are off"
                    " and locked."
                )
            )
        )


def _text(problem: PolicyProblem) -> str:
    sentence = translate(problem.sentence, **dict(problem.parameters))
    if not problem.line:
        return f"{problem.key}: {sentence}" if problem.key else sentence
    place = translate(N_("Line {line}"), line=problem.line)
    if problem.key:
        place = translate(N_("Line {line}, {key}"), line=problem.line, key=problem.key)
    return f"{place}: {sentence}"


def _row(path: Path, policy: Policy) -> dict[str, Any]:
    return {
        "file": str(path),
        "present": policy.present,
        "by": policy.by,
        "contact": policy.contact,
        "locked": dict(policy.locked),
        "defaults": dict(policy.defaults),
        "problems": [
            {"line": p.line or None, "key": p.key, "message": _text(p)}
            for p in policy.problems
        ],
    }
