"""Windows for the tests of its packages: the packages once, a fresh Windows a module."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.paths import models_dir
from tests.packaging import wine


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The packages: "setup" and "msi", alone or after "older " and "newer "."""
    return wine.make_packages(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[wine.Windows]:
    """A Windows with models for all, and a file in the data of its user."""
    build = wine.script("build")
    prefix = tmp_path_factory.mktemp("wine") / "prefix"
    build.make_prefix(prefix)
    machine = wine.Windows(prefix, build.wine_environment(prefix))
    # Otherwise it ends after each command, and begins anew with the next.
    subprocess.run(["wineserver", "-p"], env=machine.environment, check=True)
    models = machine.path(rf"{wine.DATA}\models")
    models.mkdir(parents=True)
    # Not the one that embeds: Wine takes minutes to load its tokenizer; one test does it.
    name = "smollm2-135m-instruct"
    if (models_dir() / name).is_dir():
        (models / name).symlink_to(models_dir() / name)
    machine.kept.parent.mkdir(parents=True)
    machine.kept.write_text("kept", "ascii")
    yield machine
    subprocess.run(["wineserver", "-k"], env=machine.environment, check=False)
