"""setup.exe under Wine: silently installed, tried, upgraded, removed, and refused.

The program is the real one where `make windows` built it, else a stand-in, so that the
installer's own work is tried everywhere; what needs the real program is skipped then.
What Wine cannot show (elevation, Windows' rights) is tried by `packaging/windows/try.ps1`
on a real Windows.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.paths import models_dir
from app.version import __version__
from tests.packaging.wine import (
    DATA,
    KEY,
    NEWER,
    OLDER,
    PAYLOAD,
    POLICIES,
    PROGRAM,
    UNINSTALL,
    WINDOWS,
    Windows,
    real_program,
    tools_are_there,
    windows_path,
)

MENU = r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Allmende.lnk"
EMBEDDER = "multilingual-e5-small"
DESKTOP = r"C:\users\Public\Desktop\Allmende.lnk"

pytestmark = [
    pytest.mark.packages,
    pytest.mark.timeout(3_600),
    pytest.mark.skipif(
        not os.environ.get("ALLMENDE_PACKAGES"),
        reason="takes minutes: make test-packages",
    ),
    pytest.mark.skipif(
        not tools_are_there(),
        reason="needs Wine, NSIS, wixl, msitools and MinGW (make packaging-system)",
    ),
]
real = pytest.mark.skipif(
    not real_program(), reason="there is no program for Windows: make windows"
)


# -- the program ---------------------------------------------------------------------------------


@real
def test_every_library_is_in_the_payload_or_in_windows() -> None:
    done = subprocess.run(
        [sys.executable, WINDOWS / "dllcheck.py", PAYLOAD],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@real
def test_no_part_of_wine_is_shipped() -> None:
    names = {path.name.lower() for path in PAYLOAD.rglob("*")}
    assert not names & {"bcryptprimitives.dll", "icuuc.dll", "ucrtbase.dll", "kernel32.dll"}  # fmt: skip


@real
def test_licences_of_everything_are_beside_it() -> None:
    names = {path.stem for path in (PAYLOAD / "_internal/licences").iterdir()}
    assert {"keyring", "pywin32-ctypes", "llama_cpp_python", "chromadb"} <= names
    assert {"Python", "pyinstaller"} <= names


# -- installed silently --------------------------------------------------------------------------


def test_setup_over_an_older_version_leaves_nothing_of_it(
    windows: Windows, made: dict[str, Path]
) -> None:
    assert windows.run(str(made["older setup"]), "/S", "/NODESKTOP")[0] == 0
    assert f"_internal/only in {OLDER}.txt" in windows.files()
    assert not windows.path(DESKTOP).exists()
    assert windows.run(str(made["setup"]), "/S")[0] == 0
    files = windows.files()
    assert not any(OLDER in name or name.startswith("_before") for name in files)
    assert {"allmende.exe", "allmende-window.exe", "uninstall.exe"} <= files
    assert __version__ in windows.registry(KEY, "Version")
    # Also what was chosen then still holds.
    assert not windows.path(DESKTOP).exists()
    assert windows.remove() == 0


def test_setup_installs_silently_for_all(
    windows: Windows, made: dict[str, Path], tmp_path: Path
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"locked": {"downloads": false}}', "ascii")
    given = f"/POLICY={windows_path(policy)}"
    assert windows.run(str(made["setup"]), "/S", "/LANGUAGE=de", given)[0] == 0
    told = windows.registry(rf"{UNINSTALL}\Allmende")
    for value in ("DisplayName", "Publisher", "InstallLocation", "QuietUninstallString", "EstimatedSize"):  # fmt: skip
        assert value in told, value
    assert re.search(rf"DisplayVersion +REG_SZ +{re.escape(__version__)}\b", told)
    assert windows.path(rf"{PROGRAM}\allmende-window.exe").exists()
    assert windows.path(rf"{PROGRAM}\policies\allmende.admx").exists()
    assert windows.path(MENU).exists()
    assert windows.path(DESKTOP).exists()
    assert "de" in windows.registry(rf"{POLICIES}\Recommended", "language")
    copied = windows.path(rf"{DATA}\policies.json")
    assert copied.read_text("ascii") == policy.read_text("ascii")


@real
def test_the_installed_program_works(windows: Windows) -> None:
    try_everything(windows)


@real
def test_it_finds_by_meaning_in_its_own_time(windows: Windows) -> None:
    # Under Wine the tokenizer takes 100 s to load, for 1.7 s on Linux: its 250,000 pieces
    # are as many small pieces of memory, which Wine hands out slowly.
    model = models_dir() / EMBEDDER
    if not model.is_dir():
        pytest.skip("needs the model that embeds (make setup)")
    there = windows.path(rf"{DATA}\models\{EMBEDDER}")
    there.symlink_to(model)
    try:
        states = try_everything(windows)
    finally:
        there.unlink()
    assert (states["meaning"], states["chroma"]) == ("ok", "ok")


def try_everything(windows: Windows) -> dict[str, str]:
    """Run the self-test of the installed program, which must leave no file beside it.

    Returns the state of each part.
    """
    code, out = windows.run(rf"{PROGRAM}\allmende.exe", "--version")
    assert (code, out.strip()) == (0, f"allmende {__version__}")
    before = windows.files()
    code, out = windows.run(rf"{PROGRAM}\allmende.exe", "--selftest", "--json")
    told = json.loads(re.findall(r"^\{.*\}\r?$", out, re.MULTILINE)[-1])
    assert code == 0, told
    states = {row["name"]: row["state"] for row in told["checks"]}
    for part in ("engine", "reading", "words", "page", "conversations", "window"):
        assert states[part] == "ok", told
    assert told["version"] == __version__
    assert windows.files() == before
    return states


@real
def test_data_lie_in_the_local_profile_only(windows: Windows) -> None:
    program = rf"{PROGRAM}\allmende.exe"
    assert windows.run(program, "base", "create", "Schule", "--embedder", "none")[0] == 0  # fmt: skip
    assert (windows.profile / "AppData/Local/Allmende/knowledge.db").exists()
    assert not (windows.profile / "AppData/Roaming/Allmende").exists()


@real
def test_the_key_lies_in_the_credential_manager(windows: Windows) -> None:
    program = rf"{PROGRAM}\allmende.exe"
    knowledge = windows.profile / "AppData/Local/Allmende/knowledge.db"
    assert knowledge.read_bytes().startswith(b"SQLite format 3")
    code, out = windows.run(program, "encryption", "on", "--json")
    assert code == 0, out
    assert json.loads(out.splitlines()[-1])["recovery_code"].count("-") == 7
    assert not knowledge.read_bytes().startswith(b"SQLite format 3")
    _, out = windows.run(program, "encryption", "status", "--json")
    assert json.loads(out.splitlines()[-1])["store"] == "system"
    # Another process, which has to read the key.
    assert windows.run(program, "base", "show", "Schule")[0] == 0
    assert windows.run(program, "encryption", "off")[0] == 0
    assert knowledge.read_bytes().startswith(b"SQLite format 3")


@real
def test_the_registry_outranks_the_policy_file(windows: Windows) -> None:
    windows.run("reg", "add", POLICIES, "/v", "serve", "/t", "REG_DWORD", "/d", "0", "/f")  # fmt: skip
    _, out = windows.run(rf"{PROGRAM}\allmende.exe", "policy", "show", "--json")
    told = json.loads(out.splitlines()[-1])
    assert told["locked"] == {"downloads": False, "serve": False}
    windows.run("reg", "delete", POLICIES, "/v", "serve", "/f")


@real
def test_a_variable_does_not_move_what_is_for_everybody(windows: Windows) -> None:
    own = windows.path(r"C:\own\Allmende")
    for folder, name, text in (
        ("models/eigenes", "eigenes.gguf", "GGUF"),
        (".", "policies.json", '{"locked": {"downloads": true}}'),
    ):
        (own / folder).mkdir(parents=True, exist_ok=True)
        (own / folder / name).write_text(text, "ascii")
    told = ""
    for command in ("models list --json", "policy show --json"):
        line = rf'set "PROGRAMDATA=C:\own" && "{PROGRAM}\allmende.exe" {command}'
        code, out = windows.batch(line)
        assert code == 0
        told += out
    assert "smollm2" in told
    assert "eigenes" not in told
    assert '"downloads": false' in told


# -- over itself, refused, removed ---------------------------------------------------------------


def test_setup_over_itself_leaves_no_stale_file(
    windows: Windows, made: dict[str, Path]
) -> None:
    stale = windows.path(rf"{PROGRAM}\_internal\stale.dll")
    stale.write_bytes(b"x")
    assert windows.run(str(made["setup"]), "/S")[0] == 0
    assert not stale.exists()
    assert windows.programs() == 1
    assert windows.path(rf"{DATA}\policies.json").exists()


def test_an_upgrade_that_fails_leaves_the_version_that_was_there(
    windows: Windows, made: dict[str, Path]
) -> None:
    # A folder where a file should go: nobody can write that.
    file = windows.path(rf"{PROGRAM}\policies\allmende.admx")
    before = windows.files()
    file.unlink()
    file.mkdir()
    assert windows.run(str(made["newer setup"]), "/S")[0] == 1603 % 256
    file.rmdir()
    file.write_text("mended", "ascii")
    assert windows.files() == before
    assert __version__ in windows.registry(KEY, "Version")
    assert windows.run(rf"{PROGRAM}\allmende.exe", "--version")[0] == 0


def test_setup_refuses_an_older_version(
    windows: Windows, made: dict[str, Path]
) -> None:
    assert windows.run(str(made["newer setup"]), "/S")[0] == 0
    assert NEWER in windows.registry(KEY, "Version")
    before = windows.files()
    assert windows.run(str(made["setup"]), "/S")[0] == 1638 % 256
    assert NEWER in windows.registry(KEY, "Version")
    assert windows.files() == before


def test_the_msi_does_not_go_over_setup(
    windows: Windows, made: dict[str, Path]
) -> None:
    assert windows.msiexec("/i", str(made["newer msi"])) == 1603 % 256
    assert windows.programs() == 1


def test_neither_setup_nor_removal_touches_a_running_program(
    windows: Windows, made: dict[str, Path]
) -> None:
    before = windows.files()
    with windows.running(rf"{PROGRAM}\allmende-window.exe", "stay"):
        assert windows.run(str(made["newer setup"]), "/S")[0] == 1618 % 256
        assert windows.remove() == 1618 % 256
    assert windows.files() == before


def test_setup_is_removed_and_leaves_data_and_models(windows: Windows) -> None:
    assert windows.remove() == 0
    # It cannot delete itself while it is waited for.
    assert windows.files() == {"uninstall.exe"}
    assert windows.registry(rf"{UNINSTALL}\Allmende") == ""
    assert windows.registry(KEY) == ""
    assert not windows.path(MENU).exists()
    assert not windows.path(DESKTOP).exists()
    assert windows.kept.read_text("ascii") == "kept"
    assert windows.path(rf"{DATA}\models").exists()
    shutil.rmtree(windows.path(PROGRAM))


# -- elsewhere, and where that cannot be ---------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "folder"),
    [
        ('/DIR="{}"', r"C:\Programme & Co\Allmende"),
        ("/D={}", r"C:\Programme alle\Allmende"),
    ],
)
def test_setup_goes_where_it_is_told(
    windows: Windows, made: dict[str, Path], option: str, folder: str
) -> None:
    setup, where = windows_path(made["newer setup"]), option.format(folder)
    assert windows.line(f'"{setup}" /S /NODESKTOP /NOSTARTMENU {where}') == 0
    assert windows.run(rf"{folder}\allmende.exe", "--version")[0] == 0
    assert not windows.path(PROGRAM).exists()
    assert not windows.path(MENU).exists()
    # The silent one of the list of programs returns at once, and cleans up behind itself.
    assert windows.run(rf"{folder}\uninstall.exe", "/S")[0] == 0
    assert windows.wait_until_gone(folder)
    assert windows.registry(KEY) == ""


def test_a_policy_that_is_not_there_installs_nothing(
    windows: Windows, made: dict[str, Path]
) -> None:
    code, _ = windows.run(str(made["setup"]), "/S", r"/POLICY=C:\none.json")
    assert code == 1603 % 256
    assert not windows.path(PROGRAM).exists()
    assert windows.registry(KEY) == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
@pytest.mark.parametrize(
    ("options", "code"), [("size=200k", 112), ("size=900m,ro", 1603)]
)
def test_a_disk_that_is_full_or_not_writable_installs_nothing(
    windows: Windows, made: dict[str, Path], tmp_path: Path, options: str, code: int
) -> None:
    with disk(windows, tmp_path, options) as root:
        setup = windows_path(made["newer setup"])
        assert windows.line(f'"{setup}" /S /DIR="E:\\Allmende"') == code % 256
        assert list(root.iterdir()) == []
    assert windows.registry(KEY) == ""


@contextmanager
def disk(windows: Windows, folder: Path, options: str) -> Iterator[Path]:
    """Give Windows a drive E in memory."""
    drive = windows.prefix / "dosdevices" / "e:"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    drive.unlink(missing_ok=True)
    drive.symlink_to(folder)
    try:
        yield folder
    finally:
        drive.unlink()
        subprocess.run(["umount", folder], check=True)
