"""Excel workbooks (.xlsx, .xlsm, .xls): every visible sheet with its tables.

Owner of python-calamine, which lays out a sheet from its first to its last cell at
once. A sheet of two cells in opposite corners would so fill the memory, as would one
long text that a million cells share; both are measured before it sees the file.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from app.readers.archive import checked_archive
from app.readers.builder import TextBuilder
from app.readers.failures import failure, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.sheets import Room, add_sheet, rows_of
from app.values.documents import ExtractedDocument

_MAX_AREA = 20_000_000
_MAX_SHARED_LETTERS = 200_000_000
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>")
_PLACE = re.compile(rb'\br\s*=\s*["\']([A-Z]{1,7})(\d{1,9})["\']')
_SHARED = re.compile(rb't\s*=\s*["\']s["\'][^>]*>\s*<(?:\w+:)?v[^>]*>\s*(\d{1,9})')
_ITEM = re.compile(rb"<(?:\w+:)?si\b.*?</(?:\w+:)?si>", re.DOTALL)
_HIDDEN = "hidden"


class ExcelReader:
    """Reads workbooks; formulas count as what they last came to."""

    name = "excel"
    suffixes = SUFFIXES_OF["excel"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; rows beyond the limits are left out with a warning."""
        is_zip = zipfile.is_zipfile(path)
        has_pictures = False
        if is_zip:
            with checked_archive(path) as archive:
                _check_size(path, archive)
                has_pictures = any("/media/" in name for name in archive.namelist())
        builder, room = TextBuilder(), Room()
        with reading(path, CalamineError, ValueError, TypeError, OverflowError):
            hidden = _read_sheets(path, builder, room)
        warnings = (*room.warnings, *([_HIDDEN] if hidden else []))
        document = builder.build("xlsx" if is_zip else "xls", warnings=warnings)
        if not document.tables and not document.text.strip():
            raise failure("no_text" if has_pictures else "empty", path)
        return document


def _read_sheets(path: Path, builder: TextBuilder, room: Room) -> bool:
    """Add all visible sheets and tell whether there were hidden ones."""
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            hidden = False
            for number, data in enumerate(workbook.sheets_metadata, 1):
                if data.typ != SheetTypeEnum.WorkSheet:
                    continue
                if data.visible != SheetVisibleEnum.Visible:
                    hidden = True
                    continue
                sheet = workbook.get_sheet_by_name(data.name)
                add_named_sheet(builder, number, data.name, _rows(sheet), room)
            return hidden
    except PasswordError as error:
        raise failure("encrypted", path) from error
    except BaseException as error:
        # A panic of the Rust library is no Exception: its authors mean it to end
        # the program, but it says no more than that this file is damaged.
        if type(error).__name__ != "PanicException":
            raise
        raise failure("unreadable", path) from error


def add_named_sheet(
    builder: TextBuilder, number: int, name: str, grid: object, room: Room
) -> None:
    """Add a sheet under its name; a sheet without cells is passed over."""
    rows = rows_of(grid, room)  # type: ignore[arg-type]
    if rows:
        builder.begin_part("sheet", number, name)
        builder.heading(name, 1)
        add_sheet(builder, rows, name)


def _rows(sheet: CalamineSheet) -> list[list[object]]:
    """Return the cells from A1 on."""
    return sheet.to_python(skip_empty_area=False)  # type: ignore[return-value]


def _check_size(path: Path, archive: zipfile.ZipFile) -> None:
    """Raise "too_big" for sheets that are small as a file and huge in memory."""
    names = [n for n in archive.namelist() if n.lower().endswith(".xml")]
    lengths: list[int] = []
    for name in names:
        if name.lower().endswith("sharedstrings.xml"):
            lengths = [len(item) for item in _ITEM.findall(archive.read(name))]
    longest = max(lengths, default=0)
    letters = 0
    for name in names:
        if "worksheets/" not in name.lower():
            continue
        xml = archive.read(name)
        cells = [match[1] for match in _CELL.finditer(xml)]
        if _area(cells) > _MAX_AREA:
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


def _area(cells: list[bytes]) -> int:
    """Return how many cells the rectangle around all cells has, from A1 on."""
    width = height = 0
    for match in filter(None, map(_PLACE.search, cells)):
        column = 0
        for letter in match[1]:
            column = column * 26 + letter - 64
        width, height = max(width, column), max(height, int(match[2]))
    return width * height
