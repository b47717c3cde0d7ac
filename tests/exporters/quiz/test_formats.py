"""Every format: golden files, independent readers, and any Unicode in → valid file out."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import docx
import odfdo
import pytest
import python_calamine
from selectolax.lexbor import LexborHTMLParser

from app.errors import StorageError, UsageError
from app.exporters.quiz.formats import FORMATS, export_quiz, write_quiz
from app.exporters.quiz.moodle import GRADES, grade
from app.exporters.quiz.wording import quiz_wording
from app.values.quiz import Gap, Item, Option, Quiz
from tests.exporters.quiz.samples import ITEMS, QUIZ, nasty_quiz

WORDS = quiz_wording()
GOLDEN = Path(__file__).parent / "golden"
# PDF has tests of its own (../test_pdf.py): it takes no script that must be joined.
WRITTEN = [ending for ending in FORMATS if ending != "pdf"]
SEEDS = range(40)
NOTICE = WORDS.notice


def made(ending: str, quiz: Quiz = QUIZ) -> bytes:
    return export_quiz(quiz, ending, WORDS).data


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


# -- golden files ----------------------------------------------------------------


def readable(ending: str, data: bytes) -> str:
    """Return a file as text that can be compared and reviewed."""
    if ending in ("xml", "gift", "html", "md", "csv"):
        return data.decode("utf-8").replace("\r\n", "\n")
    parts = []
    for name, content in members(data).items():
        if name == "collection.anki2":
            with closing(sqlite3.connect(":memory:")) as base:
                base.deserialize(content)
                text = "\n".join(map(str, base.execute("SELECT * FROM notes")))
                text += "\n".join(map(str, base.execute("SELECT * FROM cards")))
                text += str(base.execute("SELECT decks FROM col").fetchone())
        elif (
            (ending == "docx" and not name.startswith(("word/document", "docProps")))
            or name.endswith((".jpeg", ".jpg", ".png"))
            or name.isdigit()  # a picture of a deck of cards
        ):
            continue
        else:
            text = content.decode("utf-8")
        parts.append(f"=== {name}\n{text}")
    return re.sub(r"Allmende \d[\w.+-]*", "Allmende VERSION", "\n".join(parts))


@pytest.mark.parametrize("ending", sorted(set(WRITTEN) - {"txt"}))
def test_golden_files(ending: str) -> None:
    text = readable(ending, made(ending))
    text = re.sub(r"Allmende \d[\w.+-]*", "Allmende VERSION", text)
    path = GOLDEN / f"quiz.{ending}.txt"
    if not path.exists():  # the first run writes; a person reviews and commits it
        path.write_text(text, "utf-8", newline="\n")
        pytest.fail(f"written: {path.name}; review it")
    assert text == path.read_text("utf-8")


# -- every format ----------------------------------------------------------------


@pytest.mark.parametrize("ending", WRITTEN)
def test_the_same_quiz_gives_the_same_bytes(ending: str) -> None:
    first, second = made(ending), made(ending)
    if ending == "docx":
        assert members(first) == members(second)
    else:
        assert first == second


def everything(ending: str, data: bytes) -> str:
    if ending == "apkg":
        with closing(sqlite3.connect(":memory:")) as base:
            base.deserialize(members(data)["collection.anki2"])
            decks = base.execute("SELECT decks FROM col").fetchone()[0]
            notes = str(list(base.execute("SELECT flds, tags FROM notes")))
            return str(json.loads(decks)) + notes
    if zipfile.is_zipfile(io.BytesIO(data)):
        texts = [c.decode("utf-8", "ignore") for c in members(data).values()]
        return "\n".join(texts)
    return data.decode("utf-8")


@pytest.mark.parametrize("ending", WRITTEN)
def test_every_file_is_marked_and_names_licence_author_and_sources(ending: str) -> None:
    text = everything(ending, made(ending)).replace("\\", "").replace("&amp;", "&")
    assert NOTICE in text
    assert "ai-generated" in text.casefold() or "aiGenerated" in text
    assert "CC-BY-4.0" in text or "CC BY" in text
    assert "Checked by E. Mustermann on 2026-11-28." in text
    assert "regeln.md" in text
    assert "§ 3 Dauer" in text
    assert "/home/x" not in text
    assert "Erika Mustermann" in text


@pytest.mark.parametrize("ending", WRITTEN)
def test_machines_find_the_source_type(ending: str) -> None:
    text = everything(ending, made(ending)).replace("\\", "")
    assert "trainedAlgorithmicMedia" in text


@pytest.mark.parametrize("ending", ["", ".exe", "doc", ".xml.bak"])
def test_unknown_endings_are_refused(ending: str) -> None:
    with pytest.raises(UsageError):
        export_quiz(QUIZ, ending, WORDS)


def test_a_target_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "q.xml").mkdir()
    (tmp_path / "q.xml" / "x").touch()
    with pytest.raises(StorageError) as caught:
        write_quiz(tmp_path / "q.xml", QUIZ, WORDS)
    assert "cannot be written" in caught.value.sentence
    assert sorted(p.name for p in tmp_path.iterdir()) == ["q.xml"]
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        write_quiz(tmp_path / "file" / "q.xml", QUIZ, WORDS)


def test_an_empty_quiz_is_a_valid_file_too() -> None:
    empty = Quiz("", ())
    for ending in WRITTEN:
        CHECKS.get(ending, lambda data: None)(made(ending, empty))


# -- any Unicode in, valid file out ----------------------------------------------


def check_xml(data: bytes) -> None:
    root = ElementTree.fromstring(data)
    assert root.tag == "quiz"
    for question in root:
        assert question.findtext("name/text", "").strip()
        assert len(question.findtext("name/text", "")) <= 255


def check_gift(data: bytes) -> None:
    for block in data.decode("utf-8").split("\n\n")[1:]:
        lines = block.strip().split("\n")
        assert len(lines) == 2, block
        assert lines[0].startswith("// ")
        assert lines[1].startswith("::")
        plain = re.sub(r"\\.", "", lines[1])
        assert plain.count("{") == plain.count("}") == 1


def check_zip_of_xml(data: bytes) -> None:
    for name, content in members(data).items():
        if name.endswith((".xml", ".rels")):
            ElementTree.fromstring(content)


def check_h5p(data: bytes) -> None:
    files = members(data)
    head = json.loads(files["h5p.json"])
    content = json.loads(files["content/content.json"])
    assert 1 <= len(head["title"]) <= 255
    ids = [question["subContentId"] for question in content["questions"]]
    assert len(set(ids)) == len(ids)


def check_apkg(data: bytes) -> None:
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(members(data)["collection.anki2"])
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for (fields,) in base.execute("SELECT flds FROM notes"):
            assert fields.count("\x1f") == 2
        models = json.loads(base.execute("SELECT models FROM col").fetchone()[0])
        assert len(models) == 1


def check_docx(data: bytes) -> None:
    document = docx.Document(io.BytesIO(data))
    assert document.paragraphs


def check_odt(data: bytes) -> None:
    check_zip_of_xml(data)
    document = odfdo.Document(io.BytesIO(data))
    assert document.get_type() == "text"


def check_html(data: bytes) -> None:
    tree = LexborHTMLParser(data.decode("utf-8"))
    scripts = tree.css("script")
    assert [s.attributes.get("type") for s in scripts] == ["application/ld+json"]
    json.loads(scripts[0].text())
    assert len(tree.css("style")) == 1
    assert len(tree.css("h1")) == 1


def check_md(data: bytes) -> None:
    text = data.decode("utf-8")
    head, _, _ = text.removeprefix("---\n").partition("\n---\n")
    for line in head.split("\n"):
        key, _, value = line.partition(": ")
        assert re.fullmatch(r"\w+", key)
        json.loads(value)


def check_csv(data: bytes) -> None:
    text = data.decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text), delimiter=";"):
        for cell in row:
            assert cell[:1] not in tuple("=@")


def check_xlsx(data: bytes) -> None:
    check_zip_of_xml(data)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert len(book.sheet_names) == 2
    book.get_sheet_by_index(0).to_python()


CHECKS: dict[str, Callable[[bytes], None]] = {
    "xml": check_xml,
    "gift": check_gift,
    "txt": check_gift,
    "h5p": check_h5p,
    "zip": check_zip_of_xml,
    "apkg": check_apkg,
    "docx": check_docx,
    "odt": check_odt,
    "html": check_html,
    "md": check_md,
    "csv": check_csv,
    "xlsx": check_xlsx,
}


@pytest.mark.parametrize("ending", sorted(set(WRITTEN) - {"docx", "odt"}))
def test_any_unicode_gives_a_valid_file(ending: str) -> None:
    for seed in SEEDS:
        CHECKS[ending](made(ending, nasty_quiz(seed)))


@pytest.mark.parametrize("ending", ["docx", "odt"])
def test_any_unicode_gives_a_valid_document(ending: str) -> None:
    for seed in range(12):
        CHECKS[ending](made(ending, nasty_quiz(seed)))


# -- what the single formats promise ----------------------------------------------


def test_moodle_fractions_are_those_it_knows() -> None:
    assert grade(100.0) == "100"
    assert grade(33.3333) == "33.33333"
    assert grade(-50.0) == "-50"
    assert grade(0.0) == "0"
    assert grade(-1.0) == "0"
    assert grade(12.4) == "12.5"
    for fraction in range(-100, 101):
        assert abs(float(grade(fraction))) in GRADES


def test_moodle_xml_holds_every_answer_with_its_fraction_and_feedback() -> None:
    root = ElementTree.fromstring(made("xml"))
    single, multiple = root[0], root[1]
    answers = [
        (a.get("fraction"), a.findtext("text"), a.findtext("feedback/text"))
        for a in single.iter("answer")
    ]
    assert answers == [
        ("100", "24 Werktage", "Genau."),
        ("0", "20 Werktage", "Zu kurz."),
        ("0", "30 Werktage", ""),
    ]
    assert [a.get("fraction") for a in multiple.iter("answer")] == [
        "50",
        "50",
        "-50",
        "-50",
    ]
    tags = [tag.findtext("text") for tag in single.iter("tag")]
    assert {"Arbeitsrecht", "Klasse 9", "bloom:remember", "CC-BY-4.0"} <= set(tags)
    assert "ai-generated" in tags
    whole = single.findtext("generalfeedback/text", "")
    assert whole == "Siehe Gesetz.<br>Source: regeln.md, § 3 Dauer, page 3"


def test_a_gap_text_in_moodles_own_notation() -> None:
    root = ElementTree.fromstring(made("xml"))
    text = root[6].findtext("questiontext/text", "")
    assert text == (
        "Der Urlaub beträgt &#123;mindestens&#125; 24"
        " {1:SHORTANSWER:=Werktage~=Arbeitstage} im {1:SHORTANSWER:=Jahr}."
    )


def test_h5p_needs_only_old_content_types_and_knows_its_licences() -> None:
    head = json.loads(members(made("h5p"))["h5p.json"])
    assert head["license"] == "CC BY"
    assert head["licenseVersion"] == "4.0"
    names = {d["machineName"]: d["minorVersion"] for d in head["preloadedDependencies"]}
    assert names == {
        "H5P.QuestionSet": 20,
        "H5P.MultiChoice": 16,
        "H5P.TrueFalse": 8,
        "H5P.Blanks": 14,
    }
    for licence in ("MIT", "CC-BY-SA-4.0", "CC0-1.0", "", "all rights reserved"):
        quiz = Quiz("x", ITEMS, licence=licence)
        found = json.loads(members(made("h5p", quiz))["h5p.json"])["license"]
        assert found in ("U", "CC BY-SA", "CC0 1.0")


def test_h5p_tells_what_it_cannot_hold() -> None:
    remarks = export_quiz(QUIZ, "h5p", WORDS).remarks
    assert [remark.item for remark in remarks] == [9]
    odd = Quiz("x", (Item("short", "When?", (Option("12:30", 100.0),)),))
    assert len(export_quiz(odd, "h5p", WORDS).remarks) == 1


def test_word_has_headings_the_solutions_on_a_page_of_their_own() -> None:
    document = docx.Document(io.BytesIO(made("docx")))
    styles = {p.text: p.style.name for p in document.paragraphs}
    assert styles["Urlaub & Recht"] == "Title"
    assert styles["Solutions"] == "Heading 1"
    assert [p.style.name for p in document.paragraphs if p.text == "Question 1"] == [
        "Heading 1",
        "Heading 2",
    ]
    assert 'w:type="page"' in document.element.xml
    assert document.core_properties.author == "Erika Mustermann"


def test_opendocument_is_read_back_by_odfdo() -> None:
    document = odfdo.Document(io.BytesIO(made("odt")))
    titles = [h.text for h in document.body.headers]
    assert titles[0] == "Question 1"
    assert "Solutions" in titles
    text = document.get_formatted_text()
    assert "24 Werktage" in text
    assert "שלום" in text


def test_cards_have_stable_ids_and_a_back() -> None:
    def notes(quiz: Quiz) -> list[tuple[int, str, str]]:
        with closing(sqlite3.connect(":memory:")) as base:
            base.deserialize(members(made("apkg", quiz))["collection.anki2"])
            return list(base.execute("SELECT id, guid, flds FROM notes ORDER BY rowid"))

    first, again = notes(QUIZ), notes(Quiz(QUIZ.title, ITEMS[:3]))
    assert {n[1] for n in again} <= {n[1] for n in first}
    assert len({n[0] for n in first}) == len(ITEMS)
    by_front = {n[2].split("\x1f")[0].split("<br>")[0]: n[2] for n in first}
    assert "<b>a) 24 Werktage</b>" in by_front["Wie lange dauert der Urlaub?"]


def test_tables_have_a_row_for_each_question() -> None:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(made("xlsx")))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 1 + len(ITEMS)
    assert rows[1][3] == "a) 24 Werktage"
    table = list(
        csv.reader(io.StringIO(made("csv").decode("utf-8-sig")), delimiter=";")
    )
    assert table[1][3] == "a) 24 Werktage"


def test_qti_items_are_in_the_test_and_in_the_manifest() -> None:
    files = members(made("zip"))
    manifest = ElementTree.fromstring(files["imsmanifest.xml"])
    space = "{http://www.imsglobal.org/xsd/imscp_v1p1}"
    hrefs = {r.get("href") for r in manifest.iter(f"{space}resource")}
    assert hrefs == set(files) - {"imsmanifest.xml"}
    test = files["test.xml"].decode()
    assert all(f"item{number}.xml" in test for number in range(1, len(ITEMS) + 1))


def test_gaps_of_one_text_do_not_answer_each_other_in_gift() -> None:
    text = "Die Pause beginnt um 9:35 Uhr, sie dauert 20 Minuten."
    at = [text.index(word) for word in ("9:35", "20 Minuten")]
    gaps = (Gap(at[0], at[0] + 4), Gap(at[1], at[1] + 10))
    quiz = replace(QUIZ, items=(Item("cloze", text, gaps=gaps, origin="text"),))
    first, second = (
        line
        for line in made("gift", quiz).decode().split("\n")
        if line.startswith("::")
    )
    assert "beginnt um {=9\\:35" in first
    assert first.endswith("} Uhr, sie dauert ____.")
    assert "[plain]Die Pause beginnt um ____ Uhr, sie dauert {=20 Minuten" in second
    assert second.endswith("}.")
    assert "9\\:35" not in second
    assert "20 Minuten" not in first


@pytest.mark.parametrize("ending", WRITTEN)
def test_what_no_model_wrote_is_told_from_what_one_wrote(ending: str) -> None:
    items = tuple(replace(item, origin="text") for item in QUIZ.items)
    text = everything(ending, made(ending, replace(QUIZ, items=items, model="")))
    text = text.replace("\\", "")
    assert "/algorithmicMedia" in text
    assert "trainedAlgorithmicMedia" not in text
    assert "ai-generated" in text.casefold() or "aiGenerated" in text
