"""The data studio with the real parts: where records come from, and where sets go.

`curation` knows neither conversations, quiz files nor who finds personal data; this
joins them for window and command line.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app import paths
from app.curation.export import Exported, export
from app.curation.forms import pairs_in
from app.curation.project import record_id
from app.errors import AppError, UsageError
from app.exporters.quiz.reading import read_quiz
from app.files import read_text, write_atomically
from app.i18n import N_
from app.literacy.bias.items import Item as BiasItem
from app.literacy.bias.sets import own_set
from app.literacy.limits.questions import LANGUAGES, limits_set
from app.services import Services
from app.values.chats import Exchange
from app.values.datasets import CORRECTED, GOOD, PERSON, About, Record
from app.values.quiz import Item
from app.workshop.anonymise import anonymised, find_personal

_LARGEST = 100_000_000
_QUIZZES = (".xml", ".gift", ".h5p")
_DATA = (".csv", ".json", ".jsonl", ".tsv", ".xlsx", ".geojson")
# Files of an export that say nothing new beside its lines.
_BESIDE = ("records.csv", "REPORT.json")
_METADATA = ("croissant.json", "dcat-ap-de.jsonld", "metadata.json", "dcat.jsonld")


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody states for all records that are collected at once."""

    licence: str
    author: str
    consent: str
    language: str = "de"


# -- collecting --------------------------------------------------------------------------


def collected(path: Path, rights: Rights) -> Iterator[Record]:
    """Yield the records of a file: a quiz, JSON lines, or a table of question and answer.

    Raises UsageError for a file of no known form, DocumentError for a broken quiz.
    """
    ending = path.suffix.lower()
    if ending in _QUIZZES:
        for item in read_quiz(path).quiz.items:
            answer = _answer_of(item)
            # Without its picture a question asks for something nobody can know.
            if answer and not item.pictures:
                yield _record(_question_of(item), answer, path.name, rights)
        return
    text = read_text(path, _LARGEST)
    try:
        pairs = _table(text) if ending == ".csv" else list(pairs_in(text))
    except ValueError as error:
        raise _unknown(path) from error
    if not pairs:
        raise _unknown(path)
    for question, answer, meta in pairs:
        document = str(meta.get("document") or path.name)
        yield _record(question, answer, document, rights)


def from_chat(services: Services, chat: int, rights: Rights) -> Iterator[Record]:
    """Yield the answered questions of a conversation, with the model that wrote them.

    What a person corrected comes as it was corrected; what was found poor, not at all.
    Raises PolicyError where conversations may not be saved as files.
    """
    services.settings.need("exports")
    for exchange in services.chats.exchanges(chat):
        if record := _of_exchange(services, exchange, rights):
            yield record


def from_ratings(services: Services, rights: Rights) -> Iterator[Record]:
    """Yield what was found good or corrected in any conversation outside the bin.

    Raises PolicyError as `from_chat` does.
    """
    services.settings.need("exports")
    for exchange in services.chats.rated():
        if record := _of_exchange(services, exchange, rights):
            yield record


def _of_exchange(
    services: Services, exchange: Exchange, rights: Rights
) -> Record | None:
    answer, rating = exchange.answer, exchange.rating
    if answer is None:
        return None
    said = rating.correction or ("" if answer.abstained else answer.text)
    if not said.strip() or (rating.good is False and not rating.correction):
        return None
    by, licence = PERSON, ""
    # A corrected answer is still made from the model's.
    if answer.spoken_by_model and not answer.abstained:
        by = f"model:{answer.model.id}"
        licence = _model_licence(services, answer.model.id)
    files = [citation.file for citation in answer.citations]
    document = Path(files[0]).name if files else f"chat-{exchange.chat}"
    record = _record(exchange.question, _uncited(said), document, rights, by, licence)
    word = CORRECTED if rating.correction else GOOD if rating.good else ""
    return replace(record, rating=word)


def _record(
    question: str,
    answer: str,
    document: str,
    rights: Rights,
    by: str = PERSON,
    model_licence: str = "",
) -> Record:
    question, answer = question.strip(), answer.strip()
    return Record(
        id=record_id(question, answer, document),
        question=question,
        answer=answer,
        document=document,
        licence=rights.licence,
        author=rights.author,
        consent=rights.consent,
        language=rights.language,
        created_by=by,
        model_licence=model_licence,
    )


def _uncited(text: str) -> str:
    """Return an answer without the numbers of its sources: there are none in a set."""
    return re.sub(r"\s*\[\d{1,3}\]", "", text)


def _model_licence(services: Services, id_: str) -> str:
    try:
        return services.models.card(id_).licence
    except AppError:
        return ""


def _question_of(item: Item) -> str:
    if item.kind in ("single", "multiple") and item.options:
        options = "\n".join(f"- {option.text}" for option in item.options)
        return f"{item.text}\n{options}"
    if item.kind == "cloze":
        text = item.text
        for gap in reversed(item.gaps):
            text = f"{text[: gap.start]}___{text[gap.end :]}"
        return text
    return item.text


