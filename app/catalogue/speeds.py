"""How fast a model is on this very computer: measured, kept, and never estimated."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.errors import Cancelled, ModelError
from app.files import write_atomically
from app.i18n import N_
from app.log import get_logger
from app.values.bases import EmbedderSpeed
from app.values.cards import ModelCard
from app.values.generation import Done, EngineEvent
from app.values.ports import Engine, Stop
from app.values.prompts import Prompt, Sampling

_log = get_logger("catalogue")
ANSWER_TOKENS = 48
_RUNS = 2
_FEWEST_TOKENS = 8
_STEP_PAYS = 2.5
_DRAFT = 7
# About 200 tokens. Plain words, so that every model has something to go on with.
TEXT = (
    "The commons is a piece of land that belongs to a whole village. Everybody may let"
    " their animals graze there, gather wood and fetch water, and everybody helps to"
    " mend the fences. The oldest rules were written down by hand and read aloud each"
    " spring: how many cows each house may bring, when the meadow rests, who repairs the"
    " bridge, and what happens to those who take more than their share. Most villages"
    " chose a keeper, who counted the animals and settled quarrels. Where the rules were"
    " fair and known to all, the meadow stayed green for centuries. Today the word is"
    " used for other things that people hold together, such as libraries, seeds, maps"
    " and programs. Go on with this text in at least ten long sentences: tell how a"
    " village with one hundred houses shares its well, its forest and its school."
)


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured. `measured_at` is in seconds since 1970.

    `chunks_per_second`, `hits` and `questions` are an embedder's: passages a second, and
    how many of the trial's questions found theirs; the first two are 0 then. The last
    four are a chat model's fastest settings (`batch` 0: not tried): see
    `app.inference.tuning`.
    """

    prompt_tokens_per_second: float
    tokens_per_second: float
    measured_at: float
    threads: int
    chunks_per_second: float = 0.0
    hits: int = 0
    questions: int = 0
    batch: int = 0
    fastest_threads: int = 0
    step_ratio: float = 0.0
    exact: bool = False

    @property
    def draft(self) -> int:
        """How many tokens to guess ahead: none unless it pays and changes no answer.

        Eight tokens at once must cost less than 2.5 times one: then two right guesses
        in seven pay already.
        """
        pays = 0 < self.step_ratio < _STEP_PAYS
        return _DRAFT if self.exact and pays else 0


class Speeds:
    """The speeds of this computer, one for each model file and number of threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._speeds = _read(path)

    def get(self, sha256: str, threads: int) -> Speed | None:
        """Return what was measured for a model file, or None."""
        return self._speeds.get(_key(sha256, threads))

    def keep(self, sha256: str, speed: Speed) -> None:
        """Keep a measurement. Raises StorageError."""
        self._speeds[_key(sha256, speed.threads)] = speed
        plain = {key: dataclasses.asdict(value) for key, value in self._speeds.items()}
        write_atomically(self._path, json.dumps(plain, indent=2).encode())


def measure(
    engine: Engine,
    prompt_of: Callable[[str], Prompt],
    threads: int,
    stop: Stop = lambda: False,
) -> Speed:
    """Return an engine's speed: the median of two runs after one to warm up.

    `prompt_of` wraps a text in the marks the model expects. Each run begins with other
    words, because a prompt that was read before costs nothing. Raises Cancelled,
    ModelError or WorkerDied.
    """
    from statistics import median  # late: the window starts without it

    runs = []
    for number in range(_RUNS + 1):
        events = engine.generate(
            prompt_of(f"{number + 1}. {TEXT}"), Sampling(max_tokens=ANSWER_TOKENS)
        )
        runs.append(_finish(events, stop))
    counted = runs[1:]
    if min(run.answer_tokens for run in counted) < _FEWEST_TOKENS:
        raise ModelError(
            N_("The model said too little for its speed to be measured."),
            N_("It can be used all the same."),
        )
    return Speed(
        round(median(_reading_speed(run) for run in counted), 1),
        round(median(_writing_speed(run) for run in counted), 1),
        round(time.time()),
        threads,
    )


def of_embedder(found: EmbedderSpeed, threads: int) -> Speed:
    """Return the speed of an embedder that was tried just now."""
    return Speed(
        0.0,
        0.0,
        round(time.time()),
        threads,
        found.chunks_per_second,
        found.hits,
        found.questions,
    )


def best_embedder(
    cards: Iterable[ModelCard], speed_of: Callable[[ModelCard], Speed | None]
) -> ModelCard | None:
    """Return the embedder to recommend on this computer, of those that were measured.

    Understanding comes first: only one that finds as many passages as the best, but for
    one, is taken; among these the fastest. None where nobody measured.
    """
    tried = [
        (speed, card)
        for card in cards
        if card.kind == "embedder" and (speed := speed_of(card)) and speed.questions
    ]
    if not tried:
        return None
    most = max(speed.hits for speed, _ in tried)
    good = [pair for pair in tried if pair[0].hits >= most - 1]
    return max(good, key=lambda pair: pair[0].chunks_per_second)[1]


def _finish(events: Iterator[EngineEvent], stop: Stop) -> Done:
    with contextlib.closing(events) as stream:  # type: ignore[type-var]
        for event in stream:
            if stop():
                raise Cancelled
            if isinstance(event, Done):
                return event
    raise Cancelled


def _reading_speed(run: Done) -> float:
    read = run.prompt_tokens - run.prompt_tokens_reused
    return read / max(run.prompt_ms, 1.0) * 1000


def _writing_speed(run: Done) -> float:
    return run.answer_tokens / max(run.answer_ms, 1.0) * 1000


def _key(sha256: str, threads: int) -> str:
    return f"{sha256}/{threads}"


def _read(path: Path) -> dict[str, Speed]:
    try:
        data = json.loads(path.read_text("utf-8"))
        return {str(key): Speed(**value) for key, value in data.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError):
        _log.warning("speeds could not be read; they are measured again")
        return {}
