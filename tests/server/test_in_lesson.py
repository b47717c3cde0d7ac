"""A server that was begun before a lesson offers nothing while it lasts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app import paths
from app.classroom.room import Room
from app.server.access import Access
from app.services import Services
from tests.classroom.conftest import CODE, a_lesson

ASKED = [{"role": "user", "content": "Wie viele Werktage?"}]
ROUTES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"model": "base:Handbuch", "messages": ASKED},
    "/v1/completions": {"model": "tiny", "prompt": "Hallo"},
    "/v1/embeddings": {"model": "multilingual-e5-small", "input": "Hallo"},
    "/api/chat": {"model": "base:Handbuch", "messages": ASKED},
    "/api/embed": {"model": "multilingual-e5-small", "input": "Hallo"},
    "/api/show": {"model": "base:Handbuch"},
    "/page/ask": {"base": "Handbuch", "question": "Wie viele Werktage?"},
}


@pytest.fixture
def during(house: Services, access: Access, client: httpx.Client) -> httpx.Client:
    """A client whose server lies in another data folder than the lesson."""
    access.release("Handbuch")
    assert "Handbuch" in client.get("/v1/models").text
    Room(paths.lesson_dir(), house.settings).begin(a_lesson(base="Handbuch"))
    return client


@pytest.mark.parametrize("route", ROUTES)
def test_nothing_is_answered(during: httpx.Client, route: str) -> None:
    answer = during.post(route, json=ROUTES[route])
    assert answer.status_code == 403
    assert "lesson" in answer.text


@pytest.mark.parametrize("route", ["/v1/models", "/api/tags", "/page/bases"])
def test_nothing_is_named(
    house: Services, during: httpx.Client, access: Access, route: str
) -> None:
    for word in ("Handbuch", "Geheim", "tiny"):
        assert word not in during.get(route).text
    Room(paths.lesson_dir(), house.settings).end(CODE)
    assert "Handbuch" in during.get(route).text


def test_a_single_model_is_not_told(during: httpx.Client) -> None:
    answer = during.get("/v1/models/base:Handbuch")
    assert answer.status_code == 403
