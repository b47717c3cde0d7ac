"""A tiny embedder with random weights, for every back end from the same numbers."""

from __future__ import annotations

from pathlib import Path

from models.convert_e5 import read_archive
from models.export_e5 import write_folder, write_gguf
from tests.models.test_convert import Archive

HIDDEN = 32


def write_tiny_gguf(path: Path) -> Archive:
    """Write a GGUF embedder; return its weights, which tell what is right."""
    tiny = Archive(path.with_suffix(".e5"))
    write_gguf(read_archive(path.with_suffix(".e5")), path, "Tiny")
    path.with_suffix(".e5").unlink()
    return tiny


def write_tiny_folder(folder: Path) -> Archive:
    """Write a sentence-transformers folder; return its weights."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "tiny.e5"
    tiny = Archive(source)
    write_folder(read_archive(source), folder)
    source.unlink()
    return tiny
