"""The key store of Linux desktops: the Secret Service, spoken to over D-Bus.

Owns `jeepney`. GNOME Keyring, KWallet and KeePassXC all answer to this interface:
https://specifications.freedesktop.org/secret-service-spec/latest/

    OpenSession ─► default collection ─► Unlock ─► SearchItems, GetSecret | CreateItem
                                           └ Prompt: the desktop asks the user

The session is a plain one, which every store has to offer: what passes on the user's own
bus may be read by programs of that user, which may ask the store itself as well. An
encrypted one would need a library of 14 MB.

Invariants: no call waits for ever, a question to the user two minutes at most; a store
that does not answer as specified raises an error and never yields a wrong key.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

from jeepney import (
    DBusAddress,
    DBusErrorResponse,
    MatchRule,
    MessageType,
    message_bus,
    new_method_call,
)
from jeepney.io.blocking import open_dbus_connection

BUS = "org.freedesktop.secrets"
INTERFACE = "org.freedesktop.Secret"
SERVICE_PATH = "/org/freedesktop/secrets"
# What stands for "no object" in this interface.
NOTHING = "/"
_ANSWER_S, _QUESTION_S = 10.0, 120.0


class SecretServiceError(Exception):
    """The store answered something that it must not, or the user said no."""


class SecretService:
    """Passwords by service and user name, in the user's default collection."""

    def __init__(self, connect: Callable[[], Any] = open_dbus_connection) -> None:
        self._connect = connect

    def get_password(self, service: str, name: str) -> str | None:
        """Return a password, None where there is none.

        Raises what D-Bus raises, TimeoutError or SecretServiceError.
        """
        with closing(self._connect()) as connection:
            store = _Session(connection)
            collection = store.collection()
            if collection is None:
                return None
            store.unlock(collection)
            for item in store.found(collection, _attributes(service, name)):
                store.unlock(item)
                return store.secret(item).decode()
        return None

    def set_password(self, service: str, name: str, password: str) -> None:
        """Keep a password in the place of an older one.

        Raises what D-Bus raises, TimeoutError or SecretServiceError.
        """
        with closing(self._connect()) as connection:
            store = _Session(connection)
            collection = store.collection() or store.new_collection()
            store.unlock(collection)
            store.keep(collection, _attributes(service, name), password.encode())


def _attributes(service: str, name: str) -> dict[str, str]:
    return {"service": service, "username": name}


class _Session:
    """One connection to the store, with the session that secrets are handed over in."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        # Answers to questions come as signals, which the bus hands on if it is told to.
        rule = MatchRule(
            type=MessageType.signal, interface=f"{INTERFACE}.Prompt", member="Completed"
        )
        self._call_message(message_bus.AddMatch(rule))
        _, self._path = self._service("OpenSession", "sv", "plain", ("s", ""))

    def collection(self) -> str | None:
        """Return the path of the default collection, None where there is none."""
        (path,) = self._service("ReadAlias", "s", "default")
        return None if path == NOTHING else path

    def new_collection(self) -> str:
        """Make a default collection, which asks the user for its password."""
        label = {f"{INTERFACE}.Collection.Label": ("s", "Allmende")}
        path, prompt = self._service("CreateCollection", "a{sv}s", label, "default")
        return path if path != NOTHING else str(self._asked(prompt))

    def unlock(self, path: str) -> None:
        """Unlock a collection or an item, which may ask the user."""
        _, prompt = self._service("Unlock", "ao", [path])
        if prompt != NOTHING:
            self._asked(prompt)

    def found(self, collection: str, attributes: dict[str, str]) -> list[str]:
        """Return the paths of the items with these attributes."""
        where = DBusAddress(collection, BUS, f"{INTERFACE}.Collection")
        (paths,) = self._call(where, "SearchItems", "a{ss}", attributes)
        return list(paths)

    def secret(self, item: str) -> bytes:
        """Return the secret of an unlocked item."""
        where = DBusAddress(item, BUS, f"{INTERFACE}.Item")
        ((_, _, value, _),) = self._call(where, "GetSecret", "o", self._path)
        return bytes(value)

    def keep(self, collection: str, attributes: dict[str, str], secret: bytes) -> None:
        """Make an item, or put the secret into the one that has these attributes."""
        where = DBusAddress(collection, BUS, f"{INTERFACE}.Collection")
        told = {
            f"{INTERFACE}.Item.Label": ("s", "Allmende"),
            f"{INTERFACE}.Item.Attributes": ("a{ss}", attributes),
        }
        handed = (self._path, b"", secret, "text/plain")
        item, prompt = self._call(
            where, "CreateItem", "a{sv}(oayays)b", told, handed, True
        )
        if item == NOTHING:
            self._asked(prompt)

    def _asked(self, prompt: str) -> Any:
        """Let the desktop ask the user; return what came of it."""
        rule = MatchRule(
            type=MessageType.signal,
            path=prompt,
            interface=f"{INTERFACE}.Prompt",
            member="Completed",
        )
        where = DBusAddress(prompt, BUS, f"{INTERFACE}.Prompt")
        with self._connection.filter(rule) as answers:
            self._call(where, "Prompt", "s", "")
            try:
                answer = self._connection.recv_until_filtered(
                    answers, timeout=_QUESTION_S
                )
            except TimeoutError:
                self._call(where, "Dismiss", None)
                raise
        dismissed, (_, result) = answer.body
        if dismissed:
            raise SecretServiceError("the user said no")
        return result

    def _service(self, method: str, signature: str, *body: Any) -> Any:
        where = DBusAddress(SERVICE_PATH, BUS, f"{INTERFACE}.Service")
        return self._call(where, method, signature, *body)

    def _call(self, where: Any, method: str, signature: str | None, *body: Any) -> Any:
        return self._call_message(new_method_call(where, method, signature, body))

    def _call_message(self, message: Any) -> Any:
        answer = self._connection.send_and_get_reply(message, timeout=_ANSWER_S)
        if answer.header.message_type == MessageType.error:
            raise DBusErrorResponse(answer)
        return answer.body
