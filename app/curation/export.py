"""The reviewed records as a folder that can be put on GovData or into a Git repository.

    data/train.jsonl, data/validation.jsonl     in the chosen form
    data/<form>/…                               in the others
    records.csv                                 the same as a table, which Croissant describes
    README.md                                   the dataset card
    croissant.json, dcat-ap-de.jsonld           metadata
    REPORT.json                                 what was left out, and why

Records of one document stay on one side of the split; which one is decided by a hash of
its name, so that a later version splits alike.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.curation.cleaning import Anonymise, Cleaned, clean
from app.curation.forms import FORMS, lines_of
from app.curation.licences import Licence, common_licence
from app.curation.metadata import croissant, dcat, missing
from app.curation.musts import lacking
from app.errors import UsageError
from app.files import write_atomically
from app.i18n import N_
from app.values.datasets import ACCEPTED, OPEN, PERSON, About, DataFile, Record

TRAIN, VALIDATION = "train", "validation"
_SHARE = 10
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))
_COLUMNS = ("id", "split", "question", "answer", "licence", "author", "document")


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written. `waiting` counts records nobody has reviewed.

    `govdata` tells what GovData would refuse the description for.
    """

    folder: Path
    files: tuple[DataFile, ...]
    licence: Licence
    cleaned: Cleaned
    waiting: int = 0
    govdata: tuple[str, ...] = ()


def export(
    records: Sequence[Record],
    about: About,
    folder: Path,
    anonymise: Anonymise,
    tests: Sequence[str] = (),
    forms: Sequence[str] = ("messages",),
) -> Exported:
    """Write a data set. `tests` are questions of tests that must not be in it.

    Raises UsageError when something is missing, nothing was accepted, or the licences
    do not allow it; then nothing is written.
    """
    _need(about, forms)
    accepted = [record for record in records if record.state == ACCEPTED]
    if not accepted:
        raise UsageError(
            N_("No record has been accepted yet."),
            N_("Read them and accept what shall go out: `allmende dataset review`."),
        )
    _need_consent(accepted)
    licence = common_licence(accepted)
    cleaned = clean(accepted, anonymise, tests)
    if not cleaned.records:
        raise UsageError(
            N_("Nothing is left after duplicates and test questions were taken out."),
            N_("Collect other examples."),
        )
    files = (
        *_write_data(folder, cleaned.records, forms),
        _write_table(folder, cleaned.records),
    )
    waiting = sum(record.state == OPEN for record in records)
    wanted = lacking(dcat(about, licence, files))
    done = Exported(folder, files, licence, cleaned, waiting, wanted)
    _write_metadata(done, about)
    return done


def _need(about: About, forms: Sequence[str]) -> None:
    unknown = [form for form in forms if form not in FORMS]
    if unknown or not forms:
        raise UsageError(
            N_("There is no form “{form}”."),
            N_("Use {forms}."),
            form=unknown[0] if unknown else "",
            forms=", ".join(FORMS),
        )
    gaps = missing(about)
    if gaps:
        raise UsageError(
            N_("The data set still needs {what}."),
            N_("Whoever uses it must know from whom it comes and where it lies."),
            what=gaps[0],
        )


def _need_consent(records: Iterable[Record]) -> None:
    for record in records:
        if not record.consent.strip() or not record.author.strip():
            raise UsageError(
                N_("For record {id} nobody says who wrote it and agreed."),
                N_("Ask, and collect it again with --author and --consent."),
                id=record.id,
            )


def side_of(document: str) -> str:
    """Return on which side of the split all records of a document are."""
    number = int.from_bytes(hashlib.sha256(document.encode()).digest()[:4], "big")
    return VALIDATION if number % _SHARE == 0 else TRAIN


def _write_data(
    folder: Path, records: Sequence[Record], forms: Sequence[str]
) -> tuple[DataFile, ...]:
    files = []
    for place, form in enumerate(forms):
        inside = "data" if place == 0 else f"data/{form}"
        for side in (TRAIN, VALIDATION):
            part = [r for r in records if side_of(r.document) == side]
            # A split of one side only is one file: an empty one would break loaders.
            if not part:
                continue
            data = lines_of(part, form).encode()
            files.append(_write(folder, f"{inside}/{side}.jsonl", data, len(part)))
    return tuple(files)


def _write_table(folder: Path, records: Sequence[Record]) -> DataFile:
    """Write all records as a table; training programs take the lines instead."""
    room = io.StringIO(newline="")
    writer = csv.writer(room)
    writer.writerow(_COLUMNS)
    for record in records:
        side = side_of(record.document)
        row = (record.id, side, record.question, record.answer)
        writer.writerow((*row, record.licence, record.author, record.document))
    return _write(folder, "records.csv", room.getvalue().encode(), len(records))


def _write(folder: Path, name: str, data: bytes, records: int) -> DataFile:
    write_atomically(folder / name, data)
    return DataFile(name, len(data), hashlib.sha256(data).hexdigest(), records)


def _write_metadata(done: Exported, about: About) -> None:
    folder, cleaned = done.folder, done.cleaned
    described = croissant(about, done.licence, done.files, _COLUMNS)
    write_atomically(folder / "croissant.json", _json(described))
    write_atomically(
        folder / "dcat-ap-de.jsonld", _json(dcat(about, done.licence, done.files))
    )
    write_atomically(folder / "README.md", _card(done, about).encode())
    report = {
        "records": len(cleaned.records),
        "not_reviewed": done.waiting,
        "personal_replaced": cleaned.personal,
        "duplicates": cleaned.duplicates,
        "test_overlap": cleaned.overlapping,
        "govdata_lacks": done.govdata,
    }
    write_atomically(folder / "REPORT.json", _json(report))


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def _card(done: Exported, about: About) -> str:
    """Return the dataset card: YAML as the Hub reads it, then what a datasheet asks."""
    records = done.cleaned.records
    size = next((word for most, word in _SIZES if len(records) < most), "100K<n<1M")
    sides = [file for file in done.files if file.name.count("/") == 1]
    configs = "\n".join(
        f"  - split: {Path(file.name).stem}\n    path: {file.name}" for file in sides
    )
    authors = sorted({record.author for record in records})
    consents = sorted({record.consent for record in records})
    machine = sum(record.created_by != PERSON for record in records)
    languages = sorted({record.language for record in records})
    return f"""---
license: {done.licence.spdx.lower()}
language:
{"".join(f"- {code}{chr(10)}" for code in languages)}pretty_name: {json.dumps(about.title, ensure_ascii=False)}
size_categories:
- {size}
task_categories:
- question-answering
configs:
- config_name: default
  data_files:
{configs}
---

# {about.title}

{about.description}

- Version: {about.version}, {about.published}
- Publisher: {about.contact.name} {about.contact.email or about.contact.url}
- Licence: {done.licence.spdx} ({done.licence.url})
- Attribution: {", ".join(authors)}

## Motivation and composition

{len(records)} questions with answers. {machine} answers were written by a language model
and read by a person; the others by people. Each line names its licence, author and origin.

## Collection and consent

{chr(10).join(f"- {consent}" for consent in consents)}

## Cleaning

Personal data was found by rules and replaced by placeholders ({done.cleaned.personal}
places); rules overlook some. {len(done.cleaned.duplicates)} duplicates and
{len(done.cleaned.overlapping)} questions of tests were taken out. The split keeps records
of one document together.

## Limits

The records show what their authors find right, not what is. Check for bias before use.
"""
