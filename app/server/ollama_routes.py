"""Ollama's dialect: generate, chat, tags, and what its clients ask beside them.

Traps that others met: streams are on unless told otherwise; errors are a plain text
under `error`; Moodle reads `done_reason` and both counts without asking whether they are
there; Bavaria's plug-in knows only certain names, which an alias can provide.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.errors import Cancelled
from app.prompting.templates import Message
from app.server import fields
from app.server.desk import Alive, Queued
from app.server.forms import form_for
from app.server.house import House, body_of, client_of, extras, house_of, wish_from
from app.server.offers import Offer
from app.server.openai_routes import embedded
from app.server.replies import Json, Stream, as_app_error, error_text, settle, whole
from app.server.talk import Ended, Said, Wish
from app.version import __version__

_UNSUPPORTED = ("tools", "suffix", "images", "template", "context")


def routes() -> list[Route]:
    """Return the routes of this dialect."""
    return [
        Route("/api/chat", _chat, methods=["POST"]),
        Route("/api/generate", _generate, methods=["POST"]),
        Route("/api/tags", _tags, methods=["GET"]),
        Route("/api/show", _show, methods=["POST"]),
        Route("/api/ps", _running, methods=["GET"]),
        Route("/api/version", _version, methods=["GET"]),
        Route("/api/embed", _embed, methods=["POST"]),
    ]


async def _chat(request: Request) -> Response:
    return await settle(request, _talk(request, generate=False))


async def _generate(request: Request) -> Response:
    return await settle(request, _talk(request, generate=True))


async def _talk(request: Request, generate: bool) -> Response:
    house, data = house_of(request), await body_of(request)
    offer = await house.find(fields.text(data, "model"), "chat", "base")
    fields.refuse(data, _UNSUPPORTED)
    options = data.get("options")
    options = options if isinstance(options, dict) else {}
    wish = wish_from(
        options,
        offer,
        request,
        **_asked(data, generate),
        max_tokens=fields.tokens(options, "num_predict"),
        stops=fields.stops(options),
        schema=form_for(offer, data, "format"),
    )
    client, head = client_of(request), {"model": offer.name}
    if fields.flag(data, "stream", default=True):
        lines = _lines(house, wish, client, head, generate)
        return Stream(lines, "application/x-ndjson")
    return Json(await whole(request, _last(house, wish, client, head, generate)))


def _asked(data: dict[str, Any], generate: bool) -> dict[str, Any]:
    if not generate:
        return {"messages": fields.messages(data)}
    prompt, system = fields.text(data, "prompt", ""), fields.text(data, "system", "")
    row = [{"role": "user", "content": prompt}]
    if system:
        row.insert(0, {"role": "system", "content": system})
    raw = fields.flag(data, "raw", default=False)
    messages: tuple[Message, ...] = fields.messages({"prompt": row}, "prompt")
    return {"messages": messages, "raw": raw}


async def _lines(
    house: House, wish: Wish, client: str, head: dict[str, Any], generate: bool
) -> AsyncIterator[bytes]:
    started = time.monotonic_ns()
    try:
        async with aclosing(house.talker.talk(wish, client)) as events:  # type: ignore[type-var]
            async for event in events:
                if isinstance(event, Said):
                    yield _line(
                        {**_start(head), **_text(event.text, generate), "done": False}
                    )
                elif isinstance(event, Queued):
                    waiting = {"done": False, "queue_place": event.place}
                    yield _line({**_start(head), **_text("", generate), **waiting})
                elif isinstance(event, Alive):
                    yield _line({**_start(head), **_text("", generate), "done": False})
                elif isinstance(event, Ended):
                    end = _end(event, started, wish.language)
                    yield _line({**_start(head), **_text("", generate), **end})
    except Exception as error:  # noqa: BLE001 - the border to the network
        yield _line({"error": error_text(as_app_error(error))})


async def _last(
    house: House, wish: Wish, client: str, head: dict[str, Any], generate: bool
) -> dict[str, Any]:
    started, place = time.monotonic_ns(), 0
    async with aclosing(house.talker.talk(wish, client)) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, Queued):
                place = place or event.place
            elif isinstance(event, Ended):
                end = _end(event, started, wish.language)
                text = _text(event.text, generate)
                return {**_start(head), **text, **end, "queue_place": place}
    raise Cancelled


def _start(head: dict[str, Any]) -> dict[str, Any]:
    return {**head, "created_at": datetime.now(UTC).isoformat()}


def _text(text: str, generate: bool) -> dict[str, Any]:
    if generate:
        return {"response": text}
    return {"message": {"role": "assistant", "content": text}}


def _end(ended: Ended, started_ns: int, language: str) -> dict[str, Any]:
    return {
        "done": True,
        "done_reason": "length" if ended.reason == "length" else "stop",
        "total_duration": time.monotonic_ns() - started_ns,
        "prompt_eval_count": ended.prompt_tokens,
        "eval_count": ended.answer_tokens,
        **extras(ended, language),
    }


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


# -- what there is -------------------------------------------------------------------


async def _tags(request: Request) -> Response:
    return await settle(request, _all(request))


async def _all(request: Request) -> Response:
    house = house_of(request)
    offers = await asyncio.to_thread(house.offers.all)
    return Json({"models": [_tag(offer, house) for offer in offers]})


def _tag(offer: Offer, house: House) -> dict[str, Any]:
    return {
        "name": offer.name,
        "model": offer.name,
        "modified_at": datetime.fromtimestamp(house.started_at, UTC).isoformat(),
        "size": offer.size_bytes,
        "digest": offer.sha256,
        "details": _details(offer),
    }


def _details(offer: Offer) -> dict[str, Any]:
    size = f"{offer.parameters_m}M" if offer.parameters_m else ""
    return {
        "parent_model": "",
        "format": "gguf" if offer.kind == "chat" else offer.kind,
        "family": "allmende",
        "families": ["allmende"],
        "parameter_size": size,
        "quantization_level": "",
    }


async def _show(request: Request) -> Response:
    return await settle(request, _described(request))


async def _described(request: Request) -> Response:
    house, data = house_of(request), await body_of(request)
    name = fields.text(data, "model", "") or fields.text(data, "name", "")
    offer = await house.find(name, "chat", "base", "embedder")
    able = ["embedding"] if offer.kind == "embedder" else ["completion"]
    return Json(
        {
            "modified_at": _tag(offer, house)["modified_at"],
            "template": "",
            "license": "",
            "details": _details(offer),
            "model_info": {"general.name": offer.title},
            "capabilities": able,
        }
    )


async def _running(request: Request) -> Response:
    del request
    return Json({"models": []})


async def _version(request: Request) -> Response:
    del request
    return Json({"version": __version__})


async def _embed(request: Request) -> Response:
    return await settle(request, _vectors(request))


async def _vectors(request: Request) -> Response:
    house, data = house_of(request), await body_of(request)
    offer = await house.find(fields.text(data, "model"), "embedder")
    vectors, tokens = await embedded(request, house, offer, data, "input")
    rows = [list(vector) for vector in vectors]
    reply = {"model": offer.name, "embeddings": rows, "prompt_eval_count": tokens}
    return Json(reply)
