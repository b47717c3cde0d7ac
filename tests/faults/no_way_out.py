"""Nothing gets out: the whole program without a network, watched at the kernel.

    python -m tests.faults.no_way_out [--idle SECONDS] [--bundle FOLDER] [--write]
    python -m tests.faults.no_way_out --only serve models    these commands, no screens

Every command and every screen runs inside an empty network namespace under strace, with
an empty environment (some libraries report only where `CI` is not set) and a fresh home.
Counted are sockets that could reach another computer, and files made outside the data
folder. A known leaker runs first: if it is not caught, nothing else counts.

With `--bundle` the binaries of a folder that was built are searched for addresses of the
web; those that are neither namespaces nor documentation must be in `addresses.txt`.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app import paths
from tests.bench.table import Row, save
from tests.faults.addresses import foreign_addresses
from tests.faults.every_command import commands, missing, names

ROOT = Path(__file__).parents[2]
README = Path(__file__).with_name("README.md")
_TRACED = "socket,connect,sendto,sendmsg,sendmmsg,bind,open,openat,creat,mkdir,mkdirat"
_TRACED += ",rename,renameat,renameat2,symlink,symlinkat,link,linkat"
_STRACE = ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "300", "-e"]
_HOUSE = re.compile(r"AF_(UNIX|LOCAL|UNSPEC)")
_LOOPBACK = re.compile(r'"127\.|"::1"|"::ffff:127\.|sin_addr=htonl\(INADDR_LOOPBACK')
_MADE = re.compile(
    r'(?:open|openat|creat)\((?:[^",]+, )?"((?:[^"\\]|\\.)*)", [^)]*'
    r"(?:O_CREAT|O_TRUNC)[^)]*\)\s*=\s*\d"
)
_NAMED = re.compile(
    r"(?:mkdir|rename|symlink|link)\w*\((.*)\)\s*=\s*0$",
)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
# What every Unix program may use for a moment; it holds nothing afterwards.
_SHARED = ("/dev/", "/proc/", "/memfd:")
_TOO_LONG = 124
LEAKER = """
import ctypes, os, pathlib, socket, struct
libc = ctypes.CDLL(None)
number = libc.socket(socket.AF_INET, socket.SOCK_DGRAM, 0)
address = struct.pack("=HHI8x", socket.AF_INET, socket.htons(53), 0x01010101)
libc.sendto(number, b"canary", 6, 0, address, len(address))
if "CI" not in os.environ:
    folder = pathlib.Path.home() / ".cache" / "leaker"
    folder.mkdir(parents=True)
    (folder / "device-id").write_text("4711")
"""


@dataclass(slots=True)
class Leaks:
    """What a command did that it must not."""

    command: str
    sockets: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    code: int = 0
    said: str = ""
    seconds: float = 0.0


def _lend(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def can_prove() -> bool:
    """Tell whether this machine can watch a program without a network."""
    if not (shutil.which("strace") and shutil.which("unshare")):
        return False
    command = [*_alone(), *_STRACE, f"trace={_TRACED}", "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _alone() -> list[str]:
    return ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]


class Cell:
    """A home without a network, in which commands run and are watched."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "user"
        self.temporary = root / "tmp"
        for folder in (self.home, self.temporary):
            folder.mkdir()

    def run(self, name: str, command: Sequence[str], limit_s: float = 300) -> Leaks:
        """Run a command and return what it did that it must not."""
        log = self.root / "trace"
        log.unlink(missing_ok=True)
        before = time.monotonic()
        inner = [*_STRACE, f"trace={_TRACED}", "-o", str(log), *command]
        leaks = Leaks(name)
        with subprocess.Popen(
            [*_alone(), *inner],
            env=self._environment(),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                _, said = process.communicate(timeout=limit_s)
                leaks.code, leaks.said = process.returncode, said[-800:]
            except subprocess.TimeoutExpired:
                # What it did until then counts all the same.
                os.killpg(process.pid, signal.SIGKILL)
                leaks.code, leaks.said = _TOO_LONG, f"not done in {limit_s:.0f} s"
        leaks.seconds = time.monotonic() - before
        for line in log.read_text("utf-8", "replace").splitlines():
            self._judge(line, leaks)
        leaks.files += self._strangers()
        return leaks

    def lend_models(self) -> None:
        """Put the models of whoever runs this into the home, without their bytes."""
        place = self.home / ".local" / "share" / "Allmende" / "models"
        shutil.copytree(paths.models_dir(), place, copy_function=_lend)

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "QT_QPA_PLATFORM": "offscreen",
            "LANGUAGE": "en",
            # Beside the home; without it every start would compile the program anew.
            "PYTHONPYCACHEPREFIX": str(self.root / "compiled"),
        }

    def _judge(self, line: str, leaks: Leaks) -> None:
        if "AF_" in line and not _HOUSE.search(line) and not _LOOPBACK.search(line):
            if not (" socket(" in line and "serve" in leaks.command):
                leaks.sockets.append(line)
            return
        made = _MADE.search(line)
        names = [made[1]] if made else []
        if not made and (named := _NAMED.search(line)):
            names = _STRING.findall(named[1])
        leaks.files += [name for name in names if self._is_foreign(name)]

    def _is_foreign(self, name: str) -> bool:
        own = (str(self.root), str(ROOT / "build"))
        return name.startswith("/") and not name.startswith((*own, *_SHARED))

    def _strangers(self) -> list[str]:
        """Return what lies in the home and is not in the data folder."""
        data = self.home / ".local" / "share" / "Allmende"
        return [
            str(path)
            for path in self.home.rglob("*")
            if not path.is_dir() and data not in path.parents
        ]


