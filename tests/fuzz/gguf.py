"""Damaged GGUF files by the thousand: no one takes the window.

    python -m tests.fuzz.gguf --count 2000 --seed 1

Each file is a small model that llama.cpp loads and runs, with some bytes of its header
changed in ways that parsers stumble over. Our own look at the header comes first; what
passes goes to the real child, which loads it and says one token. The child may die; this
process, which stands for the window, must get an answer or a sentence every time.
"""

from __future__ import annotations

import argparse
import random
import resource
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from app import paths
from app.catalogue.describe import describe, sane_parts
from app.catalogue.gguf import read_header
from app.catalogue.store import ModelStore
from app.environment import quieten_environment
from app.errors import AppError, ModelError, WorkerDied
from app.inference.engine import LlamaEngine
from app.inference.messages import ModelSpec
from app.values.prompts import Prompt, PromptPart, Sampling
from tests.catalogue.make_gguf import working_model

# A file may take so long in the child, then it counts as hanging. Much, because the
# series runs beside other work.
_PATIENCE_S = 300.0
_MEMORY_BYTES = 6_000_000_000
_INTERESTING = (0, 1, 2, 7, 8, 127, 128, 255, 2**15, 2**16, 2**31 - 1, 2**31, 2**32 - 1)
_LARGE = (0, 1, 2**31, 2**32, 2**40, 2**62, 2**63 - 1, 2**64 - 1)
ANSWERED = "loaded and answered"
Change = Callable[[random.Random, bytearray, int], None]


def _byte(chance: random.Random, data: bytearray, most: int) -> None:
    data[chance.randrange(4, most)] = chance.choice((*range(256),))


def _bit(chance: random.Random, data: bytearray, most: int) -> None:
    data[chance.randrange(4, most)] ^= 1 << chance.randrange(8)


def _number(chance: random.Random, data: bytearray, most: int) -> None:
    struct.pack_into(
        "<I", data, chance.randrange(4, most - 8), chance.choice(_INTERESTING)
    )


def _long_number(chance: random.Random, data: bytearray, most: int) -> None:
    struct.pack_into("<Q", data, chance.randrange(4, most - 8), chance.choice(_LARGE))


def _repeat(chance: random.Random, data: bytearray, most: int) -> None:
    start, size = chance.randrange(4, most - 64), chance.randrange(1, 64)
    data[start:start] = data[start : start + size]


def _remove(chance: random.Random, data: bytearray, most: int) -> None:
    start = chance.randrange(4, most - 64)
    del data[start : start + chance.randrange(1, 64)]


def _cut(chance: random.Random, data: bytearray, most: int) -> None:
    del data[chance.randrange(4, len(data)) :]


def _value(chance: random.Random, data: bytearray, most: int) -> None:
    """Change the value behind a key that sizes something."""
    keys = (b"block_count", b"context_length", b"embedding_length", b"head_count",
            b"feed_forward_length", b"dimension_count", b"vocab_size", b"epsilon",
            b"freq_base", b"token_id", b"head_count_kv", b"file_type")  # fmt: skip
    place = data.find(chance.choice(keys), 0, most)
    if place >= 0:
        behind = data.find(b"\x00\x00\x00", place, place + 64)
        if behind >= 0:
            struct.pack_into("<I", data, behind + 3, chance.choice(_INTERESTING))


CHANGES: tuple[Change, ...] = (
    _byte, _bit, _number, _long_number, _repeat, _remove, _cut, _value, _value,
)  # fmt: skip


def mutated(seed: int, number: int, whole: bytes, header: int) -> bytes:
    """Return the file `number` of a series; the same one for the same seed."""
    chance = random.Random(f"{seed}.{number}")
    data = bytearray(whole)
    # Most of a header is vocabulary: half of the changes go where the sizes are.
    for _ in range(chance.choice((1, 1, 2, 4))):
        most = header if chance.random() < 0.5 else min(header, 2_000)
        if len(data) > most:
            chance.choice(CHANGES)(chance, data, most)
    return bytes(data)


def outcome(path: Path, engine: LlamaEngine) -> str:
    """Return what became of a file: which check refused it, or what the child did."""
    try:
        describe(path)
        sane_parts(path)
    except ModelError:
        return "refused by the header check"
    # The number of the file stands for its hash: the child must not go on with another.
    number = str(path.stat().st_ino)
    engine.spec = ModelSpec(str(path), context=256, threads=1, sha256=number)
    started = time.monotonic()
    try:
        for _ in engine.generate(Prompt((PromptPart("Hello"),)), Sampling(1)):
            if time.monotonic() - started > _PATIENCE_S:
                engine.close()
                return "stopped: too slow"
    except WorkerDied:
        return "child died, told as a sentence"
    except AppError:
        return "refused by the child, told as a sentence"
    return ANSWERED


def run(count: int, seed: int, folder: Path) -> Iterator[tuple[int, str]]:
    """Yield number and outcome of each file; a good one every 250 must answer."""
    model = working_model(folder / "good.gguf")
    whole = model.read_bytes()
    found = read_header(model)
    # The header ends where the first tensor's bytes begin.
    header = found.size_bytes - max(tensor.end for tensor in found.tensors)
    engine = LlamaEngine(ModelSpec(str(model)))
    path = folder / "mutated.gguf"
    try:
        for number in range(count):
            if number % 250 == 0 and outcome(model, engine) != ANSWERED:
                raise RuntimeError("the good model does not answer")
            path.unlink(missing_ok=True)
            path.write_bytes(mutated(seed, number, whole, header))
            yield number, outcome(path, engine)
    finally:
        engine.close()


def starter_model() -> Path:
    """Return the file of the starter model."""
    store = ModelStore(paths.cards_dir(), paths.models_dir(), paths.shared_models_dir())
    return Path(store.need("smollm2-135m-instruct").path)


def main() -> int:
    """Run a series and print how many files ended how."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    quieten_environment()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    outcomes: Counter[str] = Counter()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        series = run(options.count, options.seed, Path(folder))
        for number, found in series:
            outcomes[found] += 1
            if number % 50 == 49:
                print(number + 1, dict(outcomes), flush=True)
    seconds = time.monotonic() - started
    for found, times in outcomes.most_common():
        print(f"{times:6} {found}")
    print(f"{sum(outcomes.values()):6} files in {seconds:.0f} s; this process lives")
    return 0


if __name__ == "__main__":
    sys.exit(main())
