"""The laboratory sees what goes wrong, and some bad days are repeated at every test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux" or shutil.which("cc") is None,
        reason="the laboratory needs Linux and a C compiler",
    ),
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "arguments",
    [
        ["--part", "controls"],
        ["--part", "routes", "--route", "chat", "settings", "backup"],
        ["--part", "routes", "--route", "model import", "migration"],
        ["--part", "files"],
    ],
    ids=["controls", "chats", "models", "files"],
)
def test_a_short_series_loses_nothing(tmp_path: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--quick", *arguments],
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
