"""Watches the folders of all bases and tells which base has something new. Owns `watchfiles`.

    system's notices ──┐
    a look now and then ┴─ calm for a moment? ── on_changed(base)

The system tells what happens in local folders; for what it cannot watch (a network
share, too many folders for its limit, single files) a look every few minutes has to do.
Folders may vanish and come back, as on a USB drive: both are told. What is told is only
that something happened; what it was is found out by `sync`, which compares.

Invariant: `on_changed` is called on the watching thread, never after `close` returned
in time; a folder that cannot be watched is an entry in `unwatched`, never an error.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.knowledge.files_of import is_noise
from app.log import describe, get_logger

_log = get_logger("knowledge.watch")
CALM_S = 2.0
# Where something changes all the time, it is told now and then all the same.
_LONGEST_S = 30.0
_LOOK_EVERY_S = 300.0
_SEEN_EVERY_S = 3.0
_TURN_MS = 500
_PATIENCE_S = 2.0
_REMOTE_SYSTEMS = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ncpfs", "ceph"),
    *("fuse.sshfs", "fuse.gvfsd-fuse", "fuse.rclone", "davfs", "fuse.davfs2"),
    *("vboxsf", "fuse.vmhgfs-fuse"),
}

Identity = tuple[int, int] | None
Told = Callable[[str], None]


@dataclass(slots=True)
class _Unrest:
    """When something happened in a base, first and last."""

    first_s: float
    last_s: float


class FolderWatch:
    """One thread that watches; `watch` may be called again and again.

    `on_changed` is called with the name of a base once nothing happened in it for
    `calm_s`.
    """

    def __init__(
        self,
        on_changed: Told,
        calm_s: float = CALM_S,
        look_every_s: float = _LOOK_EVERY_S,
        seen_every_s: float = _SEEN_EVERY_S,
    ) -> None:
        self._on_changed = on_changed
        self._calm_s = calm_s
        self._look_every_s = look_every_s
        self._seen_every_s = seen_every_s
        self._sources: dict[str, tuple[str, ...]] = {}
        self._ended = threading.Event()
        # Set whenever the watching has to begin anew; `watchfiles` asks it often.
        self._turn = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._unrest: dict[str, _Unrest] = {}
        self._seen: dict[str, Identity] = {}
        self._looked_s = time.monotonic()
        self.unwatched: frozenset[str] = frozenset()

    def watch(self, sources: Mapping[str, Iterable[str]]) -> None:
        """Watch these files and folders from now on: base → its sources."""
        wanted = {base: tuple(paths) for base, paths in sources.items()}
        with self._lock:
            if wanted == self._sources:
                return
            self._sources = wanted
            self._turn.set()
            if self._thread is None and not self._ended.is_set():
                self._thread = threading.Thread(
                    target=self._run, name="folder-watch", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """Stop watching. A share that does not answer is not waited for."""
        self._ended.set()
        self._turn.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE_S)

    # -- on the thread ---------------------------------------------------------------

    def _run(self) -> None:
        while not self._ended.is_set():
            self._turn.clear()
            with self._lock:
                sources = dict(self._sources)
            self._note_presence(sources)
            self._watch_until_turned(sources)

    def _watch_until_turned(self, sources: dict[str, tuple[str, ...]]) -> None:
        folders = sorted(
            {path for paths in sources.values() for path in paths if _is_folder(path)}
        )
        watched = _watchable([path for path in folders if not is_remote(path)])
        self.unwatched = frozenset(folders) - frozenset(watched)
        owners = _owners(sources, watched)
        seen_s = time.monotonic()
        for changed in _changes(watched, self._turn):
            for path in changed:
                self._note(base for base, folder in owners if _concerns(path, folder))
            self._tell_the_calm()
            now_s = time.monotonic()
            if now_s - self._looked_s >= self._look_every_s:
                self._looked_s = now_s
                self._note(self._looked_at(sources, watched))
            if now_s - seen_s >= self._seen_every_s:
                seen_s = now_s
                if self._note_presence(sources):
                    return

    def _looked_at(
        self, sources: dict[str, tuple[str, ...]], watched: list[str]
    ) -> list[str]:
        """Return the bases with something that only a look can tell about."""
        return [
            base
            for base, paths in sources.items()
            if any(path not in watched and _identity(path) for path in paths)
        ]

    def _note_presence(self, sources: dict[str, tuple[str, ...]]) -> bool:
        """Note folders that vanished, came back or are others now; True where one did."""
        before, now = self._seen, {}
        for base, paths in sources.items():
            for path in paths:
                now[path] = _identity(path)
                if path in before and before[path] != now[path]:
                    self._note([base])
        self._seen = now
        return any(path in before and before[path] != now[path] for path in now)

    def _note(self, bases: Iterable[str]) -> None:
        now_s = time.monotonic()
        for base in bases:
            self._unrest.setdefault(base, _Unrest(now_s, now_s)).last_s = now_s

    def _tell_the_calm(self) -> None:
        now_s = time.monotonic()
        for base, unrest in list(self._unrest.items()):
            calm = now_s - unrest.last_s >= self._calm_s
            if calm or now_s - unrest.first_s >= _LONGEST_S:
                del self._unrest[base]
                if not self._ended.is_set():
                    self._on_changed(base)


def _changes(folders: list[str], turned: threading.Event) -> Iterable[list[str]]:
    """Yield the paths that changed, often empty, until `turned` is set."""
    if not folders:
        while not turned.wait(_TURN_MS / 1000):
            yield []
        return
    from watchfiles import watch

    try:
        for changes in watch(
            *folders,
            watch_filter=None,
            debounce=_TURN_MS,
            step=_TURN_MS // 5,
            stop_event=turned,
            rust_timeout=_TURN_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            yield [path for _, path in changes]
    except (OSError, RuntimeError) as error:
        # A folder went between the look and the watching; the next turn sees it.
        _log.info("watching begins anew: %s", describe(error))
        turned.wait(_TURN_MS / 1000)


def _watchable(folders: list[str]) -> list[str]:
    """Return the folders that the system is able to watch."""
    from watchfiles._rust_notify import RustNotify

    def can_watch(paths: list[str]) -> bool:
        try:
            RustNotify(paths, False, False, 0, True, True).close()
        except (OSError, RuntimeError):
            return False
        return True

    if not folders or can_watch(folders):
        return folders
    _log.info("not every folder can be watched")
    fitting: list[str] = []
    for folder in folders:
        if can_watch([*fitting, folder]):
            fitting.append(folder)
    return fitting


def _owners(
    sources: dict[str, tuple[str, ...]], watched: list[str]
) -> list[tuple[str, str]]:
    """Return (base, folder) for each watched folder, also by the name behind a link."""
    known = set(watched)
    return [
        (base, spelling)
        for base, paths in sources.items()
        for path in paths
        if path in known
        for spelling in dict.fromkeys((path, os.path.realpath(path)))
    ]


def _concerns(path: str, folder: str) -> bool:
    """Tell whether a change at `path` may change what is read from `folder`."""
    inside = path.startswith(folder.rstrip(os.sep) + os.sep)
    if not inside and path != folder:
        return False
    return not is_noise(os.path.relpath(path, folder))


def _identity(path: str) -> Identity:
    """Return what tells a folder from another one in its place, and a file's state."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    if Path(path).is_dir():
        return status.st_dev, status.st_ino
    return status.st_size, status.st_mtime_ns


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def is_remote(path: str) -> bool:
    """Tell whether a folder lies on another computer, which tells no changes."""
    if sys.platform == "win32":  # pragma: no cover - runs on Windows only
        import ctypes

        drive = os.path.splitdrive(path)[0]
        remote = 4
        kind: int = ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\")
        return drive.startswith("\\\\") or kind == remote
    return _system_of(os.path.realpath(path)) in _REMOTE_SYSTEMS


def _system_of(path: str) -> str:
    """Return the kind of file system a path lies on, "" where it is not told."""
    try:
        lines = Path("/proc/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    best = ("", "")
    for line in lines:
        _, point, kind, *_ = [*line.split(" "), "", "", ""]
        point = point.replace("\\040", " ")
        if f"{path}/".startswith(point.rstrip("/") + "/") and len(point) >= len(
            best[0]
        ):
            best = (point, kind)
    return best[1]
