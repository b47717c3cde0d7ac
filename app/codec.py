"""Messages as bytes: dataclasses ↔ JSON, guided by the declared types.

Source of truth are the annotations of the dataclasses; a message of another shape than
declared is refused with ValueError. Bytes travel as base64.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

import app.errors
from app.i18n import N_


def encode(message: object) -> bytes:
    """Return a registered dataclass instance as bytes."""
    body = {"type": type(message).__name__, "value": _plain(message)}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "replace"
    )


def decode(data: bytes, registry: Mapping[str, type]) -> Any:
    """Return the message in `data`; its type must be one of `registry`."""
    body = json.loads(data)
    kind = registry.get(body["type"])
    if kind is None:
        raise ValueError(f"unexpected message {body['type']!r}")
    return _reader(kind)(body["value"])


def registry_of(*kinds: type) -> dict[str, type]:
    """Return the mapping that `decode` needs, by class name."""
    return {kind.__name__: kind for kind in kinds}


def encode_error(error: BaseException) -> dict[str, Any]:
    """Return an AppError as plain data; the traceback stays in the child."""
    if isinstance(error, app.errors.AppError):
        return {
            "class": type(error).__name__,
            "sentence": error.sentence,
            "remedy": error.remedy,
            "parameters": error.parameters,
            "reason": getattr(error, "reason", ""),
        }
    return {"class": type(error).__name__, "sentence": "", "remedy": ""}


_ERRORS: dict[str, type[app.errors.AppError]] = {
    kind.__name__: kind
    for kind in (
        app.errors.AppError,
        app.errors.UsageError,
        app.errors.PolicyError,
        app.errors.ModelError,
        app.errors.StorageError,
        app.errors.BusyError,
        app.errors.DamagedError,
        app.errors.LockedError,
    )
}

_WITH_REASON: dict[str, type[app.errors.DocumentError | app.errors.ServerError]] = {
    "DocumentError": app.errors.DocumentError,
    "ServerError": app.errors.ServerError,
}


def decode_error(data: Mapping[str, Any]) -> BaseException:
    """Return the exception that `encode_error` described."""
    name = data["class"]
    if name == "Cancelled":
        return app.errors.Cancelled()
    if name in _WITH_REASON:
        return _WITH_REASON[name](
            data["reason"], data["sentence"], data["remedy"], **data["parameters"]
        )
    if name in _ERRORS:
        return _ERRORS[name](data["sentence"], data["remedy"], **data["parameters"])
    return app.errors.AppError(
        N_("Something went wrong inside Allmende ({place})."),
        N_("Please report this place; nothing was lost."),
        place=name,
    )


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _tagged(getattr(value, field.name))
            for field in dataclasses.fields(value)
        }
    return value


def _tagged(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, tuple | list):
        return [_tagged(item) for item in value]
    if isinstance(value, dict):
        return {key: _tagged(item) for key, item in value.items()}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"{type(value).__name__} cannot be sent")


Read = Callable[[Any], Any]


@functools.cache
def _reader(kind: Any) -> Read:
    """Return what turns JSON into `kind`, made once from its annotations.

    It raises ValueError for JSON of another shape.
    """
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _dataclass_reader(kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return _tuple_reader(arguments)
    if kind is Any:
        return _as_it_is
    if origin is dict:
        read = _reader(arguments[1])
        return lambda value: {key: read(item) for key, item in value.items()}
    if origin in (typing.Union, types.UnionType):
        return _union_reader(arguments)
    if origin is not None:
        raise ValueError(f"{origin} cannot be sent")
    return _bytes if kind is bytes else _scalar_reader(kind)


def _dataclass_reader(kind: type) -> Read:
    readers = {
        name: _reader(hint) for name, hint in typing.get_type_hints(kind).items()
    }

    def read(value: Any) -> Any:
        if type(value) is kind:
            return value
        if not isinstance(value, dict) or not value.keys() <= readers.keys():
            raise ValueError(f"not a {kind.__name__}")
        return kind(**{name: readers[name](item) for name, item in value.items()})

    return read


def _tuple_reader(arguments: tuple[Any, ...]) -> Read:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        one = _reader(arguments[0])
        return lambda value: tuple([one(item) for item in value])
    readers = [_reader(part) for part in arguments]
    return lambda value: tuple(
        read(item) for read, item in zip(readers, value, strict=True)
    )


def _union_reader(kinds: tuple[Any, ...]) -> Read:
    readers = [_reader(kind) for kind in kinds if kind is not type(None)]

    def read(value: Any) -> Any:
        if value is None:
            if type(None) in kinds:
                return None
            raise ValueError("nothing where a value is needed")
        last: ValueError | None = None
        for one in readers:
            try:
                return one(value)
            except ValueError as error:
                last = error
        raise last or ValueError("no type fits")

    return read


def _scalar_reader(kind: Any) -> Read:
    def read(value: Any) -> Any:
        if type(value) is kind:  # the usual case: a text, a number, yes or no
            return value
        if kind is float and isinstance(value, int):
            return float(value)
        if isinstance(value, kind):
            return value
        raise ValueError(f"{type(value).__name__} instead of {kind.__name__}")

    return read


def _as_it_is(value: Any) -> Any:
    """Return plain data of a form that only its owner knows."""
    return value


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else base64.b64decode(value)
