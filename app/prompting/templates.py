"""How each family of models wants its turns marked, after the makers' model cards.

A template is the name of a family, or the marks that were learned from a model's own
template (`inference/chat_template.py`) as JSON. Marks are the only control parts of a
prompt: what stands between them is text, whatever it looks like.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import ModelError
from app.i18n import N_
from app.values.prompts import Prompt, PromptPart


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `role`: "system", "user" or "assistant".

    `ahead` are texts before `text` that come again with other questions, such as
    sources: parts of their own, so that their tokens do not depend on what follows.
    """

    role: str
    text: str
    ahead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """The marks around a turn. `{role}` stands for the role's name in this family.

    Families without a system role put its text before the first user turn. `begin`
    stands before a first turn that is not the system's. `marks` are (role, opening,
    closing) where each role has its own.
    """

    opening: str
    closing: str
    answer: str
    stops: tuple[str, ...]
    begin: str = ""
    roles: tuple[tuple[str, str], ...] = ()
    system_role: bool = True
    marks: tuple[tuple[str, str, str], ...] = ()

    def around(self, role: str) -> tuple[str, str]:
        """Return what stands before and after a turn."""
        for name, opening, closing in self.marks:
            if name == role:
                return opening, closing
        name = dict(self.roles).get(role, role)
        return self.opening.replace("{role}", name), self.closing


TEMPLATES = {
    "chatml": Template(
        opening="<|im_start|>{role}\n",
        closing="<|im_end|>\n",
        answer="<|im_start|>assistant\n",
        stops=("<|im_end|>", "<|im_start|>"),
    ),
    # SmolLM3 thinks aloud unless its turn begins with an empty thought.
    "smollm3": Template(
        opening="<|im_start|>{role}\n",
        closing="<|im_end|>\n",
        answer="<|im_start|>assistant\n<think>\n\n</think>\n",
        stops=("<|im_end|>", "<|im_start|>"),
    ),
    # Marks for a server that turns messages into a prompt itself: only who speaks.
    "turns": Template(opening="{role}", closing="", answer="", stops=()),
    "llama3": Template(
        opening="<|start_header_id|>{role}<|end_header_id|>\n\n",
        closing="<|eot_id|>",
        answer="<|start_header_id|>assistant<|end_header_id|>\n\n",
        stops=("<|eot_id|>",),
    ),
    "gemma": Template(
        opening="<start_of_turn>{role}\n",
        closing="<end_of_turn>\n",
        answer="<start_of_turn>model\n",
        stops=("<end_of_turn>",),
        roles=(("assistant", "model"),),
        system_role=False,
    ),
    "mistral": Template(
        opening="[INST] ",
        closing=" [/INST]",
        answer="",
        stops=("</s>", "[INST]"),
        system_role=False,
    ),
    "granite": Template(
        opening="<|start_of_role|>{role}<|end_of_role|>",
        closing="<|end_of_text|>\n",
        answer="<|start_of_role|>assistant<|end_of_role|>",
        stops=("<|end_of_text|>", "<|start_of_role|>"),
    ),
}


def build_prompt(template: str, messages: Sequence[Message]) -> Prompt:
    """Return the prompt for `messages`, ready for the assistant's turn.

    Raises ModelError for a template we do not know.
    """
    form = template_of(template)
    if form is None:
        raise ModelError(
            N_("Allmende does not know how to talk to this model."),
            N_("Choose a model from the catalogue."),
        )
    parts: list[PromptPart] = []
    folded = _fold_system(form, messages)
    if form.begin and folded and folded[0].role != "system":
        parts.append(PromptPart(form.begin, control=True))
    for message in folded:
        opening, closing = form.around(message.role)
        stays = message.role == "system"
        parts.append(PromptPart(opening, control=True))
        parts += [PromptPart(text, keep=True) for text in message.ahead]
        parts.append(PromptPart(message.text))
        parts.append(PromptPart(closing, control=True, keep=stays))
    if form.answer:
        parts.append(PromptPart(form.answer, control=True))
    return Prompt(tuple(parts), form.stops)


def template_of(template: str) -> Template | None:
    """Return the template for a family's name or for learned marks, None for neither."""
    if template in TEMPLATES:
        return TEMPLATES[template]
    try:
        return _learned(json.loads(template))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _learned(marks: dict[str, Any]) -> Template:
    """Return the template of learned marks. Raises for data of another shape."""
    turns = []
    for role in ("system", "user", "assistant"):
        if marks[role]:
            opening, closing = (_text(mark) for mark in marks[role])
            turns.append((role, opening, closing))
    # What ends the model's turn ends its answer, where it is more than a line break.
    stop = _text(marks["assistant"][1]).strip()
    return Template(
        opening="",
        closing="",
        answer=_text(marks["answer"]),
        stops=(stop,) if stop else (),
        begin=_text(marks["begin"]),
        system_role=bool(marks["system"]),
        marks=tuple(turns),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _fold_system(form: Template, messages: Sequence[Message]) -> list[Message]:
    if form.system_role or not messages or messages[0].role != "system":
        return list(messages)
    first, rest = messages[0], list(messages[1:])
    if rest and rest[0].role == "user":
        ahead = (f"{first.text}\n\n", *rest[0].ahead)
        rest[0] = Message("user", rest[0].text, ahead)
    return rest
