"""The details of the log and the crashes: helpful, without content, without names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.diagnostics import delete, details, diagnose, shareable
from app.log import crashes_file
from app.paths import log_file
from app.version import __version__

ROOT = Path(__file__).parents[1]
SECRET = "Quittenmarmelade"
USER = "erika-mustermann"


def run(code: str, home: Path) -> int:
    """Run a program of a user whose name stands in all paths."""
    program = home / USER / "tool.py"
    program.parent.mkdir(parents=True)
    program.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{code}")
    done = subprocess.run(
        [sys.executable, str(program), SECRET], capture_output=True, check=False
    )
    return done.returncode


def test_details_tell_where_it_crashed_and_hold_no_content(
    home: Path, tmp_path: Path
) -> None:
    code = f"""
import os
from app.log import get_logger, report_uncaught, start_log
start_log()
report_uncaught()
def reads_a_document(text):
    try:
        raise ValueError(text)
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    os.abort()
reads_a_document({SECRET!r} + sys.argv[1])
"""
    assert run(code, tmp_path) != 0
    found = diagnose()
    assert len(found.crashes) == 1
    assert found.crashed_at > 0
    text = details(found)
    assert text.startswith(f"Allmende {__version__} · Python 3.")
    assert "reads_a_document" in text
    assert "ValueError at" in text
    assert SECRET not in text
    assert USER in crashes_file().read_text()
    assert USER not in text


def test_several_crashes_are_told_apart_newest_first(home: Path) -> None:
    crashes_file().parent.mkdir(parents=True)
    crashes_file().write_text(
        "Fatal Python error: Aborted\n\nThread 1\nFatal Python error: Bus error\n\nx\n"
    )
    first, second = diagnose().crashes
    assert first.startswith("Fatal Python error: Bus error")
    assert second.startswith("Fatal Python error: Aborted")


@pytest.mark.parametrize(
    ("path", "short"),
    [
        (
            'File "/home/erika/x/app/ui/turn.py", line 3',
            'File "app/ui/turn.py", line 3',
        ),
        (
            r'File "C:\Users\erika\app\ui\turn.py", line 3',
            'File "app/ui/turn.py", line 3',
        ),
        ('File "/home/erika/tool.py", line 3', 'File "tool.py", line 3'),
        ("model /home/erika/m.gguf", "model /home/…/m.gguf"),
        (r"at C:\Users\erika\m.gguf", r"at C:\Users\…\m.gguf"),
        (str(Path.home() / "a.txt"), "~/a.txt"),
    ],
)
def test_folders_of_the_user_go(path: str, short: str) -> None:
    assert shareable(path) == short


def test_a_long_log_is_cut_and_nothing_at_all_is_no_mistake(home: Path) -> None:
    assert diagnose().log == ()
    log_file().parent.mkdir(parents=True)
    log_file().write_text("".join(f"line {n} {'x' * 300}\n" for n in range(5000)))
    found = diagnose().log
    assert 0 < len(found) <= 400
    assert found[-1].startswith("line 4999")
    assert len(details(diagnose())) < 40_000


def test_deleting_empties_all_and_logging_goes_on(home: Path, tmp_path: Path) -> None:
    code = """
from app import diagnostics
from app.log import get_logger, start_log
start_log()
get_logger("x").info("before")
diagnostics.delete()
get_logger("x").info("after")
"""
    log_file().parent.mkdir(parents=True)
    rotated = log_file().with_name("allmende.log.1")
    rotated.write_text("before, too")
    crashes_file().write_text("Fatal Python error: Aborted\n")
    assert run(code, tmp_path) == 0
    found = diagnose()
    assert found.crashes == ()
    (line,) = found.log
    assert line.endswith("after")
    delete()
    assert diagnose().log == ()
