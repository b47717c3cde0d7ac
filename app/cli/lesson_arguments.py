"""The arguments of `lesson`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from app.i18n import N_, translate

Group = Callable[[str, str], Callable[[str, str, str], argparse.ArgumentParser]]


def add_lesson(group: Group) -> None:
    """Add the sub-commands."""
    add = group("lesson", N_("lessons and exams: only what a teacher chose"))
    make = add("make", N_("write a lesson file to be begun elsewhere"), "lesson:make")
    _add_choices(make)
    make.add_argument("--from", dest="begins", default="", metavar="TIME")
    make.add_argument("--out", required=True, metavar="FILE.lesson")
    start = add("start", N_("begin a lesson here"), "lesson:start")
    start.add_argument("file", nargs="?", default="", metavar="FILE.lesson")
    _add_choices(start)
    add("status", N_("show the lesson that runs here"), "lesson:status")
    end = add("end", N_("end the lesson with its code"), "lesson:end")
    _add_code(end)
    add("leave", N_("leave a lesson whose time is up"), "lesson:leave")
    hand_in = add("hand-in", N_("write the process log to a folder"), "lesson:hand_in_")
    hand_in.add_argument("--out", default=".", metavar="FOLDER")
    hand_in.add_argument(
        "--name",
        default="",
        metavar="NAME",
        help=translate(N_("who hands it in")),
    )
    check = add("check", N_("check a log that was handed in"), "lesson:check")
    check.add_argument("file", metavar="FILE.json")


def _add_choices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", default="", metavar="NAME")
    parser.add_argument("--base", default="", metavar="NAME")
    parser.add_argument(
        "--exam",
        action="store_true",
        help=translate(
            N_("an exam: the log is always kept, no `ask` beside the window")
        ),
    )
    parser.add_argument("--model", default="", metavar="ID|none")
    parser.add_argument(
        "--task",
        dest="tasks",
        action="append",
        default=[],
        metavar="ID",
        help=translate(N_("allow a task of the workshop; may be repeated")),
    )
    parser.add_argument(
        "--no-questions",
        action="store_true",
        help=translate(N_("allow the tasks only")),
    )
    parser.add_argument("--sources-only", action="store_true")
    parser.add_argument("--minutes", type=int, default=0, metavar="N")
    parser.add_argument("--until", dest="ends", default="", metavar="TIME")
    parser.add_argument(
        "--no-log",
        action="store_true",
        help=translate(N_("keep no process log")),
    )
    _add_code(parser)


def _add_code(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--code-file",
        default="",
        metavar="FILE|-",
        help=translate(
            N_(
                "read the code from a file, or from standard input; else it is asked for"
            )
        ),
    )
