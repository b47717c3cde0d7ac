"""Bad days: a full disk, a read-only folder, two at once. Nothing acknowledged is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def allmende(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env={**os.environ, "ALLMENDE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes; only root may make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        made = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        made = False
    if not made:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_and_mended_by_freeing_space(
    small_disk: Path, tmp_path: Path
) -> None:
    documents = tmp_path / "many"
    documents.mkdir()
    for number in range(60):
        text = f"Dokument {number}. " + " ".join(
            f"wort{number}x{n}" for n in range(4000)
        )
        (documents / f"{number:02}.txt").write_text(text, "utf-8")
    assert (
        allmende(small_disk, "base", "create", "b", "--embedder", "none").returncode
        == 0
    )
    done = allmende(small_disk, "base", "add", "b", str(documents))
    assert done.returncode == 1
    assert "The disk is full" in done.stderr
    shown = allmende(small_disk, "base", "show", "b")
    kept = shown.stdout.count("indexed ")
    assert kept > 0
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    done = allmende(small_disk, "base", "add", "b", str(documents), "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('"unchanged"') - 1 == kept
    assert allmende(small_disk, "base", "check", "b").returncode == 0


def test_a_home_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = allmende(blocked / "home", "base", "create", "b", "--embedder", "none")
    assert done.returncode == 1
    assert "data folder" in done.stderr


def test_two_at_once_take_turns(home: Path, tmp_path: Path) -> None:
    assert allmende(home, "base", "create", "b", "--embedder", "none").returncode == 0
    running = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        for number in range(40):
            (folder / f"{number}.txt").write_text(f"{name} {number}. " * 50, "utf-8")
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "app", "base", "add", "b", str(folder)],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
            )
        )
    assert [process.wait(60) for process in running] == [0, 0]
    shown = allmende(home, "base", "show", "b")
    assert shown.stdout.count("indexed ") == 80
    assert allmende(home, "base", "check", "b").returncode == 0
