"""All options there are. Pages, help and the README table are made from this list."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from app.i18n import LANGUAGES, N_

Value = str | int | float | bool

GROUPS: dict[str, str] = {
    "general": N_("General"),
    "looks": N_("Appearance"),
    "documents": N_("Documents"),
    "answers": N_("Answers"),
    "models": N_("Models"),
    "chats": N_("Conversations"),
    "network": N_("Network"),
}

RULES = "rules"


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: its default tells its type.

    `choices` are all it may be, if any, with their titles (gettext templates);
    numbers lie in `least`..`most` and go up and down by `step`; `unit` is what they
    count (a gettext template). A text must match `pattern`, if there is one. `group` is
    a key of `GROUPS`, `RULES` for what only administrators decide, "" for what no page
    shows. `advanced` ones are shown only on request; those with `restart` work from the
    next start on. `safest` is what counts while a policy has mistakes, None where
    nothing is at risk; `strictest` where a locked value cannot be read.
    """

    name: str
    default: Value
    title: str
    help: str
    group: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    least: float = 0
    most: float = 1_000_000
    step: float = 1
    unit: str = ""
    pattern: str = ""
    advanced: bool = False
    restart: bool = False
    safest: Value | None = None
    strictest: Value | None = None


# Languages are called by their own names everywhere.
LANGUAGE_NAMES = {
    "de": "Deutsch",
    "en": "English",
    "fr": "Français",
    "tr": "Türkçe",
    "uk": "Українська",
    "ru": "Русский",
    "ar": "العربية",
    "pl": "Polski",
    "es": "Español",
    "it": "Italiano",
}

OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        Option(
            "language",
            "",
            N_("Language"),
            N_("Language of window and command line."),
            "general",
            (
                ("", N_("As on this computer")),
                *((code, LANGUAGE_NAMES[code]) for code in LANGUAGES),
            ),
        ),
        Option(
            "role",
            "",
            N_("Where you use Allmende"),
            N_("Chooses examples and what is offered first; nothing else."),
            "general",
            (
                ("", N_("Not said")),
                ("school", N_("School")),
                ("office", N_("Office")),
                ("admin", N_("I administer computers")),
            ),
        ),
        Option(
            "welcomed",
            False,
            N_("First steps done"),
            N_("Off: the first steps are shown at the next start."),
        ),
        Option(
            "base",
            "",
            N_("Collection asked last"),
            N_("Chosen at the next start."),
        ),
        Option(
            "window",
            "",
            N_("Window"),
            N_("Its size and place when it was closed last."),
        ),
        Option(
            "theme",
            "",
            N_("Colours"),
            N_("Light, dark or with high contrast."),
            "looks",
            (
                ("", N_("As on this computer")),
                ("light", N_("Light")),
                ("dark", N_("Dark")),
                ("contrast", N_("High contrast")),
            ),
        ),
        Option(
            "text_percent",
            100,
            N_("Size of text"),
            N_("In percent of the computer's own size."),
            "looks",
            least=100,
            most=200,
            step=10,
            unit=N_("%"),
        ),
        Option(
            "motion",
            True,
            N_("Movement"),
            N_("Off: nothing glides or fades. The computer's own choice counts too."),
            "looks",
        ),
        Option(
            "embedder",
            "multilingual-e5-small",
            N_("Embedder for new collections"),
            N_("“none”: search by words only."),
            "documents",
            advanced=True,
        ),
        Option(
            "reranker",
            "",
            N_("Reranker"),
            N_(
                "A model that looks at what was found a second time and puts the best"
                " passages first. Empty: off."
            ),
            "documents",
            advanced=True,
            restart=True,
        ),
        Option(
            "watch_folders",
            True,
            N_("Watch folders"),
            N_("What changes in a folder of a collection is read by itself."),
            "documents",
        ),
        Option(
            "exclude",
            "*.tmp; Thumbs.db; desktop.ini",
            N_("Never read"),
            N_("Names or patterns such as *.tmp or drafts/, with semicolons between."),
            "documents",
            advanced=True,
            restart=True,
        ),
        Option(
            "largest_file_mb",
            200,
            N_("Largest file"),
            N_("Larger files are left out."),
            "documents",
            least=1,
            most=200,
            step=10,
            unit=N_("MB"),
            advanced=True,
            restart=True,
        ),
        Option(
            "chroma_from",
            1_000_000,
            N_("Use Chroma from this many chunks"),
            N_("Smaller bases are searched in memory, which needs no preparation."),
            "documents",
            step=1_000,
            unit=N_("passages"),
            advanced=True,
            restart=True,
        ),
        Option(
            "model",
            "",
            N_("Chat model"),
            N_(
                "Empty: the best installed model. “none”: answer with the sources only."
            ),
            "models",
            strictest="none",
        ),
        Option(
            "keep_model_minutes",
            15,
            N_("Keep the model in memory"),
            N_("So long after the last answer. 0: until the window is closed."),
            "models",
            most=1_440,
            step=5,
            unit=N_("minutes"),
        ),
        Option(
            "two_models",
            True,
            N_("Keep two models when they fit"),
            N_("Off: a model leaves the memory when another one answers."),
            "models",
            advanced=True,
        ),
        Option(
            "gpu",
            "auto",
            N_("Graphics card"),
            N_("When it fails, the processor computes, and you are told why."),
            "models",
            (("auto", N_("Use it when it helps")), ("off", N_("Do not use it"))),
            restart=True,
        ),
        Option(
            "threads",
            0,
            N_("Processor cores for models"),
            N_("At most so many compute at once. 0: as many as help."),
            "models",
            most=256,
            advanced=True,
            restart=True,
        ),
        Option(
            "memory_percent",
            100,
            N_("Memory for models"),
            N_("At most this share of the computer's memory."),
            "models",
            least=10,
            most=100,
            step=10,
            unit=N_("%"),
            advanced=True,
        ),
        Option(
            "allowed_models",
            "",
            N_("Allowed models"),
            N_("SHA-256 checksums, with spaces between. Empty: all are allowed."),
            "models",
            pattern=r"\s*([0-9a-fA-F]{64}([\s,]+|$))*",
            advanced=True,
            strictest="0" * 64,
        ),
        Option(
            "states_mb",
            500,
            N_("Keep what models have read"),
            N_(
                "Answers on the same documents then start sooner, also tomorrow. It holds"
                " text of your documents; nothing is kept where no conversations are."
                " 0: nothing."
            ),
            "models",
            most=20_000,
            step=100,
            unit=N_("MB"),
            advanced=True,
        ),
        Option(
            "read_ahead",
            True,
            N_("Read ahead"),
            N_(
                "While you write or look at the places found, the language model reads"
                " them already. Not while the computer saves energy."
            ),
            "models",
            advanced=True,
        ),
        Option(
            "max_tokens",
            300,
            N_("Longest answer"),
            N_("In tokens; a token is about three letters."),
            "answers",
            least=16,
            most=4_000,
            step=50,
            unit=N_("tokens"),
        ),
        Option(
            "top_k",
            8,
            N_("Passages for an answer"),
            N_("More passages find more and take longer."),
            "answers",
            least=1,
            most=30,
            unit=N_("passages"),
            advanced=True,
        ),
        Option(
            "temperature",
            0.0,
            N_("Temperature"),
            N_("0: the same question gets the same answer; higher: freer words."),
            "answers",
            most=2,
            step=0.1,
            advanced=True,
        ),
        Option(
            "top_p",
            0.95,
            N_("Top-p"),
            N_("Only the likeliest words up to this share may be chosen."),
            "answers",
            most=1,
            step=0.05,
            advanced=True,
        ),
        Option(
            "repeat_penalty",
            1.05,
            N_("Penalty for repetition"),
            N_("Above 1 the model repeats itself less."),
            "answers",
            least=1,
            most=2,
            step=0.05,
            advanced=True,
        ),
        Option(
            "seed",
            0,
            N_("Seed"),
            N_("The number that chance begins with."),
            "answers",
            most=2_147_483_647,
            advanced=True,
        ),
        Option(
            "history",
            True,
            N_("Keep conversations"),
            N_("Off: a conversation is gone when the window is closed."),
            "chats",
            restart=True,
            strictest=False,
        ),
        Option(
            "retention_days",
            0,
            N_("Delete conversations after"),
            N_("Days without a change; 0: never. Pinned ones are kept."),
            "chats",
            most=3_650,
            unit=N_("days"),
        ),
        Option(
            "bin_days",
            30,
            N_("Empty the bin after"),
            N_("So long a deleted conversation can be taken back."),
            "chats",
            least=1,
            most=3_650,
            unit=N_("days"),
        ),
        Option(
            "backups",
            5,
            N_("Backups to keep"),
            N_(
                "Allmende copies conversations and collections once a day and puts the"
                " last copy in the place of a damaged file. 0: no copies."
            ),
            "chats",
            most=50,
            unit=N_("backups"),
        ),
        Option(
            "always_private",
            False,
            N_("Only private sessions"),
            N_(
                "For accounts that several people share: conversations, drafts and added"
                " documents are gone when the window is closed."
            ),
            "chats",
            restart=True,
        ),
        Option(
            "downloads",
            False,
            N_("Allow downloads"),
            N_("Off: Allmende fetches nothing from the internet."),
            "network",
            safest=False,
        ),
        Option(
            "model_source",
            "",
            N_("Where models are downloaded from"),
            N_("Address of a model hub or of your own server, with https://."),
            "network",
        ),
        Option(
            "proxy",
            "",
            N_("Proxy for downloads"),
            N_(
                "An address such as http://proxy.example:3128; “none”: no proxy. Empty:"
                " as on this computer."
            ),
            "network",
            pattern=r"|none|https?://[^\s/@?#]+/?",
            advanced=True,
        ),
        Option(
            "download_ca",
            "",
            N_("Certificate to trust besides for downloads"),
            N_(
                "A PEM file, for instance of a filter in your network. Empty: whom this"
                " computer trusts."
            ),
            "network",
            advanced=True,
        ),
        Option(
            "allowed_hosts",
            "",
            N_("Hosts that may be asked"),
            N_(
                "Names with spaces between; *.example.org means all below it. It holds"
                " for downloads and servers. Empty: whom the other settings name."
            ),
            "network",
            pattern=r"-|[\s,]*((\*\.)?[A-Za-z0-9][A-Za-z0-9.:-]*([\s,]+|$))*",
            advanced=True,
            strictest="-",
        ),
        Option(
            "serve",
            True,
            N_("Allow serving the own network"),
            N_(
                "Off: `allmende serve` refuses. On: nothing listens before it is started."
            ),
            "network",
            safest=False,
        ),
        Option(
            "remote",
            False,
            N_("Allow a model on another computer"),
            N_(
                "On: questions and passages may leave this computer and go to the"
                " server named below, in your own network."
            ),
            "network",
            safest=False,
        ),
        Option(
            "remote_address",
            "",
            N_("Server of the own network"),
            N_("Its address, such as https://ki.example:8443/v1 (OpenAI-compatible)."),
            "network",
        ),
        Option(
            "remote_ca",
            "",
            N_("Certificate of that server's authority"),
            N_("A PEM file; empty: whom this computer trusts anyway."),
            "network",
            advanced=True,
        ),
        Option(
            "remote_context",
            8_192,
            N_("Longest prompt for that server"),
            N_("Used where the server does not say it."),
            "network",
            least=1_024,
            most=1_000_000,
            unit=N_("tokens"),
            advanced=True,
        ),
        Option(
            "remote_outside",
            False,
            N_("The server may lie outside the own network"),
            N_("Off: only private addresses are connected to."),
            "network",
            advanced=True,
            safest=False,
        ),
        Option(
            "encryption",
            "offered",
            N_("Encryption of conversations and collections"),
            N_(
                "Whether everybody decides it for their own data, or it must be. The key"
                " lies in the key store of the system."
            ),
            RULES,
            (
                ("offered", N_("Everybody decides")),
                ("required", N_("Always")),
                ("off", N_("Not offered")),
            ),
        ),
        Option(
            "folders",
            "",
            N_("Folders that may be read"),
            N_("Paths with semicolons between; empty: all that the user may open."),
            RULES,
            strictest="-",
        ),
        Option(
            "own_models",
            True,
            N_("Allow own models"),
            N_(
                "Off: only models that administrators put there for everybody are used;"
                " none is downloaded, imported or used where it lies."
            ),
            RULES,
            strictest=False,
        ),
        Option(
            "model_folders",
            "",
            N_("Further folders with models for everybody"),
            N_(
                "Folders or network shares with semicolons between; they are only read."
            ),
            RULES,
        ),
        Option(
            "base_folders",
            "",
            N_("Further folders with collections for everybody"),
            N_(
                "Folders or network shares with semicolons between; what"
                " `allmende base publish` put there is only read."
            ),
            RULES,
        ),
        Option(
            "exports",
            True,
            N_("Allow exports"),
            N_("Off: conversations, quizzes and tasks cannot be saved as files."),
            RULES,
            strictest=False,
        ),
        Option(
            "update_folder",
            "",
            N_("Folder with newer versions"),
            N_(
                "A folder or network share. When a newer package lies there, Allmende"
                " says so; it installs nothing. Empty: nowhere is looked."
            ),
            RULES,
        ),
        Option(
            "lessons",
            True,
            N_("Allow lessons and exams"),
            N_("Off: nobody can begin a lesson here that restricts Allmende."),
            RULES,
        ),
        Option(
            "lesson_file",
            "",
            N_("Lesson for everyone"),
            N_(
                "A lesson file that only administrators and teachers can change. While"
                " its time lasts, everybody on this computer is bound by it. Empty, or no"
                " such file: none."
            ),
            RULES,
        ),
        Option(
            "notice",
            "",
            N_("Message to everyone"),
            N_("Shown above every page, for instance whom to ask."),
            RULES,
        ),
        Option(
            "vector_server",
            "",
            N_("Chroma server in your network"),
            N_(
                "Address of a server that keeps the vectors of large collections, with"
                " https://. Empty: they stay on this computer."
            ),
            "network",
            advanced=True,
            restart=True,
            safest="",
        ),
        Option(
            "vector_server_token_file",
            "",
            N_("File with the token of the Chroma server"),
            N_("The server is never asked without a token."),
            "network",
            advanced=True,
            restart=True,
        ),
        Option(
            "vector_server_ca",
            "",
            N_("Certificate to trust for the Chroma server"),
            N_("A PEM file of your own authority. Empty: those of this computer."),
            "network",
            advanced=True,
            restart=True,
        ),
        Option(
            "vector_server_from",
            20_000,
            N_("Use the Chroma server from this many chunks"),
            N_("Smaller collections are searched faster on this computer."),
            "network",
            least=1,
            most=10_000_000,
            step=1_000,
            unit=N_("passages"),
            advanced=True,
            restart=True,
        ),
    )
}


def fitting(name: str, value: object) -> Value | None:
    """Return `value` in the type of an option, None where it does not fit."""
    option = OPTIONS.get(name)
    if option is None:
        return None
    if isinstance(option.default, float) and type(value) is int:
        value = float(value)
    if not isinstance(value, Value) or type(value) is not type(option.default):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        inside = math.isfinite(value) and option.least <= value <= option.most
        return value if inside else None
    if option.pattern and not re.fullmatch(option.pattern, str(value)):
        return None
    return value if not option.choices or value in dict(option.choices) else None
