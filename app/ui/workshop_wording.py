"""Sentences of the workshop's page."""

from __future__ import annotations

from app.exporters.quiz.wording import SENTENCES
from app.i18n import N_, language, translate, translate_plural
from app.ui.places import Place, one_line
from app.values.quiz import FailedItem, ItemSource, Problem
from app.values.works import PASTED, Work
from app.workshop.checks import SENTENCES as PROBLEMS
from app.workshop.quiz import WHY_NO_MODEL
from app.workshop.tasks import Task

SPDX = ("", "CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0")
LICENCES = {
    "": N_("none named"),
    "CC-BY-4.0": N_("CC BY 4.0: name the author"),
    "CC-BY-SA-4.0": N_("CC BY-SA 4.0: name the author, share alike"),
    "CC0-1.0": N_("CC0: free for everything"),
}
FORMATS = {
    "xml": N_("Moodle XML"),
    "gift": N_("GIFT (Moodle, to edit by hand)"),
    "h5p": N_("H5P question set"),
    "zip": N_("QTI 2.1 (ONYX, TAO)"),
    "apkg": N_("Anki cards"),
    "docx": N_("Word"),
    "odt": N_("OpenDocument (LibreOffice)"),
    "pdf": N_("PDF"),
    "html": N_("Web page"),
    "md": N_("Markdown"),
    "csv": N_("Table (CSV)"),
    "xlsx": N_("Table (Excel)"),
    "txt": N_("Plain text"),
}


def kind_text(kind: str) -> str:
    """Return what a kind of question is called."""
    return translate(SENTENCES.kinds.get(kind, kind))


def task_title(task: Task) -> str:
    """Return what a task is called in the window's language."""
    return task.said(task.title, language())


def count_text(work: Work) -> str:
    """Return how much of a work there is."""
    if work.sheet is not None:
        return translate_plural("{count} line", "{count} lines", work.size)
    return translate_plural("{count} question", "{count} questions", work.size)


def why_text(work: Work) -> str:
    """Return what must be known of how a work came about, "" for nothing."""
    parts = [translate(WHY_NO_MODEL.get(work.why_no_model, ""))]
    if work.sheet is not None:
        parts += [
            translate(sentence, **dict(parameters))
            for sentence, parameters in work.sheet.notes
        ]
    missing = work.wanted - len(work.items)
    if missing > 0 and work.items and work.why_no_model != "stopped":
        parts.append(
            translate_plural(
                "The documents yield {count} question of the {wanted} you asked for.",
                "The documents yield {count} questions of the {wanted} you asked for.",
                len(work.items),
                wanted=work.wanted,
            )
        )
    return " ".join(part for part in parts if part)


def problem_texts(problems: tuple[Problem, ...]) -> str:
    """Return why something is not good enough."""
    return " ".join(translate(PROBLEMS[problem.code]) for problem in problems)


def failed_text(failed: FailedItem) -> str:
    """Return why an item failed."""
    return problem_texts(failed.problems)


def place_of(source: ItemSource, number: int, text: str = "") -> Place:
    """Return an item's place as the window shows places; `text` is a pasted text."""
    return Place(
        number=number,
        document_id=source.document_id,
        file=source.file,
        page=source.page,
        start=source.start,
        end=source.end,
        heading=source.heading,
        quote=one_line(source.quote),
        cited=True,
        text=text or source.quote,
        text_start=0 if text else source.start,
        part=source.place,
    )


def place_short(source: ItemSource) -> str:
    """Return the same where there is little room."""
    if source.file == PASTED:
        return place_text(source)
    return place_of(source, 0).file_and_page


def place_text(source: ItemSource) -> str:
    """Return where an item stands, in a few words."""
    if source.file == PASTED:
        return source.heading or translate(N_("In your text"))
    place = place_of(source, 0)
    where = place.file_and_page
    return f"{where} · {source.heading}" if source.heading else where
