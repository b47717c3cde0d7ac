"""llama.cpp's own bench, built against the very libraries that are installed.

    pip download --no-deps --no-binary :all: llama-cpp-python==VERSION    (and unpack it)

Only the bench itself is compiled (half a minute); llama.cpp and ggml are those that our
engine runs, so both have the same source and the same flags.
"""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is run: as in `ModelSpec`."""

    model: str
    threads: int
    batch: int


def build(source: Path) -> Path | None:
    """Return the bench made from an unpacked source package, None where that fails."""
    found = sorted(source.rglob("tools/llama-bench/llama-bench.cpp"))
    if not found:
        return None
    tool = found[0].parent
    root = tool.parents[1]
    packages = Path(sysconfig.get_paths()["platlib"])
    libraries = (packages / "llama_cpp/lib", packages / "lib")
    program = Path(tempfile.mkdtemp(prefix="llama-bench-")) / "llama-bench"
    command = [
        "g++",
        "-O2",
        "-std=c++17",
        *(f"-I{root / part}" for part in ("common", "include", "ggml/include")),
        f"-I{root / 'vendor'}",
        f"-I{tool}",
        *map(str, sorted(tool.glob("*.cpp"))),
        *(f"-L{folder}" for folder in libraries),
        *("-lllama-common", "-lllama", "-lggml", "-lggml-base", "-lpthread"),
        *(f"-Wl,-rpath,{folder}" for folder in libraries),
        "-o",
        str(program),
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    return program if done.returncode == 0 else None


def seconds_a_token(
    program: Path, settings: Settings, prompt: int, answer: int, runs: int = 1
) -> tuple[float, float]:
    """Return (processor, wall) seconds a token of the bench, loading not counted.

    Processor time is the difference of a run with one and one with more repetitions.
    """
    once, _ = _run(program, settings, prompt, answer, 1)
    more, wall = _run(program, settings, prompt, answer, 1 + runs)
    return (more - once) / (runs * (prompt + answer)), wall


def _run(
    program: Path, settings: Settings, prompt: int, answer: int, runs: int
) -> tuple[float, float]:
    command = [str(program), "-m", settings.model, "-p", str(prompt), "-n", str(answer)]
    command += ["-t", str(settings.threads), "-b", str(settings.batch)]
    command += ["-ub", str(settings.batch), "-fa", "1", "-r", str(runs)]
    command += ["--no-warmup", "-o", "json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        told = process.stdout.read()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    (result,) = json.loads(told)
    return used.ru_utime + used.ru_stime, 1 / float(result["avg_ts"])
