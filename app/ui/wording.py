"""Sentences that several parts of the window need."""

from __future__ import annotations

from app.answering.phrases import WHY_NO_MODEL
from app.i18n import N_, translate, translate_error, translate_plural
from app.settings.policy import MISTAKEN, told
from app.settings.store import Settings
from app.ui.regional import (
    date_text,
    number_text,
    percent_text,
    size_text,
    time_text,
)
from app.values.answers import Answer

__all__ = [
    "checked_text",
    "date_text",
    "documents_text",
    "notices",
    "number_text",
    "percent_text",
    "places_text",
    "remote_text",
    "size_text",
    "time_left_text",
    "time_text",
    "unread_short_text",
    "unread_text",
    "why_no_model",
]


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


def places_text(count: int) -> str:
    """Return a number of places in documents."""
    return translate_plural(
        "{count} place in your documents", "{count} places in your documents", count
    )


def checked_text(answer: Answer) -> str:
    """Return what our check found, for those who cannot see the marks, too."""
    if not answer.spoken_by_model or answer.abstained:
        return ""
    bad = [sentence for sentence in answer.sentences if not sentence.supported]
    if not bad:
        return (
            translate(N_("Every sentence was found in the sources."))
            if answer.sentences
            else ""
        )
    text = translate_plural(
        "{count} sentence was not found in the sources (dotted).",
        "{count} sentences were not found in the sources (dotted).",
        len(bad),
    )
    unknown = dict.fromkeys(word for sentence in bad for word in sentence.unknown)
    if unknown:
        words = ", ".join(unknown)
        text += " " + translate(N_("In no source: {words}."), words=words)
    return text


def remote_text(settings: Settings) -> str:
    """Return what a model on another computer means."""
    sentence = N_(
        "A model on another computer is allowed ({address}): with it, questions and"
        " passages leave this computer and stay in your network."
    )
    if settings.flag("remote_outside"):
        sentence = N_(
            "A model on another computer is allowed ({address}): with it, questions and"
            " passages leave this computer and may leave your network."
        )
    return translate(sentence, address=settings.text("remote_address"))


def notices(settings: Settings) -> list[str]:
    """Return what stands above every page: a broken policy, a message to everyone."""
    found = [
        f"{translate(MISTAKEN)} {told(problem, translate)}"
        for problem in settings.policy.problems[:1]
    ]
    message = settings.text("notice").strip()
    return [*found, message] if message else found
