"""The built program (`make bundle`) away from Python: what only the finished folder shows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BUNDLE = Path(__file__).parents[2] / "dist" / "bundle" / "allmende"
PROGRAM = BUNDLE / "allmende"
SAMPLES = BUNDLE / "_internal/app/_data/assets/samples/de"
PLAIN = b"SQLite format 3"
GNOME = ("dbus-run-session", "gnome-keyring-daemon")
MARK_BYTES = 300_000_000

pytestmark = [
    pytest.mark.packages,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not os.environ.get("ALLMENDE_PACKAGES")
        or not PROGRAM.exists()
        or not sys.platform.startswith("linux"),
        reason="needs the bundle: make bundle test-packages",
    ),
]


def allmende(
    home: Path, *arguments: str, before: tuple[str, ...] = (), **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the program as somebody without a desktop, unless `before` begins one."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [*before, PROGRAM, *arguments], env=environment | more, capture_output=True,
        text=True, timeout=600, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def rows(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def heads(home: Path) -> dict[str, bytes]:
    folder = home / ".local/share/Allmende"
    return {path.name: path.read_bytes()[:15] for path in folder.glob("*.db")}


def prepare(home: Path) -> None:
    """Let the program index two documents."""
    made = allmende(home, "base", "create", "Schule", "--embedder", "none")
    assert made.returncode == 0, made.stderr
    added = allmende(home, "base", "add", "Schule", str(SAMPLES))
    assert added.returncode == 0, added.stderr
    assert set(heads(home).values()) == {PLAIN}


def found(home: Path, **more: Any) -> int:
    told = allmende(home, "base", "search", "Schule", "Klassenfahrt", "--json", **more)
    return len(rows(told)["passages"])


def test_it_is_no_larger_than_promised() -> None:
    facts = json.loads((BUNDLE / "_internal/app/_data/bundle.json").read_text("utf-8"))
    if facts["edition"] == "full":
        pytest.skip("the full edition has no mark")
    files = (path for path in BUNDLE.rglob("*") if not path.is_symlink())
    assert sum(path.stat().st_size for path in files if path.is_file()) <= MARK_BYTES


def test_no_library_is_shipped_that_only_tools_need() -> None:
    names = {path.name for path in (BUNDLE / "_internal").iterdir()}
    assert not names & {"cryptography", "keyring", "torch", "tkinter", "setuptools"}


def test_the_key_lies_in_a_file_where_there_is_no_store(tmp_path: Path) -> None:
    prepare(tmp_path)
    assert rows(allmende(tmp_path, "encryption", "status", "--json"))["stage"] == "off"
    refused = allmende(tmp_path, "encryption", "on")
    assert refused.returncode == 1
    assert "--key-file" in refused.stderr
    assert set(heads(tmp_path).values()) == {PLAIN}
    told = rows(allmende(tmp_path, "encryption", "on", "--key-file", "--json"))
    assert told["recovery_code"].count("-") == 7
    assert PLAIN not in heads(tmp_path).values()
    assert found(tmp_path) > 0
    key = next((tmp_path / ".local/share/Allmende").rglob("*.key"))
    key.rename(tmp_path / "away")
    lost = allmende(tmp_path, "base", "search", "Schule", "Klassenfahrt")
    assert lost.returncode == 1
    assert "key is gone" in lost.stderr
    code = tmp_path / "code.txt"
    code.write_text(told["recovery_code"], "ascii")
    again = ("encryption", "recover", "--key-file", "--code-file", str(code))
    assert allmende(tmp_path, *again).returncode == 0
    assert found(tmp_path) > 0
    assert allmende(tmp_path, "encryption", "off").returncode == 0
    assert set(heads(tmp_path).values()) == {PLAIN}
    assert found(tmp_path) > 0


@pytest.mark.skipif(not all(map(shutil.which, GNOME)), reason="no GNOME Keyring")
def test_the_key_lies_in_the_store_of_the_desktop(tmp_path: Path) -> None:
    prepare(tmp_path)
    unlocked = "printf pass | gnome-keyring-daemon --unlock --components=secrets"
    line = f'{unlocked} >/dev/null && exec "$@"'
    desktop = ("dbus-run-session", "--", "sh", "-c", line, "sh")
    more = {"before": desktop, "XDG_RUNTIME_DIR": str(tmp_path)}
    on = allmende(tmp_path, "encryption", "on", "--json", **more)
    assert rows(on)["encryption"] == "on"
    assert PLAIN not in heads(tmp_path).values()
    assert not list((tmp_path / ".local/share/Allmende").rglob("*.key"))
    assert found(tmp_path, **more) > 0
    # Whoever is not at this desktop has no key.
    assert allmende(tmp_path, "base", "search", "Schule", "x").returncode == 1
    assert allmende(tmp_path, "encryption", "off", **more).returncode == 0
    assert set(heads(tmp_path).values()) == {PLAIN}
