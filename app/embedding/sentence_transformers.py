"""Embeddings through sentence-transformers, for the full edition.

Slower and larger than `onnx.py`, but it runs any model folder in that library's format.

Invariant: a model is data. It is loaded by its absolute folder, from safetensors only
(pickled weights can run code), with remote code refused and the hub switched off. This
module and `cross_encoder.py`, which loads rerankers by the same rules, own
sentence_transformers and torch and import them in their constructors.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app.errors import Cancelled, ModelError
from app.i18n import N_
from app.values.cards import ModelCard

if TYPE_CHECKING:
    from app.values.ports import Vectors

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_WEIGHTS = "model.safetensors"
PICKLED = {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"}
BATCH = 8


def _never() -> bool:
    return False


class SentenceTransformersEmbedder:
    """An `Embedder` over a sentence-transformers folder.

    Raises ModelError when the library is not installed, when the folder holds pickled
    weights, or when files are missing or damaged.
    """

    def __init__(self, folder: Path, card: ModelCard, threads: int) -> None:
        self.key = card.sha256
        self.dimensions = card.dimensions
        self._prefixes = (card.query_prefix, card.passage_prefix)
        check_files(folder, card)
        os.environ.update(OFFLINE)
        self._model = _load(folder.absolute(), card, threads)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return float32 (len(texts), dimensions), rows of length 1, for questions."""
        return self._embed(self._prefixes[0], texts, _never)

    def embed_passages(
        self, texts: Sequence[str], stop: Callable[[], bool] = _never
    ) -> Vectors:
        """Return float32 (len(texts), dimensions), rows of length 1, for passages.

        Texts of similar length run together, eight at a time; `stop` is asked before
        each batch. Raises Cancelled.
        """
        return self._embed(self._prefixes[1], texts, stop)

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Return how many tokens the texts have, as far as they are read."""
        most = self._model.max_seq_length or 512
        ids = self._model.tokenizer(list(texts), verbose=False)["input_ids"]
        return sum(min(len(row), most) for row in ids)

    def _embed(
        self, prefix: str, texts: Sequence[str], stop: Callable[[], bool]
    ) -> Vectors:
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        for start in range(0, len(order), BATCH):
            if stop():
                raise Cancelled
            rows = order[start : start + BATCH]
            vectors[rows] = self._model.encode(
                [prefix + texts[row] for row in rows],
                batch_size=BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return vectors


def check_files(folder: Path, card: ModelCard) -> None:
    """Raise ModelError for pickled weights, and for missing or cut ones."""
    if any(path.suffix.lower() in PICKLED for path in folder.rglob("*")):
        raise ModelError(
            N_("The model {title} holds files that could run foreign code."),
            N_("Use a version of the model in the safetensors format."),
            title=card.title,
        )
    weights = folder / card.file
    # The library loads the file of this name, so it is the one that must be hashed.
    if card.file != _WEIGHTS or not weights.is_file():
        raise ModelError(
            N_("The search model {title} is incomplete: {file} is missing."),
            N_("Install the model again."),
            title=card.title,
            file=_WEIGHTS,
        )
    if card.size_bytes and weights.stat().st_size != card.size_bytes:
        raise damaged(card)


def damaged(card: ModelCard) -> ModelError:
    """Return what is told when a model does not load."""
    return ModelError(
        N_("The search model {title} is damaged."),
        N_("Install the model again."),
        title=card.title,
    )


def needs_full_edition(card: ModelCard) -> ModelError:
    """Return what is told where the library is not installed."""
    return ModelError(
        N_("The model {title} needs the full edition of Allmende."),
        N_("Choose another search model, or install the full edition."),
        title=card.title,
    )


def without_bars() -> None:
    """Keep the progress bars of the libraries off the terminal.

    Their common lock is made one of this process: tqdm's own is a semaphore of the
    system, and a child that ends by `os._exit` would leave it to its parent, which
    complains.
    """
    from tqdm import tqdm
    from transformers.utils.logging import disable_progress_bar

    tqdm.set_lock(threading.RLock())
    disable_progress_bar()


def library_version() -> str:
    """Load the library, offline, and return its version.

    Raises ImportError where it is not installed.
    """
    os.environ.update(OFFLINE)
    import sentence_transformers

    return str(sentence_transformers.__version__)


def _load(folder: Path, card: ModelCard, threads: int) -> Any:
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise needs_full_edition(card) from error
    without_bars()
    torch.set_num_threads(max(1, threads))
    try:
        return SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:  # each file format has an error of its own
        raise damaged(card) from error
