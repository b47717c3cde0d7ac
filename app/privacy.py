"""What Allmende keeps about its user: shown, handed out, deleted.

Only files that Allmende itself made are ever touched: each part below names them, and
whatever else lies in the data folder stays (`tests/test_privacy.py`). The index child
and the models must have ended before `erase`; whoever holds a database open empties it
himself and passes its part in `keep`.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app import paths
from app.errors import Cancelled
from app.files import FileLock, storage_errors
from app.i18n import N_, translate, translate_plural
from app.values.bases import Base, DocumentInfo
from app.values.chats import ChatInfo, Exchange
from app.values.works import Work, WorkInfo

CHATS, KNOWLEDGE, MODELS, SHARED_MODELS = "chats", "knowledge", "models", "shared"
SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of data. `names` are patterns inside the data folder."""

    key: str
    title: str
    names: tuple[str, ...]


PARTS = (
    Part(CHATS, N_("Conversations and drafts of the workshop"), ("chats.db*",)),
    Part(
        KNOWLEDGE,
        N_("Texts of your documents, made searchable"),
        ("knowledge.db*", "knowledge.lock", "index"),
    ),
    Part(
        "states",
        N_("What models have read of your documents, so that answers start sooner"),
        ("states",),
    ),
    Part(
        SETTINGS,
        N_("Settings"),
        ("settings.json", "speeds.json", "window.json", "remote.token"),
    ),
    Part("assistants", N_("Your assistants"), ("assistants/*.assistant.json",)),
    Part("serve", N_("Who may ask this computer"), ("serve.json", "serve.lock")),
    Part("network", N_("Record of connections"), ("network.json", "network.lock")),
    Part("backups", N_("Backups"), ("backups",)),
    Part("receipts", N_("Receipts"), ("receipts",)),
    Part(
        "lesson",
        N_("Process log of the last lesson"),
        ("lesson/process.jsonl", "lesson/last.json", "lesson/put-away-*"),
    ),
    Part("log", N_("Log, without anything you wrote"), ("log/allmende.log*",)),
)


@dataclass(frozen=True, slots=True)
class Holding:
    """What is kept of one part. `title` is a gettext template.

    `count` counts conversations, documents or models, None where nothing is counted.
    """

    key: str
    title: str
    path: str
    size_bytes: int
    count: int | None = None


def inventory(counts: Mapping[str, int]) -> list[Holding]:
    """Return what is stored where; `counts` tells the number of things by key."""
    home = paths.home()
    result = []
    for part in PARTS:
        found = _found(home, part)
        size = sum(_size(path) for path in found)
        if found:
            result.append(
                Holding(part.key, part.title, str(found[0]), size, counts.get(part.key))
            )
    for key, title, path in (
        (MODELS, N_("Your models"), paths.models_dir()),
        (SHARED_MODELS, N_("Models of this computer"), paths.shared_models_dir()),
    ):
        if path.is_dir():
            result.append(Holding(key, title, str(path), _size(path), counts.get(key)))
    return result


# -- the second line ----------------------------------------------------------------


def refused_text(running: int, refused: int) -> str:
    """Return whether the system itself keeps children off the network, "" without any.

    `running` children read documents or run models, `refused` of them can open no
    connection whatever they try (`workers.shut`).
    """
    if not running:
        return ""
    if refused < running:
        return translate(
            N_(
                "Allmende opens no connection; this system cannot forbid it besides to"
                " what reads documents and runs models."
            )
        )
    return translate_plural(
        "The system itself refuses the network to the process that reads"
        " documents or runs models now.",
        "The system itself refuses the network to all {count} processes that read"
        " documents or run models now.",
        running,
    )


def files_text(reading: bool, writing: bool) -> str:
    """Return whether a process that reads documents was kept from other files.

    It was started and tried to read one (`reading`) and to write one (`knowledge.holding`).
    """
    if reading and writing:
        return translate(
            N_(
                "What reads a document can open no other file and write none: one has"
                " just tried."
            )
        )
    return translate(
        N_("This system does not keep what reads a document from your other files.")
    )


