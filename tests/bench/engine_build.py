"""The build for every processor against one compiled for this processor alone.

    python -m tests.bench.engine_build --engine FOLDER [--starts 7] [--rounds 5] [--write]

FOLDER holds an unpacked wheel of `make engine`; the other build is the one that is
installed. Pairs are interleaved in one run; processor time is compared, because the
machine may be busy. Where a process lies in memory moves its figures by some percent as
long as it lives, so both are started anew several times: each figure is the median over
the starts of the median over the pairs of a start. Ratio = ours / native, of tokens a
second.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

from tests.bench.table import machine
from tests.fuzz.gguf import starter_model

PAGE = Path(__file__).with_name("ENGINE_BUILD.md")
MARK = 0.97
_PROMPT, _ANSWER = 256, 48
_SIZES = (str(_PROMPT), str(_ANSWER))
# One thread: then the processor time is that of the arithmetic, not of waiting.
CHILD = """
import json, sys, time, ctypes, llama_cpp
from app import backends
quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
llama_cpp.llama_log_set(quiet, None)
backends.load(llama_cpp, gpu=False)
path, prompt, answer = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
model = llama_cpp.llama_model_load_from_file(
    path.encode(), llama_cpp.llama_model_default_params())
params = llama_cpp.llama_context_default_params()
params.n_ctx, params.n_batch, params.n_ubatch = 1024, 128, 128
params.n_threads = params.n_threads_batch = 1
context = llama_cpp.llama_init_from_model(model, params)
memory = llama_cpp.llama_get_memory(context)
def decode(tokens):
    room = (llama_cpp.llama_token * len(tokens))(*tokens)
    assert llama_cpp.llama_decode(
        context, llama_cpp.llama_batch_get_one(room, len(tokens))) == 0
for line in sys.stdin:
    llama_cpp.llama_memory_clear(memory, True)
    began = time.process_time()
    for start in range(0, prompt, 128):
        decode(list(range(100 + start, 228 + start)))
    read = time.process_time()
    for token in range(answer):
        decode([300 + token])
    spoken = time.process_time()
    print(json.dumps([prompt / (read - began), answer / (spoken - read),
                      backends.variant_in_use()]), flush=True)
"""


class Build:
    """A child that runs one of the two builds."""

    def __init__(self, engine: str) -> None:
        path = os.pathsep.join([engine] if engine else [])
        self._child = subprocess.Popen(
            [
                sys.executable,
                "-c",
                CHILD,
                str(starter_model()),
                str(_PROMPT),
                str(_ANSWER),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": path},
        )
        self.variant = ""

    def measure(self) -> tuple[float, float]:
        """Return tokens a second of reading and of writing."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write("go\n")
        self._child.stdin.flush()
        reading, writing, self.variant = json.loads(self._child.stdout.readline())
        return reading, writing

    def close(self) -> None:
        """End the child."""
        self._child.communicate()


def compare(engine: str, rounds: int) -> tuple[tuple[float, float], str]:
    """Return the ratios of reading and writing in one start, and the variant chosen."""
    ours, native = Build(engine), Build("")
    try:
        pairs = []
        for number in range(rounds + 1):
            # The first pair warms up; who begins changes from round to round.
            order = (ours, native) if number % 2 else (native, ours)
            figures = {build: build.measure() for build in order}
            if number:
                pairs.append((figures[ours], figures[native]))
        reading, writing = (
            statistics.median(a[place] / b[place] for a, b in pairs) for place in (0, 1)
        )
        return (reading, writing), ours.variant
    finally:
        ours.close()
        native.close()


def row(name: str, ratios: list[float]) -> str:
    """Return a row of the table: the median over the starts, and their range."""
    middle = f"{statistics.median(ratios):.3f}"
    return f"| {name} | {middle} ({min(ratios):.2f} – {max(ratios):.2f}) | ≥ {MARK} |"


def main() -> int:
    """Compare and print; 1 when a mark was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", required=True, help="an unpacked wheel")
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found = [compare(options.engine, options.rounds) for _ in range(options.starts)]
    reading, writing = ([ratios[place] for ratios, _ in found] for place in (0, 1))
    about = (
        f"SmolLM2 135M Q4_1, {_PROMPT} tokens read and {_ANSWER} written, one thread,"
        f" {options.starts} starts of {options.rounds} interleaved pairs, processor time;"
        f" chosen here: `{found[0][1]}`. In brackets the starts."
    )
    met = min(map(statistics.median, (reading, writing))) >= MARK
    lines = [
        machine(),
        "",
        about,
        "",
        "| what | ratio to a native build | mark |",
        "|---|---|---|",
        row("prompt tokens/s", reading),
        row("generated tokens/s", writing),
    ]
    text = "\n".join(lines)
    print(text)
    if options.write:
        _write("speed", text)
    return 0 if met else 1


def _write(part: str, text: str) -> None:
    """Put a text between its two marks on the page, the rest stays."""
    start, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    old = (
        PAGE.read_text("utf-8")
        if PAGE.exists()
        else "# The build for every processor\n"
    )
    block = f"{start}\n{text}\n{end}"
    found = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
    new = found.sub(lambda _: block, old) if found.search(old) else f"{old}\n{block}\n"
    PAGE.write_text(new, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
