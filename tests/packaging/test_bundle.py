"""The built program (`make bundle`) away from Python: what only the finished folder shows."""

from __future__ import annotations

import dis
import importlib.util
import json
import marshal
import os
import re
import shutil
import subprocess
import sys
import types
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.i18n import LANGUAGES

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "dist" / "bundle" / "allmende"
PROGRAM = BUNDLE / "allmende"
SAMPLES = BUNDLE / "_internal/app/_data/assets/samples/de"
PLAIN = b"SQLite format 3"
GNOME = ("dbus-run-session", "gnome-keyring-daemon")
MARK_BYTES = 300_000_000
# Prints where numpy came from and how many shapes came out right. Exact are Python's own
# sums of the same numbers (fsum), which no numpy computed.
COMPUTES = """
import sys
from math import fsum
sys.path[:0] = sys.argv[1:]
import numpy
from app.index.closeness import closeness
right = 0
for kind in (numpy.float32, numpy.float16):
    for rows in (1, 12, 200, 3_000):
        count = numpy.arange(rows * 384, dtype=numpy.int64)
        table = (count * 7919 % 2003 / 1001.5 - 1).reshape(rows, 384).astype(kind)
        vector = (numpy.arange(384) * 31 % 97 / 48 - 1).astype(numpy.float32)
        pairs = (zip(row, vector.tolist()) for row in table.tolist())
        exact = numpy.array([fsum(a * b for a, b in pair) for pair in pairs])
        plain = table.astype(numpy.float32) @ vector
        assert numpy.abs(plain - exact).max() < 1e-3, (kind, rows)
        assert numpy.abs(closeness(table, vector) - exact).max() < 1e-3, (kind, rows)
        right += 1
assert numpy.linalg.norm(numpy.array([3, 4], numpy.float32)) == 5
try:
    numpy.linalg.inv(numpy.eye(2))
except NotImplementedError as error:
    assert "no LAPACK (inv)" in str(error)
else:
    raise AssertionError("there is a LAPACK")
print(numpy.__path__[0].removesuffix("/numpy"), right)
"""

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
    if facts()["edition"] == "full":
        pytest.skip("the full edition has no mark")
    files = (path for path in BUNDLE.rglob("*") if not path.is_symlink())
    assert sum(path.stat().st_size for path in files if path.is_file()) <= MARK_BYTES


def facts() -> dict[str, str]:
    text = (BUNDLE / "_internal/app/_data/bundle.json").read_text("utf-8")
    return dict(json.loads(text))


def test_its_engine_runs_on_every_processor() -> None:
    assert facts()["engine"] == "every processor", "make engine bundle"


def test_no_library_for_matrices_is_shipped() -> None:
    if facts()["edition"] == "full":
        pytest.skip("torch and scipy bring theirs")
    assert facts()["numpy"] == "without BLAS", "make numpy bundle"
    algebra = re.compile("blas|lapack|linalg|gfortran|quadmath|mkl")
    names = {path.name for path in BUNDLE.rglob("*.so*") if algebra.search(path.name)}
    assert not names


def shipped() -> Any:
    """Return the archive of the Python modules: `toc` by name, `extract(name)`."""
    readers = pytest.importorskip("PyInstaller.archive.readers")
    return readers.CArchiveReader(str(PROGRAM)).open_embedded_archive("PYZ.pyz")


