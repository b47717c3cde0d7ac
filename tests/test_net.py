"""The one door: shut by default, resumable and hash-checked when open."""

from __future__ import annotations

import hashlib
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from app import files, netlog
from app.errors import AppError, Cancelled, PolicyError, StorageError
from app.net import Door, host_of

DATA = bytes(range(256)) * 4000
DIGEST = hashlib.sha256(DATA).hexdigest()
OPEN = Door(lambda: True)


class Handler(BaseHTTPRequestHandler):
    ranges: ClassVar[list[str]] = []
    errors: ClassVar[dict[str, int]] = {"/missing": 404, "/private": 403, "/busy": 429}

    def do_GET(self) -> None:
        if self.path in self.errors:
            self.send_error(self.errors[self.path])
        elif self.path == "/page":
            self._send(200, b"<html>sign in</html>", "text/html; charset=utf-8")
        elif self.path == "/elsewhere":
            self._go_to("http://example.org/x")
        elif self.path == "/moved":
            self._go_to("/x")
        elif self.path == "/short":
            self._send(200, DATA[:5000], length=len(DATA))
        else:
            self._send_data()

    def do_CONNECT(self) -> None:
        self.send_error(407, "Proxy Authentication Required")

    def _send_data(self) -> None:
        asked = self.headers.get("Range")
        if not asked:
            self._send(200, DATA)
            return
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-"))
        if start >= len(DATA):
            self.send_error(416)
            return
        self._send(206, DATA[start:])

    def _go_to(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.end_headers()

    def _send(
        self,
        status: int,
        body: bytes,
        kind: str = "application/octet-stream",
        length: int = 0,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class QuietServer(HTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that leaves in the middle is what some tests are about."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    Handler.ranges.clear()
    server = QuietServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def address(socket_enabled: None) -> Iterator[str]:
    with serving() as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that nobody trusts unless told to."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl program")
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-keyout",
            str(path) + ".key",
            "-out",
            str(path),
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
        ],
        check=True,
        capture_output=True,
    )
    return path


@pytest.fixture
def secure(socket_enabled: None, certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, f"{certificate}.key")
    with serving(context) as port:
        yield f"https://localhost:{port}"


def test_the_door_is_shut_unless_opened(tmp_path: Path) -> None:
    with pytest.raises(PolicyError):
        Door(lambda: False).download("https://example.org/x", tmp_path / "x", DIGEST)


def test_the_door_follows_the_setting(address: str, tmp_path: Path) -> None:
    allowed = [False]
    door = Door(lambda: allowed[0])
    with pytest.raises(PolicyError):
        door.download(f"{address}/x", tmp_path / "x", DIGEST)
    allowed[0] = True
    door.download(f"{address}/x", tmp_path / "x", DIGEST)


@pytest.mark.parametrize(
    "url", ["http://example.org/x", "file:///etc/passwd", "ftp://x/y", "https://", ""]
)
def test_addresses_must_be_secure(url: str, tmp_path: Path) -> None:
    with pytest.raises(AppError, match="secure"):
        OPEN.download(url, tmp_path / "x", DIGEST)


def test_a_secure_address_may_not_lead_to_another(address: str, tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"http://example\.org/x is not a secure"):
        OPEN.download(f"{address}/elsewhere", tmp_path / "x", DIGEST)
    OPEN.download(f"{address}/moved", tmp_path / "x", DIGEST)


def test_a_file_arrives_whole(address: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    target = tmp_path / "deep" / "x"
    OPEN.download(
        f"{address}/x", target, DIGEST, lambda done, total: seen.append((done, total))
    )
    assert target.read_bytes() == DATA
    assert seen[0] == (0, len(DATA))
    assert seen[-1] == (len(DATA), len(DATA))
    assert not list(target.parent.glob("*.part"))


def test_a_stopped_download_goes_on_where_it_was(address: str, tmp_path: Path) -> None:
    target = tmp_path / "x"
    asked = iter([False, True])
    with pytest.raises(Cancelled):
        OPEN.download(f"{address}/x", target, DIGEST, stop=lambda: next(asked, True))
    assert not target.exists()
    kept = (tmp_path / "x.part").stat().st_size
    assert 0 < kept < len(DATA)
    OPEN.download(f"{address}/x", target, DIGEST)
    assert target.read_bytes() == DATA
    assert Handler.ranges == [f"bytes={kept}-"]


def test_what_is_whole_already_is_only_checked(address: str, tmp_path: Path) -> None:
    (tmp_path / "x.part").write_bytes(DATA)
    OPEN.download(f"{address}/x", tmp_path / "x", DIGEST)
    assert (tmp_path / "x").read_bytes() == DATA


def test_another_file_than_promised_is_not_installed(
    address: str, tmp_path: Path
) -> None:
    with pytest.raises(AppError, match="hash"):
        OPEN.download(f"{address}/x", tmp_path / "x", "0" * 64)
    assert not list(tmp_path.glob("x*"))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/missing", "does not have this model"),
        ("/private", "asks for a sign-in"),
        ("/busy", "asked too often"),
        ("/page", "a web page came"),
        ("/short", "does not answer"),
    ],
)
def test_what_the_address_says_instead(
    address: str, tmp_path: Path, path: str, words: str
) -> None:
    with pytest.raises(AppError, match=words):
        OPEN.download(address + path, tmp_path / "x", DIGEST)
    assert not (tmp_path / "x").exists()


def test_what_came_before_it_broke_off_is_kept(address: str, tmp_path: Path) -> None:
    with pytest.raises(AppError, match="so far is kept"):
        OPEN.download(f"{address}/short", tmp_path / "x", DIGEST)
    assert (tmp_path / "x.part").stat().st_size == 5000
    OPEN.download(f"{address}/x", tmp_path / "x", DIGEST)
    assert (tmp_path / "x").read_bytes() == DATA


def test_a_host_that_is_not_there(socket_enabled: None, tmp_path: Path) -> None:
    with serving() as port:
        pass
    with pytest.raises(AppError, match="does not answer"):
        OPEN.download(f"http://127.0.0.1:{port}/x", tmp_path / "x", DIGEST)


def test_no_room_is_told_before_anything_comes(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "SPARE_BYTES", 1 << 60)
    with pytest.raises(StorageError, match="not enough room"):
        OPEN.download(f"{address}/x", tmp_path / "x", DIGEST)
    assert not list(tmp_path.glob("x*"))


def test_the_systems_certificates_decide(
    secure: str, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AppError, match="cannot prove to be it") as caught:
        OPEN.download(f"{secure}/x", tmp_path / "x", DIGEST)
    assert "filter in your network" in str(caught.value)
    assert caught.value.parameters["host"] == host_of(secure)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    OPEN.download(f"{secure}/x", tmp_path / "x", DIGEST)
    assert (tmp_path / "x").read_bytes() == DATA


def test_the_systems_proxy_is_used(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", address)
    with pytest.raises(AppError, match="asks for a name and a password"):
        OPEN.download("https://models.example/x", tmp_path / "x", DIGEST)


def test_every_connection_is_on_record(address: str, tmp_path: Path) -> None:
    before = netlog.summary()
    OPEN.download(f"{address}/moved", tmp_path / "x", DIGEST)
    after = netlog.summary()
    assert after.session == before.session + 2
    (host,) = after.hosts
    assert host.host == host_of(address)
    assert host.received_bytes == len(DATA)
    assert host.sent_bytes > 0
