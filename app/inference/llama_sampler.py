"""How the next token is chosen: llama.cpp's samplers, and a shorter way for most answers.

The order is that of llama.cpp's own programs: penalty for repetition, then top-k, top-p,
min-p, temperature, chance.
"""

from __future__ import annotations

import ctypes
from collections import deque
from typing import Any, Self

import llama_cpp
import numpy

from app.inference.model_file import unusable_schema
from app.values.prompts import MIN_P, TOP_K, Sampling

_LAST = 64
_CANDIDATE = numpy.dtype(
    [("id", numpy.int32), ("logit", numpy.float32), ("p", numpy.float32)]
)


class Sampler:
    """Chooses the next token from the logits of a context. Use it in a `with`.

    Without chance and without a grammar it is the likeliest token, found here: asking
    llama.cpp's chain of samplers costs two per cent of a small model's time.

    With a grammar a token is chosen freely first and only where the grammar refuses it
    once more from what it allows: checking all tokens costs more than a token does.
    """

    def __init__(
        self, vocabulary: Any, context: Any, sampling: Sampling, grammar: str
    ) -> None:
        self._context = context
        self._size = llama_cpp.llama_vocab_n_tokens(vocabulary)
        self._penalty = sampling.repeat_penalty
        self._plain = sampling.temperature <= 0 and not grammar
        self._last: deque[int] = deque(maxlen=_LAST)
        self._ids = numpy.arange(self._size, dtype=numpy.int32)
        self._room = numpy.zeros(self._size, dtype=_CANDIDATE)
        self._grammar = self._read(vocabulary, grammar) if grammar else None
        chain = llama_cpp.llama_sampler_chain_init(
            llama_cpp.llama_sampler_chain_default_params()
        )
        self._chain = chain
        if self._penalty != 1.0:
            self._add(
                llama_cpp.llama_sampler_init_penalties(
                    self._size, _LAST, self._penalty, 0.0, 0.0
                )
            )
        if sampling.temperature <= 0:
            self._add(llama_cpp.llama_sampler_init_greedy())
            return
        self._add(llama_cpp.llama_sampler_init_top_k(TOP_K))
        self._add(llama_cpp.llama_sampler_init_top_p(sampling.top_p, 1))
        self._add(llama_cpp.llama_sampler_init_min_p(MIN_P, 1))
        self._add(llama_cpp.llama_sampler_init_temp(sampling.temperature))
        self._add(llama_cpp.llama_sampler_init_dist(sampling.seed))

    def _read(self, vocabulary: Any, grammar: str) -> Any:
        # An unreadable grammar gives NULL, and NULL in a chain ends the process.
        found = llama_cpp.llama_sampler_init_grammar(
            vocabulary, grammar.encode(), b"root"
        )
        if not found:
            raise unusable_schema()
        return found

    def _add(self, sampler: Any) -> None:
        llama_cpp.llama_sampler_chain_add(self._chain, sampler)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        llama_cpp.llama_sampler_free(self._chain)
        if self._grammar is not None:
            llama_cpp.llama_sampler_free(self._grammar)

    def next(self, place: int = -1) -> int:
        """Return the token to follow the one at a place of the last batch."""
        if self._plain:
            return self._likeliest(place)
        if self._grammar is None:
            return int(
                llama_cpp.llama_sampler_sample(self._chain, self._context, place)
            )
        return self._next_allowed(place)

    def _likeliest(self, place: int) -> int:
        """Return what the chain would: said tokens are less likely, then the best one."""
        logits = llama_cpp.llama_get_logits_ith(self._context, place)
        values = numpy.ctypeslib.as_array(logits, shape=(self._size,))
        if self._penalty != 1.0 and self._last:
            said = numpy.fromiter(set(self._last), dtype=numpy.int64)
            values = values.copy()
            found = values[said]
            values[said] = numpy.where(
                found > 0, found / self._penalty, found * self._penalty
            )
        token = int(values.argmax())
        self._last.append(token)
        return token

    def _next_allowed(self, place: int) -> int:
        logits = llama_cpp.llama_get_logits_ith(self._context, place)
        token = self._choose(logits, strictly=False)
        if not self._allows(token):
            token = self._choose(logits, strictly=True)
        llama_cpp.llama_sampler_accept(self._grammar, token)
        llama_cpp.llama_sampler_accept(self._chain, token)
        return token

    def _choose(self, logits: Any, strictly: bool) -> int:
        values = numpy.ctypeslib.as_array(logits, shape=(self._size,))
        self._room["logit"], self._room["id"] = values, self._ids
        pointer = self._room.ctypes.data_as(llama_cpp.llama_token_data_p)
        array = llama_cpp.llama_token_data_array(pointer, self._size, -1, False)
        if strictly:
            llama_cpp.llama_sampler_apply(self._grammar, ctypes.byref(array))
        llama_cpp.llama_sampler_apply(self._chain, ctypes.byref(array))
        return int(array.data[array.selected].id)

    def _allows(self, token: int) -> bool:
        room = (llama_cpp.llama_token_data * 1)(
            llama_cpp.llama_token_data(token, 1.0, 0.0)
        )
        array = llama_cpp.llama_token_data_array(room, 1, -1, False)
        llama_cpp.llama_sampler_apply(self._grammar, ctypes.byref(array))
        return bool(array.data[0].logit != float("-inf"))
