"""Sentences that several parts of the window need."""

from __future__ import annotations

from app.answering.phrases import WHY_NO_MODEL
from app.i18n import N_, translate, translate_error, translate_plural
from app.values.answers import Answer


def why_no_model(answer: Answer) -> str:
    """Return in one line why no model spoke, or fell silent; "" when one spoke."""
    if answer.why_no_model == "failed":
        parameters = dict(answer.parameters)
        problem = translate_error(answer.problem, answer.remedy, parameters)
        goes_on = translate(
            N_("Your documents are not affected; you can go on asking.")
        )
        return f"{problem} {goes_on}"
    return translate(WHY_NO_MODEL.get(answer.why_no_model, ""))


def documents_text(count: int) -> str:
    """Return a number of documents."""
    return translate_plural("{count} document", "{count} documents", count)


def unread_text(count: int) -> str:
    """Return how many files could not be read."""
    return translate_plural("{count} file not read", "{count} files not read", count)


def unread_short_text(count: int) -> str:
    """Return the same where there is little room."""
    return translate(N_("{count} not read"), count=count)


def time_left_text(seconds: float) -> str:
    """Return how long something still takes, roughly."""
    if seconds < 50:
        return translate(N_("less than a minute left"))
    if seconds < 5400:
        return translate_plural(
            "about {count} minute left",
            "about {count} minutes left",
            max(1, round(seconds / 60)),
        )
    return translate_plural(
        "about {count} hour left",
        "about {count} hours left",
        round(seconds / 3600),
    )
