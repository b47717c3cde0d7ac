"""May this model be loaded: asked of policy, header and hash before a byte of it is.

    file ─► header makes sense? ─► hash ─► that of its card? ─► on the list of the policy?

A hash of gigabytes takes seconds, so a file that did not change (size, time, place on
the disk) since it was hashed is not hashed again. Where a list of allowed models is in
force, only this process's own memory counts: a note in the user's folder could be
written by the user.

Invariant: `check` ends without an error only for a file whose very bytes were hashed
and found to be what was promised; `tests/catalogue/test_trust.py`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from app.catalogue.describe import parts_of, sane_parts
from app.catalogue.import_models import hash_steps
from app.errors import AppError, ModelError, PolicyError
from app.files import write_atomically
from app.i18n import N_
from app.values.cards import InstalledModel, ModelCard, not_as_promised

_HASH = re.compile(r"[0-9a-f]{64}")
_MOST_NOTES = 500
_SEARCHING = ("embedder", "reranker")


def allowed_hashes(text: str) -> frozenset[str] | None:
    """Return the hashes in the setting `allowed_models`; None where all are allowed."""
    words = text.lower().replace(",", " ").split()
    return frozenset(words) if words else None


class Trust:
    """Remembers which files were found to be what they should be.

    `notes` is the file they are kept in; `allowed` returns the hashes of the models
    that may be used, None for all; `who` returns who decided (a gettext template).
    """

    def __init__(
        self,
        notes: Path,
        allowed: Callable[[], frozenset[str] | None],
        who: Callable[[], str],
    ) -> None:
        self._notes = notes
        self._allowed = allowed
        self._who = who
        self._seen: dict[str, str] = {}

    def refusal(self, card: ModelCard) -> PolicyError | None:
        """Return why the list forbids a model, judged by its card; None if it does not."""
        allowed = self._allowed()
        if allowed is None or _is_listed(card, allowed):
            return None
        return PolicyError(
            N_("The model {title} is not among those that {who} allowed here."),
            N_("Choose another model, or ask for this one."),
            title=card.title,
            who=self._who(),
        )

    def need_allowed(self, card: ModelCard) -> None:
        """Raise PolicyError for a model that the list forbids."""
        refused = self.refusal(card)
        if refused is not None:
            raise refused

    def check(self, model: InstalledModel) -> Iterator[float]:
        """Yield how far the check is (0..1); ends when the file may be loaded.

        Raises PolicyError, or ModelError for a file that is damaged or another one.
        """
        self.need_allowed(model.card)
        path = Path(model.path)
        if path.is_dir():
            return
        mark = _mark(path)
        digest = self._known(path, mark)
        if not digest:
            sane_parts(path)
            if not model.card.sha256 and self._allowed() is None:
                self._seen[f"{path}|{mark}"] = "-"
                return
            digest = yield from hash_steps(path)
            if _mark(path) != mark:
                raise not_as_promised(model)
            self._keep(path, mark, digest)
        if digest == "-":
            return
        if model.card.sha256 not in ("", digest):
            raise not_as_promised(model)
        self.need_allowed(dataclasses.replace(model.card, sha256=digest))

    def _known(self, path: Path, mark: str) -> str:
        own = self._seen.get(f"{path}|{mark}", "")
        if self._allowed() is not None:
            return own.strip("-")
        return own or self._read().get(f"{path}|{mark}", "")

    def _keep(self, path: Path, mark: str, digest: str) -> None:
        key = f"{path}|{mark}"
        self._seen[key] = digest
        others = {k: v for k, v in self._read().items() if not k.startswith(f"{path}|")}
        kept = dict(list({**others, key: digest}.items())[-_MOST_NOTES:])
        # Without the note it is only slower next time.
        with contextlib.suppress(AppError):
            write_atomically(self._notes, json.dumps(kept, indent=1).encode())

    def _read(self) -> dict[str, str]:
        try:
            data = json.loads(self._notes.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(data, dict):
            return {}
        return {
            str(key): value
            for key, value in data.items()
            if isinstance(value, str) and _HASH.fullmatch(value)
        }


def _is_listed(card: ModelCard, allowed: frozenset[str]) -> bool:
    """Tell whether a list names a card's hash, or `Trust.check` will judge its file.

    That is not asked for what searches: the index child holds its file against the
    hash of the card alone, so there must be one.
    """
    if card.kind in _SEARCHING:
        return card.sha256 in allowed and bool(_HASH.fullmatch(card.sha256))
    return not card.sha256 or card.sha256 in allowed


def _mark(path: Path) -> str:
    """Return what changes when a model's files change."""
    try:
        stats = [part.stat() for part in parts_of(path)]
    except OSError as error:
        raise ModelError(
            N_("The model file {file} is not there."),
            N_("Install or import the model again."),
            file=path.name,
        ) from error
    return "|".join(f"{s.st_size}.{s.st_mtime_ns}.{s.st_ino}" for s in stats)
