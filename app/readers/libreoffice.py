"""Old formats (.doc, .ppt, .wpd …): LibreOffice, where there is one, writes them anew.

It runs without a window, with a profile of its own that forbids macros and what a file
wants to load from elsewhere, sends every connection to a closed door of this computer,
and is ended with its children after a while. What it wrote is read by the reader of
OpenDocument and deleted.

Invariant: no LibreOffice outlives the process that started it, however that ended
(`tests/knowledge/test_left_behind.py`). A small shell watches a pipe of ours, which the
system closes with our process, and then ends its whole group.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.readers.failures import failure, needs_libreoffice, reading, took_too_long
from app.readers.formats import SUFFIXES_OF
from app.readers.leftovers import sweep
from app.readers.opening import open_file
from app.readers.progress import step
from app.values.documents import ExtractedDocument
from app.values.ports import Reader

TIME_LIMIT_S = 100
LEFT_BEHIND = "allmende-office-"
# Reads from a pipe that nobody writes to: it ends when whoever holds it has ended.
_WATCHED = '(read -r _ <&"$0"; kill -KILL 0) & "$@"; kill -KILL $! 2>/dev/null'
_TELL_EVERY_S = 1.0
# Where it lets a second start find the first, whatever TMPDIR says.
SOCKETS = Path("/tmp")  # noqa: S108 - where they are, not where we write
_is_left = False
_SHEETS = (".xlsb", ".sxc")
_SLIDES = (".ppt", ".pps", ".pot", ".sxi")
_PROGRAMS = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.com",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.com",
)
_COMMON = "/org.openoffice.Office.Common"
_SETTINGS = (
    (f"{_COMMON}/Security/Scripting", "MacroSecurityLevel", "3"),
    (f"{_COMMON}/Security/Scripting", "DisableMacrosExecution", "true"),
    (f"{_COMMON}/Security/Scripting", "DisableActiveContent", "true"),
    (f"{_COMMON}/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "2"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "2"),
    ("/org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)
_PROFILE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
    + "".join(
        f'<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>\n"
        for path, name, value in _SETTINGS
    )
    + "</oor:items>\n"
)


class LibreOfficeReader:
    """Reads what LibreOffice can open, by way of OpenDocument."""

    name = "libreoffice"
    suffixes = SUFFIXES_OF["libreoffice"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`. Raises DocumentError "needs_program" without LibreOffice."""
        program = find_program()
        if program is None or _is_left:
            raise needs_libreoffice(path)
        sweep(LEFT_BEHIND)
        suffix = path.suffix.lower()
        kind = "ods" if suffix in _SHEETS else "odp" if suffix in _SLIDES else "odt"
        with (
            reading(path),
            tempfile.TemporaryDirectory(
                prefix=LEFT_BEHIND, ignore_cleanup_errors=True
            ) as folder,
        ):
            written = _converted(program, path, kind, Path(folder))
            document = _reader(kind).read(written)
        return replace(document, format=suffix.lstrip("."))


def leave_to_others() -> None:
    """Read nothing by LibreOffice in this process: another one does it."""
    global _is_left
    _is_left = True


def find_program() -> str | None:
    """Return the path of LibreOffice, None where it is not installed."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((name for name in _PROGRAMS if Path(name).exists()), None)


def _reader(kind: str) -> Reader:
    if kind == "ods":
        from app.readers.ods import OdsReader

        return OdsReader()
    if kind == "odp":
        from app.readers.odp import OdpReader

        return OdpReader()
    from app.readers.odt import OdtReader

    return OdtReader()


def _converted(program: str, path: Path, kind: str, folder: Path) -> Path:
    """Let LibreOffice write `path` as OpenDocument and return where it lies."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, "utf-8")
    # A copy under a name of ours: nobody's name becomes an option of a program.
    source = folder / f"document{path.suffix.lower()}"
    with open_file(path) as file, source.open("xb") as copy:
        shutil.copyfileobj(file, copy)
    command = [
        program,
        "--headless",
        "--norestore",
        "--nologo",
        "--nolockcheck",
        "--nodefault",
        "--nofirststartwizard",
        f"-env:UserInstallation={profile.as_uri()}",
        # For all users of the computer: who may write there also must.
        f"-env:UNO_SHARED_PACKAGES_CACHE={(folder / 'shared').as_uri()}",
        "--convert-to",
        kind,
        "--outdir",
        str(folder / "out"),
        str(source),
    ]
    _run(command, path, folder)
    written = folder / "out" / f"document.{kind}"
    if not written.exists():
        raise failure("unreadable", path)
    return written


def _run(command: list[str], path: Path, folder: Path) -> None:
    """Run a program to its end, or end it and its children at the time limit."""
    environment = {**os.environ, "HOME": str(folder), "TMPDIR": str(folder)}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        environment.pop(name, None)
    try:
        with _lifeline() as (watched, passed), _memory_as_the_system_says():
            process = subprocess.Popen(
                [*watched, *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd=folder,
                start_new_session=True,
                pass_fds=passed,
            )
            try:
                _wait_for(process, path)
            finally:
                _end(process)
    except OSError as error:
        raise needs_libreoffice(path) from error


@contextmanager
def _lifeline() -> Iterator[tuple[list[str], tuple[int, ...]]]:
    """Give the words before a command that let it end with this process, and a handle.

    On Windows whoever ends this process ends its children too (`workers.worker`).
    """
    if sys.platform == "win32":
        yield [], ()
        return
    theirs, ours = os.pipe()
    try:
        yield ["/bin/sh", "-c", _WATCHED, str(theirs)], (theirs,)
    finally:
        os.close(theirs)
        os.close(ours)


def _wait_for(process: subprocess.Popen[bytes], path: Path) -> None:
    """Wait for a program, and give signs of life meanwhile."""
    end_s = time.monotonic() + TIME_LIMIT_S
    while True:
        try:
            process.wait(_TELL_EVERY_S)
        except subprocess.TimeoutExpired as error:
            if time.monotonic() > end_s:
                raise took_too_long(path) from error
            step(0, 0)
        else:
            return


@contextmanager
def _memory_as_the_system_says() -> Iterator[None]:
    """Let a program started inside have more memory than the reading of one file.

    A child has the limits of its parent at the moment when it is started.
    """
    if sys.platform != "linux":
        yield
        return
    import resource

    ours, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (ours, most))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program that still runs, with the processes that it started."""
    if sys.platform == "win32":
        if process.poll() is None:
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(process.pid)],
                check=False,
                capture_output=True,
            )
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
