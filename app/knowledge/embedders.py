"""The embedders of the index child: each is loaded once, when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.embedding import open_embedder
from app.errors import AppError, UsageError
from app.files import sha256_of
from app.i18n import N_
from app.knowledge.config import IndexConfig
from app.knowledge.messages import Noted, TextVectors
from app.knowledge.trial import try_embedder
from app.log import get_logger
from app.values.bases import EmbedderSpeed
from app.values.cards import InstalledModel, not_as_promised
from app.values.ports import Embedder
from app.workers.child import Job

_log = get_logger("knowledge.embedders")
_HASH_DIGITS = 64


class Embedders:
    """Loads embedders by the id of their card. Any thread may ask."""

    def __init__(self, config: IndexConfig) -> None:
        self._installed = {model.card.id: model for model in config.embedders}
        self._threads = config.threads
        self._loaded: dict[str, Embedder | AppError] = {}
        self._lock = threading.Lock()

    def know(self, models: Sequence[InstalledModel]) -> None:
        """Take the models that are installed now; what is loaded stays loaded."""
        with self._lock:
            self._installed = {model.card.id: model for model in models}
            for id_ in list(self._loaded):
                failed = isinstance(self._loaded[id_], AppError)
                if failed or id_ not in self._installed:
                    del self._loaded[id_]

    def take(self, job: Job) -> Iterator[Noted]:
        """Take what is installed now, told by the main process."""
        self.know(job.message.models)
        yield Noted()

    def measured(self, job: Job) -> Iterator[EmbedderSpeed]:
        """Yield how one embedder does on this computer; the last value counts."""
        id_ = job.message.id
        self.need(id_)
        embedder = self.usable(id_)
        assert embedder is not None
        yield from try_embedder(embedder, job.cancelled)

    def embedded(self, job: Job) -> Iterator[TextVectors]:
        """Yield the vectors of some texts."""
        asked = job.message
        self.need(asked.id)
        embedder = self.usable(asked.id)
        assert embedder is not None
        if asked.query:
            vectors = embedder.embed_queries(asked.texts)
        else:
            vectors = embedder.embed_passages(asked.texts, job.cancelled)
        rows = tuple(tuple(map(float, row)) for row in vectors)
        yield TextVectors(rows, embedder.count_tokens(asked.texts))

    def key_of(self, id_: str) -> str:
        """Return what names an embedder's weights; "" for none and for one not here."""
        return self._installed[id_].card.sha256 if id_ in self._installed else ""

    def usable(self, id_: str) -> Embedder | None:
        """Return an embedder; None (words only) for "" and when it cannot be used."""
        found = self._get(id_)
        return None if isinstance(found, AppError) else found

    def need(self, id_: str) -> None:
        """Raise AppError when an embedder is not installed or does not load."""
        if id_ and id_ not in self._installed:
            raise UsageError(
                N_("The embedder “{id}” is not installed."),
                N_("`allmende models list` shows what there is; “none” means words."),
                id=id_,
            )
        embedder = self._get(id_)
        if isinstance(embedder, AppError):
            raise embedder

    def _get(self, id_: str) -> Embedder | AppError | None:
        with self._lock:
            if id_ in self._installed and id_ not in self._loaded:
                self._loaded[id_] = self._open(self._installed[id_])
            return self._loaded.get(id_)

    def _open(self, model: InstalledModel) -> Embedder | AppError:
        try:
            need_unchanged(model)
            return open_embedder(model, self._threads)
        except AppError as error:
            _log.error("an embedder did not load: %s", type(error).__name__)
            return error


def need_unchanged(model: InstalledModel) -> None:
    """Raise ModelError unless a file is the one its card promises, before it is loaded."""
    path = Path(model.path)
    if len(model.card.sha256) != _HASH_DIGITS or not path.is_file():
        return
    if sha256_of(path) != model.card.sha256:
        raise not_as_promised(model)
