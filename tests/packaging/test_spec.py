"""What the two editions of the bundle take along, told from the spec without a build.

The spec is run as PyInstaller runs it; only what would collect files is a recorder.
"""

from __future__ import annotations

import runpy
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

SPEC = Path(__file__).parents[2] / "packaging" / "bundle" / "allmende.spec"
HEAVY = {"sentence_transformers", "torch", "transformers", "scipy", "sklearn"}
NEVER = {
    "tkinter",
    "pytest",
    "kubernetes",
    "matplotlib",
    "grpc",
    "setuptools",
    "IPython",
    # pypdf would take it where it happens to be installed: 12 MB.
    "cryptography",
}
ENGINE = ("libllama.so", "libggml.so.0", "libggml-base.so.0", "libggml-cpu-x64.so",
          "libggml-cpu-haswell.so", "libggml-cpu-cannonlake.so", "libmtmd.so",
          "libllama-common.so", "README.md")  # fmt: skip

SCRIPTS = ("pyi_rth_inspect", "pyi_rth_pkgutil", "pyi_rth_multiprocessing", "pyi_rth_pyside6", "start")  # fmt: skip


class Recorder:
    """Stands for Analysis and what follows it; keeps what it was given."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self.given, self.named = given, named
        self.pure: list[Any] = []
        self.scripts = [(name, f"/x/{name}.py", "PYSOURCE") for name in SCRIPTS]
        self.datas = [(t, f"/x/{t}", "DATA") for t in named.get("datas_found", ())]
        self.binaries: list[Any] = []


class Archive:
    """Stands for the archive of the Python modules: tells how hard each is packed."""

    _COMPRESSION_LEVEL = 6

    @classmethod
    def _write_entry(cls, _file: object, entry: tuple[str, ...], _codes: object) -> int:
        return cls._COMPRESSION_LEVEL


@pytest.fixture
def edition(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Any:  # a function from an edition's name to what the spec made of it
    library = tmp_path / "llama_cpp" / "lib"
    library.mkdir(parents=True)
    for name in ENGINE:
        (library / name).write_bytes(b"x")
    hooks = types.ModuleType("PyInstaller.utils.hooks")
    hooks.collect_data_files = lambda package: [(f"/x/{package}", package)]  # type: ignore[attr-defined]
    hooks.copy_metadata = lambda package: [(f"/x/{package}.dist-info", package)]  # type: ignore[attr-defined]
    hooks.collect_submodules = collected  # type: ignore[attr-defined]
    for name in ("PyInstaller", "PyInstaller.utils", "PyInstaller.archive"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    writers = types.ModuleType("PyInstaller.archive.writers")
    writers.ZlibArchiveWriter = Archive  # type: ignore[attr-defined]
    monkeypatch.setattr(Archive, "_write_entry", vars(Archive)["_write_entry"])
    monkeypatch.setitem(sys.modules, "PyInstaller.archive.writers", writers)
    monkeypatch.setitem(sys.modules, "PyInstaller.utils.hooks", hooks)
    monkeypatch.setenv("ALLMENDE_ENGINE", str(tmp_path))
    # quicken.py, which `test_quicken.py` tries.
    (tmp_path / "work" / "quick").mkdir(parents=True)
    (tmp_path / "work" / "quick" / "start.txt").write_text("app.ui.start\nre", "utf-8")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: None)

    def run(name: str) -> dict[str, Any]:
        monkeypatch.setenv("ALLMENDE_EDITION", name)
        tools = dict.fromkeys(("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE"), Recorder)
        monkeypatch.setattr(sys, "path", [*sys.path])
        return runpy.run_path(
            str(SPEC),
            init_globals={
                **tools, "SPECPATH": str(SPEC.parent), "workpath": str(tmp_path / "work")
            },
        )  # fmt: skip

    return run


def collected(package: str, filter: Any = lambda _name: True) -> list[str]:  # noqa: A002 - PyInstaller's name
    parts = ["", ".api.client", ".test.api", ".server", ".segment.impl", ".telemetry"]
    parts += [".python", ".ncl", "._vim_builtins"]
    return [package + part for part in parts if filter(package + part)]


def test_the_standard_edition_is_without_torch_and_what_only_torch_needs(
    edition: Any,
) -> None:
    analysis = edition("standard")["a"]
    excluded = set(analysis.named["excludes"])
    assert excluded >= HEAVY | NEVER | {"numpy.random", "huggingface_hub", "pandas"}
    assert "sentence_transformers" not in analysis.named["hiddenimports"]


def test_the_full_edition_takes_what_torch_needs_and_nothing_else_more(
    edition: Any,
) -> None:
    full = edition("full")["a"]
    excluded = set(full.named["excludes"])
    assert not excluded & (
        HEAVY | {"numpy.random", "numpy.fft", "numpy.f2py", "huggingface_hub"}
    )
    assert "sentence_transformers" in full.named["hiddenimports"]
    assert excluded >= NEVER
    assert excluded < set(edition("standard")["a"].named["excludes"])
    # transformers does not start without docstrings.
    assert full.named["optimize"] == 1


def test_languages_that_are_left_out_are_so_by_name(edition: Any) -> None:
    """PyInstaller's own list for pygments names them all again."""
    analysis = edition("standard")["a"]
    hidden, excluded = analysis.named["hiddenimports"], analysis.named["excludes"]
    assert "pygments.lexers.python" in hidden
    for name in ("pygments.lexers.ncl", "pygments.lexers._vim_builtins"):
        assert name not in hidden
        assert name in excluded


