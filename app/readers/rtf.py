"""Rich Text Format. Owner of striprtf.

Pictures stand in such files as long rows of hexadecimal digits; they are cut out first,
as the library would look at every digit.
"""

from __future__ import annotations

import re
from pathlib import Path

from striprtf.striprtf import rtf_to_text

from app.readers.builder import TextBuilder
from app.readers.failures import MAX_MARKUP_BYTES, failure, read_bytes, reading
from app.readers.formats import SUFFIXES_OF
from app.values.documents import ExtractedDocument

_HEX = re.compile(r"(?:[0-9a-fA-F]{32,}\s*)+")
# Bullets, also those of the fonts Symbol and Wingdings.
_BULLET = re.compile("\\s*(?:[•·▪\uf000-\uf0ff]\\s*|[-–o]\\t\\s*)")
_TITLE = re.compile(r"\{\\title\s([^{}\\]{1,300})\}")
_SURROGATES = re.compile("[\ud800-\udfff]")
# What the library raises on files that are cut off or made up.
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, OverflowError)


class RtfReader:
    """Reads RTF as Word, WordPad and LibreOffice write it."""

    name = "rtf"
    suffixes = SUFFIXES_OF["rtf"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`."""
        source = read_bytes(path, MAX_MARKUP_BYTES).decode("latin-1")
        short = _HEX.sub("", source)
        with reading(path, *_BROKEN):
            text = rtf_to_text(  # type: ignore[no-untyped-call]
                short, encoding="cp1252", errors="replace"
            )
        text = _SURROGATES.sub(
            "\ufffd", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
        builder = TextBuilder()
        before = ""
        for line in text.split("\n"):
            kind = _kind(line)
            if kind != before:
                builder.end_list()
            _add_line(builder, line, kind)
            before = kind
        title = _TITLE.search(short)
        document = builder.build("rtf", title[1] if title else "")
        if not document.text:
            raise failure("no_text" if "\\pict" in short else "empty", path)
        return document


def _kind(line: str) -> str:
    if line.endswith("|"):
        return "row"
    return "item" if _BULLET.match(line) else ""


def _add_line(builder: TextBuilder, line: str, kind: str) -> None:
    if kind == "row":
        builder.row(line.removesuffix("|").split("|"))
    elif kind == "item":
        builder.item(_BULLET.sub("", line, count=1))
    else:
        builder.paragraph(line)
