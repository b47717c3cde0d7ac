"""One GGUF model with one context: llama.cpp's C interface, and nothing above it.

The binding's own class `Llama` is not used: it copies logits it does not need (as much
memory as the context), detokenises everything again for each token, loses tokens longer
than 32 bytes, and hides the reason of a failed load. What is measured of llama.cpp
itself stands beside the workarounds.

Invariant: `tokens` is what the context holds, also after a decode that was stopped.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import llama_cpp
from llama_cpp.llama_grammar import json_schema_to_gbnf

from app import backends
from app.errors import Cancelled, ModelError
from app.i18n import N_
from app.inference.llama_sampler import Sampler
from app.inference.messages import ModelSpec
from app.inference.model_file import context_full, unusable_schema
from app.values.prompts import Sampling

_CONTEXT_STEP = 256
_ERROR_LEVELS = (3, 4)
_Q8_0, _FLASH = 8, 1
_ABORTED, _FULL = 2, 1
# The binding writes emoji as two surrogates, which llama.cpp takes for two characters.
_SURROGATES = re.compile(r"\\u([dD][89abAB]..)\\u([dD][c-fC-F]..)")
_Report = Callable[[float], bool]
_NOBODY = llama_cpp.llama_log_callback(lambda _level, _text, _data: None)


class LoadFailed(Exception):
    """llama.cpp refused; `complaints` is what it logged."""

    def __init__(self, complaints: str) -> None:
        super().__init__("the model did not load")
        self.complaints = complaints


class LlamaModel:
    """A loaded model. `report` gets the fraction read and says whether to go on."""

    def __init__(self, spec: ModelSpec, report: _Report) -> None:
        self.tokens: list[int] = []
        self.stopped: Callable[[], bool] = lambda: False
        self._complaints: list[str] = []
        self._pieces: dict[int, bytes] = {}
        self._grammars: dict[str, str] = {}
        self._model: Any = None
        self._context: Any = None
        self._room: Any = None
        self._adapters: list[Any] = []
        self._log = llama_cpp.llama_log_callback(self._note)
        llama_cpp.llama_log_set(self._log, None)
        backends.load(llama_cpp, gpu=spec.gpu_layers != 0)
        llama_cpp.llama_backend_init()
        try:
            self._open(spec, report)
        except BaseException:
            self.close()
            raise
        self.vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self.vocabulary_size = llama_cpp.llama_vocab_n_tokens(self.vocabulary)
        self.size = llama_cpp.llama_n_ctx(self._context)
        self.batch = llama_cpp.llama_n_ubatch(self._context)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._room = llama_cpp.llama_batch_init(self.batch, 0, 1)
        self._abort = llama_cpp.ggml_abort_callback(lambda _data: self.stopped())
        self._go_on = llama_cpp.ggml_abort_callback()

    # -- loading -----------------------------------------------------------------------

    def _open(self, spec: ModelSpec, report: _Report) -> None:
        callback = llama_cpp.llama_progress_callback(
            lambda fraction, _data: report(fraction)
        )
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = spec.gpu_layers
        params.progress_callback = callback
        self._model = llama_cpp.llama_model_load_from_file(spec.path.encode(), params)
        if not self._model:
            raise LoadFailed(" ".join(self._complaints))
        # An adapter is added before the context, which counts them in its graph.
        for adapter in spec.adapters:
            self._adapters.append(self._adapter(adapter.path))
        self._context = llama_cpp.llama_init_from_model(self._model, _context(spec))
        if not self._context:
            raise LoadFailed(" ".join(self._complaints) or "failed to allocate")
        if spec.adapters:
            self._attach([adapter.scale for adapter in spec.adapters])

    def _adapter(self, path: str) -> Any:
        found = llama_cpp.llama_adapter_lora_init(self._model, path.encode())
        if not found:
            raise ModelError(
                N_("The adapter {file} does not fit this model."),
                N_("Choose an adapter that was made for it, or go without."),
                file=Path(path).name,
            )
        return found

    def _attach(self, scales: Sequence[float]) -> None:
        count = len(self._adapters)
        pointers = (llama_cpp.llama_adapter_lora_p_ctypes * count)(*self._adapters)
        llama_cpp.llama_set_adapters_lora(
            self._context, pointers, count, (ctypes.c_float * count)(*scales)
        )

    def _note(self, level: int, text: bytes, _data: object) -> None:
        if level in _ERROR_LEVELS:
            self._complaints.append(text.decode("utf-8", "replace"))

    def close(self) -> None:
        """Give everything back. The object is of no use afterwards."""
        if self._room is not None:
            llama_cpp.llama_batch_free(self._room)
        if self._context:
            llama_cpp.llama_free(self._context)
        if self._model:
            llama_cpp.llama_model_free(self._model)
        self._context = self._model = self._room = None
        # Whatever llama.cpp says later must not go to a model that is gone.
        llama_cpp.llama_log_set(_NOBODY, None)

    # -- text --------------------------------------------------------------------------

    def tokenize(self, text: str, first: bool, control: bool) -> list[int]:
        """Return the tokens of a text; only with `control` special ones among them."""
        data = text.encode("utf-8", "replace")
        size = len(data) + 16
        while True:
            room = (llama_cpp.llama_token * size)()
            count = llama_cpp.llama_tokenize(
                self.vocabulary, data, len(data), room, size, first, control
            )
            if count >= 0:
                return list(room[:count])
            size = -count

    def piece(self, token: int) -> bytes:
        """Return the bytes of one token, however long (the binding cuts at 32)."""
        known = self._pieces.get(token)
        if known is None:
            known = self._pieces[token] = self._piece(token)
        return known

    def _piece(self, token: int) -> bytes:
        size = 32
        while True:
            room = (ctypes.c_char * size)()
            count = llama_cpp.llama_token_to_piece(
                self.vocabulary, token, room, size, 0, False
            )
            if count >= 0:
                return room.raw[:count]
            size = -count

    def ends(self, token: int) -> bool:
        """Tell whether a token ends the model's turn."""
        return bool(llama_cpp.llama_vocab_is_eog(self.vocabulary, token))

    # -- evaluating --------------------------------------------------------------------

    def decode(self, tokens: Sequence[int]) -> None:
        """Evaluate at most `batch` tokens; logits are there for the last one.

        Raises Cancelled, ModelError when the context is full.
        """
        room = (llama_cpp.llama_token * len(tokens))(*tokens)
        self._run(llama_cpp.llama_batch_get_one(room, len(tokens)), tokens)

    def decode_all(self, tokens: Sequence[int]) -> None:
        """Evaluate tokens like `decode`, with logits for each of them."""
        batch, start = self._room, len(self.tokens)
        batch.n_tokens = len(tokens)
        for place, token in enumerate(tokens):
            batch.token[place] = token
            batch.pos[place] = start + place
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = 0
            batch.logits[place] = 1
        self._run(batch, tokens)

    def _run(self, batch: Any, tokens: Sequence[int]) -> None:
        code = llama_cpp.llama_decode(self._context, batch)
        if code == 0:
            self.tokens.extend(tokens)
            return
        # Part of the batch may be in the context already.
        self.cut(len(self.tokens))
        if code == _ABORTED:
            raise Cancelled
        if code == _FULL:
            raise context_full()
        raise RuntimeError(f"llama_decode returned {code}")

    def heed_stops(self, on: bool) -> None:
        """Ask `stopped` while a batch is computed, or not.

        It is asked some 500 times for a batch: nothing for 128 tokens, too much for one.
        """
        callback = self._abort if on else self._go_on
        llama_cpp.llama_set_abort_callback(self._context, callback, None)

    def cut(self, length: int) -> int:
        """Forget all but the first `length` tokens; return how many are left.

        Models whose memory cannot be cut (recurrent ones) forget everything.
        """
        if length > 0 and llama_cpp.llama_memory_seq_rm(self._memory, -1, length, -1):
            del self.tokens[length:]
        else:
            llama_cpp.llama_memory_clear(self._memory, True)
            self.tokens.clear()
        return len(self.tokens)

    def use_threads(self, threads: int) -> None:
        """Compute with so many threads from now on."""
        llama_cpp.llama_set_n_threads(self._context, threads, threads)

    def logits(self, place: int) -> bytes:
        """Return a copy of the logits at a place of the last batch (-1: its last)."""
        found = llama_cpp.llama_get_logits_ith(self._context, place)
        return ctypes.string_at(found, self.vocabulary_size * 4)

    # -- states ------------------------------------------------------------------------

    def state(self) -> bytes:
        """Return what the context holds, as bytes."""
        size = llama_cpp.llama_state_seq_get_size(self._context, 0)
        room = (ctypes.c_uint8 * size)()
        used = llama_cpp.llama_state_seq_get_data(self._context, room, size, 0)
        return bytes(memoryview(room)[:used])

    def state_size(self) -> int:
        """Return how many bytes `state` would be."""
        return int(llama_cpp.llama_state_seq_get_size(self._context, 0))

    def restore(self, state: bytes, tokens: Sequence[int]) -> bool:
        """Put a state of these tokens in the place of what is there.

        The bytes must be as `state` made them: llama.cpp does not check them.
        """
        self.cut(0)
        room = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        used = llama_cpp.llama_state_seq_set_data(self._context, room, len(state), 0)
        if not used:
            self.cut(0)
            return False
        self.tokens = list(tokens)
        return True

    def identity(self, spec: ModelSpec) -> bytes:
        """Return what a state depends on beside its tokens: model, build, settings."""
        found = Path(spec.path).stat()
        adapters = [
            (a.path, Path(a.path).stat().st_mtime_ns, a.scale) for a in spec.adapters
        ]
        version: bytes = llama_cpp.llama_version()
        whole = (
            spec.sha256,
            found.st_size,
            found.st_mtime_ns,
            llama_cpp.__version__,
            version.decode("ascii", "replace"),
            spec.kv_bits,
            spec.gpu_layers,
            adapters,
        )
        return repr(whole).encode()

    # -- choosing ----------------------------------------------------------------------

    def grammar_of(self, schema: str) -> str:
        """Return the grammar of a JSON schema. Raises ModelError for one without."""
        if schema not in self._grammars:
            try:
                grammar = json_schema_to_gbnf(schema)
            except Exception as error:
                raise unusable_schema() from error
            self._grammars[schema] = _SURROGATES.sub(_whole, grammar)
        return self._grammars[schema]

    def sampler(self, sampling: Sampling, grammar: str) -> Sampler:
        """Return what chooses tokens. Raises ModelError for a grammar it cannot read."""
        return Sampler(self.vocabulary, self._context, sampling, grammar)


def _context(spec: ModelSpec) -> Any:
    params = llama_cpp.llama_context_default_params()
    # The next multiple below: asked for another number, llama.cpp takes more.
    params.n_ctx = max(_CONTEXT_STEP, spec.context // _CONTEXT_STEP * _CONTEXT_STEP)
    params.n_batch = params.n_ubatch = spec.batch
    params.n_threads = params.n_threads_batch = spec.threads
    params.flash_attn_type = _FLASH
    params.no_perf = True
    if spec.kv_bits == 8:
        params.type_k = params.type_v = _Q8_0
    return params


def _whole(pair: re.Match[str]) -> str:
    r"""Return a pair of surrogates as one character: \ud83d\udc69 → \U0001F469."""
    high, low = (int(part, 16) for part in pair.groups())
    return f"\\U{0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF):08X}"
