"""What a workbook would fill the memory with, measured before a library lays it out.

python-calamine lays out a sheet from its first to its last cell at once, repeats a
shared text for each cell that shows it, and believes the counts in old files. Two
cells in opposite corners, or a count that lies, would end the process.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from app.readers.failures import failure

_MAX_AREA = 10_000_000
_MAX_SHARED_LETTERS = 200_000_000
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>")
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_PLACE = re.compile(rb'\br\s*=\s*["\']([^"\']*)["\']')
# The last cell of a sheet is XFD1048576; a library counts on with what is further.
_CELL_NAME = re.compile(rb"([A-Za-z]{1,3})(\d{1,7})")
_ROW_NAME = re.compile(rb"()(\d{1,7})")
_SHARED = re.compile(rb't\s*=\s*["\']s["\'][^>]*>\s*<(?:\w+:)?v[^>]*>\s*(\d{1,9})')
_UNIQUE = re.compile(rb'\buniqueCount\s*=\s*["\']\s*(\d+)')
_ITEM = re.compile(rb"<(?:\w+:)?si\b.*?</(?:\w+:)?si>", re.DOTALL)
# Records of BIFF, the format of old workbooks, that hold cells: [MS-XLS] 2.3.
_BIFF_CELLS = frozenset((
    0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD,
    0x0201, 0x0203, 0x0204, 0x0205, 0x0206, 0x027E, 0x0406,
))  # fmt: skip
_BIFF_STRINGS, _BIFF_BEGIN = 0x00FC, 0x0809
_BIFF_DIMENSIONS = (0x0000, 0x0200)
_BIFF_COLUMNS, _BIFF_ROWS = 256, 65_536


def check_sheets(path: Path, archive: zipfile.ZipFile) -> None:
    """Raise for sheets that are small as a file and huge in memory, or lie about it."""
    names = [n for n in archive.namelist() if n.lower().endswith(".xml")]
    lengths: list[int] = []
    for name in names:
        if name.lower().endswith("sharedstrings.xml"):
            xml = archive.read(name)
            if any(int(count) > len(xml) for count in _UNIQUE.findall(xml)):
                # Room is made for so many texts before the first one is read.
                raise failure("unreadable", path)
            lengths = [len(item) for item in _ITEM.findall(xml)]
    longest = max(lengths, default=0)
    letters = 0
    for name in names:
        if "worksheets/" not in name.lower():
            continue
        xml = archive.read(name)
        cells = [match[1] for match in _CELL.finditer(xml)]
        area = _area(cells, [match[1] for match in _ROW.finditer(xml)])
        if area is None:
            raise failure("unreadable", path)
        if area > _MAX_AREA:
            raise failure("too_big", path)
        if len(cells) * longest + letters > _MAX_SHARED_LETTERS:
            uses = Counter(int(number) for number in _SHARED.findall(xml))
            letters += sum(
                count * lengths[number]
                for number, count in uses.items()
                if number < len(lengths)
            )
        if letters > _MAX_SHARED_LETTERS:
            raise failure("too_big", path)


def _area(cells: list[bytes], rows: list[bytes]) -> int | None:
    """Return how many cells the rectangle around all cells has, from A1 on.

    None when a cell or row names a place that no sheet has.
    """
    width, height = 1, 0
    for found, form in ((cells, _CELL_NAME), (rows, _ROW_NAME)):
        for place in filter(None, map(_PLACE.search, found)):
            name = form.fullmatch(place[1])
            if name is None:
                return None
            column = 0
            for letter in name[1].upper():
                column = column * 26 + letter - 64
            width, height = max(width, column), max(height, int(name[2]))
    return width * height


def check_records(path: Path, stream: bytes) -> None:
    """Raise for an old workbook whose counts and places are more than it can hold.

    Lets the records of each sheet pass by, as a library will do.
    """
    rows = columns = shared = 0
    for kind, data in _records(stream):
        if kind == _BIFF_BEGIN:
            rows = columns = 0
        elif kind == _BIFF_STRINGS and len(data) >= 8:
            (count,) = struct.unpack_from("<I", data, 4)
            if count > len(stream):
                raise failure("unreadable", path)
        elif kind in _BIFF_DIMENSIONS:
            _check_dimensions(path, data)
        elif kind in _BIFF_CELLS and len(data) >= 4:
            row, column = struct.unpack_from("<HH", data)
            if column >= _BIFF_COLUMNS:
                raise failure("unreadable", path)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            shared += kind == 0x00FD
            if rows * columns > _MAX_AREA:
                raise failure("too_big", path)
    if shared * _longest_string(stream) > _MAX_SHARED_LETTERS:
        raise failure("too_big", path)


def _check_dimensions(path: Path, data: bytes) -> None:
    """Raise where a sheet says that it is larger than sheets can be."""
    layout = "<IIHH" if len(data) >= 14 else "<HHHH"
    if len(data) < struct.calcsize(layout):
        return
    top, rows, left, columns = struct.unpack_from(layout, data)
    if not (top <= rows <= _BIFF_ROWS and left <= columns <= _BIFF_COLUMNS):
        raise failure("unreadable", path)


def _longest_string(stream: bytes) -> int:
    """Return a bound for the longest shared text of an old workbook."""
    sizes = [len(data) for kind, data in _records(stream) if kind == _BIFF_STRINGS]
    return min(max(sizes, default=0), 32_767)


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and data of each record; a sheet begins with `_BIFF_BEGIN`."""
    place = 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        yield kind, stream[place + 4 : place + 4 + size]
        place += 4 + size
