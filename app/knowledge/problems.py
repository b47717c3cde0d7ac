"""What can be wrong with a file before a reader sees it, as sentences."""

from __future__ import annotations

from pathlib import Path

from app.errors import AppError, DocumentError
from app.i18n import N_
from app.values.bases import DocumentDone

_SKIPPED = ("empty", "no_text", "unknown_format", "needs_program", "no_ocr")


def printable(name: str) -> str:
    """Return a file name as text that can be stored: some old names are not Unicode."""
    return name.encode("utf-8", "replace").decode("utf-8")


def unnameable(path: Path) -> DocumentError:
    """A name that cannot be kept."""
    return DocumentError(
        "unreadable",
        N_("The name of {file} holds characters that are not Unicode."),
        N_("Rename the file and add it again."),
        file=printable(path.name),
    )


def no_file(path: Path) -> DocumentError:
    """A device, a pipe or a socket: it has no end."""
    return DocumentError(
        "unreadable",
        N_("{file} is no file but a device or a connection between programs."),
        N_("Add files and folders only."),
        file=path.name,
    )


def denied(path: Path) -> DocumentError:
    """No right to read it."""
    return DocumentError(
        "denied",
        N_("{file} may not be read by this account."),
        N_("Ask for the right to read it, or copy it to your own folder."),
        file=path.name,
    )


def outside(path: Path) -> DocumentError:
    """Not in one of the folders that administrators named."""
    return DocumentError(
        "denied",
        N_("{file} lies outside the folders that may be read here."),
        N_("Move it there, or ask whoever cares for this computer."),
        file=path.name,
    )


def emptied(path: Path) -> DocumentError:
    """A folder that held documents and holds none now."""
    return DocumentError(
        "vanished",
        N_("The folder {file} is empty now; what was read from it is kept."),
        N_("Plug the drive in again, or remove the base."),
        file=path.name,
    )


def told(name: str, error: DocumentError) -> DocumentDone:
    """Return the event that tells a problem."""
    return DocumentDone(
        name,
        "skipped" if error.reason in _SKIPPED else "failed",
        error.reason,
        error.sentence,
        error.remedy,
        tuple(error.parameters.items()),
    )


def file_error(path: Path, error: OSError) -> DocumentError:
    """Return the sentence for what the operating system said."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return DocumentError(
            "vanished",
            N_("{file} is no longer there."),
            N_("Put it back, or remove it from the base."),
            file=path.name,
        )
    if isinstance(error, PermissionError):
        return denied(path)
    return DocumentError(
        "unreadable",
        N_("{file} could not be read from its drive."),
        N_("Check the drive or the network share and try again."),
        file=path.name,
    )


def too_big(path: Path) -> DocumentError:
    """It asked for more memory than one file may have."""
    return DocumentError(
        "too_big",
        N_("{file} needs more memory than there is."),
        N_("Split it into smaller files."),
        file=path.name,
    )


def too_slow(path: Path, limit_s: float) -> DocumentError:
    """Nothing was heard of its reading for too long."""
    return DocumentError(
        "timeout",
        N_("Reading {file} got no further for {seconds} seconds and was stopped."),
        N_("Save it anew from its program, or split it, and add it again."),
        file=path.name,
        seconds=round(limit_s),
    )


def ended_the_reader(path: Path) -> DocumentError:
    """The process that read it is gone; the rest goes on with another."""
    return DocumentError(
        "crashed",
        N_("Reading {file} ended the process that reads documents."),
        N_("It was set aside; save it anew from its program and add it again."),
        file=path.name,
    )


def crashed_often(path: Path) -> DocumentError:
    """Storing it ended the index child twice."""
    return DocumentError(
        "crashed",
        N_("Reading {file} ended the reading process more than once."),
        N_("It was set aside; save it anew from its program and add it again."),
        file=path.name,
    )


def our_mistake(path: Path, error: AppError) -> DocumentError:
    """A mistake of ours: it costs this file only."""
    return DocumentError(
        "crashed",
        N_("{file} could not be read: something went wrong inside Allmende ({place})."),
        N_("Please report this place; the other files are not affected."),
        file=path.name,
        place=error.parameters.get("place", type(error).__name__),
    )


def over_the_limit(path: Path, limit_mb: int) -> DocumentError:
    """It is larger than the settings allow."""
    return DocumentError(
        "too_big",
        N_("{file} is larger than {limit} MB, the limit in the settings."),
        N_("Split it, or raise the limit in the settings."),
        file=path.name,
        limit=limit_mb,
    )
