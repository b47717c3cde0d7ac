"""A record of a data set: a question with its answer, and where both come from."""

from __future__ import annotations

from dataclasses import dataclass

OPEN, ACCEPTED, REJECTED = "open", "accepted", "rejected"
STATES = (OPEN, ACCEPTED, REJECTED)
PERSON = "person"
GOOD, CORRECTED = "good", "corrected"


@dataclass(frozen=True, slots=True)
class Record:
    """One example for training.

    `licence` and `model_licence` are SPDX identifiers; `created_by` "person" or
    "model:ID"; `consent` says in words how whoever wrote it agreed ("" : nobody did).
    `document` names what it comes from, so that a split keeps its records together.
    `reviewed_by` is who accepted it; `state` one of `STATES`. `rating` tells of an answer
    from a conversation whether a person found it good ("good") or wrote it anew
    ("corrected").
    """

    id: str
    question: str
    answer: str
    document: str
    licence: str
    author: str
    consent: str
    language: str = "de"
    created_by: str = PERSON
    model_licence: str = ""
    reviewed_by: str = ""
    state: str = OPEN
    rating: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Who publishes. `email` or `url` is needed, `contributor` is GovData's id as IRI."""

    name: str
    email: str = ""
    url: str = ""
    contributor: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What a data set says of itself. `url` is where it shall lie; dates are ISO."""

    title: str
    description: str
    contact: Contact
    url: str
    version: str = "1.0.0"
    published: str = ""
    keywords: tuple[str, ...] = ()
    language: str = "de"


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of an export: its name in the folder, size in bytes, hash and records."""

    name: str
    size: int
    sha256: str
    records: int