def _answer_of(item: Item) -> str:
    if item.kind == "truefalse":
        return "Richtig." if item.truth else "Falsch."
    if item.kind == "matching":
        return "\n".join(f"{pair.left}: {pair.right}" for pair in item.pairs)
    if item.kind == "cloze":
        return ", ".join(item.answer_of(gap) for gap in item.gaps)
    if item.kind == "essay":
        return item.feedback
    right = [option.text for option in item.options if option.fraction > 0]
    return "\n".join(right)


def _table(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    names = {name.strip().lower(): name for name in rows.fieldnames or ()}
    question = names.get("question") or names.get("frage")
    answer = names.get("answer") or names.get("antwort")
    if question is None or answer is None:
        raise ValueError("columns")
    return [
        (row[question], row[answer], {})
        for row in rows
        if (row[question] or "").strip() and (row[answer] or "").strip()
    ]


def _unknown(path: Path) -> UsageError:
    return UsageError(
        N_("{file} holds no questions with answers in a form that Allmende knows."),
        N_(
            "A quiz (Moodle XML, GIFT, H5P), JSON lines, or a CSV with the columns"
            " question and answer will do."
        ),
        file=path.name,
    )


# -- exporting ---------------------------------------------------------------------------


def exported(
    records: Sequence[Record], about: About, folder: Path, forms: Sequence[str]
) -> Exported:
    """Write a data set without personal data and without our own tests' questions."""
    return export(
        records, about, folder, without_personal, laboratory_questions(), forms
    )


def without_personal(text: str) -> tuple[str, int]:
    """Return a text with placeholders for personal data, and how many."""
    findings = find_personal(text)
    return anonymised(text, findings)[0], len(findings)


def laboratory_questions() -> tuple[str, ...]:
    """Return the questions of the laboratory: whoever trained with them has no test."""
    asked = []
    for limits in map(limits_set, LANGUAGES):
        asked += [fact.question for fact in limits.facts]
        asked += [probe.question for probe in limits.injections]
    items = [task for task in own_set().tasks if isinstance(task, BiasItem)]
    return tuple(
        dict.fromkeys([*asked, *(f"{item.text} {item.question}" for item in items)])
    )


# -- importing ---------------------------------------------------------------------------


def import_for_base(
    source: Path, name: str, need_allowed: Callable[[Iterable[str]], None]
) -> Path:
    """Return a folder to put into a base: a data set's texts, or open data as it is.

    Files of question and answer become pages one can read and cite; tables stay tables.
    What the metadata tell (title, publisher, licence) stands on a page beside them.
    `need_allowed` raises PolicyError for paths that may not be read, before any is.
    Raises UsageError where there is no data.
    """
    need_allowed([str(source)])
    files = sorted(_data_files(source))
    if not files:
        raise UsageError(
            N_("In {file} there is no data that Allmende can read."),
            N_("A folder with JSON lines, JSON or CSV files is needed."),
            file=source.name,
        )
    target = paths.home() / "imported" / re.sub(r"[^\w-]+", "-", name).strip("-")
    folder = source if source.is_dir() else source.parent
    about = [path for path in (folder / name for name in _METADATA) if path.is_file()]
    need_allowed(map(str, (*files, *about, target)))
    target.mkdir(parents=True, exist_ok=True)
    for path in files:
        pages = _pages(path)
        if pages:
            write_atomically(target / f"{path.stem}.md", pages.encode())
        else:
            shutil.copyfile(path, target / path.name)
    if page := _about_page(about):
        write_atomically(target / "about.md", page.encode())
    return target


def _data_files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
        return
    for path in source.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(source).parts)
        known = path.suffix.lower() in _DATA and path.name.lower() not in _METADATA
        # Other forms of the same records lie in folders of their own.
        twin = path.parent.name in ("sharegpt", "alpaca", "messages")
        beside = path.name in _BESIDE
        if path.is_file() and known and not (hidden or twin or beside):
            yield path


def _pages(path: Path) -> str:
    """Return records as Markdown, "" for what are no records."""
    if path.suffix.lower() != ".jsonl":
        return ""
    try:
        pairs = list(pairs_in(read_text(path, _LARGEST)))
    except ValueError:
        return ""
    return "".join(f"## {question}\n\n{answer}\n\n" for question, answer, _ in pairs)


def _about_page(metadata: Iterable[Path]) -> str:
    """Return title, publisher, licence and description of a set, from its metadata."""
    for path in metadata:
        try:
            data = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(data, dict):
            lines = [line for line in _facts(data) if line]
            if lines:
                return "\n\n".join(lines) + "\n"
    return ""


def _facts(data: dict[str, Any]) -> list[str]:
    def said(*keys: str) -> str:
        for key in keys:
            value = data.get(key)
            value = value[0] if isinstance(value, list) and value else value
            if isinstance(value, dict):
                value = (
                    value.get("@value") or value.get("name") or value.get("foaf:name")
                )
            if isinstance(value, str) and value.strip():
                return value.strip()
        return ""

    title = said("name", "title", "dct:title")
    publisher = said("publisher", "creator", "dct:publisher")
    licence = said("license", "licence", "dct:license")
    return [
        f"# {title}" if title else "",
        said("description", "dct:description", "notes"),
        f"Herausgeber: {publisher}" if publisher else "",
        f"Lizenz: {licence}" if licence else "",
    ]
