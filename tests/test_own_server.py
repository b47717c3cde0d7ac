"""The way to a server of the own network: whom it asks, and whom it refuses to ask."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

import pytest

from app import netlog
from app.errors import ServerError
from app.index.server import ChromaServer
from app.net.own import OwnServer, _is_own
from tests.chroma_server import TOKEN, serving

pytestmark = pytest.mark.enable_socket


class Says(BaseHTTPRequestHandler):
    """Answers with what the test wrote into `answers`, by path."""

    protocol_version = "HTTP/1.1"
    answers: ClassVar[dict[str, Any]] = {}
    headers_seen: ClassVar[list[dict[str, str]]] = []
    connections: ClassVar[set[tuple[str, int]]] = set()

    def do_GET(self) -> None:
        self.headers_seen.append(dict(self.headers.items()))
        self.connections.add(self.client_address)
        found = self.answers.get(self.path)
        body = json.dumps(found).encode()
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[OwnServer]:
    for kept in (Says.answers, Says.headers_seen, Says.connections):
        kept.clear()
    with serving(Says) as port:
        result = OwnServer(f"http://127.0.0.1:{port}", TOKEN)
        yield result
        result.close()


RUST = {"max_batch_size": 5461, "supports_base64_encoding": True}
# What the Python server answers: chromadb/server/fastapi, `pre_flight_checks`.
PYTHON = {"max_batch_size": 5461}


@pytest.mark.parametrize(
    ("version", "can", "is_good"),
    [
        ("1.0.0", RUST, True),
        ("1.5.9", RUST, True),
        ("1.6.0", RUST, True),
        ("2.0.1", RUST, True),
        ("1.0.0", PYTHON, False),
        ("1.5.8", PYTHON, False),
        ("1.5.9", PYTHON, False),
        ("1.5.8", RUST, False),
        ("1.2.3", RUST, False),
        ("0.6.3", RUST, False),
        ("", RUST, False),
        ("latest", RUST, False),
    ],
)
def test_servers_that_others_can_take_over_are_refused(
    server: OwnServer, version: str, can: dict[str, Any], is_good: bool
) -> None:
    Says.answers.update({"/api/v2/version": version, "/api/v2/pre-flight-checks": can})
    chroma = ChromaServer(server)
    if is_good:
        chroma.need_known()
        return
    with pytest.raises(ServerError, match="CVE-2026-45829") as caught:
        chroma.need_known()
    assert caught.value.reason == "refused"


def test_another_kind_of_server_is_said(server: OwnServer) -> None:
    with pytest.raises(ServerError, match="does not answer like a Chroma server"):
        ChromaServer(server).need_known()
    Says.answers["/api/v2/version"] = {"version": 1}
    Says.answers["/api/v2/pre-flight-checks"] = []
    with pytest.raises(ServerError, match="does not answer like a Chroma server"):
        ChromaServer(server).need_known()


def test_the_token_goes_along_over_one_connection(server: OwnServer) -> None:
    Says.answers["/x"] = 1
    for _ in range(3):
        assert server.ask("GET", "/x") == (200, b"1")
    assert {seen["Authorization"] for seen in Says.headers_seen} == {f"Bearer {TOKEN}"}
    assert len(Says.connections) == 1
    assert TOKEN not in repr(server.__dict__.get("_connection"))


def test_what_went_there_is_on_record(server: OwnServer) -> None:
    netlog.forget()
    Says.answers["/x"] = "y" * 1000
    server.ask("GET", "/x")
    server.ask("GET", "/x")
    server.close()
    (host,) = netlog.summary().hosts
    assert host.host == server.host
    assert host.connections == 1
    assert host.received_bytes == 2004
    assert host.sent_bytes > 2 * len(TOKEN)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://chroma.lan:8000", "without encryption"),
        ("http://10.0.0.7:8000", "without encryption"),
        ("chroma.lan", "is not the address"),
        ("ftp://chroma.lan", "is not the address"),
        ("https://", "is not the address"),
        ("https://chroma.lan:http", "is not the address"),
        ("https://user:secret@chroma.lan", "is not the address"),
        ("https://chroma.lan/?a=b", "is not the address"),
        ("https://[::1", "is not the address"),
        ("file:///etc/passwd", "is not the address"),
    ],
)
def test_addresses_that_are_not_asked(
    url: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    with pytest.raises(ServerError, match=words) as caught:
        OwnServer(url, TOKEN).ask("GET", "/")
    assert caught.value.reason == "refused"


@pytest.mark.parametrize("token", ["", "  ", "\n"])
def test_no_token_no_question(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    with pytest.raises(ServerError, match="no token"):
        OwnServer("https://chroma.lan", token).ask("GET", "/")
    with pytest.raises(ServerError, match="no token"):
        OwnServer("http://127.0.0.1:1", token).ask("GET", "/")


def test_a_name_that_leads_to_the_internet_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [row])
    monkeypatch.setattr(socket, "socket", None)
    with pytest.raises(ServerError, match="does not stand in your own network"):
        OwnServer("https://chroma.example", TOKEN).ask("GET", "/")


@pytest.mark.parametrize(
    ("address", "is_own"),
    [
        ("10.1.2.3", True),
        ("172.16.0.1", True),
        ("192.168.1.1", True),
        ("169.254.1.1", True),
        ("100.64.0.1", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("fd00::1", True),
        ("fe80::1%eth0", True),
        ("::ffff:10.0.0.1", True),
        ("8.8.8.8", False),
        ("::ffff:8.8.8.8", False),
        ("2001:4860:4860::8888", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("x", False),
    ],
)
def test_what_counts_as_the_own_network(address: str, is_own: bool) -> None:
    assert _is_own(address, is_secure=True) is is_own
    is_here = address in ("127.0.0.1", "::1")
    assert _is_own(address, is_secure=False) is is_here


def test_nobody_there_is_said_in_time() -> None:
    with serving(Says) as port:
        pass
    started_s = time.monotonic()
    with pytest.raises(ServerError, match="does not answer") as caught:
        OwnServer(f"http://127.0.0.1:{port}", TOKEN).ask("GET", "/", limit_s=2)
    assert caught.value.reason == "away"
    assert time.monotonic() - started_s < 3
