"""All options there are. Pages, help and the README table are made from this list."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import N_

Value = str | int | bool


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: its default tells its type; `choices` are all it may be, if any."""

    name: str
    default: Value
    title: str
    help: str
    choices: tuple[str, ...] = ()


OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        Option(
            "language",
            "",
            N_("Language"),
            N_("Empty: the language of this computer."),
            ("", "de", "en"),
        ),
        Option(
            "model",
            "",
            N_("Chat model"),
            N_(
                "Empty: the best installed model. “none”: answer with the sources only."
            ),
        ),
        Option(
            "embedder",
            "multilingual-e5-small",
            N_("Embedder for new bases"),
            N_("“none”: search by words only."),
        ),
        Option(
            "max_tokens",
            300,
            N_("Longest answer"),
            N_("In tokens; a token is about three letters."),
        ),
        Option(
            "downloads",
            False,
            N_("Allow downloads"),
            N_("Off: Allmende never opens a connection."),
        ),
        Option(
            "model_source",
            "",
            N_("Where models are downloaded from"),
            N_("Address of a model hub or of your own server, with https://."),
        ),
        Option(
            "chroma_from",
            20_000,
            N_("Use Chroma from this many chunks"),
            N_("Smaller bases are searched exactly, which is as fast there."),
        ),
    )
}
