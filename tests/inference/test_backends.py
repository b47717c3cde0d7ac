"""Both builds of llama.cpp are loaded, and only from the binding's own folder."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import backends
from app.environment import UNWANTED_ENVIRONMENT

RUN = """
import sys, llama_cpp
from app import backends
quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
llama_cpp.llama_log_set(quiet, None)
for gpu in (False, True, True):
    backends.load(llama_cpp, gpu)
kinds = [device.kind for device in backends.devices(llama_cpp)]
print(kinds.count("cpu"), backends.variant_in_use())
"""
# The folder of an unpacked or installed wheel of `make engine`; its tests are left out
# where there is none.
ENGINE = os.environ.get("ALLMENDE_ENGINE", "")


def run(*before: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-c", RUN],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, **environment},
    )


def test_the_installed_build_computes_and_says_nothing() -> None:
    done = run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 ")
    assert done.stderr == ""


def test_a_function_is_found_in_whichever_library_it_lies(tmp_path: Path) -> None:
    # As on Windows, which asks one library only: two that do not know of each other.
    for name in ("first", "second"):
        source = tmp_path / f"{name}.c"
        source.write_text(f"int {name}(void) {{ return 7; }}\n", "ascii")
        command = ["cc", "-shared", "-fPIC", "-o", tmp_path / f"{name}.so", source]
        subprocess.run(command, check=True)
    first = ctypes.CDLL(str(tmp_path / "first.so"))
    functions = backends.Functions(first, ("second.so", "not there.so"))
    assert functions.folder == tmp_path
    assert (functions.first(), functions.second()) == (7, 7)
    with pytest.raises(AttributeError):
        functions.third()
    with pytest.raises(AttributeError):
        backends.Functions(first, ()).second()


def test_only_known_names_are_taken(tmp_path: Path) -> None:
    for name in (
        "libggml-cpu-zen4.so",
        "libggml-cpu-haswell.so",
        "libggml-cpu.so",
        "libggml-vulkan.so",
        "libggml-rpc.so",
        "libggml-base.so",
    ):
        (tmp_path / name).touch()
    assert [path.stem for path in backends.variants(tmp_path)] == [
        "libggml-cpu-haswell",
        "libggml-cpu-zen4",
    ]
    assert [path.stem for path in backends.graphics(tmp_path)] == ["libggml-vulkan"]
    # What is no library cannot run here.
    assert backends._score(tmp_path / "libggml-cpu-zen4.so") == 0


def test_what_plants_a_library_is_not_handed_to_children() -> None:
    assert "GGML_BACKEND_PATH" in UNWANTED_ENVIRONMENT
    assert "LLAMA_CPP_LIB_PATH" in UNWANTED_ENVIRONMENT


@pytest.mark.skipif(not ENGINE, reason="ALLMENDE_ENGINE names no build for all")
def test_the_build_for_all_takes_one_variant_and_passes_over_a_missing_driver() -> None:
    done = run(PYTHONPATH=ENGINE)
    assert done.returncode == 0, done.stderr
    count, variant = done.stdout.split()
    assert (count, bool(variant)) == ("1", True)


@pytest.mark.skipif(not ENGINE, reason="ALLMENDE_ENGINE names no build for all")
@pytest.mark.parametrize(
    ("processor", "variant"), [("Haswell", "haswell"), ("SandyBridge", "sandybridge")]
)
def test_older_processors_get_theirs(processor: str, variant: str) -> None:
    done = run("qemu-x86_64", "-cpu", processor, PYTHONPATH=ENGINE)
    assert done.stdout.split() == ["1", variant], done.stderr