def window(idle_s: float) -> list[str]:
    """Return the command that shows every screen and then waits."""
    return [sys.executable, "-m", "tests.faults.every_screen", str(idle_s)]


def watch(root: Path, idle_s: float, only: Sequence[str] = ()) -> list[Leaks]:
    """Run the control, all commands and all screens; return what each did."""
    (root / "control").mkdir()
    control = Cell(root / "control").run("control", [sys.executable, "-c", LEAKER])
    result = [control]
    (root / "cell").mkdir()
    cell = Cell(root / "cell")
    cell.lend_models()
    wants_serve = not only or "serve".startswith(tuple(only))
    for command in commands(cell.root):
        if command.name == "lesson make" and wants_serve:
            # While a lesson runs, nothing is served.
            serving = [sys.executable, "-m", "tests.faults.serve_for_a_while"]
            result.append(_told(cell.run("serve", serving)))
        if only and not command.name.startswith(tuple(only)):
            continue
        words = " ".join(command.arguments).replace(str(cell.root), "…")[:60]
        result.append(_told(cell.run(f"{command.name} {words}", command.line())))
    if only:
        return result
    result.append(_told(cell.run("every screen", window(idle_s), idle_s + 480)))
    return result


def _told(leaks: Leaks) -> Leaks:
    found = f"{len(leaks.sockets)} sockets, {len(leaks.files)} files"
    print(f"{leaks.command}: {found}, exit {leaks.code}, {leaks.seconds:.0f} s")
    for line in (*leaks.sockets[:5], *leaks.files[:5]):
        print(f"    {line}")
    if leaks.code:
        print(f"    {leaks.said.strip()[-300:]}")
    sys.stdout.flush()
    return leaks


def _rows(found: list[Leaks], idle_s: float) -> list[Row]:
    control, *rest = found
    caught = bool(control.sockets) and bool(control.files)
    sockets = sum(len(leaks.sockets) for leaks in rest)
    files = sum(len(leaks.files) for leaks in rest)
    screens = rest[-1]
    ended = [leaks for leaks in rest[:-1] if leaks.code in (0, 1, 2, 3)]
    well = sum(leaks.code == 0 for leaks in rest[:-1])
    untried = missing()
    return [
        Row(
            "control: a leaker in native code that is silent where `CI` is set",
            "caught" if caught else "not caught",
            "caught",
            caught,
        ),
        Row(
            "commands of the command line tried",
            f"{len(names()) - len(untried)} of {len(names())}",
            "all that the parser knows",
            not untried,
        ),
        Row(
            "calls of these that ended well, or in a sentence",
            f"{len(ended)} of {len(rest) - 1} ({well} well)",
            "all",
            len(ended) == len(rest) - 1,
        ),
        Row(
            f"sockets beyond this computer, all commands and screens,"
            f" {idle_s:.0f} s idle",
            str(sockets),
            "0",
            sockets == 0,
        ),
        Row("files outside the data folder", str(files), "0", files == 0),
        Row(
            "screens shown",
            screens.said.strip().splitlines()[-1] if screens.said.strip() else "none",
            "all",
            screens.code == 0,
        ),
    ]


def main() -> int:
    """Watch, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--idle", type=float, default=60.0)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if not can_prove():
        print("This needs Linux with strace, unshare and the right to use them.")
        return 1
    with tempfile.TemporaryDirectory(prefix="allmende-cell-") as name:
        found = watch(Path(name), options.idle, options.only)
        if options.only:
            return int(any(leaks.sockets or leaks.files for leaks in found[1:]))
        rows = _rows(found, options.idle)
    if options.bundle:
        foreign = foreign_addresses(options.bundle)
        for address, files in foreign.items():
            print(f"    {address}: {', '.join(sorted(files)[:3])}")
        value = f"{len(foreign)} not on the list"
        rows.append(Row("addresses in binaries", value, "0", not foreign))
    return save("no way out", "No way out", rows, options.write, path=README)


if __name__ == "__main__":
    sys.exit(main())
