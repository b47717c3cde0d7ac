"""Answers as data: only what fits is handed on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.errors import Cancelled, ModelError
from app.inference.fake import FakeEngine
from app.prompting.structure import ask_for, fits
from app.values.prompts import Prompt, PromptPart, Sampling

SCHEMA = {
    "type": "object",
    "properties": {
        "question": {"type": "string"},
        "answers": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 2,
            "maxItems": 3,
        },
        "right": {"type": "integer", "minimum": 0, "maximum": 2},
    },
    "required": ["question", "answers", "right"],
}
GOOD = {"question": "Wann?", "answers": ["heute", "morgen"], "right": 1}
PROMPT = Prompt((PromptPart("Make a quiz."),))


def test_what_fits_is_handed_on_and_the_engine_knows_the_schema() -> None:
    engine = FakeEngine(json.dumps(GOOD))
    assert ask_for(engine, PROMPT, SCHEMA, Sampling()) == GOOD
    assert json.loads(engine.prompts[0].schema) == SCHEMA


def test_an_answer_that_was_cut_off_says_so() -> None:
    class Cut(FakeEngine):
        def generate(self, prompt: Prompt, sampling: Sampling) -> Any:
            from dataclasses import replace

            from app.values.generation import Done

            for event in super().generate(prompt, sampling):
                is_end = isinstance(event, Done)
                yield replace(event, reason="length") if is_end else event

    with pytest.raises(ModelError, match="cut off"):
        ask_for(Cut('{"question": "Wa'), PROMPT, SCHEMA, Sampling())


@pytest.mark.parametrize(
    "answer",
    [
        "Sure! Here is your quiz.",
        "",
        json.dumps({**GOOD, "right": 3}),
        json.dumps({**GOOD, "right": True}),
        json.dumps({**GOOD, "answers": ["nur eine"]}),
        json.dumps({**GOOD, "answers": [1, 2]}),
        json.dumps({"question": "Wann?"}),
    ],
)
def test_what_does_not_fit_is_an_error(answer: str) -> None:
    with pytest.raises(ModelError, match="form"):
        ask_for(FakeEngine(answer), PROMPT, SCHEMA, Sampling())


def test_it_can_be_stopped() -> None:
    with pytest.raises(Cancelled):
        ask_for(FakeEngine(json.dumps(GOOD)), PROMPT, SCHEMA, Sampling(), lambda: True)


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        (None, {"type": ["string", "null"]}, True),
        (1, {"type": ["string", "null"]}, False),
        ("b", {"enum": ["a", "b"]}, True),
        ("c", {"enum": ["a", "b"]}, False),
        (1.5, {"type": "integer"}, False),
        (2, {"type": "number", "minimum": 2}, True),
        ("x", {"const": "x"}, True),
        ("anything", {}, True),
    ],
)
def test_forms(value: Any, schema: dict[str, Any], expected: bool) -> None:
    assert fits(value, schema) is expected
