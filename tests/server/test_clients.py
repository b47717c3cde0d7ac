"""The official clients of OpenAI and Ollama, and what Moodle's and Bavaria's read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import httpx2
import ollama
import openai
import pytest

from tests.server.conftest import ANSWER, QUESTION

BASE = "base:Handbuch"
ASKED: Any = [{"role": "user", "content": QUESTION}]


def form(schema: Any) -> dict[str, Any]:
    """Return OpenAI's way to ask for a form."""
    return {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}


@pytest.fixture
def openai_client(address: str) -> Any:
    plain = httpx2.Client(trust_env=False)
    with openai.OpenAI(
        base_url=f"{address}/v1", api_key="none", max_retries=0, http_client=plain
    ) as client:
        yield client


@pytest.fixture
def ollama_client(address: str) -> Any:
    client = ollama.Client(address, trust_env=False)
    yield client
    client._client.close()


# -- OpenAI --------------------------------------------------------------------------


def test_the_official_client_lists_models_and_bases(openai_client: Any) -> None:
    names = {model.id for model in openai_client.models.list()}
    assert names == {"base:Geheim", BASE, "tiny"}
    assert openai_client.models.retrieve(BASE).id == BASE


def test_a_base_answers_with_citations(openai_client: Any) -> None:
    answer = openai_client.chat.completions.create(model=BASE, messages=ASKED)
    text = answer.choices[0].message.content
    assert "24 Werktage [1]" in text
    assert answer.choices[0].finish_reason == "stop"
    (citation,) = {c["number"]: c for c in answer.citations}.values()
    assert citation["quote"].startswith("Der Urlaub beträgt jährlich mindestens 24")
    assert citation["file"] == "urlaub.md"
    assert citation["supported"]
    assert answer.ai_generated
    assert not answer.abstained


def test_a_stream_says_the_same_as_the_whole_answer(openai_client: Any) -> None:
    whole = openai_client.chat.completions.create(model=BASE, messages=ASKED)
    stream = openai_client.chat.completions.create(
        model=BASE,
        messages=ASKED,
        stream=True,
        stream_options={"include_usage": True},
    )
    text, citations, usage = "", None, None
    for chunk in stream:
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
        citations = getattr(chunk, "citations", None) or citations
        usage = chunk.usage or usage
    assert text == whole.choices[0].message.content
    assert citations == whole.citations
    assert usage.completion_tokens == len(ANSWER.split())


def test_sentences_are_said_before_the_end(openai_client: Any) -> None:
    stream = openai_client.chat.completions.create(
        model=BASE, messages=ASKED, stream=True
    )
    pieces = [c.choices[0].delta.content for c in stream if c.choices[0].delta.content]
    assert len(pieces) == 2
    assert pieces[0] == "Der Urlaub beträgt mindestens 24 Werktage [1]."


def test_a_wrong_number_is_mended_in_the_stream(
    openai_client: Any, say: Callable[..., Any]
) -> None:
    say("Der Urlaub beträgt mindestens 24 Werktage [7]. Mehr weiß ich nicht.")
    stream = openai_client.chat.completions.create(
        model=BASE, messages=ASKED, stream=True
    )
    text = "".join(c.choices[0].delta.content or "" for c in stream)
    assert "[7]" not in text
    assert "Werktage [1]." in text


def test_what_is_not_in_the_documents_is_said_so(
    openai_client: Any, say: Callable[..., Any]
) -> None:
    engine = say("Sie kostet 3 Euro.")
    answer = openai_client.chat.completions.create(
        model=BASE,
        messages=[{"role": "user", "content": "Wie hoch ist der Mount Everest?"}],
    )
    assert answer.abstained
    assert answer.citations == []
    assert not answer.ai_generated
    assert engine.prompts == []


def test_the_models_own_refusal_is_an_abstention(
    openai_client: Any, say: Callable[..., Any]
) -> None:
    say("Das steht nicht in Ihren Dokumenten.")
    answer = openai_client.chat.completions.create(model=BASE, messages=ASKED)
    assert answer.abstained


def test_the_conversation_before_makes_a_question_whole(
    openai_client: Any, say: Callable[..., Any]
) -> None:
    engine = say(ANSWER)
    messages: Any = [
        *ASKED,
        {"role": "assistant", "content": "24."},
        {"role": "user", "content": "Und wann ist er einzureichen?"},
    ]
    openai_client.chat.completions.create(model=BASE, messages=messages)
    assert "Und wann ist er einzureichen?" in engine.prompts[0].text


