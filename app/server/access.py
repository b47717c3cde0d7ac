"""Who may ask, and what: tokens (only their hashes), released bases, other names.

One small file that only its owner can read. The command line and the window change it
while the server runs; the server looks at its time before each request.

Invariant: a token is shown once, when it is made; only its SHA-256 is kept. Tokens hold
192 random bits, so a slow hash would protect nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from app.errors import UsageError
from app.files import FileLock, storage_errors, write_atomically
from app.i18n import N_
from app.log import get_logger

_log = get_logger("server")
_LONGEST_NAME = 80
PREFIX = "alm_"


@dataclass(frozen=True, slots=True)
class Token:
    """A person or device that may ask. `created_at`: seconds since 1970 (UTC)."""

    name: str
    sha256: str
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Granted:
    """Everything in the file. `aliases` are pairs of another name and a model's name."""

    tokens: tuple[Token, ...] = ()
    released: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()


@dataclass
class _Seen:
    stamp: tuple[int, int] = (0, 0)
    granted: Granted = field(default_factory=Granted)


class Access:
    """Reads and changes the file; cheap to ask often, from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _Seen()
        self._lock = threading.Lock()

    def granted(self) -> Granted:
        """Return what the file says now; nothing where it is missing or damaged."""
        with self._lock:
            try:
                stat = self._path.stat()
            except OSError:
                self._seen = _Seen()
                return self._seen.granted
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp != self._seen.stamp:
                self._seen = _Seen(stamp, _read(self._path))
            return self._seen.granted

    def holder(self, secret: str) -> str:
        """Return the name of the token's holder, "" where it is no token (any more)."""
        digest = _hash(secret)
        found = ""
        for token in self.granted().tokens:
            if hmac.compare_digest(token.sha256, digest):
                found = token.name
        return found

    def create(self, name: str) -> str:
        """Make a token and return it; this is the only time that it can be seen.

        Raises UsageError for a name that is empty, too long or taken.
        """
        name = _clean(name)
        secret = PREFIX + secrets.token_urlsafe(24)

        def add(granted: Granted) -> Granted:
            if any(token.name == name for token in granted.tokens):
                raise UsageError(
                    N_("There is a token called “{name}” already."),
                    N_("Choose another name, or revoke it first."),
                    name=name,
                )
            token = Token(name, _hash(secret), time.time())
            return replace(granted, tokens=(*granted.tokens, token))

        self._change(add)
        return secret

    def revoke(self, name: str) -> None:
        """Make a token worthless at once. Raises UsageError when there is none."""

        def drop(granted: Granted) -> Granted:
            kept = tuple(token for token in granted.tokens if token.name != name)
            if kept == granted.tokens:
                raise UsageError(
                    N_("There is no token called “{name}”."),
                    N_("`allmende serve token list` shows those there are."),
                    name=name,
                )
            return replace(granted, tokens=kept)

        self._change(drop)

    def release(self, base: str, on: bool = True) -> None:
        """Let others ask a base, or no more."""

        def move(granted: Granted) -> Granted:
            kept = {name for name in granted.released if name != base}
            return replace(
                granted, released=tuple(sorted(kept | ({base} if on else set())))
            )

        self._change(move)

    def call(self, alias: str, model: str) -> None:
        """Offer a model under another name, too; "" takes the name away."""
        alias = _clean(alias)

        def name_it(granted: Granted) -> Granted:
            kept = [pair for pair in granted.aliases if pair[0] != alias]
            if model:
                kept.append((alias, model))
            return replace(granted, aliases=tuple(sorted(kept)))

        self._change(name_it)

    def _change(self, change: Callable[[Granted], Granted]) -> None:
        with FileLock(self._path.with_suffix(".lock")):
            granted = change(_read(self._path) if self._path.exists() else Granted())
            data = {
                "tokens": [asdict(token) for token in granted.tokens],
                "released": list(granted.released),
                "aliases": dict(granted.aliases),
            }
            text = json.dumps(data, ensure_ascii=False, indent=2)
            write_atomically(self._path, text.encode())
            with storage_errors():
                self._path.chmod(0o600)


def _clean(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise UsageError(
            N_("This name cannot be used."),
            N_("Give a short one, such as the person's or the device's."),
        )
    return name


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _read(path: Path) -> Granted:
    try:
        data: Any = json.loads(path.read_text("utf-8"))
        return Granted(
            tuple(
                Token(str(row["name"]), str(row["sha256"]), float(row["created_at"]))
                for row in data["tokens"]
            ),
            tuple(str(name) for name in data["released"]),
            tuple((str(key), str(name)) for key, name in data["aliases"].items()),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # Nobody gets in by a file that cannot be read.
        _log.warning("the file of tokens and released bases could not be read")
        return Granted()
