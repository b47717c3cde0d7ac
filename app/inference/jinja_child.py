"""The child that renders a stranger's chat template: jinja2's sandbox, and hard limits.

The sandbox keeps a template from Python's inner parts; it does not keep it from running
for ever or from asking for gigabytes. So the whole process has a limit of memory and of
processor time where the system knows them, and the parent ends it when it is late.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from jinja2 import TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.inference.chat_template import Render, Rendered
from app.log import start_log
from app.workers.child import Child, Job, Route
from app.workers.confine import confine
from app.workers.shut import shut_the_network

_MEMORY_BYTES = 400_000_000
_SECONDS = 10
_LONGEST_OUTPUT = 64_000
_LARGEST_FACTOR = 10_000


class _Sandbox(ImmutableSandboxedEnvironment):
    """Also refuses what makes huge texts or numbers of small ones."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" or (operator == "%" and not numbers):
            raise SecurityError("not needed in a chat template")
        if operator == "*" and not numbers:
            factor = right if isinstance(right, int) else left
            if not isinstance(factor, int) or factor > _LARGEST_FACTOR:
                raise SecurityError("too long")
        return super().call_binop(context, operator, left, right)


def run(connection: Connection) -> None:
    """Answer the parent until it closes the connection."""
    start_log()
    confine()
    shut_the_network(alone=True)
    _limit()
    Child(connection, {Render: Route(_rendered)}).serve()


def _limit() -> None:
    if sys.platform == "win32":
        return
    import resource

    for kind, wanted in (
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_CPU, _SECONDS),
    ):
        _, most = resource.getrlimit(kind)
        limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(kind, (limit, most))


def _rendered(job: Job) -> Iterator[Rendered]:
    message: Render = job.message
    environment = _Sandbox(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = _refuse
    try:
        pieces: list[str] = []
        template = environment.from_string(message.template)
        for piece in template.generate(
            messages=[{"role": role, "content": text} for role, text in message.turns],
            add_generation_prompt=message.answer,
            bos_token="",
            eos_token=message.eos,
        ):
            pieces.append(piece)
            if sum(map(len, pieces)) > _LONGEST_OUTPUT:
                raise SecurityError("too long")
        yield Rendered("".join(pieces), done=True)
    except (
        TemplateError, ArithmeticError, LookupError, TypeError, ValueError,
        AttributeError, RecursionError, MemoryError,
    ):  # fmt: skip
        # Whatever a template does wrong, it cannot be used; why is its maker's affair.
        yield Rendered("", done=False)


def _refuse(_reason: object = "") -> NoReturn:
    raise SecurityError("refused by the template")
