"""A real `chroma run` for tests, and before it a small proxy that wants a token and TLS.

The server of Chroma has neither; `packaging/server/chroma.md` puts nginx before it.
"""

from __future__ import annotations

import contextlib
import http.client
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

TOKEN = "a-token-of-forty-letters-that-is-no-secret"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class RealChroma:
    """`chroma run` on this computer; `stop` and `start` again keep port and data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._process is not None:
            return
        program = Path(sys.executable).parent / "chroma"
        if not program.exists():
            pytest.skip("needs the program chroma")
        self.folder.mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            [
                program,
                *f"run --host 127.0.0.1 --port {self.port}".split(),
                "--path",
                ".",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
        )
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(self.address):
                return
            time.sleep(0.05)
        raise TimeoutError("chroma did not start")

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def empty(self) -> None:
        """Lose everything, as a server whose disk was replaced."""
        self.stop()
        shutil.rmtree(self.folder)
        self.start()


@contextmanager
def real_chroma(folder: Path) -> Iterator[RealChroma]:
    server = RealChroma(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Bent:
    """What a lying server does to what passes through it. None of it does nothing."""

    def asked(self, path: str, body: bytes) -> bytes:
        """Return what is really asked."""
        return body

    def answered(self, guard: Guard, path: str, status: int, body: bytes) -> None:
        """Send the answer."""
        guard.answer(status, body)


class Guard(BaseHTTPRequestHandler):
    """Passes on what has the token, bent by whatever is in `bent`."""

    protocol_version = "HTTP/1.1"
    bent: ClassVar[list[Bent]]
    target: ClassVar[Callable[[], tuple[str, int]]]
    seen: ClassVar[list[str]]

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        body = self.bent[-1].asked(self.path, body)
        self.seen.append(f"{self.command} {self.path}")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.answer(401, b"{}")
            return
        try:
            connection = http.client.HTTPConnection(*type(self).target(), timeout=60)
            connection.request(
                self.command, self.path, body, {"Content-Type": "application/json"}
            )
            answer = connection.getresponse()
            whole = answer.read()
            connection.close()
        except OSError:
            self.answer(502, b"")
            return
        self.bent[-1].answered(self, self.path, answer.status, whole)

    do_POST = do_DELETE = do_PUT = do_GET  # noqa: N815

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that leaves in the middle is what some tests are about."""


@contextmanager
def serving(
    handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None
) -> Iterator[int]:
    """Serve on a port of this computer, with TLS if there is a context."""
    server = QuietServer(("127.0.0.1", 0), handler)
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


@contextmanager
def guarded(
    chroma: RealChroma,
    context: ssl.SSLContext | None = None,
    bent: list[Bent] | None = None,
) -> Iterator[tuple[int, list[str]]]:
    """Put the proxy before a server; yields its port and what it was asked."""
    seen: list[str] = []
    names = {
        "target": staticmethod(lambda: chroma.address),
        "seen": seen,
        "bent": [Bent()] if bent is None else bent,
    }
    handler = type("GuardOfOne", (Guard,), names)
    with serving(handler, context) as port:
        yield port, seen


def make_certificates(folder: Path) -> tuple[Path, Path]:
    """Return (an authority of our own, a certificate for localhost with its key)."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl program")
    folder.mkdir(parents=True, exist_ok=True)
    ca, server = folder / "ca.pem", folder / "server.pem"
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    days = "-newkey rsa:2048 -nodes -days 2"
    authority = f"req -x509 {days} -subj /CN=Own -keyout {ca}.key -out {ca}"
    signing = f"-CA {ca} -CAkey {ca}.key -CAcreateserial -extfile {folder}/names"
    for command in (
        f"{authority} -addext keyUsage=critical,keyCertSign",
        f"req {days} -subj /CN=localhost -keyout {server}.key -out {server}.csr",
        f"x509 -req -days 2 -in {server}.csr {signing} -out {server}",
    ):
        subprocess.run(["openssl", *command.split()], check=True, capture_output=True)
    return ca, server


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, f"{certificate}.key")
    return context
