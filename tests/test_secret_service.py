"""The desktop's key store: a stand-in that speaks D-Bus, and GNOME's real one."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jeepney import (
    DBusAddress,
    DBusErrorResponse,
    HeaderFields,
    Message,
    Parser,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection

from app.keys import secret_service
from app.keys.secret_service import SecretService, SecretServiceError

HOME = "/org/freedesktop/secrets/collection/login"
PROMPT = "/org/freedesktop/secrets/prompt/1"
ROOT = Path(__file__).parents[1]


class Store:
    """A Secret Service of one collection; `says` is what its user answers, None: nothing."""

    def __init__(self) -> None:
        self.items: dict[str, tuple[dict[str, str], bytes]] = {}
        self.has_collection, self.locked, self.says = True, False, True
        self.silent: str | None = None
        self.called: list[str] = []
        self._after: Any = None

    def connect(self) -> DBusConnection:
        ours, theirs = socket.socketpair()
        threading.Thread(target=self._serve, args=(theirs,), daemon=True).start()
        return DBusConnection(ours)

    def _serve(self, sock: socket.socket) -> None:
        parser, serial = Parser(), iter(range(1, 10_000))
        with sock, contextlib.suppress(ConnectionError):
            while data := sock.recv(4096):
                for message in parser.feed(data):
                    for answer in self._answers(message):
                        sock.sendall(answer.serialise(serial=next(serial)))

    def _answers(self, message: Message) -> Iterator[Message]:
        fields = message.header.fields
        name = fields[HeaderFields.member]
        self.called.append(name)
        if name == self.silent:
            return
        made = getattr(self, f"_{name}")(fields[HeaderFields.path], *message.body)
        if isinstance(made, str):
            yield new_error(message, f"org.freedesktop.Secret.Error.{made}")
        else:
            yield new_method_return(message, *made)
        if name == "Prompt" and self.says is not None:
            yield self._completed()

    def _completed(self) -> Message:
        result = self._after() if self.says else ("s", "")
        where = DBusAddress(
            PROMPT, "org.freedesktop.secrets", "org.freedesktop.Secret.Prompt"
        )
        return new_signal(where, "Completed", "bv", (not self.says, result))

    def _Hello(self, path: str) -> Any:  # noqa: N802 - D-Bus calls it so
        return "s", (":1.1",)

    def _AddMatch(self, path: str, rule: str) -> Any:  # noqa: N802
        return None, ()

    def _OpenSession(self, path: str, kind: str, given: Any) -> Any:  # noqa: N802
        assert (kind, given) == ("plain", ("s", ""))
        return "vo", (("s", ""), "/org/freedesktop/secrets/session/1")

    def _ReadAlias(self, path: str, alias: str) -> Any:  # noqa: N802
        assert alias == "default"
        return "o", (HOME if self.has_collection else "/",)

    def _CreateCollection(self, path: str, told: Any, alias: str) -> Any:  # noqa: N802
        def after() -> Any:
            self.has_collection = True
            return "o", HOME

        self._after = after
        return "oo", ("/", PROMPT)

    def _Unlock(self, path: str, paths: list[str]) -> Any:  # noqa: N802
        def after() -> Any:
            self.locked = False
            return "ao", paths

        self._after = after
        return "aoo", (([], PROMPT) if self.locked else (paths, "/"))

    def _SearchItems(self, path: str, wanted: dict[str, str]) -> Any:  # noqa: N802
        assert path == HOME
        found = [p for p, (told, _) in self.items.items() if wanted == told]
        return "ao", (found,)

    def _GetSecret(self, path: str, session: str) -> Any:  # noqa: N802
        if self.locked:
            return "IsLocked"
        return "(oayays)", ((session, b"", self.items[path][1], "text/plain"),)

    def _CreateItem(self, path: str, told: Any, secret: Any, replace: bool) -> Any:  # noqa: N802
        if self.locked:
            return "IsLocked"
        assert replace
        wanted = told["org.freedesktop.Secret.Item.Attributes"][1]
        same = [p for p, (there, _) in self.items.items() if there == wanted]
        item = same[0] if same else f"{HOME}/{len(self.items)}"
        self.items[item] = (wanted, bytes(secret[2]))
        return "oo", (item, "/")

    def _Prompt(self, path: str, window: str) -> Any:  # noqa: N802
        assert path == PROMPT
        return None, ()

    def _Dismiss(self, path: str) -> Any:  # noqa: N802
        return None, ()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def client(store: Store) -> SecretService:
    return SecretService(store.connect)


def test_what_was_kept_is_read_and_what_was_kept_anew_replaces_it(
    store: Store, client: SecretService
) -> None:
    assert client.get_password("Allmende", "a") is None
    client.set_password("Allmende", "a", "ü1")
    client.set_password("Allmende", "b", "2")
    client.set_password("Allmende", "a", "3")
    assert client.get_password("Allmende", "a") == "3"
    assert client.get_password("Allmende", "b") == "2"
    assert client.get_password("Anderes", "a") is None
    assert len(store.items) == 2


def test_a_locked_store_asks_its_user(store: Store, client: SecretService) -> None:
    client.set_password("Allmende", "a", "1")
    store.locked = True
    assert client.get_password("Allmende", "a") == "1"
    assert "Prompt" in store.called


def test_a_user_who_says_no_is_heard(store: Store, client: SecretService) -> None:
    client.set_password("Allmende", "a", "1")
    store.locked, store.says = True, False
    with pytest.raises(SecretServiceError):
        client.get_password("Allmende", "a")
    with pytest.raises(SecretServiceError):
        client.set_password("Allmende", "a", "2")


def test_the_first_key_makes_the_collection_and_reading_makes_none(
    store: Store, client: SecretService
) -> None:
    store.has_collection = False
    assert client.get_password("Allmende", "a") is None
    assert "CreateCollection" not in store.called
    client.set_password("Allmende", "a", "1")
    assert client.get_password("Allmende", "a") == "1"


def test_a_question_that_nobody_answers_is_taken_back(
    store: Store, client: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_service, "_QUESTION_S", 0.2)
    store.locked, store.says = True, None  # type: ignore[assignment]
    with pytest.raises(TimeoutError):
        client.get_password("Allmende", "a")
    assert store.called[-1] == "Dismiss"


@pytest.mark.parametrize("call", ["OpenSession", "SearchItems", "CreateItem"])
def test_a_store_that_hangs_is_left(
    store: Store, client: SecretService, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(secret_service, "_ANSWER_S", 0.2)
    store.silent = call
    if call == "SearchItems":
        with pytest.raises(TimeoutError):
            client.get_password("Allmende", "a")
    else:
        with pytest.raises(TimeoutError):
            client.set_password("Allmende", "a", "1")


def test_what_the_store_refuses_is_an_error(
    store: Store, client: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.set_password("Allmende", "a", "1")
    monkeypatch.setattr(store, "_Unlock", lambda *_: ("aoo", ([], "/")))
    store.locked = True
    with pytest.raises(DBusErrorResponse):
        client.get_password("Allmende", "a")


# -- the real one --------------------------------------------------------------------------

GNOME = ("dbus-run-session", "gnome-keyring-daemon")
_TRY = """
from app.keys.store import SystemStore
store = SystemStore()
assert store.read("name") is None
assert store.write("name", bytes(range(32)))
assert store.write("name", bytes(32))
assert store.read("name") == bytes(32)
print("kept")
"""


@pytest.mark.skipif(not all(map(shutil.which, GNOME)), reason="no GNOME Keyring")
def test_gnomes_store_keeps_a_key_and_gives_it_back(tmp_path: Path) -> None:
    line = (
        "printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null &&"
        f" exec {sys.executable} -c '{_TRY}'"
    )
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", line],
        env={**os.environ, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path),
             "ALLMENDE_HOME": str(tmp_path / "home")},
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout == "kept\n", done.stderr
    kept = next(tmp_path.rglob("*.keyring")).read_bytes()
    assert bytes(32).hex().encode() not in kept
