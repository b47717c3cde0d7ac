"""The engine on another computer: honest servers, and hostile ones."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app import netlog, paths
from app.errors import AppError, ModelError, PolicyError, ServerError, UsageError
from app.inference.remote import messages_of, split_at_stop, whole_characters
from app.net.lan import is_own, server_at
from app.prompting.templates import Message, build_prompt
from app.remote import Remote
from app.settings.policy import Policy
from app.settings.store import Settings
from app.values.generation import Done, Token
from app.values.prompts import Prompt, PromptPart, Sampling
from tests.server.test_guard import make_certificate

PROMPT = build_prompt("turns", [Message("system", "Kurz."), Message("user", "Hallo?")])
TEXT = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"


def data(text: str, reason: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
    return f"data: {json.dumps({'choices': [choice], **more})}\n\n".encode()


GOOD = data("Guten ") + data("Tag.", "stop") + b"data: [DONE]\n\n"


class Scripted:
    """A server that answers every connection with the next script."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._context = context
        self.port = self._listener.getsockname()[1]
        self.scripts: list[Callable[[socket.socket], None] | bytes] = []
        self.requests: list[bytes] = []
        self.hang_up = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), line:
                line.settimeout(10)
                if self._context is not None:
                    line = self._context.wrap_socket(line, server_side=True)
                self.requests.append(self._read(line))
                script = self.scripts.pop(0) if self.scripts else TEXT + GOOD
                if isinstance(script, bytes):
                    line.sendall(script)
                else:
                    script(line)
                line.close()

    def _read(self, line: socket.socket) -> bytes:
        got = b""
        while b"\r\n\r\n" not in got:
            got += line.recv(65_536)
        head, _, body = got.partition(b"\r\n\r\n")
        for row in head.split(b"\r\n"):
            if row.lower().startswith(b"content-length:"):
                while len(body) < int(row.split(b":")[1]):
                    body += line.recv(65_536)
        return head + b"\r\n\r\n" + body

    def close(self) -> None:
        self.hang_up.set()
        # Closing alone does not wake who waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


@pytest.fixture
def server(socket_enabled: None) -> Iterator[Scripted]:
    found = Scripted()
    yield found
    found.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(tmp_path / "settings.json")
    found.change("remote", True)
    return found


@pytest.fixture
def remote(
    server: Scripted,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Remote:
    monkeypatch.setattr(paths, "policy_file", lambda: tmp_path / "no" / "policy.json")
    monkeypatch.setattr("app.inference.remote._PAUSE_S", 0.01)
    settings.change("remote_address", f"http://127.0.0.1:{server.port}/v1")
    return Remote(settings)


def said(remote: Remote, prompt: Prompt = PROMPT, most: int = 50) -> tuple[str, Done]:
    engine = remote.engine(remote.card("remote:tiny"))
    events = list(engine.generate(prompt, Sampling(max_tokens=most)))
    assert isinstance(events[-1], Done)
    return "".join(e.text for e in events if isinstance(e, Token)), events[-1]


# -- honest servers ------------------------------------------------------------------


def test_an_answer_comes_piece_by_piece(server: Scripted, remote: Remote) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 2}
    end = f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n".encode()
    server.scripts = [
        TEXT + b": wait\n\n" + GOOD.replace(b"data: [DONE]", end + b"data: [DONE]")
    ]
    text, done = said(remote)
    assert text == "Guten Tag."
    assert (done.reason, done.prompt_tokens, done.answer_tokens) == ("stop", 9, 2)
    asked = json.loads(server.requests[0].partition(b"\r\n\r\n")[2])
    assert asked["messages"] == [
        {"role": "system", "content": "Kurz."},
        {"role": "user", "content": "Hallo?"},
    ]
    assert server.requests[0].startswith(b"POST /v1/chat/completions ")
    assert b"authorization" not in server.requests[0].lower()


def test_a_server_that_does_not_stream(server: Scripted, remote: Remote) -> None:
    choice = {"message": {"content": "Guten Tag."}, "finish_reason": "length"}
    server.scripts = [JSON + json.dumps({"choices": [choice]}).encode()]
    assert said(remote)[0] == "Guten Tag."


def test_what_a_server_offers(server: Scripted, remote: Remote) -> None:
    rows = [
        {"id": "qwen", "max_model_len": 32768},
        {"id": "llama", "meta": {"n_ctx": 4096}},
        {"id": "odd", "max_model_len": "many", "meta": 7},
        {"id": 3},
        {"id": "a\nb"},
        "x",
    ]
    server.scripts = [JSON + json.dumps({"data": rows}).encode()]
    found = [(model.name, model.context) for model in remote.models()]
    assert found == [("qwen", 32768), ("llama", 4096), ("odd", 0)]


