"""A pupil hands in the process log: a PDF to read and a JSON file to check."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from app.classroom.log import log_json
from app.classroom.room import Room
from app.errors import UsageError
from app.exporters.process_log import Say, printable_log
from app.files import write_atomically
from app.i18n import N_

_MOST_LETTERS = 60


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What was written: to read, to check, and the checksum of the second."""

    paper: Path
    data: Path
    sha256: str


def hand_in(room: Room, folder: Path, pupil: str, say: Say, language: str) -> HandedIn:
    """Write the log into a folder. Raises UsageError where no log is kept, StorageError.

    Files that are there already are kept: the new ones get a number. Raises PolicyError
    where exports are locked; see `Room.need_handing_in`.
    """
    room.need_handing_in()
    log = room.process_log(pupil)
    if log is None:
        raise UsageError(
            N_("No process log is kept."),
            N_("There is nothing to hand in."),
        )
    data = log_json(log)
    sha256 = hashlib.sha256(data).hexdigest()
    ending, paper = printable_log(log, sha256, say, language)
    name = _free_name(folder, _file_name(f"{log.lesson.name} {log.pupil}"), ending)
    written = HandedIn(folder / f"{name}.{ending}", folder / f"{name}.json", sha256)
    write_atomically(written.data, data)
    write_atomically(written.paper, paper)
    room.handed_in()
    return written


def _file_name(text: str) -> str:
    words = " ".join(re.sub(r"[^\w -]+", " ", text).split())
    return words[:_MOST_LETTERS].strip() or "allmende"


def _free_name(folder: Path, name: str, ending: str) -> str:
    found, number = name, 1
    while any((folder / f"{found}.{one}").exists() for one in (ending, "json")):
        number += 1
        found = f"{name} {number}"
    return found
