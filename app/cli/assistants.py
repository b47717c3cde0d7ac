"""`allmende assistant …`: own assistants, listed, shared and taken over."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.assistants import ENDING, to_file
from app.cli.output import plain, say, say_json
from app.files import write_atomically
from app.i18n import N_, language, translate
from app.services import build_services
from app.values.assistants import LEVELS, Assistant

if TYPE_CHECKING:
    Group = Callable[[str, str], Callable[[str, str, str], argparse.ArgumentParser]]


def add_assistants(group: Group) -> None:
    """Add the sub-commands."""
    add = group("assistant", N_("assistants of your own"))
    add("list", N_("list the assistants"), "assistants:list_all")
    show = add("show", N_("show one assistant"), "assistants:show")
    show.add_argument("name")
    create = add("create", N_("make an assistant"), "assistants:create")
    create.add_argument("name")
    create.add_argument("--instruction", default="", metavar="TEXT")
    for option in ("about", "base", "model"):
        create.add_argument(f"--{option}", default="", metavar=option.upper())
    create.add_argument("--level", default="", choices=LEVELS)
    create.add_argument("--starter", action="append", default=[], metavar="QUESTION")
    share = add("export", N_("write an assistant to one file"), "assistants:share")
    share.add_argument("name")
    share.add_argument("--out", default="", metavar="FILE")
    take = add("import", N_("take over a shared assistant"), "assistants:take")
    take.add_argument("file")
    gone = add("remove", N_("remove an own assistant"), "assistants:remove")
    gone.add_argument("name")


def list_all(options: argparse.Namespace) -> int:
    """List own and built-in assistants."""
    with closing(build_services()) as services:
        found = services.assistants.all(language())
    if options.json:
        say_json({"assistants": [plain(one) for one in found]})
        return 0
    for one in found:
        say(f"{one.name}  ({one.id})")
        if one.about:
            say(f"  {one.about}")
    return 0


def show(options: argparse.Namespace) -> int:
    """Show one assistant."""
    with closing(build_services()) as services:
        found = services.assistants.get(options.name, language())
    _say(found, options.json)
    return 0


def create(options: argparse.Namespace) -> int:
    """Make an assistant."""
    made = Assistant(
        "",
        options.name,
        about=options.about,
        instruction=options.instruction,
        base=options.base,
        model=options.model,
        starters=tuple(options.starter),
        level=options.level,
    )
    with closing(build_services()) as services:
        kept = services.assistants.keep(made)
    _say(kept, options.json)
    return 0


def share(options: argparse.Namespace) -> int:
    """Write an assistant to one file."""
    with closing(build_services()) as services:
        services.settings.need("exports")
        found = services.assistants.get(options.name, language())
    path = Path(options.out or f"{found.id}{ENDING}").expanduser().absolute()
    write_atomically(path, to_file(found))
    if options.json:
        say_json({"file": str(path)})
    else:
        say(translate(N_("Written: {file}"), file=path))
    return 0


def take(options: argparse.Namespace) -> int:
    """Take over a shared assistant, if its file is what was shared."""
    with closing(build_services()) as services:
        found = services.assistants.bring(Path(options.file).expanduser())
    _say(found, options.json)
    return 0


def remove(options: argparse.Namespace) -> int:
    """Remove an own assistant."""
    with closing(build_services()) as services:
        found = services.assistants.get(options.name, language())
        services.assistants.remove(found)
    _say(replace(found, id=""), options.json)
    return 0


def _say(assistant: Assistant, as_json: bool) -> None:
    if as_json:
        say_json(plain(assistant))
        return
    say(assistant.name)
    for text in (assistant.about, assistant.instruction, *assistant.starters):
        if text:
            say(f"  {text}")
