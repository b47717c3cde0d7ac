"""What the page of models says in words: sizes, speeds, languages, what fits."""

from __future__ import annotations

from PySide6.QtCore import QLocale

from app.catalogue.fit import Fit
from app.catalogue.labels import label_of
from app.catalogue.openness import Openness, openness
from app.catalogue.opinions import MOF, OSAID, remarks
from app.catalogue.speeds import Speed
from app.catalogue.transfer import Transfer
from app.i18n import LANGUAGES, N_, language, translate, translate_plural
from app.settings.everyday_options import LANGUAGE_NAMES
from app.ui.regional import date_text, number_text, size_text
from app.ui.wording import time_left_text
from app.values.cards import ModelCard

# A word is longer than a token: about 1.7 tokens in German, less in English.
_WORDS_PER_TOKEN = 0.6
_SHOWN_LANGUAGES = 6
FITS = {
    "yes": N_("Fits this computer: yes."),
    "tight": N_("Fits this computer: tightly."),
    "no": N_("Fits this computer: no."),
    "unknown": N_("Fits this computer: not known."),
}
KINDS = {
    "chat": N_("writes answers"),
    "embedder": N_("finds passages by meaning"),
    "adapter": N_("adapts a model"),
    "reranker": N_("puts the best passages first"),
}


def parameters_text(millions: int) -> str:
    """Return a number of parameters, "" when it is not known."""
    if not millions:
        return ""
    if millions < 1000:
        count = number_text(millions)
        return translate(N_("{count} million parameters"), count=count)
    count = number_text(millions / 1000, 1)
    return translate(N_("{count} billion parameters"), count=count)


def fit_text(fit: Fit) -> str:
    """Return whether a model fits this computer, and why."""
    reason = translate(
        fit.reason,
        needed=size_text(fit.needed_bytes),
        total=size_text(fit.total_bytes),
        free=size_text(fit.free_bytes),
    )
    return f"{translate(FITS[fit.verdict])} {reason}"


def speed_text(speed: Speed) -> str:
    """Return how fast a model writes here, in words a second.

    Of an embedder or reranker: how many passages it takes in, and how well it understood the trial.
    """
    if speed.questions:
        return _embedder_text(speed)
    words = round(speed.tokens_per_second * _WORDS_PER_TOKEN)
    if words < 1:
        return translate(N_("It writes less than one word a second on this computer."))
    return translate_plural(
        "It writes about {count} word a second on this computer.",
        "It writes about {count} words a second on this computer.",
        words,
    )


def _embedder_text(speed: Speed) -> str:
    return translate(
        N_(
            "It takes in {rate} passages a second on this computer and found {hits} of"
            " {questions} passages in a trial."
        ),
        rate=number_text(speed.chunks_per_second, 1),
        hits=speed.hits,
        questions=speed.questions,
    )


def speed_details(speed: Speed) -> str:
    """Return the exact figures of a measurement."""
    if speed.questions:
        return translate(
            N_("{rate} passages a second with {threads} threads, measured on {date}."),
            rate=number_text(speed.chunks_per_second, 2),
            threads=speed.threads,
            date=date_text(speed.measured_at),
        )
    return translate(
        N_(
            "Reads {reading} and writes {writing} tokens a second with {threads}"
            " threads, measured on {date}."
        ),
        reading=number_text(speed.prompt_tokens_per_second, 1),
        writing=number_text(speed.tokens_per_second, 1),
        threads=speed.threads,
        date=date_text(speed.measured_at),
    )


def language_name(code: str) -> str:
    """Return what a language calls itself."""
    if code in LANGUAGE_NAMES:
        return LANGUAGE_NAMES[code]
    name = QLocale(code).nativeLanguageName()
    return name[:1].upper() + name[1:] if name else code


def languages_text(card: ModelCard, whole: bool = False) -> str:
    """Return the languages a model speaks, those of the window first."""
    if card.source.get("languages") == "unknown":
        return translate(N_("not stated"))
    order = [code for code in LANGUAGES if code in card.languages]
    order += [code for code in card.languages if code not in order]
    shown = order if whole else order[:_SHOWN_LANGUAGES]
    names = ", ".join(language_name(code) for code in shown)
    more = len(order) - len(shown)
    if not more:
        return names
    return translate_plural(
        "{names} and {count} more", "{names} and {count} more", more, names=names
    )


def grade_text(found: Openness) -> str:
    """Return a grade with its word, such as "G2, open and traceable"."""
    word = translate(found.word)
    return f"{found.grade}, {word}" if found.grade else word


def openness_details(card: ModelCard) -> list[tuple[str, str]]:
    """Return what stands behind a grade as pairs of title template and text."""
    found, label = openness(card), label_of(card)
    if label is None:
        return []
    said = [translate(template, **values) for template, values in remarks(found, label)]
    details = [
        (N_("Open-source definition"), translate(OSAID[found.osaid])),
        (N_("Model Openness Framework"), translate(MOF[found.mof])),
        (N_("Facts checked on"), label.checked),
    ]
    return [*details, (N_("Remarks"), " ".join(said))] if said else details


def description_text(card: ModelCard) -> str:
    """Return what a card says of its model, in the user's language if it can."""
    if not card.description:
        return translate(N_("Imported from a file; nothing more is known of it."))
    return card.description.get(language(), card.description.get("en", ""))


def transfer_text(transfer: Transfer) -> str:
    """Return how far a copy or download is, how fast, and how long it still takes."""
    if not transfer.total_bytes:
        return size_text(transfer.done_bytes) if transfer.done_bytes else ""
    parts = [
        translate(
            N_("{done} of {total}"),
            done=size_text(transfer.done_bytes),
            total=size_text(transfer.total_bytes),
        )
    ]
    if transfer.bytes_per_second:
        speed = size_text(transfer.bytes_per_second)
        parts.append(translate(N_("{size} a second"), size=speed))
    if transfer.seconds_left is not None:
        parts.append(time_left_text(transfer.seconds_left))
    return " · ".join(parts)
