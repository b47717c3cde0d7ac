"""Wraps the program into setup.exe (NSIS) and an MSI (wixl), and models into MSIs.

wixl knows a part of WiX only. What it has no words for is written into the finished
database (`msi_rows`).
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
ICON = ROOT / "build" / "icons" / "allmende.ico"
# Windows lets every user write below ProgramData: administrators only, others read.
_RIGHTS = (
    "/inheritance:r /grant *S-1-5-32-544:(OI)(CI)F /grant *S-1-5-18:(OI)(CI)F"
    " /grant *S-1-5-32-545:(OI)(CI)RX"
)
_SETTABLE = (
    "INSTALLDIR", "DESKTOPSHORTCUT", "STARTMENUSHORTCUT", "ALLMENDELANGUAGE", "POLICYFILE",
)  # fmt: skip


def setup(bundle: Path, out: Path, version: str, quick: bool = False) -> Path:
    """Build setup.exe; `quick`: not compressed, for tests."""
    target = out / f"allmende-{version}-setup-x64.exe"
    run(["makensis", "-V2", "-INPUTCHARSET", "UTF8", f"-DVERSION={version}", f"-DSTAGE={bundle}",
         f"-DPOLICIES={ROOT / 'packaging' / 'policies'}", f"-DICON={ICON}", f"-DOUT={target}",
         *(["-DQUICK"] if quick else []), HERE / "setup.nsi"])  # fmt: skip
    return target


def msi(bundle: Path, out: Path, version: str) -> Path:
    """Build the MSI of the program."""
    target = out / f"allmende-{version}-x64.msi"
    wixl(target, bundle, HERE / "allmende.wxs", "INSTALLDIR", version)
    for query in [*upgrade_rows(target, version), *program_rows(), *rights_rows()]:
        run(["msibuild", target, "-q", query])
    return target


def wixl(target: Path, tree: Path, source: Path, directory: str, version: str) -> None:
    """Let wixl put a tree of files into a directory of a WiX source."""
    listed = "\n".join(str(path) for path in sorted(tree.rglob("*")) if path.is_file())
    heat = subprocess.run(
        ["wixl-heat", "-p", f"{tree}/", "--directory-ref", directory,
         "--component-group", "Files", "--var", "var.STAGE", "--win64"],
        input=listed, capture_output=True, text=True, check=True,
    )  # fmt: skip
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="allmende-msi-") as folder:
        (Path(folder) / "files.wxs").write_text(heat.stdout, "utf-8")
        # wixl takes relative paths only.
        stage, icon, named = (
            os.path.relpath(path, folder) for path in (tree, ICON, source)
        )
        run(["wixl", "-a", "x64", "-D", f"VERSION={version}", "-D", f"STAGE={stage}",
             "-D", "Win64=yes", "-D", f"ICON={icon}", "-o", target.absolute(), named,
             "files.wxs"], cwd=Path(folder))  # fmt: skip


def upgrade_rows(path: Path, version: str) -> list[str]:
    """Return the changes that make upgrades whole.

    A package of the same version replaces the other (512: that version included), and the
    old one is removed within the transaction, so that a failure brings it back. What an
    administrator may set arrives also when the installation runs elevated.
    """
    table = subprocess.run(
        ["msiinfo", "export", path, "Property"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = dict(
        re.findall(r"(?m)^(SecureCustomProperties|UpgradeCode)\t(.*?)\r?$", table)
    )
    secure = ";".join([found["SecureCustomProperties"], *_SETTABLE])
    return [
        f"UPDATE `Property` SET `Value`='{secure}' WHERE `Property`='SecureCustomProperties'",
        "DELETE FROM `Upgrade` WHERE `ActionProperty`='WIX_UPGRADE_DETECTED'",
        (
            "INSERT INTO `Upgrade` (`UpgradeCode`,`VersionMax`,`Attributes`,`ActionProperty`)"
            f" VALUES ('{found['UpgradeCode']}','{version}',513,'WIX_UPGRADE_DETECTED')"
        ),
        "UPDATE `InstallExecuteSequence` SET `Sequence`=1501 WHERE `Action`='RemoveExistingProducts'",
    ]


def program_rows() -> list[str]:
    """Return the changes for the program alone.

    Shortcuts only if wanted (component conditions), the folder of models never removed
    (attributes 16 permanent, 256 64-bit, 4 registry key path), where it lies, and the
    policy: one that cannot be copied makes the installation fail, as whoever names one
    counts on it.
    """
    return [
        "UPDATE `Component` SET `Condition`='DESKTOPSHORTCUT<>\"0\"' WHERE `Component`='Desktop'",
        "UPDATE `Component` SET `Condition`='STARTMENUSHORTCUT<>\"0\"' WHERE `Component`='StartMenu'",
        "UPDATE `Component` SET `Condition`='ALLMENDELANGUAGE' WHERE `Component`='Language'",
        "UPDATE `Component` SET `Attributes`=276 WHERE `Component`='Models'",
        *_set("ARPINSTALLLOCATION", "[INSTALLDIR]", "", 1002),
        *_set("INSTALLDIR", "[PREVIOUSDIR]", "PREVIOUSDIR AND NOT INSTALLDIR", 61),
        *_kept("DESKTOPSHORTCUT", "0", "NOT PREVIOUSDESKTOP", 62),
        *_kept("STARTMENUSHORTCUT", "0", "NOT PREVIOUSSTARTMENU", 63),
        *_kept("ALLMENDELANGUAGE", "[PREVIOUSLANGUAGE]", "PREVIOUSLANGUAGE", 64),
        # A program (34), deferred (1024), as the system (2048).
        *_action(
            "CopyPolicy", 3106, 'copy /y "[POLICYFILE]" "[DATADIR]policies.json"',
            "POLICYFILE AND NOT REMOVE", 4011,
        ),
    ]  # fmt: skip


def _kept(name: str, value: str, condition: str, number: int) -> list[str]:
    """Keep what holds in the version that is replaced, unless something else is said."""
    return _set(
        name, value, f"WIX_UPGRADE_DETECTED AND {condition} AND NOT {name}", number
    )


def _set(name: str, value: str, condition: str, number: int) -> list[str]:
    action = f"Set{name.title()}"
    return [
        (
            "INSERT INTO `CustomAction` (`Action`,`Type`,`Source`,`Target`)"
            f" VALUES ('{action}',51,'{name}','{value}')"
        ),
        (
            "INSERT INTO `InstallExecuteSequence` (`Action`,`Condition`,`Sequence`)"
            f" VALUES ('{action}','{condition}',{number})"
        ),
    ]


def rights_rows() -> list[str]:
    """Return the changes that let only administrators write to Allmende's shared folder.

    A file system without rights is no reason to undo everything (64).
    """
    command = f'icacls.exe "[DATADIR]." {_RIGHTS}'
    return _action("OnlyAdminsWrite", 3170, command, "NOT REMOVE", 4010)


def _action(
    name: str, kind: int, command: str, condition: str, number: int
) -> list[str]:
    return [
        (
            "INSERT INTO `CustomAction` (`Action`,`Type`,`Source`,`Target`)"
            f" VALUES ('{name}',{kind},'DATADIR','[System64Folder]cmd.exe /c {command}')"
        ),
        (
            "INSERT INTO `InstallExecuteSequence` (`Action`,`Condition`,`Sequence`)"
            f" VALUES ('{name}','{condition}',{number})"
        ),
    ]


def sha256(path: Path) -> str:
    """Return the checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run(
    command: list[str | Path],
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run a command; its output through a pipe, as Wine's programs know no files there."""
    with subprocess.Popen(
        command, env=env, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace",
    ) as running:  # fmt: skip
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.close()
        for line in running.stdout:
            print(line, end="", flush=True)
    if running.returncode:
        raise SystemExit(f"{Path(command[0]).name} ended with {running.returncode}.")
