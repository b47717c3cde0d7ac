"""`allmende --selftest`: it passes where all is well, and tells what is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app import selftest

ROOT = Path(__file__).parents[1]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", "--selftest", *arguments],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def states(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    told: dict[str, Any] = json.loads(done.stdout)
    return {row["name"]: row["state"] for row in told["checks"]}


@pytest.mark.models
@pytest.mark.slow
def test_every_part_works_here_and_nothing_is_left_behind(
    home: Path, tmp_path: Path
) -> None:
    done = run("--json", TMPDIR=str(tmp_path))
    assert done.returncode == 0, (done.stdout, done.stderr)
    found = states(done)
    recognition = found.pop("recognition")
    assert recognition in ("ok", "skipped")
    assert set(found.values()) == {"ok"}
    assert {"model", "words", "page", "network"} <= found.keys()
    assert [path.name for path in home.iterdir()] == ["log"]
    assert list(tmp_path.glob("allmende-selftest-*")) == []


@pytest.mark.slow
def test_without_models_it_passes_unless_it_is_strict(tmp_path: Path) -> None:
    nothing = str(tmp_path / "no-models")
    done = run("--json", ALLMENDE_MODELS=nothing)
    assert done.returncode == 0, done.stderr
    found = states(done)
    assert (found["model"], found["meaning"], found["words"]) == (
        "skipped",
        "skipped",
        "ok",
    )
    assert run("--json", "--strict", ALLMENDE_MODELS=nothing).returncode == 1


def test_a_part_that_fails_is_told_and_the_others_have_their_turn() -> None:
    def broken(_services: object) -> selftest.Result:
        raise ZeroDivisionError("secret")

    def wrong(_services: object) -> selftest.Result:
        raise selftest.Failed("Only {count}", count=3)

    first = selftest._tried("first", broken, None)  # type: ignore[arg-type]
    second = selftest._tried("second", wrong, None)  # type: ignore[arg-type]
    assert (first.state, second.state) == (selftest.FAILED, selftest.FAILED)
    assert "secret" not in str(first)
    assert second.parameters == (("count", "3"),)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's filter is Linux'")
def test_a_socket_in_this_process_or_a_child_does_not_go_unseen() -> None:
    code = (
        "import socket, subprocess, sys\n"
        "from app import selftest\n"
        "with selftest._watched() as attempts:\n"
        "    assert attempts.by_kernel\n"
        "    socket.socket(socket.AF_UNIX).close()\n"
        "    assert attempts.count == 0\n"
        "    try:\n"
        "        socket.socket(socket.AF_INET)\n"
        "    except OSError:\n"
        "        pass\n"
        "    assert attempts.count == 1, attempts.count\n"
        "    child = 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)'\n"
        "    done = subprocess.run([sys.executable, '-c', child])\n"
        "    assert done.returncode == -31, done.returncode\n"
        "assert selftest._network(attempts).state == selftest.FAILED\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
