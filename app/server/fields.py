"""Reads the fields of a request, and says which one is wrong.

Fields that would change the answer and are not supported here are refused; silently
ignoring them would be a lie. What only describes (user, metadata) is passed over.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import UsageError
from app.i18n import N_
from app.prompting.templates import Message

MOST_TOKENS = 4_096
_MOST_MESSAGES = 400
_MOST_CHARS = 200_000
_MOST_STOPS = 8
_ROLES = {"developer": "system", "system": "system", "user": "user"}
_ROLES["assistant"] = _ROLES["model"] = "assistant"


class BadField(UsageError):
    """A field of a request is missing or cannot be what it is. `field` names it."""

    def __init__(self, field: str, sentence: str, **parameters: object) -> None:
        super().__init__(sentence, "", field=field, **parameters)
        self.field = field


def parse(body: bytes) -> Mapping[str, Any]:
    """Return the JSON object of a request. Raises BadField."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise BadField("", N_("The request is no JSON.")) from None
    if not isinstance(data, dict):
        raise BadField("", N_("The request is no JSON object."))
    return data


def text(data: Mapping[str, Any], field: str, default: str | None = None) -> str:
    """Return a text. Raises BadField."""
    value = data.get(field, default)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise BadField(field, N_("The field “{field}” must be a text."))
    return _sound(field, value)


def flag(data: Mapping[str, Any], field: str, default: bool) -> bool:
    """Return a yes or no. Raises BadField."""
    value = data.get(field)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise BadField(field, N_("The field “{field}” must be true or false."))
    return value


def number(
    data: Mapping[str, Any], field: str, least: float, most: float
) -> float | None:
    """Return a number in `least`..`most`, None where none is given. Raises BadField."""
    value = data.get(field)
    if value is None:
        return None
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not math.isfinite(value) or not least <= value <= most:
        raise BadField(
            field,
            N_("The field “{field}” must be a number from {least} to {most}."),
            least=f"{least:g}",
            most=f"{most:g}",
        )
    return float(value)


def whole(data: Mapping[str, Any], field: str, least: int, most: int) -> int | None:
    """Return a whole number, None where none is given. Raises BadField."""
    value = number(data, field, least, most)
    return None if value is None else int(value)


def tokens(data: Mapping[str, Any], *names: str) -> int | None:
    """Return how many tokens are asked for at most; negative ones mean: as set here."""
    for name in names:
        asked = number(data, name, -2, 1_000_000)
        if asked is not None and asked > 0:
            return min(int(asked), MOST_TOKENS)
    return None


def texts(data: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """Return a text or a list of texts; () where none is given. Raises BadField."""
    value = data.get(field)
    if value is None:
        return ()
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise BadField(
            field, N_("The field “{field}” must be a text or a list of texts.")
        )
    return tuple(_sound(field, v) for v in values)


def stops(data: Mapping[str, Any], field: str = "stop") -> tuple[str, ...]:
    """Return the texts that end an answer. Raises BadField."""
    found = tuple(stop for stop in texts(data, field) if stop)
    if len(found) > _MOST_STOPS:
        raise BadField(field, N_("The field “{field}” holds too much."))
    return found


def messages(data: Mapping[str, Any], field: str = "messages") -> tuple[Message, ...]:
    """Return the turns of a conversation, at least one of them a user's. Raises BadField."""
    rows = data.get(field)
    if not isinstance(rows, list) or not rows:
        raise BadField(field, N_("The field “{field}” must be a list of messages."))
    if len(rows) > _MOST_MESSAGES:
        raise BadField(field, N_("The field “{field}” holds too much."))
    found = tuple(_message(field, row) for row in rows)
    if not any(message.role == "user" and message.text.strip() for message in found):
        raise BadField(field, N_("There is no question in “{field}”."))
    if sum(len(message.text) for message in found) > _MOST_CHARS:
        raise BadField(field, N_("The field “{field}” holds too much."))
    return found


def refuse(data: Mapping[str, Any], names: Sequence[str]) -> None:
    """Raise BadField for a field that would change the answer and cannot be kept."""
    for name in names:
        if data.get(name):
            raise BadField(name, N_("“{field}” is not supported here."))


def _message(field: str, row: object) -> Message:
    if not isinstance(row, dict):
        raise BadField(field, N_("The field “{field}” must be a list of messages."))
    role = _ROLES.get(str(row.get("role")))
    if role is None:
        raise BadField(field, N_("A message has a role that is not known here."))
    refuse(row, ("tool_calls", "images"))
    return Message(role, _sound(field, _content(field, row.get("content"))))


def _content(field: str, content: object) -> str:
    """Return the text of a message; its parts, where it comes in parts, joined."""
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if not isinstance(content, list):
        raise BadField(field, N_("A message in “{field}” holds no text."))
    parts = []
    for part in content:
        good = isinstance(part, dict) and part.get("type") == "text"
        if not good or not isinstance(part.get("text"), str):
            raise BadField(field, N_("Only text can be asked here, no pictures."))
        parts.append(part["text"])
    return "\n".join(parts)


def _sound(field: str, value: str) -> str:
    """Return a text that can be written as UTF-8. Raises BadField for half characters."""
    if len(value) > _MOST_CHARS:
        raise BadField(field, N_("The field “{field}” holds too much."))
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadField(field, N_("The field “{field}” holds broken text.")) from None
    return value.replace("\0", "")
