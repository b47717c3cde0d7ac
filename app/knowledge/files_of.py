"""Which files a folder stands for, in an order that never changes."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from app.knowledge.exclude import Exclusion

# Folders and files that programs make for themselves; nobody wants to ask them.
_HIDDEN_FOLDERS = {"__pycache__", "node_modules", "$RECYCLE.BIN"}
_LOCK_PREFIXES = ("~$", ".~lock.")
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".swp", "~")

# What a browser saves beside a page lies in a folder of its name: "Seite.html" and
# "Seite_files", in the language of the system.
_PAGE = (".htm", ".html", ".xhtml")
_BESIDE_PAGE = (
    "_files", "-Dateien", "_dateien", "_fichiers", "_archivos", "_file", "_bestanden",
    "_pliki", "_dosyalar", "_arquivos", "_ficheiros", "_soubory", ".files",
)  # fmt: skip


def files_of(
    sources: Iterable[str],
    supported: Callable[[Path], bool],
    unreadable: list[str] | None = None,
    exclude: Mapping[str, Iterable[str]] | None = None,
) -> Iterator[Path]:
    """Yield each file once: named files always, in folders what looks readable.

    Hidden files and folders, the folder beside a saved page, and links that lead out
    into a circle, are left out. A
    source that does not exist is yielded as it is, so that its absence can be told.
    Folders that cannot be opened are added to `unreadable`. `exclude` has the patterns
    of what is left out of a source; see `exclude.py`.
    """
    missed = [] if unreadable is None else unreadable
    seen: set[str] = set()
    for source in sources:
        path = Path(source)
        excluded = Exclusion(source, (exclude or {}).get(source, ()))
        walk = _walk(path, supported, missed, excluded)
        found = walk if path.is_dir() else iter([path])
        for file in found:
            key = os.path.normcase(file)
            if key not in seen:
                seen.add(key)
                yield file


def _walk(
    folder: Path,
    supported: Callable[[Path], bool],
    unreadable: list[str],
    excluded: Exclusion,
) -> Iterator[Path]:
    def note(error: OSError) -> None:
        unreadable.append(str(error.filename))

    for root, folders, names in os.walk(folder, onerror=note, followlinks=False):
        beside = _beside_pages(names)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _HIDDEN_FOLDERS
            and name not in beside
            and not excluded.covers(Path(root, name), folder=True)
            and not is_concealed(Path(root, name))
        )
        for name in sorted(names):
            path = Path(root, name)
            if name.startswith((".", *_LOCK_PREFIXES)):
                continue
            if supported(path) and not excluded.covers(path) and not is_concealed(path):
                yield path


def _beside_pages(names: Iterable[str]) -> set[str]:
    """Return what the folders are called that belong to the saved pages in `names`."""
    pages = (name.rpartition(".")[0] for name in names if name.endswith(_PAGE))
    return {page + ending for page in pages for ending in _BESIDE_PAGE}


def is_concealed(path: Path) -> bool:
    """Tell whether Windows marks a file or folder as hidden or as the system's own."""
    try:
        marks = getattr(path.lstat(), "st_file_attributes", 0)
    except OSError:
        return False
    hidden = stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM
    return bool(marks & hidden)


def is_noise(path: str) -> bool:
    """Tell whether a path inside a folder is none that `files_of` would yield.

    Hidden or made by a program for itself, such as the lock beside an open document.
    """
    *folders, name = Path(path).parts or ("",)
    return (
        name.startswith((".", *_LOCK_PREFIXES))
        or name.lower().endswith(_UNFINISHED)
        or any(f.startswith(".") or f in _HIDDEN_FOLDERS for f in folders)
    )


def inside(path: str, sources: Iterable[str]) -> bool:
    """Tell whether a file is one of the sources or lies below one."""
    return any(
        path == source or Path(source) in Path(path).parents for source in sources
    )
