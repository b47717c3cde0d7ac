"""Runs a piece of the program in a forked child with a fault waiting for it.

`shim.c` stands between the child and libc and counts its calls that write below one
folder; `Fault` says what happens to which of them. The child tells through a pipe what
it acknowledged, which outlives it. A fork costs milliseconds where a start of Python
costs a second: hence thousands of faults in minutes.

Invariant: nothing is ever tried in the laboratory's own process.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SHIM = Path(__file__).with_name("shim.c")
_VARIABLE = "LD_PRELOAD"
_LIMIT_S = 60
OFF, COUNT, KILL, TORN, ONCE, ON, RECORD = range(7)

Say = Callable[[str], None]
Work = Callable[[Path, Say], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to call number `when`; see `shim.c`."""

    mode: int = OFF
    when: int = 0
    error: int = errno.EIO

    def __str__(self) -> str:
        names = ("no fault", "count", "kill", "torn", "error once", "error", "record")
        what = errno.errorcode[self.error] if self.mode in (ONCE, ON) else ""
        return " ".join(filter(None, (names[self.mode], what, f"at {self.when}")))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a child said before it ended, and how it ended.

    `calls` is 0 for a child that was killed; `trouble` is a traceback nobody caught.
    """

    said: tuple[str, ...]
    calls: int
    killed: bool
    trouble: str = ""

    def all(self, kind: str) -> list[str]:
        """Return what was acknowledged of one kind ("kind what")."""
        return [s.partition(" ")[2] for s in self.said if s.partition(" ")[0] == kind]


def start_with_shim(module: str) -> None:
    """Begin this program again with the shim in place, unless it is."""
    if "allmende-shim" in os.environ.get(_VARIABLE, ""):
        return
    library = Path(tempfile.mkdtemp(prefix="allmende-shim-")) / "allmende-shim.so"
    build_shim(library)
    os.environ[_VARIABLE] = str(library)
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    os.execv(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]])


def build_shim(library: Path) -> None:
    """Compile the shim."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        sys.exit("The fault laboratory needs a C compiler (`make system`).")
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SHIM)]
    subprocess.run([*command, "-ldl", "-lpthread"], check=True)


def arm(fault: Fault, folder: Path, log: int = -1) -> None:
    """Let a fault wait for this process."""
    shim = ctypes.CDLL(None)
    path = os.fsencode(folder.resolve())
    shim.fault_arm(fault.mode, ctypes.c_long(fault.when), fault.error, path, log)


def calls() -> int:
    """Return how many calls there were since the fault was armed."""
    shim = ctypes.CDLL(None)
    shim.fault_count.restype = ctypes.c_long
    return int(shim.fault_count())


def forked(
    work: Work, folder: Path, fault: Fault = Fault(), record: Path | None = None
) -> Outcome:
    """Run `work(folder, say)` in a child that meets a fault; wait for its end.

    With `record` all that is written and said goes there, for `power.py`.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _child(work, folder, fault, record, writing)
    os.close(writing)
    said = _all_from(reading, pid)
    _, status = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(status)
    calls_made, trouble = 0, ""
    if said and said[-1].startswith("end "):
        calls_made = int(said.pop().split()[1])
    if said and said[-1].startswith("trouble "):
        trouble = said.pop().partition(" ")[2].replace("\\n", "\n")
    if killed and os.WTERMSIG(status) != signal.SIGKILL:
        trouble = f"ended by signal {os.WTERMSIG(status)}"
    return Outcome(tuple(said), calls_made, killed, trouble)


def _child(
    work: Work, folder: Path, fault: Fault, record: Path | None, writing: int
) -> None:
    code = 1
    try:
        log = -1
        if record is not None:
            log = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        shim = ctypes.CDLL(None)
        # Whatever the program keeps by itself (its record of connections) lies there,
        # too, and not with whoever runs the laboratory.
        os.environ["ALLMENDE_HOME"] = str(folder)

        def say(text: str) -> None:
            if record is not None:
                shim.fault_note(text.encode())
            os.write(writing, f"{text}\n".encode())

        arm(fault, folder, log)
        try:
            work(folder, say)
            code = 0
        except BaseException:  # whatever it is, it is a finding
            lines = traceback.format_exc()[-1500:].replace("\n", "\\n")
            arm(Fault(), folder)
            os.write(writing, f"trouble {lines}\n".encode())
        finally:
            number = calls()
            arm(Fault(), folder)
            os.write(writing, f"end {number}\n".encode())
    finally:
        os._exit(code)


def _all_from(reading: int, pid: int) -> list[str]:
    """Return the whole lines that come through a pipe until its other end closes."""
    import select

    data = b""
    end_s = time.monotonic() + _LIMIT_S
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        while True:
            ready, _, _ = select.select([pipe], [], [], end_s - time.monotonic())
            if not ready:
                os.kill(pid, signal.SIGKILL)
                return [*data.decode().splitlines(), "trouble hangs"]
            block = pipe.read(65536)
            if not block:
                break
            data += block
    whole, _, _ = data.rpartition(b"\n")
    return whole.decode().splitlines()
