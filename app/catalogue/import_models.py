"""Models from files: found on drives and in folders, copied whole or not at all.

    places ─► find_models ─► Found ─► copy_model or hash_model ─► SHA-256

Headers are checked before anything is copied; the hash is made from the very bytes
that are written. A source that goes away in the middle (a drive pulled out, a share
that drops) leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.catalogue.describe import (
    describe_whole,
    is_later_part,
    parts_of,
    whole_size,
)
from app.catalogue.folders import describe_folder, files_of_folder, is_model_folder
from app.errors import AppError, Cancelled, ModelError
from app.files import need_room, storage_errors
from app.i18n import N_
from app.values.cards import ModelCard
from app.values.ports import Stop

_BLOCK = 1 << 20
_DEEPEST = 6
_MOST_FOLDERS = 20_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Found:
    """A GGUF file, or an embedder's folder, that was found.

    `problem` tells why it cannot be used, or is None.
    """

    path: str
    size_bytes: int
    card: ModelCard | None = None
    problem: AppError | None = None

    @property
    def title(self) -> str:
        """The model's title, or the file's name where it tells none."""
        return self.card.title if self.card else Path(self.path).name


def ignore_progress(_done: int, _total: int) -> None:
    """Take progress that nobody watches."""


def find_models(places: Iterable[Path], stop: Stop = lambda: False) -> Iterator[Found]:
    """Yield every model in these folders and below, looked into but not copied.

    Models are GGUF files and embedders' folders of sentence-transformers.

    Ends early when `stop` says so; folders that cannot be read are passed over.
    """
    seen: set[str] = set()
    for place in places:
        for folder, names in _folders(place, stop):
            if is_model_folder(folder) and str(folder) not in seen:
                seen.add(str(folder))
                yield look_at(folder)
            for name in sorted(names):
                path = folder / name
                wanted = name.lower().endswith(".gguf") and not name.startswith(".")
                if wanted and not is_later_part(path) and str(path) not in seen:
                    seen.add(str(path))
                    yield look_at(path)


def look_at(path: Path) -> Found:
    """Return what a file or folder is, and why it cannot be used if so."""
    try:
        size = _size_of_files(files_of_model(path))
    except OSError:
        size = 0
    try:
        return Found(str(path), size, describe_any(path))
    except AppError as error:
        return Found(str(path), size, problem=error)
    except OSError:
        return Found(str(path), size, problem=_gone(path))


def describe_any(path: Path) -> ModelCard:
    """Return the card of a whole GGUF model or of an embedder's folder.

    Raises ModelError for what is neither, OSError for what cannot be read.
    """
    return describe_folder(path) if path.is_dir() else describe_whole(path)


def files_of_model(path: Path) -> list[Path]:
    """Return all files of a model, its weights first."""
    return files_of_folder(path) if path.is_dir() else list(parts_of(path))


def copy_model(
    path: Path,
    folder: Path,
    progress: Progress = ignore_progress,
    stop: Stop = lambda: False,
) -> str:
    """Copy all files of a model into an empty folder; return its SHA-256.

    The hash is that of the parts one after the other; of an embedder's folder, that of
    its weights. Raises StorageError when there is no room, ModelError when the source
    goes away, Cancelled when `stop` says so; what was copied by then is the caller's
    to remove.
    """
    with storage_errors():
        folder.mkdir(parents=True)
    root = path if path.is_dir() else path.parent
    try:
        files = files_of_model(path)
        total = _size_of_files(files)
    except OSError as error:
        raise _gone(path) from error
    need_room(folder, total)
    digest = hashlib.sha256()
    done = 0
    for part in files:
        hashed = root == path.parent or part == files[0]
        with storage_errors():
            place = folder / part.relative_to(root)
            place.parent.mkdir(exist_ok=True)
            target = place.open("xb")
        with target:
            for block in _blocks(part, stop):
                if hashed:
                    digest.update(block)
                with storage_errors():
                    target.write(block)
                done += len(block)
                progress(done, total)
            with storage_errors():
                target.flush()
                os.fsync(target.fileno())
    if done != total:
        raise _gone(path)
    return digest.hexdigest()


def hash_model(
    path: Path, progress: Progress = ignore_progress, stop: Stop = lambda: False
) -> str:
    """Return the SHA-256 of a model's files; raises ModelError or Cancelled."""
    total = _size(path)
    steps = hash_steps(path, stop)
    while True:
        try:
            progress(round(next(steps) * total), total)
        except StopIteration as end:
            return str(end.value)


def hash_steps(path: Path, stop: Stop = lambda: False) -> Generator[float, None, str]:
    """Yield how much of a model's files is hashed (0..1); return their SHA-256."""
    total = _size(path)
    digest = hashlib.sha256()
    done = 0
    for part in parts_of(path):
        for block in _blocks(part, stop):
            digest.update(block)
            done += len(block)
            yield done / total
    return digest.hexdigest()


def _folders(place: Path, stop: Stop) -> Iterator[tuple[Path, list[str]]]:
    deepest = len(place.parts) + _DEEPEST
    walk = os.walk(place)
    for count, (folder, below, names) in enumerate(walk):
        if stop() or count >= _MOST_FOLDERS:
            return
        below[:] = sorted(name for name in below if not name.startswith((".", "$")))
        if len(Path(folder).parts) >= deepest:
            below.clear()
        yield Path(folder), names


def _blocks(path: Path, stop: Stop) -> Iterator[bytes]:
    try:
        file: BinaryIO = path.open("rb")
    except OSError as error:
        raise _gone(path) from error
    with file:
        while True:
            if stop():
                raise Cancelled
            try:
                block = file.read(_BLOCK)
            except OSError as error:
                raise _gone(path) from error
            if not block:
                return
            yield block


def _size(path: Path) -> int:
    try:
        return whole_size(path)
    except OSError as error:
        raise _gone(path) from error


def _size_of_files(files: Iterable[Path]) -> int:
    return sum(file.stat().st_size for file in files)


def _gone(path: Path) -> ModelError:
    return ModelError(
        N_("The file {file} went away while it was being read."),
        N_("Connect the drive or the network share again, then import it once more."),
        file=path.name,
    )
