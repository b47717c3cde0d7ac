"""`allmende encryption …`: conversations, collections and backups encrypted on the disk."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path

from app import encryption
from app.cli.output import note, plain, progress, say, say_json
from app.encryption import IN_FILE, KEEP_CODE, STAGES, lines_of
from app.errors import UsageError
from app.files import read_text
from app.i18n import N_, translate
from app.keys import FILE, OFF, ON
from app.services import build_services

_MOST_BYTES = 4_096


def status(options: argparse.Namespace) -> int:
    """Tell what is encrypted and what is not."""
    found = encryption.status()
    if options.json:
        say_json(plain(found))
        return 0
    for line in lines_of(found):
        say(line)
    return 0


def on(options: argparse.Namespace) -> int:
    """Encrypt everything; print the recovery code."""
    with closing(build_services(enforce=False)) as services:
        code = services.upkeep.encrypt(True, options.key_file, _tell)
    if options.json:
        say_json({"encryption": "on", "recovery_code": code or None})
    else:
        say(translate(STAGES[ON]))
        if code:
            say(f"\n    {code}\n\n{translate(KEEP_CODE)}")
        if encryption.status().store == FILE:
            say(translate(IN_FILE))
    sys.stdout.flush()
    if code:
        encryption.code_was_told()
    return 0


def off(options: argparse.Namespace) -> int:
    """Decrypt everything."""
    with closing(build_services(enforce=False)) as services:
        services.upkeep.encrypt(False, progress=_tell)
    if options.json:
        say_json({"encryption": "off"})
    else:
        say(translate(STAGES[OFF]))
    return 0


def recover(options: argparse.Namespace) -> int:
    """Open the data with the recovery code, typed in or read from a file."""
    code = _code(options)
    with closing(build_services(enforce=False)) as services:
        services.upkeep.recover(code, options.key_file)
    if options.json:
        say_json({"encryption": "on"})
    else:
        say(translate(N_("The key is back; your data can be opened.")))
    return 0


def _code(options: argparse.Namespace) -> str:
    # Never an argument: others would see it in the list of processes.
    if options.code_file and options.code_file != "-":
        return read_text(Path(options.code_file).expanduser(), _MOST_BYTES)
    if sys.stdin is None:
        raise UsageError(
            N_("There is nobody to ask for the recovery code."),
            N_("Put it into a file and name it with --code-file."),
        )
    if sys.stdin.isatty():
        note(translate(N_("Recovery code:")))
    return sys.stdin.readline(_MOST_BYTES)


def _tell(done: int, total: int) -> None:
    progress(translate(N_("{done} of {total} files"), done=done, total=total))
