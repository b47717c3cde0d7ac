"""`allmende quiz`: questions about documents, into a file."""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from app.cli.base import show_ingest
from app.cli.output import note, plain, progress, say, say_json
from app.errors import AppError, UsageError
from app.exporters.quiz.formats import Exported, need_format, write_quiz
from app.exporters.quiz.reading import read_quiz
from app.exporters.quiz.wording import quiz_wording
from app.exporters.sheets import need_writable
from app.i18n import N_, language, translate, translate_into, translate_plural
from app.paths import assets_dir
from app.services import Services, absolute_paths, build_services
from app.settings.store import load_settings
from app.values.places import PLACE_SENTENCES, place_words
from app.values.quiz import (
    Item,
    ItemAdded,
    ItemFailed,
    ItemSource,
    Quiz,
    QuizFinished,
    QuizRequest,
)
from app.workbench import texts_of_base
from app.workshop.checks import SENTENCES
from app.workshop.material import SourceText, common_language
from app.workshop.quiz import WHY_NO_MODEL, make_quiz
from app.workshop.tasks import need_task

TASKS = "tasks"


def quiz_command(options: argparse.Namespace) -> int:
    """Make a quiz and write it into a file; return the exit code."""
    path = Path(options.out).expanduser().absolute()
    need_format(path.suffix)
    need_writable(path)
    if getattr(options, "questions", None):
        load_settings().need("exports")
        return _convert(Path(options.questions).expanduser(), path, options)
    with closing(build_services()) as services:
        services.settings.need("exports")
        documents = documents_of(services, options)
        finished = _make(services, documents, options)
    if not finished.items:
        raise AppError(
            N_("The documents hold no sentence that can be asked about."),
            N_("Add documents with whole sentences, or choose other types."),
        )
    quiz = _quiz(finished, documents, options)
    wording = quiz_wording(partial(translate_into, quiz.language))
    made = write_quiz(path, quiz, wording)
    if options.json:
        say_json(_json(quiz, finished, path, made))
        return 0
    for remark in made.remarks:
        note(translate(remark.sentence, **_filled(remark.parameters)))
    _say_end(finished, path)
    return 0


def _convert(source: Path, path: Path, options: argparse.Namespace) -> int:
    """Write the questions of one file into another; say what is lost on the way."""
    read = read_quiz(source)
    quiz = replace(
        read.quiz,
        title=options.title or read.quiz.title,
        language=options.language or language(),
        licence=options.licence,
        author=options.author,
    )
    wording = quiz_wording(partial(translate_into, quiz.language))
    made = write_quiz(path, quiz, wording)
    remarks = [*read.remarks, *made.remarks]
    if options.json:
        said = [plain(remark) for remark in remarks]
        row = {"file": str(path), "bytes": len(made.data), "remarks": said}
        say_json({**row, "items": [plain(item) for item in quiz.items]})
        return 0
    for remark in remarks:
        note(translate(remark.sentence, **_filled(remark.parameters)))
    say(translate(N_("Written: {file}"), file=path))
    return 0


