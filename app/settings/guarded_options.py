"""What goes out, what protects, and what only administrators decide."""

from __future__ import annotations

from app.i18n import N_
from app.settings.option import RULES, Option

GUARDED: tuple[Option, ...] = (
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
        N_("Off: “allmende serve” refuses. On: nothing listens before it is started."),
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
        N_("Folders or network shares with semicolons between; they are only read."),
        RULES,
    ),
    Option(
        "base_folders",
        "",
        N_("Further folders with collections for everybody"),
        N_(
            "Folders or network shares with semicolons between; what"
            " “allmende base publish” put there is only read."
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
        strictest=False,
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
