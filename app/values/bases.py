"""Knowledge bases, their documents, and what is said while they are brought up to date."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Base:
    """A named collection of documents. `embedder` is a card id, or "" for words only.

    `automatic` bases belong to a set of paths (`ask --docs`) and are not listed.
    `changing_to` is the embedder whose vectors are being made while `embedder` still
    answers, "" when nothing changes. `offered` ones belong to nobody in particular:
    administrators put them there for everybody, and they are only read.
    """

    id: int
    name: str
    embedder: str
    automatic: bool = False
    documents: int = 0
    chunks: int = 0
    vectors: int = 0
    changing_to: str = ""
    offered: bool = False


@dataclass(frozen=True, slots=True)
class RemovedBase:
    """A base that went, and the `backups` of all bases with it, which held it.

    `made_anew` tells whether there is a new one of what remains.
    """

    name: str
    documents: int
    backups: int = 0
    made_anew: bool = False


@dataclass(frozen=True, slots=True)
class OfferedProblem:
    """An offered base that cannot be used: `sentence` and `remedy` are gettext templates."""

    file: str
    sentence: str
    remedy: str
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """A base was written for everybody to read."""

    file: str
    size_bytes: int
    documents: int
    vectors: int


@dataclass(frozen=True, slots=True)
class Source:
    """A file or folder that a base was made from. `kind`: "folder", "file", "missing".

    `documents` counts what the base holds of it, read or not; `exclude` are the patterns
    of what is left out of it.
    """

    path: str
    kind: str
    documents: int = 0
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """One document of a base. `status`: "indexed", "skipped" or "failed".

    `reason` is a stable word from `DocumentError.REASONS`; `sentence` and `remedy`
    are gettext templates, filled from `parameters` (pairs). `notes` are words of what
    was found or left out while an indexed document was read: `app.values.notes` has
    their sentences.
    """

    id: int
    file: str
    status: str
    reason: str = ""
    sentence: str = ""
    remedy: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    chunks: int = 0
    vectors: int = 0
    pages: int = 0
    size_bytes: int = 0
    title: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentDone:
    """One file has been dealt with.

    `status`: "indexed" (words are searchable), "unchanged", "skipped" (nothing to
    read in it), "failed" or "removed" (it is gone from the folder).
    """

    file: str
    status: str
    reason: str = ""
    sentence: str = ""
    remedy: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    chunks: int = 0
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class ReadingBegan:
    """A file is being read now; its DocumentDone follows."""

    file: str
    size_bytes: int = 0
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class EmbedderSpeed:
    """How an embedder, or a reranker, does on this computer.

    `hits` of `questions` found their passage in `knowledge/trial.py`.
    """

    chunks_per_second: float
    hits: int
    questions: int


@dataclass(frozen=True, slots=True)
class VectorsAdded:
    """`done` of `total` chunks of the base have vectors.

    `changing_to` is the new embedder they are made with while the old one answers, ""
    when they are the base's own.
    """

    done: int
    total: int
    changing_to: str = ""


@dataclass(frozen=True, slots=True)
class IngestDone:
    """Everything is in. Counts of documents by status, and of chunks and vectors now."""

    indexed: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    removed: int = 0
    chunks: int = 0
    vectors: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another Allmende writes to the same data; repeated while that lasts."""


IngestEvent = Waiting | ReadingBegan | DocumentDone | VectorsAdded | IngestDone


@dataclass(frozen=True, slots=True)
class ForgetReceipt:
    """What `forget` removed, as proof. `file` is the path, or that of a whole source.

    `waiting` counts vectors on a server that does not answer: they are removed there
    when it does again.
    """

    file: str
    documents: int
    chunks: int
    vectors: int
    words: int
    cached: int
    bytes: int
    shared: bool = False
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The state of a base's index. `healthy` is False when a rebuild is needed.

    `cache`: "exact" (small base, no Chroma needed), "ok", "missing" or "broken"; where a
    server keeps the vectors "server", "server_missing", "server_away", "server_refused"
    or "server_wrong". `sentence` and `remedy` (gettext templates, filled from
    `parameters`) tell why the server does not answer; exact search does meanwhile.
    """

    base: str
    healthy: bool
    documents: int
    chunks: int
    words: int
    vectors: int
    cache: str
    cached: int = 0
    problems: tuple[str, ...] = ()
    sentence: str = ""
    remedy: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
