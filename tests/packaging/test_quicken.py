"""What the bundle brings along so that no start compiles it anew."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import builtins, dataclasses, json, sys
from pathlib import Path
from app import precompiled

folder = Path(sys.argv[1])
assert precompiled.use_precompiled(folder / "dataclasses.bin")
compiled = []
def watched(code, scope, names):
    if isinstance(code, str):
        compiled.append(code)
    builtins.exec(code, scope, names)
precompiled.exec = watched
import app.ui.start, app.ui.application
support = sys.modules["shibokensupport.signature.mapping"]
early = [name for name in sys.modules if name.startswith("shibokensupport")]
from PySide6.QtWidgets import QLabel, QWidget
try:
    QWidget("x")
except TypeError as error:
    told = str(error)
print(json.dumps([compiled, support.__file__, told, early, QLabel.setText.__doc__]))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quick")
    script = ROOT / "packaging" / "bundle" / "quicken.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True)
    # As it lies in the bundle, with Qt's bindings beside it.
    found = importlib.util.find_spec("shiboken6")
    assert found is not None
    assert found.origin is not None
    shutil.copytree(Path(found.origin).parent, folder / "shiboken6")
    shutil.move(folder / "shiboken", folder / "shiboken6" / "files.dir")
    return folder


def test_a_window_compiles_nothing_that_the_bundle_could_bring(made: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(made)],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": f"{made}{os.pathsep}{ROOT}",
            "QT_QPA_PLATFORM": "offscreen",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    compiled, support, told, early, described = json.loads(done.stdout.splitlines()[-1])
    assert compiled == []
    assert support.startswith(str(made))
    assert support.endswith(".pyc")
    # The modules do their work: they describe what a call may be given.
    assert "QWidget" in told
    assert "Supported signatures" in told
    assert described.startswith("setText(self, arg__1: str")
    # But only then: a start needs none of it.
    assert "shibokensupport.signature.parser" not in early
    assert "shibokensupport.signature.layout" not in early


def test_the_modules_of_a_window_are_named(made: Path) -> None:
    names = (made / "start.txt").read_text("utf-8").split()
    assert {"app.ui.start", "app.ui.main_window", "app.services", "re"} <= set(names)
    assert "app.ui.help_page" not in names
