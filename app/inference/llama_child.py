"""The model child: reads prompts and speaks, one request at a time.

    load ── restore or reuse what is known ── read the rest in batches ── choose, say …

A prompt is evaluated in batches, so that it can be stopped and shown; what it shares
with the last one is not evaluated again, and what has been kept on disk is taken from
there. Document text is never tokenised as control tokens.

Invariant: one request at a time, on the main thread; a crash here is a sentence there.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from app.inference.grants import Grants, confine_model
from app.inference.keeping import Keeper
from app.inference.messages import (
    Forget,
    Generate,
    ModelSpec,
    NextOf,
    Prepare,
    ScoreOf,
    TokensOf,
    Tune,
    Tuned,
)
from app.inference.model_file import check_model_file, context_full, load_error
from app.inference.probing import Probing
from app.inference.speaking import Said, chosen, speak
from app.log import get_logger, start_log
from app.values.generation import Done, EngineEvent, Loading, Reading
from app.values.prompts import Prompt
from app.workers.child import Child, Job, Route
from app.workers.shut import shut_the_network

if TYPE_CHECKING:  # imported when a model is loaded
    from app.inference.llama_model import LlamaModel

_log = get_logger("inference.llama")
_LEAST_ANSWER = 16
_MOST_REMEMBERED = 16
_STEP_SHOWN = 0.02


def run(connection: Connection, grants: Grants) -> None:
    """Serve the parent until it closes the connection."""
    start_log()
    confine_model(grants)
    shut_the_network()
    os.environ["GGML_NO_BACKTRACE"] = "1"
    runner = LlamaRunner()
    probing = Probing(runner)
    routes = {
        Generate: Route(runner.generate),
        Prepare: Route(runner.prepare),
        Tune: Route(runner.tune),
        Forget: Route(runner.forget),
        TokensOf: Route(probing.tokens),
        NextOf: Route(probing.next),
        ScoreOf: Route(probing.score),
    }
    Child(connection, routes).serve()
    runner.close()


@dataclass(frozen=True, slots=True)
class _Read:
    """A prompt that was read: its tokens, how many were known, how long it took."""

    tokens: list[int]
    reused: int
    ms: float


class LlamaRunner:
    """Holds the loaded model and answers requests one after the other."""

    def __init__(self) -> None:
        self._spec: ModelSpec | None = None
        self._model: LlamaModel | None = None
        self._job: Job | None = None
        self._keeper = Keeper()
        # What was said, with its tokens: tokenised again they might be others, and
        # then a conversation would have to be read again from there on.
        self._said: dict[str, list[int]] = {}

    # -- requests ------------------------------------------------------------------------

    def generate(self, job: Job) -> Iterator[EngineEvent]:
        """Load if need be, read the prompt, then yield text until it ends."""
        message: Generate = job.message
        spec, prompt = message.spec, message.prompt
        model = yield from self._ensure_loaded(job, spec)
        grammar = model.grammar_of(prompt.schema) if prompt.schema else ""
        said = Said()
        with model.sampler(message.sampling, grammar) as sampler:
            with self._working(job, model):
                read = yield from self._read(model, spec, prompt)
            started = time.monotonic()
            limit = min(message.sampling.max_tokens, model.size - len(read.tokens) - 1)
            draft = 0 if grammar else spec.draft
            ids = chosen(model, sampler, read.tokens, draft)
            yield from speak(model, ids, prompt.stops, limit, said)
        self._remember(said)
        yield Done(
            said.reason,
            prompt_tokens=len(read.tokens),
            prompt_tokens_reused=read.reused,
            answer_tokens=len(said.tokens),
            prompt_ms=read.ms,
            answer_ms=(time.monotonic() - started) * 1000,
        )

    def prepare(self, job: Job) -> Iterator[EngineEvent]:
        """Read the beginning of a prompt; what was read is there for `generate`."""
        message: Prepare = job.message
        beginning = message.prompt.beginning
        model = yield from self._ensure_loaded(job, message.spec, give_up=False)
        if not beginning.parts:
            return
        with self._working(job, model):
            read = yield from self._read(model, message.spec, beginning, ahead=True)
        yield Done(
            "prepared",
            prompt_tokens=len(read.tokens),
            prompt_tokens_reused=read.reused,
            prompt_ms=read.ms,
        )

    def loaded(self, job: Job, spec: ModelSpec) -> Generator[Loading, None, LlamaModel]:
        """Load the model if need be and return it."""
        return (yield from self._ensure_loaded(job, spec))

    def evaluated(
        self, job: Job, spec: ModelSpec, prompt: Prompt
    ) -> Generator[EngineEvent, None, tuple[LlamaModel, list[int]]]:
        """Read a prompt; return the model, with logits for its last token, and its tokens."""
        model = yield from self._ensure_loaded(job, spec)
        with self._working(job, model):
            read = yield from self._read(model, spec, prompt)
        return model, read.tokens

    def empty(self) -> None:
        """Let the context hold nothing."""
        self._said.clear()
        if self._model is not None:
            self._model.cut(0)

    @contextlib.contextmanager
    def _working(self, job: Job, model: LlamaModel) -> Iterator[None]:
        """Let the computing of a batch end as soon as the job is cancelled."""
        self._job = job
        model.heed_stops(True)
        try:
            yield
        finally:
            model.heed_stops(False)
            self._job = None

    def tune(self, job: Job) -> Iterator[Loading | Tuned]:
        """Measure what is fastest; the context is empty afterwards."""
        from app.inference.tuning import tune

        message: Tune = job.message
        model = yield from self._ensure_loaded(job, message.spec)
        try:
            yield tune(model, message.spec.threads, job.check)
        finally:
            model.cut(0)
            model.use_threads(message.spec.threads)

    def forget(self, job: Job) -> Iterator[object]:
        """Let go of all text, also of what is on disk."""
        message: Forget = job.message
        self.empty()
        self._keeper.forget(message.states)
        yield from ()

    def close(self) -> None:
        """Wait for what is being written."""
        self._keeper.finish()

    # -- loading -------------------------------------------------------------------------

    def _ensure_loaded(
        self, job: Job, spec: ModelSpec, give_up: bool = True
    ) -> Generator[Loading, None, LlamaModel]:
        """Load the model if it is another one; with `give_up` a cancelled load ends."""
        if self._model is not None and self._spec == spec.loaded:
            return self._model
        check_model_file(Path(spec.path), spec.ram_bytes)
        self._unload()
        progress = [0.0]
        failure: list[BaseException] = []

        def report(fraction: float) -> bool:
            progress[0] = fraction
            return not (give_up and job.cancelled())

        def work() -> None:
            from app.inference.llama_model import LlamaModel

            try:
                self._model = LlamaModel(spec, report)
            except BaseException as error:  # noqa: BLE001 - raised again below
                failure.append(error)

        thread = threading.Thread(target=work, name="load")
        thread.start()
        shown = -1.0
        try:
            while thread.is_alive():
                thread.join(0.05)
                if progress[0] - shown >= _STEP_SHOWN:
                    shown = progress[0]
                    yield Loading(round(shown, 3))
        finally:
            # Cancelled or not: the next request must not meet a half-loaded model.
            thread.join()
            if self._model is not None:
                self._spec = spec.loaded
        if self._model is None:
            job.check()
            raise _told(Path(spec.path), failure[0])
        self._model.stopped = self._stopped
        yield Loading(1.0)
        return self._model

    def _stopped(self) -> bool:
        return self._job is not None and self._job.cancelled()

    def _unload(self) -> None:
        self._spec = None
        self._said.clear()
        if self._model is not None:
            self._model.close()
            self._model = None

    # -- reading -------------------------------------------------------------------------

    def _read(
        self, model: LlamaModel, spec: ModelSpec, prompt: Prompt, ahead: bool = False
    ) -> Generator[Reading, None, _Read]:
        """Evaluate a prompt; `ahead` of a question it need not have logits.

        Raises ModelError, before anything is evaluated, when it does not fit.
        """
        started = time.monotonic()
        tokens, ends = self._tokenize(model, prompt)
        total = len(tokens)
        if model.size - total - 1 < _LEAST_ANSWER:
            raise context_full()
        wanted = tokens if ahead else tokens[:-1]
        reused = _shared(model.tokens, wanted)
        reused = self._keeper.restore(model, spec, tokens, ends, reused)
        reused = place = model.cut(min(reused, len(wanted)))
        yield Reading(reused, total, reused)
        for end in [*(end for end in ends if end > reused), total]:
            while place < end:
                stop = min(place + model.batch, end)
                model.decode(tokens[place:stop])
                place = stop
                yield Reading(place, total, reused)
            if end in ends and place > reused:
                spent = (time.monotonic() - started) / (place - reused)
                self._keeper.keep(model, spec, spent)
        return _Read(tokens, reused, (time.monotonic() - started) * 1000)

    def _tokenize(
        self, model: LlamaModel, prompt: Prompt
    ) -> tuple[list[int], list[int]]:
        """Return the tokens of a prompt, and after how many of them a kept part ends."""
        tokens: list[int] = []
        ends: list[int] = []
        for place, part in enumerate(prompt.parts):
            known = None if part.control else self._said.get(part.text)
            tokens += known or model.tokenize(part.text, place == 0, part.control)
            if part.keep:
                ends.append(len(tokens))
        return tokens, ends

    def _remember(self, said: Said) -> None:
        text = said.text.strip()
        if text and not said.cut:
            self._said.pop(text, None)
            self._said[text] = said.tokens
            if len(self._said) > _MOST_REMEMBERED:
                self._said.pop(next(iter(self._said)))


def _shared(old: list[int], new: list[int]) -> int:
    """Return how many tokens two lists have in common at their beginning."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _told(path: Path, error: BaseException) -> BaseException:
    """Return what to raise for a failed load: a sentence where one can be found."""
    from app.inference.llama_model import LoadFailed

    if isinstance(error, LoadFailed):
        _log.error("a model did not load")
        return load_error(path, error.complaints)
    return error
