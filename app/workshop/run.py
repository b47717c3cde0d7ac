"""A task that is no quiz → sheet: one door, and what all of them share.

Each task of this kind names its `rules` in `task.json`: code that works with a model or
without one and says which it was. A model's sentences are kept only where the task can
check them; the sheet's notes say what was left out and why.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.errors import AppError, Cancelled, UsageError
from app.i18n import N_
from app.values.ports import Stop
from app.values.sheets import Sheet, SheetLine
from app.workshop.material import SourceText, common_language
from app.workshop.speaking import StructuredSpeaker
from app.workshop.tasks import Task, messages
from app.workshop.writing import parsed

Say = Callable[[str], str]
Note = tuple[str, tuple[tuple[str, str], ...]]
NO_MODEL = N_("No language model wrote here: this comes from the text itself.")
LANGUAGE = N_(
    "The language model does not speak this language: this comes from the text itself."
)
FAILED = N_("The language model failed: this comes from the text itself.")
_MAX_TOKENS = 900


@dataclass(frozen=True, slots=True)
class Job:
    """All that a task works with; `values` are the fields of its form.

    `skip` names what is there already, where only another line is wanted.
    """

    task: Task
    documents: tuple[SourceText, ...]
    values: Mapping[str, str]
    language: str
    speaker: StructuredSpeaker | None
    say: Say
    seed: int
    stop: Stop
    skip: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The task's name in the language of the sheet."""
        return self.task.said(self.task.title, self.language)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the documents."""
        return tuple(document.file for document in self.documents)

    def number(self, name: str, most: int) -> int:
        """Return a field that is a number. Raises UsageError where it is none."""
        text = self.values.get(name, "")
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise UsageError(
                N_("“{name}” must be a number from 1 to {most}."),
                N_("Change it and try again."),
                name=name,
                most=most,
            )
        return int(text)

    def why_silent(self) -> str:
        """Return why no model writes here, as a sentence; "" when one does."""
        if self.speaker is None or self.speaker.tiny:
            return NO_MODEL
        needed = {self.language, common_language(self.documents)} - {""}
        return "" if needed <= set(self.speaker.languages) else LANGUAGE

    def ask(self, **more: str) -> dict[str, object] | None:
        """Return what the model says in the task's form; None when it does not.

        Raises Cancelled.
        """
        if self.speaker is None or self.why_silent():
            return None
        tongue = self.language if self.language in self.task.prompts else "en"
        turns = messages(self.task, tongue, {**self.values, **more})
        try:
            said = "".join(
                self.speaker.stream(
                    turns, self.task.schema, _MAX_TOKENS, self.seed, self.stop
                )
            )
        except AppError:
            return None
        return parsed(said)

    def need_not_stop(self) -> None:
        """Raise Cancelled when the person wants the work to end."""
        if self.stop():
            raise Cancelled


Lines = Generator[SheetLine, None, Sheet]


def run_task(job: Job) -> Sheet:
    """Return what a task makes. Raises UsageError, Cancelled."""
    stream = stream_task(job)
    while True:
        try:
            next(stream)
        except StopIteration as end:
            sheet: Sheet = end.value
            return sheet


def stream_task(job: Job) -> Lines:
    """Yield the lines of a task's sheet as they come, and return the whole sheet.

    The sheet counts: it may hold more than was yielded. Raises UsageError, Cancelled.
    """
    if not any(document.text.strip() for document in job.documents):
        raise UsageError(
            N_("There is no text to work on."),
            N_("Add documents that hold text, or look why they could not be read."),
        )
    from app.workshop import extract, mail, office, school, texts, translation

    rules: Mapping[str, Callable[[Job], Sheet | Lines]] = {
        "vocabulary": school.vocabulary,
        "lesson": school.lesson,
        "feedback": school.feedback,
        "translation": translation.translation,
        "extract": extract.extract,
        "offer": extract.offer,
        "email": mail.email,
        "parents-letter": mail.parents_letter,
        "answer": mail.answer,
        "summary": texts.summary,
        "simple-language": texts.simple_language,
        "anonymise": texts.anonymise,
        "compare": texts.compare,
        "letter": office.letter,
        "minutes": office.minutes,
    }
    made = rules[job.task.rules](job)
    if isinstance(made, Sheet):
        return made
    return (yield from made)


def form_values(task: Task, given: Sequence[str]) -> dict[str, str]:
    """Return the fields of a task's form from `name=value` texts. Raises UsageError."""
    values = {field.name: field.default for field in task.fields}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in values:
            raise UsageError(
                N_("The task “{id}” has no field “{name}”."),
                N_("It has these: {names}."),
                id=task.id,
                name=name,
                names=", ".join(values) or "–",
            )
        values[name] = value
    return values


def rows_of(value: object) -> list[Mapping[str, object]]:
    """Return the objects of a list that a model made."""
    found = value if isinstance(value, list) else []
    return [row for row in found if isinstance(row, dict)]


def text_of(row: Mapping[str, object], name: str) -> str:
    """Return a text of an object that a model made, on one line."""
    return " ".join(str(row.get(name, "")).split())


def strings(value: object) -> Iterator[str]:
    """Yield the texts of a list that a model made, each on one line."""
    for part in value if isinstance(value, list) else []:
        text = " ".join(str(part).split())
        if text:
            yield text
