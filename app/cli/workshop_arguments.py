"""The arguments of `quiz` and `task`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.cli.main import number
from app.i18n import N_, translate

if TYPE_CHECKING:
    # argparse has no public name for it.
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001
    AddCommand = Callable[[Commands, str, str, str], argparse.ArgumentParser]
    Group = Callable[[str, str], Callable[[str, str, str], argparse.ArgumentParser]]


def add_workshop(commands: Commands, add_command: AddCommand, group: Group) -> None:
    """Add the sub-commands of the workshop."""
    _add_quiz(commands, add_command)
    _add_task(group)


def _add_quiz(commands: Commands, add_command: AddCommand) -> None:
    parser = add_command(
        commands, "quiz", N_("make questions about documents"), "quiz:quiz_command"
    )
    _add_material(parser).add_argument(
        "--from",
        dest="questions",
        metavar="FILE",
        help=translate(
            N_("take the questions of a Moodle XML, GIFT or H5P file instead")
        ),
    )
    parser.add_argument("--count", type=number, default=5, metavar="N")
    parser.add_argument(
        "--types",
        default="single,truefalse",
        metavar="TYPE,…",
        help=translate(
            N_("single, multiple, truefalse, short, matching, cloze, numerical, essay")
        ),
    )
    parser.add_argument("--out", required=True, metavar="FILE")
    parser.add_argument("--bloom", default="", metavar="STEP")
    for name in ("language", "level", "title", "licence", "author"):
        parser.add_argument(f"--{name}", default="", metavar=name.upper())
    parser.add_argument(
        "--checked-by",
        default="",
        metavar="NAME",
        help=translate(N_("who compared every question with its source")),
    )


def _add_task(group: Group) -> None:
    add = group("task", N_("tasks of the workshop"))
    listing = add("list", N_("list the tasks"), "tasks:list_tasks")
    listing.add_argument("--role", choices=("school", "office"))
    listing.add_argument("--search", default="", metavar="WORD")
    run = add("run", N_("do a task"), "tasks:run")
    run.add_argument("id")
    _add_material(run)
    run.add_argument("--out", required=True, metavar="FILE")
    run.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help=translate(N_("fill in a field of the task's form; may be repeated")),
    )
    for name in ("language", "title", "licence", "author"):
        run.add_argument(f"--{name}", default="", metavar=name.upper())


def _add_material(
    parser: argparse.ArgumentParser,
) -> argparse._MutuallyExclusiveGroup:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--docs", nargs="+", metavar="PATH")
    source.add_argument("--base", metavar="NAME")
    parser.add_argument("--model", default="", metavar="ID|PATH|none")
    parser.add_argument("--seed", type=int, default=None, metavar="N")
    return source