def test_stops_are_kept_here_whatever_the_server_does(
    server: Scripted, remote: Remote
) -> None:
    server.scripts = [TEXT + data("Ja.\nFra") + data("ge: mehr") + GOOD]
    prompt = Prompt(PROMPT.parts, ("\nFrage:",))
    text, done = said(remote, prompt)
    assert (text, done.reason) == ("Ja.", "stop")


def test_an_emoji_cut_in_two_is_put_together(server: Scripted, remote: Remote) -> None:
    half = b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n'
    server.scripts = [TEXT + half % b"a\\ud83d" + half % b"\\ude00b\\ud83d" + GOOD]
    assert said(remote)[0] == "a😀bGuten Tag."
    assert whole_characters("\ude00x") == ("x", "")


def test_text_that_is_no_conversation_is_one_question() -> None:
    assert messages_of(Prompt((PromptPart("1 2 3"),))) == [
        {"role": "user", "content": "1 2 3"}
    ]
    # A document that says "user" does not become a turn.
    evil = build_prompt("turns", [Message("user", "assistant"), Message("user", "x")])
    assert [m["content"] for m in messages_of(evil)] == ["assistant", "x"]
    assert split_at_stop("ab", ("bc",)) == ("a", "b", False)


def test_a_busy_server_is_asked_again(server: Scripted, remote: Remote) -> None:
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
    server.scripts = [busy, lambda line: None, TEXT + GOOD]
    assert said(remote)[0] == "Guten Tag."
    server.scripts = [busy, busy, busy]
    with pytest.raises(ModelError, match="too busy"):
        said(remote)
    assert len(server.requests) == 6


def test_it_can_be_stopped_before_the_first_word(
    server: Scripted, remote: Remote
) -> None:
    def think(line: socket.socket) -> None:
        line.sendall(TEXT)
        server.hang_up.wait(20)

    server.scripts = [think]
    engine = remote.engine(remote.card("remote:tiny"))
    events = engine.generate(PROMPT, Sampling())
    started = time.monotonic()
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 15
    assert not [t for t in threading.enumerate() if t.name == "remote"]


# -- hostile servers -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (TEXT + data("Guten"), "broke off"),
        (TEXT, "broke off"),
        (TEXT + b"data: {]\n\n", "no answer of a language model"),
        (TEXT + b'data: {"choices":[{"delta":{"content":"\xc3"}}]}\n\n', "no answer"),
        (TEXT + b"data: 7\n\n", "no answer"),
        (TEXT + b'data: {"choices": 7}\n\n', "no answer"),
        (TEXT + b'data: {"choices":[{"delta":{"content":7}}]}\n\n', "no answer"),
        (TEXT + b'data: {"error":{"message":"secret detail"}}\n\n', "reports an error"),
        (TEXT + b"data: " + b"[" * 100_000 + b"\n\n", "no answer"),
        (JSON + b"<html>", "no answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>", "no answer"),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "accept the token"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "does not know this model"),
        (b"HTTP/1.1 418 Tea\r\nContent-Length: 0\r\n\r\n", "refuses"),
        (
            b"HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
            "points to another address",
        ),
    ],
)
def test_a_server_that_lies_gets_a_sentence(
    server: Scripted, remote: Remote, script: bytes, sentence: str
) -> None:
    server.scripts = [script] * 3
    with pytest.raises(AppError, match=sentence) as caught:
        said(remote)
    assert "secret detail" not in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "script", [b"", b"\x00" * 50, b"HTTP/1.1 200 OK\r\nX: " + b"a" * 99_999]
)
def test_a_server_that_speaks_no_http(
    server: Scripted, remote: Remote, script: bytes
) -> None:
    server.scripts = [script] * 3
    with pytest.raises(ServerError):
        said(remote)


def test_a_stream_cut_by_force_keeps_what_came_and_is_not_repeated(
    server: Scripted, remote: Remote
) -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    piece = data("Guten ")
    server.scripts = [chunked + b"%x\r\n" % len(piece) + piece + b"\r\n5\r\nda"]
    engine = remote.engine(remote.card("remote:tiny"))
    came = []
    with pytest.raises(ServerError, match="broke off"):
        came += [e.text for e in _each(engine, came) if isinstance(e, Token)]
    assert [e for e in came if isinstance(e, str)] == []
    assert [e.text for e in came if isinstance(e, Token)] == ["Guten "]
    assert len(server.requests) == 1


def _each(engine: Any, came: list[Any]) -> Iterator[Any]:
    for event in engine.generate(PROMPT, Sampling()):
        came.append(event)
        yield event


def test_a_line_without_end_is_not_collected(server: Scripted, remote: Remote) -> None:
    sent = []

    def flood(line: socket.socket) -> None:
        line.sendall(TEXT + b"data: ")
        block = b"x" * (1 << 20)
        for _ in range(1_000):
            line.sendall(block)
            sent.append(len(block))

    server.scripts = [flood]
    with pytest.raises(ModelError, match="no answer of a language model"):
        said(remote)
    assert sum(sent) < 64 << 20


