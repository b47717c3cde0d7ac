"""A project: the records one collects and reviews, one JSON object a line.

    {"id": …, "question": …, "answer": …, "state": "open", …}

Invariant: the file is written whole or not at all, and a record keeps its id, which is a
hash of what it says and where it comes from: collecting twice adds nothing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from app.errors import UsageError
from app.files import write_atomically
from app.i18n import N_
from app.values.datasets import ACCEPTED, OPEN, REJECTED, STATES, Record

_LARGEST = 200_000_000
_FIELDS = {field.name for field in dataclasses.fields(Record)}


def record_id(question: str, answer: str, document: str) -> str:
    """Return the id of a record: twelve hex digits."""
    whole = json.dumps([question, answer, document], ensure_ascii=False)
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def read_project(path: Path) -> tuple[Record, ...]:
    """Return the records of a project; none where there is no file yet.

    Raises UsageError, naming the line, for what is no project.
    """
    if not path.exists():
        return ()
    found = []
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError("too large")
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise _broken(path, 0) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(_record(json.loads(line)))
        except (ValueError, TypeError) as error:
            raise _broken(path, number) from error
    return tuple(found)


def write_project(path: Path, records: Iterable[Record]) -> None:
    """Write a project. Raises StorageError."""
    lines = [
        json.dumps(dataclasses.asdict(record), ensure_ascii=False) for record in records
    ]
    write_atomically(path, "".join(f"{line}\n" for line in lines).encode())


def added(
    records: Sequence[Record], new: Iterable[Record]
) -> tuple[tuple[Record, ...], int]:
    """Return the records with those that are new, and how many these are."""
    known = {record.id for record in records}
    fresh = []
    for record in new:
        if record.id not in known:
            known.add(record.id)
            fresh.append(record)
    return (*records, *fresh), len(fresh)


def reviewed(
    records: Sequence[Record], ids: Iterable[str], state: str, by: str
) -> tuple[Record, ...]:
    """Return the records with a decision on some of them ("all": on all open ones).

    Raises UsageError for an unknown id, or where nobody's name is given.
    """
    wanted = set(ids)
    if state == ACCEPTED and not by.strip():
        raise UsageError(
            N_("Nobody is named who read the records."),
            N_("Say who accepts them: only what a person has read goes out."),
        )
    unknown = wanted - {record.id for record in records} - {"all"}
    if unknown:
        raise UsageError(
            N_("There is no record {id}."),
            N_("`allmende dataset show` lists them."),
            id=min(unknown),
        )
    return tuple(
        replace(record, state=state, reviewed_by=by if state == ACCEPTED else "")
        if record.id in wanted or ("all" in wanted and record.state == OPEN)
        else record
        for record in records
    )


def corrected(records: Sequence[Record], id_: str, answer: str) -> tuple[Record, ...]:
    """Return the records with another answer to one; a person wrote it now."""
    if id_ not in {record.id for record in records}:
        raise UsageError(
            N_("There is no record {id}."),
            N_("`allmende dataset show` lists them."),
            id=id_,
        )
    return tuple(
        replace(record, answer=answer, state=OPEN, reviewed_by="")
        if record.id == id_
        else record
        for record in records
    )


def counts(records: Iterable[Record]) -> dict[str, int]:
    """Return how many records are in each state."""
    found = dict.fromkeys((OPEN, ACCEPTED, REJECTED), 0)
    for record in records:
        found[record.state] += 1
    return found


def _record(data: object) -> Record:
    if not isinstance(data, dict) or not set(data) <= _FIELDS:
        raise ValueError("not a record")
    if not all(isinstance(value, str) for value in data.values()):
        raise ValueError("not a text")
    record = Record(**data)
    if record.state not in STATES:
        raise ValueError("no such state")
    return record


def _broken(path: Path, line: int) -> UsageError:
    return UsageError(
        N_("{file} is no project of the data studio (line {line})."),
        N_("Choose the file that `allmende dataset collect` has made."),
        file=path.name,
        line=line,
    )
