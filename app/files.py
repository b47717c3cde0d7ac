"""Files: their paths, whole or not at all, and locks that a crash cannot leave behind.

    data folder   only its owner may enter it, whatever the umask says
    elsewhere     what people save there has the usual rights

Invariants: `write_atomically` leaves the old file or the new one, never a mixture; what
it and `put_in_place` have done outlives a power cut (`tests/faults/power.py`). No other
user of the computer gets into the data folder (`tests/test_files.py`): every folder that
`make_folder` makes there is closed, and each start closes one that was left open.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Self

from app import paths
from app.errors import BusyError, StorageError, UsageError
from app.i18n import N_

_BLOCK = 1 << 20
# So much stays free on the disk when something large has arrived.
SPARE_BYTES = 500_000_000
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# What earlier versions left readable in the data folder, and people copy elsewhere.
_ONCE_OPEN = ("*.db*", "backups/*", "log/*")


def absolute_paths(given: list[str]) -> list[str]:
    """Return paths as they are kept: absolute, links not resolved.

    Raises UsageError for one that does not exist.
    """
    result = []
    for text in given:
        path = _absolute(text)
        if not _exists(path):
            raise UsageError(
                N_("There is no file or folder {path}."),
                N_("Check the path."),
                path=text,
            )
        result.append(str(path))
    return result


def _exists(path: Path) -> bool:
    try:
        path.name.encode()
        return path.exists()
    except (OSError, UnicodeEncodeError):
        return False


def _absolute(text: str) -> Path:
    """Return an absolute path without `..`, its links not resolved."""
    return Path(os.path.abspath(os.path.expanduser(text)))  # noqa: PTH100, PTH111


def sha256_of(path: Path, stop: Callable[[], bool] = lambda: False) -> str:
    """Return the SHA-256 of a file as hexadecimal digits; "" when stopped."""
    import hashlib  # late: the first picture of the window needs none

    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if stop():
                return ""
            digest.update(block)
    return digest.hexdigest()


def write_atomically(path: Path, data: bytes) -> None:
    """Replace `path` by `data`, on disk before the call returns.

    Raises StorageError when the disk is full or not writable.
    """
    part = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    opener = _private if _is_within(paths.home(), path) else None
    with storage_errors(path.parent):
        make_folder(path.parent)
        try:
            with open(part, "xb", opener=opener) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            put_in_place(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, on disk before the call returns.

    The data folder, and those in it, are closed to all but their owner.
    """
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    home = paths.home()
    folder.mkdir(0o700 if _is_within(home, folder) else 0o777, exist_ok=True)
    sync_folder(folder.parent)


def create_private(path: Path) -> None:
    """Make an empty file that only its owner may read, unless there is one. Raises OSError."""
    with suppress(FileExistsError), open(path, "xb", opener=_private):
        pass


def close_to_others(home: Path) -> None:
    """Let only its owner into a data folder, where that can be had.

    Nothing happens to one that is not there, is closed already or belongs to somebody
    else, nor where rights are told otherwise: on Windows, on some network drives.
    """
    if sys.platform == "win32":
        return
    with suppress(OSError):
        if not _take_from_others(home):
            return
        for pattern in _ONCE_OPEN:
            for path in home.glob(pattern):
                if path.is_file() and not path.is_symlink():
                    _take_from_others(path)


def _take_from_others(path: Path) -> bool:
    """Take all rights but the owner's; False where there were none, or it is not ours."""
    found = path.stat()
    if found.st_uid != os.geteuid() or not found.st_mode & _OTHERS:
        return False
    path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)
    return True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_within(folder: Path, path: Path) -> bool:
    return path.absolute().is_relative_to(folder)


def may_write(folder: Path) -> bool:
    """Tell whether files can be made in a folder: one is, as rights alone do not tell."""
    probe = folder / f".{os.getpid()}.probe"
    try:
        probe.open("xb").close()
        probe.unlink()
    except OSError:
        return False
    return True


def put_in_place(source: Path, target: Path) -> None:
    """Give a file or folder its name, on disk before the call returns. Raises OSError.

    What it holds must be on disk already.
    """
    source.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to disk: without it a power cut may undo a rename.

    Windows does this by itself; where a file system cannot, nothing is lost by asking.
    """
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Bring what a file holds to disk. Raises OSError."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def storage_errors(folder: Path | None = None) -> Iterator[None]:
    """Turn the operating system's complaints about a folder into sentences.

    Without one it is the folder of the file that the system names.
    """
    try:
        yield
    except OSError as error:
        raise storage_error(error, folder) from error


def storage_error(error: OSError, folder: Path | None = None) -> StorageError:
    """Return the sentence for a failed write, as `storage_errors`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(
            N_("The disk is full."),
            N_("Free some space and try again; nothing that was saved is lost."),
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        named = error.filename if isinstance(error.filename, str) else ""
        return not_writable(folder or (Path(named).parent if named else paths.home()))
    return StorageError(
        N_("The data folder cannot be used ({problem})."),
        N_("Check the disk, then start Allmende again."),
        problem=error.strerror or type(error).__name__,
    )


def not_writable(folder: Path) -> StorageError:
    """Return the sentence for a folder in which nothing may be written."""
    if _is_within(paths.home(), folder):
        return StorageError(
            N_("Allmende may not write to its data folder."),
            N_("Check the permissions of the folder, or set ALLMENDE_HOME."),
        )
    if _is_within(paths.shared_bases_dir().parent, folder):
        return StorageError(
            N_("Only administrators may write to {folder}."),
            N_("Do this as an administrator, or choose another folder."),
            folder=folder,
        )
    return StorageError(
        N_("Allmende may not write to {folder}."),
        N_("Check the permissions of the folder, or choose another one."),
        folder=folder,
    )


def free_bytes(folder: Path) -> int:
    """Return the free bytes of the disk that holds a folder, made or not yet made."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    with storage_errors():
        return shutil.disk_usage(folder).free


def need_room(folder: Path, size_bytes: int) -> None:
    """Raise StorageError when something large has no room, before any of it is there."""
    free = free_bytes(folder)
    if free < size_bytes + SPARE_BYTES:
        raise StorageError(
            N_(
                "There is not enough room on the disk: {needed} GB are needed,"
                " {free} GB are free."
            ),
            N_("Free some space and try again; a little must stay free for the rest."),
            needed=f"{(size_bytes + SPARE_BYTES) / 1e9:.1f}",
            free=f"{free / 1e9:.1f}",
        )


def read_text(path: Path, most_bytes: int) -> str:
    """Return the text of a small file. Raises UsageError for anything else."""
    try:
        if path.stat().st_size > most_bytes:
            raise OSError
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            N_("The file {file} cannot be read as text."),
            N_("Name a text file in UTF-8."),
            file=path.name,
        ) from error


class FileLock:
    """A lock that the operating system releases when its process ends, however it ends.

    `acquire` returns at once: True when the lock is ours now.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Try to take the lock; True when it is ours."""
        if self._file is not None:
            return True
        with storage_errors():
            make_folder(self.path.parent)
            file = self.path.open("ab")
        if not _lock(file):
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back; harmless when it was never taken."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        if not self.acquire():
            raise BusyError(
                N_("Another Allmende is working on the same data."),
                N_("Wait until it is done, or close it."),
            )
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()


if sys.platform == "win32":  # pragma: no cover - runs on Windows only
    import msvcrt

    def _lock(file: IO[bytes]) -> bool:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
