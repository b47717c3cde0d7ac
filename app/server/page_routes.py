"""The page for pupils: ask a released base, see the evidence, stop.

It comes whole from this computer, runs no foreign code and calls no foreign address; the
browser is told so. Its words are in the browser's language, where we speak it.

Invariant: only released bases can be asked here, whatever address the page was opened at.
"""

from __future__ import annotations

import asyncio
import html
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app import paths
from app.answering.phrases import WHY_NO_MODEL
from app.i18n import LANGUAGES, translate_into
from app.prompting.templates import Message
from app.server import fields
from app.server.desk import Alive, Queued
from app.server.house import House, body_of, client_of, house_of, name_of, wish_from
from app.server.page_words import WORDS
from app.server.replies import (
    Json,
    Stream,
    as_app_error,
    error_text,
    settle,
)
from app.server.talk import Ended, Evidence, Said, TalkEvent, Wish, Working
from app.values.answers import Answer, Citation
from app.values.passages import Passage
from app.values.places import PLACE_SENTENCES, place_words

_LONGEST_QUESTION = 2_000
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_RIGHT_TO_LEFT = ("ar",)


def routes() -> list[Route]:
    """Return the routes of the page."""
    return [
        Route("/", _page, methods=["GET"]),
        Route("/page/style.css", _style, methods=["GET"]),
        Route("/page/page.js", _script, methods=["GET"]),
        Route("/favicon.ico", _icon, methods=["GET"]),
        Route("/page/bases", _bases, methods=["GET"]),
        Route("/page/ask", _ask, methods=["POST"]),
    ]


def _file(name: str, media_type: str) -> Response:
    content = (paths.assets_dir() / "serve" / name).read_bytes()
    return Response(content, media_type=media_type)


async def _page(request: Request) -> Response:
    template = (paths.assets_dir() / "serve" / "page.html").read_text("utf-8")
    return Response(
        page_in(template, _spoken(request)),
        media_type="text/html; charset=utf-8",
        headers={"content-security-policy": _CSP, "vary": "accept-language"},
    )


def page_in(template: str, language: str) -> str:
    """Return the page in a language; every word in it is escaped."""
    # The script fills in what is only known there.
    later = {"place": "{place}", "words": "{words}"}
    words = {key: translate_into(language, w, **later) for key, w in WORDS.items()}
    # Inside a script element only the end of one could do harm.
    data = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
    page = template.replace("{{words}}", data).replace("{{lang}}", language)
    page = page.replace("{{dir}}", "rtl" if language in _RIGHT_TO_LEFT else "ltr")
    for key, word in words.items():
        page = page.replace(f"{{{{{key}}}}}", html.escape(word))
    return page


def _spoken(request: Request) -> str:
    """Return the first language of the browser that we speak; else English."""
    for part in request.headers.get("accept-language", "").split(","):
        code = part.strip()[:2].lower()
        if code in LANGUAGES:
            return code
    return "en"


async def _style(request: Request) -> Response:
    del request
    return _file("style.css", "text/css; charset=utf-8")


async def _script(request: Request) -> Response:
    del request
    return _file("page.js", "text/javascript; charset=utf-8")


async def _icon(request: Request) -> Response:
    del request
    icon = paths.assets_dir() / "icons" / "allmende.svg"
    return Response(icon.read_bytes(), media_type="image/svg+xml")


async def _bases(request: Request) -> Response:
    return await settle(request, _released(request))


async def _released(request: Request) -> Response:
    offers = await asyncio.to_thread(house_of(request).offers.released)
    return Json({"bases": [offer.target for offer in offers]})


async def _ask(request: Request) -> Response:
    return await settle(request, _answered(request))


async def _answered(request: Request) -> Response:
    house, data = house_of(request), await body_of(request)
    base, question = fields.text(data, "base"), fields.text(data, "question")
    row = {"question": [{"role": "user", "content": question[:_LONGEST_QUESTION]}]}
    asked: tuple[Message, ...] = fields.messages(row, "question")
    offer = await asyncio.to_thread(house.offers.find_released, base)
    wish = wish_from({}, offer, request, messages=asked)
    lines = _lines(house, wish, client_of(request), _spoken(request))
    return Stream(lines, "application/x-ndjson")


