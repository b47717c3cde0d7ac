"""Quiz files of other programs → items, and what was left behind: one door.

A reader never guesses: what it does not understand becomes a `Remark`. The same limits
hold for every file: its size, its number of questions, and no XML entities.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from html import unescape
from pathlib import Path

from app.errors import DocumentError, UsageError
from app.exporters.quiz.text import clean
from app.files import storage_errors
from app.i18n import N_
from app.values.quiz import ImportedQuiz, Remark

READERS = {
    "xml": ("moodle_read", "read_moodle"),
    "gift": ("gift_read", "read_gift"),
    "txt": ("gift_read", "read_gift"),
    "h5p": ("h5p_read", "read_h5p"),
}
MOST_BYTES = 50_000_000
MOST_ITEMS = 5_000

FORMATTING = N_("Question {number}: formatting such as bold or tables was left out.")
PICTURE = N_("Question {number}: a picture or a file was left out.")
UNKNOWN_KIND = N_(
    "Question {number} was left out: the kind “{kind}” is not known here."
)
UNREADABLE = N_("Question {number} was left out: it is not in the format's form.")
DETAILS = N_("Question {number}: not taken over: {what}.")

_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6]|tr)\s*>", re.IGNORECASE)
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*)?/?>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PLAIN_TAGS = {"p", "br", "div", "span"}
_MEDIA_TAGS = {"img", "audio", "video", "object", "embed", "iframe", "source"}


def read_quiz(path: Path) -> ImportedQuiz:
    """Return the quiz of a file; its ending tells the format.

    Raises UsageError for an ending without a reader, DocumentError for a file that is
    not what its ending says, StorageError where it cannot be opened.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in READERS:
        raise UsageError(
            N_("Allmende cannot read questions from files that end in “{ending}”."),
            N_("Use one of these endings: {endings}."),
            ending=path.suffix,
            endings=", ".join(f".{name}" for name in READERS),
        )
    with storage_errors():
        if path.stat().st_size > MOST_BYTES:
            raise not_readable("too_big")
        data = path.read_bytes()
    module, name = READERS[kind]
    read: Callable[[bytes, str], ImportedQuiz] = getattr(
        importlib.import_module(f"app.exporters.quiz.{module}"), name
    )
    return read(data, path.stem)


def not_readable(reason: str = "unreadable") -> DocumentError:
    """Return the error for a file that is not what its ending says."""
    return DocumentError(
        reason,
        N_("The file holds no questions that Allmende can read."),
        N_("Export it again as Moodle XML, GIFT or H5P question set."),
    )


def plain_text(markup: str, number: int, remarks: list[Remark]) -> str:
    """Return HTML as plain text; what is lost on the way becomes a remark."""
    tags = {match[1].lower() for match in _TAG.finditer(markup)}
    if tags & _MEDIA_TAGS or "@@PLUGINFILE@@" in markup:
        remark(remarks, number, PICTURE)
    if tags - _MEDIA_TAGS - _PLAIN_TAGS:
        remark(remarks, number, FORMATTING)
    text = _COMMENT.sub("", markup)
    text = _BREAK.sub("\n", text.replace("\r\n", "\n"))
    text = unescape(_TAG.sub("", text)).replace("\u00a0", " ")
    return clean(text).strip("\n").strip()


def remark(remarks: list[Remark], number: int, sentence: str, **values: object) -> None:
    """Add a remark, once."""
    filled = (("number", str(number)), *((k, str(v)) for k, v in values.items()))
    made = Remark(number, sentence, filled)
    if made not in remarks:
        remarks.append(made)


def without_marks(tags: Iterable[str]) -> tuple[tuple[str, ...], str]:
    """Return a question's tags, and the Bloom step that one of them names."""
    kept, bloom = [], ""
    for tag in tags:
        if tag.startswith("bloom:"):
            bloom = tag.removeprefix("bloom:")
        elif tag:
            kept.append(tag)
    return tuple(dict.fromkeys(kept)), bloom
