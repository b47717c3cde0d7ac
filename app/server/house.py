"""What every route works with, made once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from app.i18n import translate_into
from app.server import fields
from app.server.access import Access
from app.server.desk import Desk
from app.server.offers import Offer, Offers
from app.server.replies import NOTICE, language_of
from app.server.talk import Ended, Talker, Wish
from app.services import Services
from app.values.answers import Citation
from app.values.places import place_json


@dataclass(frozen=True, slots=True)
class House:
    """Everything behind the routes. `started_at`: seconds since 1970 (UTC)."""

    services: Services
    access: Access
    offers: Offers
    desk: Desk
    talker: Talker
    started_at: float

    async def find(self, name: str, *kinds: str) -> Offer:
        """Return what a client calls `name`. Raises NotOffered, PolicyError."""
        return await asyncio.to_thread(self.offers.find, name, *kinds)


def house_of(request: Request) -> House:
    """Return the house that a request came to."""
    house: House = request.app.state.house
    return house


def client_of(request: Request) -> str:
    """Return who asks, as the queue tells clients apart."""
    return str(request.scope["state"].get("client", ""))


async def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent. Raises BadField."""
    return dict(fields.parse(await request.body()))


def wish_from(
    data: dict[str, Any], offer: Offer, request: Request, **more: Any
) -> Wish:
    """Return the wish in a request with the fields that all dialects share."""
    return Wish(
        offer=offer,
        temperature=fields.number(data, "temperature", 0, 5),
        top_p=fields.number(data, "top_p", 0, 1),
        seed=fields.whole(data, "seed", -(2**63), 2**63),
        language=language_of(request),
        **more,
    )


def name_of(path: str) -> str:
    """Return a file's name; where it lies on this computer concerns nobody else."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def citation_json(citation: Citation) -> dict[str, Any]:
    """Return a citation as clients see it: as on the command line, without folders."""
    return {
        "number": citation.number,
        "file": name_of(citation.file),
        "page": citation.page,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "supported": citation.supported,
        "place": place_json(citation.place),
    }


def extras(ended: Ended, language: str) -> dict[str, Any]:
    """Return what an answer from a base says beyond its text."""
    if ended.answer is None:
        return {"ai_generated": True}
    answer = ended.answer
    return {
        "citations": [citation_json(citation) for citation in answer.citations],
        "abstained": answer.abstained,
        "answered_by": answer.model.id if answer.spoken_by_model else "",
        "why_no_model": answer.why_no_model,
        "ai_generated": answer.spoken_by_model,
        "notice": translate_into(language, NOTICE) if answer.spoken_by_model else "",
    }


def now() -> int:
    """Return the time in seconds since 1970 (UTC)."""
    return int(time.time())
