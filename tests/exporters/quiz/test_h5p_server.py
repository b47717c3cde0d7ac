"""H5P packages as another program checks them: the npm package @lumieducation/h5p-server.

Not part of the installation: `npm install @lumieducation/h5p-server` in the project's
folder (or NODE_PATH) makes these tests run. Its validator looks at an unpacked package:
its files, their endings, and `h5p.json` by its own JSON schema.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.exporters.quiz.formats import export_quiz
from app.exporters.quiz.wording import quiz_wording
from app.values.quiz import Quiz
from tests.exporters.quiz.samples import PICTURED, QUIZ, nasty_quiz
from tests.exporters.quiz.test_named_cases import CASES, quiz_of

ROOT = Path(__file__).parents[3]
PACKAGE = "@lumieducation/h5p-server"
CHECK = """
const path = require('path');
const root = path.dirname(require.resolve('@lumieducation/h5p-server/package.json'));
const Validator = require(path.join(root, 'build/src/PackageValidator.js')).default;
const Config = require(path.join(root, 'build/src/implementation/H5PConfig.js')).default;
const libraries = {
  libraryExists: async () => true,
  listInstalledLibraries: async () => ({}),
  isPatchedLibrary: async () => undefined,
};
(async () => {
  const validator = new Validator(new Config(), libraries);
  const found = [];
  for (const folder of process.argv.slice(1)) {
    try {
      await validator.validateExtractedPackage(folder, true, false, true);
      found.push([]);
    } catch (error) {
      found.push((error.errors || [error]).map((e) => e.errorId || e.message));
    }
  }
  console.log(JSON.stringify(found));
})();
"""


def modules() -> str:
    folders = [
        *os.environ.get("NODE_PATH", "").split(os.pathsep),
        str(ROOT / "node_modules"),
    ]
    for folder in filter(None, folders):
        if (Path(folder) / PACKAGE).exists():
            return folder
    return ""


pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not modules(),
    reason=f"node or its package {PACKAGE} is not here",
)


def unpacked(folder: Path, quiz: Quiz) -> Path:
    data = export_quiz(quiz, "h5p", quiz_wording()).data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(folder)
    return folder


def complaints(*folders: Path) -> list[list[str]]:
    done = subprocess.run(
        ["node", "-e", CHECK, *map(str, folders)],
        env={**os.environ, "NODE_PATH": modules()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_packages_are_valid(tmp_path: Path) -> None:
    named = (quiz_of(text) for text in CASES.values())
    quizzes = (QUIZ, PICTURED, *named, *(nasty_quiz(seed) for seed in range(4)))
    folders = [unpacked(tmp_path / str(n), quiz) for n, quiz in enumerate(quizzes)]
    assert complaints(*folders) == [[]] * len(folders)


@pytest.mark.parametrize(
    ("name", "value"),
    [("license", "CC-BY-4.0"), ("language", "de_DE"), ("title", None)],
)
def test_the_check_can_fail(tmp_path: Path, name: str, value: str | None) -> None:
    folder = unpacked(tmp_path, QUIZ)
    path = folder / "h5p.json"
    data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    data[name] = value
    if value is None:
        del data[name]
    path.write_text(json.dumps(data), "utf-8")
    (found,) = complaints(folder)
    assert found
