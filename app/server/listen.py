"""Listening: the only place that opens a port, and the owner of uvicorn.

uvicorn with h11 in pure Python: what comes from the network is parsed by no native
code. Its own log is silenced, because it would hold addresses and, with an error, what
was asked.

Invariant: `listening` leaves no port open and no thread behind, however it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.errors import AppError, UsageError
from app.i18n import N_
from app.server.desk import Desk

PORT = 8474
LOOPBACK = "127.0.0.1"
_HEAD_S = 15.0
_LONGEST_HEAD = 32_768
_MOST_CONNECTIONS = 2_000
_FILES = 8_192
_GRACE_S = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen. `port` 0 takes a free one; TLS where both files are named."""

    host: str = LOOPBACK
    port: int = PORT
    certificate: Path | None = None
    key: Path | None = None

    @property
    def secure(self) -> bool:
        """Tell whether connections are encrypted."""
        return self.certificate is not None


def is_loopback(host: str) -> bool:
    """Tell whether an address is reached from this computer only."""
    if host.lower() == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def own_names() -> frozenset[str]:
    """Return how this computer is called, without asking anybody."""
    name = socket.gethostname().lower()
    return frozenset(
        {"localhost", name, name.split(".")[0], f"{name.split('.')[0]}.local"}
    )


def own_address() -> str:
    """Return this computer's address in the own network, "" where it has none.

    Nothing is sent: a datagram socket only looks up which way it would go.
    """
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
    ):
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return ""


def open_port(place: Place) -> socket.socket:
    """Return a bound socket. Raises UsageError for an address that cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            place.host, place.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _no_address(place) from error
    try:
        if sys.platform != "win32":
            # On Windows the option would let another program take the port as well.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise _no_address(place) from error
    return bound


def _no_address(place: Place) -> UsageError:
    return UsageError(
        N_("Nothing can listen at {host}, port {port}."),
        N_("Another program may be there; choose another port or address."),
        host=place.host,
        port=place.port,
    )


def check_certificate(place: Place) -> None:
    """Raise UsageError when certificate and key cannot be used together."""
    if place.certificate is None and place.key is None:
        return
    if place.certificate is None or place.key is None:
        raise UsageError(
            N_("A certificate needs its key, and a key its certificate."),
            N_("Name both with --tls-cert and --tls-key."),
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(place.certificate, place.key, password=lambda: "")
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            N_("The certificate or its key cannot be used."),
            N_(
                "Both must be PEM files that belong together, the key without password."
            ),
        ) from error


class Listener:
    """One server. `run` returns when it was asked to end."""

    def __init__(self, app: ASGIApp, place: Place, desk: Desk) -> None:
        check_certificate(place)
        self._socket = open_port(place)
        self.port: int = self._socket.getsockname()[1]
        self.place = place
        self._desk = desk
        _silence()
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_MOST_CONNECTIONS,
            backlog=1_024,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=_GRACE_S,
            h11_max_incomplete_event_size=_LONGEST_HEAD,
            ssl_certfile=place.certificate,
            ssl_keyfile=place.key,
        )
        self._server = _Server(config, desk)

    @property
    def address(self) -> str:
        """Return the address for people."""
        scheme = "https" if self.place.secure else "http"
        host = self.place.host
        if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
            host = own_address() or socket.gethostname()
        host = f"[{host}]" if ":" in host else host
        return f"{scheme}://{host}:{self.port}"

    def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Serve until asked to end; `started` is called when it listens.

        Raises KeyboardInterrupt after a signal, when all answers were cut off cleanly.
        """
        _more_files()
        self._server.on_start = started
        try:
            # Not asyncio.run: the signals are uvicorn's, in the main thread.
            with asyncio.Runner() as runner:
                runner.run(self._server.serve([self._socket]))
        finally:
            self._socket.close()
            self._desk.begin_closing()
        if self._server.signalled:
            # Also where whoever started us lets signals be ignored.
            raise KeyboardInterrupt

    def stop(self) -> None:
        """Ask the server to end, from any thread."""
        self._desk.begin_closing()
        self._server.should_exit = True


class _Server(uvicorn.Server):
    """Tells when it listens, and lets all work end when it is asked to."""

    def __init__(self, config: uvicorn.Config, desk: Desk) -> None:
        super().__init__(config)
        self._desk = desk
        self.on_start: Callable[[], None] = lambda: None
        self.signalled = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        self.on_start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End with a signal."""
        self.signalled = True
        self._desk.begin_closing()
        super().handle_exit(sig, frame)


class _Protocol(H11Protocol):
    """Lets go of who opens a connection and does not say a whole request."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first request."""
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        self.app_state: dict[str, Any] = {"abort": transport.abort}
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Take what came; stop the clock when it was a whole head."""
        super().data_received(data)
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._cancel_timer()
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._cancel_timer()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(_HEAD_S, self.transport.abort)

    def _cancel_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def _silence() -> None:
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)


def _more_files() -> None:
    """Allow as many connections as the system lets us."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def need_safe(place: Place, tokens: int) -> None:
    """Raise AppError when others could come in without a token."""
    if not is_loopback(place.host) and not tokens:
        raise AppError(
            N_("Others could reach this address, and there is no token yet."),
            N_(
                "Make one for each person or device: `allmende serve token create NAME`."
            ),
        )
