"""A server of the own network that may keep copies of vectors, and the way to ask it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class VectorServer:
    """Where a Chroma server is, as it was configured; nothing of it is checked yet.

    `token` proves to the server who asks; `ca_file` is a certificate to trust instead
    of the computer's own, "" for those. Collections of `from_chunks` passages and more
    use the server. `hosts` are the only ones that may be asked, none: all.
    """

    url: str
    token: str = field(default="", repr=False)
    ca_file: str = ""
    from_chunks: int = 1
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerReport:
    """How a configured server does. `state`: "ok", "away", "refused" or "wrong".

    `sentence` and `remedy` (gettext templates, filled from `parameters`) tell why it is
    not used, "" where it is.
    """

    host: str
    state: str = "ok"
    sentence: str = ""
    remedy: str = ""
    parameters: tuple[tuple[str, str], ...] = ()


class Transport(Protocol):
    """Carries requests to one server and its answers back."""

    host: str

    def ask(
        self, method: str, path: str, body: bytes | None = None, limit_s: float = 10.0
    ) -> tuple[int, bytes]:
        """Return (status, body). Raises ServerError, at the latest after `limit_s`."""

    def close(self) -> None:
        """Let go of the connection."""


def hosts_of(text: str) -> tuple[str, ...]:
    """Return the hosts of a setting; "-" stands for none at all."""
    return tuple(text.lower().replace(",", " ").split())
