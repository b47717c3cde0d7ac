"""OpenAI's dialect: chat, completions, embeddings, models.

Traps that others met: Moodle reads `system_fingerprint` without asking whether it is
there; the official client asks for vectors in base64; a comment line keeps a stream
alive and tells the place in the queue.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import struct
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.errors import Cancelled
from app.i18n import N_
from app.prompting.templates import Message
from app.server import fields
from app.server.desk import Alive, Queued
from app.server.fields import BadField
from app.server.forms import form_for
from app.server.house import (
    House,
    body_of,
    client_of,
    extras,
    house_of,
    now,
    wish_from,
)
from app.server.offers import Offer
from app.server.replies import (
    Json,
    Stream,
    as_app_error,
    openai_error,
    settle,
    status_of,
    whole,
)
from app.server.talk import Ended, Said, Wish, Working
from app.version import __version__

_UNSUPPORTED = (
    "tools",
    "functions",
    "tool_choice",
    "logprobs",
    "top_logprobs",
    "audio",
)
_MOST_TEXTS = 256
_REASONS = {"stop": "stop", "length": "length", "cancelled": "stop"}


def routes() -> list[Route]:
    """Return the routes of this dialect."""
    return [
        Route("/v1/chat/completions", _chat, methods=["POST"]),
        Route("/v1/completions", _completions, methods=["POST"]),
        Route("/v1/embeddings", _embeddings, methods=["POST"]),
        Route("/v1/models", _models, methods=["GET"]),
        Route("/v1/models/{name:path}", _model, methods=["GET"]),
    ]


async def _chat(request: Request) -> Response:
    return await settle(request, _talk(request, _Chat()))


async def _completions(request: Request) -> Response:
    return await settle(request, _talk(request, _Plain()))


class _Chat:
    """How a chat is written."""

    prefix, object, piece = "chatcmpl", "chat.completion", "chat.completion.chunk"

    def asked(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"messages": fields.messages(data)}

    def whole(self, text: str) -> dict[str, Any]:
        return {"message": {"role": "assistant", "content": text, "refusal": None}}

    def part(self, text: str, first: bool) -> dict[str, Any]:
        delta = {"role": "assistant"} if first else {}
        return {"delta": {**delta, "content": text} if text or first else delta}


class _Plain:
    """How a completion of plain text is written."""

    prefix, object, piece = "cmpl", "text_completion", "text_completion"

    def asked(self, data: dict[str, Any]) -> dict[str, Any]:
        prompts = fields.texts(data, "prompt")
        if len(prompts) != 1 or not prompts[0].strip():
            raise BadField("prompt", N_("The field “{field}” must be one text."))
        fields.refuse(data, ("suffix", "echo"))
        return {"messages": (Message("user", prompts[0]),), "raw": True}

    def whole(self, text: str) -> dict[str, Any]:
        return {"text": text}

    def part(self, text: str, first: bool) -> dict[str, Any]:
        del first
        return {"text": text}


async def _talk(request: Request, form: _Chat | _Plain) -> Response:
    house, data = house_of(request), await body_of(request)
    offer = await house.find(fields.text(data, "model"), "chat", "base")
    _need_supported(data)
    wish = wish_from(
        data,
        offer,
        request,
        **form.asked(data),
        max_tokens=fields.tokens(data, "max_completion_tokens", "max_tokens"),
        stops=fields.stops(data),
        schema=form_for(offer, data, "response_format"),
    )
    client = client_of(request)
    head = {
        "id": f"{form.prefix}-{secrets.token_hex(12)}",
        "created": now(),
        "model": offer.name,
        "system_fingerprint": f"allmende-{__version__}",
    }
    if fields.flag(data, "stream", default=False):
        options = data.get("stream_options")
        counted = isinstance(options, dict) and options.get("include_usage") is True
        pieces = _pieces(house, wish, client, form, head, counted)
        return Stream(pieces, "text/event-stream; charset=utf-8")
    ended, place = await whole(request, _last(house, wish, client))
    choice = {"index": 0, **form.whole(ended.text), "logprobs": None}
    return Json(
        {
            **head,
            "object": form.object,
            "choices": [{**choice, "finish_reason": _REASONS[ended.reason]}],
            "usage": _usage(ended),
            **extras(ended, wish.language),
            "queue_place": place,
        }
    )


def _need_supported(data: dict[str, Any]) -> None:
    fields.refuse(data, _UNSUPPORTED)
    if (fields.whole(data, "n", 0, 100) or 1) > 1:
        raise BadField("n", N_("“{field}” is not supported here."))


async def _last(house: House, wish: Wish, client: str) -> tuple[Ended, int]:
    """Return the end of a talk, and the first place in the queue (0: none)."""
    place = 0
    async with aclosing(house.talker.talk(wish, client)) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, Queued):
                place = place or event.place
            elif isinstance(event, Ended):
                return event, place
    raise Cancelled


async def _pieces(
    house: House,
    wish: Wish,
    client: str,
    form: _Chat | _Plain,
    head: dict[str, Any],
    counted: bool,
) -> AsyncIterator[bytes]:
    head = {**head, "object": form.piece}
    first = True

    def piece(text: str, reason: str | None, **more: Any) -> bytes:
        choice = {"index": 0, **form.part(text, first), "finish_reason": reason}
        return _data({**head, "choices": [choice], **more})

    try:
        async with aclosing(house.talker.talk(wish, client)) as events:  # type: ignore[type-var]
            async for event in events:
                if isinstance(event, Said):
                    yield piece(event.text, None)
                    first = False
                elif isinstance(event, Ended):
                    reason = _REASONS[event.reason]
                    yield piece("", reason, **extras(event, wish.language))
                    if counted:
                        yield _data({**head, "choices": [], "usage": _usage(event)})
                elif line := _comment(event):
                    yield line
    except Exception as error:  # noqa: BLE001 - the border to the network
        yield _data(openai_error(as_app_error(error), status_of(error)))
    yield b"data: [DONE]\n\n"


def _comment(event: object) -> bytes:
    """Return a line that clients pass over and people can read."""
    if isinstance(event, Queued):
        return f": queue {event.place}\n\n".encode()
    if isinstance(event, Working):
        return f": {event.stage} {event.fraction:.2f}\n\n".encode()
    return b": working\n\n" if isinstance(event, Alive) else b""


def _data(value: object) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


def _usage(ended: Ended) -> dict[str, int]:
    return {
        "prompt_tokens": ended.prompt_tokens,
        "completion_tokens": ended.answer_tokens,
        "total_tokens": ended.prompt_tokens + ended.answer_tokens,
    }


# -- embeddings and models -----------------------------------------------------------


async def _embeddings(request: Request) -> Response:
    return await settle(request, _embed(request))


async def _embed(request: Request) -> Response:
    house, data = house_of(request), await body_of(request)
    offer = await house.find(fields.text(data, "model"), "embedder")
    form = fields.text(data, "encoding_format", "float")
    if form not in ("float", "base64"):
        raise BadField("encoding_format", N_("“{field}” is not supported here."))
    fields.refuse(data, ("dimensions",))
    vectors, tokens = await embedded(request, house, offer, data, "input")
    rows = [
        {
            "object": "embedding",
            "index": place,
            "embedding": list(vector) if form == "float" else _packed(vector),
        }
        for place, vector in enumerate(vectors)
    ]
    reply = {"object": "list", "model": offer.name, "data": rows}
    return Json({**reply, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}})


async def embedded(
    request: Request, house: House, offer: Offer, data: dict[str, Any], field: str
) -> tuple[tuple[tuple[float, ...], ...], int]:
    """Return a vector for each text in a field, and how many tokens were read.

    Texts count as passages; with `"input_type": "query"` they count as questions.
    """
    given = fields.texts(data, field)
    if not given or len(given) > _MOST_TEXTS or not all(text.strip() for text in given):
        raise BadField(
            field, N_("The field “{field}” must be a text or a list of texts.")
        )
    query = fields.text(data, "input_type", "passage") in ("query", "search_query")
    halt = house.desk.halt()

    async def work() -> tuple[tuple[tuple[float, ...], ...], int]:
        running = house.desk.run(
            house.desk.searching,
            client_of(request),
            halt,
            lambda: iter([house.services.knowledge.embed(offer.target, given, query)]),
        )
        async with aclosing(running) as events:  # type: ignore[type-var]
            async for event in events:
                if not isinstance(event, Queued | Alive):
                    return event.vectors, event.tokens
        raise Cancelled

    return await whole(request, work())


def _packed(vector: tuple[float, ...]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


async def _models(request: Request) -> Response:
    return await settle(request, _all(request))


async def _all(request: Request) -> Response:
    house = house_of(request)
    offers = await asyncio.to_thread(house.offers.all)
    rows = [_model_json(offer, house) for offer in offers]
    return Json({"object": "list", "data": rows})


async def _model(request: Request) -> Response:
    return await settle(request, _one(request))


async def _one(request: Request) -> Response:
    house = house_of(request)
    name = request.path_params["name"]
    return Json(_model_json(await house.find(name, "chat", "base", "embedder"), house))


def _model_json(offer: Offer, house: House) -> dict[str, Any]:
    return {
        "id": offer.name,
        "object": "model",
        "created": int(house.started_at),
        "owned_by": "allmende",
        "kind": offer.kind,
        "title": offer.title,
    }