def test_a_server_that_never_ends_is_left(server: Scripted, remote: Remote) -> None:
    def babble(line: socket.socket) -> None:
        line.sendall(TEXT)
        while True:
            line.sendall(data("bla "))

    server.scripts = [babble]
    text, done = said(remote, most=10)
    assert done.reason == "length"
    assert 10 <= text.count("bla") <= 40


def test_a_server_that_hangs_is_left(
    server: Scripted, remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.net import lan

    usual = lan.LanDoor.ask
    monkeypatch.setattr(lan.LanDoor, "ask", lambda *a: usual(*a[:5], silence_s=0.2))
    server.scripts = [lambda line: server.hang_up.wait(3) and None]
    started = time.monotonic()
    with pytest.raises(ServerError):
        said(remote)
    assert time.monotonic() - started < 10


# -- where it may go -----------------------------------------------------------------


def test_it_is_off_until_somebody_allows_it(server: Scripted, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "s.json")
    settings.change("remote_address", f"http://127.0.0.1:{server.port}/v1")
    remote = Remote(settings)
    assert not remote.allowed
    with pytest.raises(PolicyError, match="switched off"):
        remote.card("remote:tiny")
    locked = Settings(tmp_path / "s.json", Policy(locked={"remote": False}))
    with pytest.raises(PolicyError):
        locked.change("remote", True)
    with pytest.raises(PolicyError):
        Remote(locked).models()
    assert server.requests == []


def test_allowed_and_switched_off_again(
    server: Scripted, remote: Remote, settings: Settings
) -> None:
    engine = remote.engine(remote.card("remote:tiny"))
    settings.change("remote", False)
    with pytest.raises(PolicyError):
        list(engine.generate(PROMPT, Sampling()))
    assert server.requests == []


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("192.168.0.9", True),
        ("172.20.0.1", True),
        ("169.254.1.1", True),
        ("100.64.0.1", True),
        ("fd00::1", True),
        ("fe80::1%eth0", True),
        ("::1", True),
        ("::ffff:10.0.0.1", True),
        ("::ffff:8.8.8.8", False),
        ("8.8.8.8", False),
        ("2a00:1450::1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("nonsense", False),
    ],
)
def test_what_is_the_own_network(address: str, own: bool) -> None:
    assert is_own(address) == own


def test_outside_the_own_network_nothing_is_sent(
    remote: Remote, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))]

    monkeypatch.setattr("app.net.lan.socket.getaddrinfo", elsewhere)
    before = netlog.summary().session
    with pytest.raises(PolicyError, match="own network"):
        remote.models()
    assert netlog.summary().session == before


@pytest.mark.parametrize(
    "address",
    [
        "ki.example/v1",
        "ftp://ki.example",
        "https://user:pass@ki.example/v1",
        "https://",
        "http://[::1",
        "https://ki.example:99999/",
        "https://ki.example/v1?key=x",
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(AppError, match="no address of a server"):
        server_at(address)


def test_the_token_is_kept_apart_and_sent_to_its_server_only(
    server: Scripted, remote: Remote, settings: Settings, tmp_path: Path
) -> None:
    remote.keep_token(" geheim-123 \n")
    path = paths.remote_token_file()
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
    assert "geheim" not in json.dumps(dict(settings.all()))
    said(remote)
    assert b"Authorization: Bearer geheim-123" in server.requests[0]
    with pytest.raises(UsageError):
        remote.keep_token("zwei\nZeilen")
    with pytest.raises(UsageError):
        remote.keep_token("ümlaut")
    remote.keep_token("")
    assert not path.exists()


def test_connections_are_counted_by_host(server: Scripted, remote: Remote) -> None:
    before = netlog.summary().session
    said(remote)
    now = netlog.summary()
    assert now.session == before + 1
    record = next(h for h in now.hosts if h.host == f"127.0.0.1:{server.port}")
    assert record.sent_bytes > 50
    assert record.received_bytes > 50


def test_a_certificate_must_be_known(
    socket_enabled: None, settings: Settings, tmp_path: Path
) -> None:
    certificate, key = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Scripted(context)
    try:
        settings.change("remote_address", f"https://localhost:{server.port}/v1")
        remote = Remote(settings)
        with pytest.raises(AppError, match="cannot prove"):
            said(remote)
        settings.change("remote_ca", str(certificate))
        assert said(remote)[0] == "Guten Tag."
        settings.change("remote_ca", str(tmp_path / "none.pem"))
        with pytest.raises(AppError, match="cannot be read"):
            said(remote)
    finally:
        server.close()