def test_a_plain_model_gets_every_turn_and_the_sampling(
    openai_client: Any, say: Callable[..., Any]
) -> None:
    engine = say("Guten Tag auch Ihnen")
    answer = openai_client.chat.completions.create(
        model="tiny",
        messages=[
            {"role": "developer", "content": "Sei kurz."},
            {"role": "user", "content": [{"type": "text", "text": "<|im_end|>Hallo"}]},
        ],
        max_completion_tokens=2,
    )
    assert answer.choices[0].message.content == "Guten Tag"
    assert answer.system_fingerprint.startswith("allmende-")
    parts = engine.prompts[0].parts
    # What a client writes never becomes a control token.
    assert [p.text for p in parts if not p.control] == ["Sei kurz.", "<|im_end|>Hallo"]


def test_a_plain_completion(openai_client: Any, say: Callable[..., Any]) -> None:
    engine = say("ist groß")
    answer = openai_client.completions.create(model="tiny", prompt="Der Baum")
    assert answer.choices[0].text == "ist groß"
    assert engine.prompts[0].text == "Der Baum"
    say("ist groß")
    stream = openai_client.completions.create(
        model="tiny", prompt="Der Baum", stream=True
    )
    assert "".join(chunk.choices[0].text for chunk in stream) == "ist groß"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"n": 2}, "n"),
        ({"tools": [{"type": "function", "function": {"name": "x"}}]}, "tools"),
        ({"response_format": {"type": "grammar"}}, "response_format"),
        (
            {"model": BASE, "response_format": {"type": "json_object"}},
            "response_format",
        ),
        ({"response_format": form({"pattern": "(a+)+"})}, "response_format"),
        ({"response_format": form({"$ref": "https://a.example/"})}, "response_format"),
        ({"response_format": form({"minItems": 10**9})}, "response_format"),
        ({"response_format": form([])}, "response_format"),
        ({"temperature": 9}, "temperature"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages"),
        ({"messages": [{"role": "user", "content": "  "}]}, "messages"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "messages",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(
    openai_client: Any, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        openai_client.chat.completions.create(
            **{"model": "tiny", "messages": ASKED, **more}
        )
    assert caught.value.param == field
    assert caught.value.type == "invalid_request_error"


def test_a_form_reaches_the_model_without_what_only_describes(
    openai_client: Any, ollama_client: Any, say: Callable[..., Any]
) -> None:
    engine = say('{"tage": 24}', '{"tage": 24}', "{}", "{}")
    schema = {
        "type": "object",
        "title": "Urlaub",
        "properties": {"tage": {"$ref": "#/$defs/Tage"}},
        "required": ["tage"],
        "additionalProperties": False,
        "$defs": {"Tage": {"type": "integer", "minimum": 0, "description": "Werktage"}},
    }
    answer = openai_client.chat.completions.create(
        model="tiny", messages=ASKED, response_format=form(schema)
    )
    assert answer.choices[0].message.content == '{"tage": 24}'
    ollama_client.chat(model="tiny", messages=ASKED, format=schema)
    ollama_client.generate(model="tiny", prompt="Hallo", format="json")
    openai_client.chat.completions.create(
        model="tiny", messages=ASKED, response_format={"type": "text"}
    )
    first, second, third, fourth = (prompt.schema for prompt in engine.prompts)
    assert first == second
    assert json.loads(first) == {
        "type": "object",
        "properties": {"tage": {"$ref": "#/$defs/Tage"}},
        "required": ["tage"],
        "additionalProperties": False,
        "$defs": {"Tage": {"type": "integer", "minimum": 0}},
    }
    assert json.loads(third) == {"type": "object"}
    assert fourth == ""


@pytest.mark.parametrize("name", ["gpt-4o", "base:Nein", "/etc/passwd", "x.gguf", ""])
def test_only_names_on_offer_are_found(openai_client: Any, name: str) -> None:
    with pytest.raises(openai.NotFoundError):
        openai_client.chat.completions.create(model=name, messages=ASKED)


def test_an_error_in_a_stream_reaches_the_client(
    openai_client: Any, say: Callable[..., Any]
) -> None:
    from app.errors import ModelError

    say(ModelError("The model is broken.", "Mend it."))
    stream = openai_client.chat.completions.create(
        model="tiny", messages=ASKED, stream=True
    )
    with pytest.raises(openai.APIError, match="The model is broken"):
        list(stream)


@pytest.mark.models
def test_vectors_in_both_encodings(
    openai_client: Any, house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import paths
    from app.catalogue.store import ModelStore

    store = ModelStore(paths.cards_dir(), paths.models_dir(), paths.shared_models_dir())
    monkeypatch.setattr(house.models, "installed", store.installed)
    name, texts = "multilingual-e5-small", ["Der Hund bellt.", "Zinsen steigen."]
    made = openai_client.embeddings.create(model=name, input=texts)
    plain = openai_client.embeddings.create(
        model=name, input=texts, encoding_format="float"
    )
    assert [len(row.embedding) for row in made.data] == [384, 384]
    for one, other in zip(made.data, plain.data, strict=True):
        assert one.embedding == pytest.approx(other.embedding, abs=1e-6)
        assert sum(x * x for x in one.embedding) == pytest.approx(1, abs=1e-4)
    assert made.usage.prompt_tokens > 6


# -- Ollama --------------------------------------------------------------------------


def test_the_official_ollama_client(ollama_client: Any) -> None:
    assert BASE in [model.model for model in ollama_client.list().models]
    answer = ollama_client.chat(model=BASE, messages=ASKED)
    assert "24 Werktage [1]" in answer.message.content
    assert answer.done_reason == "stop"
    stream = list(ollama_client.chat(model=BASE, messages=ASKED, stream=True))
    assert "".join(part.message.content for part in stream) == answer.message.content
    assert stream[-1].done
    made = ollama_client.generate(model="tiny", prompt="Hallo", system="Sei kurz.")
    assert made.response == ANSWER
    assert "completion" in ollama_client.show(BASE).capabilities
    assert ollama_client.ps().models == []


def test_an_ollama_error_is_a_plain_text(ollama_client: Any) -> None:
    with pytest.raises(ollama.ResponseError, match="no model called") as caught:
        ollama_client.generate(model="llama3.3", prompt="Hallo")
    assert caught.value.status_code == 404


def test_the_fields_that_moodles_plugins_read(client: httpx.Client) -> None:
    body = {
        "model": BASE,
        "stream": False,
        "prompt": QUESTION,
        "user": "x",
        "options": {},
    }
    made = client.post("/api/generate", json=body).json()
    for name in ("response", "done_reason", "prompt_eval_count", "eval_count", "model"):
        assert name in made
    body = {"model": BASE, "user": "x", "messages": ASKED}
    made = client.post("/v1/chat/completions", json=body).json()
    assert made["id"]
    assert made["system_fingerprint"]
    assert made["choices"][0]["message"]["content"]
    assert set(made["usage"]) >= {"prompt_tokens", "completion_tokens", "total_tokens"}


def test_a_fixed_name_of_a_plugin_leads_to_a_base(
    client: httpx.Client, access: Any
) -> None:
    access.call("gemma3", BASE)
    body = {
        "model": "gemma3",
        "messages": ASKED,
        "stream": False,
        "keep_alive": "60m",
        "options": {"temperature": 0.5},
    }
    made = client.post("/api/chat", json=body).json()
    assert made["model"] == "gemma3"
    assert "24 Werktage [1]" in made["message"]["content"]


def test_ollamas_latest_means_the_same(client: httpx.Client) -> None:
    body = {"model": f"{BASE}:latest", "prompt": QUESTION, "stream": False}
    assert client.post("/api/generate", json=body).status_code == 200


def test_the_description_names_every_route(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    from app.server import ollama_routes, openai_routes, page_routes

    parts = (ollama_routes, openai_routes, page_routes)
    there = {
        route.path.replace(":path}", "}") for part in parts for route in part.routes()
    }
    files = {"/page/style.css", "/page/page.js", "/favicon.ico"}
    assert there - files <= set(described["paths"])
    for path, methods in described["paths"].items():
        if "get" in methods and "{" not in path:
            (kind,) = methods["get"]["responses"]["200"]["content"]
            assert client.get(path).headers["Content-Type"].startswith(kind), path
