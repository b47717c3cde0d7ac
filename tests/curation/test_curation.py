"""From own examples to a data set: nothing personal, nothing twice, nothing unfree."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.curation.cleaning import clean
from app.curation.export import TRAIN, VALIDATION, export, side_of
from app.curation.forms import FORMS, lines_of, pairs_in
from app.curation.licences import LICENCES, common_licence
from app.curation.project import (
    added,
    corrected,
    counts,
    read_project,
    record_id,
    reviewed,
    write_project,
)
from app.datasets import (
    Rights,
    collected,
    exported,
    from_chat,
    import_for_base,
    laboratory_questions,
    without_personal,
)
from app.errors import UsageError
from app.exporters.quiz.formats import write_quiz
from app.literacy.lesson_sheets import quiz_of
from app.literacy.lessons import read_lessons
from app.services import Services, build_services
from app.ui.laboratory.lessons_view import lesson_wording
from app.values.answers import ModelUsed
from app.values.datasets import ACCEPTED, OPEN, REJECTED, About, Contact, Record
from tests.chats.make import SCOPE, SETTINGS, answer
from tests.workshop.test_anonymise import card, iban, tax_id, vat_id

RIGHTS = Rights("CC-BY-4.0", "Klasse 8b", "alle haben schriftlich zugestimmt")
ABOUT = About(
    "Fragen zur Schulordnung",
    "Fragen mit Antworten, von Menschen geprüft.",
    Contact("Goethe-Schule", "daten@example.org", "https://example.org"),
    "https://example.org/daten/schulordnung",
    published="2026-11-28",
    keywords=("Schule",),
)


def record(question: str, answer: str = "Ja, so ist es.", **changed: Any) -> Record:
    document = changed.pop("document", "ordnung.pdf")
    found = Record(
        record_id(question, answer, document),
        question,
        answer,
        document,
        "CC-BY-4.0",
        "Klasse 8b",
        "alle haben zugestimmt",
        state=ACCEPTED,
        reviewed_by="K. Ruiz",
    )
    return replace(found, **changed)


def plain(text: str) -> tuple[str, int]:
    return text, 0


def many(count: int) -> list[Record]:
    chance = random.Random(1)
    words = [
        "Bus",
        "Ball",
        "Tor",
        "Heft",
        "Licht",
        "Regal",
        "Zaun",
        "Kanne",
        "Wiese",
        "Dach",
        "Farbe",
        "Seil",
    ]
    return [
        record(
            f"Frage {n}: {' '.join(chance.sample(words, 6))}?",
            f"Antwort {n} {' '.join(chance.sample(words, 6))}.",
            document=f"heft-{n % 17}.pdf",
        )
        for n in range(count)
    ]


@pytest.fixture
def real() -> Iterator[Services]:
    services = build_services()
    yield services
    services.close()


# -- the project -------------------------------------------------------------------------


def test_a_project_is_kept_and_collecting_twice_adds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    assert read_project(path) == ()
    records, count = added((), [record("a?"), record("b?"), record("a?")])
    assert count == 2
    write_project(path, records)
    assert read_project(path) == records
    assert added(records, records) == (records, 0)


def test_only_what_a_named_person_read_is_accepted() -> None:
    records = tuple(replace(record(q), state=OPEN) for q in ("a?", "b?", "c?"))
    with pytest.raises(UsageError, match="Nobody is named"):
        reviewed(records, ["all"], ACCEPTED, " ")
    with pytest.raises(UsageError, match="no record"):
        reviewed(records, ["zzz"], ACCEPTED, "K")
    records = reviewed(records, [records[0].id], REJECTED, "")
    records = reviewed(records, ["all"], ACCEPTED, "K")
    assert counts(records) == {OPEN: 0, ACCEPTED: 2, REJECTED: 1}
    again = corrected(records, records[1].id, "Nein.")
    assert again[1].answer == "Nein."
    assert again[1].state == OPEN
    with pytest.raises(UsageError):
        corrected(records, "zzz", "x")


@pytest.mark.parametrize(
    "line", ["not json", "[]", '{"id": 1}', '{"other": "x"}', '{"id": "a"}']
)
def test_a_file_that_is_no_project_is_named_with_its_line(
    tmp_path: Path, line: str
) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(f"\n{line}\n", "utf-8")
    with pytest.raises(UsageError, match="line 2"):
        read_project(path)


# -- licences ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("licences", "result"),
    [
        (["CC0-1.0"], "CC0-1.0"),
        (["CC0-1.0", "PDDL-1.0"], "CC0-1.0"),
        (["CC0-1.0", "DL-DE-BY-2.0"], "DL-DE-BY-2.0"),
        (["CC-BY-4.0", "DL-DE-BY-2.0"], "CC-BY-4.0"),
        (["CC-BY-4.0", "CC-BY-SA-4.0"], "CC-BY-SA-4.0"),
        (["ODbL-1.0", "CC0-1.0"], "ODbL-1.0"),
    ],
)
def test_licences_that_fit_give_one(licences: list[str], result: str) -> None:
    found = common_licence(record("q?", licence=licence) for licence in licences)
    assert found.spdx == result


@pytest.mark.parametrize(
    "licences",
    [
        ["CC-BY-NC-4.0"],
        ["CC-BY-ND-4.0", "CC0-1.0"],
        ["CC-BY-SA-4.0", "ODbL-1.0"],
        [""],
        ["proprietary"],
    ],
)
def test_licences_that_do_not_fit_are_refused(
    licences: list[str], tmp_path: Path
) -> None:
    records = [record(f"q{n}?", licence=key) for n, key in enumerate(licences)]
    with pytest.raises(UsageError):
        common_licence(records)
    with pytest.raises(UsageError):
        export(records, ABOUT, tmp_path / "out", plain)
    assert not (tmp_path / "out").exists()


def test_what_a_restricted_model_wrote_is_refused() -> None:
    written = record("q?", created_by="model:llama", model_licence="Llama-3.2")
    with pytest.raises(UsageError, match="written by a model"):
        common_licence([written])
    assert common_licence([replace(written, model_licence="Apache-2.0")])


# -- cleaning ----------------------------------------------------------------------------


def test_duplicates_and_near_ones_go() -> None:
    long = "Die Schule öffnet um sieben Uhr dreißig und schließt um siebzehn Uhr am Tag"
    records = [
        record("Wann öffnet die Schule?", f"{long}."),
        record("wann öffnet die schule", f"{long}!"),
        record("Wann öffnet die Schule?", f"{long} immer."),
        record("Wer leitet die Schule?", "Frau Direktorin."),
    ]
    found = clean(records, plain, ())
    assert [r.id for r in found.records] == [records[0].id, records[3].id]
    assert set(found.duplicates) == {records[1].id, records[2].id}


def test_questions_of_our_tests_stay_out() -> None:
    tests = laboratory_questions()
    assert len(tests) > 200
    stolen = [record(tests[0]), record(f"Bitte: {tests[-1]} Antworte kurz.")]
    found = clean([*stolen, record("Wann ist Pause?")], plain, tests)
    assert set(found.overlapping) == {r.id for r in stolen}
    assert len(found.records) == 1


def test_a_document_is_on_one_side_of_the_split(tmp_path: Path) -> None:
    done = export(many(300), ABOUT, tmp_path, plain)
    sides: dict[str, set[str]] = {}
    for file in done.files[:-1]:
        for line in (tmp_path / file.name).read_text("utf-8").splitlines():
            document = json.loads(line)["meta"]["document"]
            sides.setdefault(document, set()).add(file.name)
    assert all(len(names) == 1 for names in sides.values())
    assert {side_of(f"d{n}") for n in range(100)} == {TRAIN, VALIDATION}


# -- out ---------------------------------------------------------------------------------


def test_none_of_200_planted_numbers_gets_out(tmp_path: Path) -> None:
    chance = random.Random(7)
    makers: list[Callable[[random.Random], str]] = [iban, tax_id, vat_id, card]
    planted = [makers[n % 4](chance) for n in range(200)]
    records = [
        record(
            f"Was steht in Schreiben {n} zum Vorgang {n * 7}?",
            f"Im Schreiben {n} steht die Nummer {number} als Kennung {n * 3}.",
            document=f"brief-{n}.txt",
        )
        for n, number in enumerate(planted)
    ]
    done = exported(records, ABOUT, tmp_path, ["messages", "sharegpt", "alpaca"])
    assert done.cleaned.personal >= 200
    assert len(done.cleaned.records) == 200
    whole = "".join(
        path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file()
    )
    assert not [number for number in planted if number in whole]
    assert not [n for n in planted if n in whole.replace(" ", "")]


def test_names_are_replaced_too() -> None:
    text, count = without_personal("Frau Sabine Krüger wohnt in der Lindenstraße 4.")
    assert "Krüger" not in text
    assert "Lindenstraße" not in text
    assert count == 2


@pytest.mark.parametrize("form", FORMS)
def test_every_form_comes_back(form: str) -> None:
    records = many(20)
    found = list(pairs_in(lines_of(records, form)))
    assert [(q, a) for q, a, _ in found] == [(r.question, r.answer) for r in records]
    assert found[0][2]["licence"] == "CC-BY-4.0"


def test_longer_conversations_are_taken_apart() -> None:
    turns = [("system", "s"), ("user", "a"), ("assistant", "b"), ("user", "c")]
    turns.append(("assistant", "d"))
    row = {"messages": [{"role": r, "content": c} for r, c in turns]}
    assert [(q, a) for q, a, _ in pairs_in(json.dumps(row))] == [("a", "b"), ("c", "d")]
    with pytest.raises(ValueError, match="line 1"):
        list(pairs_in('{"text": "x"}'))


def test_metadata_holds_all_musts(tmp_path: Path) -> None:
    contributor = "http://dcat-ap.de/def/contributors/example"
    contact = replace(ABOUT.contact, contributor=contributor)
    done = export(many(60), replace(ABOUT, contact=contact), tmp_path, plain)
    croissant = json.loads((tmp_path / "croissant.json").read_text("utf-8"))
    for key in ("name", "description", "license", "url", "creator", "datePublished"):
        assert croissant[key], key
    assert croissant["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert croissant["license"] == "https://spdx.org/licenses/CC-BY-4.0"
    for file, row in zip(done.files, croissant["distribution"], strict=True):
        assert row["sha256"] == file.sha256
        assert (tmp_path / row["contentUrl"]).stat().st_size == file.size
    dcat = json.loads((tmp_path / "dcat-ap-de.jsonld").read_text("utf-8"))
    for key in ("dct:title", "dct:description", "dct:publisher", "dcat:contactPoint"):
        assert dcat[key], key
    assert dcat["dcatde:contributorID"] == {"@id": contributor}
    contact_point = dcat["dcat:contactPoint"]
    assert contact_point["vcard:hasEmail"]["@id"].startswith("mailto:")
    for row in dcat["dcat:distribution"]:
        assert row["dcat:accessURL"]["@id"].startswith("https://")
        assert row["dct:license"]["@id"].startswith("http://dcat-ap.de/def/licenses/")
        assert "authority/file-type/" in row["dct:format"]["@id"]
    card_text = (tmp_path / "README.md").read_text("utf-8")
    assert card_text.startswith("---\nlicense: cc-by-4.0\nlanguage:\n- de\n")
    assert "path: data/train.jsonl" in card_text


def test_croissant_is_valid_for_mlcroissant(tmp_path: Path) -> None:
    """Where it is installed (it is no part of the usual tests: it brings pandas, scipy)."""
    mlcroissant = pytest.importorskip("mlcroissant")
    export(many(60), ABOUT, tmp_path, plain)
    found = mlcroissant.Dataset(jsonld=str(tmp_path / "croissant.json"))
    assert not found.metadata.ctx.issues.errors
    assert len(list(found.records("records"))) == 60


@pytest.mark.parametrize(
    ("about", "what"),
    [
        (replace(ABOUT, title=""), "title"),
        (replace(ABOUT, url=""), "address"),
        (replace(ABOUT, contact=Contact("")), "who publishes"),
        (replace(ABOUT, contact=Contact("A")), "e-mail"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, about: About, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        export([record("a?")], about, tmp_path / "o", plain)
    assert what in str(caught.value)


def test_nothing_goes_out_unread_or_without_consent(tmp_path: Path) -> None:
    out = tmp_path / "o"
    with pytest.raises(UsageError, match="No record has been accepted"):
        export([record("a?", state=OPEN)], ABOUT, out, plain)
    with pytest.raises(UsageError, match="nobody says who wrote it"):
        export([record("a?", consent="")], ABOUT, out, plain)
    with pytest.raises(UsageError, match="no form"):
        export([record("a?")], ABOUT, out, plain, forms=["tar"])
    assert not out.exists()


# -- in ----------------------------------------------------------------------------------


def test_quizzes_tables_and_sets_are_collected(tmp_path: Path) -> None:
    lesson = read_lessons("de")[1]
    write_quiz(tmp_path / "q.h5p", quiz_of(lesson), lesson_wording("de"))
    quiz = list(collected(tmp_path / "q.h5p", RIGHTS))
    assert quiz
    assert quiz[0].answer in quiz[0].question
    (tmp_path / "t.csv").write_text(
        "Frage,Antwort\nWann?,Um 8 Uhr\nWo?,\n", encoding="utf-8-sig"
    )
    (table,) = collected(tmp_path / "t.csv", RIGHTS)
    assert (table.question, table.answer) == ("Wann?", "Um 8 Uhr")
    assert table.document == "t.csv"
    (tmp_path / "s.jsonl").write_text(lines_of(many(3), "sharegpt"), "utf-8")
    rows = list(collected(tmp_path / "s.jsonl", RIGHTS))
    assert [row.document for row in rows] == ["heft-0.pdf", "heft-1.pdf", "heft-2.pdf"]
    assert {row.state for row in rows} == {OPEN}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "x,y\n1,2\n"),
        ("a.jsonl", '{"a": 1}'),
        ("a.txt", "Hallo"),
        ("a.csv", ""),
    ],
)
def test_what_holds_no_examples_is_a_sentence(
    tmp_path: Path, name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=name):
        list(collected(path, RIGHTS))
    with pytest.raises(UsageError):
        list(collected(tmp_path / "missing.jsonl", RIGHTS))


def test_conversations_are_collected_with_the_model_that_wrote(real: Services) -> None:
    store = real.chats
    chat = store.create("t").id
    parent = None
    said = (
        answer("Montags [1].", ("/x/heft.pdf", "montags")),
        answer("Das steht da.", ("/x/b.pdf", "da"), spoken=False),
        replace(answer("Nein"), abstained=True),
    )
    for n, one in enumerate(said):
        model = (
            ModelUsed("smollm2-135m-instruct") if one.spoken_by_model else ModelUsed()
        )
        begun = store.begin(chat, parent, f"Frage {n}?", SCOPE, SETTINGS)
        store.finish(begun.id, replace(one, model=model))
        parent = begun.id
    found = list(from_chat(real, chat, RIGHTS))
    assert [r.answer for r in found] == ["Montags.", "Das steht da."]
    assert [r.document for r in found] == ["heft.pdf", "b.pdf"]
    assert found[0].created_by == "model:smollm2-135m-instruct"
    assert found[0].model_licence == "Apache-2.0"
    assert found[1].created_by == "person"


def test_a_set_and_open_data_become_documents(tmp_path: Path) -> None:
    source = tmp_path / "set"
    records = many(12)
    export(records, ABOUT, source, plain, forms=["messages", "alpaca"])
    (source / "spielplätze.csv").write_text("Name;Ort\nAm Bach;Nord\n", "utf-8")
    folder = import_for_base(source, "Mein Satz", lambda _paths: None)
    names = sorted(path.name for path in folder.iterdir())
    assert "about.md" in names
    assert "spielplätze.csv" in names
    assert "REPORT.json" not in names
    about = (folder / "about.md").read_text("utf-8")
    assert "# Fragen zur Schulordnung" in about
    assert "Goethe-Schule" in about
    pages = "".join(p.read_text("utf-8") for p in folder.glob("*.md"))
    assert all(pages.count(f"## {r.question}\n") == 1 for r in records)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError):
        import_for_base(tmp_path / "empty", "x", lambda _paths: None)


def test_every_licence_has_its_place_in_both_lists() -> None:
    for licence in LICENCES.values():
        assert licence.kind in ("free", "named", "alike")
        assert licence.url.startswith("https://spdx.org/licenses/")
        assert licence.dcat.startswith("http://dcat-ap.de/def/licenses/")
