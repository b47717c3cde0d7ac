"""Which databases are copied, when, and how many copies are kept.

The window asks now and then (`keep`); the command line and the privacy page when
somebody wants it.

Invariant: without kept conversations (`history` off) none are copied either.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app import backups, paths
from app.backups import LARGEST_BYTES, Backup, Healed
from app.errors import AppError, UsageError
from app.i18n import N_
from app.log import describe, get_logger
from app.settings.store import Settings

_log = get_logger("safekeeping")
_OF_CHATS = (
    "SELECT count(*) FROM chats WHERE deleted_at IS NULL",
    "SELECT count(*) FROM exchanges",
)
_OF_KNOWLEDGE = (
    "SELECT name FROM bases WHERE automatic = 0 ORDER BY name",
    "SELECT count(*) FROM documents WHERE status = 'indexed'",
)


@dataclass(frozen=True, slots=True)
class Content:
    """What a backup holds; the numbers of the other kind are 0."""

    chats: int = 0
    questions: int = 0
    collections: tuple[str, ...] = ()
    documents: int = 0


class Safekeeping:
    """Copies of this user's data. Any thread may ask."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def all(self) -> list[Backup]:
        """Return all copies there are, newest first."""
        found = [b for path in _databases() for b in backups.backups(path)]
        return sorted(found, key=lambda backup: -backup.made_at)

    def restorable(self) -> list[Backup]:
        """Return the copies that would be seen again, newest first.

        Conversations are not among them where none are kept.
        """
        kept = self._settings.flag("history")
        return [b for b in self.all() if kept or b.of != paths.chats_file().name]

    def content(self, backup: Backup) -> Content | None:
        """Look into a copy; None for one that cannot be read."""
        is_chats = backup.of == paths.chats_file().name
        queries = _OF_CHATS if is_chats else _OF_KNOWLEDGE
        try:
            rows = backups.rows_of(backup, *queries)
        except AppError:
            return None
        if is_chats:
            return Content(rows[0][0][0], rows[1][0][0])
        names = tuple(str(row[0]) for row in rows[0])
        return Content(collections=names, documents=rows[1][0][0])

    def keep(self) -> list[Backup]:
        """Make the copies that are due; what cannot be made now is tried again."""
        kept = self._settings.number("backups")
        made = []
        for path in self._wanted() if kept else []:
            try:
                if backups.due(path) and path.stat().st_size <= LARGEST_BYTES:
                    made.append(backups.make(path, kept))
            except (AppError, OSError) as error:
                _log.warning("no backup of %s: %s", path.suffix, describe(error))
        return made

    def make(self, folder: Path | None = None) -> list[Backup]:
        """Copy everything now, to the usual place or to another folder.

        Raises StorageError; DamagedError when a database does not pass its check.
        """
        kept = max(1, self._settings.number("backups"))
        return [backups.make(path, kept, folder) for path in self._wanted()]

    def find(self, name: str) -> tuple[Path, Path]:
        """Return the database and the copy that a name or a path stands for.

        Raises UsageError when there is none.
        """
        for path in _databases():
            for backup in backups.backups(path):
                if backup.name == name:
                    return path, Path(backup.path)
            file = Path(name).expanduser()
            if file.name.startswith(f"{path.stem}-") and file.is_file():
                return path, file
        raise UsageError(
            N_("There is no backup called {name}."),
            N_("`allmende backup list` shows the backups there are."),
            name=name,
        )

    def healed(self) -> list[Healed]:
        """Return which damaged files were replaced, newest first."""
        return backups.healed(paths.home())

    def _wanted(self) -> list[Path]:
        wanted = _databases()
        if not self._settings.flag("history"):
            wanted.remove(paths.chats_file())
        return [path for path in wanted if path.exists()]


def _databases() -> list[Path]:
    return [paths.chats_file(), paths.knowledge_file()]
