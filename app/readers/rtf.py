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
        for line in text.split("\n"):
            _add_line(builder, line)
        title = _TITLE.search(short)
        document = builder.build("rtf", title[1] if title else "")
        if not document.text:
            raise failure("no_text" if "\\pict" in short else "empty", path)
        return document


def _add_line(builder: TextBuilder, line: str) -> None:
    if line.endswith("|"):
        builder.row(line.removesuffix("|").split("|"))
    elif line.lstrip().startswith(("•", "·", "\u00b7\t", "-\t")):
        builder.item(line.strip().lstrip("•·-").strip())
    else:
        builder.end_list()
        builder.paragraph(line)
