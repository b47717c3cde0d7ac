"""What must not come in: foreign names and pages, no token, too much, too slow."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from app.errors import AppError, UsageError
from app.server.access import Access
from app.server.guard import host_without_port
from app.server.listen import Listener, Place, is_loopback, need_safe
from tests.server.conftest import QUESTION, SlowEngine

ASKED = [{"role": "user", "content": QUESTION}]
CHAT = "/v1/chat/completions"


def talk(listener: Listener, data: bytes, wait_s: float = 10.0) -> bytes:
    """Send raw bytes and return all that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", listener.port), timeout=wait_s) as line:
        line.sendall(data)
        got = b""
        while block := line.recv(65_536):
            got += block
        return got


# -- names and pages -----------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "a b"])
def test_a_foreign_name_is_not_answered(client: httpx.Client, host: str) -> None:
    answer = client.get("/v1/models", headers={"Host": host})
    assert answer.status_code in (400, 421)
    assert "Handbuch" not in answer.text


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:1", "[::1]:8474", "LOCALHOST."]
)
def test_own_names_are_answered(client: httpx.Client, host: str) -> None:
    assert client.get("/v1/models", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_website_may_not_ask(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    body = {"model": "base:Handbuch", "messages": ASKED}
    assert client.post(CHAT, json=body, headers=headers).status_code == 403
    assert client.get("/v1/models", headers=headers).status_code == 403


def test_no_page_is_told_that_it_may_read(client: httpx.Client) -> None:
    answer = client.options(CHAT, headers={"Origin": str(client.base_url).rstrip("/")})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert client.get("/health").headers["x-content-type-options"] == "nosniff"


def test_hosts_are_read_as_they_are_written() -> None:
    assert host_without_port("Example.org:80") == "example.org"
    assert host_without_port("[::1]:80") == "::1"
    assert host_without_port("localhost") == "localhost"
    assert host_without_port("a:b:80") == "a:b"


# -- tokens --------------------------------------------------------------------------


def test_the_network_needs_a_token_and_sees_released_bases_only(
    serving: Any, access: Access
) -> None:
    secret = access.create("Frau Yıldız")
    access.release("Handbuch")
    with (
        serving(open_to_others=True) as listener,
        httpx.Client(base_url=listener.address, trust_env=False, timeout=30) as client,
    ):
        assert client.get("/v1/models").status_code == 401
        assert client.get("/page/bases").status_code == 401
        assert client.get("/health").status_code == 200
        assert client.get("/").status_code == 200
        wrong = {"Authorization": "Bearer alm_wrong"}
        assert client.get("/v1/models", headers=wrong).status_code == 401
        bearer = {"Authorization": f"Bearer {secret}"}
        names = [
            m["id"] for m in client.get("/v1/models", headers=bearer).json()["data"]
        ]
        assert "base:Handbuch" in names
        assert "base:Geheim" not in names
        body = {"model": "base:Geheim", "messages": ASKED}
        assert client.post(CHAT, json=body, headers=bearer).status_code == 404
        basic = base64.b64encode(f"moodle:{secret}".encode()).decode()
        signed = {"Authorization": f"Basic {basic}"}
        assert client.get("/api/tags", headers=signed).status_code == 200
        access.revoke("Frau Yıldız")
        assert client.get("/v1/models", headers=bearer).status_code == 401


def test_only_a_tokens_hash_is_kept(access: Access, tmp_path: Path) -> None:
    secret = access.create("Klasse 7b")
    path = tmp_path / "serve.json"
    assert secret not in path.read_text("utf-8")
    assert path.stat().st_mode & 0o077 == 0
    assert Access(path).holder(secret) == "Klasse 7b"
    assert Access(path).holder("") == ""
    with pytest.raises(UsageError):
        access.create("Klasse 7b")
    with pytest.raises(UsageError):
        access.create("  ")
    with pytest.raises(UsageError):
        access.revoke("Klasse 8a")


@pytest.mark.expects_warnings
@pytest.mark.parametrize(
    "content", ["", "[]", '{"tokens": 3}', "\x00", '{"tokens":[{}]}']
)
def test_a_damaged_file_lets_nobody_in(tmp_path: Path, content: str) -> None:
    path = tmp_path / "serve.json"
    path.write_text(content, "utf-8")
    assert Access(path).holder("alm_x") == ""
    assert Access(path).granted().released == ()


def test_an_address_of_the_network_needs_a_token_first() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("192.168.1.5")
    need_safe(Place("127.0.0.1"), 0)
    need_safe(Place("0.0.0.0"), 1)
    with pytest.raises(AppError, match="token create"):
        need_safe(Place("0.0.0.0"), 0)


# -- too much, too slow, too often ---------------------------------------------------


def test_a_body_of_100_mb_is_refused_unread(serving: Any) -> None:
    with (
        serving() as listener,
        socket.create_connection(("127.0.0.1", listener.port), timeout=10) as line,
    ):
        line.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: 104857600\r\n\r\n" + b"x" * 1000
        )
        answer = b""
        with contextlib.suppress(ConnectionError):
            while block := line.recv(65_536):
                answer += block
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"too much" in answer


def test_a_client_that_sends_100_mb_gets_the_answer(client: httpx.Client) -> None:
    answer = client.post(CHAT, content=b"x" * 104_857_600)
    assert answer.status_code == 413


def test_a_body_without_a_length_is_counted(client: httpx.Client) -> None:
    answer = client.post(CHAT, content=(b"x" * 65_536 for _ in range(200)))
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"model": 3}', b"null"]
)
def test_nonsense_is_answered_with_a_sentence(
    client: httpx.Client, body: bytes
) -> None:
    for path in (CHAT, "/v1/embeddings", "/page/ask", "/v1/completions"):
        answer = client.post(path, content=body)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"]
    for path in ("/api/chat", "/api/generate", "/api/show", "/api/embed"):
        answer = client.post(path, content=body)
        assert answer.status_code in (400, 404)
        assert isinstance(answer.json()["error"], str)


