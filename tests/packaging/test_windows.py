"""setup.exe and MSI under Wine: silently installed, tried, upgraded, repaired, removed.

Where the real packages were not built (`make windows`), the installers are made around a
stand-in program, so that their own work is tried everywhere; what needs the real program
is skipped then. What Wine cannot show (elevation, shortcuts for all users of an MSI,
Windows' rights) is tried by `packaging/windows/try.ps1` on a real Windows.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from app.paths import models_dir
from app.version import __version__

ROOT = Path(__file__).parents[2]
WINDOWS = ROOT / "packaging" / "windows"
PAYLOAD = ROOT / "dist" / "windows" / "allmende"
REAL = (PAYLOAD / "allmende.exe").exists()
NEWER = "0.2.0"
UNINSTALL = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall"
PROGRAM = r"C:\Program Files\Allmende"
MEMORY_KB = 16_000_000
STAND_IN = '#include <stdio.h>\nint main(void) { puts("allmende %s"); return 0; }\n'
TOOLS = ("wine", "makensis", "wixl", "msibuild", "x86_64-w64-mingw32-gcc")

pytestmark = [
    pytest.mark.packages,
    pytest.mark.timeout(3_600),
    pytest.mark.skipif(
        not os.environ.get("ALLMENDE_PACKAGES"),
        reason="takes minutes: make test-packages",
    ),
    pytest.mark.skipif(
        sys.platform != "linux" or not all(map(shutil.which, TOOLS)),
        reason="needs Wine, NSIS, wixl, msitools and MinGW (make packaging-system)",
    ),
]
real = pytest.mark.skipif(
    not REAL, reason="there is no program for Windows: make windows"
)


@dataclass(frozen=True, slots=True)
class Windows:
    """A Wine prefix. Exit codes are cut to eight bits: 1603 shows as 67, 1638 as 102."""

    prefix: Path
    environment: dict[str, str]

    def run(self, *command: str, timeout_s: int = 900) -> tuple[int, str]:
        # Qt without a display takes all memory under Wine, so there is a limit to it.
        done = subprocess.run(
            ["sh", "-c", f"ulimit -v {MEMORY_KB}; exec timeout -s KILL {timeout_s} wine \"$@\"", "sh", *command],
            env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        subprocess.run(
            ["wineserver", "-w"], env=self.environment, check=False, timeout=120
        )
        return done.returncode, done.stdout.decode("utf-8", "replace").replace("\0", "")

    def registry(self, key: str, value: str = "") -> str:
        """Return what a key holds, "" where there is none."""
        code, out = self.run("reg", "query", key, *(["/v", value] if value else ["/s"]))
        return out if code == 0 else ""

    def path(self, windows: str) -> Path:
        return self.prefix / "drive_c" / windows.removeprefix("C:\\").replace("\\", "/")

    @property
    def profile(self) -> Path:
        return next(
            path
            for path in (self.prefix / "drive_c/users").iterdir()
            if path.name != "Public"
        )


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """The script that builds the packages."""
    spec = importlib.util.spec_from_file_location("build", WINDOWS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def windows(
    build: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Windows]:
    prefix = tmp_path_factory.mktemp("wine") / "prefix"
    build.make_prefix(prefix)
    environment = build.wine_environment(prefix)
    made = Windows(prefix, environment)
    data = made.path(r"C:\ProgramData\Allmende\models")
    data.mkdir(parents=True)
    for model in ("smollm2-135m-instruct", "multilingual-e5-small"):
        if REAL and (models_dir() / model).is_dir():
            shutil.copytree(models_dir() / model, data / model)
    kept = made.profile / "AppData/Local/Allmende/chats.db"
    kept.parent.mkdir(parents=True)
    kept.write_text("kept", "ascii")
    yield made
    subprocess.run(["wineserver", "-k"], env=environment, check=False)


@pytest.fixture(scope="module")
def made(
    build: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Both packages in this and in a later version, hardly compressed."""
    build.OUT = tmp_path_factory.mktemp("packages")
    build.WORK = tmp_path_factory.mktemp("work")
    icons = [sys.executable, ROOT / "packaging" / "icons.py", "app"]
    subprocess.run(icons, check=True, stdout=subprocess.DEVNULL)
    if not REAL:
        build.BUNDLE = stand_in(tmp_path_factory.mktemp("stage") / "allmende")
    return {
        "setup": build.setup(__version__, quick=True),
        "msi": build.msi(__version__),
        "newer setup": build.setup(NEWER, quick=True),
        "newer msi": build.msi(NEWER),
    }


