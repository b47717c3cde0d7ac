"""Requests that try to get at files, or to make a route stumble."""

from __future__ import annotations

import json
import random
from typing import Any

import httpx
import pytest

PATHS = (
    "/../../etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/static/..%5c..%5cwindows/win.ini",
    "/v1/models/../../../etc/passwd",
    "/v1/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "//etc/passwd",
    "/\\\\host\\share",
    "/v1/models/" + "a" * 5_000,
    "/%00",
    "/v1/models/%ff%fe",
    "/file:///etc/passwd",
)
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1e308,
    "",
    "a" * 10_000,
    "\x00\u202e",
    [],
    [[]],
    {},
    {"a": {"b": {}}},
    ["x"] * 1_000,
)
FIELDS = (
    *("model", "messages", "prompt", "input", "stream", "max_tokens", "temperature"),
    *("top_p", "stop", "seed", "options", "n", "tools", "response_format", "question"),
)


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_to_a_file(client: httpx.Client, path: str) -> None:
    url = client.base_url.copy_with(raw_path=path.encode())
    answer = client.send(client.build_request("GET", url))
    assert answer.status_code in (400, 403, 404, 405, 414, 421)
    assert "root:" not in answer.text
    assert "Traceback" not in answer.text


def test_odd_values_are_answered_with_a_sentence(client: httpx.Client) -> None:
    """As schemathesis does, over the routes that the description names."""
    routes = client.get("/openapi.json").json()["paths"]
    chance = random.Random(7)
    tried = 0
    for path, methods in routes.items():
        for method in methods:
            for _ in range(6):
                body = {
                    name: chance.choice(ODD)
                    for name in chance.sample(FIELDS, chance.randint(1, 6))
                }
                sent = json.dumps(body) if chance.random() < 0.9 else "{" * 50
                answer = client.request(
                    method.upper(),
                    path.replace("{", "").replace("}", ""),
                    content=sent,
                    headers={"Content-Type": "application/json"},
                    timeout=60,
                )
                tried += 1
                assert answer.status_code != 500, (method, path, body)
                assert "Traceback" not in answer.text
    assert tried > 20


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "X"])
def test_other_methods_change_nothing(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/v1/models")
    assert answer.status_code in (400, 403, 404, 405, 501)
