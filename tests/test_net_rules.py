"""Which hosts may be asked, through which proxy, and whom to trust besides."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.errors import AppError, PolicyError, ServerError
from app.net import Door, Rules
from app.net.lan import LanDoor, server_at
from app.net.own import OwnServer
from app.settings.options import fitting
from app.values.servers import hosts_of
from tests.inference.test_remote import Scripted
from tests.server.test_guard import make_certificate

DATA = b"weights"
DIGEST = hashlib.sha256(DATA).hexdigest()
FILE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
    b"Content-Length: 7\r\n\r\n" + DATA
)
MOVED = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/x\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def script(socket_enabled: None) -> Iterator[Callable[..., Scripted]]:
    """Start servers that answer with scripts."""
    with contextlib.ExitStack() as stack:

        def start(*scripts: bytes, context: ssl.SSLContext | None = None) -> Scripted:
            server = Scripted(context)
            stack.callback(server.close)
            server.scripts = list(scripts)
            return server

        yield start


def door(rules: Rules) -> Door:
    return Door(lambda: True, lambda: rules)


@pytest.mark.parametrize(
    ("hosts", "host", "may"),
    [
        ("", "example.org", True),
        ("example.org", "example.org", True),
        ("example.org", "Example.ORG.", True),
        ("example.org", "a.example.org", False),
        ("example.org", "example.org.evil.test", False),
        ("example.org", "badexample.org", False),
        ("*.example.org", "a.b.example.org", True),
        ("*.example.org", "example.org", False),
        ("*.example.org", "badexample.org", False),
        ("10.0.0.1, ki.lan", "ki.lan", True),
        ("-", "example.org", False),
        ("-", "", False),
    ],
)
def test_a_list_of_hosts(hosts: str, host: str, may: bool) -> None:
    assert fitting("allowed_hosts", hosts) == hosts
    rules = Rules(hosts_of(hosts))
    with contextlib.nullcontext() if may else pytest.raises(PolicyError):
        rules.need_host(host)


@pytest.mark.parametrize(
    "text", ["https://x/", "a b/c", "*", "*.*", "a;b", "*.", "ä b"]
)
def test_what_is_no_list_of_hosts(text: str) -> None:
    assert fitting("allowed_hosts", text) is None


@pytest.mark.parametrize("text", ["proxy:3128", "http://a:b@proxy", "ftp://x", "None"])
def test_what_is_no_proxy(text: str) -> None:
    assert fitting("proxy", text) is None


def test_a_forbidden_host_is_not_asked(
    script: Callable[..., Scripted], tmp_path: Path
) -> None:
    server = script(FILE)
    url = f"http://127.0.0.1:{server.port}/x"
    with pytest.raises(PolicyError, match=r"127\.0\.0\.1 is not among the hosts"):
        door(Rules(("example.org",))).download(url, tmp_path / "x", DIGEST)
    assert server.requests == []
    door(Rules(("127.0.0.1",))).download(url, tmp_path / "x", DIGEST)
    assert (tmp_path / "x").read_bytes() == DATA


def test_an_allowed_host_leads_to_no_other(
    script: Callable[..., Scripted], tmp_path: Path
) -> None:
    other = script(FILE)
    first = script(MOVED % other.port)
    # The same computer by another name.
    url = f"http://127.0.0.1:{first.port}/x"
    rules = Rules(("127.0.0.1",))
    first.scripts = [MOVED.replace(b"http://127.0.0.1:%d", b"https://localhost:%d") % other.port]  # fmt: skip
    with pytest.raises(PolicyError, match="localhost"):
        door(rules).download(url, tmp_path / "x", DIGEST)
    assert other.requests == []


def test_servers_of_the_own_network_are_bound_too(
    script: Callable[..., Scripted],
) -> None:
    server = script()
    rules = Rules(("ki.lan",))
    lan = LanDoor(lambda: True, lambda: False, lambda: rules)
    with (
        pytest.raises(PolicyError, match="hosts that may be asked"),
        lan.ask(server_at(f"http://127.0.0.1:{server.port}/v1"), "/models"),
    ):
        pass
    chroma = OwnServer(f"http://127.0.0.1:{server.port}", "token", "", rules)
    with pytest.raises(ServerError) as caught:
        chroma.ask("GET", "/")
    assert caught.value.parameters["host"] == "127.0.0.1"
    assert server.requests == []


def test_a_locked_proxy_is_asked_whatever_the_environment_says(
    script: Callable[..., Scripted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, other = (script(b"HTTP/1.1 403 no\r\n\r\n") for _ in range(2))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "*")
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{other.port}")
    rules = Rules(proxy=f"http://127.0.0.1:{proxy.port}")
    with pytest.raises(AppError):
        door(rules).download("https://example.org/x", tmp_path / "x", DIGEST)
    assert proxy.requests[0].startswith(b"CONNECT example.org:443 ")
    assert other.requests == []


@pytest.mark.parametrize(
    "place", ["127.0.0.1:{}", "http://example.org%23@127.0.0.1:{}/"]
)
def test_a_proxy_of_the_environment_must_be_listed(
    script: Callable[..., Scripted],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    proxy = script(b"HTTP/1.1 403 no\r\n\r\n")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("https_proxy", place.format(proxy.port))
    rules = Rules(("example.org",))
    with pytest.raises(PolicyError, match="proxy") as caught:
        door(rules).download("https://example.org/x", tmp_path / "x", DIGEST)
    assert "proxy" in caught.value.remedy
    assert proxy.requests == []
    # One that is listed is used, and so is any where nothing is.
    for hosts in (("example.org", "127.0.0.1"), ()):
        proxy.scripts = [b"HTTP/1.1 403 no\r\n\r\n"]
        with pytest.raises(AppError):
            door(Rules(hosts)).download("https://example.org/x", tmp_path / "x", DIGEST)
    assert len(proxy.requests) == 2


def test_no_proxy_means_none(
    script: Callable[..., Scripted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = script(), script(FILE)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    url = f"http://127.0.0.1:{server.port}/x"
    door(Rules(proxy="none")).download(url, tmp_path / "x", DIGEST)
    assert (tmp_path / "x").read_bytes() == DATA
    assert proxy.requests == []


def test_a_further_authority_is_trusted(
    script: Callable[..., Scripted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = script(FILE, FILE, context=context)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
    url = f"https://localhost:{server.port}/x"
    with pytest.raises(AppError, match="cannot prove to be it"):
        door(Rules(proxy="none")).download(url, tmp_path / "x", DIGEST)
    rules = Rules(proxy="none", ca=str(certificate))
    door(rules).download(url, tmp_path / "x", DIGEST)
    assert (tmp_path / "x").read_bytes() == DATA


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_that_is_no_certificate_is_told(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AppError, match="certificate in"):
        door(Rules(ca=str(path))).download(
            "https://example.org/x", tmp_path / "x", DIGEST
        )