def stand_in(folder: Path) -> Path:
    """Make a program that says its version, laid out like the real one."""
    (folder / "_internal" / "app").mkdir(parents=True)
    (folder / "_internal" / "app" / "Ein Ordner.txt").write_text("x", "ascii")
    source = folder.with_name("program.c")
    source.write_text(STAND_IN % __version__, "ascii")
    compiler = "x86_64-w64-mingw32-gcc"
    for name in ("allmende.exe", "allmende-window.exe"):
        subprocess.run([compiler, "-o", folder / name, source], check=True)
    return folder


def selftest(windows: Windows, folder: str = PROGRAM) -> dict[str, str]:
    code, out = windows.run(rf"{folder}\allmende.exe", "--selftest", "--json")
    told = json.loads(re.findall(r"^\{.*\}$", out, re.MULTILINE)[-1])
    states = {row["name"]: row["state"] for row in told["checks"]}
    assert code == 0, told
    return states


@real
def test_every_library_is_in_the_payload_or_in_windows() -> None:
    done = subprocess.run(
        [sys.executable, WINDOWS / "dllcheck.py", ROOT / "dist/windows/allmende"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@real
def test_no_part_of_wine_is_shipped() -> None:
    names = {path.name.lower() for path in (ROOT / "dist/windows/allmende").rglob("*")}
    assert not names & {
        "bcryptprimitives.dll",
        "icuuc.dll",
        "ucrtbase.dll",
        "kernel32.dll",
    }


# -- setup.exe ------------------------------------------------------------------------------


def test_setup_installs_silently_for_all(
    windows: Windows, made: dict[str, Path], tmp_path: Path
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"locked": {"downloads": false}}', "ascii")
    shown = "Z:" + str(policy).replace("/", "\\")
    code, _ = windows.run(str(made["setup"]), "/S", "/LANGUAGE=de", f"/POLICY={shown}")
    assert code == 0
    told = windows.registry(rf"{UNINSTALL}\Allmende")
    for value in (
        "DisplayName",
        "DisplayVersion",
        "Publisher",
        "InstallLocation",
        "QuietUninstallString",
        "EstimatedSize",
    ):
        assert value in told, value
    assert __version__ in told
    assert windows.path(rf"{PROGRAM}\allmende-window.exe").exists()
    assert windows.path(
        r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Allmende.lnk"
    ).exists()
    assert "de" in windows.registry(
        r"HKLM\Software\Policies\Allmende\Recommended", "language"
    )
    assert windows.path(r"C:\ProgramData\Allmende\policies.json").read_text(
        "ascii"
    ) == policy.read_text("ascii")


@real
def test_the_installed_program_works(windows: Windows) -> None:
    code, out = windows.run(rf"{PROGRAM}\allmende.exe", "--version")
    assert (code, out.strip()) == (0, f"allmende {__version__}")
    states = selftest(windows)
    for part in ("engine", "reading", "words", "page", "conversations", "window"):
        assert states[part] == "ok", states


@real
def test_the_registry_outranks_the_policy_file(windows: Windows) -> None:
    key = r"HKLM\Software\Policies\Allmende"
    windows.run("reg", "add", key, "/v", "serve", "/t", "REG_DWORD", "/d", "0", "/f")
    _, out = windows.run(rf"{PROGRAM}\allmende.exe", "policy", "show", "--json")
    told = json.loads(out.splitlines()[-1])
    assert told["locked"] == {"downloads": False, "serve": False}
    windows.run("reg", "delete", key, "/v", "serve", "/f")


def test_setup_over_itself_leaves_no_stale_file(
    windows: Windows, made: dict[str, Path]
) -> None:
    stale = windows.path(rf"{PROGRAM}\_internal\stale.dll")
    stale.write_bytes(b"x")
    assert windows.run(str(made["setup"]), "/S")[0] == 0
    assert not stale.exists()


def test_setup_refuses_an_older_version(
    windows: Windows, made: dict[str, Path]
) -> None:
    assert windows.run(str(made["newer setup"]), "/S")[0] == 0
    assert NEWER in windows.registry(r"HKLM\Software\Allmende", "Version")
    assert windows.run(str(made["setup"]), "/S")[0] == 1638 % 256
    assert NEWER in windows.registry(r"HKLM\Software\Allmende", "Version")


def test_setup_is_removed_and_leaves_data_and_models(windows: Windows) -> None:
    code, _ = windows.run(rf"{PROGRAM}\uninstall.exe", "/S", rf"_?={PROGRAM}")
    assert code == 0
    assert not windows.path(rf"{PROGRAM}\allmende.exe").exists()
    assert windows.registry(rf"{UNINSTALL}\Allmende") == ""
    assert windows.registry(r"HKLM\Software\Allmende") == ""
    assert (windows.profile / "AppData/Local/Allmende/chats.db").read_text(
        "ascii"
    ) == "kept"
    assert windows.path(r"C:\ProgramData\Allmende\models").exists()
    shutil.rmtree(windows.path(PROGRAM), ignore_errors=True)


def test_setup_goes_where_it_is_told(windows: Windows, made: dict[str, Path]) -> None:
    folder = r"C:\Programme & Co\Allmende"
    # As administrators write it, in quotation marks: in a script of Windows' own shell.
    setup = "Z:" + str(made["setup"]).replace("/", "\\")
    line = f'"{setup}" /S /DIR="{folder}" /NODESKTOP /NOSTARTMENU'
    windows.path(r"C:\install.bat").write_text(
        f"{line}\nexit /b %ERRORLEVEL%\n", "ascii"
    )
    assert windows.run("cmd", "/c", r"C:\install.bat")[0] == 0
    assert windows.run(rf"{folder}\allmende.exe", "--version")[0] == 0
    menu = r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Allmende.lnk"
    assert not windows.path(menu).exists()
    assert windows.run(rf"{folder}\uninstall.exe", "/S", rf"_?={folder}")[0] == 0
    assert not windows.path(rf"{folder}\allmende.exe").exists()


# -- MSI -----------------------------------------------------------------------------------------


def msiexec(windows: Windows, *arguments: str) -> int:
    return windows.run("msiexec", *arguments, "/qn", "/norestart")[0]


def test_the_msi_installs_silently_with_properties(
    windows: Windows, made: dict[str, Path], tmp_path: Path
) -> None:
    windows.path(r"C:\ProgramData\Allmende\policies.json").unlink(missing_ok=True)
    policy = tmp_path / "policy.json"
    policy.write_text('{"locked": {"serve": false}}', "ascii")
    shown = "Z:" + str(policy).replace("/", "\\")
    assert (
        msiexec(
            windows,
            "/i",
            str(made["msi"]),
            "DESKTOPSHORTCUT=0",
            "ALLMENDELANGUAGE=tr",
            f"POLICYFILE={shown}",
        )
        == 0
    )
    assert windows.path(rf"{PROGRAM}\allmende.exe").exists()
    assert __version__ in windows.registry(r"HKLM\Software\Allmende", "Version")
    assert windows.registry(r"HKLM\Software\Allmende", "Desktop") == ""
    assert windows.registry(r"HKLM\Software\Allmende", "StartMenu") != ""
    assert "tr" in windows.registry(
        r"HKLM\Software\Policies\Allmende\Recommended", "language"
    )
    assert windows.path(r"C:\ProgramData\Allmende\policies.json").exists()
    told = windows.registry(UNINSTALL)
    assert "Allmende contributors" in told
    if REAL:
        states = selftest(windows)
        assert states["words"] == states["page"] == "ok"


def test_the_msi_repairs_what_was_deleted(
    windows: Windows, made: dict[str, Path]
) -> None:
    lost = windows.path(rf"{PROGRAM}\allmende.exe")
    lost.unlink()
    # Wine does not know /fa with a file; Windows does the same for both.
    again = ("REINSTALL=ALL", "REINSTALLMODE=amus")
    assert msiexec(windows, "/i", str(made["msi"]), *again) == 0
    assert lost.exists()


def test_a_newer_msi_replaces_the_old_one_and_an_older_is_refused(
    windows: Windows, made: dict[str, Path]
) -> None:
    assert msiexec(windows, "/i", str(made["newer msi"])) == 0
    assert NEWER in windows.registry(r"HKLM\Software\Allmende", "Version")
    assert windows.registry(UNINSTALL).count("Allmende contributors") == 1
    assert msiexec(windows, "/i", str(made["msi"])) == 1603 % 256
    assert NEWER in windows.registry(r"HKLM\Software\Allmende", "Version")


def test_the_msi_is_removed_and_leaves_data_and_models(
    windows: Windows, made: dict[str, Path]
) -> None:
    assert msiexec(windows, "/x", str(made["newer msi"])) == 0
    assert not windows.path(PROGRAM).exists()
    assert "Allmende contributors" not in windows.registry(UNINSTALL)
    assert (windows.profile / "AppData/Local/Allmende/chats.db").read_text(
        "ascii"
    ) == "kept"
    assert windows.path(r"C:\ProgramData\Allmende\models").exists()


def test_a_damaged_msi_fails_and_installs_nothing(
    windows: Windows, made: dict[str, Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.msi"
    broken.write_bytes(made["msi"].read_bytes()[:50_000])
    assert msiexec(windows, "/i", str(broken)) != 0
    assert msiexec(windows, "/i", str(tmp_path / "none.msi")) != 0
    assert not windows.path(PROGRAM).exists()
    assert os.environ.get("WINEPREFIX") is None
