"""What every process begins with, and what other programs must not inherit."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.environment import forget_launcher, quieten_environment

HOME = {"HOME": "/home/a"}


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    environment = dict(HOME)
    monkeypatch.setattr("app.environment.os", SimpleNamespace(environ=environment))
    return environment


def test_libraries_of_the_bundle_are_not_for_other_programs(
    environ: dict[str, str],
) -> None:
    environ |= {"_PYI_ARCHIVE_FILE": "/opt/a", "_PYI_PARENT_PROCESS_LEVEL": "1"}
    environ["LD_LIBRARY_PATH"] = "/opt/a/_internal"
    forget_launcher()
    assert environ == HOME


def test_what_the_user_had_set_is_there_again(environ: dict[str, str]) -> None:
    environ |= {"_PYI_ARCHIVE_FILE": "/opt/a", "LD_LIBRARY_PATH_ORIG": "/usr/local/lib"}
    environ["LD_LIBRARY_PATH"] = "/opt/a/_internal:/usr/local/lib"
    forget_launcher()
    assert environ == HOME | {"LD_LIBRARY_PATH": "/usr/local/lib"}


def test_without_a_launcher_nothing_is_taken(environ: dict[str, str]) -> None:
    environ["LD_LIBRARY_PATH"] = "/usr/local/lib"
    forget_launcher()
    assert environ["LD_LIBRARY_PATH"] == "/usr/local/lib"


def test_plugins_of_another_qt_are_not_looked_for(environ: dict[str, str]) -> None:
    environ |= {"QT_PLUGIN_PATH": "/usr/lib/qt6/plugins", "CUDA_PATH": "/opt/cuda"}
    quieten_environment()
    assert not environ.keys() & {"QT_PLUGIN_PATH", "CUDA_PATH"}
    assert environ["HF_HUB_OFFLINE"] == "1"
