"""The one door: shut by default, resumable and hash-checked when open."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from app.errors import AppError, Cancelled, PolicyError
from app.net import Door

DATA = bytes(range(256)) * 4000
DIGEST = hashlib.sha256(DATA).hexdigest()


class Handler(BaseHTTPRequestHandler):
    ranges: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        start = 0
        if asked := self.headers.get("Range"):
            self.ranges.append(asked)
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(DATA) - start))
        self.end_headers()
        self.wfile.write(DATA[start:])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(socket_enabled: None) -> Iterator[str]:
    Handler.ranges.clear()
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_door_is_shut_unless_opened(tmp_path: Path) -> None:
    with pytest.raises(PolicyError):
        Door(False).download("https://example.org/x", tmp_path / "x", DIGEST)


def test_addresses_must_be_secure(tmp_path: Path) -> None:
    for url in ("http://example.org/x", "file:///etc/passwd", "ftp://example.org/x"):
        with pytest.raises(AppError, match="secure"):
            Door(True).download(url, tmp_path / "x", DIGEST)


def test_a_file_arrives_whole(address: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    target = tmp_path / "deep" / "x"
    Door(True).download(
        f"{address}/x", target, DIGEST, lambda done, total: seen.append((done, total))
    )
    assert target.read_bytes() == DATA
    assert seen[-1] == (len(DATA), len(DATA))
    assert not list(target.parent.glob("*.part"))


def test_a_stopped_download_goes_on_where_it_was(address: str, tmp_path: Path) -> None:
    target = tmp_path / "x"
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        Door(True).download(
            f"{address}/x", target, DIGEST, stop=lambda: next(asked, True)
        )
    assert not target.exists()
    Door(True).download(f"{address}/x", target, DIGEST)
    assert target.read_bytes() == DATA
    assert Handler.ranges == ["bytes=524288-"]


def test_another_file_than_promised_is_not_installed(
    address: str, tmp_path: Path
) -> None:
    with pytest.raises(AppError, match="hash"):
        Door(True).download(f"{address}/x", tmp_path / "x", "0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_does_not_answer(address: str, tmp_path: Path) -> None:
    with pytest.raises(AppError, match="does not answer"):
        Door(True).download(f"{address}/missing", tmp_path / "x", DIGEST)
