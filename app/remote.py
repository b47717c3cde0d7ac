"""The server of the own network that models may be used on: what was set, and its token.

One server, because whatever stands behind an address (a load balancer, vLLM on Ray) is
its operator's affair. Off unless the user or the policy allows it.

Invariant: the token lies in a file of its own that only its owner can read, is sent to
the server that was set and nowhere else, and is never shown or logged again.
"""

from __future__ import annotations

import contextlib
import functools
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from app import paths
from app.errors import UsageError
from app.files import write_atomically
from app.i18n import LANGUAGES, N_, translate
from app.inference.remote import RemoteEngine, RemoteModel, models_of
from app.net import Rules
from app.settings.store import Settings
from app.values.cards import ModelCard
from app.values.servers import hosts_of

if TYPE_CHECKING:
    from app.net.lan import LanAnswer, LanDoor, Server

PREFIX = "remote:"
TEMPLATE = "turns"
# The title is kept with every answer, so it says for good where the question went.
_TITLE = N_("{model} on {host}: leaves this computer, stays in your network")
_TITLE_OUTSIDE = N_("{model} on {host}: leaves this computer and your network")
_LONGEST_TOKEN = 4_000


def need_address(address: str) -> None:
    """Raise AppError for what is no address of a server."""
    from app.net.lan import server_at

    server_at(address)


class Remote:
    """What the settings say about the server of the own network."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @functools.cached_property
    def _door(self) -> LanDoor:
        # Most people have no such server, and all of them wait for the window.
        from app.net.lan import LanDoor

        settings = self._settings
        return LanDoor(
            lambda: settings.flag("remote"),
            lambda: settings.flag("remote_outside"),
            lambda: Rules(hosts_of(settings.text("allowed_hosts"))),
        )

    @property
    def allowed(self) -> bool:
        """Tell whether a server may be used and one was named."""
        return self._settings.flag("remote") and bool(self._address)

    @property
    def _address(self) -> str:
        return self._settings.text("remote_address").strip()

    @property
    def _title(self) -> str:
        return _TITLE_OUTSIDE if self._settings.flag("remote_outside") else _TITLE

    def server(self) -> Server:
        """Return the server. Raises PolicyError when off, UsageError without one."""
        if self._settings.locked("remote"):
            # Who decided so is told; otherwise the door says how to open it.
            self._settings.need("remote")
        self._door.need_open()
        if not self._address:
            raise UsageError(
                N_("No server of the own network has been named."),
                N_("Name one: `allmende models remote set ADDRESS`."),
            )
        from app.net.lan import server_at

        return server_at(self._address, self._settings.text("remote_ca").strip())

    def models(self) -> tuple[RemoteModel, ...]:
        """Ask the server what it offers. Raises AppError."""
        return models_of(_Line(self._door, self.server(), self.token()))

    def card(self, choice: str) -> ModelCard:
        """Return the card of `remote:NAME`; nobody is asked for it.

        Raises PolicyError when off, UsageError when no name or no server was given.
        """
        server = self.server()
        name = choice.removeprefix(PREFIX).strip()
        if not name:
            raise UsageError(
                N_("There is no name of a model in “{choice}”."),
                N_("`allmende models remote list` shows what the server offers."),
                choice=choice,
            )
        return ModelCard(
            id=PREFIX + name,
            kind="chat",
            title=translate(self._title, model=name, host=server.name),
            file="",
            size_bytes=0,
            sha256="",
            licence="",
            languages=LANGUAGES,
            context=self._settings.number("remote_context"),
            template=TEMPLATE,
        )

    def engine(self, card: ModelCard) -> RemoteEngine:
        """Return the engine of a card. Raises AppError."""
        line = _Line(self._door, self.server(), self.token())
        return RemoteEngine(line, card.id.removeprefix(PREFIX))

    # -- the token -------------------------------------------------------------------

    def token(self) -> str:
        """Return the token: the user's own, else the machine's; "" for none."""
        machine = paths.policy_file().with_name("remote-token")
        for path in (paths.remote_token_file(), machine):
            with contextlib.suppress(OSError, UnicodeDecodeError):
                if found := path.read_text("utf-8").strip():
                    return found
        return ""

    def keep_token(self, text: str) -> None:
        """Keep a token, or with "" forget it. Raises UsageError, StorageError."""
        text = text.strip()
        path = paths.remote_token_file()
        if not text:
            path.unlink(missing_ok=True)
            return
        if len(text) > _LONGEST_TOKEN or not text.isascii() or not text.isprintable():
            raise UsageError(
                N_("This is no token."), N_("Copy it again, without anything else.")
            )
        write_atomically(path, text.encode())
        path.chmod(0o600)


class _Line:
    """Requests to the one server."""

    def __init__(self, door: LanDoor, server: Server, token: str) -> None:
        self._door = door
        self._server = server
        self._token = token
        self.host = server.name

    def ask(self, path: str, body: bytes | None) -> AbstractContextManager[LanAnswer]:
        """Give the answer to a request."""
        return self._door.ask(self._server, path, body, self._token)
