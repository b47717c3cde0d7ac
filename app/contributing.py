"""Files with which one gives something back; Allmende itself sends nothing.

    problem       what happened, with version, system and the log (which holds no content)
    translation   a sentence as it is and as it should be
    card          a model's card with what is wrong in it, and the evidence
    lesson        an empty lesson in the form that `literacy/lessons.py` reads

Each function returns bytes; `write` puts them where somebody wants them.
"""

from __future__ import annotations

import dataclasses
import io
import json
import platform
import zipfile
from pathlib import Path

from app.files import write_atomically
from app.i18n import language
from app.literacy.lessons import LICENCE, lessons_dir
from app.paths import log_file
from app.values.cards import ModelCard
from app.version import __version__

_LOG_LINES = 60
_SYSTEM = "{system} {release} ({machine}), Python {python}"


def system_line() -> str:
    """Return the system in one line, without a name of computer or user."""
    return _SYSTEM.format(
        system=platform.system(),
        release=platform.release(),
        machine=platform.machine(),
        python=platform.python_version(),
    )


def problem_report(happened: str, expected: str) -> bytes:
    """Return a report as Markdown: what somebody wrote, then facts on the program."""
    try:
        log = log_file().read_text("utf-8", "replace").splitlines()[-_LOG_LINES:]
    except OSError:
        log = []
    lines = [
        "# Report",
        f"Allmende {__version__}, {language()}, {system_line()}",
        "## What happened",
        happened.strip() or "–",
        "## What was expected",
        expected.strip() or "–",
        "## Log (no questions, texts or names of files)",
        "```",
        *log,
        "```",
        "",
    ]
    return "\n".join(lines).encode()


def translation(now: str, better: str) -> bytes:
    """Return a better wording as JSON."""
    return _json(
        {
            "allmende": __version__,
            "language": language(),
            "shown": now.strip(),
            "better": better.strip(),
        }
    )


def card_correction(card: ModelCard, wrong: str, evidence: str) -> bytes:
    """Return a model's card with what is wrong and where the evidence is, as JSON."""
    return _json(
        {
            "allmende": __version__,
            "correction": {"wrong": wrong.strip(), "evidence": evidence.strip()},
            "card": dataclasses.asdict(card),
        }
    )


def lesson_template() -> bytes:
    """Return a ZIP with the first lesson to write one's own over, and a note on rights."""
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted((lessons_dir() / "01").iterdir()):
            packed.writestr(f"lesson/{path.name}", path.read_bytes())
        packed.writestr(
            "lesson/LICENCE.txt",
            f"By handing on your lesson you put it under {LICENCE}.\n",
        )
    return room.getvalue()


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises StorageError."""
    write_atomically(path, data)


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
