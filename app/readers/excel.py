"""Excel workbooks (.xlsx, .xlsm, .xls): every visible sheet with its tables.

Owner of python-calamine, which sees a file only after `excel_limits` has looked at it,
and an old one only in a container that we packed ourselves.
"""

from __future__ import annotations

import contextlib
import io
import os
import zipfile
from collections.abc import Iterator
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
from app.readers.excel_limits import check_records, check_sheets
from app.readers.failures import failure, read_bytes, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.ole import BROKEN_OLE, Container, repacked
from app.readers.opening import open_file
from app.readers.sheets import Room, add_sheet, rows_of
from app.values.documents import ExtractedDocument

_HIDDEN = "hidden"


class ExcelReader:
    """Reads workbooks; formulas count as what they last came to."""

    name = "excel"
    suffixes = SUFFIXES_OF["excel"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; rows beyond the limits are left out with a warning."""
        with reading(path), open_file(path) as file:
            is_zip = zipfile.is_zipfile(file)
        has_pictures = False
        if is_zip:
            with checked_archive(path) as archive:
                check_sheets(path, archive)
                has_pictures = any("/media/" in name for name in archive.namelist())
        builder, room = TextBuilder(), Room()
        with reading(path, CalamineError, TypeError, OverflowError, *BROKEN_OLE):
            data = read_bytes(path) if is_zip else _repacked(path)
            with _silenced():
                hidden = _read_sheets(path, data, builder, room)
        warnings = (*room.warnings, *([_HIDDEN] if hidden else []))
        document = builder.build("xlsx" if is_zip else "xls", warnings=warnings)
        if not document.tables and not document.text.strip():
            raise failure("no_text" if has_pictures else "empty", path)
        return document


def _read_sheets(path: Path, data: bytes, builder: TextBuilder, room: Room) -> bool:
    """Add all visible sheets and tell whether there were hidden ones."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            hidden = False
            for number, about in enumerate(workbook.sheets_metadata, 1):
                if about.typ != SheetTypeEnum.WorkSheet:
                    continue
                if about.visible != SheetVisibleEnum.Visible:
                    hidden = True
                    continue
                sheet = workbook.get_sheet_by_name(about.name)
                _add_sheet(builder, number, about.name, _rows(sheet), room)
            return hidden
    except PasswordError as error:
        raise failure("encrypted", path) from error
    except BaseException as error:
        # A panic of the Rust library is no Exception: its authors mean it to end
        # the program, but it says no more than that this file is damaged.
        if type(error).__name__ != "PanicException":
            raise
        raise failure("unreadable", path) from error


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Keep what the Rust library prints about damaged files off people's screens."""
    try:
        kept = os.dup(2)
    except OSError:  # a window of Windows has no such stream
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _repacked(path: Path) -> bytes:
    """Return an old workbook in a container without surprises."""
    container = Container(read_bytes(path))
    name = "Workbook" if "Workbook" in container.entries else "Book"
    stream = container.stream(name)
    check_records(path, stream)
    return repacked(name, stream)


def _add_sheet(
    builder: TextBuilder,
    number: int,
    name: str,
    grid: Iterator[list[object]],
    room: Room,
) -> None:
    """Add a sheet under its name; a sheet without cells is passed over."""
    rows = rows_of(grid, room)
    if rows:
        builder.begin_part("sheet", number, name)
        builder.heading(name, 1)
        add_sheet(builder, rows, name)


def _rows(sheet: CalamineSheet) -> Iterator[list[object]]:
    """Yield the rows from row 1 and column A on."""
    if sheet.start is None:
        return
    margin: list[object] = [""] * sheet.start[1]
    for row in sheet.iter_rows():
        yield margin + row
