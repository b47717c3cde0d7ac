"""How answers leave: whole or as a stream, and at once given up when the client has gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Coroutine, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.errors import AppError, Cancelled, PolicyError, UsageError
from app.i18n import N_, translate, translate_into
from app.log import describe, get_logger
from app.server.fair import Full
from app.server.fields import BadField
from app.server.offers import NotOffered

_log = get_logger("server")
T = TypeVar("T")
_LINGER_S = 0.5
_DRAINED_BYTES = 1 << 20
NOTICE = N_("Made by AI from the documents named; it can be wrong.")
_OURS = AppError(N_("Something went wrong inside Allmende."))


class TooBig(UsageError):
    """More came than is allowed; it was not read to its end."""

    def __init__(self) -> None:
        super().__init__(N_("This is too much at once."), N_("Send a shorter text."))


class TooSlow(UsageError):
    """The client takes too long for its request."""

    def __init__(self) -> None:
        super().__init__(N_("The request came too slowly."), N_("Try again."))


class Gone(Exception):
    """The client has closed the connection."""


class Json(Response):
    """A JSON answer; characters are written as they are."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the bytes of an answer."""
        return json.dumps(content, ensure_ascii=False).encode()


class Refusal(Json):
    """An answer to a request that was not read to its end; then the connection closes.

    A connection that is closed while the other side still sends is reset, and with it
    goes what was answered. So a little of what comes is taken and thrown away first.
    """

    def __init__(self, content: Any, status: int) -> None:
        super().__init__(content, status)
        self.headers["connection"] = "close"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, then wait a little."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        await send(_body(bytes(self.body), more=True))
        declared = Headers(scope=scope).get("content-length", "0")
        small = declared.isdecimal() and int(declared) <= _DRAINED_BYTES
        with contextlib.suppress(TimeoutError, AppError):
            async with asyncio.timeout(_LINGER_S):
                while small and (await receive()).get("more_body", False):
                    pass
                if not small:
                    await asyncio.sleep(_LINGER_S)
        await send(_body(b"", more=False))


class Stream(Response):
    """Sends pieces as they come; stops their making when the client has gone."""

    def __init__(self, pieces: AsyncIterator[bytes], media_type: str) -> None:
        super().__init__(media_type=media_type)
        del self.headers["content-length"]
        self.headers["cache-control"] = "no-store"
        # A proxy in between must not collect what should be seen at once.
        self.headers["x-accel-buffering"] = "no"
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything."""
        del scope
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )

        async def pump() -> None:
            async with aclosing(self._pieces) as pieces:  # type: ignore[type-var]
                async for piece in pieces:
                    await send(_body(piece, more=True))
            await send(_body(b"", more=False))

        await _unless_gone(receive, pump())


def _body(piece: bytes, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": piece, "more_body": more}


async def whole(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns. Raises Gone when the client does not wait for it."""
    return await _unless_gone(request.receive, work)


async def _unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_left(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise Gone
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def language_of(request: Request) -> str:
    """Return the language that the client prefers; German where it says nothing."""
    first = request.headers.get("accept-language", "de").split(",")[0]
    return first.strip()[:2].lower() or "de"


def error_text(error: AppError, language: str = "") -> str:
    """Return an error for people, in a language or in the one of this program."""
    if not language:
        filled = {key: translate(text) for key, text in error.parameters.items()}
        parts = [translate(p, **filled) for p in (error.sentence, error.remedy) if p]
    else:
        filled = {
            k: translate_into(language, t) for k, t in error.parameters.items() if t
        }
        filled = {**error.parameters, **filled}
        parts = [
            translate_into(language, part, **filled)
            for part in (error.sentence, error.remedy)
            if part
        ]
    return " ".join(parts)


def status_of(error: BaseException) -> int:
    """Return the HTTP status for an error."""
    for kind, status in (
        (BadField, 400),
        (TooBig, 413),
        (TooSlow, 408),
        (NotOffered, 404),
        (Full, 429),
        (UsageError, 400),
        (PolicyError, 403),
        (AppError, 503),
        (Cancelled, 503),
    ):
        if isinstance(error, kind):
            return status
    return 500


def as_app_error(error: Exception) -> AppError:
    """Return an error that may be shown; mistakes of ours only go to the log."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, Cancelled):
        return AppError(N_("The work was stopped."), N_("Try again."))
    _log.error("a request failed: %s", describe(error))
    return _OURS


def openai_error(error: AppError, status: int) -> dict[str, Any]:
    """Return an error in OpenAI's form."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    codes = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
    return {
        "error": {
            "message": error_text(error),
            "type": kind,
            "param": getattr(error, "field", None) or None,
            "code": codes.get(status),
        }
    }


def error_reply(path: str, error: AppError, status: int) -> Json:
    """Return an error in the form that the caller of this path understands."""
    if path.startswith("/api/"):
        body: Mapping[str, Any] = {"error": error_text(error)}
    else:
        body = openai_error(error, status)
    unread = status in (401, 403, 408, 413, 421, 429)
    reply = Refusal(body, status) if unread else Json(body, status)
    if status == 429:
        reply.headers["retry-after"] = "30"
    if status == 401 and not path.startswith("/page/"):
        reply.headers["www-authenticate"] = 'Basic realm="Allmende", charset="UTF-8"'
    return reply


async def settle(request: Request, work: Awaitable[Response]) -> Response:
    """Return what a route answers, or its failure as an answer."""
    try:
        return await work
    except Gone:
        return Response(status_code=499)
    except Exception as error:  # noqa: BLE001 - the border to the network
        known = as_app_error(error)
        return error_reply(request.url.path, known, status_of(error))
