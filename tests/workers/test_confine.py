"""The kernel keeps children from files: real children try, and one that may succeeds."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from app.workers.confine import confine, known_rights

pytestmark = pytest.mark.skipif(
    not known_rights(), reason="Landlock is of Linux from 5.13 on"
)

TRIES = """
import os, signal, subprocess, sys
from pathlib import Path
from app.workers.confine import confine
folder, mode = Path(sys.argv[1]), sys.argv[2]
inherited = os.open(folder / "handed.txt", os.O_RDONLY)
if mode == "confined":
    assert confine([folder / "named.txt"], [folder / "mine"], [folder / "sockets"])
def told(what, tried):
    try:
        tried()
        print(what, "done")
    except PermissionError:
        print(what, "refused")
    except OSError as error:
        print(what, type(error).__name__)
def socket_in(place):
    import socket
    socket.socket(socket.AF_UNIX).bind(str(folder / place / "s"))
told("read", lambda: (folder / "other.txt").read_bytes())
told("list", lambda: list(folder.iterdir()))
told("named", lambda: (folder / "named.txt").read_bytes())
told("named-write", lambda: (folder / "named.txt").open("ab"))
told("truncate", lambda: os.truncate(folder / "other.txt", 0))
told("write", lambda: (folder / "new.txt").write_bytes(b"x"))
told("mkdir", lambda: (folder / "new").mkdir())
told("link", lambda: os.link(folder / "other.txt", folder / "mine" / "linked"))
told("symlink", lambda: os.symlink("x", folder / "sym"))
told("remove", lambda: (folder / "gone.txt").unlink())
told("rename", lambda: (folder / "a.txt").rename(folder / "b.txt"))
told("mine", lambda: (folder / "mine" / "new.txt").write_bytes(b"x"))
told("handed", lambda: os.pread(inherited, 3, 0))
told("reopened", lambda: Path(f"/proc/self/fd/{inherited}").read_bytes())
told("signal", lambda: os.kill(os.getppid(), 0))
told("memory", lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes())
told("socket", lambda: socket_in("sockets"))
told("socket-elsewhere", lambda: socket_in("."))
told("null", lambda: open(os.devnull, "wb").write(b"x"))
child = subprocess.run(["/bin/cat", str(folder / "other.txt")], capture_output=True)
print("child", "refused" if child.returncode else "done")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("other.txt", "named.txt", "handed.txt", "gone.txt", "a.txt"):
        (tmp_path / name).write_text("text", "utf-8")
    for name in ("mine", "sockets"):
        (tmp_path / name).mkdir()
    return tmp_path


def tried(folder: Path, mode: str) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", TRIES, str(folder), mode],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split() for line in done.stdout.splitlines())


def test_what_was_not_named_is_neither_read_nor_changed(folder: Path) -> None:
    said = tried(folder, "confined")
    allowed = {"named", "mine", "handed", "socket", "null"}
    if known_rights() < 3:
        allowed.add("truncate")
    if known_rights() < 6:
        allowed.add("signal")
    assert {what for what, how in said.items() if how == "done"} == allowed
    assert (folder / "other.txt").read_text("utf-8") == "text"
    assert not (folder / "new.txt").exists()


def test_the_control_does_all_of_it(folder: Path) -> None:
    said = tried(folder, "free")
    assert [what for what, how in said.items() if how != "done"] == []
    assert (folder / "new.txt").exists()


def test_the_log_goes_on_in_its_open_file(folder: Path) -> None:
    code = """
import logging
from app.log import get_logger, start_log
from app.workers.confine import confine
start_log()
assert confine()
for number in range(20_000):
    get_logger("test").info("line %d of many, so that the file would be turned", number)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"ALLMENDE_HOME": str(folder / "home"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    log = folder / "home" / "log" / "allmende.log"
    assert "line 19999 of many" in log.read_text("utf-8")


def test_a_process_with_threads_is_not_told_to_be_confined() -> None:
    # This one has threads of its own (pytest's, the loaded libraries'), or is left free.
    code = """
import threading
from app.workers.confine import confine
event = threading.Event()
thread = threading.Thread(target=event.wait)
thread.start()
print(confine())
event.set()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_without_landlock_nothing_is_refused_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.workers.confine.known_rights", lambda: 0)
    with caplog.at_level(logging.INFO):
        assert not confine()
    assert Path(__file__).read_bytes()
