"""A newer package in a folder is told; nothing else is done with it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from app.cli.main import run
from app.settings.policy import Policy
from app.updates import Update, newest, numbers


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.updates.sys.platform", "linux")


def lay(
    folder: Path, name: str, data: bytes = b"package", listed: bytes | None = None
) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    digest = hashlib.sha256(data if listed is None else listed).hexdigest()
    with (folder / "SHA256SUMS").open("a") as sums:
        sums.write(f"{digest}  {name}\n")
    return path


def test_the_newest_of_this_system_is_told(tmp_path: Path) -> None:
    lay(tmp_path, "allmende_0.9.0_amd64.deb")
    path = lay(tmp_path, "allmende_0.10.0_amd64.deb")
    lay(tmp_path, "allmende-0.11.0-x64.msi")
    lay(tmp_path, "allmende-model-x_9.0.0_all.deb")
    assert newest(str(tmp_path), "0.1.0") == Update("0.10.0", str(path), True)


@pytest.mark.parametrize("current", ["0.2.0", "0.2", "0.3.0", "1.0"])
def test_nothing_is_told_of_the_same_or_an_older_one(
    tmp_path: Path, current: str
) -> None:
    lay(tmp_path, "allmende_0.2.0_amd64.deb")
    assert newest(str(tmp_path), current) is None


def test_a_package_with_another_hash_or_without_one_is_not_sound(
    tmp_path: Path,
) -> None:
    lay(tmp_path / "a", "allmende_0.2.0_amd64.deb", listed=b"other")
    found = newest(str(tmp_path / "a"), "0.1.0")
    assert found is not None
    assert not found.sound
    assert found.has_list
    (tmp_path / "a" / "SHA256SUMS").unlink()
    found = newest(str(tmp_path / "a"), "0.1.0")
    assert found is not None
    assert (found.sound, found.has_list) == (False, False)


@pytest.mark.parametrize("folder", ["", "relative", "/no/such/folder", "/dev/null"])
def test_a_folder_that_is_none_holds_none(folder: str) -> None:
    assert newest(folder, "0.1.0") is None


def test_strange_names_and_lists_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_bytes(b"\xff\xfe\0 nonsense\n" * 50)
    for name in (
        "allmende_.deb",
        "allmende_0.2.0.deb.part",
        "allmende_99999999.9_amd64.deb",
        "x_0.2.0_y.deb",
    ):
        (tmp_path / name).write_bytes(b"")
    assert newest(str(tmp_path), "0.1.0") is None


def test_versions_are_compared_as_numbers() -> None:
    assert numbers("0.10") > numbers("0.9.9") > numbers("0.9")
    assert numbers("1.0") == numbers("1.0.0")


def test_doctor_tells_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(tmp_path / "new", "allmende_99.0.0_amd64.deb")
    policy = Policy(locked={"update_folder": str(tmp_path / "new")}, present=True)
    monkeypatch.setattr("app.settings.store.machine_policy", lambda: policy)
    assert run(["doctor"]) == 0
    assert "99.0.0" in capsys.readouterr().out
