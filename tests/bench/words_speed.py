"""Measure how many documents a second become searchable by their words.

    python -m tests.bench.words_speed [--data DIR] [--count 400] [--kilobytes 10]

Cuts the law texts into files of the wanted size and adds them to a base without
vectors, through the real children. The mark: 50 documents of 10 kB a second.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.values.bases import DocumentDone, IngestDone
from tests.bench.corpora import arguments

MARK = 50.0


def write_documents(folder: Path, data: Path, count: int, size_bytes: int) -> None:
    whole = "\n\n".join(
        file.read_text("utf-8") for file in sorted(data.glob("laws*/*.md"))
    )
    for number in range(count):
        start = (number * size_bytes) % max(1, len(whole) - size_bytes)
        text = f"# Dokument {number}\n\n{whole[start : start + size_bytes]}"
        (folder / f"{number:05}.md").write_text(text, "utf-8")


def measure(folder: Path, home: Path) -> tuple[float, float, int]:
    """Return seconds to the first document, documents a second, and how many came."""
    knowledge = Knowledge(IndexConfig(home / "knowledge.db", home / "index"))
    try:
        knowledge.create("b", "")
        started = time.perf_counter()
        first_s, last_s, count = 0.0, 0.0, 0
        for event in knowledge.add("b", (str(folder),)):
            if isinstance(event, DocumentDone):
                last_s = time.perf_counter() - started
                first_s = first_s or last_s
                count += event.status == "indexed"
            elif isinstance(event, IngestDone):
                whole_s = time.perf_counter() - started
        print(f"all of it, with compounds: {whole_s:.1f} s")
        return first_s, count / last_s, count
    finally:
        knowledge.close()


def main() -> int:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--kilobytes", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "documents")
        folder.mkdir()
        size = options.kilobytes * 1000
        write_documents(folder, options.data, options.count, size)
        first_s, speed, count = measure(folder, Path(place, "home"))
    print(f"{count} documents, {speed:.1f} a second, the first after {first_s:.2f} s")
    return 0 if speed >= MARK else 1


if __name__ == "__main__":
    raise SystemExit(main())
