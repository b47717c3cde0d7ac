"""What every request must pass before a route sees it.

    host known? → origin ours? → body short enough? → token right? → not too often?

Host and origin are looked at against DNS rebinding: a page in the browser that has its
own name point at this computer sends that name. What is too long is refused unread, who
sends or reads too slowly is let go. Refusals cost no turn.

Invariant: the log gets the route, the status, times and sizes, and nothing else.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import AppError, UsageError
from app.i18n import N_
from app.log import get_logger
from app.server.access import Access
from app.server.replies import TooBig, TooSlow, error_reply

_log = get_logger("server")
_MOST_CLIENTS = 4_096
_OPEN = (
    "/",
    "/health",
    "/openapi.json",
    "/page/style.css",
    "/page/page.js",
    "/favicon.ico",
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """How strict the guard is. `names`: how this computer may be called.

    `per_minute` and `burst`: requests of one client that make work; `read_s` and
    `send_s`: how long a client may take for its request and for each piece of the answer.
    """

    names: frozenset[str]
    need_token: bool
    largest_bytes: int = 1 << 20
    per_minute: int = 240
    burst: int = 240
    read_s: float = 20.0
    send_s: float = 30.0


class Guard:
    """The outermost layer of the application."""

    def __init__(
        self,
        app: ASGIApp,
        rules: Rules,
        access: Access,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._rules = rules
        self._access = access
        self._pace = _Pace(rules.per_minute / 60, rules.burst, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        answer = _Answer(send, self._rules.send_s, scope)
        refusal = self._refusal(scope)
        if refusal is None:
            limited = _Limited(receive, self._rules)
            with contextlib.suppress(_Unread):
                await self._app(scope, limited, answer)
        if refusal is not None:
            reply = error_reply(scope["path"], refusal[1], refusal[0])
            await reply(scope, receive, answer)
        _log.info(
            "%s %d %.0f ms %d bytes",
            _route_of(scope),
            answer.status,
            (time.monotonic() - started) * 1000,
            answer.size_bytes,
        )

    def _refusal(self, scope: Scope) -> tuple[int, AppError] | None:
        headers = Headers(scope=scope)
        if not self._known_host(headers):
            return 421, UsageError(
                N_("This computer is not known by the name in the address."),
                N_("Use its number or its name, or add one with --name."),
            )
        if not _own_origin(headers, scope):
            return 403, UsageError(
                N_("Another website may not ask here."), N_("Open the page itself.")
            )
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._rules.largest_bytes:
            return 413, TooBig()
        holder = self._access.holder(secret) if (secret := secret_in(headers)) else ""
        path = scope["path"]
        if self._rules.need_token and not holder and path not in _OPEN:
            return 401, AppError(
                N_("A valid token is needed here."),
                N_("Ask whoever runs this server for one."),
            )
        address = (scope.get("client") or ("", 0))[0]
        client = f"{holder}@{address}"
        scope.setdefault("state", {})["client"] = client
        if scope["method"] == "POST" and not self._pace.may(client):
            return 429, AppError(
                N_("You ask faster than this server answers."),
                N_("Wait a moment, then go on."),
            )
        return None

    def _known_host(self, headers: Headers) -> bool:
        """A name can be made to point here by anybody; a number cannot."""
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            return False
        host = host_without_port(hosts[0])
        with contextlib.suppress(ValueError):
            ipaddress.ip_address(host)
            return True
        return host in self._rules.names


def host_without_port(host: str) -> str:
    """Return the name or number in a Host header, lower case and without brackets."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].split("]")[0]
    name, _, port = host.rpartition(":")
    return (name if name and port.isdecimal() else host).rstrip(".")


def _own_origin(headers: Headers, scope: Scope) -> bool:
    """Tell whether a browser says that the request comes from our own page, or nothing."""
    origins = headers.getlist("origin")
    own = f"{scope['scheme']}://{headers.get('host', '')}".lower()
    if any(origin.lower() != own for origin in origins):
        return False
    crossing = headers.get("sec-fetch-site", "none") in ("cross-site", "same-site")
    return not crossing or scope["path"] == "/"


def secret_in(headers: Headers) -> str:
    """Return the token of a request: a bearer's, or the password of a basic sign-in."""
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return given.strip()
    if kind.lower() == "basic":
        with contextlib.suppress(binascii.Error, UnicodeDecodeError):
            return base64.b64decode(given, validate=True).decode().partition(":")[2]
    return ""


def _route_of(scope: Scope) -> str:
    route = scope.get("route")
    return f"{scope['method']} {getattr(route, 'path', '-')}"[:60]


def _abort(scope: Scope) -> None:
    abort = scope.get("state", {}).get("abort")
    if abort is not None:
        abort()


class _Unread(Exception):
    """The client does not read its answer; it was let go."""


class _Limited:
    """Receives a body while it is short enough and comes in time."""

    def __init__(self, receive: Receive, rules: Rules) -> None:
        self._receive = receive
        self._left = rules.largest_bytes
        self._until = time.monotonic() + rules.read_s
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(max(0.0, self._until - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise TooBig
        self._whole = not message.get("more_body", False)
        return message


class _Answer:
    """Sends an answer with our headers to whoever reads it in time."""

    def __init__(self, send: Send, patience_s: float, scope: Scope) -> None:
        self._send = send
        self._patience_s = patience_s
        self._scope = scope
        self.status = 0
        self.size_bytes = 0

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        self.size_bytes += len(message.get("body", b""))
        try:
            async with asyncio.timeout(self._patience_s):
                await self._send(message)
        except TimeoutError:
            _abort(self._scope)
            raise _Unread from None


class _Pace:
    """A bucket for each client: `burst` at once, then so many a second."""

    def __init__(self, per_s: float, burst: int, clock: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def may(self, client: str) -> bool:
        """Take one from a client's bucket; False when it is empty."""
        now = self._clock()
        left, since = self._left.pop(client, (float(self._burst), now))
        left = min(float(self._burst), left + (now - since) * self._per_s)
        self._left[client] = (max(0.0, left - 1), now)
        while len(self._left) > _MOST_CLIENTS:
            self._left.popitem(last=False)
        return left >= 1
