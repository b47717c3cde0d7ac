"""The Engine on another computer: any server that speaks OpenAI's dialect.

llama-server, vLLM, Ollama, LocalAI and our own `serve` do. The server is not trusted:
what it sends is bounded, checked and only ever text. It may lie about its numbers, never
about where an answer comes from, because citations are found here.

Invariant: `generate` ends with `Done` or an AppError, whatever the server does; closing
the iterator closes the connection (`tests/inference/test_remote.py`).
"""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from app.errors import ModelError, ServerError
from app.i18n import N_
from app.values.generation import Done, EngineEvent, Reading, Token
from app.values.prompts import Prompt, Sampling

_LONGEST_LINE = 1 << 20
_LONGEST_LIST = 4 << 20
_MOST_MODELS = 500
_BEAT_S = 0.2
_SLACK = 16
_CHARS_PER_TOKEN = 64
_RETRIES = 2
_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 5.0
_BUSY = (429, 500, 502, 503, 504)
_MOST_STOPS = 4
_ROLES = ("system", "user", "assistant")
_END = object()


class Answer(Protocol):
    """What comes back from a server; see `app.net.lan`."""

    status: int
    kind: str
    retry_after: str

    def blocks(self) -> Iterator[bytes]:
        """Yield what comes. Raises AppError when it breaks off."""

    def close(self) -> None:
        """End the connection, from any thread."""


class Line(Protocol):
    """Sends one request to the server; see `app.remote`."""

    host: str

    def ask(self, path: str, body: bytes | None) -> AbstractContextManager[Answer]:
        """Give the answer to a request. Raises AppError."""


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model that a server offers. `context` in tokens, 0 where it does not say."""

    name: str
    context: int = 0


class RemoteEngine:
    """Lets a server continue prompts. Several generations at once are the server's affair."""

    def __init__(self, line: Line, model: str) -> None:
        self._line = line
        self._model = model

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        """Stream the continuation of a prompt; closing the iterator ends the connection."""
        body = json.dumps(_request(self._model, prompt, sampling)).encode()
        said = False
        for attempt in range(_RETRIES + 1):
            try:
                with self._line.ask("/chat/completions", body) as answer:
                    pause_s = _pause_s(answer, attempt)
                    if pause_s is None:
                        _need_success(answer, self._line.host)
                        for event in _spoken(answer, prompt, sampling, self._line.host):
                            said = said or isinstance(event, Token)
                            yield event
                        return
            except ServerError as error:
                # What was half said is not said again from its beginning.
                if said or attempt == _RETRIES or error.reason != "away":
                    raise
                pause_s = _PAUSE_S
            time.sleep(pause_s)

    def prepare(self, prompt: Prompt) -> Iterator[EngineEvent]:
        """Do nothing: a server is asked only what a person has asked."""
        del prompt
        yield from ()

    def close(self) -> None:
        """Nothing stays open between two prompts."""


def models_of(line: Line) -> tuple[RemoteModel, ...]:
    """Return what a server offers. Raises AppError."""
    with line.ask("/models", None) as answer:
        _need_success(answer, line.host)
        data = _whole(answer, line.host)
    rows = data.get("data") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise _nonsense(line.host)
    found = [_model(row) for row in rows[:_MOST_MODELS] if isinstance(row, dict)]
    return tuple(model for model in found if model.name)


def _model(row: dict[str, Any]) -> RemoteModel:
    name = row.get("id")
    if not isinstance(name, str) or len(name) > 200 or not name.isprintable():
        return RemoteModel("")
    meta = row.get("meta")
    told = row.get("max_model_len")
    if told is None and isinstance(meta, dict):
        told = meta.get("n_ctx")
    if type(told) is not int or not 0 < told <= 10_000_000:
        told = 0
    return RemoteModel(name, told)


# -- what is sent --------------------------------------------------------------------


def messages_of(prompt: Prompt) -> list[dict[str, str]]:
    """Return a prompt of the template "turns" as messages; other text as one question."""
    result: list[dict[str, str]] = []
    role = ""
    for part in prompt.parts:
        if part.control and part.text in _ROLES:
            role = part.text
        elif role and not part.control:
            result.append({"role": role, "content": part.text})
            role = ""
    return result or [{"role": "user", "content": prompt.text}]