async def _lines(
    house: House, wish: Wish, client: str, language: str
) -> AsyncIterator[bytes]:
    teller = _Teller(language)
    try:
        talk = house.talker.talk(wish, client, drafts=True)
        async with aclosing(talk) as events:  # type: ignore[type-var]
            async for event in events:
                for line in teller.tell(event):
                    yield json.dumps(line, ensure_ascii=False).encode() + b"\n"
    except Exception as error:  # noqa: BLE001 - the border to the network
        text = error_text(as_app_error(error), language)
        yield json.dumps({"event": "error", "text": text}).encode() + b"\n"


class _Teller:
    """Says the events of a talk as the page wants to hear them."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._passages: tuple[Passage, ...] = ()
        self._evidence: tuple[Citation, ...] = ()

    def tell(self, event: TalkEvent) -> Iterator[dict[str, Any]]:
        """Yield the lines for one event."""
        if isinstance(event, Queued):
            yield {"event": "queue", "place": event.place}
        elif isinstance(event, Evidence):
            self._passages = event.found.passages
            self._evidence = event.found.citations
            yield {"event": "evidence", "sources": self._sources(event.found.citations)}
        elif isinstance(event, Working):
            yield {"event": "working", "stage": event.stage, "part": event.fraction}
        elif isinstance(event, Said) and event.draft:
            yield {"event": "draft", "text": event.text}
        elif isinstance(event, Alive):
            yield {"event": "alive"}
        elif isinstance(event, Ended) and event.answer is not None:
            yield self._answer(event.answer)

    def _answer(self, answer: Answer) -> dict[str, Any]:
        why = WHY_NO_MODEL.get(answer.why_no_model, "")
        return {
            "event": "answer",
            "abstained": answer.abstained,
            "by_ai": answer.spoken_by_model,
            "computed": answer.computed,
            "why": translate_into(self._language, why) if why else "",
            "parts": list(_parts(answer)),
            "sources": self._sources(answer.citations),
        }

    def _sources(self, citations: tuple[Citation, ...]) -> list[dict[str, Any]]:
        """Return the cited passages, each once; what is cited or evidence is marked."""
        numbers = {citation.number for citation in citations}
        marked_ones = (*citations, *self._evidence)
        result = []
        for passage in self._passages:
            if passage.rank in numbers:
                cited = [c for c in marked_ones if c.number == passage.rank]
                result.append(self._source(passage, cited))
        return result

    def _source(self, passage: Passage, cited: list[Citation]) -> dict[str, Any]:
        def template(key: str) -> str:
            return translate_into(self._language, PLACE_SENTENCES[key])

        return {
            "number": passage.rank,
            "file": name_of(passage.file),
            "place": place_words(passage.page, passage.place, template),
            "heading": passage.heading,
            "pieces": marked(
                passage.text,
                [(c.start - passage.start, c.end - passage.start) for c in cited],
            ),
        }


def marked(text: str, spans: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """Return a text in pieces; those in `spans` are marked, overlapping ones once."""
    edges = sorted(
        {0, len(text), *(min(max(0, e), len(text)) for s in spans for e in s)}
    )
    pieces: list[dict[str, Any]] = []
    for start, end in itertools.pairwise(edges):
        inside = any(first <= start and end <= last for first, last in spans)
        if pieces and pieces[-1]["mark"] == inside:
            pieces[-1]["text"] += text[start:end]
        else:
            pieces.append({"text": text[start:end], "mark": inside})
    return pieces


def _parts(answer: Answer) -> Iterator[dict[str, Any]]:
    """Yield the answer's text in parts: what was checked sentence by sentence, and the rest."""
    place = 0
    for sentence in answer.sentences:
        if sentence.start > place:
            yield {"text": answer.text[place : sentence.start]}
        yield {
            "text": answer.text[sentence.start : sentence.end],
            "supported": sentence.supported,
            "unknown": list(sentence.unknown),
        }
        place = sentence.end
    if place < len(answer.text):
        yield {"text": answer.text[place:]}
