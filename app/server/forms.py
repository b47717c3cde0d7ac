"""The form an answer should have: a JSON schema from the network, made harmless.

A schema becomes a grammar in the child that holds the model, and the grammar grows with
the numbers in it; so a schema is small, its counts are small, it names nothing outside
itself, and of its words only those are taken whose meaning the grammar keeps.

Invariant: what `schema_of` returns is one compact JSON text of at most `_MOST_CHARS`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.i18n import N_
from app.server.fields import BadField
from app.server.offers import Offer

# What the form alone says about the text of the answer: an object, of any kind.
ANY_OBJECT = '{"type":"object"}'
_MOST_CHARS = 20_000
_MOST_DEPTH = 24
_MOST_COUNT = 200
_COUNTS = {"minItems", "maxItems", "minLength", "maxLength"}
_LIMITS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_SCHEMAS = {"items", "additionalProperties"}
_LISTS = {"anyOf", "oneOf", "allOf", "prefixItems"}
_NAMED = {"properties", "$defs", "definitions"}
_PLAIN = {"type", "required", "enum", "const"}
# These only describe.
_SPOKEN = {"title", "description", "default", "examples", "$schema", "$comment"}


def schema_of(data: Mapping[str, Any], field: str) -> str:
    """Return the schema that a request asks for, "" for none.

    Takes OpenAI's `response_format` (text, json_object, json_schema) and Ollama's
    `format` ("json" or a schema). Raises BadField.
    """
    asked = data.get(field)
    if asked is None or asked == "":
        return ""
    if asked == "json":
        return ANY_OBJECT
    if not isinstance(asked, Mapping):
        raise _not_supported(field)
    if field != "response_format":
        return _checked(asked, field)
    kind = asked.get("type")
    if kind in (None, "text"):
        return ""
    if kind == "json_object":
        return ANY_OBJECT
    named = asked.get("json_schema")
    if kind != "json_schema" or not isinstance(named, Mapping):
        raise _not_supported(field)
    return _checked(named.get("schema"), field)


def form_for(offer: Offer, data: Mapping[str, Any], field: str) -> str:
    """Return the schema for an answer of this offer. Raises BadField.

    A base answers in sentences, since these are what its citations belong to.
    """
    schema = schema_of(data, field)
    if schema and offer.kind == "base":
        raise _not_supported(field)
    return schema


def _checked(schema: object, field: str) -> str:
    harmless = _harmless(schema, field, 0)
    text = json.dumps(harmless, ensure_ascii=False, separators=(",", ":"))
    if len(text) > _MOST_CHARS:
        raise BadField(field, N_("The field “{field}” holds too much."))
    return text


def _harmless(schema: object, field: str, depth: int) -> Any:
    """Return a schema without what only describes. Raises BadField for the rest."""
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, Mapping) or depth > _MOST_DEPTH:
        raise _not_supported(field)
    return {
        word: _part(word, value, field, depth)
        for word, value in schema.items()
        if word not in _SPOKEN
    }


def _part(word: str, value: Any, field: str, depth: int) -> Any:
    if word in _COUNTS:
        good = isinstance(value, int) and 0 <= value <= _MOST_COUNT
    elif word in _LIMITS:
        good = isinstance(value, int) and abs(value) < 1 << 53
    elif word == "$ref":
        good = isinstance(value, str) and value.startswith("#/")
    elif word in _SCHEMAS:
        return _harmless(value, field, depth + 1)
    elif word in _LISTS and isinstance(value, list):
        return [_harmless(part, field, depth + 1) for part in value]
    elif word in _NAMED and isinstance(value, Mapping):
        return {n: _harmless(part, field, depth + 1) for n, part in value.items()}
    else:
        good = word in _PLAIN
    if not good:
        raise _not_supported(field)
    return value


def _not_supported(field: str) -> BadField:
    return BadField(
        field, N_("The form asked for in “{field}” cannot be kept to here.")
    )
