"""How each family of models wants its turns marked, after the makers' model cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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

    Families without a system role put its text before the first user turn.
    """

    opening: str
    closing: str
    answer: str
    stops: tuple[str, ...]
    begin: str = ""
    roles: tuple[tuple[str, str], ...] = ()
    system_role: bool = True


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
    form = TEMPLATES.get(template)
    if form is None:
        raise ModelError(
            N_("Allmende does not know how to talk to this model."),
            N_("Choose a model from the catalogue."),
        )
    parts: list[PromptPart] = []
    for message in _fold_system(form, messages):
        names = dict(form.roles)
        role = names.get(message.role, message.role)
        stays = message.role == "system"
        parts.append(PromptPart(form.opening.replace("{role}", role), control=True))
        parts += [PromptPart(text, keep=True) for text in message.ahead]
        parts.append(PromptPart(message.text))
        parts.append(PromptPart(form.closing, control=True, keep=stays))
    if form.answer:
        parts.append(PromptPart(form.answer, control=True))
    return Prompt(tuple(parts), form.stops)


def _fold_system(form: Template, messages: Sequence[Message]) -> list[Message]:
    if form.system_role or not messages or messages[0].role != "system":
        return list(messages)
    first, rest = messages[0], list(messages[1:])
    if rest and rest[0].role == "user":
        ahead = (f"{first.text}\n\n", *rest[0].ahead)
        rest[0] = Message("user", rest[0].text, ahead)
    return rest