def test_half_a_character_is_no_text(client: httpx.Client) -> None:
    body = b'{"model":"tiny","messages":[{"role":"user","content":"\\ud83d"}]}'
    assert client.post(CHAT, content=body).status_code == 400


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"\x00" * 100,
        b"GET /" + b"a" * 70_000,
        b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        (
            b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"
        ),
    ],
)
def test_what_is_no_request_ends_the_connection(serving: Any, data: bytes) -> None:
    with serving() as listener:
        answer = talk(listener, data, 20)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
        assert httpx.get(f"{listener.address}/health", trust_env=False).is_success


def test_slow_clients_are_let_go(serving: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.server.listen._HEAD_S", 0.3)
    with serving(read_s=0.3) as listener:
        started = time.monotonic()
        assert talk(listener, b"GET / HTTP/1.1\r\nHo") == b""
        assert talk(listener, b"") == b""
        head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
        slow = talk(listener, head + b"Content-Length: 50\r\n\r\n{")
        assert slow.startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - started < 8


def test_who_does_not_read_is_let_go(serving: Any, say: Callable[..., Any]) -> None:
    engine = say(SlowEngine(words=4_000))
    body = json.dumps(
        {"model": "tiny", "messages": ASKED, "stream": True, "max_tokens": 4000}
    )
    with serving(send_s=0.5) as listener:
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        with line:
            line.connect(("127.0.0.1", listener.port))
            line.sendall(
                f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            until = time.monotonic() + 15
            while engine.ended == 0 and time.monotonic() < until:
                time.sleep(0.05)
            # The turn is free again for the others.
            answer = httpx.post(
                f"{listener.address}{CHAT}",
                json={"model": "tiny", "messages": ASKED, "max_tokens": 1},
                trust_env=False,
                timeout=20,
            )
            assert answer.status_code == 200


def test_who_asks_too_often_waits(serving: Any) -> None:
    with (
        serving(per_minute=1, burst=3) as listener,
        httpx.Client(base_url=listener.address, trust_env=False) as client,
    ):
        codes = [client.post(CHAT, content=b"{").status_code for _ in range(5)]
        assert codes == [400, 400, 400, 429, 429]
        assert client.get("/health").status_code == 200
        late = client.post(CHAT, content=b"{")
        assert late.headers["retry-after"]
        assert late.json()["error"]["code"] == "rate_limit_exceeded"


# -- leaving, ending, encryption, log ------------------------------------------------


def test_a_client_that_leaves_stops_the_model(
    serving: Any, say: Callable[..., Any]
) -> None:
    engine = say(SlowEngine(words=2_000, pause_s=0.01))
    body = {"model": "tiny", "messages": ASKED, "max_tokens": 2000}
    with serving() as listener:
        for stream in (True, False):
            before = engine.ended
            place = urlsplit(listener.address)
            client = HTTPConnection(place.hostname or "", place.port)
            told = json.dumps({**body, "stream": stream})
            client.request("POST", CHAT, told, {"Content-Type": "application/json"})
            until = time.monotonic() + 20
            while not engine.speaking and time.monotonic() < until:
                time.sleep(0.005)
            assert engine.speaking
            client.close()
            until = time.monotonic() + 5
            while engine.ended == before and time.monotonic() < until:
                time.sleep(0.02)
            assert engine.ended == before + 1
        assert engine.speaking == 0


def test_the_end_cuts_answers_off_cleanly(
    serving: Any, say: Callable[..., Any]
) -> None:
    engine = say(SlowEngine(words=3_000, pause_s=0.01))
    with ThreadPoolExecutor(1) as pool:
        with serving() as listener:
            body = {
                "model": "tiny",
                "messages": ASKED,
                "max_tokens": 3000,
                "stream": True,
            }
            url = f"{listener.address}{CHAT}"
            future = pool.submit(
                httpx.post, url, json=body, timeout=30, trust_env=False
            )
            while not engine.speaking:
                time.sleep(0.02)
            started = time.monotonic()
            listener.stop()
            answer = future.result(10)
        assert time.monotonic() - started < 8
    assert "was stopped" in answer.text
    assert answer.text.endswith("data: [DONE]\n\n")
    assert engine.speaking == 0


def make_certificate(folder: Path) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl program")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {key} -out"
        f" {certificate} -subj /CN=localhost -addext subjectAltName=DNS:localhost".split(),
        check=True,
        capture_output=True,
    )
    return certificate, key


def test_connections_are_encrypted_with_an_own_certificate(
    serving: Any, tmp_path: Path
) -> None:
    certificate, key = make_certificate(tmp_path)
    context = ssl.create_default_context(cafile=str(certificate))
    place = Place("localhost", 0, certificate, key)
    with (
        serving(place=place) as listener,
        httpx.Client(verify=context, trust_env=False) as client,
    ):
        assert listener.address.startswith("https://localhost:")
        assert client.get(f"{listener.address}/health").is_success
        own = {"Origin": listener.address}
        assert client.get(f"{listener.address}/v1/models", headers=own).is_success


def test_a_wrong_certificate_is_told_before_listening(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    for place in (
        Place(certificate=certificate),
        Place(key=key),
        Place(certificate=key, key=key),
        Place(certificate=tmp_path / "no.pem", key=key),
    ):
        with pytest.raises(UsageError):
            Listener(lambda *_: None, place, None)  # type: ignore[arg-type]


def test_a_taken_port_is_told(serving: Any) -> None:
    with serving() as listener, pytest.raises(UsageError, match="Nothing can listen"):
        Listener(lambda *_: None, Place(port=listener.port), None)  # type: ignore[arg-type]


@pytest.mark.expects_warnings
def test_nothing_of_the_content_is_logged(
    client: httpx.Client,
    say: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "Kanarienvogel"
    say(f"Der Urlaub des {canary} beträgt 24 Werktage [1].", RuntimeError(canary))
    asked = [{"role": "user", "content": f"{QUESTION} {canary}"}]
    secret = {"Authorization": f"Bearer alm_{canary}"}
    for model in ("base:Handbuch", "tiny", canary):
        body = {"model": model, "messages": asked, "stream": False}
        client.post(CHAT, json=body, headers=secret)
        client.post("/api/chat", json={**body, "images": [canary]})
    client.get(f"/{canary}?{canary}={canary}")
    client.get("/v1/models", headers={"Host": f"{canary}.example"})
    client.post("/page/ask", json={"base": canary, "question": canary})
    client.post("/page/ask", content=canary.encode())
    logged = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    assert any("POST /v1/chat/completions 200" in r.getMessage() for r in logged)
    assert any(" 500 " in r.getMessage() for r in logged)
    for record in logged:
        assert canary not in record.getMessage()
        assert canary not in str(record.exc_info)
    assert canary not in "".join(capfd.readouterr())
