"""The sentences with which a lesson, or its beginning, is refused."""

from __future__ import annotations

from app.errors import PolicyError, UsageError
from app.i18n import N_
from app.values.classroom import EXAM, Running

TEACHER = N_("Ask your teacher, or wait until the lesson is over.")
PRESCRIBE = N_("Let administrators prescribe it (“lesson_file”).")


def refused(running: Running) -> PolicyError:
    """Return why something is not allowed in a lesson."""
    if running.damaged:
        return PolicyError(
            N_("A lesson runs here, but its file was changed; nothing is allowed now."),
            N_("Your teacher can end it with the code."),
        )
    if running.lesson.kind == EXAM:
        sentence = N_("The exam “{name}” is running; this is not allowed in it.")
    else:
        sentence = N_("The lesson “{name}” is running; this is not allowed in it.")
    return PolicyError(sentence, TEACHER, name=running.lesson.name)


def elsewhere(running: Running) -> PolicyError:
    """Return why nothing is allowed while a lesson runs in the usual data folder."""
    return PolicyError(
        N_("The lesson “{name}” is running in your usual data folder."),
        N_("Open Allmende as usual; this folder can be used after the lesson."),
        name=running.lesson.name,
    )


def in_private() -> PolicyError:
    """Return why none begins where killing the program would end it as well."""
    return PolicyError(
        N_("A lesson cannot begin in a private session, which leaves nothing."),
        N_("Begin it in an ordinary window, or let administrators prescribe it."),
    )


def on_shared_account() -> PolicyError:
    """Return why none begins where it would bind everybody who uses the account."""
    return PolicyError(
        N_("A lesson cannot begin on an account that several people share."), PRESCRIBE
    )


def in_another_folder() -> PolicyError:
    """Return why none begins in a folder that the next start need not open."""
    return PolicyError(
        N_("A lesson can only begin in your usual data folder."),
        N_("Open Allmende without ALLMENDE_HOME and XDG_DATA_HOME, then begin it."),
    )


def without_exports(who: str) -> PolicyError:
    """Return why the log of a lesson that anybody can begin is not handed in."""
    return PolicyError(
        N_(
            "Exports were switched off by {who}: only a prescribed lesson is handed in."
        ),
        PRESCRIBE,
        who=who,
    )


def too_many(seconds: float) -> UsageError:
    """Return how long to wait after wrong codes."""
    return UsageError(
        N_("Too many wrong codes."),
        N_("Wait {seconds} seconds, then try again."),
        seconds=max(1, round(seconds)),
    )
