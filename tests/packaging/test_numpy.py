"""The recipe for numpy without BLAS, and which numpy a bundle takes; nothing is compiled."""

from __future__ import annotations

import importlib.metadata
import os
import runpy
import sys
import types
import zipfile
from pathlib import Path
from typing import Any

import pytest

PACKAGING = Path(__file__).parents[2] / "packaging"
VERSION = importlib.metadata.version("numpy")
FILES = (
    "numpy/__init__.py",
    "numpy/linalg/_umath_linalg.cpython-311-x86_64-linux-gnu.so",
    "numpy/linalg/lapack_lite.cpython-311-x86_64-linux-gnu.so",
    "numpy/distutils/mingw/gfortran_vs2003_hack.c",
    f"numpy-{VERSION}.dist-info/METADATA",
)


@pytest.fixture
def recipe() -> dict[str, Any]:
    return runpy.run_path(str(PACKAGING / "numpy" / "build.py"))


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    made = runpy.run_path(str(PACKAGING / "bundle" / "build.py"))
    made["numpy_folder"].__globals__["WORK"] = tmp_path / "work"
    return made


def wheel(folder: Path, *more: str, version: str = VERSION) -> Path:
    path = folder / f"numpy-{version}-cp311-cp311-linux_x86_64.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in (*FILES, *more):
            archive.writestr(name, b"x")
    return path


def test_the_pinned_source_is_one_that_was_looked_at(
    recipe: dict[str, Any], tmp_path: Path
) -> None:
    told = recipe["pinned_source"](tmp_path, "numpy", recipe["SDISTS"], "--setting=1")
    line = Path(told[-1]).read_text("ascii").split()
    assert line[0] == f"numpy=={importlib.metadata.version('numpy')}"
    assert line[1].partition(":")[2] in recipe["SDISTS"].values()
    assert line[2] == "--setting=1"
    with pytest.raises(SystemExit, match="not a source that this recipe knows"):
        recipe["pinned_source"](tmp_path, "numpy", {"0.1": "ab"})
    with pytest.raises(SystemExit, match="names no version of nothing"):
        recipe["pinned_source"](tmp_path, "nothing", {})


@pytest.mark.parametrize("name", ["numpy.libs/libscipy_openblas64_-32a4b2a6.so",
                                  "numpy/_core/libgfortran.so.5"])  # fmt: skip
def test_a_library_of_others_is_found(
    recipe: dict[str, Any], tmp_path: Path, name: str
) -> None:
    assert recipe["foreign"](wheel(tmp_path)) == []
    assert recipe["foreign"](wheel(tmp_path, name)) == [name]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's bundle")
def test_the_standard_bundle_takes_the_wheel_and_nothing_older(
    bundle: dict[str, Any], tmp_path: Path
) -> None:
    left = tmp_path / "work/numpy/site-packages/numpy/left_over.py"
    left.parent.mkdir(parents=True)
    left.touch()
    folder = bundle["numpy_folder"](wheel(tmp_path), "standard")
    assert (folder / "numpy" / "__init__.py").is_file()
    assert not left.exists()
    solvers = sorted((folder / "numpy" / "linalg").glob("_umath_linalg*"))
    assert [path.name for path in solvers] == ["_umath_linalg.py"]
    stand_in = types.ModuleType("stand_in")
    exec(solvers[0].read_text("ascii"), stand_in.__dict__)
    with pytest.raises(NotImplementedError, match="inv"):
        _ = stand_in.inv
    assert not hasattr(stand_in, "__wrapped__")


def test_the_full_bundle_keeps_the_numpy_that_multiplies_matrices(
    bundle: dict[str, Any], tmp_path: Path
) -> None:
    assert bundle["numpy_folder"](wheel(tmp_path), "full") is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's bundle")
def test_another_version_is_refused(bundle: dict[str, Any], tmp_path: Path) -> None:
    other = wheel(tmp_path, version="1.0")
    with pytest.raises(SystemExit, match="make numpy"):
        bundle["numpy_folder"](other, "standard")


@pytest.mark.parametrize("size_bytes", [20_000_000, 50_000, 0])
def test_the_bundle_tells_which_numpy_it_has(
    bundle: dict[str, Any], tmp_path: Path, size_bytes: int
) -> None:
    library = tmp_path / "_internal/numpy.libs/libscipy_openblas64_-1.so"
    facts = tmp_path / "_internal/app/_data/bundle.json"
    facts.parent.mkdir(parents=True)
    if size_bytes:
        library.parent.mkdir()
        library.touch()
        os.truncate(library, size_bytes)
    bundle["write_facts"](tmp_path, "standard")
    # The small one is the stand-in of the program for Windows.
    said = "with OpenBLAS" if size_bytes > 50_000 else "without BLAS"
    assert f'"numpy": "{said}"' in facts.read_text("utf-8")
