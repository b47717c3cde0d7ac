"""How texts, answers, scopes and settings are written into `chats.db`.

An answer's text stands in a column of its own, the rest beside it as JSON. Reading
forgives: fields that another version knows are passed over, fields that are missing
get their default, and of an answer that cannot be understood at all its text is left.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any, TypeVar

from app import codec
from app.values.answers import Answer
from app.values.chats import AnswerSettings, Scope

MARK_START, MARK_END = "\ufdd0", "\ufdd1"
_FORBIDDEN = {ord(sign): "\ufffd" for sign in ("\0", MARK_START, MARK_END)}
_LONGEST_TITLE = 80
_ENOUGH = 4 * _LONGEST_TITLE
# How many characters a cut title may lose to end with a whole word.
_MOST_LOST = 30
# Within a conversation scope and settings are nearly always the same.
_REMEMBERED = 64

T = TypeVar("T", Answer, Scope, AnswerSettings)


def clean(text: str) -> str:
    """Return `text` as SQLite can hold it, character by character at the same place.

    Halves of surrogate pairs and NUL are replaced, and so are the two non-characters
    that mark what was found in a snippet.
    """
    return text.encode("utf-8", "replace").decode("utf-8").translate(_FORBIDDEN)


def one_line(text: str, most: int = _LONGEST_TITLE) -> str:
    """Return the beginning of `text` on one line, cut at a word where it is too long."""
    words: list[str] = []
    size = 0
    for word in clean(text[: _ENOUGH * 4]).split():
        words.append("".join(sign for sign in word if sign.isprintable()))
        size += len(word) + 1
        if size > most + 1:
            break
    line = " ".join(word for word in words if word)
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space >= most - _MOST_LOST else cut).rstrip() + "…"


def write(value: Scope | AnswerSettings) -> str:
    """Return a scope or settings as JSON."""
    return codec.encode(value).decode()


def write_answer(answer: Answer, question: str) -> str:
    """Return an answer as JSON, without its text and without the exchange's question."""
    own = "" if clean(answer.question) == question else answer.question
    return codec.encode(dataclasses.replace(answer, question=own, text="")).decode()


@lru_cache(_REMEMBERED)
def read_scope(data: str) -> Scope:
    """Return a stored scope; an empty one when it cannot be understood."""
    return _read(data, Scope, Scope(""))


@lru_cache(_REMEMBERED)
def read_settings(data: str) -> AnswerSettings:
    """Return stored settings; the defaults when they cannot be understood."""
    return _read(data, AnswerSettings, AnswerSettings())


def read_answer(data: str, question: str, text: str) -> Answer:
    """Return a stored answer; only its text when nothing else can be understood."""
    answer = _read(data, Answer, Answer(question, text, abstained=False))
    return dataclasses.replace(answer, question=answer.question or question, text=text)


def files_of(answer: Answer | None, scope: Scope) -> set[str]:
    """Return the documents that an exchange speaks of."""
    files = set(scope.documents)
    if answer is not None:
        files.update(passage.file for passage in answer.passages)
        files.update(citation.file for citation in answer.citations)
        files.update(o.file for passage in answer.passages for o in passage.also)
        files.update(o.file for citation in answer.citations for o in citation.also)
    return {clean(file) for file in files}


def _read(data: str, kind: type[T], fallback: T) -> T:
    registry = codec.registry_of(kind)
    try:
        found: T = codec.decode(data.encode(), registry)
    except (ValueError, TypeError, KeyError, AttributeError):
        return _read_parts(data, kind, fallback)
    return found


def _read_parts(data: str, kind: type[T], fallback: T) -> T:
    """Return what can be understood of a value, field by field."""
    try:
        value = json.loads(data)["value"]
        fields = _known(value, kind).items()
    except (ValueError, TypeError, KeyError, AttributeError):
        return fallback
    result = fallback
    needed = {
        field.name: getattr(fallback, field.name)
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    }
    for name, part in fields:
        body = {"type": kind.__name__, "value": {**needed, name: part}}
        try:
            one = codec.decode(json.dumps(body).encode(), codec.registry_of(kind))
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
        result = dataclasses.replace(result, **{name: getattr(one, name)})
    return result


def _known(value: Any, kind: Any) -> Any:
    """Return JSON without what `kind` does not know, at any depth."""
    if isinstance(kind, type) and isinstance(value, dict):
        hints = _hints(kind)
        return {
            name: _known(item, hints[name])
            for name, item in value.items()
            if name in hints
        }
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is tuple and isinstance(value, list):
        return _known_items(value, arguments)
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        inner = [part for part in arguments if dataclasses.is_dataclass(part)]
        return _known(value, inner[0]) if inner else value
    return value


def _known_items(value: Iterable[Any], arguments: tuple[Any, ...]) -> list[Any]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return [_known(item, arguments[0]) for item in value]
    return list(value)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)
