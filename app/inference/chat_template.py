"""A model's own chat template, turned once into plain data of ours.

    the GGUF's Jinja text ─► child, limits ─► four renderings of placeholders ─► marks

A template is a program by a stranger. It never sees a question or a document: it is
given random placeholders, and what it puts around them is kept as marks. From then on
the marks are data like those of the families we know, so text of users and documents
cannot become control tokens, and a question costs no rendering.

Invariant: `learn` returns marks only if they rebuild all renderings to the letter; it
ends within seconds whatever the template does (`tests/inference/test_chat_template.py`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from app import codec
from app.errors import AppError
from app.i18n import N_
from app.log import get_logger
from app.workers.worker import Worker

_log = get_logger("inference.chat_template")
_PATIENCE_S = 15.0
_LONGEST = 200_000
_LONGEST_MARK = 4_000
_PRIVATE_USE = range(0xE000, 0xF8FF)
Turns = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Render:
    """Render `template` for turns of (role, text), ready for an answer or not."""

    template: str
    turns: Turns
    answer: bool
    eos: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """What came of it; not `done` when the template refused or failed."""

    text: str
    done: bool


class _Unusable(Exception):
    """The template does something that marks cannot express."""


def learn(template: str, eos: str = "") -> str:
    """Return the marks of a template as JSON for a card, "" if it cannot be used.

    `eos` is the text of the token that ends a turn, if the template asks for it.
    """
    if not template or len(template) > _LONGEST:
        return ""
    worker = Worker(N_("chat template"), _run_child, (), codec.registry_of(Rendered))
    try:
        return _Learner(worker, template, eos).marks()
    except (_Unusable, TimeoutError, AppError) as error:
        _log.info("a chat template cannot be used (%s)", type(error).__name__)
        worker.kill()
        return ""
    finally:
        worker.close()


class _Learner:
    """Asks for renderings and takes them apart."""

    def __init__(self, worker: Worker, template: str, eos: str) -> None:
        self._worker = worker
        self._template = template
        self._eos = eos

    def marks(self) -> str:
        begin, first_close = self._around(("user",), answer=False)
        _, ready = self._around(("user",), answer=True)
        _, middle, after, last_close = self._around(
            ("user", "assistant", "user"), answer=False
        )
        if last_close != first_close or not ready.startswith(first_close):
            raise _Unusable
        if not middle.startswith(first_close):
            raise _Unusable
        # Most families end all turns alike, which tells where one mark ends and the
        # next begins; else the longest possible opening rebuilds the same.
        open_user = after.removeprefix(first_close)
        if not (after.startswith(first_close) and begin.endswith(open_user)):
            open_user = _common_end(begin, after)
        marks = {
            "begin": begin.removesuffix(open_user),
            "user": [open_user, first_close],
            "assistant": [
                middle.removeprefix(first_close),
                after.removesuffix(open_user),
            ],
            "answer": ready.removeprefix(first_close),
            "system": self._system(open_user, first_close),
        }
        self._check(marks)
        return json.dumps(marks, ensure_ascii=False)

    def _system(self, open_user: str, close_user: str) -> list[str]:
        """Return the marks of a system turn, [] where there is no such turn."""
        try:
            before, between, end = self._around(("system", "user"), answer=False)
        except _Unusable:
            return []
        if end != close_user or not between.endswith(open_user):
            return []
        return [before, between.removesuffix(open_user)]

    def _check(self, marks: dict[str, Any]) -> None:
        """Raise _Unusable unless the marks rebuild what the template renders."""
        wanted = [("user",), ("user", "assistant", "user")]
        if marks["system"]:
            wanted += [("system", *roles) for roles in wanted]
        for roles in wanted:
            around = self._around(roles, answer=True)
            if rebuilt(marks, roles) != around:
                raise _Unusable
            if any(len(mark) > _LONGEST_MARK for mark in around):
                raise _Unusable

    def _around(self, roles: Sequence[str], answer: bool) -> list[str]:
        """Return the text before, between and after the placeholders of some turns."""
        names = [_placeholder() for _ in roles]
        turns = tuple(zip(roles, names, strict=True))
        request = Render(self._template, turns, answer, self._eos)
        found = self._worker.ask(request).take(_PATIENCE_S)
        if found is None or not found.done:
            raise _Unusable
        parts, rest = [], found.text
        for name in names:
            if rest.count(name) != 1:
                raise _Unusable
            before, rest = rest.split(name)
            parts.append(before)
        return [*parts, rest]


def rebuilt(marks: dict[str, Any], roles: Sequence[str]) -> list[str]:
    """Return what stands around the turns of a prompt, as the marks say."""
    pieces = ["" if roles[0] == "system" else str(marks["begin"])]
    for role in roles:
        pieces[-1] += str(marks[role][0])
        pieces.append(str(marks[role][1]))
    pieces[-1] += str(marks["answer"])
    return pieces


def _common_end(one: str, other: str) -> str:
    size = 0
    while size < min(len(one), len(other)) and one[-1 - size] == other[-1 - size]:
        size += 1
    return one[len(one) - size :]


def _placeholder() -> str:
    """Return a text that no template can know and no trimming shortens."""
    return "".join(chr(secrets.choice(_PRIVATE_USE)) for _ in range(12))


def _run_child(connection: Connection) -> None:
    from app.inference.jinja_child import run

    run(connection)