@pytest.mark.parametrize("name", ["standard", "full", ""])
def test_both_leave_out_what_nobody_starts(edition: Any, name: str) -> None:
    hidden = edition(name)["a"].named["hiddenimports"]
    assert "chromadb.api.client" in hidden
    for part in ("chromadb.test.api", "chromadb.server", "chromadb.segment.impl"):
        assert part not in hidden


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names of Linux")
def test_each_library_of_the_engine_comes_once(edition: Any) -> None:
    datas = edition("standard")["a"].named["datas"]
    found = [Path(path).name for path, place in datas if place == "llama_cpp/lib"]
    assert sorted(found) == ["libggml-base.so.0", "libggml-cpu-haswell.so",
                             "libggml-cpu-x64.so", "libggml.so.0", "libllama.so"]  # fmt: skip


def test_what_lies_in_the_bundle_is_chosen_by_name(edition: Any) -> None:
    wanted = edition("standard")["wanted"]
    for name, source, kept in (
        ("PySide6/Qt/lib/libQt6Core.so.6", "", True),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "", True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", "", False),
        ("PySide6/Qt/translations/qt_de.qm", "", False),
        ("PySide6/plugins/imageformats/qtiff.dll", "", False),
        ("PySide6/plugins/imageformats/qjpeg.dll", "", True),
        ("PySide6/Qt/plugins/imageformats/libqgif.so", "", False),
        ("PySide6/Qt/plugins/platforms/libqminimal.so", "", False),
        ("numpy/_core/include/x.h", "", False),
        ("libggml-base.so", "/a/site-packages/lib/libggml-base.so", False),
        ("llama_cpp/lib/libggml-base.so.0", "", True),
        ("chromadb-1.5.9.dist-info/METADATA", "", True),
        ("chromadb-1.5.9.dist-info/RECORD", "", False),
        # Where the environment lies decides nothing.
        ("lxml/etree.so", "/build/translations/site-packages/lxml/etree.so", True),
    ):
        assert wanted((name, source, "BINARY")) is kept, name


def test_licences_of_another_systems_packages_come_along(tmp_path: Path) -> None:
    site = tmp_path / "python" / "Lib" / "site-packages"
    for name in ("only_there", "setuptools"):
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nLicense: MIT\n")  # fmt: skip
        (info / "LICENSE").write_text("do what you like")
        (info / "RECORD").write_text(f"{name}-1.0.dist-info/LICENSE,,\n")
    (tmp_path / "python" / "LICENSE.txt").write_text("of that Python")
    script = SPEC.with_name("build.py")
    runpy.run_path(str(script))["licences"](tmp_path / "out", site)
    names = {path.stem for path in (tmp_path / "out").iterdir()}
    assert {"Allmende", "only_there", "llama_cpp_python"} <= names
    assert "setuptools" not in names
    assert (tmp_path / "out" / "Python.txt").read_text() == "of that Python"
    text = (tmp_path / "out" / "only_there.txt").read_text()
    assert "Licence: MIT" in text
    assert "do what you like" in text


@pytest.mark.skipif(sys.platform == "darwin", reason="Qt's hook stays there")
def test_nothing_is_imported_before_the_program_says_so(edition: Any) -> None:
    made = edition("standard")
    assert [name for name, *_ in made["a"].scripts] == ["start"]
    # Children are answered by PyInstaller's own code, which start.py imports.
    assert [name for name, *_ in made["a"].pure] == ["pyi_rth_multiprocessing"]
    scripts = [name for name, *_ in edition("full")["a"].scripts]
    assert scripts == ["pyi_rth_inspect", "pyi_rth_pkgutil", "start"]


def test_what_a_window_imports_need_not_be_unpacked(edition: Any) -> None:
    edition("standard")
    packed = {n: Archive._write_entry(None, (n, "", ""), {}) for n in ("re", "pypdf")}
    assert packed == {"re": 0, "pypdf": 6}
