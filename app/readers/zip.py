"""Zip archives: a list of their files, which are documents of their own.

The list is what one sees of the archive itself; it makes no chunks, since the names of
files answer nothing.
"""

from __future__ import annotations

from pathlib import Path

from app.readers.failures import failure, nothing_inside
from app.readers.formats import SUFFIXES, SUFFIXES_OF
from app.readers.names import Names
from app.readers.packed import MAX_MEMBERS, entries
from app.values.documents import ExtractedDocument


class ZipReader:
    """Reads the names of an archive's files."""

    name = "zip"
    suffixes = SUFFIXES_OF["zip"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; raises DocumentError where no file in it could be read."""
        names = Names()
        listed = [names.of(entry.name) for entry in entries(path)]
        if not listed:
            raise failure("empty", path)
        readable = sum(Path(name).suffix.lower() in SUFFIXES for name in listed)
        if not readable:
            raise nothing_inside(path)
        if readable > MAX_MEMBERS:
            raise failure("too_big", path)
        text = "\n".join(listed)
        return ExtractedDocument(text=text, format="zip", body_start=len(text))
