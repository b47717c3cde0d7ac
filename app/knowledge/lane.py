"""What one thread of the index child works with."""

from __future__ import annotations

from contextlib import AbstractContextManager

from app.backups import open_sound
from app.database import database_errors
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.index.vector_index import Matrices, VectorIndex
from app.knowledge.config import IndexConfig
from app.knowledge.reading import ReadApart
from app.knowledge.search import BaseSearch
from app.knowledge.sight import Sight
from app.values.passages import SearchResult


class Lane:
    """What one thread works with; opened by the thread itself on first use."""

    def __init__(self, config: IndexConfig, matrices: Matrices) -> None:
        self._config = config
        self._matrices = matrices
        self._store: Store | None = None
        self._vectors: VectorIndex | None = None
        self._search: BaseSearch | None = None
        self._reader: ReadApart | None = None
        self.sight = Sight(config.limits.folders)

    def errors(self) -> AbstractContextManager[None]:
        """Turn what SQLite says while something is read into sentences."""
        return database_errors(self._config.knowledge_file)

    def outward(self, document_id: int) -> int:
        """Return the number that the world knows a document by."""
        return document_id

    def renumbered(self, result: SearchResult) -> SearchResult:
        """Return a result with the numbers that the world knows its documents by."""
        return result

    @property
    def search(self) -> BaseSearch:
        """The search over this thread's store, with the sentences it remembers."""
        if self._search is None:
            self._search = BaseSearch(self.store, self.vectors)
        return self._search

    @property
    def store(self) -> Store:
        """The tables, through this thread's own connection."""
        if self._store is None:
            connection = open_sound(self._config.knowledge_file, MIGRATIONS)
            self._store = Store(connection)
        return self._store

    @property
    def reader(self) -> ReadApart:
        """The process that reads files for this thread."""
        if self._reader is None:
            self._reader = ReadApart()
        return self._reader

    def close(self) -> None:
        """Close this lane's connection and reading process, if they were ever opened."""
        if self._reader is not None:
            self._reader.close()
        if self._store is not None:
            self._store.connection.close()

    @property
    def vectors(self) -> VectorIndex:
        """The vectors, through this thread's own connection."""
        if self._vectors is None:
            self._vectors = VectorIndex(self.store.connection, self._matrices)
        return self._vectors
