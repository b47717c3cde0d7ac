"""What a download does, once the door is open (`door.py`).

It goes through the system's proxy and trusts whom the system trusts, so that it works
where a school or an office filters its network.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from app import netlog
from app.errors import AppError, Cancelled
from app.files import (
    need_room,
    storage_errors,
)
from app.i18n import N_
from app.net.door import Progress, Stop, host_of, name_of, need_secure
from app.net.rules import NO_PROXY, Rules, add_trusted

_BLOCK = 1 << 18
_TIMEOUT_S = 20


def fetched(url: str, part: Path, rules: Rules, progress: Progress, stop: Stop) -> str:
    """Do as `_fetch`, and tell in sentences what failed."""
    try:
        return _fetch(url, part, rules, progress, stop)
    except (OSError, http.client.HTTPException) as error:
        raise _sentence(error, url) from error


def _fetch(url: str, part: Path, rules: Rules, progress: Progress, stop: Stop) -> str:
    """Bring `part` to its whole length and return its SHA-256."""
    digest = hashlib.sha256()
    with storage_errors():
        done = _hash_so_far(part, digest, stop)
    with contextlib.ExitStack() as stack:
        answer = stack.enter_context(_open(url, done, rules))
        if answer is None:
            return digest.hexdigest()
        _need_file(answer)
        if answer.status != 206 and done:
            done, digest = 0, hashlib.sha256()
        total = done + int(answer.headers.get("Content-Length") or 0)
        need_room(part.parent, total - done)
        progress(done, total)
        with storage_errors():
            file = stack.enter_context(part.open("ab" if done else "wb"))
        arrived = _Arrived(host_of(answer.url))
        stack.callback(arrived.record)
        while block := answer.read1(_BLOCK):
            digest.update(block)
            _write(file, block)
            arrived.size_bytes += len(block)
            progress(done + arrived.size_bytes, total)
            if stop():
                raise Cancelled
    if done + arrived.size_bytes < total:
        raise ConnectionError("the answer ended early")
    return digest.hexdigest()


class _Arrived:
    """How much came from a host; put on record however the download ends."""

    def __init__(self, host: str) -> None:
        self._host = host
        self.size_bytes = 0

    def record(self) -> None:
        """Put it on record."""
        netlog.record(self._host, received_bytes=self.size_bytes, connections=0)


def _hash_so_far(part: Path, digest: Any, stop: Stop) -> int:
    """Take what an earlier try left behind; return its bytes."""
    if not part.exists():
        return 0
    done = 0
    with part.open("rb") as file:
        while block := file.read(_BLOCK):
            if stop():
                raise Cancelled
            digest.update(block)
            done += len(block)
    return done


def _write(file: BinaryIO, block: bytes) -> None:
    with storage_errors():
        file.write(block)


@contextlib.contextmanager
def _open(url: str, done: int, rules: Rules) -> Iterator[Any]:
    """Yield the answer to a request for the rest of a file; None when all is there."""
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked
        url, headers={"User-Agent": "Allmende", "Accept-Encoding": "identity"}
    )
    if done:
        request.add_header("Range", f"bytes={done}-")
    try:
        answer = _opener(rules).open(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and done:
            yield None
            return
        raise
    with answer:
        yield answer


def _opener(rules: Rules) -> urllib.request.OpenerDirector:
    """Return an opener with the system's proxy and certificates, or those of the rules.

    The system's proxies are those of the environment, and of its settings on Windows
    and macOS. Only secure addresses are followed.
    """
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    add_trusted(context, rules.ca)
    opener = urllib.request.OpenerDirector()
    for handler in (
        *_proxies(rules),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=context),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        _SecureRedirects(rules),
        _Counted(),
    ):
        opener.add_handler(handler)
    return opener


def _proxies(rules: Rules) -> list[urllib.request.BaseHandler]:
    if rules.proxy == NO_PROXY:
        return []
    if rules.proxy:
        return [_ThisProxy(rules.proxy)]
    usual = urllib.request.ProxyHandler(urllib.request.getproxies())
    return [usual, _ListedPlaces(rules)]


class _ListedPlaces(urllib.request.BaseHandler):
    """Lets connect to listed hosts only: a user can set the computer's own proxies.

    It stands behind the proxies, so it sees whom the request really goes to.
    """

    handler_order = 200

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def https_open(self, request: urllib.request.Request) -> None:
        """Raise PolicyError for a host that may not be asked."""
        # As http.client splits it: what is one host here must be one there.
        self._rules.need_proxy(re.sub(r":\d*$", "", request.host).strip("[]"))

    http_open = https_open


class _ThisProxy(urllib.request.BaseHandler):
    """Sends everything through one proxy, whatever the environment says besides."""

    handler_order = 100

    def __init__(self, address: str) -> None:
        parts = urllib.parse.urlsplit(address)
        self._place, self._scheme = parts.netloc, parts.scheme

    def https_open(self, request: urllib.request.Request) -> None:
        """Lead a request through the proxy; the next handler sends it."""
        if request.host != self._place:
            request.set_proxy(self._place, self._scheme)


class _Counted(urllib.request.BaseHandler):
    """Puts every request on record, also those that an answer leads to."""

    def https_request(self, request: urllib.request.Request) -> urllib.request.Request:
        """Count one request with what it tells."""
        headers = "".join(f"{key}: {text}" for key, text in request.header_items())
        netlog.record(host_of(request.full_url), len(request.selector) + len(headers))
        return request

    http_request = https_request


class _SecureRedirects(urllib.request.HTTPRedirectHandler):
    """Follows an address only to another secure one that may be asked."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def redirect_request(self, *details: Any) -> urllib.request.Request | None:
        """Return the next request. Raises AppError for one that is not allowed."""
        need_secure(details[-1])
        self._rules.need_host(name_of(details[-1]))
        return super().redirect_request(*details)


def _need_file(answer: Any) -> None:
    if answer.headers.get_content_type() == "text/html":
        raise AppError(
            N_("Instead of the model a web page came."),
            N_(
                "A filter in your network may have sent it, or a sign-in page. Ask your"
                " administrator, or import the model from a file."
            ),
        )


_HTTP = {
    401: (
        N_("{host} asks for a sign-in before it gives this model away."),
        N_("Fetch the file with your browser, then import it."),
    ),
    404: (
        N_("{host} does not have this model (any more)."),
        N_("Check the address of the source, or import the model from a file."),
    ),
    407: (
        N_("The proxy of your network asks for a name and a password."),
        N_("Ask your administrator, or import the model from a file."),
    ),
    429: (
        N_("{host} is asked too often at the moment."),
        N_("Try again in a while; what has come so far is kept."),
    ),
}
_HTTP[403], _HTTP[410] = _HTTP[401], _HTTP[404]


def _sentence(error: OSError | http.client.HTTPException, url: str) -> AppError:
    """Return what a failed connection means."""
    host = host_of(url)
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    code = error.code if isinstance(error, urllib.error.HTTPError) else 0
    # A proxy that refuses the tunnel is told by the standard library in words only.
    if "Tunnel connection failed: 407" in str(cause):
        code = 407
    if code in _HTTP:
        return AppError(*_HTTP[code], host=host)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return AppError(
            N_("Who answers as {host} cannot prove to be it ({problem})."),
            N_(
                "A filter in your network may open encrypted connections. Your"
                " administrator can add its certificate to this computer's; or import"
                " the model from a file."
            ),
            host=host,
            problem=getattr(cause, "verify_message", "") or "TLS",
        )
    return AppError(
        N_("The address of the model does not answer."),
        N_("Check the network and try again; what has come so far is kept."),
    )
