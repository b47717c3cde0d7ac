"""One server of the own network, asked over connections that are kept.

    https://chroma.school.example ── TLS, its certificate checked ── token ── answer

Invariants, before anything is sent: the address the name leads to is not one of the
public internet; the connection is encrypted and the server proved its name, unless it
is this computer itself; there is a token. No proxy is used and no redirect followed.
A request ends at its time limit whatever the server does, and an answer larger than
`_MOST_BYTES` is not read.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
import urllib.parse
from collections.abc import Iterator

from app import netlog
from app.errors import PolicyError, ServerError
from app.i18n import N_
from app.net.rules import Rules

_MOST_BYTES = 32_000_000
_CONNECT_S = 3.0
_RECORD_EVERY_S = 5.0
_THIS_COMPUTER = ("127.0.0.1", "::1", "localhost")
_SETTINGS = N_("Check the settings of the Chroma server, or ask your administrators.")


class OwnServer:
    """A server of the own network. Any thread may ask, several at once.

    `url` is like https://name[:port]; what is wrong with it is told when it is asked.
    """

    def __init__(
        self, url: str, token: str, ca_file: str = "", rules: Rules | None = None
    ) -> None:
        self._rules = rules or Rules()
        self._url = url.strip()
        self._token = token.strip()
        self._ca_file = ca_file.strip()
        self._lock = threading.Lock()
        self._idle: list[http.client.HTTPConnection] = []
        self._context: ssl.SSLContext | None = None
        self._sent = self._received = 0
        self._recorded_s = 0.0
        parts = _split(self._url)
        self._name = parts.hostname or "" if parts else ""
        self._is_secure = parts is not None and parts.scheme == "https"
        self._port = (parts and parts.port) or (443 if self._is_secure else 80)
        self._prefix = parts.path.rstrip("/") if parts else ""
        self.host = f"{self._name}:{self._port}" if self._name else self._url[:100]

    def ask(
        self, method: str, path: str, body: bytes | None = None, limit_s: float = 10.0
    ) -> tuple[int, bytes]:
        """Return (status, body) of the answer to one request.

        Raises ServerError: "refused" where it must not be asked at all, "away" where no
        whole answer came in time, "wrong" where the answer is too large.
        """
        self.need_fitting()
        end_s = time.monotonic() + limit_s
        try:
            kept = self._kept()
            if kept is not None:
                # It may have been closed since it was used last.
                with contextlib.suppress(http.client.HTTPException, OSError):
                    return self._asked(kept, method, path, body, end_s)
            return self._asked(self._connected(end_s), method, path, body, end_s)
        except ssl.SSLCertVerificationError as error:
            raise self._unproven(error) from error
        except (http.client.HTTPException, OSError, ValueError) as error:
            raise self._away() from error
        finally:
            self._record()

    def close(self) -> None:
        """Let go of the connections, and put on record what went through them."""
        while (connection := self._kept()) is not None:
            connection.close()
        self._record(at_once=True)

    def need_fitting(self) -> None:
        """Raise ServerError "refused" when the address or the token is none."""
        if not self._name or not self._url.startswith(("https://", "http://")):
            raise ServerError(
                "refused",
                N_("“{url}” is not the address of a Chroma server."),
                N_("Use an address like https://chroma.example.lan:8443."),
                url=self._url[:200],
            )
        try:
            self._rules.need_host(self._name)
        except PolicyError as error:
            refused = ServerError(
                "refused", error.sentence, error.remedy, host=self._name
            )
            raise refused from error
        if not self._is_secure and self._name not in _THIS_COMPUTER:
            raise ServerError(
                "refused",
                N_("The Chroma server {host} would be asked without encryption."),
                N_("Use an address that begins with https://."),
                host=self.host,
            )
        if not self._token:
            raise ServerError(
                "refused",
                N_("There is no token for the Chroma server {host}."),
                N_("Write it into a file and name the file in the settings."),
                host=self.host,
            )
        if not self._token.isascii() or not self._token.isprintable():
            raise ServerError(
                "refused",
                N_("The token for the Chroma server {host} is not one line of text."),
                N_("Check the file that holds it."),
                host=self.host,
            )

    # -- one request -----------------------------------------------------------------

    def _kept(self) -> http.client.HTTPConnection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _asked(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | None,
        end_s: float,
    ) -> tuple[int, bytes]:
        """Send and read. The connection is kept only when all went well."""
        wire = connection.sock
        is_open = False
        try:
            wire.settimeout(max(0.05, end_s - time.monotonic()))
            with _limited(wire, end_s):
                status, data, is_open = self._exchanged(connection, method, path, body)
            if time.monotonic() >= end_s:
                is_open = False
                raise TimeoutError
            return status, data
        finally:
            if is_open:
                with self._lock:
                    self._idle.append(connection)
            else:
                connection.close()

    def _exchanged(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | None,
    ) -> tuple[int, bytes, bool]:
        """Return (status, body, whether the connection can be used again)."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "Allmende",
        }
        connection.request(method, self._prefix + path, body, headers)
        sent = len(path) + sum(map(len, headers.values())) + len(body or b"")
        answer = connection.getresponse()
        if int(answer.headers.get("Content-Length") or 0) > _MOST_BYTES:
            raise self._too_large()
        data = answer.read(_MOST_BYTES + 1)
        with self._lock:
            self._sent += sent
            self._received += len(data)
        if len(data) > _MOST_BYTES:
            raise self._too_large()
        if answer.length:
            raise ConnectionError("the answer ended early")
        return answer.status, data, answer.isclosed() and not answer.will_close

    def _connected(self, end_s: float) -> http.client.HTTPConnection:
        wire = self._wire(end_s)
        try:
            if self._is_secure:
                context = self._context = self._context or self._trust()
                with _limited(wire, end_s):
                    wire = context.wrap_socket(wire, server_hostname=self._name)
        except BaseException:
            wire.close()
            raise
        connection = http.client.HTTPConnection(self._name, self._port)
        connection.sock = wire
        # It must never connect by itself: the address would not be checked.
        connection.auto_open = 0
        return connection

    def _wire(self, end_s: float) -> socket.socket:
        """Connect to an address of the own network."""
        found = socket.getaddrinfo(self._name, self._port, type=socket.SOCK_STREAM)
        own = [row for row in found if _is_own(str(row[4][0]), self._is_secure)]
        if not own:
            raise ServerError(
                "refused",
                N_("The Chroma server {host} does not stand in your own network."),
                N_("Its name must lead to an address of your network (such as 10.…)."),
                host=self.host,
            )
        last: OSError = TimeoutError()
        for family, kind, protocol, _, address in own:
            wire = socket.socket(family, kind, protocol)
            wire.settimeout(min(_CONNECT_S, max(0.05, end_s - time.monotonic())))
            try:
                netlog.record(self.host)
                wire.connect(address)
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                wire.close()
                last = error
            else:
                return wire
        raise last

    def _trust(self) -> ssl.SSLContext:
        """Return whom to believe: the given certificate alone, or whom the system does."""
        if not self._ca_file:
            import truststore

            return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            return ssl.create_default_context(cafile=self._ca_file)
        except (OSError, ValueError) as error:
            raise ServerError(
                "refused",
                N_("The certificate for the Chroma server {host} cannot be read."),
                N_("Check the file that is named in the settings (PEM)."),
                host=self.host,
            ) from error

    def _record(self, at_once: bool = False) -> None:
        """Put the bytes on record, not with each of many small requests."""
        with self._lock:
            is_due = time.monotonic() - self._recorded_s >= _RECORD_EVERY_S
            sent, received = self._sent, self._received
            if not (at_once or is_due) or not (sent or received):
                return
            self._sent = self._received = 0
            self._recorded_s = time.monotonic()
        netlog.record(self.host, sent, received, connections=0)

    # -- sentences -------------------------------------------------------------------

    def _away(self) -> ServerError:
        return ServerError(
            "away",
            N_("The Chroma server {host} does not answer."),
            N_("Check that it runs and that this computer is in its network."),
            host=self.host,
        )

    def _too_large(self) -> ServerError:
        return ServerError(
            "wrong",
            N_("The Chroma server {host} sent more than any answer can be."),
            _SETTINGS,
            host=self.host,
        )

    def _unproven(self, error: ssl.SSLCertVerificationError) -> ServerError:
        return ServerError(
            "refused",
            N_("Who answers as {host} cannot prove to be it ({problem})."),
            N_("Name the certificate of your network's own authority in the settings."),
            host=self.host,
            problem=getattr(error, "verify_message", "") or "TLS",
        )


def _split(url: str) -> urllib.parse.SplitResult | None:
    """Return the parts of an address, None where it is none."""
    try:
        parts = urllib.parse.urlsplit(url)
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return None
    has_more = parts.username or parts.password or parts.query or parts.fragment
    return None if has_more else parts


def _is_own(address: str, is_secure: bool) -> bool:
    """Tell whether an address is none of the public internet."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if not is_secure:
        return found.is_loopback
    return not (found.is_global or found.is_multicast or found.is_unspecified)


@contextlib.contextmanager
def _limited(wire: socket.socket, end_s: float) -> Iterator[None]:
    """Cut a connection when the time is over.

    A server that sends a byte now and then would never run into a timeout.
    """
    # While it becomes an encrypted one, a plain socket loses its handle.
    handle = wire if isinstance(wire, ssl.SSLSocket) else wire.dup()
    alarm = threading.Timer(max(0.0, end_s - time.monotonic()), _cut, (handle,))
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()
        if handle is not wire:
            handle.close()


def _cut(wire: socket.socket) -> None:
    """End what is going on on a connection, also below its encryption."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(wire, socket.SHUT_RDWR)
