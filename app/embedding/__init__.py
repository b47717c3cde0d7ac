"""Texts to vectors: one port (`Embedder`), several engines, chosen by the card.

Consequence: nobody else knows an engine. `onnx.py` owns ONNX Runtime and tokenizers,
`sentence_transformers.py` owns torch and runs only in the full edition, `llama.py` runs
GGUF files. `cross_encoder.py` beside them is the one engine of the port `Reranker`.

Invariant: importing this package loads no engine; `open_embedder` loads exactly one.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ModelError
from app.i18n import N_
from app.values.cards import InstalledModel, ModelCard

if TYPE_CHECKING:
    from app.values.ports import Embedder, Reranker

_LIBRARIES = {
    "onnx": "onnxruntime",
    "sentence-transformers": "sentence_transformers",
    "llama.cpp": "llama_cpp",
}


def runs_here(card: ModelCard) -> bool:
    """Tell whether the engine of an embedder is installed; nothing is loaded."""
    library = _LIBRARIES.get(card.backend)
    return library is not None and find_spec(library) is not None


def open_embedder(installed: InstalledModel, threads: int) -> Embedder:
    """Load the embedder of an installed model, with so many threads for one text.

    Raises ModelError when a file is missing or damaged, when the engine is not
    installed, or when the card names one that this version does not know.
    """
    path = Path(installed.path)
    folder = path if path.is_dir() else path.parent
    card = installed.card
    if card.backend == "onnx":
        from app.embedding.onnx import OnnxEmbedder

        return OnnxEmbedder(folder, card, threads)
    if card.backend == "sentence-transformers":
        from app.embedding.sentence_transformers import SentenceTransformersEmbedder

        return SentenceTransformersEmbedder(folder, card, threads)
    if card.backend == "llama.cpp":
        from app.embedding.llama import LlamaEmbedder

        return LlamaEmbedder(folder, card, threads)
    raise ModelError(
        N_("This version cannot search with the model {title}."),
        N_("Choose another search model, or update Allmende."),
        title=card.title,
    )


def open_reranker(installed: InstalledModel, threads: int) -> Reranker:
    """Load an installed reranker, with so many threads.

    Raises ModelError when a file is missing or damaged, or the engine not installed.
    """
    from app.embedding.cross_encoder import CrossEncoderReranker

    path = Path(installed.path)
    folder = path if path.is_dir() else path.parent
    return CrossEncoderReranker(folder, installed.card, threads)
