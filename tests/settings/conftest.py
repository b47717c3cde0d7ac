"""A policy file that counts, as root's would."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app import paths
from app.settings import carriers

Lock = Callable[..., Path]


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lock:
    """Lock options in a file that only its owner may change, as root's would be."""
    folder = tmp_path / "etc"
    folder.mkdir(mode=0o755)
    path = folder / "policies.json"
    monkeypatch.setattr(paths, "policy_file", lambda: path)
    check = carriers._weak_place
    owner = os.getuid() if sys.platform != "win32" else 0
    monkeypatch.setattr(carriers, "_weak_place", lambda p: check(p, owner))

    def write(**locked: object) -> Path:
        path.write_text(json.dumps({"locked": locked, "by": "Goethe school"}))
        path.chmod(0o644)
        return path

    return write
