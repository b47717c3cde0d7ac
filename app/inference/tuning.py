"""Which batch size and number of threads are fastest, and whether guessing ahead pays.

All are measured side by side in turns on the loaded model: a computer that is busy for
a second then slows every candidate, not one. The ratio of the best times counts.

Guessing ahead (`app.inference.lookup`) needs a batch of eight tokens to cost little
more than one token: on two cores of a laptop it costs four times as much, and then
guesses must nearly all be right to pay. And it must change no answer: eight tokens at
once go through other routines than one token, and their logits often differ in the last
bits, which tips the scales between two words that are equally likely.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.inference.messages import Tuned

if TYPE_CHECKING:
    from app.inference.llama_model import LlamaModel

BATCHES = (64, 128, 256, 512)
STEP = 8
# A larger batch takes memory and answers a stop later: it must gain this much.
_GAIN = 0.97
_ROUNDS = 3
_MOST_S = 8.0
_SINGLES = 6
_FAST_S = 0.02


def tune(model: LlamaModel, most_threads: int, check: Callable[[], None]) -> Tuned:
    """Return the fastest settings. `check` raises to end it.

    The model's context must be as large as the largest batch, better twice; it is empty
    afterwards. `most_threads` is never exceeded.
    """
    times = {n: _speaking(model, n, check) for n in _thread_counts(most_threads)}
    threads, fast = _fewest_fast(times), min(times.values()) < _FAST_S
    model.use_threads(threads)
    # For a slow model 256 tokens are a trial that is long enough.
    most = min(model.batch, model.size - STEP, BATCHES[-1] if fast else BATCHES[-2])
    fitting = [size for size in BATCHES if size <= most]
    batch = _fewest_fast(_reading(model, fitting, check))
    return Tuned(batch, threads, round(_step_ratio(model, check), 3), _is_exact(model))


def _thread_counts(most: int) -> list[int]:
    return sorted({most, max(1, most * 3 // 4), max(1, most // 2)})


def _fewest_fast(times: dict[int, float]) -> int:
    """Return the smallest setting that is hardly slower than the best."""
    best = min(times.values())
    return min(n for n, seconds in times.items() if seconds * _GAIN <= best)


def _words(model: LlamaModel, count: int) -> list[int]:
    """Return tokens to evaluate: which ones does not matter for the time."""
    tokens = model.tokenize("The rules were read aloud each spring. ", True, False)
    return (tokens * (count // len(tokens) + 1))[:count]


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _reading(
    model: LlamaModel, batches: list[int], check: Callable[[], None]
) -> dict[int, float]:
    """Return the best seconds for a prompt, for each size of batch."""
    length = batches[-1]
    tokens = _words(model, length)

    def read(size: int) -> float:
        model.cut(0)
        started = time.perf_counter()
        for start in range(0, length, size):
            check()
            model.decode(tokens[start : start + size])
        return time.perf_counter() - started

    until = time.monotonic() + _MOST_S
    best = {size: read(size) for size in reversed(batches)}
    while time.monotonic() < until:
        for size in batches:
            best[size] = min(best[size], read(size))
    return best


def _speaking(model: LlamaModel, threads: int, check: Callable[[], None]) -> float:
    """Return the best seconds for one token."""
    model.use_threads(threads)
    model.cut(0)
    tokens = _words(model, 2 + _SINGLES * _ROUNDS)
    model.decode(tokens[:2])
    times = []
    for token in tokens[2:]:
        check()
        times.append(_timed(lambda token=token: model.decode([token])))  # type: ignore[misc]
    return statistics.median(sorted(times)[: len(times) // 2 + 1])


def _step_ratio(model: LlamaModel, check: Callable[[], None]) -> float:
    """Return the time for eight tokens over that of one, all with logits."""
    ones, eights = [], []
    tokens = _words(model, 64 + STEP)
    model.cut(0)
    model.decode(tokens[:64])
    for _ in range(_ROUNDS * 3):
        check()
        eights.append(_timed(lambda: model.decode_all(tokens[64:])))
        model.cut(64)
        ones.append(_timed(lambda: model.decode_all(tokens[64:65])))
        model.cut(64)
    return min(eights) / min(ones)


def _is_exact(model: LlamaModel) -> bool:
    """Tell whether eight tokens at once give the logits of one after the other."""
    tokens = _words(model, 32 + STEP)
    model.cut(0)
    model.decode(tokens[:32])
    model.decode_all(tokens[32:])
    together = [model.logits(place) for place in range(STEP)]
    model.cut(32)
    for place, token in enumerate(tokens[32:]):
        model.decode([token])
        if model.logits(-1) != together[place]:
            return False
    return True
