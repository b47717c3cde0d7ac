"""What the command line prints, and how."""

from __future__ import annotations

import dataclasses
import io
import json
import sys
from typing import Any

from app.errors import AppError
from app.i18n import translate_error


def speak_utf8() -> None:
    """Read and write UTF-8, also where a script catches what is printed.

    Windows would take the encoding of the country there, which has no check mark.
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower() != "utf-8":
            stream.reconfigure(encoding="utf-8")


def say(text: str = "", end: str = "\n") -> None:
    """Print a line for people on stdout."""
    print(text, end=end, flush=True)


def say_json(value: Any) -> None:
    """Print one JSON object as one line on stdout."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def note(text: str) -> None:
    """Print a line beside the result, on stderr."""
    print(text, file=sys.stderr, flush=True)


def progress(text: str) -> None:
    """Show passing progress on stderr, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)


def say_error(error: AppError) -> None:
    """Print an error as sentence and remedy on stderr."""
    progress("")
    note(translate_error(error.sentence, error.remedy, error.parameters))


def plain(value: Any) -> dict[str, Any]:
    """Return a frozen value as plain data for JSON."""
    data: dict[str, Any] = _without_bytes(dataclasses.asdict(value))
    return data


def _without_bytes(value: Any) -> Any:
    """Return plain data in which only the size of bytes is told."""
    if isinstance(value, dict):
        return {key: _without_bytes(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without_bytes(part) for part in value]
    return len(value) if isinstance(value, bytes) else value


def size_text(size_bytes: float) -> str:
    """Return a size for people, in the unit that fits: 240 kB, 34 MB, 3.4 GB."""
    if size_bytes >= 1e9:
        return f"{size_bytes / 1e9:.1f} GB"
    # What rounds to a thousand of a unit is one of the next.
    if size_bytes >= 999_500:
        return f"{size_bytes / 1e6:.0f} MB"
    return f"{size_bytes / 1e3:.0f} kB"
