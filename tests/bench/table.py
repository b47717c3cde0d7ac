"""The one table of what was measured: `tests/bench/README.md`, a part for each bench.

Each bench writes its own part between two marks and leaves the others alone, with the
machine and the day it was measured on.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.inference.hardware import memory_bytes, physical_cores

README = Path(__file__).with_name("README.md")
_LIBRARIES = (
    "onnxruntime",
    "apsw-sqlite3mc",
    "pypdfium2",
    "sentence-transformers",
    "torch",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured. `met` is None where there is no mark."""

    what: str
    value: str
    mark: str = ""
    met: bool | None = None


def machine() -> str:
    """Return what the figures depend on, in one line."""
    versions = []
    for name in _LIBRARIES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return (
        f"{datetime.date.today():%Y-%m-%d}, {_processor()}, {physical_cores()} cores,"
        f" {memory_bytes()[0] / 1e9:.0f} GB, load {load:.1f}; Python"
        f" {platform.python_version()}, {', '.join(versions)}"
    )


def save(
    part: str,
    title: str,
    rows: Sequence[Row],
    write: bool,
    notes: str = "",
    path: Path = README,
) -> int:
    """Print a table, write it if asked to; return 1 when a mark was missed, else 0."""
    lines = [
        f"## {title}",
        "",
        machine(),
        "",
        "| what | measured | mark |",
        "|---|---|---|",
    ]
    for row in rows:
        missed = " **missed**" if row.met is False else ""
        lines.append(f"| {row.what} | {row.value} | {row.mark}{missed} |")
    text = "\n".join([*lines, *(["", notes] if notes else [])])
    print(text, flush=True)
    if write:
        _write(part, text, path)
    return int(any(row.met is False for row in rows))


def _write(part: str, text: str, path: Path) -> None:
    begin, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    whole = path.read_text("utf-8") if path.exists() else ""
    block = f"{begin}\n{text}\n{end}"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if pattern.search(whole):
        whole = pattern.sub(lambda _: block, whole)
    else:
        whole = f"{whole.rstrip()}\n\n{block}\n".lstrip()
    path.write_text(whole, "utf-8")


def _processor() -> str:
    try:
        info = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"model name\s*: (.+)", info)
    return " ".join(found[1].split()) if found else platform.machine()
