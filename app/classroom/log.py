"""The process log: what was asked, what was answered, which places; one line each.

Each entry's SHA-256 covers the one before it, so that one that was changed, left out or
put in between is noticed. The lesson's state knows the last one, so that an end that was
cut off is noticed, too, and noted. A line is on disk before the next thing happens.

It does not prove who wrote: whoever may write the file and knows how could make up a
whole new one. Compare the checksum when the log is handed in, or prescribe the lesson
(`lesson_file`) where that matters.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.classroom.lesson import checksum, from_json, to_json
from app.errors import UsageError
from app.exporters.marks import SOURCE_TYPE
from app.files import make_folder, read_text, storage_errors
from app.i18n import N_
from app.values.classroom import WHAT, Lesson, LogEntry, ProcessLog

FORMAT = "allmende-process-log/1"
NAME = "process.jsonl"
_MOST_BYTES = 200_000_000


class LogFile:
    """The log of the lesson that runs; `Room` sees to it that one writes at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def entries(self) -> list[LogEntry]:
        """Return all entries; a line that was cut off is left out."""
        return list(self._read())

    def append(self, at: float, what: str, data: dict[str, Any]) -> LogEntry:
        """Add an entry, on disk before the call returns. Raises StorageError."""
        last = self._last()
        number, before = (last.number + 1, last.sha256) if last else (1, "")
        entry = _sealed(LogEntry(number, at, what, data, before, ""))
        line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
        with storage_errors():
            make_folder(self._path.parent)
            with self._path.open("ab") as file:
                if _is_cut(self._path):
                    file.write(b"\n")
                file.write(line.encode("utf-8", "replace"))
                file.flush()
                os.fsync(file.fileno())
        return entry

    def holds(self, count: int, last: str) -> bool:
        """Tell whether so many entries are there, the last of which has a checksum."""
        if not count:
            return True
        entries = self.entries()
        return len(entries) >= count and entries[count - 1].sha256 == last

    def clear(self) -> None:
        """Begin anew."""
        with storage_errors():
            self._path.unlink(missing_ok=True)

    def put_away(self, name: str) -> None:
        """Keep the log under another name and begin anew."""
        with storage_errors():
            if self._path.exists():
                self._path.replace(self._path.with_name(f"{name}.jsonl"))

    def _last(self) -> LogEntry | None:
        entries = self.entries()
        return entries[-1] if entries else None

    def _read(self) -> Iterator[LogEntry]:
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                yield _entry(json.loads(line))
            except (ValueError, TypeError, RecursionError):
                continue


def _entry(row: dict[str, Any]) -> LogEntry:
    """Return an entry from its data. Raises ValueError or TypeError where it is none."""
    entry = LogEntry(**row)
    texts = (row["what"], row["before"], row["sha256"])
    fits = isinstance(row["number"], int) and isinstance(row["data"], dict)
    if not fits or not all(isinstance(text, str) for text in texts):
        raise ValueError("no entry")
    if not isinstance(row["at"], int | float) or not math.isfinite(entry.at):
        raise ValueError("no moment")
    return entry


def _is_cut(path: Path) -> bool:
    """Tell whether the last line was not written to its end."""
    if not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"


def _sealed(entry: LogEntry) -> LogEntry:
    # As it will be read: what is no Unicode is written as a question mark.
    data = json.loads(
        json.dumps(entry.data, ensure_ascii=False).encode("utf-8", "replace")
    )
    return LogEntry(
        entry.number, entry.at, entry.what, data, entry.before, _seal(entry, data)
    )


def _seal(entry: LogEntry, data: dict[str, Any]) -> str:
    whole = [entry.number, entry.at, entry.what, data, entry.before]
    text = json.dumps(whole, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def is_log_of(lesson: Lesson, entries: Sequence[LogEntry]) -> bool:
    """Tell whether entries begin with the beginning of a lesson."""
    begun = entries[0] if entries else None
    return (
        begun is not None
        and begun.what == "begun"
        and begun.data.get("lesson") == checksum(lesson)
    )


def is_whole(lesson: Lesson, entries: Sequence[LogEntry]) -> bool:
    """Tell whether each entry of a lesson's log is as it was written, and none missing."""
    changed = any(
        entry.what == "restored" and NAME in entry.data.get("files", ())
        for entry in entries
    )
    return is_log_of(lesson, entries) and is_linked(entries) and not changed


def is_linked(entries: Sequence[LogEntry]) -> bool:
    """Tell whether each entry is as it was written and none is missing between them."""
    before = ""
    for number, entry in enumerate(entries, 1):
        fits = entry.number == number and entry.before == before
        if not fits or _seal(entry, entry.data) != entry.sha256:
            return False
        before = entry.sha256
    return True


def log_json(log: ProcessLog) -> bytes:
    """Return a log as the file that is handed in."""
    data = {
        "format": FORMAT,
        "pupil": log.pupil,
        "ai_generated": True,
        "digital_source_type": SOURCE_TYPE,
        "lesson": to_json(log.lesson),
        "entries": [asdict(entry) for entry in log.entries],
    }
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode(
        "utf-8", "replace"
    )


def read_log(path: Path) -> ProcessLog:
    """Return a log that was handed in. Raises UsageError for any other file."""
    try:
        data = json.loads(read_text(path, _MOST_BYTES))
        if data.get("format") != FORMAT:
            raise ValueError
        entries = tuple(_entry(row) for row in data["entries"])
        if any(entry.what not in WHAT for entry in entries):
            raise ValueError
        lesson = from_json(data["lesson"])
        whole = is_whole(lesson, entries)
        return ProcessLog(lesson, entries, str(data["pupil"]), whole)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            N_("The file {file} is no process log, or it was changed."),
            N_("Ask for the file once more."),
            file=path.name,
        ) from error
