"""What a model thinks of a text, in numbers: its tokens, what may follow, how likely it is.

    child    Probing: reads the prompt as for an answer, looks at the logits, says nothing
    parent   LlamaProber: asks one thing, waits for one answer

Probabilities are the softmax of llama.cpp's own logits over the whole vocabulary, before
temperature and cuts; `tests/inference/test_probing.py` compares them.

Invariant: after a question the context holds the prompt and nothing of the continuations.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.errors import Cancelled, UsageError
from app.i18n import N_
from app.inference.engine import LlamaEngine
from app.inference.messages import NextOf, ScoreOf, TokensOf
from app.inference.model_file import context_full
from app.inference.quiet import Turns
from app.values.ports import Stop
from app.values.prompts import Prompt
from app.values.tokens import Candidate, NextTokens, Score, Scores, TextToken, Tokens

if TYPE_CHECKING:
    from app.inference.llama_child import LlamaRunner
    from app.inference.llama_model import LlamaModel
    from app.workers.child import Job

MOST = 200
_LOOK_S = 0.2


class Probing:
    """The child's side: answers with one value each, after Loading and Reading."""

    def __init__(self, runner: LlamaRunner) -> None:
        self._runner = runner

    def tokens(self, job: Job) -> Iterator[object]:
        """Yield the text's tokens; nothing is evaluated."""
        message: TokensOf = job.message
        model = yield from self._runner.loaded(job, message.spec)
        ids = model.tokenize(message.text, True, False)
        yield Tokens(tuple(_token(model, id_) for id_ in ids))

    def next(self, job: Job) -> Iterator[object]:
        """Yield the most probable tokens after the prompt."""
        message: NextOf = job.message
        model, tokens = yield from self._runner.evaluated(
            job, message.spec, message.prompt
        )
        logprobs = _logprobs(model, -1)
        best = _best(logprobs, message.count)
        candidates = tuple(_candidate(model, id_, logprobs) for id_ in best)
        yield NextTokens(candidates, len(tokens))

    def score(self, job: Job) -> Iterator[object]:
        """Yield how likely each continuation is after the prompt."""
        message: ScoreOf = job.message
        if message.fresh:
            self._runner.empty()
        model, tokens = yield from self._runner.evaluated(
            job, message.spec, message.prompt
        )
        first = _logprobs(model, -1)
        scores: list[Score] = []
        for option in message.options:
            job.check()
            ids = model.tokenize(option, False, False)
            scores.append(_score(model, ids, first))
            _back(model, tokens)
        yield Scores(tuple(scores))


def _score(model: LlamaModel, ids: list[int], first: Any) -> Score:
    """Return the score of `ids`; `first` are the log-probabilities of the first one."""
    if not ids:
        return Score(0.0, 0)
    if len(model.tokens) + len(ids) > model.size:
        raise context_full()
    total = float(first[ids[0]])
    for start in range(0, len(ids) - 1, model.batch):
        part = ids[start : min(start + model.batch, len(ids) - 1)]
        model.decode_all(part)
        for place in range(len(part)):
            total += float(_logprobs(model, place)[ids[start + place + 1]])
    return Score(total, len(ids))


def _back(model: LlamaModel, tokens: list[int]) -> None:
    """Let the context hold the prompt again, and nothing more."""
    if len(model.tokens) == len(tokens):
        return
    # Models whose memory cannot be cut have forgotten everything.
    known = model.cut(len(tokens))
    for start in range(known, len(tokens), model.batch):
        model.decode(tokens[start : start + model.batch])


def _logprobs(model: LlamaModel, place: int) -> Any:
    """Return the log-probabilities of all tokens, float64 of shape (vocabulary,)."""
    import numpy

    logits = numpy.frombuffer(model.logits(place), dtype=numpy.float32)
    values = logits.astype(numpy.float64)
    values -= values.max()
    return values - numpy.log(numpy.exp(values).sum())


def _best(logprobs: Any, count: int) -> list[int]:
    """Return the ids of the `count` best, best first; equal ones by their number."""
    import numpy

    count = min(count, MOST, len(logprobs))
    found = numpy.argpartition(-logprobs, count - 1)[:count]
    order = numpy.lexsort((found, -logprobs[found]))
    return [int(id_) for id_ in found[order]]


def _token(model: LlamaModel, id_: int) -> TextToken:
    piece = model.piece(id_)
    text, whole = _text(piece)
    return TextToken(id_, text, whole, b"" if whole else piece)


def _candidate(model: LlamaModel, id_: int, logprobs: Any) -> Candidate:
    import math

    text, whole = _text(model.piece(id_))
    probability = math.exp(float(logprobs[id_]))
    return Candidate(id_, text, probability, whole, model.ends(id_))


def _text(piece: bytes) -> tuple[str, bool]:
    """Return the text of a token, and whether its bytes are whole characters."""
    try:
        return piece.decode("utf-8"), True
    except UnicodeDecodeError:
        return piece.decode("utf-8", "replace"), False


class LlamaProber:
    """A model that can be looked into; indexing rests meanwhile. See `values.ports.Prober`."""

    def __init__(
        self, engine: LlamaEngine, pause: Callable[[bool], object], turns: Turns
    ) -> None:
        self._engine = engine
        self._pause = pause
        self._turns = turns

    def tokens(self, text: str, stop: Stop = lambda: False) -> tuple[TextToken, ...]:
        """Return the tokens of a text; none of them is a control token."""
        found: Tokens = self._ask(TokensOf(self._engine.spec, text), Tokens, stop)
        return found.tokens

    def next_tokens(
        self, prompt: Prompt, count: int, stop: Stop = lambda: False
    ) -> NextTokens:
        """Return the `count` (at most 200) most probable tokens after a prompt."""
        message = NextOf(self._engine.spec, _bare(prompt), max(1, count))
        found: NextTokens = self._ask(message, NextTokens, stop)
        return found

    def score(
        self,
        prompt: Prompt,
        options: Sequence[str],
        stop: Stop = lambda: False,
        fresh: bool = False,
    ) -> tuple[Score, ...]:
        """Return how likely each option is as continuation."""
        message = ScoreOf(self._engine.spec, _bare(prompt), tuple(options), fresh)
        found: Scores = self._ask(message, Scores, stop)
        return found.scores

    def _ask(self, message: object, kind: type, stop: Stop) -> Any:
        with self._turns.taken(), contextlib.ExitStack() as stack:
            self._pause(True)
            stack.callback(self._pause, False)
            stream = stack.enter_context(contextlib.closing(self._engine.ask(message)))
            while True:
                try:
                    event: Any = stream.take(_LOOK_S)
                except TimeoutError:
                    event = ()
                if isinstance(event, kind):
                    return event
                if stop() or event is None:
                    raise Cancelled


def _bare(prompt: Prompt) -> Prompt:
    """Return a prompt of which nothing is kept on disk. Raises UsageError for none."""
    if not prompt.text:
        raise UsageError(
            N_("There is no text to look at."), N_("Enter a word or a sentence.")
        )
    parts = tuple(replace(part, keep=False) for part in prompt.parts)
    return replace(prompt, parts=parts)
