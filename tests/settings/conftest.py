"""A policy file that counts, as root's would."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import paths
from app.services import Services, build_services
from app.settings import carriers

Lock = Callable[..., Path]
House = Callable[..., Services]


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


@pytest.fixture
def house(lock: Lock) -> Iterator[House]:
    """Build the services of a computer on which some options are locked."""
    with contextlib.ExitStack() as stack:

        def build(**locked: object) -> Services:
            lock(**locked)
            return stack.enter_context(contextlib.closing(build_services()))

        yield build
