"""What is wrong with a model file, in sentences; looked at before a byte is loaded."""

from __future__ import annotations

from pathlib import Path

from app.errors import ModelError
from app.i18n import N_
from app.inference.hardware import memory_bytes


def check_model_file(path: Path, ram_bytes: int) -> None:
    """Raise ModelError for a file that cannot or must not be loaded."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            magic = file.read(4)
    except FileNotFoundError as error:
        raise ModelError(
            N_("The model file {file} is not there."),
            N_("Install or import the model again."),
            file=path.name,
        ) from error
    except OSError as error:
        raise ModelError(
            N_("The model file {file} cannot be read."),
            N_("Check its permissions, or the drive it lies on."),
            file=path.name,
        ) from error
    if magic != b"GGUF":
        raise ModelError(
            N_("The file {file} is not a GGUF model."),
            N_("Choose a file that ends in .gguf and was made for llama.cpp."),
            file=path.name,
        )
    _, free = memory_bytes()
    if max(ram_bytes, size) > free:
        raise too_big(path, max(ram_bytes, size), free)


def too_big(path: Path, needed: int = 0, free: int = 0) -> ModelError:
    """Return the error for a model that does not fit into memory."""
    if not needed:
        return ModelError(
            N_("The model {file} does not fit into the memory that is free."),
            N_("Close other programs or choose a smaller model."),
            file=path.name,
        )
    return ModelError(
        N_("The model {file} needs {needed} GB of memory, and {free} GB are free."),
        N_("Close other programs or choose a smaller model."),
        file=path.name,
        needed=f"{needed / 1e9:.1f}",
        free=f"{free / 1e9:.1f}",
    )


def damaged(path: Path) -> ModelError:
    """Return the error for a model file that llama.cpp refuses."""
    return ModelError(
        N_("The model file {file} is damaged or incomplete."),
        N_("Install or import it again; `allmende models verify` checks it."),
        file=path.name,
    )


def load_error(path: Path, complaints: str) -> ModelError:
    """Return the error for a model that llama.cpp did not load, from what it logged."""
    if "unknown model architecture" in complaints:
        return ModelError(
            N_("The model {file} is of a kind this version does not know."),
            N_("Install the newest version of Allmende or choose another model."),
            file=path.name,
        )
    if "failed to allocate" in complaints or "unable to allocate" in complaints:
        return too_big(path)
    return damaged(path)


def context_full() -> ModelError:
    """Return the error for a context without room."""
    return ModelError(
        N_("The question with its sources is too long for this model."),
        N_("Ask a shorter question or choose a model with more context."),
    )


def unusable_schema() -> ModelError:
    """Return the error for a form that no grammar can be made of."""
    return ModelError(
        N_("The form that the answer should have cannot be used."),
        N_("Please report this; nothing was lost."),
    )
