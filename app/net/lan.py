"""The other side of the door: a server of the own network, where one was named.

Nothing is followed elsewhere and no proxy is asked: what is sent goes to the named host
or nowhere. The host is looked up once, and the connection goes to exactly the address
that was judged, so that a name cannot mean one thing when it is checked and another
when it is used.

Invariant: without permission no name is even looked up; outside the own network nothing
is sent unless that was allowed, too (`tests/test_lan.py`).
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app import netlog
from app.errors import AppError, PolicyError, ServerError
from app.i18n import N_
from app.net.rules import Rules

_CONNECT_S = 6.0
_BLOCK = 1 << 16
_PORTS = {"http": 80, "https": 443}
_TAILNET = ipaddress.ip_network("100.64.0.0/10")


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is. `path` has no slash at its end; `ca` is a PEM file or ""."""

    scheme: str
    host: str
    port: int
    path: str
    ca: str = ""

    @property
    def name(self) -> str:
        """Return host and port as people write them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def server_at(address: str, ca: str = "") -> Server:
    """Return the server that an address means. Raises AppError for none."""
    try:
        parts = urllib.parse.urlsplit(address.strip())
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise _no_address() from None
    clean = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme not in _PORTS or not parts.hostname or not clean:
        raise _no_address()
    return Server(parts.scheme, parts.hostname, port, parts.path.rstrip("/"), ca)


def _no_address() -> AppError:
    return AppError(
        N_("This is no address of a server."),
        N_("Write it like https://ki.example:8443/v1, without name or password in it."),
    )


class LanAnswer:
    """What a server sends back. `close` may be called from another thread."""

    def __init__(
        self, response: http.client.HTTPResponse, line: socket.socket, server: Server
    ) -> None:
        self._response = response
        self._line = line
        self._server = server
        self.status = response.status
        self.kind = response.headers.get_content_type()
        self.retry_after = response.headers.get("Retry-After", "")
        self.size_bytes = 0

    def blocks(self) -> Iterator[bytes]:
        """Yield what comes, as it comes. Raises ServerError when it breaks off."""
        try:
            while block := self._response.read1(_BLOCK):
                self.size_bytes += len(block)
                yield block
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _broken(self._server) from error

    def close(self) -> None:
        """End the connection at once; whoever waits for a block gets ServerError."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)


class LanDoor:
    """Connects to a server of the own network while `allowed` says so."""

    def __init__(
        self,
        allowed: Callable[[], bool],
        outside: Callable[[], bool],
        rules: Callable[[], Rules] = Rules,
    ) -> None:
        self._allowed = allowed
        self._outside = outside
        self._rules = rules

    def need_open(self) -> None:
        """Raise PolicyError when models on other computers are off."""
        if not self._allowed():
            raise PolicyError(
                N_("Models on other computers are switched off."),
                N_("Allow them in the settings, or choose a model of this computer."),
            )

    @contextlib.contextmanager
    def ask(
        self,
        server: Server,
        path: str,
        body: bytes | None = None,
        token: str = "",
        silence_s: float = 120.0,
    ) -> Iterator[LanAnswer]:
        """Send a request and give its answer, whatever its status.

        `silence_s` is how long the server may say nothing. Raises PolicyError when it
        is not allowed, ServerError when the server does not answer, AppError when it
        cannot prove who it is or lies outside the own network.
        """
        self.need_open()
        self._rules().need_host(server.host)
        headers = {"Accept-Encoding": "identity", "User-Agent": "Allmende"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        with contextlib.ExitStack() as stack:
            line = stack.enter_context(self._connected(server))
            line.settimeout(silence_s)
            netlog.record(server.name, sent_bytes=len(body or b""))
            connection = http.client.HTTPConnection(server.host, server.port)
            connection.sock = line
            stack.callback(connection.close)
            try:
                method = "GET" if body is None else "POST"
                connection.request(method, server.path + path, body, headers)
                response = connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                raise _silent(server) from error
            stack.callback(response.close)
            answer = LanAnswer(response, line, server)
            stack.callback(_count, server, answer)
            yield answer

    @contextlib.contextmanager
    def _connected(self, server: Server) -> Iterator[socket.socket]:
        try:
            line = self._first_that_answers(server)
        except OSError as error:
            raise _silent(server) from error
        try:
            yield _encrypted(line, server) if server.scheme == "https" else line
        finally:
            line.close()

    def _first_that_answers(self, server: Server) -> socket.socket:
        found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
        allowed = [row for row in found if self._outside() or is_own(str(row[4][0]))]
        if found and not allowed:
            raise PolicyError(
                N_("{host} does not lie in your own network."),
                N_(
                    "Only private addresses are connected to, unless the settings say so."
                ),
                host=server.host,
            )
        failure: OSError = OSError("no address")
        for family, kind, protocol, _, address in allowed:
            line = socket.socket(family, kind, protocol)
            line.settimeout(_CONNECT_S)
            try:
                line.connect(address)
            except OSError as error:
                line.close()
                failure = error
            else:
                return line
        raise failure


def is_own(address: str) -> bool:
    """Tell whether a number belongs to this computer or to a private network."""
    try:
        number = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(number, "ipv4_mapped", None)
    number = mapped or number
    if number.is_unspecified or number.is_multicast:
        return False
    return number.is_private or number.is_link_local or number in _TAILNET


def _encrypted(line: socket.socket, server: Server) -> socket.socket:
    try:
        return _context(server.ca).wrap_socket(line, server_hostname=server.host)
    except ssl.SSLCertVerificationError as error:
        raise AppError(
            N_("Who answers as {host} cannot prove to be it ({problem})."),
            N_("Name the certificate of its authority in the settings."),
            host=server.name,
            problem=error.verify_message,
        ) from error
    except OSError as error:
        raise _silent(server) from error


def _context(ca: str) -> ssl.SSLContext:
    """Return whom to trust: the system's authorities, or only the one in a file."""
    if not ca:
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise AppError(
            N_("The certificate in {file} cannot be read."),
            N_("It must be a PEM file of the authority that certified the server."),
            file=ca,
        ) from error


def _silent(server: Server) -> ServerError:
    return ServerError(
        "away",
        N_("The server {host} does not answer."),
        N_(
            "Check that it runs and that its address is right, or choose another model."
        ),
        host=server.name,
    )


def _broken(server: Server) -> ServerError:
    return ServerError(
        "away",
        N_("The connection to {host} broke off."),
        N_("Ask again; if that does not help, choose another model."),
        host=server.name,
    )


def _count(server: Server, answer: LanAnswer) -> None:
    netlog.record(server.name, received_bytes=answer.size_bytes, connections=0)
