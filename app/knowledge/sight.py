"""Which documents of a base are seen where an administrator says what may be read.

    every path of the base ─► its folder, judged once ─► what is listed and searched

What was indexed before that was said, or came with a backup from elsewhere, stays
stored and is not seen. Invariant: without such folders nothing is looked at, and a base
that lies in them whole is searched whole.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from app.database import change_version, fetch
from app.errors import PolicyError
from app.i18n import N_
from app.index.store import Store
from app.knowledge.allowed import allowed_in, need_allowed
from app.values.bases import Base


class Sight:
    """Tells what is seen of bases; one thread uses one. Without `folders` all is."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = folders
        self._is_allowed = allowed_in(folders)
        # A rule may name a file: what lies beside it is judged one by one.
        self._mixed = {os.path.split(_real(folder))[0] for folder in folders}
        self._judged: dict[str, bool | None] = {}
        self._searched: tuple[object, tuple[str, ...]] | None = None

    def sees(self, file: str) -> bool:
        """Tell whether a document is listed and searched, by the folder it lies in.

        Thousands are asked at once, so a link to a single file is judged by `need` only.
        """
        if not self._folders:
            return True
        folder = os.path.split(file)[0]
        if folder not in self._judged:
            self._judged[folder] = self._judge(folder)
        verdict = self._judged[folder]
        return self._is_allowed(file) if verdict is None else verdict

    def need(self, file: str) -> None:
        """Raise PolicyError for a document whose text or pages are not shown here."""
        need_allowed((file,), self._folders)

    def searched(
        self, store: Store, base: Base, documents: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Return which documents are searched, of those asked for; () for the whole base.

        Raises PolicyError when none of them is seen.
        """
        if not self._folders:
            return documents
        asked = (base.id, documents, change_version(store.connection))
        if self._searched is None or self._searched[0] != asked:
            self._searched = (asked, self._chosen(store, base, documents))
        return self._searched[1]

    def _chosen(
        self, store: Store, base: Base, documents: tuple[str, ...]
    ) -> tuple[str, ...]:
        every = documents or tuple(_files(store, base))
        seen = tuple(filter(self.sees, every))
        if every and not seen:
            raise PolicyError(
                N_(
                    "All documents of “{name}” lie outside the folders that may be read."
                ),
                N_("Ask a collection of documents in: {folders}"),
                name=base.name,
                folders="; ".join(self._folders),
            )
        return documents if len(seen) == len(every) else seen

    def _judge(self, folder: str) -> bool | None:
        if self._is_allowed(folder):
            return True
        return None if _real(folder) in self._mixed else False


def _real(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))


def _files(store: Store, base: Base) -> list[str]:
    rows = fetch(
        store.connection, "SELECT path FROM documents WHERE base_id = ?", base.id
    )
    return [row[0] for row in rows]
