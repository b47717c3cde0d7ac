"""What the index child needs to know; light, because the main process builds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from app.values.cards import Calibration, InstalledModel
from app.values.servers import VectorServer

# Below this many chunks the search in memory answers in time and needs no building.
CHROMA_FROM = 1_000_000


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What is not read: larger files, and what the patterns cover in every folder.

    `folders` are the only ones whose files may be added; none: all.
    """

    exclude: tuple[str, ...] = ()
    largest_file_mb: int = 200
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RerankerChoice:
    """The reranker in use. `pairs_per_second` is 0 where nobody measured it here."""

    model: InstalledModel
    pairs_per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """What the index child needs to know; sent when it starts.

    `offered` are the folders with bases for everybody. `offered_first` is the name of the
    one that counts before the user's own of that name, "" for none.
    """

    knowledge_file: Path
    index_dir: Path
    embedders: tuple[InstalledModel, ...] = ()
    calibrations: tuple[tuple[str, Calibration], ...] = ()
    threads: int = 1
    chroma_from: int = CHROMA_FROM
    limits: ReadingLimits = ReadingLimits()
    server: VectorServer | None = None
    reranker: RerankerChoice | None = None
    offered: tuple[str, ...] = ()
    offered_first: str = ""
    # The key of the databases, b"" for none; never shown, never written down.
    key: bytes = field(default=b"", repr=False)
