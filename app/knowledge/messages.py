"""What the index child is asked, and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass

from app import codec
from app.knowledge.config import RerankerChoice
from app.values.bases import (
    Base,
    CheckReport,
    DocumentDone,
    DocumentInfo,
    EmbedderSpeed,
    ForgetReceipt,
    IngestDone,
    OfferedProblem,
    Published,
    ReadingBegan,
    Source,
    VectorsAdded,
    Waiting,
)
from app.values.cards import InstalledModel
from app.values.documents import Page, PagePicture, Part, Table
from app.values.passages import SearchResult
from app.values.servers import ServerReport


@dataclass(frozen=True, slots=True)
class KnowEmbedders:
    """The embedders that are installed now; answered with Noted."""

    models: tuple[InstalledModel, ...]


@dataclass(frozen=True, slots=True)
class MeasureEmbedder:
    """Measure an embedder on this computer; answered with an EmbedderSpeed."""

    id: str


@dataclass(frozen=True, slots=True)
class EmbedTexts:
    """Turn texts into vectors, as questions or passages; answered with TextVectors."""

    id: str
    texts: tuple[str, ...]
    query: bool = False


@dataclass(frozen=True, slots=True)
class TextVectors:
    """A unit vector for each text, and how many tokens were read in all."""

    vectors: tuple[tuple[float, ...], ...]
    tokens: int


@dataclass(frozen=True, slots=True)
class UseReranker:
    """Rerank passages with this model from now on, or not; answered with Noted."""

    choice: RerankerChoice | None


@dataclass(frozen=True, slots=True)
class MeasureReranker:
    """Measure a reranker on this computer; answered with EmbedderSpeeds."""

    model: InstalledModel


@dataclass(frozen=True, slots=True)
class CreateBase:
    """Create a base; answered with the Base."""

    name: str
    embedder: str
    automatic: bool = False
    exist_ok: bool = False


@dataclass(frozen=True, slots=True)
class ListBases:
    """Answered with one Base each; with `all` also those that `ask --docs` made."""

    all: bool = False


@dataclass(frozen=True, slots=True)
class ShowBase:
    """Answered with the Base, with its counts of vectors."""

    name: str


@dataclass(frozen=True, slots=True)
class ListOfferedProblems:
    """Answered with one OfferedProblem for each offered base that cannot be used."""


@dataclass(frozen=True, slots=True)
class PublishBase:
    """Write a base into a folder for everybody to read; answered with Published."""

    name: str
    folder: str


@dataclass(frozen=True, slots=True)
class ListDocuments:
    """Answered with one DocumentInfo each; with `unread` only those that failed."""

    name: str
    unread: bool = False


@dataclass(frozen=True, slots=True)
class ListSources:
    """Answered with one Source each."""

    name: str


@dataclass(frozen=True, slots=True)
class RemoveSource:
    """Part a base from a source; answered with a ForgetReceipt.

    `forget` also removes the documents that only this source brought in.
    """

    name: str
    path: str
    forget: bool = False


@dataclass(frozen=True, slots=True)
class SetEmbedder:
    """Change how a base searches by meaning; answered with IngestEvents.

    `embedder` "" means words only. The old vectors answer until all new ones are there.
    """

    name: str
    embedder: str
    crashed: bool = False


@dataclass(frozen=True, slots=True)
class RemoveBase:
    """Remove a base; answered with what it was."""

    name: str


@dataclass(frozen=True, slots=True)
class AddPaths:
    """Add files and folders and bring the base up to date; answered with IngestEvents.

    `crashed` tells that the last child died over this request; `brief` leaves most of
    the unchanged documents untold; `exclude` are patterns of what is left out.
    """

    name: str
    paths: tuple[str, ...]
    wait: bool = True
    crashed: bool = False
    brief: bool = False
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncBase:
    """Look at all sources of a base again; answered with IngestEvents. See AddPaths."""

    name: str
    wait: bool = True
    crashed: bool = False
    brief: bool = False


@dataclass(frozen=True, slots=True)
class ForgetDocuments:
    """Remove documents, all or none; answered with one ForgetReceipt each."""

    name: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckBase:
    """Answered with a CheckReport."""

    name: str


@dataclass(frozen=True, slots=True)
class RebuildBase:
    """Make words and the cache of vectors anew; answered with IngestEvents."""

    name: str


@dataclass(frozen=True, slots=True)
class Search:
    """Answered with a SearchResult. `mode`: "hybrid", "words" or "vectors".

    With `documents` (paths) only these are searched.
    """

    name: str
    query: str
    top_k: int = 8
    mode: str = "hybrid"
    sentences: int = 3
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShowPage:
    """Answered with a PagePicture on which `start`..`end` is marked.

    `quote` is what stood there when it was cited, white space aside; where it does not
    stand there any more the answer is an error.
    """

    document_id: int
    number: int
    width_px: int
    start: int
    end: int
    quote: str = ""


@dataclass(frozen=True, slots=True)
class ShowText:
    """Answered with a DocumentText. `quote` must stand at `start`..`end`, see ShowPage.

    `tables`: with the tables of its sheets, which may be as long as the text.
    """

    document_id: int
    start: int = 0
    end: int = 0
    quote: str = ""
    tables: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Let background work rest (True) or go on (False); answered with Noted.

    `reason`: "model" while one speaks (counted), "user" when a person said so. Work
    goes on when no reason is left.
    """

    on: bool
    reason: str = "model"


@dataclass(frozen=True, slots=True)
class CheckServer:
    """Answered with a ServerReport; with nothing where no server is configured."""


@dataclass(frozen=True, slots=True)
class LeaveServer:
    """Take all vectors of this computer off the server; answered with Left."""


@dataclass(frozen=True, slots=True)
class Left:
    """How many vectors are still on the server, because it does not answer."""

    waiting: int


@dataclass(frozen=True, slots=True)
class DocumentText:
    """A document's whole text; `pages` and `parts` are empty where it has none.

    `warnings` are the reason words of what could not be read or was left out.
    """

    file: str
    title: str
    format: str
    text: str
    pages: tuple[Page, ...] = ()
    parts: tuple[Part, ...] = ()
    warnings: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Noted:
    """It was done; there is nothing to tell."""


ANSWERS = codec.registry_of(
    Base,
    CheckReport,
    DocumentDone,
    DocumentInfo,
    DocumentText,
    EmbedderSpeed,
    ForgetReceipt,
    IngestDone,
    Left,
    Noted,
    OfferedProblem,
    PagePicture,
    Published,
    ReadingBegan,
    SearchResult,
    ServerReport,
    Source,
    TextVectors,
    VectorsAdded,
    Waiting,
)