def _request(model: str, prompt: Prompt, sampling: Sampling) -> dict[str, Any]:
    form: dict[str, Any] = {}
    if prompt.schema:
        schema = {"name": "answer", "strict": True, "schema": json.loads(prompt.schema)}
        form["response_format"] = {"type": "json_schema", "json_schema": schema}
    return {
        **form,
        "model": model,
        "messages": messages_of(prompt),
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        "stop": list(prompt.stops[:_MOST_STOPS]),
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def _pause_s(answer: Answer, attempt: int) -> float | None:
    """Return how long to wait before trying again, None where there is no reason to."""
    if answer.status not in _BUSY or attempt == _RETRIES:
        return None
    told = answer.retry_after
    wanted = float(told) if told.isdecimal() else _PAUSE_S * 2**attempt
    return min(wanted, _LONGEST_PAUSE_S)


def _need_success(answer: Answer, host: str) -> None:
    status = answer.status
    if status == 200:
        return
    sentence = N_("The server {host} refuses ({status}).")
    remedy = N_("Ask whoever runs it, or choose another model.")
    if status in (401, 403):
        sentence = N_("The server {host} does not accept the token.")
        remedy = N_("Set the right one: `allmende models remote token`.")
    elif 300 <= status < 400:
        sentence = N_(
            "The server {host} points to another address; it is not followed."
        )
        remedy = N_("Write the address where it really answers.")
    elif status == 404:
        sentence = N_("The server {host} does not know this model or address.")
        remedy = N_("`allmende models remote list` shows what it offers.")
    elif status in _BUSY:
        sentence = N_("The server {host} is too busy, or out of order ({status}).")
        remedy = N_("Try again in a while, or choose another model.")
    raise ModelError(sentence, remedy, host=host, status=status)


def _nonsense(host: str) -> ModelError:
    return ModelError(
        N_("What the server {host} sends is no answer of a language model."),
        N_("Check its address; it should end in /v1."),
        host=host,
    )


# -- what comes back -----------------------------------------------------------------


def _spoken(
    answer: Answer, prompt: Prompt, sampling: Sampling, host: str
) -> Iterator[EngineEvent]:
    if answer.kind == "application/json":
        pieces = _read_whole(answer, host)
    elif answer.kind == "text/event-stream":
        pieces = _read_beside(answer, host)
    else:
        raise _nonsense(host)
    speech = _Speech(prompt.stops, sampling.max_tokens, host)
    started = time.monotonic()
    with contextlib.closing(pieces):  # type: ignore[type-var]
        for piece in pieces:
            if piece is None:
                # Nothing new: whoever listens can ask whether to go on.
                yield Reading(0, 0, 0)
                continue
            text = speech.finish() if piece is _END else speech.take(piece)
            if text:
                yield Token(text)
            if speech.ended or piece is _END:
                break
    yield speech.done((time.monotonic() - started) * 1000)


def _read_whole(answer: Answer, host: str) -> Iterator[Any]:
    yield _whole(answer, host)
    yield _END


def _read_beside(answer: Answer, host: str) -> Iterator[Any]:
    """Yield the data of a stream, read by a thread; None while nothing comes.

    Only so a person can stop while the server still thinks about the first word.
    """
    arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def read() -> None:
        try:
            for data in _events(answer, host):
                arrived.put(data)
            arrived.put(_END)
        except Exception as error:  # noqa: BLE001 - raised again by the reader
            arrived.put(error)

    thread = threading.Thread(target=read, name="remote", daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = arrived.get(timeout=_BEAT_S)
            except queue.Empty:
                item = None
            if isinstance(item, BaseException):
                raise item
            yield item
            if item is _END:
                return
    finally:
        answer.close()
        thread.join(5)


def _events(answer: Answer, host: str) -> Iterator[Any]:
    """Yield the JSON values of a stream of events until it says that it is done."""
    rest = b""
    for block in answer.blocks():
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            raise _nonsense(host)
        for line in lines:
            kind, _, data = line.strip().partition(b":")
            if kind != b"data":
                continue
            if data.strip() == b"[DONE]":
                return
            yield _json(data, host)
    # It did not say that it is done: whoever reads decides whether enough was said.


def _json(data: bytes, host: str) -> Any:
    try:
        return json.loads(data.decode())
    except (ValueError, RecursionError):
        raise _nonsense(host) from None


def _whole(answer: Answer, host: str) -> Any:
    data = b""
    for block in answer.blocks():
        data += block
        if len(data) > _LONGEST_LIST:
            raise _nonsense(host)
    return _json(data, host)


class _Speech:
    """Puts the pieces together, and knows when it is enough."""

    def __init__(self, stops: tuple[str, ...], most_tokens: int, host: str) -> None:
        self._stops = stops
        self._most = most_tokens
        self._host = host
        self._pending = self._half = ""
        self._pieces = self._chars = 0
        self._usage: tuple[int, int] = (0, 0)
        self._reason = ""
        self.ended = False

    def take(self, data: Any) -> str:
        """Take one piece; return what can be shown of it."""
        if not isinstance(data, dict):
            raise _nonsense(self._host)
        if data.get("error"):
            raise ModelError(
                N_("The server {host} reports an error."),
                N_("Try again in a while, or choose another model."),
                host=self._host,
            )
        self._count(data.get("usage"))
        choices = data.get("choices")
        if not isinstance(choices, list):
            raise _nonsense(self._host)
        if not choices:
            return ""
        choice = choices[0] if isinstance(choices[0], dict) else {}
        said = choice.get("delta") or choice.get("message") or {}
        content = said.get("content") if isinstance(said, dict) else None
        if content is not None and not isinstance(content, str):
            raise _nonsense(self._host)
        reason = choice.get("finish_reason")
        if isinstance(reason, str):
            self._reason = "length" if reason == "length" else "stop"
        return self._add(content or "")

    def _add(self, text: str) -> str:
        if not text:
            return ""
        self._pieces += 1
        self._chars += len(text)
        text, self._half = whole_characters(self._half + text)
        ready, self._pending, stopped = split_at_stop(self._pending + text, self._stops)
        if stopped:
            self.ended, self._reason = True, "stop"
        elif self._pieces > self._most + _SLACK or self._chars > self._most * (
            _CHARS_PER_TOKEN
        ):
            self.ended, self._reason = True, "length"
        return ready

    def finish(self) -> str:
        """Return what was held back. Raises ModelError when the end is missing."""
        if not self._reason:
            raise ModelError(
                N_("The server {host} broke off in the middle of the answer."),
                N_("Ask again; if that does not help, choose another model."),
                host=self._host,
            )
        rest, self._pending = self._pending, ""
        return rest

    def _count(self, usage: Any) -> None:
        if isinstance(usage, dict):
            told = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
            if all(type(count) is int and 0 <= count < 10_000_000 for count in told):
                self._usage = (int(told[0] or 0), int(told[1] or 0))

    def done(self, elapsed_ms: float) -> Done:
        """Return the end."""
        prompt_tokens, answer_tokens = self._usage
        return Done(
            self._reason,
            prompt_tokens=prompt_tokens,
            answer_tokens=answer_tokens,
            answer_ms=round(elapsed_ms, 1),
        )


def whole_characters(text: str) -> tuple[str, str]:
    """Return (text without half characters, a half one at its end).

    Some servers cut an emoji in two between two pieces; JSON lets them.
    """
    half = text[-1] if text and "\ud800" <= text[-1] <= "\udbff" else ""
    body = text[: len(text) - len(half)]
    return body.encode("utf-16", "surrogatepass").decode("utf-16", "ignore"), half


def split_at_stop(text: str, stops: tuple[str, ...]) -> tuple[str, str, bool]:
    """Return (ready to show, to hold back, whether a stop was met)."""
    place = min((p for stop in stops if (p := text.find(stop)) >= 0), default=-1)
    if place >= 0:
        return text[:place], "", True
    for size in range(min(max(map(len, stops), default=0), len(text)), 0, -1):
        if any(stop.startswith(text[-size:]) for stop in stops):
            return text[:-size], text[-size:], False
    return text, "", False
