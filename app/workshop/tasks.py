"""A task is a folder: `task.json`, a prompt a language, a schema. This reads them.

`prompt.<language>.md` holds the instructions, a line `---`, and the request; both may
hold `$name` for the fields of the form. Values are filled in once, so that what stands
in a document is never taken for a placeholder.
"""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import UsageError
from app.i18n import N_
from app.invisible import visible
from app.prompting.templates import Message

OUTPUTS = ("quiz", "text", "table", "cards")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a field may have, with its label by language."""

    value: str
    label: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a task's form; `help` says by language what belongs there.

    `kind`: "text", "long", "number" (1..`most`), "choice" (one of `choices`), "choices"
    (several, with commas between) or "kinds" (of questions, with commas between).
    """

    name: str
    kind: str
    default: str
    label: Mapping[str, str]
    choices: tuple[Choice, ...] = ()
    help: Mapping[str, str] = field(default_factory=dict)
    most: int = 500


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the levels a quiz is made at, one after the other: its label and kinds."""

    label: Mapping[str, str]
    types: str


@dataclass(frozen=True, slots=True)
class Task:
    """One task. `title`, `description`, `keywords` by language; `output` one of OUTPUTS.

    `rules` names the code that works without a model, "" where there is none; `schema`
    is what a model's answer is forced into, {} for free text. `prefers` is what one
    usually has for it, "documents" or "text" to paste; `needs` how many documents there
    must be, 0 for any number. A quiz with `stages` has so many items of each; with
    `order` "text" they stand in the order of the documents. Lists show a low `rank` first.
    """

    id: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    keywords: Mapping[str, tuple[str, ...]]
    roles: tuple[str, ...]
    fields: tuple[Field, ...]
    output: str
    checks: tuple[str, ...]
    exporters: tuple[str, ...]
    prompts: Mapping[str, str]
    schema: Mapping[str, Any] = field(default_factory=dict)
    rules: str = ""
    prefers: str = "documents"
    needs: int = 0
    stages: tuple[Stage, ...] = ()
    order: str = ""
    rank: int = 99
    # Where its prompts lie: its own folder, or that of the task it `uses`.
    folder: Path = Path()

    def said(self, texts: Mapping[str, str], language: str) -> str:
        """Return the text of a language; English where there is none."""
        return texts.get(language) or texts["en"]


def read_tasks(folder: Path) -> list[Task]:
    """Return all tasks of a folder, those first that most people want."""
    found = [read_task(path.parent) for path in folder.glob("*/task.json")]
    return sorted(found, key=lambda task: (task.rank, task.id))


def need_task(folder: Path, id_: str) -> Task:
    """Return a task. Raises UsageError for one that does not exist."""
    if not id_.replace("-", "").isalnum() or not (folder / id_ / "task.json").exists():
        raise UsageError(
            N_("There is no task “{id}”."),
            N_("`allmende task list` shows all tasks."),
            id=id_,
        )
    return read_task(folder / id_)


def read_task(folder: Path) -> Task:
    """Return the task of one folder."""
    data = json.loads((folder / "task.json").read_text("utf-8"))
    folder = folder.parent / data.get("uses", folder.name)
    schema = folder / "schema.json"
    return Task(
        id=data["id"],
        title=data["title"],
        description=data["description"],
        keywords={k: tuple(v) for k, v in data.get("keywords", {}).items()},
        roles=tuple(data["roles"]),
        fields=tuple(_field(row) for row in data.get("fields", ())),
        output=data["output"],
        checks=tuple(data.get("checks", ())),
        exporters=tuple(data["exporters"]),
        prompts={
            path.name.split(".")[1]: path.read_text("utf-8")
            for path in folder.glob("prompt.*.md")
        },
        schema=json.loads(schema.read_text("utf-8")) if schema.exists() else {},
        rules=data.get("rules", ""),
        prefers=data.get("prefers", "documents"),
        needs=data.get("needs", 0),
        stages=tuple(Stage(**stage) for stage in data.get("stages", ())),
        order=data.get("order", ""),
        rank=data.get("rank", 99),
        folder=folder,
    )


def _field(row: Mapping[str, Any]) -> Field:
    choices = tuple(Choice(**choice) for choice in row.get("choices", ()))
    return Field(**{**row, "choices": choices})


def matches(task: Task, role: str, words: str) -> bool:
    """Tell whether a task belongs to a role ("": any) and all words find it."""
    texts = [task.id, *task.title.values(), *task.description.values()]
    texts += [word for row in task.keywords.values() for word in row]
    searched = " ".join(texts).casefold()
    of_role = not role or role in task.roles
    return of_role and all(word in searched for word in words.casefold().split())


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a prompt's text with its `$name` filled, each value taken as it is."""
    return string.Template(text).safe_substitute(values)


def messages(task: Task, language: str, values: Mapping[str, str]) -> list[Message]:
    """Return the turns that ask a model to do a task.

    Invisible signs of documents are taken out, so that nothing hidden speaks.
    """
    whole = task.said(task.prompts, language)
    system, _, user = whole.partition("\n---\n")
    shown = {name: visible(value) for name, value in values.items()}
    request = "\n".join(
        line for line in fill(user, shown).split("\n") if line.strip() or not line
    )
    return [
        Message("system", fill(system, shown).strip()),
        Message("user", request.strip()),
    ]
