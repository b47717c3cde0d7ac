"""The model child: the only module that runs llama_cpp for chat.

It works around what was measured in llama-cpp-python 0.3.36: document text is never
tokenised as control tokens; long tokens (rules, indentation) keep their text; the
reason of a failed load is read from llama.cpp's own log; a prompt is evaluated in
batches so that it can be cancelled and shown; the common prefix with the last prompt
is not evaluated again.

Invariant: one request at a time, on the main thread; a crash here is a sentence there.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from app import backends
from app.errors import Cancelled, ModelError
from app.i18n import N_
from app.inference.adapters import attach
from app.inference.hardware import memory_bytes
from app.inference.messages import Generate, ModelSpec
from app.log import get_logger, start_log
from app.values.generation import Done, EngineEvent, Loading, Reading, Token
from app.values.prompts import Prompt, Sampling
from app.workers.child import Child, Job, Route

_log = get_logger("inference.llama")
_BATCH = 128
_CONTEXT_STEP = 256
_ERROR_LEVELS = (3, 4)


def run(connection: Connection) -> None:
    """Serve the parent until it closes the connection."""
    start_log()
    os.environ["GGML_NO_BACKTRACE"] = "1"
    runner = LlamaRunner()
    Child(connection, {Generate: Route(runner.generate)}).serve()


class LlamaRunner:
    """Holds the loaded model and answers requests one after the other."""

    def __init__(self) -> None:
        self._spec: ModelSpec | None = None
        self._llama: Any = None
        self._job: Job | None = None
        self._complaints: list[str] = []
        self._callbacks: list[object] = []

    def generate(self, job: Job) -> Iterator[EngineEvent]:
        """Load if need be, read the prompt, then yield text until it ends."""
        message: Generate = job.message
        yield from self._ensure_loaded(job, message.spec)
        self._job = job
        try:
            yield from self._answer(message.prompt, message.sampling)
        except RuntimeError as error:
            # llama_decode returns an error when the abort callback says stop.
            if job.cancelled():
                raise Cancelled from error
            raise
        finally:
            self._job = None

    # -- loading ---------------------------------------------------------------

    def _ensure_loaded(self, job: Job, spec: ModelSpec) -> Iterator[Loading]:
        if self._spec == spec:
            return
        check_model_file(Path(spec.path), spec.ram_bytes)
        self._unload()
        progress = [0.0]
        failure: list[BaseException] = []

        def report(fraction: float, _data: object) -> bool:
            progress[0] = fraction
            return not job.cancelled()

        def work() -> None:
            try:
                self._llama = self._open(spec, report)
            except BaseException as error:  # noqa: BLE001 - raised again below
                failure.append(error)

        thread = threading.Thread(target=work, name="load")
        thread.start()
        shown = -1.0
        try:
            while thread.is_alive():
                thread.join(0.05)
                if progress[0] - shown >= 0.02:
                    shown = progress[0]
                    yield Loading(round(shown, 3))
        finally:
            # Cancelled or not: the next request must not meet a half-loaded model.
            thread.join()
        job.check()
        if failure:
            if isinstance(failure[0], ModelError):
                raise failure[0]
            raise self._load_error(Path(spec.path)) from failure[0]
        self._spec = spec
        yield Loading(1.0)

    def _open(self, spec: ModelSpec, report: Callable[[float, object], bool]) -> Any:
        import llama_cpp

        self._listen_to_log(llama_cpp)
        backends.load(llama_cpp, gpu=spec.gpu_layers != 0)
        callback = llama_cpp.llama_progress_callback(report)
        original = llama_cpp.llama_model_default_params

        def params_with_progress() -> Any:
            params = original()
            params.progress_callback = callback
            return params

        # Llama() has no parameter for the progress callback.
        llama_cpp.llama_model_default_params = params_with_progress
        try:
            llama = llama_cpp.Llama(
                spec.path,
                n_ctx=_rounded_context(spec.context),
                n_batch=_BATCH,
                n_ubatch=_BATCH,
                n_threads=spec.threads,
                n_threads_batch=spec.threads,
                n_gpu_layers=spec.gpu_layers,
                flash_attn=True,
                seed=0,
                verbose=False,
            )
        finally:
            llama_cpp.llama_model_default_params = original
        try:
            attach(llama_cpp, llama.model, llama.ctx, spec.adapters)
        except ModelError:
            llama.close()
            raise
        abort = llama_cpp.ggml_abort_callback(lambda _data: self._cancelled())
        llama_cpp.llama_set_abort_callback(llama.ctx, abort, None)
        self._callbacks += [callback, abort]
        return llama

    def _listen_to_log(self, llama_cpp: Any) -> None:
        self._complaints.clear()

        def note(level: int, text: bytes, _data: object) -> None:
            if level in _ERROR_LEVELS:
                self._complaints.append(text.decode("utf-8", "replace"))

        callback = llama_cpp.llama_log_callback(note)
        llama_cpp.llama_log_set(callback, None)
        self._callbacks = [callback]

    def _cancelled(self) -> bool:
        return self._job is not None and self._job.cancelled()

    def _load_error(self, path: Path) -> ModelError:
        text = " ".join(self._complaints)
        _log.error("a model did not load (%d complaints)", len(self._complaints))
        if "unknown model architecture" in text:
            return ModelError(
                N_("The model {file} is of a kind this version does not know."),
                N_("Install the newest version of Allmende or choose another model."),
                file=path.name,
            )
        if "failed to allocate" in text or "unable to allocate" in text:
            return too_big(path)
        return damaged(path)

    def _unload(self) -> None:
        self._spec = None
        if self._llama is not None:
            self._llama.close()
            self._llama = None

    # -- generating --------------------------------------------------------------

    def _answer(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        llama = self._llama
        started = time.monotonic()
        tokens = self._tokenize(prompt)
        limit = llama.n_ctx() - len(tokens) - 1
        if limit < 16:
            raise ModelError(
                N_("The question with its sources is too long for this model."),
                N_("Ask a shorter question or choose a model with more context."),
            )
        reused = self._reuse_prefix(tokens)
        yield Reading(reused, len(tokens), reused)
        for start in range(reused, len(tokens) - 1, _BATCH):
            llama.eval(tokens[start : min(start + _BATCH, len(tokens) - 1)])
            yield Reading(llama.n_tokens, len(tokens), reused)
        prompt_ms = (time.monotonic() - started) * 1000
        counted = _Counter()
        yield from self._speak(tokens, prompt.stops, sampling, limit, counted)
        yield Done(
            counted.reason,
            prompt_tokens=len(tokens),
            prompt_tokens_reused=reused,
            answer_tokens=counted.tokens,
            prompt_ms=prompt_ms,
            answer_ms=(time.monotonic() - started) * 1000 - prompt_ms,
        )

    def _speak(
        self,
        tokens: list[int],
        stops: tuple[str, ...],
        sampling: Sampling,
        limit: int,
        counted: _Counter,
    ) -> Iterator[Token]:
        import llama_cpp

        llama = self._llama
        llama.set_seed(sampling.seed)
        vocabulary = llama._model.vocab  # noqa: SLF001 - has no public name
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        pending = ""
        most = min(limit, sampling.max_tokens)
        for token in llama.generate(
            tokens,
            temp=sampling.temperature,
            top_p=sampling.top_p,
            repeat_penalty=sampling.repeat_penalty,
        ):
            if llama_cpp.llama_vocab_is_eog(vocabulary, token):
                counted.reason = "stop"
                break
            counted.tokens += 1
            pending += decoder.decode(token_bytes(llama_cpp, vocabulary, token))
            ready, pending, stopped = split_at_stop(pending, stops)
            if ready:
                yield Token(ready)
            if stopped:
                counted.reason = "stop"
                return
            if counted.tokens >= most:
                counted.reason = "length"
                break
        if pending:
            yield Token(pending)

    def _tokenize(self, prompt: Prompt) -> list[int]:
        tokens: list[int] = []
        for place, part in enumerate(prompt.parts):
            tokens += self._llama.tokenize(
                part.text.encode(), add_bos=place == 0, special=part.control
            )
        return tokens

    def _reuse_prefix(self, tokens: list[int]) -> int:
        llama = self._llama
        known = llama.input_ids[: llama.n_tokens]
        shared = 0
        for old, new in zip(known.tolist(), tokens[:-1], strict=False):
            if old != new:
                break
            shared += 1
        context = llama._ctx  # noqa: SLF001 - has no public name
        if shared and context.kv_cache_seq_rm(-1, shared, -1):
            llama.n_tokens = shared
            return shared
        llama.reset()
        return 0


class _Counter:
    """How many tokens were said, and why it ended."""

    def __init__(self) -> None:
        self.tokens = 0
        self.reason = "stop"


def token_bytes(llama_cpp: Any, vocabulary: Any, token: int) -> bytes:
    """Return the bytes of one token, however long (the binding cuts at 32)."""
    size = 32
    while True:
        buffer = (ctypes.c_char * size)()
        count = llama_cpp.llama_token_to_piece(
            vocabulary, token, buffer, size, 0, False
        )
        if count >= 0:
            return buffer.raw[:count]
        size = -count


def split_at_stop(text: str, stops: tuple[str, ...]) -> tuple[str, str, bool]:
    """Return (ready to show, to hold back, whether a stop was met)."""
    for stop in stops:
        place = text.find(stop)
        if place >= 0:
            return text[:place], "", True
    for size in range(min(max(map(len, stops), default=0), len(text)), 0, -1):
        if any(stop.startswith(text[-size:]) for stop in stops):
            return text[:-size], text[-size:], False
    return text, "", False


def check_model_file(path: Path, ram_bytes: int) -> None:
    """Raise ModelError for a file that cannot or must not be loaded."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            magic = file.read(4)
    except FileNotFoundError as error:
        raise ModelError(
            N_("The model file {file} is not there."),
            N_("Install or import the model again."),
            file=path.name,
        ) from error
    except OSError as error:
        raise ModelError(
            N_("The model file {file} cannot be read."),
            N_("Check its permissions, or the drive it lies on."),
            file=path.name,
        ) from error
    if magic != b"GGUF":
        raise ModelError(
            N_("The file {file} is not a GGUF model."),
            N_("Choose a file that ends in .gguf and was made for llama.cpp."),
            file=path.name,
        )
    _, free = memory_bytes()
    if max(ram_bytes, size) > free:
        raise too_big(path, max(ram_bytes, size), free)


def too_big(path: Path, needed: int = 0, free: int = 0) -> ModelError:
    """Return the error for a model that does not fit into memory."""
    if not needed:
        return ModelError(
            N_("The model {file} does not fit into the memory that is free."),
            N_("Close other programs or choose a smaller model."),
            file=path.name,
        )
    return ModelError(
        N_("The model {file} needs {needed} GB of memory, and {free} GB are free."),
        N_("Close other programs or choose a smaller model."),
        file=path.name,
        needed=f"{needed / 1e9:.1f}",
        free=f"{free / 1e9:.1f}",
    )


def damaged(path: Path) -> ModelError:
    """Return the error for a model file that llama.cpp refuses."""
    return ModelError(
        N_("The model file {file} is damaged or incomplete."),
        N_("Install or import it again; `allmende models verify` checks it."),
        file=path.name,
    )


def _rounded_context(tokens: int) -> int:
    return max(_CONTEXT_STEP, tokens // _CONTEXT_STEP * _CONTEXT_STEP)
