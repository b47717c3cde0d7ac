"""What files the model child may open: models, what it keeps, and nothing else.

A graphics card's driver reads and keeps what it likes: a child that may use one reads
everything, and writes besides only where drivers keep their caches.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.inference.messages import ModelSpec
from app.paths import models_dir, shared_models_dir
from app.workers.confine import confine

_PART = re.compile(r"-\d{5}-of-(\d{5}\.gguf)$")
_CACHES = (
    ".nv",
    ".cache/nvidia",
    ".cache/mesa_shader_cache",
    ".cache/mesa_shader_cache_db",
)


@dataclass(frozen=True, slots=True)
class Grants:
    """What a model child may open. `states` are where it keeps what it has read."""

    files: tuple[str, ...]
    states: tuple[str, ...]
    gpu: bool

    def joined(self, other: Grants) -> Grants:
        """Return what both allow; equal to this where it allows the other's already."""
        return Grants(
            tuple(sorted({*self.files, *other.files})),
            tuple(sorted({*self.states, *other.states})),
            self.gpu or other.gpu,
        )


def grants_for(spec: ModelSpec) -> Grants:
    """Return what a child needs for a model, its adapters and what is installed."""
    named = (spec.path, *(adapter.path for adapter in spec.adapters))
    files = {str(part) for path in named for part in _parts(Path(path))}
    for folder in (models_dir(), shared_models_dir()):
        files = {path for path in files if not Path(path).is_relative_to(folder)}
    states = (spec.states,) if spec.states else ()
    return Grants(tuple(sorted(files)), states, spec.gpu_layers != 0)


def confine_model(grants: Grants) -> bool:
    """Give up all other files; tell whether that works."""
    writable = [*grants.states]
    for folder in writable:
        with contextlib.suppress(OSError):
            Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    readable: list[str | Path] = [models_dir(), shared_models_dir(), *grants.files]
    if grants.gpu:
        readable.append("/")
        writable += ["/dev", *(str(Path.home() / name) for name in _CACHES)]
    return confine(readable, writable)


def _parts(path: Path) -> Iterator[Path]:
    """Yield a model's file, or all files of one that comes in several."""
    found = _PART.search(path.name)
    if found is None:
        yield path
        return
    start = path.name[: found.start()]
    with contextlib.suppress(OSError):
        for other in path.parent.iterdir():
            if other.name.startswith(start) and _PART.search(other.name):
                yield other
