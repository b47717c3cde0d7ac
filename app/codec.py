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
from collections.abc import Mapping
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
    return _typed(body["value"], kind)


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
    )
}


def decode_error(data: Mapping[str, Any]) -> BaseException:
    """Return the exception that `encode_error` described."""
    name = data["class"]
    if name == "Cancelled":
        return app.errors.Cancelled()
    if name == "DocumentError":
        return app.errors.DocumentError(
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


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _typed(value: Any, kind: Any) -> Any:
    if type(value) is kind:  # the usual case: a text, a number, yes or no
        return value
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        if not isinstance(value, dict) or not value.keys() <= hints.keys():
            raise ValueError(f"not a {kind.__name__}")
        return kind(**{name: _typed(item, hints[name]) for name, item in value.items()})
    origin = typing.get_origin(kind)
    if origin is not None:
        return _typed_generic(value, origin, typing.get_args(kind))
    if kind is bytes:
        return base64.b64decode(value)
    if kind is float and isinstance(value, int):
        return float(value)
    if isinstance(value, kind):
        return value
    raise ValueError(f"{type(value).__name__} instead of {kind.__name__}")


def _typed_generic(value: Any, origin: Any, arguments: tuple[Any, ...]) -> Any:
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_typed(item, arguments[0]) for item in value)
        return tuple(
            _typed(item, part) for item, part in zip(value, arguments, strict=True)
        )
    if origin is dict:
        return {key: _typed(item, arguments[1]) for key, item in value.items()}
    if origin in (typing.Union, types.UnionType):
        return _typed_union(value, arguments)
    raise ValueError(f"{origin} cannot be sent")


def _typed_union(value: Any, kinds: tuple[Any, ...]) -> Any:
    if value is None:
        if type(None) in kinds:
            return None
        raise ValueError("nothing where a value is needed")
    last: ValueError | None = None
    for kind in kinds:
        if kind is not type(None):
            try:
                return _typed(value, kind)
            except ValueError as error:
                last = error
    raise last or ValueError("no type fits")