def code_of(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from code_of(constant)


def test_nothing_asks_numpy_for_more_than_the_length_of_a_vector() -> None:
    if facts()["edition"] == "full":
        pytest.skip("scipy and scikit-learn do")
    modules, asked = shipped(), set()
    for name in modules.toc:
        code = modules.extract(name)
        if name.startswith("numpy") or not isinstance(code, types.CodeType):
            continue
        for part in code_of(code):
            steps = [step.argval for step in dis.get_instructions(part)]
            asked |= {b for a, b in pairwise(steps) if str(a).endswith("linalg")}
    assert asked == {"norm"}


def test_its_numpy_computes_right(tmp_path: Path) -> None:
    """As it lies in the bundle, with the Python of this environment."""
    if facts()["edition"] == "full":
        pytest.skip("it has the published numpy")
    modules = shipped()
    for name, (kind, *_) in modules.toc.items():
        if name.partition(".")[0] == "numpy":
            made = name.replace(".", "/") + ("/__init__" if kind == 1 else "")
            path = tmp_path / f"{made}.pyc"
            path.parent.mkdir(parents=True, exist_ok=True)
            head = importlib.util.MAGIC_NUMBER + bytes(12)
            path.write_bytes(head + marshal.dumps(modules.extract(name)))
    for path in (BUNDLE / "_internal/numpy").rglob("*.so"):
        copy = tmp_path / path.relative_to(BUNDLE / "_internal")
        copy.symlink_to(path)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", COMPUTES, str(tmp_path), str(ROOT)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(tmp_path), "8"]


def test_the_libraries_of_drivers_are_the_systems() -> None:
    loose = {
        path.name.partition(".")[0] for path in (BUNDLE / "_internal").glob("*.so*")
    }
    assert not loose & {"libstdc++", "libgcc_s", "libvulkan", "libX11", "libssl"}
    # And where Python is in the program, it does not lie beside it once more.
    if facts()["python_is"] == "in the program":
        assert not loose & {"libpython3"}
        asked = subprocess.run(["readelf", "-d", PROGRAM], capture_output=True, text=True, check=True)  # fmt: skip
        assert "libpython3" not in asked.stdout


def test_licences_of_everything_are_beside_it() -> None:
    folder = BUNDLE / "_internal/licences"
    names = {path.stem for path in folder.iterdir()}
    assert {"Allmende", "Python", "pyinstaller", "llama_cpp_python", "PySide6_Essentials"} <= names  # fmt: skip
    assert "PYTHON SOFTWARE FOUNDATION LICENSE" in (folder / "Python.txt").read_text("utf-8")  # fmt: skip
    if shutil.which("dpkg-query"):
        # Each library that Debian gave comes with Debian's account of its authors.
        given = [path for path in (BUNDLE / "_internal").glob("libxcb-*.so*") if not path.is_symlink()]  # fmt: skip
        assert len([name for name in names if name.startswith("Debian-libxcb-")]) == len(given)  # fmt: skip
        assert {"Debian-zlib1g", "Debian-libsqlite3-0"} <= names


def test_no_library_is_shipped_that_only_tools_need() -> None:
    names = {path.name for path in (BUNDLE / "_internal").iterdir()}
    assert not names & {"cryptography", "keyring", "torch", "tkinter", "setuptools"}


def test_qts_own_dialogs_speak_the_languages_of_the_window() -> None:
    words = {path.name for path in BUNDLE.rglob("*.qm")}
    assert words == {f"qtbase_{language}.qm" for language in LANGUAGES}


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


@pytest.mark.skipif(not shutil.which("strace"), reason="no strace")
def test_other_programs_find_their_own_libraries(tmp_path: Path) -> None:
    """Not those of the bundle: a viewer or LibreOffice would end with them."""
    (tmp_path / "bin").mkdir()
    office = tmp_path / "bin/soffice"
    office.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    office.chmod(0o755)
    shutil.copy(ROOT / "tests/readers/files/brief.doc", tmp_path)
    assert allmende(tmp_path, "base", "create", "Schule", "--embedder", "none").returncode == 0  # fmt: skip
    seen = tmp_path / "seen"
    watch = ("strace", "-f", "-v", "-s", "4096", "-e", "trace=execve", "-o", str(seen))
    allmende(
        tmp_path, "base", "add", "Schule", str(tmp_path / "brief.doc"),
        before=watch, PATH=f"{office.parent}:{os.environ['PATH']}", LD_LIBRARY_PATH="/usr/lib/mine",
    )  # fmt: skip
    started = seen.read_text("utf-8").splitlines()
    ours = [line for line in started if f'execve("{PROGRAM}"' in line]
    others = [line for line in started if "soffice" in line.partition("], [")[0]]
    assert "/_internal:/usr/lib/mine" in ours[-1]
    assert others
    for line in others:
        assert "_PYI_" not in line
        assert '"LD_LIBRARY_PATH=/usr/lib/mine"' in line


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
