"""Answers as data: a JSON schema goes in, what fits it comes out, or an error.

The engine writes by a grammar made of the schema, so its text cannot have another form.
Nothing is mended afterwards: what was cut off, or comes from an engine that knows no
grammars and does not fit, is an error and never half an answer.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.errors import Cancelled, ModelError
from app.i18n import N_
from app.values.generation import Done, Token
from app.values.ports import Engine, Stop
from app.values.prompts import Prompt, Sampling

_KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def ask_for(
    engine: Engine,
    prompt: Prompt,
    schema: Mapping[str, Any],
    sampling: Sampling,
    stop: Stop = lambda: False,
) -> Any:
    """Return the engine's answer as data that fits `schema`.

    Schemas may use type, properties, required, items, enum, const, minItems, maxItems,
    minimum and maximum. Raises ModelError when the answer was cut off or does not fit,
    Cancelled when `stop` says so.
    """
    asked = replace(prompt, schema=json.dumps(schema, ensure_ascii=False))
    text, reason = "", ""
    with contextlib.closing(engine.generate(asked, sampling)) as events:  # type: ignore[type-var]
        for event in events:
            if stop():
                raise Cancelled
            if isinstance(event, Token):
                text += event.text
            elif isinstance(event, Done):
                reason = event.reason
    try:
        value = json.loads(text)
    except ValueError as error:
        raise (_cut_off() if reason == "length" else _unfit()) from error
    if not fits(value, schema):
        raise _unfit()
    return value


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Tell whether a value has the form that a schema describes."""
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "const" in schema and value != schema["const"]:
        return False
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is_of(value, kind) for kind in kinds):
        return False
    if isinstance(value, dict):
        return _fits_object(value, schema)
    if isinstance(value, list):
        return _fits_array(value, schema)
    least, most = schema.get("minimum", value), schema.get("maximum", value)
    return not isinstance(value, int | float) or bool(least <= value <= most)


def _is_of(value: Any, kind: str) -> bool:
    # For Python a truth value is a number, too.
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _KINDS[kind])


def _fits_object(value: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    properties = schema.get("properties", {})
    return all(name in value for name in schema.get("required", ())) and all(
        fits(part, properties[name])
        for name, part in value.items()
        if name in properties
    )


def _fits_array(value: list[Any], schema: Mapping[str, Any]) -> bool:
    least, most = schema.get("minItems", 0), schema.get("maxItems", len(value))
    parts = schema.get("items", {})
    return least <= len(value) <= most and all(fits(part, parts) for part in value)


def _cut_off() -> ModelError:
    return ModelError(
        N_("The model's answer became too long and was cut off."),
        N_("Ask for less at once, or allow longer answers in the settings."),
    )


def _unfit() -> ModelError:
    return ModelError(
        N_("The model's answer does not have the form that was asked for."),
        N_("Try again, or choose another model."),
    )
