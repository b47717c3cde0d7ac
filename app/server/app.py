"""The application: all routes behind the guard."""

from __future__ import annotations

import time

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.errors import UsageError
from app.i18n import N_
from app.server import ollama_routes, openai_routes, page_routes
from app.server.access import Access
from app.server.desk import Desk
from app.server.guard import Guard, Rules
from app.server.house import House, house_of
from app.server.offers import Offers
from app.server.openapi import description
from app.server.replies import Json, error_reply
from app.server.talk import Talker
from app.services import Services


def build_app(
    services: Services,
    access: Access,
    desk: Desk,
    rules: Rules,
    model: str = "",
    released_only: bool = False,
) -> ASGIApp:
    """Return the application; `model` is the choice of who speaks for bases."""
    offers = Offers(services, access, model, released_only)
    talker = Talker(services, offers, desk)
    app = Starlette(
        routes=[
            Route("/health", _health, methods=["GET"]),
            Route("/openapi.json", _description, methods=["GET"]),
            *openai_routes.routes(),
            *ollama_routes.routes(),
            *page_routes.routes(),
        ],
        exception_handlers={HTTPException: _no_route},
    )
    app.state.house = House(services, access, offers, desk, talker, time.time())
    return Guard(app, rules, access)


async def _health(request: Request) -> Response:
    desk = house_of(request).desk
    return Json(
        {
            "status": "ok",
            "speaking": desk.speaking.busy,
            "waiting": desk.speaking.waiting + desk.searching.waiting,
        }
    )


async def _description(request: Request) -> Response:
    del request
    return Json(description())


async def _no_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    known = UsageError(
        N_("There is nothing at this address."),
        N_("/openapi.json says what can be asked, and how."),
    )
    return error_reply(request.url.path, known, status)
