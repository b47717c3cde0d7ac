"""Which documents of a base are meant by a folder, a type or a date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from app.errors import UsageError
from app.i18n import N_
from app.knowledge.files_of import inside
from app.values.bases import DocumentInfo


def narrowed(
    documents: Iterable[DocumentInfo],
    folder: str = "",
    types: Iterable[str] = (),
    since: date | None = None,
) -> tuple[str, ...]:
    """Return the files in `folder`, with one of these endings, changed on `since` or later.

    What is left empty narrows nothing. Raises UsageError when nothing is left to ask.
    """
    endings = {"." + ending.lower().lstrip(".") for ending in types}
    found = tuple(
        document.file
        for document in documents
        if document.status == "indexed"
        and (not folder or inside(document.file, [folder]))
        and (not endings or Path(document.file).suffix.lower() in endings)
        and (since is None or _changed_since(Path(document.file), since))
    )
    if not found:
        raise UsageError(
            N_("No document of this base is of that folder, type and date."),
            N_("`allmende base show` lists what there is."),
        )
    return found


def _changed_since(path: Path, since: date) -> bool:
    """Tell by the file's own date; a file that is gone has none."""
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return False
    return changed.astimezone().date() >= since
