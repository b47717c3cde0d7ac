"""`allmende task …`: the workshop's tasks on the command line."""

from __future__ import annotations

import argparse
from contextlib import closing
from functools import partial
from pathlib import Path

from app.cli import quiz as quiz_command
from app.cli.output import note, plain, say, say_json
from app.exporters.sheets import export_sheet, need_writable, write_sheet
from app.i18n import N_, language, translate, translate_into
from app.paths import assets_dir
from app.services import build_services
from app.values.sheets import Sheet
from app.workshop.material import common_language
from app.workshop.run import Job, form_values, run_task
from app.workshop.tasks import Task, matches, need_task, read_tasks


def list_tasks(options: argparse.Namespace) -> int:
    """List the tasks, those of a role or that a word finds."""
    tasks = [
        task
        for task in read_tasks(assets_dir() / quiz_command.TASKS)
        if matches(task, options.role or "", options.search)
    ]
    if options.json:
        say_json({"tasks": [_json(task) for task in tasks]})
        return 0
    for task in tasks:
        say(f"{task.id:<18} {task.said(task.title, language())}")
        say(f"{'':<18} {task.said(task.description, language())}")
    if not tasks:
        note(translate(N_("No task is called so.")))
    return 0


def _json(task: Task) -> dict[str, object]:
    return {
        "id": task.id,
        "title": task.said(task.title, language()),
        "description": task.said(task.description, language()),
        "roles": task.roles,
        "fields": [
            {"name": field.name, "kind": field.kind, "default": field.default}
            for field in task.fields
        ],
        "output": task.output,
        "formats": task.exporters,
    }


def run(options: argparse.Namespace) -> int:
    """Do a task and write what it makes into a file."""
    task = need_task(assets_dir() / quiz_command.TASKS, options.id)
    values = form_values(task, options.set)
    if task.output == "quiz":
        options.count = quiz_command.count_of(values["count"])
        options.types = values.get("types", "single")
        options.level = values.get("level", "")
        options.bloom = values.get("bloom", "")
        options.checked_by = ""
        return quiz_command.quiz_command(options)
    path = Path(options.out).expanduser().absolute()
    # An ending that cannot be written is told before any work is done.
    export_sheet(Sheet("", ()), path.suffix, str)
    need_writable(path)
    with closing(build_services()) as services:
        services.settings.need("exports")
        documents = tuple(quiz_command.documents_of(services, options))
        tongue = options.language or common_language(documents) or language()
        speak = partial(translate_into, tongue)
        job = Job(
            task=task,
            documents=documents,
            values=values,
            language=tongue,
            speaker=services.structured_speaker(options.model),
            say=speak,
            seed=options.seed or 0,
            stop=lambda: False,
        )
        sheet = run_task(job)
    data = export_sheet(sheet, path.suffix, speak, options.licence, options.author)
    write_sheet(path, data)
    if options.json:
        say_json({"file": str(path), "bytes": len(data), **plain(sheet)})
        return 0
    for sentence, parameters in sheet.notes:
        note(translate(sentence, **dict(parameters)))
    say(translate(N_("Written: {file}"), file=path))
    return 0
