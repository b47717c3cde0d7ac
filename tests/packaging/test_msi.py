"""The MSI under Wine: installed with properties, repaired, upgraded, refused, removed.

Wine's Windows Installer differs from Windows' own: it cannot repair by `/fa`, does not look
how much room a disk has, and puts shortcuts of an MSI into the user's menu. These are
tried by `packaging/windows/try.ps1` on a real Windows.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from app.version import __version__
from tests.packaging import test_windows
from tests.packaging.wine import (
    DATA,
    KEY,
    NEWER,
    OLDER,
    POLICIES,
    PROGRAM,
    UNINSTALL,
    Windows,
    script,
    stand_in,
    windows_path,
)

pytestmark = test_windows.pytestmark
REPAIR = ("REINSTALL=ALL", "REINSTALLMODE=amus")


def test_it_installs_over_an_older_version(
    windows: Windows, made: dict[str, Path]
) -> None:
    assert windows.msiexec("/i", str(made["older msi"])) == 0
    assert f"_internal/only in {OLDER}.txt" in windows.files()
    assert windows.msiexec("/i", str(made["msi"])) == 0
    assert not any(OLDER in name for name in windows.files())
    assert __version__ in windows.registry(KEY, "Version")
    assert windows.programs() == 1
    assert windows.msiexec("/x", str(made["msi"])) == 0


def test_it_installs_silently_with_properties(
    windows: Windows, made: dict[str, Path], tmp_path: Path
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"locked": {"serve": false}}', "ascii")
    given = ("DESKTOPSHORTCUT=0", "ALLMENDELANGUAGE=tr", f"POLICYFILE={windows_path(policy)}")  # fmt: skip
    assert windows.msiexec("/i", str(made["msi"]), *given) == 0
    assert {"allmende.exe", "allmende-window.exe"} <= windows.files()
    assert __version__ in windows.registry(KEY, "Version")
    assert windows.registry(KEY, "Desktop") == ""
    assert "0x1" in windows.registry(KEY, "StartMenu")
    assert "tr" in windows.registry(rf"{POLICIES}\Recommended", "language")
    copied = windows.path(rf"{DATA}\policies.json")
    assert copied.read_text("ascii") == policy.read_text("ascii")
    listed = windows.registry(UNINSTALL)
    for words in ("Allmende contributors", __version__, PROGRAM, "MsiExec.exe /X{"):
        assert words in listed, words


@test_windows.real
def test_the_installed_program_works(windows: Windows) -> None:
    test_windows.try_everything(windows)


def test_it_repairs_what_was_deleted(windows: Windows, made: dict[str, Path]) -> None:
    before = windows.files()
    lost = windows.path(rf"{PROGRAM}\allmende.exe")
    whole = lost.read_bytes()
    lost.unlink()
    assert windows.msiexec("/i", str(made["msi"]), *REPAIR) == 0
    assert lost.read_bytes() == whole
    assert windows.files() == before


def test_another_package_of_the_same_version_replaces_it(
    windows: Windows, tmp_path: Path
) -> None:
    program = stand_in(tmp_path / "stage" / "allmende", __version__)
    (program / "_internal" / "mended.txt").write_text("x", "ascii")
    second = script("installers").msi(program, tmp_path, __version__)
    assert windows.msiexec("/i", str(second)) == 0
    assert "_internal/mended.txt" in windows.files()
    assert windows.programs() == 1


def test_a_newer_one_replaces_the_old_one_and_an_older_is_refused(
    windows: Windows, made: dict[str, Path]
) -> None:
    assert windows.msiexec("/i", str(made["newer msi"])) == 0
    assert NEWER in windows.registry(KEY, "Version")
    assert windows.programs() == 1
    before = windows.files()
    assert windows.msiexec("/i", str(made["msi"])) == 1603 % 256
    assert NEWER in windows.registry(KEY, "Version")
    assert windows.files() == before
    assert windows.path(rf"{DATA}\policies.json").exists()


def test_setup_does_not_go_over_the_msi(
    windows: Windows, made: dict[str, Path]
) -> None:
    assert windows.run(str(made["newer setup"]), "/S")[0] == 1638 % 256
    assert "uninstall.exe" not in windows.files()


def test_it_is_removed_and_leaves_data_and_models(
    windows: Windows, made: dict[str, Path]
) -> None:
    assert windows.msiexec("/x", str(made["newer msi"])) == 0
    assert not windows.path(PROGRAM).exists()
    assert windows.programs() == 0
    assert windows.registry(KEY, "Version") == ""
    assert windows.kept.read_text("ascii") == "kept"
    assert windows.path(rf"{DATA}\models").exists()
    assert windows.path(rf"{DATA}\policies.json").exists()


def test_what_was_chosen_once_holds_in_the_next_version(
    windows: Windows, made: dict[str, Path]
) -> None:
    folder = r"C:\Programme & Co\A"
    chosen = (f"INSTALLDIR={folder}", "STARTMENUSHORTCUT=0", "ALLMENDELANGUAGE=fr")
    assert windows.msiexec("/i", str(made["older msi"]), *chosen) == 0
    assert windows.msiexec("/i", str(made["newer msi"])) == 0
    assert f"_internal/only in {NEWER}.txt" in windows.files(folder)
    assert not windows.path(PROGRAM).exists()
    assert "0x1" in windows.registry(KEY, "Desktop")
    assert windows.registry(KEY, "StartMenu") == ""
    assert "fr" in windows.registry(rf"{POLICIES}\Recommended", "language")
    assert windows.msiexec("/x", str(made["newer msi"])) == 0
    assert not windows.path(folder).exists()


def test_features_are_chosen(windows: Windows, made: dict[str, Path]) -> None:
    chosen = "ADDLOCAL=Program,DesktopIcon"
    assert windows.msiexec("/i", str(made["newer msi"]), chosen) == 0
    assert "allmende.exe" in windows.files()
    assert "0x1" in windows.registry(KEY, "Desktop")
    assert windows.registry(KEY, "StartMenu") == ""
    assert windows.msiexec("/x", str(made["newer msi"])) == 0
    assert not windows.path(PROGRAM).exists()


def test_a_policy_that_is_not_there_installs_nothing(
    windows: Windows, made: dict[str, Path]
) -> None:
    given = r"POLICYFILE=C:\none.json"
    # Windows says 1603, Wine 1627.
    assert windows.msiexec("/i", str(made["newer msi"]), given) in {1603 % 256, 1627 % 256}  # fmt: skip
    assert not windows.path(PROGRAM).exists()
    assert windows.programs() == 0


@pytest.mark.parametrize("kept_bytes", [50_000, -20_000])
def test_a_damaged_one_installs_nothing(
    windows: Windows, made: dict[str, Path], tmp_path: Path, kept_bytes: int
) -> None:
    broken = tmp_path / "broken.msi"
    broken.write_bytes(made["newer msi"].read_bytes()[:kept_bytes])
    assert windows.msiexec("/i", str(broken)) != 0
    assert windows.msiexec("/i", str(tmp_path / "none.msi")) != 0
    assert not windows.path(rf"{PROGRAM}\allmende.exe").exists()
    assert windows.programs() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_nothing_is_left_where_nobody_may_write(
    windows: Windows, made: dict[str, Path], tmp_path: Path
) -> None:
    with test_windows.disk(windows, tmp_path, "size=900m,ro") as root:
        given = r"INSTALLDIR=E:\Allmende"
        assert windows.msiexec("/i", str(made["newer msi"]), given) == 1603 % 256
        assert list(root.iterdir()) == []
    assert windows.programs() == 0
    assert windows.registry(KEY, "Version") == ""


# -- models --------------------------------------------------------------------------------------


def test_a_model_comes_as_an_msi_of_its_own(windows: Windows, tmp_path: Path) -> None:
    models, card = script("models"), example(tmp_path / "a model")
    first = models.build(card, tmp_path / "a model", tmp_path, "1.0.0")
    second = models.build(card, tmp_path / "a model", tmp_path, "1.1.0")
    file = windows.path(rf"{DATA}\models\example-model\weights.gguf")
    assert windows.msiexec("/i", str(first)) == 0
    assert file.read_bytes() == b"GGUF weights"
    assert windows.msiexec("/i", str(second)) == 0
    assert windows.programs() == 1
    assert "Allmende model: An example" in windows.registry(UNINSTALL)
    assert windows.msiexec("/x", str(second)) == 0
    assert not file.exists()
    assert windows.programs() == 0
    assert windows.path(rf"{DATA}\models").exists()


def test_a_model_that_is_too_large_or_changed_is_refused(tmp_path: Path) -> None:
    models, card = script("models"), example(tmp_path / "model")
    with pytest.raises(SystemExit, match="not the one its card describes"):
        models.build({**card, "sha256": "0" * 64}, tmp_path / "model", tmp_path)
    (tmp_path / "model" / "more.bin").touch()
    os.truncate(tmp_path / "model" / "more.bin", 2**31)
    with pytest.raises(models.TooLarge, match="2 GB"):
        models.build(card, tmp_path / "model", tmp_path)


def example(folder: Path) -> dict[str, Any]:
    """Write a model and return its card."""
    folder.mkdir(parents=True)
    (folder / "weights.gguf").write_bytes(b"GGUF weights")
    checksum = script("installers").sha256(folder / "weights.gguf")
    return {
        "id": "example-model", "title": 'An example & "more"', "licence": "Apache-2.0",
        "file": "weights.gguf", "sha256": checksum,
    }  # fmt: skip
