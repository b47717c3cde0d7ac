"""`allmende policy …`: what the administrators of this computer decided."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from app import paths
from app.cli.output import note, say, say_json
from app.errors import UsageError
from app.i18n import N_, translate
from app.settings.carriers import machine_policy, policy_files, trusted_policy
from app.settings.policy import Policy, PolicyProblem, read_policy, told


def show(options: argparse.Namespace) -> int:
    """Show what was decided for this computer, and where each decision stands."""
    policy = machine_policy()
    if options.json:
        say_json(_row(paths.policy_file(), policy))
        return 0
    _say_who(policy)
    for title, name, layer in (
        (N_("Locked:"), "locked", policy.locked),
        (N_("Other defaults:"), "defaults", policy.defaults),
    ):
        if layer:
            say(translate(title))
        for key, value in layer.items():
            origin = policy.origins.get(f"{name}.{key}", "")
            # As it is written in the file, to be copied from here.
            text = json.dumps(value, ensure_ascii=False)
            say(f"  {key} = {text}" + (f"   ({origin})" if origin else ""))
    _note_problems(policy.problems)
    return 0


def check(options: argparse.Namespace) -> int:
    """Look for mistakes in a policy file, or in all that counts here; 1 when there are."""
    if options.file:
        path = Path(options.file).expanduser().absolute()
        if not path.is_file():
            raise UsageError(
                N_("There is no file {path}."),
                N_("Check the path."),
                path=options.file,
            )
        # One that counts here is judged as it is when it is read for its users.
        is_ours = path in policy_files(paths.policy_file())
        policy = trusted_policy(path) if is_ours else read_policy(path)
    else:
        path, policy = paths.policy_file(), machine_policy()
    if options.json:
        say_json(_row(path, policy))
    elif policy.problems:
        _note_problems(policy.problems)
    elif policy.present:
        say(translate(N_("The policy is in order.")))
    else:
        _say_who(policy)
    return 1 if policy.problems else 0


def _say_who(policy: Policy) -> None:
    if not policy.present:
        path = paths.policy_file()
        say(translate(N_("This computer has no policy file ({path})."), path=path))
        return
    who = translate(policy.who)
    if policy.contact:
        who = f"{who}, {policy.contact}"
    say(translate(N_("Decided by {who}"), who=who))


def _note_problems(problems: tuple[PolicyProblem, ...]) -> None:
    for problem in problems:
        note(told(problem, translate))
    if problems:
        note(translate(N_("Until this is mended, all connections are off and locked.")))


def _row(path: Path, policy: Policy) -> dict[str, Any]:
    return {
        "file": str(path),
        "present": policy.present,
        "by": policy.by,
        "contact": policy.contact,
        "locked": dict(policy.locked),
        "defaults": dict(policy.defaults),
        "origins": dict(policy.origins),
        "problems": [
            {
                "source": p.source,
                "line": p.line or None,
                "key": p.key,
                "message": told(p, translate),
            }
            for p in policy.problems
        ],
    }
