"""What pypdf is asked for: a second opinion, the fields of forms, and comments.

Owner of pypdf. Damaged files make it raise almost anything (its documentation says so);
every exception becomes PypdfFailed here, a password a DocumentError.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdf
from pypdf.errors import FileNotDecryptedError, WrongPasswordError

from app.errors import DocumentError
from app.invisible import visible
from app.readers.failures import failure
from app.readers.opening import open_file
from app.readers.pdf_page import tidy

_SECOND_OPINIONS = 5
_MAX_NOTES = 500
_MAX_CHARACTERS = 5_000
_MAX_ANCESTORS = 20
_HIDDEN_FLAGS = 0x02 | 0x20
_PASSWORD = 1 << 13
_PUSH_BUTTON = 1 << 16
_OFF = ("/Off", "")
_COMMENTS = frozenset((
    "/Text", "/FreeText", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly",
    "/Stamp", "/Caret", "/Square", "/Circle", "/Line", "/Ink", "/Polygon", "/PolyLine",
    "/FileAttachment",
))  # fmt: skip


class PypdfFailed(Exception):
    """pypdf cannot read the file or one of its pages."""


@dataclass(frozen=True, slots=True)
class PdfNote:
    """A filled field or a comment, with left, bottom, right and top on its page."""

    text: str
    rectangle: tuple[float, float, float, float]


@contextmanager
def opened(path: Path) -> Iterator[pypdf.PdfReader]:
    """Open a PDF with pypdf, which then starts no program and writes no log."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    with open_file(path) as file:
        try:
            with pypdf.apply_configuration(jbig2dec_binary=None):
                yield pypdf.PdfReader(file)
        except (FileNotDecryptedError, WrongPasswordError) as error:
            raise failure("encrypted", path) from error
        except DocumentError:
            raise
        except Exception as error:
            raise PypdfFailed from error


def second_opinion(path: Path, indices: Sequence[int]) -> dict[int, str]:
    """Return what pypdf reads on pages where PDFium finds nothing at all."""
    texts: dict[int, str] = {}
    if not indices:
        return texts
    try:
        with opened(path) as reader:
            for asked, index in enumerate(indices):
                if asked >= _SECOND_OPINIONS and not any(texts.values()):
                    break
                texts[index] = tidy(reader.pages[index].extract_text())
    except PypdfFailed:
        pass
    return texts


def notes_on(
    path: Path, indices: Sequence[int]
) -> tuple[dict[int, list[PdfNote]], bool]:
    """Return fields and comments by page, and whether some of them are hidden."""
    found: dict[int, list[PdfNote]] = {}
    has_hidden = False
    if not indices:
        return found, has_hidden
    try:
        with opened(path) as reader:
            for index in indices:
                page = _Annotated(reader.pages[index])
                found[index] = page.notes
                has_hidden = has_hidden or page.has_hidden
    except PypdfFailed:
        pass
    return found, has_hidden


class _Annotated:
    """The notes of one page, from the top down."""

    def __init__(self, page: Any) -> None:
        self.has_hidden = False
        self.notes: list[PdfNote] = []
        for reference in (_resolved(page.get("/Annots")) or ())[:_MAX_NOTES]:
            annotation = _resolved(reference)
            if isinstance(annotation, dict):
                self._take(annotation)
        self.notes.sort(key=lambda note: (-note.rectangle[3], note.rectangle[0]))

    def _take(self, annotation: Any) -> None:
        kind = annotation.get("/Subtype")
        if kind == "/Widget":
            text = _field_text(annotation)
        elif kind in _COMMENTS:
            text = _comment_text(annotation)
        else:
            return
        if not text:
            return
        flags = _resolved(annotation.get("/F"))
        if isinstance(flags, int) and flags & _HIDDEN_FLAGS:
            self.has_hidden = True
            return
        self.notes.append(PdfNote(text, _rectangle(annotation)))


def _resolved(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value


def _inherited(field: Any, key: str) -> Any:
    """Return an entry of a field or of the fields above it."""
    for _ in range(_MAX_ANCESTORS):
        if key in field:
            return _resolved(field[key])
        parent = _resolved(field.get("/Parent"))
        if not isinstance(parent, dict):
            return None
        field = parent
    return None


def _field_text(field: Any) -> str:
    """Return "Label: value" of a field that was filled in, "" of any other."""
    kind = _inherited(field, "/FT")
    flags = _inherited(field, "/Ff")
    flags = flags if isinstance(flags, int) else 0
    label = _one_line(_inherited(field, "/TU") or _inherited(field, "/T"))
    if kind == "/Btn":
        state = _resolved(field.get("/AS"))
        is_on = not flags & _PUSH_BUTTON and isinstance(state, str)
        return f"☒ {label}" if is_on and label and state not in _OFF else ""
    if kind not in ("/Tx", "/Ch") or (kind == "/Tx" and flags & _PASSWORD):
        return ""
    value = _inherited(field, "/V")
    values = value if isinstance(value, list) else [value]
    text = ", ".join(filter(None, (_text(_resolved(one)) for one in values)))
    if not text:
        return ""
    return f"{label}: {text}" if label else text


def _comment_text(annotation: Any) -> str:
    text = _text(_resolved(annotation.get("/Contents")))
    author = _one_line(_resolved(annotation.get("/T")))
    return f"{author}: {text}" if author and text else text


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str) or isinstance(value, pypdf.generic.NameObject):
        return ""
    return tidy(
        visible(value[:_MAX_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n"))
    )


def _one_line(value: Any) -> str:
    return " ".join(_text(value).split())


def _rectangle(annotation: Any) -> tuple[float, float, float, float]:
    """Return an annotation's rectangle, an empty one where it is damaged."""
    corners = _resolved(annotation.get("/Rect"))
    if not isinstance(corners, list) or len(corners) != 4:
        return 0.0, 0.0, 0.0, 0.0
    numbers = [_resolved(corner) for corner in corners]
    if not all(isinstance(number, int | float) for number in numbers):
        return 0.0, 0.0, 0.0, 0.0
    x0, y0, x1, y1 = (float(number) for number in numbers)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
