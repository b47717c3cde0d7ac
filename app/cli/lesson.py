"""`allmende lesson …`: begun, looked at, ended, handed in."""

from __future__ import annotations

import argparse
import getpass
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from app import paths
from app.classroom.codes import new_code
from app.classroom.handing_in import hand_in
from app.classroom.lesson import ENDING, locked_with, moment, read_lesson, to_file
from app.classroom.log import read_log
from app.classroom.room import Room
from app.cli.output import note, plain, say, say_json
from app.errors import UsageError
from app.files import read_text, write_atomically
from app.i18n import N_, language, translate
from app.services import build_services
from app.settings.store import load_settings
from app.values.classroom import EXAM, LESSON, Lesson, Running
from app.workbench import begin_lesson

_MOST_BYTES = 1_000
_HERE_ALONE = N_(
    "It binds the data folder {folder} alone: there are data in your usual one, too, which"
    " stays free. To bind all, begin it without ALLMENDE_HOME and XDG_DATA_HOME."
)


def make(options: argparse.Namespace) -> int:
    """Write a lesson file."""
    path = Path(options.out).expanduser().absolute()
    if path.suffix != ENDING:
        path = path.with_name(path.name + ENDING)
    code, made_up = _code_of(options)
    lesson = locked_with(_lesson(options), code)
    write_atomically(path, to_file(lesson))
    if options.json:
        say_json({"file": str(path), "lesson": _public(lesson), **_told(code, made_up)})
        return 0
    say(translate(N_("Written: {file}"), file=path))
    _say_code(code, made_up)
    return 0


def start(options: argparse.Namespace) -> int:
    """Begin a lesson, of a file or of the arguments."""
    with closing(build_services()) as services:
        code, made_up = "", False
        if options.file:
            lesson = read_lesson(Path(options.file).expanduser())
        else:
            services.room.need_nothing_runs()
            code, made_up = _code_of(options)
            lesson = locked_with(_lesson(options), code)
        running = begin_lesson(services, lesson, anywhere=True)
        everywhere = services.room.binds_everywhere
    if not everywhere:
        note(translate(_HERE_ALONE, folder=paths.home()))
    if options.json:
        row = {**_row(running), "binds_everywhere": everywhere}
        say_json({**row, **_told(code, made_up)})
        return 0
    _say_running(running)
    _say_code(code, made_up)
    return 0


def status(options: argparse.Namespace) -> int:
    """Show what runs."""
    room = _room()
    running = room.running()
    if options.json:
        data = _row(running) if running is not None else {"running": False}
        say_json(data)
    elif running is None:
        say(translate(N_("No lesson is running here.")))
    else:
        _say_running(running)
    return 0


def end(options: argparse.Namespace) -> int:
    """End the lesson with its code; the log stays until the next one."""
    room = _room()
    if room.running() is None:
        raise UsageError(
            N_("No lesson is running here."), N_("`allmende lesson start` begins one.")
        )
    room.end(_read_code(options) or _asked_code())
    _say_done(options, N_("The lesson is over."))
    return 0


def leave(options: argparse.Namespace) -> int:
    """Leave a lesson whose time is up."""
    _room().leave()
    _say_done(options, N_("The lesson is over."))
    return 0


def hand_in_(options: argparse.Namespace) -> int:
    """Write the process log."""
    folder = Path(options.out).expanduser().absolute()
    say_ = partial(translate)
    written = hand_in(_room(), folder, options.name, say_, language())
    if options.json:
        say_json(
            {
                "paper": str(written.paper),
                "data": str(written.data),
                "sha256": written.sha256,
            }
        )
        return 0
    for path in (written.paper, written.data):
        say(translate(N_("Written: {file}"), file=path))
    say(f"SHA-256: {written.sha256}")
    return 0


def check(options: argparse.Namespace) -> int:
    """Check a log that was handed in; 1 where it was changed."""
    log = read_log(Path(options.file).expanduser())
    if options.json:
        say_json(
            {
                "whole": log.whole,
                "pupil": log.pupil,
                "lesson": _public(log.lesson),
                "entries": len(log.entries),
            }
        )
    elif log.whole:
        say(translate(N_("Nothing in this log was changed after it was written.")))
    else:
        note(translate(N_("This log was changed by hand.")))
    return 0 if log.whole else 1


def _room() -> Room:
    return Room(paths.lesson_dir(), load_settings())


def _lesson(options: argparse.Namespace) -> Lesson:
    return Lesson(
        id="",
        name=options.name,
        base=options.base,
        kind=EXAM if options.exam else LESSON,
        model=options.model,
        asks=not options.no_questions,
        tasks=tuple(options.tasks),
        sources_only=options.sources_only,
        minutes=options.minutes,
        begins_at=moment(getattr(options, "begins", "")),
        ends_at=moment(options.ends),
        kept=not options.no_log,
    )


def _code_of(options: argparse.Namespace) -> tuple[str, bool]:
    """Return the code, and whether Allmende made it up."""
    code = _read_code(options)
    return (code, False) if code else (new_code(), True)


def _read_code(options: argparse.Namespace) -> str:
    if options.code_file == "-":
        return sys.stdin.readline().strip()
    if options.code_file:
        return read_text(Path(options.code_file).expanduser(), _MOST_BYTES).strip()
    return ""


def _asked_code() -> str:
    if not sys.stdin.isatty():
        raise UsageError(
            N_("The code of the lesson is needed."),
            N_("Give it with --code-file, or call this in a terminal."),
        )
    return getpass.getpass(translate(N_("Code of the lesson: ")))


def _told(code: str, made_up: bool) -> dict[str, str]:
    return {"code": code} if made_up else {}


def _say_code(code: str, made_up: bool) -> None:
    if made_up:
        text = N_("The code that ends it: {code}. It is shown only now.")
        say(translate(text, code=code))


def _public(lesson: Lesson) -> dict[str, Any]:
    return {k: v for k, v in plain(lesson).items() if k not in ("salt", "lock")}


def _row(running: Running) -> dict[str, Any]:
    return {
        "running": True,
        "over": running.over,
        "prescribed": running.prescribed,
        "damaged": running.damaged,
        "started_at": running.started_at,
        "ends_at": running.ends_at,
        "left_s": round(running.left_s),
        "lesson": _public(running.lesson),
    }


def _say_running(running: Running) -> None:
    lesson = running.lesson
    kind = N_("Exam: {name}") if lesson.kind == EXAM else N_("Lesson: {name}")
    say(translate(kind, name=lesson.name))
    say(translate(N_("Collection: {name}"), name=lesson.base))
    if running.over:
        say(translate(N_("Its time is up.")))
        return
    minutes = -(-running.left_s // 60)
    say(translate(N_("{minutes} minutes are left."), minutes=round(minutes)))


def _say_done(options: argparse.Namespace, sentence: str) -> None:
    if options.json:
        say_json({"running": False})
    else:
        say(translate(sentence))
