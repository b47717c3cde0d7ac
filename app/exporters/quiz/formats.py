"""One door for exporting a quiz; the format follows the file's ending."""

from __future__ import annotations

import errno
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.errors import StorageError, UsageError
from app.exporters.quiz import pictures
from app.exporters.quiz.wording import QuizWording
from app.files import write_atomically
from app.i18n import N_
from app.values.quiz import Quiz, Remark


@dataclass(frozen=True, slots=True)
class Exported:
    """A file's bytes, and what of the quiz the format cannot hold."""

    data: bytes
    remarks: tuple[Remark, ...] = ()


Write = Callable[[Quiz, QuizWording], "str | bytes | Exported"]
# Ending → module of `exporters` and function. It is loaded when its format is asked for.
FORMATS = {
    "xml": ("quiz.moodle", "moodle_xml"),
    "gift": ("quiz.gift", "gift"),
    "txt": ("quiz.gift", "gift"),
    "h5p": ("quiz.h5p", "h5p"),
    "zip": ("quiz.qti", "qti"),
    "apkg": ("quiz.anki", "apkg"),
    "docx": ("quiz.word", "docx"),
    "odt": ("quiz.odt", "odt"),
    "pdf": ("pdf.document", "pdf"),
    "html": ("quiz.page", "page"),
    "md": ("quiz.markdown", "markdown"),
    "csv": ("quiz.sheet", "csv_table"),
    "xlsx": ("quiz.sheet", "xlsx"),
}
WITHOUT_PICTURES = ("gift", "txt", "csv", "xlsx")


def need_format(ending: str) -> str:
    """Return the name of a format for ".xml" or "xml". Raises UsageError."""
    kind = ending.lower().lstrip(".")
    if kind not in FORMATS:
        raise UsageError(
            N_("Allmende cannot write files that end in “{ending}”."),
            N_("Use one of these endings: {endings}."),
            ending=ending,
            endings=", ".join(f".{name}" for name in FORMATS),
        )
    return kind


def export_quiz(quiz: Quiz, ending: str, wording: QuizWording) -> Exported:
    """Return a quiz as a file of the kind that `ending` names. Raises UsageError."""
    kind = need_format(ending)
    module, name = FORMATS[kind]
    write: Write = getattr(importlib.import_module(f"app.exporters.{module}"), name)
    made = write(quiz, wording)
    if isinstance(made, str):
        made = made.encode("utf-8")
    if not isinstance(made, Exported):
        made = Exported(made)
    told = pictures.remarks(quiz, held=kind not in WITHOUT_PICTURES)
    return Exported(made.data, (*told, *made.remarks))


def write_quiz(path: Path, quiz: Quiz, wording: QuizWording) -> Exported:
    """Write a quiz into a file, whole or not at all.

    Raises UsageError for an unknown ending, StorageError where the file cannot be
    written: the folder is not ours, or another program holds the file.
    """
    made = export_quiz(quiz, path.suffix, wording)
    try:
        write_atomically(path, made.data)
    except StorageError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno == errno.ENOSPC:
            raise
        raise StorageError(
            N_("{file} cannot be written."),
            N_("Close it in other programs, or choose another folder."),
            file=path,
        ) from error
    return made
