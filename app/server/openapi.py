"""The description of all routes for programs (OpenAPI 3.1), at /openapi.json."""

from __future__ import annotations

from typing import Any

from app.version import __version__

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 1}
_MESSAGE = {
    "type": "object",
    "required": ["role", "content"],
    "properties": {
        "role": {"enum": ["system", "developer", "user", "assistant"]},
        "content": {
            "oneOf": [
                _TEXT,
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"type": {"const": "text"}, "text": _TEXT},
                    },
                },
            ]
        },
    },
}
_MESSAGES = {"type": "array", "items": _MESSAGE, "minItems": 1}
_TEXTS = {"oneOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_CITATION = {
    "type": "object",
    "description": (
        "A place in a document. `number` stands in brackets in the answer; `quote` is"
        " the text from `start` to `end` of the document's extracted text."
    ),
    "properties": {
        "number": {"type": "integer"},
        "file": _TEXT,
        "page": {"type": ["integer", "null"]},
        "start": {"type": "integer"},
        "end": {"type": "integer"},
        "quote": _TEXT,
        "supported": {"type": "boolean"},
        "place": {"type": ["object", "null"]},
    },
}
_FROM_BASE = {
    "citations": {"type": "array", "items": {"$ref": "#/components/schemas/Citation"}},
    "abstained": {
        "type": "boolean",
        "description": "True where the documents do not say it.",
    },
    "ai_generated": {"type": "boolean"},
    "queue_place": {"type": "integer"},
}
_SAMPLING = {
    "temperature": {"type": "number", "minimum": 0, "maximum": 5},
    "top_p": {"type": "number", "minimum": 0, "maximum": 1},
    "seed": {"type": "integer"},
    "stop": _TEXTS,
}
_FORM = {
    "type": "object",
    "properties": {
        "type": {"enum": ["text", "json_object", "json_schema"]},
        "json_schema": {"type": "object", "properties": {"schema": {"type": "object"}}},
    },
    "description": "The form of a model's answer. A base answers in sentences only.",
}
_OLLAMA_FORM = {"anyOf": [{"const": "json"}, {"type": "object"}]}
_OPENAI = {"model": _TEXT, "stream": {"type": "boolean", "default": False}, **_SAMPLING}
_OLLAMA = {
    "model": _TEXT,
    "stream": {"type": "boolean", "default": True},
    "options": {
        "type": "object",
        "properties": {**_SAMPLING, "num_predict": {"type": "integer"}},
    },
}


def description() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Allmende",
            "version": __version__,
            "description": (
                "Models and knowledge bases of this computer for its own network. A base"
                " is asked as the model `base:NAME` and answers with citations."
            ),
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "paths": _paths(),
        "components": {
            "schemas": {"Citation": _CITATION, "Message": _MESSAGE},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "Any name; the token is the password.",
                },
            },
        },
        "security": [{}, {"bearer": []}, {"basic": []}],
    }


def _paths() -> dict[str, Any]:
    numbers = {"max_tokens": _COUNT, "max_completion_tokens": _COUNT}
    chat = {**_OPENAI, **numbers, "messages": _MESSAGES, "response_format": _FORM}
    completion = {**_OPENAI, "max_tokens": _COUNT, "prompt": _TEXTS}
    embeddings = {
        "model": _TEXT,
        "input": _TEXTS,
        "encoding_format": {"enum": ["float", "base64"]},
        "input_type": {"enum": ["query", "passage"], "default": "passage"},
    }
    generate = {**_OLLAMA, "prompt": _TEXT, "system": _TEXT, "format": _OLLAMA_FORM}
    ask = {"base": _TEXT, "question": _TEXT}
    return {
        "/v1/chat/completions": _post(
            "Continue a conversation", chat, ("model", "messages")
        ),
        "/v1/completions": _post("Continue a text", completion, ("model", "prompt")),
        "/v1/embeddings": _post(
            "Turn texts into vectors", embeddings, ("model", "input")
        ),
        "/v1/models": _get("List models, embedders and bases"),
        "/v1/models/{name}": _get("Show one of them", "name"),
        "/api/chat": _post(
            "Continue a conversation (Ollama)",
            {**_OLLAMA, "messages": _MESSAGES, "format": _OLLAMA_FORM},
            ("model", "messages"),
        ),
        "/api/generate": _post(
            "Answer a prompt (Ollama)", generate, ("model", "prompt")
        ),
        "/api/embed": _post(
            "Turn texts into vectors (Ollama)",
            {"model": _TEXT, "input": _TEXTS},
            ("model", "input"),
        ),
        "/api/tags": _get("List models, embedders and bases (Ollama)"),
        "/api/show": _post(
            "Describe one of them (Ollama)", {"model": _TEXT}, ("model",)
        ),
        "/api/ps": _get("Always an empty list (Ollama)"),
        "/api/version": _get("The program's version (Ollama)"),
        "/health": _get("Whether the server works, and how many wait"),
        "/page/bases": _get("List the released bases"),
        "/page/ask": _post("Ask a released base, as the page does", ask, tuple(ask)),
        "/": _page(),
    }


def _page() -> dict[str, Any]:
    found = _get("The page for people")
    found["get"]["responses"]["200"]["content"] = {"text/html": {"schema": _TEXT}}
    return found


def _get(summary: str, *parameters: str) -> dict[str, Any]:
    found: dict[str, Any] = {"summary": summary, "responses": _responses({})}
    if parameters:
        found["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": _TEXT}
            for name in parameters
        ]
    return {"get": found}


def _post(
    summary: str, properties: dict[str, Any], required: tuple[str, ...]
) -> dict[str, Any]:
    schema = {"type": "object", "required": list(required), "properties": properties}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    answer = _FROM_BASE if {"messages", "prompt"} & set(properties) else {}
    return {
        "post": {
            "summary": summary,
            "requestBody": body,
            "responses": _responses(answer),
        }
    }


def _responses(properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties}
    return {
        "200": {
            "description": "Done",
            "content": {"application/json": {"schema": schema}},
        },
        "400": {"description": "The request cannot be understood"},
        "401": {"description": "A token is needed"},
        "404": {"description": "There is no such model"},
        "413": {"description": "Too long; it was not read"},
        "429": {"description": "Too often, or too many wait"},
        "503": {"description": "It cannot be answered now"},
    }