def _filled(parameters: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return parameters with those translated that are sentences of ours."""
    return {key: translate(value) for key, value in parameters}


def documents_of(services: Services, options: argparse.Namespace) -> list[SourceText]:
    """Return the texts that a task works on, in the order given, read if need be."""
    order: dict[str, int] = {}
    if options.base:
        name = services.knowledge.base(options.base).name
    else:
        # Words are enough: nothing is searched by meaning here.
        name = services.automatic_base(options.docs, "none").name
        paths = tuple(absolute_paths(options.docs))
        order = {path: place for place, path in enumerate(paths)}
        show_ingest(services.knowledge.add(name, paths), quiet=True)
    result = texts_of_base(services, name)
    return sorted(result, key=lambda document: order.get(document.file, len(order)))


def _make(
    services: Services, documents: list[SourceText], options: argparse.Namespace
) -> QuizFinished:
    kinds = tuple(part.strip() for part in options.types.split(",") if part.strip())
    tongue = options.language or common_language(documents) or language()
    request = QuizRequest(
        count=options.count,
        kinds=kinds,
        language=tongue,
        level=options.level,
        bloom=options.bloom,
        seed=options.seed or 0,
    )
    task = need_task(assets_dir() / TASKS, getattr(options, "id", "quiz"))
    speaker = services.structured_speaker(options.model)
    say_it = partial(translate_into, tongue)
    for event in make_quiz(documents, request, task, speaker, say_it):
        if isinstance(event, ItemAdded):
            progress(f"{event.index + 1}/{request.count}")
            if not options.json:
                _say_item(event.index + 1, event.item)
        elif isinstance(event, ItemFailed):
            reasons = [translate(SENTENCES[p.code]) for p in event.failed.problems]
            note(
                translate(
                    N_("A question did not pass: “{question}” ({reasons})"),
                    question=event.failed.item.text,
                    reasons=" ".join(reasons),
                )
            )
        else:
            progress("")
            return event
    raise RuntimeError("a quiz without an end")


def _quiz(
    finished: QuizFinished, documents: list[SourceText], options: argparse.Namespace
) -> Quiz:
    files = list(dict.fromkeys(i.source.file for i in finished.items if i.source))
    titles = {document.file: document.title for document in documents}
    first = files[0] if files else ""
    title = options.title or titles.get(first) or Path(first).stem
    return Quiz(
        title=title,
        items=finished.items,
        language=finished.language or "en",
        licence=options.licence,
        author=options.author,
        created=datetime.now(UTC).date().isoformat(),
        model=finished.model,
        checked_by=options.checked_by,
        checked_on=datetime.now(UTC).date().isoformat() if options.checked_by else "",
    )


def _say_item(number: int, item: Item) -> None:
    progress("")
    say(f"\n{number}. {item.text}")
    for option in item.options:
        say(f"   {'✓' if option.fraction > 0 else '·'} {option.text}")
    for pair in item.pairs:
        say(f"   {pair.left} → {pair.right}")
    for gap in item.gaps:
        say(f"   ✓ {item.answer_of(gap)}")
    if item.kind == "truefalse":
        say(f"   {translate(N_('True') if item.truth else N_('False'))}")
    if item.source:
        say(f"   {_place(item.source)}")


def _place(source: ItemSource) -> str:
    def sentence(name: str) -> str:
        return translate(PLACE_SENTENCES[name])

    where = place_words(source.page, source.place, sentence)
    return ", ".join(filter(None, [Path(source.file).name, source.heading, where]))


def _say_end(finished: QuizFinished, path: Path) -> None:
    if finished.why_no_model:
        note(translate(WHY_NO_MODEL[finished.why_no_model]))
    missing = finished.wanted - len(finished.items)
    if missing:
        note(
            translate_plural(
                "The documents yield {count} question of the {wanted} you asked for.",
                "The documents yield {count} questions of the {wanted} you asked for.",
                len(finished.items),
                wanted=finished.wanted,
            )
        )
    say(f"\n{translate(N_('Written: {file}'), file=path)}")


def _json(
    quiz: Quiz, finished: QuizFinished, path: Path, made: Exported
) -> dict[str, Any]:
    return {
        "file": str(path),
        "bytes": len(made.data),
        "remarks": [plain(remark) for remark in made.remarks],
        "wanted": finished.wanted,
        "language": quiz.language,
        "model": quiz.model or None,
        "why_no_model": finished.why_no_model,
        "items": [plain(item) for item in quiz.items],
        "failed": [
            {
                "item": plain(failed.item),
                "problems": [problem.code for problem in failed.problems],
            }
            for failed in finished.failed
        ],
    }


def count_of(text: str) -> int:
    """Return a number of questions from a form's field. Raises UsageError."""
    if not text.strip().isdigit():
        raise UsageError(
            N_("“{value}” is not a number of questions."),
            N_("Write a number such as 10."),
            value=text,
        )
    return int(text)
