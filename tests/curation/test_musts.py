"""The musts of DCAT-AP.de 3.0: an export has them, and whatever is taken away is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.curation import musts
from app.curation.export import export
from app.curation.licences import LICENCES
from app.curation.musts import lacking
from app.values.datasets import ACCEPTED, About, Contact, Record

CONTRIBUTOR = "http://dcat-ap.de/def/contributors/beispielschule"
ABOUT = About(
    "Fragen zur Hausordnung",
    "Von Lernenden geschrieben.",
    Contact("Beispielschule", "daten@schule.example", "", CONTRIBUTOR),
    "https://daten.example/hausordnung",
    published="2026-11-28",
    keywords=("Schule",),
)
Change = Callable[[dict[str, Any]], object]


def described(folder: Path, about: About = ABOUT, licence: str = "CC-BY-4.0") -> Any:
    told = ("Wann ist Pause?", "Um zehn Uhr.", "ordnung.pdf", licence, "8b", "alle")
    record = Record("1", *told, reviewed_by="K", state=ACCEPTED)
    export((record,), about, folder, lambda text: (text, 0))
    return json.loads((folder / "dcat-ap-de.jsonld").read_text("utf-8"))


@pytest.mark.parametrize("licence", LICENCES)
def test_an_export_has_all_of_them(tmp_path: Path, licence: str) -> None:
    assert lacking(described(tmp_path, licence=licence)) == ()


def test_without_a_contributor_it_is_no_record_for_govdata(tmp_path: Path) -> None:
    contact = replace(ABOUT.contact, contributor="")
    found = lacking(described(tmp_path, replace(ABOUT, contact=contact)))
    assert found == (musts.NO_CONTRIBUTOR,)


def first(found: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = found["dcat:distribution"][0]
    return row


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda d: d.pop("dct:title"), musts.NO_TITLE),
        (lambda d: d.update({"dct:title": {"@value": " "}}), musts.NO_TITLE),
        (lambda d: d.pop("dct:description"), musts.NO_DESCRIPTION),
        (lambda d: d["dct:publisher"].pop("foaf:name"), musts.NO_PUBLISHER),
        (lambda d: d.update({"dct:publisher": "Schule"}), musts.NO_PUBLISHER),
        (lambda d: d["dcat:contactPoint"].pop("vcard:hasEmail"), musts.NO_CONTACT),
        (
            lambda d: d["dcat:contactPoint"].update({"vcard:hasEmail": {"@id": "a@b"}}),
            musts.NO_CONTACT,
        ),
        (
            lambda d: d.update({"dcatde:contributorID": [{"@id": CONTRIBUTOR}] * 2}),
            musts.NO_CONTRIBUTOR,
        ),
        (
            lambda d: d.update({"dcatde:contributorID": {"@id": "https://x.example"}}),
            musts.NO_CONTRIBUTOR,
        ),
        (lambda d: d.pop("dcat:theme"), musts.NO_THEME),
        (lambda d: d.update({"dcat:distribution": []}), musts.NO_DISTRIBUTION),
        (lambda d: first(d).pop("dcat:accessURL"), musts.NO_ACCESS),
        (
            lambda d: first(d).update({"dcat:accessURL": {"@id": "data/train.jsonl"}}),
            musts.NO_ACCESS,
        ),
        (lambda d: first(d).pop("dct:license"), musts.NO_LICENCE),
        (
            lambda d: first(d).update({"dct:license": {"@id": musts.LICENCES}}),
            musts.NO_LICENCE,
        ),
        (
            lambda d: first(d).update({"dct:format": {"@id": "text/csv"}}),
            musts.NO_FORMAT,
        ),
    ],
)
def test_what_is_taken_away_is_named(
    tmp_path: Path, change: Change, named: str
) -> None:
    found = copy.deepcopy(described(tmp_path))
    change(found)
    assert lacking(found) == (named,)


def test_an_address_with_a_space_is_none(tmp_path: Path) -> None:
    about = replace(ABOUT, url="https://daten.example/unsere fragen")
    assert lacking(described(tmp_path, about)) == (musts.NO_ACCESS,)
