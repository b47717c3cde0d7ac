"""A Windows to install into: a Wine prefix, and what its registry and folders hold.

What is tried here is what an administrator's script does: silent command lines and their
exit codes. Wine cuts these to eight bits: 1603 shows as 67, 1638 as 102.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from app.version import __version__

ROOT = Path(__file__).parents[2]
WINDOWS = ROOT / "packaging" / "windows"
PAYLOAD = ROOT / "dist" / "windows" / "allmende"
PROGRAM = r"C:\Program Files\Allmende"
DATA = r"C:\ProgramData\Allmende"
UNINSTALL = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall"
KEY = r"HKLM\Software\Allmende"
POLICIES = r"HKLM\Software\Policies\Allmende"
# Around a stand-in program, also where the real one was built.
OLDER, NEWER = "0.0.1", "99.0.0"
TOOLS = ("wine", "makensis", "wixl", "msibuild", "x86_64-w64-mingw32-gcc")
# Qt without a display takes all memory under Wine, so there is a limit to it.
_MEMORY_KB = 16_000_000
# Says its version; with an argument it then stays until its input ends.
_STAND_IN = """\
#include <stdio.h>
int main(int count, char **words) {
    puts("allmende %s");
    fflush(stdout);
    if (count > 1 && words[1][0] == 's') getchar();
    return 0;
}
"""


@dataclass(frozen=True, slots=True)
class Windows:
    """A Wine prefix."""

    prefix: Path
    environment: dict[str, str]

    def run(self, *command: str, timeout_s: int = 900) -> tuple[int, str]:
        """Run a program; return its exit code and its words."""
        limits = f'ulimit -v {_MEMORY_KB}; exec timeout -s KILL {timeout_s} wine "$@"'
        done = subprocess.run(
            ["sh", "-c", limits, "sh", *command], env=self.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            check=False,
        )  # fmt: skip
        return done.returncode, done.stdout.decode("utf-8", "replace").replace("\0", "")

    def line(self, line: str) -> int:
        """Run a line as administrators write it, by Windows' own shell."""
        return self.batch(line)[0]

    def batch(self, line: str) -> tuple[int, str]:
        """Run such a line and return what it said, too."""
        self.path(r"C:\line.bat").write_text(
            f"@{line}\r\n@exit /b %ERRORLEVEL%\r\n", "ascii"
        )
        return self.run("cmd", "/c", r"C:\line.bat")

    def msiexec(self, *arguments: str) -> int:
        """Run Windows Installer silently."""
        return self.run("msiexec", *arguments, "/qn", "/norestart")[0]

    def remove(self, folder: str = PROGRAM) -> int:
        """Run the uninstaller of setup.exe and wait for it, as `_?=` makes it do."""
        return self.line(rf'"{folder}\uninstall.exe" /S _?={folder}')

    @contextmanager
    def running(self, *command: str) -> Iterator[None]:
        """Keep a program running meanwhile."""
        with subprocess.Popen(
            ["wine", *command], env=self.environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        ) as started:  # fmt: skip
            assert started.stdin is not None
            assert started.stdout is not None
            assert started.stdout.readline(), f"{command[0]} does not run"
            yield
            assert started.poll() is None
            started.stdin.close()

    def registry(self, key: str, value: str = "") -> str:
        """Return what a key holds, "" where there is none."""
        code, out = self.run("reg", "query", key, *(["/v", value] if value else ["/s"]))
        return out if code == 0 else ""

    def path(self, windows: str) -> Path:
        """Return where a file of drive C lies on this computer."""
        return self.prefix / "drive_c" / windows.removeprefix("C:\\").replace("\\", "/")

    @property
    def profile(self) -> Path:
        """The folder of the user."""
        users = (self.prefix / "drive_c/users").iterdir()
        return next(path for path in users if path.name != "Public")

    @property
    def kept(self) -> Path:
        """A file of the user that no installer may touch."""
        return self.profile / "AppData/Local/Allmende/kept.txt"

    def wait_until_gone(self, windows: str) -> bool:
        """Wait half a minute for an uninstaller that returned at once."""
        end = time.monotonic() + 30
        while self.path(windows).exists() and time.monotonic() < end:
            time.sleep(0.2)
        return not self.path(windows).exists()

    def programs(self) -> int:
        """Return how often Allmende stands in the list of installed programs."""
        return self.registry(UNINSTALL).count("Allmende contributors")

    def files(self, folder: str = PROGRAM) -> set[str]:
        """Return the files of a folder and below."""
        root = self.path(folder)
        found = (path for path in root.rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix() for path in found}


def windows_path(path: Path) -> str:
    """Return the name that Windows' programs know a file by."""
    return "Z:" + str(path).replace("/", "\\")


def real_program() -> bool:
    """Tell whether the real program was built (`make windows`)."""
    return (PAYLOAD / "_internal/app/_data/bundle.json").exists()


def script(name: str) -> ModuleType:
    """Load a script of `packaging/windows`."""
    spec = importlib.util.spec_from_file_location(
        f"windows_{name}", WINDOWS / f"{name}.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stand_in(folder: Path, version: str) -> Path:
    """Make a program that says its version, laid out like the real one."""
    (folder / "_internal" / "app").mkdir(parents=True)
    (folder / "_internal" / "app" / "Ein Ordner.txt").write_text("x", "ascii")
    (folder / "_internal" / f"only in {version}.txt").write_text("x", "ascii")
    source = folder.with_name("program.c")
    source.write_text(_STAND_IN % version, "ascii")
    for name in ("allmende.exe", "allmende-window.exe"):
        subprocess.run(
            ["x86_64-w64-mingw32-gcc", "-o", folder / name, source], check=True
        )
    return folder


def make_packages(out: Path) -> dict[str, Path]:
    """Build both packages in three versions; the one of today as it is shipped.

    Keys: "setup" and "msi", alone or after "older " and "newer ".
    """
    icons = [sys.executable, ROOT / "packaging" / "icons.py", "app"]
    subprocess.run(icons, check=True, stdout=subprocess.DEVNULL)
    wrap = script("installers")
    made: dict[str, Path] = {}
    for word, version in (("older ", OLDER), ("newer ", NEWER), ("", __version__)):
        if not word and real_program():
            made |= shipped(out, wrap)
            continue
        program = stand_in(out / version / "allmende", version)
        made[f"{word}setup"] = wrap.setup(program, out, version, quick=True)
        made[f"{word}msi"] = wrap.msi(program, out, version)
    return made


def shipped(out: Path, wrap: ModuleType) -> dict[str, Path]:
    """Return what `make windows` left; what it did not, or the program is newer, is built."""
    left = ROOT / "dist" / "packages"
    setup = left / f"allmende-{__version__}-setup-x64.exe"
    msi = left / f"allmende-{__version__}-x64.msi"
    changed = (PAYLOAD / "_internal/app/_data/bundle.json").stat().st_mtime
    if not setup.exists() or setup.stat().st_mtime < changed:
        setup = wrap.setup(PAYLOAD, out, __version__, quick=True)
    if not msi.exists() or msi.stat().st_mtime < changed:
        msi = wrap.msi(PAYLOAD, out, __version__)
    return {"setup": setup, "msi": msi}


def tools_are_there() -> bool:
    """Tell whether everything that builds and tries Windows packages is installed."""
    return sys.platform == "linux" and all(map(shutil.which, TOOLS))
