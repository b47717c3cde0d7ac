"""Another line in the place of one: the same place worded anew, or another place.

The task runs once more with another seed and, where it counts, with room for more; the
line that fits where the old one stood is taken. Nothing that the sheet has
already comes twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from app.values.quiz import ItemSource
from app.values.sheets import Sheet, SheetLine
from app.workshop.checks import key
from app.workshop.run import Job, stream_task

_MORE = 5
_COUNTS = ("count", "points")
KINDS = ("row", "bullet", "text")
# What these make is there or not; asking again could show nothing else.
FIXED = ("anonymise", "compare", "extract", "minutes", "offer")


def another_line(job: Job, sheet: Sheet, place: int) -> SheetLine | None:
    """Return another line for a place of a sheet; None where there is no other.

    Raises UsageError, Cancelled.
    """
    old = sheet.lines[place]
    known = {_key(line) for line in sheet.lines}
    elsewhere = {_where(line.source) for line in sheet.lines if line is not old}
    elsewhere.discard(None)
    heading = _heading_of(sheet, place)
    skip = tuple(line.cells[0] for line in sheet.lines if line.kind == old.kind)
    wider = replace(job, values=_wider(job, len(skip)), skip=skip)
    # Several words of a list may come from one sentence.
    apart = job.task.rules != "vocabulary"
    fresh: list[SheetLine] = []
    for under, line in _under_headings(wider):
        fits = line.kind == old.kind and len(line.cells) == len(old.cells)
        if not fits or under != heading or _key(line) in known:
            continue
        where = _where(line.source)
        if apart and where is not None and where == _where(old.source):
            return line
        if apart and where in elsewhere:
            continue
        fresh.append(line)
    # Whoever asks again and again does not see two of them by turns.
    return fresh[job.seed % len(fresh)] if fresh else None


def can_be_another(rules: str, sheet: Sheet, place: int) -> bool:
    """Tell whether a line is one of those that a task of these rules makes anew."""
    line = sheet.lines[place]
    names_columns = line.kind == "row" and (
        place == 0 or sheet.lines[place - 1].kind != "row"
    )
    return rules not in FIXED and line.kind in KINDS and not names_columns


def _under_headings(job: Job) -> Iterator[tuple[str, SheetLine]]:
    """Yield all lines of a run, as they come, with the heading above each."""
    stream = stream_task(job)
    heading = ""
    seen: set[tuple[str, ...]] = set()
    while True:
        try:
            line = next(stream)
        except StopIteration as end:
            sheet: Sheet = end.value
            heading = ""
            for line in sheet.lines:
                heading = line.cells[0] if line.kind == "heading" else heading
                if line.cells not in seen:
                    yield key(heading), line
            return
        heading = line.cells[0] if line.kind == "heading" else heading
        seen.add(line.cells)
        yield key(heading), line


def _heading_of(sheet: Sheet, place: int) -> str:
    before = [line for line in sheet.lines[:place] if line.kind == "heading"]
    return key(before[-1].cells[0]) if before else ""


def _wider(job: Job, there: int) -> Mapping[str, str]:
    """Return the form with room for some more, where it says how many are wanted."""
    numbers = {f.name: f.most for f in job.task.fields if f.name in _COUNTS}
    wanted = _MORE if job.task.rules == "vocabulary" else there + _MORE
    counts = {name: str(min(most, wanted)) for name, most in numbers.items()}
    return {**job.values, **counts}


def _key(line: SheetLine) -> tuple[str, ...]:
    return tuple(key(cell) or cell.strip() for cell in line.cells)


def _where(source: ItemSource | None) -> tuple[str, int, int] | None:
    return None if source is None else (source.file, source.start, source.end)
