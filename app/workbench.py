"""Material, model and task → work: what window and command line have in common.

`work_events` streams one piece of work; `more_events` one item more. Both run off the
window's thread and ask `stop` often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from app.errors import UsageError
from app.i18n import N_, language, translate_into
from app.paths import assets_dir
from app.services import Services
from app.values.bases import DocumentInfo
from app.values.classroom import Lesson, Running
from app.values.ports import Stop
from app.values.quiz import Item, QuizEvent, QuizFinished, QuizRequest
from app.values.sheets import Sheet, SheetLine
from app.values.works import PASTED, Material, Work
from app.workshop.another import another_line
from app.workshop.material import SourceText, common_language
from app.workshop.quiz import make_another, make_quiz
from app.workshop.run import Job, stream_task
from app.workshop.tasks import Task, need_task, read_tasks

TASKS = "tasks"


@dataclass(frozen=True, slots=True)
class SheetLineAdded:
    """A line is there; the finished sheet may order lines anew."""

    line: SheetLine


@dataclass(frozen=True, slots=True)
class SheetFinished:
    """The whole sheet."""

    sheet: Sheet


WorkEvent = QuizEvent | SheetLineAdded | SheetFinished


def all_tasks() -> list[Task]:
    """Return the tasks that come with Allmende."""
    return read_tasks(assets_dir() / TASKS)


def task_of(id_: str) -> Task:
    """Return one task. Raises UsageError for one that does not exist."""
    return need_task(assets_dir() / TASKS, id_)


def texts_of_base(
    services: Services, base: str, chosen: Sequence[str] = ()
) -> list[SourceText]:
    """Return the texts of a collection, all or those of the chosen files."""
    return [
        _text(services, info)
        for info in services.knowledge.documents(base)
        if info.status == "indexed" and (not chosen or info.file in chosen)
    ]


def _text(services: Services, info: DocumentInfo) -> SourceText:
    text = services.knowledge.text(info.id, tables=True)
    return SourceText(
        file=text.file,
        text=text.text,
        title=text.title,
        document_id=info.id,
        pages=text.pages,
        parts=text.parts,
        tables=text.tables,
    )


def texts_of(services: Services, material: Material) -> list[SourceText]:
    """Return the texts of a material, chosen documents in their chosen order."""
    if not material.base:
        return [SourceText(PASTED, material.text)] if material.text.strip() else []
    texts = texts_of_base(services, material.base, material.documents)
    order = {file: place for place, file in enumerate(material.documents)}
    return sorted(texts, key=lambda text: order.get(text.file, len(order)))


def work_events(
    services: Services, work: Work, model: str = "", stop: Stop = lambda: False
) -> Iterator[WorkEvent]:
    """Do a task on its material. Raises UsageError, AppError, Cancelled."""
    task = task_of(work.task)
    services.room.need_task(task.id, work.material.base)
    documents = texts_of(services, work.material)
    if task.needs and len(documents) != task.needs:
        raise UsageError(
            N_("This task needs {wanted} documents; {count} are chosen."),
            N_("Choose as many as it needs, the older one first."),
            wanted=task.needs,
            count=len(documents),
        )
    if task.output == "quiz":
        request = quiz_request(work.values, work.language)
        tongue = request.language or common_language(documents) or language()
        request = replace(request, language=tongue)
        speaker = services.structured_speaker(model)
        say = partial(translate_into, tongue)
        for event in make_quiz(documents, request, task, speaker, say, stop):
            if isinstance(event, QuizFinished):
                _record(services, work, [item.text for item in event.items])
            yield event
        return
    yield from _sheet_events(services, task, work, documents, model, stop)


def _record(services: Services, work: Work, made: Sequence[str]) -> None:
    """Put what was made into the process log, where a lesson keeps one."""
    services.room.record(
        "made", task=work.task, own_text=work.material.text[:20_000], lines=list(made)
    )


def _sheet_events(
    services: Services,
    task: Task,
    work: Work,
    documents: Sequence[SourceText],
    model: str,
    stop: Stop,
) -> Iterator[WorkEvent]:
    stream = stream_task(_job(services, task, work, documents, model, stop))
    while True:
        try:
            yield SheetLineAdded(next(stream))
        except StopIteration as end:
            sheet: Sheet = end.value
            _record(services, work, [" – ".join(one.cells) for one in sheet.lines])
            yield SheetFinished(sheet)
            return


def _job(
    services: Services,
    task: Task,
    work: Work,
    documents: Sequence[SourceText],
    model: str,
    stop: Stop,
) -> Job:
    tongue = work.language or common_language(documents) or language()
    return Job(
        task=task,
        documents=tuple(documents),
        values={**{f.name: f.default for f in task.fields}, **work.values},
        language=tongue,
        speaker=services.structured_speaker(model),
        say=partial(translate_into, tongue),
        seed=0,
        stop=stop,
    )


def more_events(
    services: Services,
    work: Work,
    kind: str,
    seed: int,
    model: str = "",
    stop: Stop = lambda: False,
) -> Iterator[QuizEvent]:
    """Make one item more of a kind, from another place than those of the work."""
    services.room.need_task(work.task, work.material.base)
    documents = texts_of(services, work.material)
    request = replace(
        quiz_request(work.values, work.language), count=1, kinds=(kind,), seed=seed
    )
    tongue = request.language or common_language(documents) or language()
    request = replace(request, language=tongue)
    return make_another(
        documents,
        request,
        task_of(work.task),
        services.structured_speaker(model),
        partial(translate_into, tongue),
        work.items,
        stop,
    )


def begin_lesson(services: Services, lesson: Lesson, anywhere: bool = False) -> Running:
    """Begin a lesson if all that it names is on this computer. Raises AppError.

    `anywhere` as in `Room.need_place`.
    """
    services.knowledge.base(lesson.base)
    if lesson.model and not lesson.sources_only:
        services.choice.model(lesson.model)
    for task in lesson.tasks:
        task_of(task)
    return services.room.begin(lesson, anywhere)


def another_line_events(
    services: Services,
    work: Work,
    place: int,
    seed: int,
    model: str = "",
    stop: Stop = lambda: False,
) -> Iterator[SheetLineAdded]:
    """Make another line for a place of a sheet; nothing comes where there is none."""
    services.room.need_task(work.task, work.material.base)
    assert work.sheet is not None
    documents = texts_of(services, work.material)
    job = _job(services, task_of(work.task), work, documents, model, stop)
    line = another_line(replace(job, seed=seed), work.sheet, place)
    if line is not None:
        yield SheetLineAdded(line)


def quiz_request(values: Mapping[str, str], tongue: str = "") -> QuizRequest:
    """Return what a quiz's form asks for. Raises UsageError for a number that is none."""
    count = values.get("count", "5").strip()
    if not count.isdigit():
        raise UsageError(
            N_("“{value}” is not a number of questions."),
            N_("Write a number such as 10."),
            value=count,
        )
    kinds = values.get("types", "single,truefalse").split(",")
    return QuizRequest(
        count=int(count),
        kinds=tuple(kind.strip() for kind in kinds if kind.strip()),
        language=tongue,
        level=values.get("level", ""),
        bloom=values.get("bloom", ""),
    )


def title_of(task: Task, items: Sequence[Item], documents: Sequence[SourceText]) -> str:
    """Return a title for a work: the first document's, else the task's own."""
    files = [item.source.file for item in items if item.source]
    first = files[0] if files else documents[0].file if documents else ""
    titles = {document.file: document.title for document in documents}
    name = titles.get(first) or Path(first).stem
    own = task.said(task.title, language())
    return f"{own}: {name}" if name and first != PASTED else own


def finished_quiz(work: Work, event: QuizFinished) -> Work:
    """Return a work with what a finished quiz says of itself, in its order."""
    same = len(event.items) == len(work.items)
    return replace(
        work,
        items=event.items if same else work.items,
        wanted=event.wanted,
        why_no_model=event.why_no_model,
        model=event.model or work.model,
        language=event.language or work.language,
    )