# -- deleting -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Removed:
    """How much of one part went."""

    key: str
    title: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """What `erase` removed, as proof; `failed` are paths that would not go."""

    removed: tuple[Removed, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def files(self) -> int:
        """Return how many files went."""
        return sum(part.files for part in self.removed)

    @property
    def bytes(self) -> int:
        """Return how many bytes went."""
        return sum(part.bytes for part in self.removed)


def alone() -> FileLock:
    """Return what keeps others from writing while it is held; BusyError when one does."""
    return FileLock(paths.knowledge_file().with_suffix(".lock"))


def need_alone() -> None:
    """Raise BusyError while another Allmende writes."""
    with alone():
        # Given back at once: Windows deletes no file that is open.
        pass


def erase(models: bool = False, keep: frozenset[str] = frozenset()) -> ErasureReceipt:
    """Delete everything Allmende made, but no file in `keep`; own models on wish.

    Raises BusyError, before anything is gone, while another Allmende writes.
    """
    need_alone()
    for handler in logging.getLogger("allmende").handlers:
        handler.close()
    home = paths.home()
    work = [(part, _found(home, part)) for part in PARTS]
    if models:
        part = Part(MODELS, N_("Your models"), ())
        work.append((part, _children(paths.models_dir())))
    removed, failed = [], []
    for part, found in work:
        going = [path for path in found if path.name not in keep]
        files = [file for path in going for file in _files(path)]
        size = sum(_file_size(file) for file in files)
        failed += [str(path) for path in going if not _gone(path)]
        if files:
            removed.append(Removed(part.key, part.title, len(files), size))
    return ErasureReceipt(tuple(removed), tuple(failed))


def _gone(path: Path) -> bool:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _found(home: Path, part: Part) -> list[Path]:
    """Return what there is of a part, in the order in which it is named."""
    return [path for name in part.names for path in sorted(home.glob(name))]


def _children(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _files(path: Path) -> list[Path]:
    if path.is_symlink() or path.is_file():
        return [path]
    return [file for file in path.rglob("*") if file.is_symlink() or file.is_file()]


def _size(path: Path) -> int:
    return sum(_file_size(file) for file in _files(path))


def _file_size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


# -- handing out --------------------------------------------------------------------


class ChatReader(Protocol):
    """What is needed of the store of conversations."""

    def chats(self, deleted: bool = False) -> list[ChatInfo]:
        """Return all conversations."""

    def exchanges(self, chat: int) -> list[Exchange]:
        """Return a conversation as it is shown."""

    def works(self) -> list[WorkInfo]:
        """Return the drafts of the workshop."""

    def work(self, id_: int) -> Work:
        """Return one of them."""


class DocumentReader(Protocol):
    """What is needed of the knowledge bases."""

    def own_bases(self) -> list[Base]:
        """Return the user's collections."""

    def documents(self, name: str) -> list[DocumentInfo]:
        """Return the documents of one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """`done` of `total` conversations and lists are in the archive."""

    done: int
    total: int


# Returns a conversation in a format: "md" or "json".
Render = Callable[[ChatInfo, Sequence[Exchange], str], bytes]


def write_archive(
    target: Path,
    entries: Iterable[Entry],
    total: int,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Written]:
    """Write entries into a ZIP that appears only when it is whole.

    Raises Cancelled when `stop` says so, StorageError when the disk does not take it.
    """
    part = target.with_name(target.name + ".part")
    try:
        with storage_errors(), zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as file:
            for done, entry in enumerate(entries, 1):
                if stop():
                    raise Cancelled
                file.writestr(entry.name, entry.data)
                yield Written(done, max(done, total))
        with storage_errors():
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def entries_of_all(
    chats: ChatReader | None,
    knowledge: DocumentReader,
    settings: Mapping[str, object],
    render: Render,
) -> Iterator[Entry]:
    """Yield everything that is the user's: conversations, lists, settings, receipts."""
    yield Entry("settings.json", _json(dict(settings)))
    for base in knowledge.own_bases():
        rows = [_document(document) for document in knowledge.documents(base.name)]
        yield Entry(f"documents/{_safe(base.name, base.id)}.json", _json(rows))
    if chats is not None:
        for folder, deleted in (("conversations", False), ("bin", True)):
            for info in chats.chats(deleted=deleted):
                yield from _conversation(chats, info, folder, render)
        for work in chats.works():
            name = f"drafts/{_safe(work.title, work.id)}.json"
            yield Entry(name, _json(dataclasses.asdict(chats.work(work.id))))
    home = paths.home()
    own = sorted(home.glob("assistants/*.assistant.json"))
    kept = [*sorted(home.glob("receipts/*")), *own]
    for path in (paths.network_file(), *kept):
        if path.is_file():
            yield Entry(path.relative_to(home).as_posix(), path.read_bytes())


def count_entries(chats: ChatReader | None, knowledge: DocumentReader) -> int:
    """Return about how many entries there will be."""
    conversations = 0
    if chats is not None:
        conversations = len(chats.chats()) + len(chats.chats(deleted=True))
    drafts = len(chats.works()) if chats is not None else 0
    return 2 * conversations + drafts + len(knowledge.own_bases()) + 2


def _conversation(
    chats: ChatReader, info: ChatInfo, folder: str, render: Render
) -> Iterator[Entry]:
    exchanges = chats.exchanges(info.id)
    name = f"{folder}/{_safe(info.title, info.id)}"
    for ending in ("md", "json"):
        yield Entry(f"{name}.{ending}", render(info, exchanges, ending))


def _document(document: DocumentInfo) -> dict[str, Any]:
    return {
        "file": document.file,
        "title": document.title,
        "status": document.status,
        "reason": document.reason,
        "pages": document.pages,
        "size_bytes": document.size_bytes,
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "replace")


def _safe(title: str, id_: int) -> str:
    """Return a file name that every system takes, with the id so that it is the only one."""
    words = re.sub(r"[^\w -]+", " ", title)
    short = " ".join(words.split())[:60].strip()
    return f"{id_:05} {short}".strip()
