"""Why a file cannot be read, in words: every DocumentError of the readers is made here.

Invariant: a library's own exception never leaves its reader. `reading` is the border
that each reader puts around its library; `tests/readers/test_bad_files.py` checks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import DocumentError
from app.i18n import N_
from app.readers.opening import open_file

MAX_FILE_BYTES = 200 * 1024 * 1024
MAX_MARKUP_BYTES = 50 * 1024 * 1024

_SENTENCES = {
    "empty": (
        N_("{file} is empty."),
        N_("Check that it was saved or copied completely, then add it again."),
    ),
    "encrypted": (
        N_("{file} is protected by a password."),
        N_("Save a copy without a password and add that."),
    ),
    "no_text": (
        N_("{file} contains only pictures, and no writing was recognised in them."),
        N_("If there is text to be read, scan it anew, straight and sharp at 300 dpi."),
    ),
    "no_ocr": (
        N_("{file} contains only pictures, as a scan does, and no text."),
        N_(
            "Install the text recognition (on Debian and Ubuntu: sudo apt install "
            "tesseract-ocr-deu tesseract-ocr-eng), then bring the base up to date."
        ),
    ),
    "unreadable": (
        N_("{file} is damaged and cannot be read."),
        N_("Open it in the program it was made with, save it anew and add that."),
    ),
    "unknown_format": (
        N_("{file} is of a kind that cannot be read yet."),
        N_("Save it as PDF, Word (.docx), OpenDocument (.odt) or text and add that."),
    ),
    "mislabelled": (
        N_("{file} is not the kind of file that its name says."),
        N_("Find out which program it belongs to, and save it as PDF or text there."),
    ),
    "too_big": (
        N_("{file} is too big to be read safely."),
        N_("Split it into smaller files and add those."),
    ),
    "vanished": (
        N_("{file} is no longer there."),
        N_("If it was moved or renamed, add it from its new place."),
    ),
    "denied": (
        N_("You are not allowed to read {file}."),
        N_("Ask the person who manages this computer for permission to read it."),
    ),
}


def failure(reason: str, path: Path) -> DocumentError:
    """Return the error for `reason`, with its sentence, remedy and the file's name."""
    sentence, remedy = _SENTENCES[reason]
    return DocumentError(reason, sentence, remedy, file=path.name)


def page_gone(path: Path, number: int) -> DocumentError:
    """Return the error for a page that the file has no more."""
    return DocumentError(
        "vanished",
        N_("{file} no longer has a page {page}."),
        N_("The file has changed: add it again."),
        file=path.name,
        page=number,
    )


def needs_libreoffice(path: Path) -> DocumentError:
    """Return the error for an old format where there is no LibreOffice."""
    return DocumentError(
        "needs_program",
        N_("{file} is of an old kind that can only be read with LibreOffice."),
        N_("Install LibreOffice, or save the file in a newer kind, such as PDF."),
        file=path.name,
    )


def took_too_long(path: Path) -> DocumentError:
    """Return the error for a file that a program did not finish with."""
    return DocumentError(
        "timeout",
        N_("Reading {file} took too long and was given up."),
        N_("Save it as PDF in the program it was made with, and add that."),
        file=path.name,
    )


def nothing_inside(path: Path) -> DocumentError:
    """Return the error for an archive without a single readable document."""
    return DocumentError(
        "empty",
        N_("{file} holds no document that can be read."),
        N_("Unpack it and look at what is in it."),
        file=path.name,
    )


def too_deep(path: Path) -> DocumentError:
    """Return the error for an archive in an archive in an archive."""
    return DocumentError(
        "too_big",
        N_("{file} lies in an archive that itself lies in another archive."),
        N_("Unpack the outer archive and add what is in it."),
        file=path.name,
    )


def no_room(path: Path) -> DocumentError:
    """Return the error for a member that there is no room on the disk to open."""
    return DocumentError(
        "too_big",
        N_("There is no room on the disk to open {file}."),
        N_("Free some space and add it again."),
        file=path.name,
    )


@contextmanager
def reading(path: Path, *library_errors: type[Exception]) -> Iterator[None]:
    """Turn what the system and `library_errors` raise inside into a DocumentError."""
    try:
        yield
    except DocumentError:
        raise
    except FileNotFoundError as error:
        raise failure("vanished", path) from error
    except PermissionError as error:
        raise failure("denied", path) from error
    except MemoryError as error:
        raise failure("too_big", path) from error
    except (OSError, RecursionError) as error:
        raise failure("unreadable", path) from error
    except library_errors as error:
        raise failure("unreadable", path) from error


def read_bytes(path: Path, limit_bytes: int = MAX_FILE_BYTES) -> bytes:
    """Return the file's content; raise when it holds more than `limit_bytes`."""
    with reading(path), open_file(path) as file:
        data = file.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise failure("too_big", path)
    return data
